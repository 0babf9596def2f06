#include "recommend.hpp"

#include <algorithm>
#include <limits>

#include "checks.hpp"
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
  std::vector<const MetricResult*> harms;
  std::vector<std::string> costs;  ///< Guardrails that are within their margin and worse than control.
  double primary_effect = -std::numeric_limits<double>::infinity();  ///< Of the first success metric, better upwards.
};

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
      if (result.verdict == Verdict::kHarmful) candidate.harms.push_back(&result);
    }
  }
  return candidate;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
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
  if (scorecard.as_of < experiment.pilot.start + experiment.plan.minimum_days * kMillisecondsPerDay) {
    reasons.push_back("the minimum duration of " + counted(experiment.plan.minimum_days, "day", "days") +
                      " is not over");
  }
  return reasons;
}

Recommendation before_the_end(const Experiment& experiment, const Scorecard& scorecard) {
  Recommendation recommendation;
  recommendation.action = Action::kContinue;
  if (scorecard.phase != kPilotPhase) {
    recommendation.reasons.push_back("the phase " + scorecard.phase +
                                     " has no planned look: its numbers are shown, not tested");
    return recommendation;
  }
  recommendation.reasons.push_back("this is not a planned look: the decision is due on " +
                                   format_date(scorecard.last_look, experiment.utc_offset) +
                                   ", when every unit's window has closed; numbers before it are shown, not tested");
  return recommendation;
}

Recommendation stop(const std::vector<Candidate>& candidates) {
  const Candidate* worst = nullptr;
  const MetricResult* reason = nullptr;
  for (const Candidate& candidate : candidates) {
    for (const MetricResult* harm : candidate.harms) {
      if (reason != nullptr && harm->p_harm.value_or(1.0) >= reason->p_harm.value_or(1.0)) continue;
      worst = &candidate;
      reason = harm;
    }
  }
  Recommendation recommendation{Action::kStop, worst->variant, {}};
  recommendation.reasons.push_back(worst->variant + " harms: " + reason->metric + " " + reason->reading);
  for (const Candidate& candidate : candidates) {
    for (const MetricResult* harm : candidate.harms) {
      if (harm != reason)
        recommendation.reasons.push_back(candidate.variant + " harms too: " + harm->metric + " " + harm->reading);
    }
  }
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
    for (const MetricResult* harm : candidate.harms) {
      recommendation.reasons.push_back(candidate.variant + " harms and ends with the promotion: " + harm->metric + " " +
                                       harm->reading);
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

Recommendation at_planned_look(const Experiment& experiment, const Scorecard& scorecard) {
  std::vector<Candidate> candidates;
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    if (experiment.variants[v].weight > 0) candidates.push_back(judge(experiment, scorecard, experiment.variants[v]));
  }
  std::vector<std::string> obstacles = obstacles_of_plan(experiment, scorecard);
  std::vector<const Candidate*> ready;
  for (const Candidate& candidate : candidates) {
    if (candidate.wins && candidate.obstacles.empty()) ready.push_back(&candidate);
  }
  if (!ready.empty() && obstacles.empty()) return promote_one(candidates, ready);
  const bool harm = std::any_of(candidates.begin(), candidates.end(),
                                [](const Candidate& candidate) { return !candidate.harms.empty(); });
  if (harm) return stop(candidates);
  return end_without_winner(candidates, std::move(obstacles));
}

}  // namespace

Recommendation recommend(const Experiment& experiment, const Scorecard& scorecard) {
  if (const Check* failed = invalidating(scorecard.checks)) return invalid(scorecard, failed);
  if (!scorecard.planned_look) return before_the_end(experiment, scorecard);
  Recommendation recommendation = at_planned_look(experiment, scorecard);
  std::string defaults = default_margins(experiment, scorecard.source);
  if (!defaults.empty()) recommendation.reasons.push_back(std::move(defaults));
  return recommendation;
}

}  // namespace tactful
