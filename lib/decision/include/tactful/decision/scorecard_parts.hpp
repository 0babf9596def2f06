#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/time.hpp"

/// What a scorecard says besides its metrics: the watch for harm, the looks, the score, the winner, effects over time.
namespace tactful {

/// Estimate with its interval at a two-sided confidence level.
struct EffectInterval {
  double estimate = 0.0;
  double low = 0.0;  ///< May be -infinity (printed as null).
  double high = 0.0;
  double level = 0.0;
};

enum class HarmAlarm {
  kNone,
  kPlanned,    ///< The bound of a planned look was crossed.
  kUnplanned,  ///< The e-process, which holds at every moment, reached its threshold.
  kLatched,    ///< An earlier review entered the alarm; the data do not raise it now.
};

/// How far one metric of one variant is from being shown to do harm.
struct HarmWatch {
  std::string metric, variant;
  std::string unavailable;      ///< Why nothing can be watched; empty when it is.
  std::string method;           ///< Of the planned looks.
  bool counts = false;          ///< Whether first events are counted (below) and give the evidence; else values are.
  bool exact = false;           ///< Whether planned looks have exact bounds on these counts; else p_value and bound_p.
  bool fewer_is_worse = false;  ///< The bounds then count the control's events.
  std::int64_t control = 0, treatment = 0;  ///< Units (clusters, where randomised) with an event so far, mature or not.
  double level = 0.0;  ///< One-sided level of this metric and variant: 0.8 for planned looks, 0.2 for all others.
  double spent = 0.0;  ///< Of the planned part.
  std::optional<double> p_value,
      bound_p;  ///< At a planned look without exact bounds: of worse than control, and what it must reach.
  std::optional<std::int64_t> bound;  ///< At a planned look: events of the treatment that stop, of all those seen.
  std::optional<TimeMs> next_look;
  std::optional<std::int64_t> next_bound;  ///< At that look: stop at this many in the treatment while control stays.
  std::optional<std::int64_t>
      minimum_events;  ///< Fewest events, all in the treatment, that could stop then (at the last look: now) or before.
  double log_e = 0.0;  ///< Evidence of harm at any moment, and what an alarm takes.
  double log_e_needed = 0.0;
  HarmAlarm alarm = HarmAlarm::kNone;
  std::optional<TimeMs> alarm_at;  ///< The look, or moment, of the alarm.
  /// Worse was shown, and that it is within the declared margin too: no alarm, since the margin was called acceptable.
  bool within_margin = false;
  std::string
      reading;  ///< Conditional and dated: "at the review of 14 May: stop if b has 9 or more while control stays at 4".
};

/// The weighted composite of one variant: 100 is control, above is better.
struct ScoreResult {
  std::string variant;
  std::string unavailable;  ///< Why there is none; empty when there is.
  double value = 0.0, low = 0.0, high = 0.0, level = 0.0;
};

/// The winner's effect on the metric it won by, freed from the luck of having been stopped early or chosen.
struct WinnerEstimate {
  std::string metric, variant;
  EffectInterval raw;  ///< As in `metrics`.
  EffectInterval estimate;
  std::string method;
};

/// The effects of one metric and variant in all values of one segment, drawn together as far as they agree, so that the
/// largest is not taken at its luck. Exploratory: decides nothing.
struct SegmentEffects {
  struct Value {
    std::string value;
    EffectInterval raw;  ///< Treatment minus control, as in `segments`.
    EffectInterval estimate;
  };
  std::string segment, metric, variant;
  std::string unavailable;    ///< Why nothing is drawn together; empty when it is.
  double mean = 0.0;          ///< What the values are drawn towards.
  double tau = 0.0;           ///< Standard deviation between the true effects, REML.
  double p_equal = 1.0;       ///< That they are all the same (Cochran's Q), not corrected for looking often.
  std::vector<Value> values;  ///< Those with numbers.
};

/// A decision that people took against a review's recommendation: it stays beside every later scorecard.
struct ScorecardOverride {
  std::int64_t entry = 0;   ///< Ledger sequence.
  std::int64_t review = 0;  ///< The review that it goes against.
  TimeMs at = 0;
  std::string by, role, reason;  ///< As declared.
  std::string recommended;       ///< What was recommended.
  std::string decision;          ///< promote, continue, stop or end_without_winner.
  std::string variant;           ///< Of a promotion; else empty.
};

/// One date of the plan.
struct ScorecardLook {
  int planned = 0;  ///< 1-based.
  TimeMs date = 0;
  std::optional<TimeMs> taken;  ///< When it was, or is assumed to have been; nothing: missed or still to come.
};

/// Effect by time since exposure or by number of reminder.
struct TimeCourse {
  std::string metric, variant;
  std::string by;  ///< "age" (days since exposure) or "reminder" (first, second, ...).
  struct Band {
    std::int64_t first = 0, last = 0;  ///< Days, or reminder numbers.
    std::int64_t control_events = 0, treatment_events = 0;
    double control_at_risk = 0.0, treatment_at_risk = 0.0;  ///< Unit-days, or reminders followed up.
    std::optional<double> ratio;                            ///< Of the rates, treatment / control.
  };
  std::vector<Band> bands;
  std::optional<double> p_constant;  ///< That the ratio is the same in all bands.
};

}  // namespace tactful
