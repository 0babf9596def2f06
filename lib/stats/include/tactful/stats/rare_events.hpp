#pragma once

#include <cstdint>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/test_result.hpp"

/// Exact comparison of two counts of rare events (complaints), conditional on their sum: under rate ratio R an event
/// falls on treatment with probability w_t R / (w_t R + w_c), w the design weights. No exposure counts are needed and
/// maturity does not matter. Thread-safety: pure functions.
namespace tactful::stats {

struct EventCounts {
  std::int64_t control = 0;
  std::int64_t treatment = 0;
  double control_weight = 1.0;  ///< Design weight (or exposure), positive.
  double treatment_weight = 1.0;
};

struct RateRatioTest {
  double rate_ratio = 0.0;  ///< (treatment / w_t) / (control / w_c); infinite without control events.
  double p_greater = 1.0;   ///< Exact, H0: rate ratio <= null.
  double p_less = 1.0;      ///< Exact, H0: rate ratio >= null.
  double midp_greater = 1.0;
  double midp_less = 1.0;
  Interval interval;       ///< From Clopper-Pearson: covers at least as often as it says; high may be infinite.
  Interval midp_interval;  ///< From the mid-p tails: closer to the nominal level.
};

/// Errors: kInvalidArgument (negative count, weight or null ratio not positive and finite); kInsufficientData when
/// there is no event at all.
[[nodiscard]] Result<RateRatioTest> compare_event_counts(const EventCounts& events, double null_ratio,
                                                         Level confidence);

/// Probability that an event falls on treatment under the rate ratio: w_t R / (w_t R + w_c).
[[nodiscard]] double treatment_share(double treatment_weight, double control_weight, double rate_ratio) noexcept;

}  // namespace tactful::stats
