#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/time.hpp"
#include "tactful/decision/scorecard_parts.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

enum class CheckStatus { kOk, kWarn, kFail };

/// One check of the data. A failed invalidating check makes the action `invalid` and blanks the effects.
struct Check {
  std::string
      check;  ///< Stable id: sample_ratio, crossovers, randomisation, fingerprint, ... docs/reference/scorecard.md.
  CheckStatus status = CheckStatus::kOk;
  std::optional<double> p_value;
  std::string detail;         ///< What was seen, with numbers.
  std::string likely_cause;   ///< When not ok: what usually causes it, most likely first.
  std::string next_step;      ///< When not ok: what to look at or do.
  bool invalidating = false;  ///< Whether kFail makes the scorecard invalid.
  bool waived = false;        ///< A failed check that the caller accepted by name; stays visible.
};

struct ArmValue {
  std::int64_t units = 0;  ///< Mature units analysed.
  double value = 0.0;      ///< Rate or mean.
  double total = 0.0;      ///< Units with the event (binary) or the sum.
};

/// Verdicts. Success: better, worse, no_difference_shown. Guardrail: safe, safe_but_worse, not_proven_safe, harmful.
/// Monitor: shown_only. unavailable with a reason where there are no numbers.
enum class Verdict {
  kBetter,
  kWorse,
  kNoDifferenceShown,
  kSafe,
  kSafeButWorse,
  kNotProvenSafe,
  kHarmful,
  kShownOnly,
  kUnavailable
};

/// One metric of one treatment variant against control.
struct MetricResult {
  std::string metric;
  Role role = Role::kMonitor;
  std::string kind;  ///< binary, mean.
  std::string variant;
  std::string unavailable;  ///< Why there are no numbers; empty when there are.
  ArmValue control, treatment;
  std::optional<EffectInterval> difference;  ///< Treatment minus control.
  std::optional<EffectInterval> relative;    ///< Treatment / control - 1; absent where it does not exist.
  std::optional<double>
      p_value;  ///< Of the test that the verdict rests on, one-sided in the direction named by `hypothesis`.
  std::optional<double> p_adjusted;  ///< min(1, p / share of alpha).
  std::optional<double>
      p_mid;  ///< Mid-p of the same test where it is exact: less cautious, shown beside; decides nothing.
  std::optional<double> p_harm;  ///< One-sided p of harm (superiority of harm), unadjusted.
  std::string hypothesis;        ///< In words: "treatment > control", "treatment < control + 0.01", "rate ratio < 1.5".
  std::string method;            ///< Name of test and interval.
  std::optional<double> alpha;   ///< One-sided level that p_value is compared with.
  Verdict verdict = Verdict::kUnavailable;
  std::string reading;  ///< One sentence for the review: "could still be up to 12 extra per 10,000".
  std::int64_t immature_control = 0, immature_treatment = 0;  ///< Units whose window is still open, not in the numbers.
  int look = 0;                   ///< Planned look (1-based) whose bound decided; 0: nothing was tested here.
  std::optional<double> bound_p;  ///< Nominal level that p_value is compared with at this look (the same as alpha).
  std::optional<double>
      p_repeated;  ///< Smallest level of the whole plan that would decide here; only at planned looks.
  double follow_up =
      1.0;  ///< Share of the units exposed so far whose follow-up is over; below 1 the rate is still maturing.
};

enum class Action { kPromote, kContinue, kStop, kEndWithoutWinner, kInvalid };

struct Recommendation {
  Action action = Action::kContinue;
  std::string variant;               ///< For promote: which; for stop: which harms; else empty.
  std::vector<std::string> reasons;  ///< In words, the deciding one first.
  /// For continue: that `chance_of`, the variant that is nearest, has all that a promotion needs at the last look. Its
  /// parts share customers, and how far they go together is not known: at most `chance`, at least `chance_low`
  /// (Frechet's bounds of predictive chances).
  std::string chance_of = {};
  std::optional<double> chance = std::nullopt;
  std::optional<double> chance_low = std::nullopt;
  /// For stop: variants that go on when `variant`, and whatever else the reasons show to harm, is stopped by itself;
  /// empty: the pilot as a whole stops.
  std::vector<std::string> continuing = {};
};

struct ScorecardArm {
  std::string variant;
  std::int64_t units = 0;
  std::int64_t clusters = 0;
  std::int64_t weight = 0;
  std::optional<TimeMs> stopped_at = std::nullopt;  ///< When the variant was stopped by itself, if it was.
};

/// A breakdown, exploratory: never decides by itself.
struct SegmentResult {
  std::string segment, value;
  std::vector<MetricResult> metrics;
  bool is_protected =
      false;  ///< The plan protects it: at a planned look its guardrails are tested too, and must be safe.
};

/// Tests and intervals over one tally, and what to do. Values only.
struct Scorecard {
  std::string experiment, title;
  std::string fingerprint, data_fingerprint;
  TimeMs as_of = 0;
  UtcOffset utc_offset;
  std::string phase;
  TallySource source = TallySource::kEvents;
  bool planned_look = false;         ///< Whether this evaluation is a planned look: it may promote and spends alpha.
  int look = 0;                      ///< Which one, 1-based; 0: an extra look, which can only stop.
  bool is_last_look = false;         ///< Whether `continue` does not exist here.
  std::vector<ScorecardLook> looks;  ///< All of the plan; empty where there are no times.
  TimeMs last_look = 0;
  std::string randomised;     ///< unit or cluster name that was randomised and is counted.
  std::string randomisation;  ///< How, in words.
  Plan plan;
  std::vector<ScorecardArm> arms;  ///< [0] control.
  std::vector<Check> checks;
  std::vector<MetricResult> metrics;      ///< By metric, then variant.
  std::vector<HarmWatch> harm;            ///< By metric, then variant: visible always, also when checks fail.
  std::vector<ScoreResult> score;         ///< By variant; empty without score weights.
  std::optional<WinnerEstimate> winner;   ///< Where a variant has crossed a success bound.
  std::vector<TimeCourse> time_course;    ///< Exploratory.
  std::vector<MetricResult> sensitivity;  ///< The same without units seen in two variants; empty when there were none.
  std::vector<SegmentResult> segments;
  std::vector<SegmentEffects> segment_effects;  ///< By segment, metric, then variant; empty when a check invalidates.
  Recommendation recommendation;
  std::vector<ScorecardOverride> overrides;  ///< Of the experiment, from the ledger, ascending.
  std::vector<HoldCount> holds;  ///< Messages that were not sent, by reason: contact rules and incomplete texts.
};

[[nodiscard]] std::string_view to_string(CheckStatus value) noexcept;
[[nodiscard]] std::string_view to_string(Verdict value) noexcept;
[[nodiscard]] std::string_view to_string(Action value) noexcept;
[[nodiscard]] std::string_view to_string(HarmAlarm value) noexcept;

/// `tactful/scorecard/1` (docs/reference/scorecard.md): stable order, full precision, entries that could not be
/// computed carry "unavailable" and no numbers.
[[nodiscard]] Json to_json(const Scorecard& scorecard);

}  // namespace tactful
