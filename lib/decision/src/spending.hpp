#pragma once

#include "tactful/experiment/experiment.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/harm_monitor.hpp"

namespace tactful {

/// Of a metric's share of the harm level, what the exact bounds at planned looks have; the rest is the e-process's.
inline constexpr double kPlannedHarmShare = 0.8;

/// Share of the harm level of one variant that one metric has: the plan's, else equal over guardrails; 0 for a metric
/// that is not watched.
[[nodiscard]] double harm_share_of(const Experiment& experiment, const Metric& metric);

/// A plan's spending as the functions of `stats` name it.
[[nodiscard]] stats::HarmSpending harm_spending(AlphaSpending spending) noexcept;
[[nodiscard]] stats::Spending group_spending(AlphaSpending spending) noexcept;

}  // namespace tactful
