#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/test_result.hpp"

/// Monitoring rare harm from the first event. Under the null each event falls on treatment with the design probability
/// of the exposure epoch of its unit, whatever the rate, the delay or the censoring. Thread-safety: pure functions.
namespace tactful::stats {

/// Events of one exposure epoch (a period of constant weights) that arrived since the last look.
struct EventStratum {
  double treatment_weight = 0.5;
  double control_weight = 0.5;
  std::int64_t treatment_events = 0;
  std::int64_t control_events = 0;
};

struct HarmLook {
  double information_fraction = 1.0;  ///< Calendar share of the plan, in (0, 1], not decreasing.
  std::vector<EventStratum> strata;
};

enum class HarmSpending { kLinear, kObrienFleming, kPocock };

struct HarmPlan {
  Level alpha;  ///< One-sided level spent over all looks.
  HarmSpending spending = HarmSpending::kLinear;
  double null_rate_ratio = 1.0;                     ///< R0: 1 for harm, the margin for non-inferiority.
  Alternative alternative = Alternative::kGreater;  ///< kGreater: harm; kLess: non-inferiority. Not two-sided.
};

struct HarmBound {
  std::optional<std::int64_t> bound;  ///< Cumulative treatment events that stop; nothing when no count can.
  double spent = 0.0;                 ///< Cumulative level really spent.
  /// kGreater only: how many further events, all on treatment in the last stratum of the look, would stop at this look;
  /// 0 when it stops already; nothing without strata or when not even 100,000 would do.
  std::optional<std::int64_t> more_until_bound;
  std::int64_t treatment_events = 0;  ///< Cumulative.
  std::int64_t control_events = 0;
  bool crossed = false;
};

struct HarmMonitor {
  std::vector<HarmBound> looks;   ///< Up to and including the look that stopped.
  std::optional<int> stopped_at;  ///< 1-based look of the first crossing.
};

/// Exact group-sequential bounds. Guarantee: P(stop at any look | null) <= alpha exactly.
/// Errors: kInvalidArgument (no looks, fractions outside (0, 1] or decreasing, weights or ratio not positive, negative
/// or more than 1 million events, two-sided). Cost: O(events) per look and stratum times its events.
[[nodiscard]] Result<HarmMonitor> exact_harm_monitor(const HarmPlan& plan, std::span<const HarmLook> looks);

/// E-process for looks that were not planned: valid at any time, as often as one looks.
struct HarmEvidence {
  std::vector<double> log_e;           ///< After each look.
  double anytime_p = 1.0;              ///< min(1, 1 / largest e so far).
  std::optional<int> first_rejection;  ///< 1-based look where e >= 1/alpha first.
};

/// Information fractions are ignored. Errors: as above, and up to a million millions of events: nothing is enumerated.
[[nodiscard]] Result<HarmEvidence> harm_eprocess(Level alpha, double null_rate_ratio, std::span<const HarmLook> looks);

}  // namespace tactful::stats
