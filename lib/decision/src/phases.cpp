#include "tactful/decision/phases.hpp"

#include <algorithm>
#include <numeric>

#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr TimeMs kWeek = 7 * kMillisecondsPerDay;
constexpr std::string_view kPilotPhase = "pilot";

TimeMs longest_window(const Experiment& experiment) {
  TimeMs longest = 0;
  for (const Metric& metric : experiment.metrics) {
    if (metric.role != Role::kMonitor) longest = std::max(longest, metric.window_ms);
  }
  return longest;
}

std::vector<Fraction> holdbacks_of(const Policy& policy) {
  std::vector<Fraction> holdbacks;
  const auto add = [&](std::int32_t millionths) {
    if (millionths < 0 || millionths >= Fraction::kWhole) return;
    if (holdbacks.empty() || millionths < holdbacks.back().millionths) holdbacks.push_back(Fraction{millionths});
  };
  for (const Fraction share : policy.rollout) {
    if (Fraction::kWhole - share.millionths > policy.holdback.millionths) add(Fraction::kWhole - share.millionths);
  }
  add(policy.holdback.millionths);
  add(policy.final_holdback.millionths);
  return holdbacks;
}

bool is_safe(const MetricResult& result) {
  return result.verdict == Verdict::kSafe || result.verdict == Verdict::kSafeButWorse;
}

/// Guardrails of the promoted variant that are not shown safe in this scorecard, in words.
std::vector<std::string> not_safe_again(const Scorecard& card, const std::string& variant) {
  std::vector<std::string> open;
  for (const MetricResult& result : card.metrics) {
    if (result.role != Role::kGuardrail || result.variant != variant || is_safe(result)) continue;
    open.push_back(result.metric +
                   " is not shown safe again: " + (result.unavailable.empty() ? result.reading : result.unavailable));
  }
  return open;
}

/// The same in the segments that the plan protects.
std::vector<std::string> not_safe_in_segments(const Experiment& experiment, const Scorecard& card,
                                              const std::string& variant) {
  std::vector<std::string> open;
  for (const ProtectedSegment& wanted : experiment.plan.protected_segments) {
    const std::string name = wanted.segment + " " + wanted.value;
    const auto found = std::find_if(card.segments.begin(), card.segments.end(), [&](const SegmentResult& one) {
      return one.segment == wanted.segment && one.value == wanted.value;
    });
    if (found == card.segments.end()) {
      open.push_back("nothing is known yet of the protected segment " + name);
      continue;
    }
    for (const MetricResult& result : found->metrics) {
      if (result.role == Role::kGuardrail && result.variant == variant && !is_safe(result))
        open.push_back(result.metric + " is not shown safe again in the protected segment " + name);
    }
  }
  return open;
}

/// An alarm that reviews of other versions entered says so.
void tell_other_versions(const std::vector<LatchedAlarm>& latched, Scorecard& card) {
  for (const LatchedAlarm& alarm : latched) {
    if (!alarm.other_version) continue;
    for (HarmWatch& watch : card.harm) {
      if (watch.alarm != HarmAlarm::kLatched || watch.variant != alarm.variant || watch.metric != alarm.metric)
        continue;
      watch.reading += std::string(watch.reading.empty() ? "" : "; ") +
                       "the alarm was entered by a review of another version of this experiment, and stays";
    }
  }
}

/// Exposures of other versions belong to looks that those versions took: nobody waves them through.
Status check_pilot_waivers(const Tally& tally, const EvaluateOptions& options) {
  const std::int64_t others = tally.integrity.other_fingerprint_exposures;
  if (others == 0 || options.waived_checks.count("fingerprint") == 0) return {};
  return Error{ErrorCode::kRefused,
               "the check fingerprint cannot be waived in the pilot: " + counted(others, "exposure", "exposures") +
                   " of other versions are in the data, whose looks and levels are spent",
               "waived_checks", "undo the edit, or run the edited version as an experiment of its own"};
}

std::string share_text(Fraction share) {
  std::string text = std::to_string(share.millionths / 10'000);
  std::int32_t rest = share.millionths % 10'000;
  if (rest == 0) return text + " %";
  std::string decimals = std::to_string(10'000 + rest).substr(1);
  while (decimals.back() == '0') decimals.pop_back();
  return text + "." + decimals + " %";
}

/// What is recommended after promotion, where neither harm nor a failed check decides.
Recommendation after_promotion(const Experiment& experiment, const Experiment& in_phase, const Phase& phase,
                               const Scorecard& card) {
  Lifecycle state;
  state.state = Lifecycle::State::kPromoted;
  state.holdback = phase.holdback;
  state.full_holdback = phase.full_holdback;
  const auto next = next_step(experiment.policy, state);
  const bool is_over = card.as_of >= in_phase.last_look();
  std::vector<std::string> open;
  if (card.as_of < phase.start + experiment.plan.minimum_days * kMillisecondsPerDay)
    open.push_back("the minimum of " + counted(experiment.plan.minimum_days, "day", "days") + " in phase " + phase.key +
                   " is not over");
  if (is_over || (next && next->needs_safety)) {
    for (std::string& one : not_safe_again(card, phase.variant)) open.push_back(std::move(one));
    for (std::string& one : not_safe_in_segments(experiment, card, phase.variant)) open.push_back(std::move(one));
  }
  Recommendation recommendation;
  recommendation.action = Action::kPromote;
  recommendation.variant = phase.variant;
  if (open.empty() && next) {
    recommendation.reasons.push_back("nothing stands in the way of step " + std::to_string(next->step) + " of " +
                                     std::to_string(next->steps) + ": " + share_text(next->holdback) +
                                     " stay on control");
    return recommendation;
  }
  if (open.empty() && is_over) {
    recommendation.reasons.push_back("every guardrail is shown safe again: " + phase.variant + " stays");
    return recommendation;
  }
  recommendation.action = is_over ? Action::kEndWithoutWinner : Action::kContinue;
  recommendation.variant.clear();
  recommendation.reasons = std::move(open);
  if (is_over) {
    recommendation.reasons.push_back("the horizon is over: demote it, or let people decide that it stays");
  } else if (!next) {
    recommendation.reasons.push_back("the last step of the roll-out is in force; to be reviewed by " +
                                     format_date(in_phase.last_look(), experiment.utc_offset));
  }
  return recommendation;
}

}  // namespace

Result<std::vector<Phase>> phases_of(const Experiment& experiment, const Ledger& ledger) {
  const auto states = lifecycles_of(experiment, ledger);
  if (!states) return states.error();
  std::vector<Phase> phases;
  for (const Lifecycle& state : *states) {
    if (!phases.empty() && !phases.back().end) phases.back().end = state.since;
    if (state.state != Lifecycle::State::kPromoted) continue;
    phases.push_back({state.phase, state.variant, state.holdback, state.step, state.since, std::nullopt,
                      state.fingerprint, state.review_by, state.full_holdback});
  }
  return phases;
}

Result<std::optional<Phase>> find_phase(const Experiment& experiment, const Ledger& ledger, std::string_view key) {
  if (key == kPilotPhase) return std::optional<Phase>();
  const auto phases = phases_of(experiment, ledger);
  if (!phases) return phases.error();
  std::string known(kPilotPhase);
  for (const Phase& phase : *phases) {
    if (phase.key == key) return std::optional<Phase>(phase);
    known += ", " + phase.key;
  }
  return Error{ErrorCode::kNotFound, "the ledger tells of no phase \"" + printable(key) + "\"", "phase",
               "it tells of " + known};
}

Experiment experiment_for_tally(const Experiment& experiment, const std::optional<Phase>& phase) {
  Experiment copy = experiment;
  if (!phase) return copy;
  copy.pilot.start = phase->start;
  copy.pilot.end = std::max(copy.pilot.end, phase->start);
  copy.ramp = {{phase->start, Fraction{Fraction::kWhole}}};
  return copy;
}

Experiment phase_experiment(const Experiment& experiment, const Phase& phase) {
  Experiment copy = experiment_for_tally(experiment, phase);
  const std::int64_t kept = phase.holdback.millionths;
  const std::int64_t given = Fraction::kWhole - kept;
  const std::int64_t divisor = std::max<std::int64_t>(1, std::gcd(kept, given));
  for (std::size_t v = 0; v < copy.variants.size(); ++v) {
    Variant& variant = copy.variants[v];
    variant.weight = v == 0 ? kept / divisor : variant.key == phase.variant ? given / divisor : 0;
  }
  const TimeMs window = longest_window(experiment);
  const TimeMs planned = phase.review_by ? *phase.review_by - phase.start : experiment.policy.horizon_weeks * kWeek;
  const TimeMs horizon = std::max(planned, kPhaseLookWeeks * kWeek + window);
  copy.plan.enrolment_end = phase.start + horizon - window;
  copy.plan.full_weeks = false;
  copy.plan.futility = 0.0;
  copy.plan.looks.clear();
  for (TimeMs at = phase.start + kPhaseLookWeeks * kWeek; at + kWeek < copy.last_look(); at += kPhaseLookWeeks * kWeek)
    copy.plan.looks.push_back(at);
  copy.pilot.end = copy.last_look();
  return copy;
}

std::vector<TimeMs> phase_looks(const Experiment& experiment, const Phase& phase) {
  const Experiment in_phase = phase_experiment(experiment, phase);
  std::vector<TimeMs> looks = in_phase.plan.looks;
  looks.push_back(in_phase.last_look());
  return looks;
}

TimeMs review_by(const Experiment& experiment, const Phase& phase) {
  return phase_experiment(experiment, phase).last_look();
}

Result<Scorecard> evaluate_in(const Experiment& experiment, const std::optional<Phase>& phase, const Tally& tally,
                              const EvaluateOptions& options) {
  if (!phase) {
    if (const Status good = check_pilot_waivers(tally, options); !good) return good.error();
    auto card = evaluate(experiment, tally, options);
    if (card) card->overrides = options.overrides;
    if (card) tell_other_versions(options.latched, *card);
    return card;
  }
  if (tally.phase != phase->key || tally.fingerprint != fingerprint(experiment)) {
    return Error{ErrorCode::kConflict,
                 "the tally is of phase " + printable(tally.phase) + " or of another version, not of " + phase->key,
                 experiment.key, "tally the phase again with this experiment file"};
  }
  if (phase->holdback.millionths == 0 || phase->variant == experiment.control().key) {
    return Error{ErrorCode::kInsufficientData,
                 "everyone gets " + printable(phase->variant) + " in phase " + phase->key +
                     ", so there is nothing to compare it with",
                 experiment.key, "a promotion with a holdback can be watched"};
  }
  const Experiment in_phase = phase_experiment(experiment, *phase);
  Tally of_phase = tally;
  // The phase is an experiment of its own, with its own plan; to evaluate() it is a pilot like any other.
  of_phase.fingerprint = fingerprint(in_phase);
  of_phase.phase = std::string(kPilotPhase);
  auto card = evaluate(in_phase, of_phase, options);
  if (!card) return card.error();
  card->fingerprint = tally.fingerprint;
  card->phase = tally.phase;
  card->overrides = options.overrides;
  tell_other_versions(options.latched, *card);
  const Action action = card->recommendation.action;
  if (action != Action::kInvalid && action != Action::kStop)
    card->recommendation = after_promotion(experiment, in_phase, *phase, *card);
  return card;
}

std::optional<RolloutStep> next_step(const Policy& policy, const Lifecycle& state) {
  const std::vector<Fraction> holdbacks = holdbacks_of(policy);
  const bool is_promoted = state.state == Lifecycle::State::kPromoted;
  const Fraction full = state.full_holdback.value_or(policy.holdback);
  for (std::size_t i = 0; i < holdbacks.size(); ++i) {
    if (is_promoted && holdbacks[i].millionths >= state.holdback.millionths) continue;
    return RolloutStep{static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(holdbacks.size()), holdbacks[i],
                       is_promoted && holdbacks[i].millionths < full.millionths};
  }
  return std::nullopt;
}

}  // namespace tactful
