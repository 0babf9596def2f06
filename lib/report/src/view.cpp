#include "view.hpp"

#include <algorithm>

#include "metric_text.hpp"
#include "numbers.hpp"
#include "tactful/core/phrases.hpp"

namespace tactful::report {
namespace {

bool has_date(TimeMs time) { return time > 0; }

// A file of counts has neither dates nor phases; what its implied experiment needs of them means nothing to a reader.
bool is_dated(const Scorecard& card) { return card.source != TallySource::kCounts; }

// The pilot has looks, and so has a phase that is evaluated by a plan of its own; any other is shown.
bool has_look(const Scorecard& card) { return card.phase.empty() || card.phase == "pilot" || !card.looks.empty(); }

// A review at midnight is a date to people; any other moment shows its time.
std::string moment_text(TimeMs time, UtcOffset offset) {
  if (day_start(day_index(time, offset), offset) == time) return format_date(time, offset);
  std::string text = format_time(time, offset);
  text[10] = ' ';
  return text.substr(0, 16) + " " + offset.to_string();
}

std::string look_text(const Scorecard& card) {
  return std::to_string(card.look) + " of " + std::to_string(card.looks.size());
}

/// Tables and counts whose one look is taken, or that have none: nothing is tested, and no harm is watched either.
bool is_shown_only(const Scorecard& card) {
  return card.source != TallySource::kEvents && !card.planned_look && card.recommendation.action == Action::kContinue;
}

std::string status_text(const Scorecard& card) {
  if (card.planned_look && card.source != TallySource::kEvents) return "decided on the data as supplied";
  if (!card.looks.empty() && card.planned_look && !card.is_last_look) {
    return "planned look " + look_text(card) + "; the last is on " + moment_text(card.last_look, card.utc_offset);
  }
  if (card.planned_look) {
    return has_date(card.last_look) ? "at the planned end, " + moment_text(card.last_look, card.utc_offset)
                                    : "at the planned end";
  }
  if (card.source != TallySource::kEvents) return "shown, not tested: these data have no look left";
  if (!has_look(card)) return "shown, not tested: this phase has no planned look";
  std::string text = card.looks.empty() ? "interim: nothing below is final"
                                        : "extra look: only harm decides here, nothing below is final";
  if (has_date(card.last_look)) text += " before the planned end, " + moment_text(card.last_look, card.utc_offset);
  return text;
}

std::string units_text(const Scorecard& card) {
  std::int64_t total = 0;
  std::string arms;
  for (const ScorecardArm& arm : card.arms) {
    total += arm.units;
    arms += (arms.empty() ? "" : ", ") + arm.variant + " " + count_text(arm.units);
    if (arm.clusters > 0) arms += " in " + count_text(arm.clusters) + " clusters";
  }
  return count_text(total) + " (" + arms + ")";
}

/// "52 messages: opted_out 12, quiet_hours 40".
std::string holds_text(const Scorecard& card) {
  std::int64_t all = 0;
  std::string reasons;
  for (const HoldCount& hold : card.holds) {
    all += hold.count;
    reasons += (reasons.empty() ? "" : ", ") + (hold.reason.empty() ? std::string("no reason given") : hold.reason) +
               " " + grouped(hold.count);
  }
  return counted(all, "message", "messages") + ": " + reasons;
}

Facts identity_facts(const Scorecard& card) {
  Facts facts;
  facts.emplace_back("Experiment",
                     card.experiment + (card.phase.empty() || !is_dated(card) ? "" : ", phase " + card.phase));
  facts.emplace_back("Status", status_text(card));
  std::string period;
  if (is_dated(card) && has_date(card.as_of)) period = "data before " + moment_text(card.as_of, card.utc_offset);
  if (is_dated(card) && has_date(card.plan.enrolment_end)) {
    period += (period.empty() ? "" : "; ") + std::string("enrolment ends ") +
              moment_text(card.plan.enrolment_end, card.utc_offset);
  }
  if (!period.empty()) facts.emplace_back("Period", period);
  facts.emplace_back("Units", units_text(card));
  if (!card.holds.empty()) facts.emplace_back("Not sent", holds_text(card));
  return facts;
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string chance_text(const Scorecard& card) {
  if (!card.recommendation.chance || card.recommendation.chance_of.empty()) return {};
  const auto whole = [](double chance) { return fixed_text(std::clamp(100.0 * chance, 0.0, 99.0), 0); };
  const double most = *card.recommendation.chance;
  const double least = card.recommendation.chance_low.value_or(most);
  std::string percent = most < 0.01 ? std::string("under 1") : whole(most);
  if (most >= 0.01 && whole(least) != percent) percent = whole(least) + " to " + percent;
  return "; chance that " + quoted(card.recommendation.chance_of) + " is promoted by the last look about " + percent +
         " %";
}

// Nothing harms where nothing is left: people stopped each wording by itself.
bool has_wording_left(const Scorecard& card) {
  return card.arms.size() < 2 || std::any_of(card.arms.begin() + 1, card.arms.end(),
                                             [](const ScorecardArm& arm) { return !arm.stopped_at && arm.weight > 0; });
}

std::string headline_text(const Scorecard& card) {
  const std::string& variant = card.recommendation.variant;
  switch (card.recommendation.action) {
    case Action::kPromote:
      return "PROMOTE " + quoted(variant) + ": it is shown better, and each of its guardrails is within its margin.";
    case Action::kContinue:
      if (!has_look(card)) return "CONTINUE: this phase has no planned look.";
      if (is_shown_only(card)) return "CONTINUE: nothing is tested, neither for success nor for harm.";
      return "CONTINUE: nothing is decided" + std::string(card.planned_look ? " at this look" : " at an extra look") +
             chance_text(card) + ".";
    case Action::kStop:
      if (!has_wording_left(card)) return "STOP: no wording is left to test.";
      return variant.empty() ? "STOP: harm is shown." : "STOP " + quoted(variant) + ": harm is shown.";
    case Action::kEndWithoutWinner:
      return "END WITHOUT WINNER: keep today's wording.";
    case Action::kInvalid:
      return "INVALID: the data cannot be trusted, so no effect is shown.";
  }
  return {};
}

std::string rule_text(const Scorecard& card) {
  if (is_shown_only(card)) return "data without dates are tested at their one look, and not watched for harm after it";
  switch (card.recommendation.action) {
    case Action::kPromote:
      return "promote when, at one and the same planned look, no check fails, a success metric is shown better, every "
             "guardrail is "
             "shown "
             "safe and no success metric is shown worse";
    case Action::kContinue:
      return "between planned looks only harm can decide, and at a planned look what has crossed its bound; collect on";
    case Action::kStop:
      if (!has_wording_left(card))
        return "a pilot whose wordings were all stopped by themselves has nothing left to show";
      return "stop a wording once harm is shown, whatever it gains";
    case Action::kEndWithoutWinner:
      return "a wording that is not both shown better and shown safe by the last look is not promoted";
    case Action::kInvalid:
      return "a failed check of the data outranks every result";
  }
  return {};
}

std::string next_text(const Scorecard& card) {
  if (is_shown_only(card))
    return "decide by the review that took their look, if any; what harms is stopped by hand (tactful stop); to look "
           "again, record or import events with their times";
  if (card.is_last_look || !has_look(card) || card.recommendation.action != Action::kContinue) return {};
  for (const TimeMs look : card.plan.looks) {
    const bool is_now = card.look > 0 && static_cast<std::size_t>(card.look) <= card.looks.size() &&
                        card.looks[static_cast<std::size_t>(card.look) - 1].date == look;
    if (!is_now && look > card.as_of && look != card.last_look) {
      return "planned review " + moment_text(look, card.utc_offset) + "; decision from " +
             moment_text(card.last_look, card.utc_offset);
    }
  }
  return has_date(card.last_look) ? "decision from " + moment_text(card.last_look, card.utc_offset) : "";
}

// The check's name, and what comes of its failure.
std::string check_name(const Check& check) {
  std::string name = words_of(check.check);
  if (check.waived) return name + " (waived by name)";
  return name + (check.invalidating && check.status == CheckStatus::kFail ? " (makes the result invalid)" : "");
}

void add_checks(const Scorecard& card, View& view) {
  std::size_t ok = 0;
  std::string names;
  for (const Check& check : card.checks) {
    if (check.status == CheckStatus::kOk) {
      ++ok;
      names += (names.empty() ? "" : ", ") + words_of(check.check);
      continue;
    }
    CheckLine line{check.status,       check.status == CheckStatus::kFail ? "FAIL" : "WARN",
                   check_name(check),  check.detail,
                   check.likely_cause, check.next_step};
    if (check.p_value) line.detail += " (p " + p_text(*check.p_value) + ")";
    view.checks.push_back(std::move(line));
  }
  std::stable_sort(view.checks.begin(), view.checks.end(), [](const CheckLine& a, const CheckLine& b) {
    return a.status == CheckStatus::kFail && b.status != CheckStatus::kFail;
  });
  if (ok > 0) view.checks_ok = std::to_string(ok) + (ok == 1 ? " check ok: " : " checks ok: ") + names;
}

std::string source_text(TallySource source) {
  switch (source) {
    case TallySource::kEvents:
      return "events, by first exposure; only units whose window has closed";
    case TallySource::kWide:
      return "one row per unit, windows as supplied; maturity unknown";
    case TallySource::kCounts:
      return "counts, as supplied; maturity unknown";
  }
  return {};
}

std::string methods_text(const Scorecard& card) {
  Facts methods;  // metric keys by method, in order of first use
  for (const MetricResult& result : card.metrics) {
    if (result.method.empty() || !result.unavailable.empty()) continue;
    const auto known =
        std::find_if(methods.begin(), methods.end(), [&](const auto& m) { return m.second == result.method; });
    if (known == methods.end()) {
      methods.emplace_back(result.metric, result.method);
    } else if ((", " + known->first + ",").find(", " + result.metric + ",") == std::string::npos) {
      known->first += ", " + result.metric;
    }
  }
  std::string text;
  for (const auto& entry : methods) text += (text.empty() ? "" : "; ") + entry.first + ": " + entry.second;
  return text;
}

std::string look_fact(const Scorecard& card) {
  if (card.source != TallySource::kEvents && !card.planned_look) return "these data have no look left";
  if (card.looks.empty()) return card.planned_look ? "the planned end" : "before the planned end";
  if (!card.planned_look) return "an extra look: no level is spent on success and guardrails";
  return look_text(card) + ", planned for " +
         moment_text(card.looks[static_cast<std::size_t>(card.look) - 1].date, card.utc_offset) +
         "; spending success " + spending_name(card.plan.spending.success) + ", guardrails " +
         spending_name(card.plan.spending.guardrail) + ", harm " + spending_name(card.plan.spending.harm);
}

/// What the front page says of the winner and of the scores.
Facts front_facts(const Scorecard& card) {
  Facts facts;
  if (card.winner) {
    const WinnerEstimate& winner = *card.winner;
    const auto result = std::find_if(card.metrics.begin(), card.metrics.end(), [&](const MetricResult& one) {
      return one.metric == winner.metric && one.variant == winner.variant;
    });
    const bool is_rate = result != card.metrics.end() && result->kind == "binary";
    const double factor = is_rate ? 100.0 : 1.0;
    const std::string open = result != card.metrics.end() ? follow_up_text(*result) : "";
    const auto number = [&](double value) { return signed_text(value * factor, is_rate ? 2 : 3); };
    facts.emplace_back("Estimate", winner.metric + " of " + winner.variant + ": " + number(winner.estimate.estimate) +
                                       (is_rate ? " points" : "") + " (" + percent_text(winner.estimate.level) +
                                       " interval " + number(winner.estimate.low) + " to " +
                                       number(winner.estimate.high) + "), " + winner.method +
                                       (open.empty() ? "" : ", " + open));
  }
  for (const ScoreResult& score : card.score) facts.emplace_back("Score", score.variant + ": " + score_text(score));
  for (const ScorecardOverride& one : card.overrides) {
    const std::string variant = one.variant.empty() ? "" : " " + one.variant;
    facts.emplace_back("Override", "review " + std::to_string(one.review) + " recommended " +
                                       words_of(one.recommended) + "; " + one.by +
                                       (one.role.empty() ? "" : " (" + one.role + ")") + " decided " +
                                       words_of(one.decision) + variant + " on " +
                                       moment_text(one.at, card.utc_offset) + ": " + one.reason);
  }
  return facts;
}

Facts method_facts(const Scorecard& card) {
  Facts facts;
  std::string randomised = card.randomised;
  if (!card.randomisation.empty()) randomised += (randomised.empty() ? "" : ", ") + card.randomisation;
  if (!randomised.empty()) facts.emplace_back("Randomised", randomised);
  facts.emplace_back("Data", source_text(card.source));
  const std::string methods = methods_text(card);
  if (!methods.empty()) facts.emplace_back("Methods", methods);
  facts.emplace_back("Levels", "one-sided: success " + exact_text(card.plan.alpha.success) + ", non-inferiority " +
                                   exact_text(card.plan.alpha.non_inferiority) + ", harm " +
                                   exact_text(card.plan.alpha.harm) +
                                   ", shared out as each metric says; planned power " + exact_text(card.plan.power));
  facts.emplace_back("Look", !is_dated(card) ? "the data as supplied" : look_fact(card));
  if (is_dated(card) && has_date(card.as_of)) facts.emplace_back("As of", format_time(card.as_of, card.utc_offset));
  if (!card.fingerprint.empty()) facts.emplace_back("Experiment id", card.fingerprint);
  if (!card.data_fingerprint.empty()) facts.emplace_back("Data id", card.data_fingerprint);
  return facts;
}

}  // namespace

std::string words_of(std::string_view id) {
  std::string words(id);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

View make_view(const Scorecard& card) {
  View view;
  view.title = card.title.empty() ? card.experiment : card.title;
  view.identity = identity_facts(card);
  view.action = card.recommendation.action;
  view.headline = headline_text(card);
  view.rule = rule_text(card);
  view.reasons = card.recommendation.reasons;
  view.at_a_glance = verdicts_at_a_glance(card);
  view.next = next_text(card);
  view.front = front_facts(card);
  view.harm = harm_rows(card);
  view.harm_remark = harm_remark(card);
  add_checks(card, view);
  view.verdict_head = card.is_last_look || (card.planned_look && card.looks.empty()) ? "verdict" : "so far";
  view.groups = metric_groups(card);
  view.sensitivity = sensitivity_tables(card);
  view.segments = segment_tables(card);
  view.segment_remark = segment_remark(card);
  add_courses(card, view);
  view.method = method_facts(card);
  return view;
}

}  // namespace tactful::report
