#pragma once

#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/dunnett.hpp"

/// Intervals that hold for all comparisons of a family at once. Thread-safety: pure functions.
namespace tactful::stats {

/// One comparison: treatment minus control and its standard error, positive.
struct Comparison {
  double estimate = 0.0;
  double se = 0.0;
};

struct SimultaneousIntervals {
  double critical = 0.0;
  std::vector<Interval> intervals;  ///< estimate -+ critical se; one-sided ones are infinite on the other side.
  std::vector<double> p_adjusted;   ///< Of H0: no difference.
};

/// Dunnett 1955. Match the decision: an interval leaves 0 out exactly where its adjusted p is below 1 - confidence.
/// `family.alternative`: kGreater gives lower bounds, kLess upper bounds.
/// Guarantee: all intervals cover together with `confidence`, for normal estimates with the family's correlations.
/// Errors: as dunnett_p_values; kInvalidArgument (estimate not finite, se not positive and finite).
[[nodiscard]] Result<SimultaneousIntervals> dunnett_intervals(std::span<const Comparison> comparisons,
                                                              const DunnettFamily& family, Level confidence);

struct HolmIntervals {
  SimultaneousIntervals bonferroni;  ///< Critical value at level / m; p_adjusted is Holm's.
  /// Per comparison: Holm rejects although its interval holds 0. Holm is stronger than Bonferroni; there the direction
  /// is shown, the distance from 0 is not.
  std::vector<bool> rejected_without_interval;
};

/// Intervals beside Holm's decisions, under any dependence. Intervals of Holm's own strength are not given: those that
/// exist for a step-down test say nothing but "above 0" on what was rejected (Strassburger & Bretz 2008). These are the
/// Bonferroni intervals: conservative, and they never leave 0 out where Holm does not reject.
/// `df` at least 1, infinite for normal. Errors: as above, and for an empty family.
[[nodiscard]] Result<HolmIntervals> holm_intervals(std::span<const Comparison> comparisons, double df,
                                                   Alternative alternative, Level confidence);

}  // namespace tactful::stats
