#include "recommend.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "checks.hpp"
#include "tactful/decision/looks.hpp"
#include "words.hpp"

namespace tactful {
namespace {

constexpr TimeMs kWeek = 7 * kMillisecondsPerDay;
constexpr std::string_view kPilotPhase = "pilot";

bool is_safe(const MetricResult& result) {
  return result.verdict == Verdict::kSafe || result.verdict == Verdict::kSafeButWorse;
}

/// What the results say about one variant.
struct Candidate {
  std::string variant;
  bool wins = false;
  std::vector<std::string> wins_in;
  std::vector<std::string> obstacles;  ///< Guardrails not shown safe, success metrics worse.
  std::vector<std::string> harms;      ///< In words, the strongest first.
  double strongest = 2.0;              ///< Smallest p of harm, 0 for an alarm: which variant is named.
  std::vector<std::string> costs;      ///< Guardrails that are within their margin and worse than control.
  double primary_effect = -std::numeric_limits<double>::infinity();  ///< Of the first success metric, better upwards.
};

const HarmWatch* find_watch(const Scorecard& scorecard, std::string_view metric, std::string_view variant) {
  for (const HarmWatch& watch : scorecard.harm) {
    if (watch.metric == metric && watch.variant == variant) return &watch;
  }
  return nullptr;
}

/// Alarms of the watch, also of metrics that are only monitored, and latched ones that the data do not raise any more.
void add_alarms(const Scorecard& scorecard, Candidate& candidate) {
  for (const HarmWatch& watch : scorecard.harm) {
    if (watch.variant != candidate.variant || watch.alarm == HarmAlarm::kNone) continue;
    candidate.harms.push_back(watch.metric + ": " + watch.reading);
    candidate.obstacles.push_back(watch.metric + ": " + watch.reading);
    const double weight = watch.alarm == HarmAlarm::kLatched ? 0.5 : watch.p_value.value_or(std::exp(-watch.log_e));
    candidate.strongest = std::min(candidate.strongest, weight);
  }
}

/// In a protected segment every guardrail must be safe as well.
void add_protected(const Scorecard& scorecard, Candidate& candidate) {
  for (const SegmentResult& segment : scorecard.segments) {
    if (!segment.is_protected) continue;
    for (const MetricResult& result : segment.metrics) {
      if (result.variant != candidate.variant || result.role != Role::kGuardrail || is_safe(result)) continue;
      candidate.obstacles.push_back(result.metric + " is not shown safe in the protected segment " + segment.segment +
                                    " = " + segment.value);
    }
  }
}

Candidate judge(const Experiment& experiment, const Scorecard& scorecard, const Variant& variant) {
  Candidate candidate;
  candidate.variant = variant.key;
  for (const MetricResult& result : scorecard.metrics) {
    if (result.variant != variant.key) continue;
    const Metric& metric = *experiment.find_metric(result.metric);
    if (metric.role == Role::kSuccess) {
      if (result.difference && candidate.primary_effect == -std::numeric_limits<double>::infinity()) {
        candidate.primary_effect =
            result.difference->estimate * (metric.direction == Direction::kIncrease ? 1.0 : -1.0);
      }
      if (result.verdict == Verdict::kBetter) {
        candidate.wins = true;
        candidate.wins_in.push_back(metric.key + " " + result.reading);
      } else if (result.verdict == Verdict::kWorse) {
        candidate.obstacles.push_back(metric.key + " is " + result.reading);
      }
    } else if (metric.role == Role::kGuardrail && result.verdict == Verdict::kSafeButWorse) {
      candidate.costs.push_back(metric.key + ": " + result.reading);
    } else if (metric.role == Role::kGuardrail && !is_safe(result)) {
      const std::string why = result.unavailable.empty() ? result.reading : "cannot be judged: " + result.unavailable;
      candidate.obstacles.push_back(metric.key + " " + why);
      if (result.verdict == Verdict::kHarmful && find_watch(scorecard, result.metric, variant.key) == nullptr) {
        candidate.harms.push_back(metric.key + " " + result.reading);
        candidate.strongest = std::min(candidate.strongest, result.p_harm.value_or(1.0));
      }
    }
  }
  add_alarms(scorecard, candidate);
  add_protected(scorecard, candidate);
  return candidate;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

/// A whole week of exposures more or less would weigh weekdays unequally; a look may be a day off its date.
bool spans_whole_weeks(const Experiment& experiment, const Scorecard& scorecard) {
  if (scorecard.is_last_look || scorecard.as_of >= experiment.plan.enrolment_end) return true;
  const TimeMs over = (scorecard.as_of - experiment.pilot.start) % kWeek;
  return std::min(over, kWeek - over) <= kOnTime;
}

/// What stands in the way of any promotion, whatever the numbers.
std::vector<std::string> obstacles_of_plan(const Experiment& experiment, const Scorecard& scorecard) {
  std::vector<std::string> reasons;
  const auto is_guardrail = [](const Metric& metric) { return metric.role == Role::kGuardrail; };
  const auto is_success = [](const Metric& metric) { return metric.role == Role::kSuccess; };
  if (std::none_of(experiment.metrics.begin(), experiment.metrics.end(), is_guardrail)) {
    reasons.push_back(
        "no guardrail is declared, so nothing shows that the wording does no harm; declare complaint, repeat_contact "
        "or "
        "opted_out with the margin that is still acceptable");
  }
  if (std::none_of(experiment.metrics.begin(), experiment.metrics.end(), is_success)) {
    reasons.push_back("no success metric is declared, so no wording can win");
  }
  if (scorecard.source != TallySource::kEvents) return reasons;
  const TimeMs enrolment = experiment.plan.enrolment_end - experiment.pilot.start;
  if (experiment.plan.full_weeks && enrolment % kWeek != 0) {
    reasons.push_back(
        "enrolment does not span whole weeks, so some weekdays count more than others; plan.full_weeks asks for them");
  }
  if (experiment.plan.full_weeks && !spans_whole_weeks(experiment, scorecard)) {
    reasons.push_back(
        "the exposures so far do not span whole weeks, so some weekdays count more than others; plan.full_weeks asks "
        "for them");
  }
  if (scorecard.as_of < experiment.pilot.start + experiment.plan.minimum_days * kMillisecondsPerDay) {
    reasons.push_back("the minimum duration of " + counted(experiment.plan.minimum_days, "day", "days") +
                      " is not over");
  }
  return reasons;
}

/// The next planned look, in words: when it is, or that it is due.
std::string next_look(const Scorecard& scorecard) {
  // The look after the latest one taken, which may have been taken early; of several overdue the latest.
  int last = scorecard.look;
  for (const ScorecardLook& look : scorecard.looks) {
    if (look.taken) last = std::max(last, look.planned);
  }
  const ScorecardLook* next = nullptr;
  for (const ScorecardLook& look : scorecard.looks) {
    if (look.planned > last && (next == nullptr || look.date <= scorecard.as_of)) next = &look;
  }
  const std::string date = format_date(next == nullptr ? scorecard.last_look : next->date, scorecard.utc_offset);
  if (next != nullptr && next->date <= scorecard.as_of)
    return "planned look " + std::to_string(next->planned) + " of " + date + " is due";
  return "the next look is planned for " + date;
}

Recommendation go_on(const Scorecard& scorecard, const std::vector<Outlook>& outlooks,
                     const std::vector<std::string>& obstacles) {
  Recommendation recommendation;
  recommendation.action = Action::kContinue;
  if (scorecard.phase != kPilotPhase) {
    recommendation.reasons.push_back("the phase " + scorecard.phase +
                                     " has no planned look: its numbers are shown, not tested");
    return recommendation;
  }
  recommendation.reasons.push_back(
      scorecard.planned_look
          ? "nothing is decided at this look; " + next_look(scorecard)
          : "this is not a planned look: it can stop an experiment that does harm and decide nothing else; " +
                next_look(scorecard));
  const bool is_known =
      std::all_of(outlooks.begin(), outlooks.end(), [](const Outlook& outlook) { return outlook.chance.has_value(); });
  for (const Outlook& outlook : outlooks) {
    // Which variant is nearest is not known where one of them cannot be judged.
    if (is_known && *outlook.chance >= recommendation.chance.value_or(0.0)) {
      recommendation.chance = outlook.chance;
      recommendation.chance_low = outlook.chance_low;
      recommendation.chance_of = outlook.variant;
    }
    std::string missing;
    for (const Missing& one : outlook.missing) missing += (missing.empty() ? "" : "; ") + one.what;
    if (!missing.empty()) recommendation.reasons.push_back(outlook.variant + ": " + missing);
  }
  for (const std::string& obstacle : obstacles) recommendation.reasons.push_back(obstacle);
  return recommendation;
}

/// Who goes on when what harms is stopped by itself, and how to do that. At the last look nothing goes on.
void add_continuing(const Experiment& experiment, const Scorecard& scorecard, const std::vector<Candidate>& candidates,
                    Recommendation& recommendation) {
  std::string others, commands;
  for (const Candidate& candidate : candidates) {
    if (!candidate.harms.empty()) {
      commands += (commands.empty() ? "" : "; ") + std::string("tactful stop ") + experiment.key + ".json --variant " +
                  candidate.variant + " --by NAME --reason TEXT";
      continue;
    }
    recommendation.continuing.push_back(candidate.variant);
    others += (others.empty() ? "" : ", ") + candidate.variant;
  }
  if (scorecard.is_last_look) recommendation.continuing.clear();
  if (!recommendation.continuing.empty()) {
    recommendation.reasons.push_back("the others go on: " + others + "; to stop what harms by itself: " + commands);
  } else if (candidates.size() > 1 && !scorecard.is_last_look) {
    recommendation.reasons.push_back("no other wording is left: the pilot as a whole stops");
  }
}

Recommendation stop(const Experiment& experiment, const Scorecard& scorecard,
                    const std::vector<Candidate>& candidates) {
  const Candidate* worst = nullptr;
  for (const Candidate& candidate : candidates) {
    if (!candidate.harms.empty() && (worst == nullptr || candidate.strongest < worst->strongest)) worst = &candidate;
  }
  Recommendation recommendation{Action::kStop, worst->variant, {}};
  for (const std::string& harm : worst->harms) {
    recommendation.reasons.push_back(worst->variant + " harms" + (recommendation.reasons.empty() ? ": " : " too: ") +
                                     harm);
  }
  for (const Candidate& candidate : candidates) {
    if (&candidate == worst) continue;
    for (const std::string& harm : candidate.harms) {
      recommendation.reasons.push_back(candidate.variant + " harms too: " + harm);
    }
  }
  add_continuing(experiment, scorecard, candidates, recommendation);
  return recommendation;
}

Recommendation promote_one(const std::vector<Candidate>& candidates, const std::vector<const Candidate*>& ready) {
  const Candidate* best = *std::max_element(ready.begin(), ready.end(), [](const Candidate* a, const Candidate* b) {
    return a->primary_effect < b->primary_effect;
  });
  Recommendation recommendation{Action::kPromote, best->variant, {}};
  recommendation.reasons.push_back(best->variant + " wins: " + joined(best->wins_in));
  recommendation.reasons.push_back("every guardrail of " + best->variant + " is shown to be within its margin");
  for (const std::string& cost : best->costs) recommendation.reasons.push_back("the price: " + cost);
  for (const Candidate* other : ready) {
    if (other != best)
      recommendation.reasons.push_back(other->variant + " could be promoted as well; " + best->variant +
                                       " has the larger effect on the first success metric");
  }
  for (const Candidate& candidate : candidates) {
    for (const std::string& harm : candidate.harms) {
      recommendation.reasons.push_back(candidate.variant + " harms and ends with the promotion: " + harm);
    }
  }
  return recommendation;
}

Recommendation end_without_winner(const std::vector<Candidate>& candidates, std::vector<std::string> obstacles) {
  Recommendation recommendation{Action::kEndWithoutWinner, "", std::move(obstacles)};
  for (const Candidate& candidate : candidates) {
    if (candidate.wins) {
      recommendation.reasons.push_back(candidate.variant + " is better in a success metric" +
                                       (candidate.obstacles.empty() ? "" : ", but " + joined(candidate.obstacles)));
    } else {
      recommendation.reasons.push_back(candidate.variant +
                                       " is not shown to be better than control in any success metric");
    }
  }
  return recommendation;
}

Recommendation invalid(const Scorecard& scorecard, const Check* failed) {
  Recommendation recommendation{Action::kInvalid, "", {}};
  for (const Check& check : scorecard.checks) {
    if (!check.invalidating || check.status != CheckStatus::kFail || check.waived) continue;
    const std::string reason = "check " + check.check + " failed: " + check.detail + "; likely " + check.likely_cause;
    recommendation.reasons.insert(&check == failed ? recommendation.reasons.begin() : recommendation.reasons.end(),
                                  reason);
  }
  return recommendation;
}

bool shows_harm(const std::vector<Candidate>& candidates) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [](const Candidate& candidate) { return !candidate.harms.empty(); });
}

std::vector<Candidate> judge_all(const Experiment& experiment, const Scorecard& scorecard) {
  std::vector<Candidate> candidates;
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    if (experiment.variants[v].weight > 0) candidates.push_back(judge(experiment, scorecard, experiment.variants[v]));
  }
  return candidates;
}

/// Ending before the last look, because success has become too unlikely: advice, nothing else depends on it.
std::optional<Recommendation> futility(const Experiment& experiment, const std::vector<Outlook>& outlooks) {
  if (outlooks.empty() || experiment.plan.futility <= 0.0) return std::nullopt;
  double best = 0.0;
  for (const Outlook& outlook : outlooks) {
    if (!outlook.success_high) return std::nullopt;
    best = std::max(best, *outlook.success_high);
  }
  if (best >= experiment.plan.futility) return std::nullopt;
  Recommendation recommendation{Action::kEndWithoutWinner, "", {}};
  recommendation.reasons.push_back("no wording has a chance of " + percent(experiment.plan.futility) +
                                   " left to be shown better by the last look; going on would cost time and gain "
                                   "nothing (plan.futility)");
  for (const Outlook& outlook : outlooks) {
    for (const Missing& one : outlook.missing) recommendation.reasons.push_back(outlook.variant + ": " + one.what);
  }
  return recommendation;
}

Recommendation at_planned_look(const Experiment& experiment, const Scorecard& scorecard,
                               const std::vector<Candidate>& candidates, const std::vector<Outlook>& outlooks) {
  std::vector<std::string> obstacles = obstacles_of_plan(experiment, scorecard);
  std::vector<const Candidate*> ready;
  for (const Candidate& candidate : candidates) {
    if (candidate.wins && candidate.obstacles.empty()) ready.push_back(&candidate);
  }
  if (!ready.empty() && obstacles.empty()) return promote_one(candidates, ready);
  if (shows_harm(candidates)) return stop(experiment, scorecard, candidates);
  if (scorecard.is_last_look) return end_without_winner(candidates, std::move(obstacles));
  if (auto end = futility(experiment, outlooks)) return *std::move(end);
  return go_on(scorecard, outlooks, obstacles);
}

}  // namespace

Recommendation recommend(const Experiment& experiment, const Scorecard& scorecard,
                         const std::vector<Outlook>& outlooks) {
  const std::vector<Candidate> candidates = judge_all(experiment, scorecard);
  if (candidates.empty())
    return {Action::kStop, "", {"no wording is left to test: each was stopped by itself, or has no weight"}};
  const bool has_alarm = std::any_of(scorecard.harm.begin(), scorecard.harm.end(),
                                     [](const HarmWatch& watch) { return watch.alarm != HarmAlarm::kNone; });
  if (const Check* failed = invalidating(scorecard.checks)) {
    if (!has_alarm) return invalid(scorecard, failed);
    // Customers who complain are not helped by a broken log.
    Recommendation recommendation = stop(experiment, scorecard, candidates);
    for (const std::string& reason : invalid(scorecard, failed).reasons) {
      recommendation.reasons.push_back("the data are invalid as well: " + reason);
    }
    return recommendation;
  }
  if (!scorecard.planned_look) {
    return has_alarm ? stop(experiment, scorecard, candidates) : go_on(scorecard, outlooks, {});
  }
  Recommendation recommendation = at_planned_look(experiment, scorecard, candidates, outlooks);
  std::string defaults = default_margins(experiment, scorecard.source);
  if (!defaults.empty()) recommendation.reasons.push_back(std::move(defaults));
  return recommendation;
}

}  // namespace tactful
