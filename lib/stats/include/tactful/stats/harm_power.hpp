#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/stats/harm_monitor.hpp"

namespace tactful::stats {

/// What is expected between the look before and this one.
struct ExpectedLook {
  double information_fraction = 1.0;  ///< As in HarmLook.
  double events = 0.0;                ///< New first events of both arms together, at the true rate ratio; at least 0.
};

/// What the exact monitor can do with the events expected.
struct HarmPower {
  std::vector<std::optional<std::int64_t>> bounds;  ///< As in HarmBound::bound, at the expected numbers of events.
  std::vector<double> crossed_by;                   ///< P(crossed at this look or before), at the true rate ratio.
  double power = 0.0;                               ///< The last of them; 0 without looks.
  double expected_events = 0.0;                     ///< Of both arms over all looks.
};

/// Chance that exact_harm_monitor() crosses when events come as expected, each of them on treatment with the
/// probability that `true_rate_ratio` gives it: harm found (kGreater) or the margin excluded (kLess). Cumulative
/// numbers of events are rounded to whole ones; the exact saw-tooth between neighbouring numbers is kept, so that the
/// power of a plan does not rise evenly with its traffic.
/// Parameters: `treatment_weight`, `control_weight` design weights, positive; `true_rate_ratio` above 0.
/// Errors: kInvalidArgument (no looks, a number of events negative or not finite, weights or ratio not positive), those
/// of exact_harm_monitor(). The distribution over paths is exact.
/// Thread-safety: pure function. Cost: as exact_harm_monitor().
[[nodiscard]] Result<HarmPower> harm_power(const HarmPlan& plan, std::span<const ExpectedLook> looks,
                                           double treatment_weight, double control_weight, double true_rate_ratio);

}  // namespace tactful::stats
