#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Which metric decides how long an experiment takes. Thread-safety: pure functions.
namespace tactful::stats {

enum class MetricRole {
  kSuccess,            ///< Superiority: `target` is the treatment rate to be found.
  kGuardrailAbsolute,  ///< Lower is better; `target` is the margin p_t - p_c that must be excluded, above 0.
  kGuardrailRatio,     ///< Lower is better; `target` is the rate ratio that must be excluded, above 1. Rare events.
};

struct PlannedMetric {
  MetricRole role = MetricRole::kSuccess;
  double control_rate = 0.0;
  double target = 0.0;
};

struct MetricPlanSettings {
  Level alpha_success;                ///< One-sided, shared equally by variants and success metrics.
  Level alpha_guardrail;              ///< One-sided, shared by variants only: all guardrails must hold.
  Level power;                        ///< Of the whole decision; each metric gets 1 - beta/(G+1), G guardrails.
  int variants = 1;                   ///< Besides control; all arms of one size.
  double design_effect = 1.0;         ///< Clusters: at least 1.
  double sequential_inflation = 1.0;  ///< Largest size with looks over fixed size: at least 1.
  double weekly_traffic = 0.0;        ///< Units a week over all arms.
  std::vector<double> ramp_fractions;
};

struct PlannedSize {
  double alpha = 0.0;  ///< One-sided level of one test.
  double power = 0.0;
  double per_arm = 0.0;         ///< Units, with design effect and inflation.
  double control_events = 0.0;  ///< Expected in the control arm.
  /// Ratio guardrails, of both arms together, without design effect and inflation:
  std::optional<double> events_normal;  ///< 4 (z_a + z_b)^2 / (ln R)^2 (Schoenfeld 1983).
  std::optional<double> events_exact;   ///< Smallest number from which the exact conditional test keeps the power.
  std::optional<double> weeks;          ///< Nothing when the ramp ends at 0 before.
};

struct MetricPlan {
  std::vector<PlannedSize> metrics;  ///< In the order given.
  std::size_t binding = 0;           ///< The metric with the largest size; the first of equals.
  double per_arm = 0.0;              ///< Its size.
  double total = 0.0;                ///< Over all arms.
  std::optional<double> weeks;
};

/// Success: unpooled normal size (Fleiss, Levin & Paik 2003). Absolute margin: Farrington & Manning 1990 at no
/// difference. Ratio margin: number of events of the conditional binomial test at equal rates, exact up to
/// kMaxExactEvents, beyond that normal. Power: Schultzberg, Ankargren & Franberg 2024 (arXiv:2402.11609).
/// Errors: kInvalidArgument (no metric, rate outside (0, 1), target out of its range, settings out of theirs, power
/// not above alpha).
[[nodiscard]] Result<MetricPlan> plan_metrics(std::span<const PlannedMetric> metrics,
                                              const MetricPlanSettings& settings);

inline constexpr double kMaxExactEvents = 20'000.0;

/// Events of both arms together, equal arms, that exclude rate ratio `ratio` > 1 at one-sided `alpha` when the rates
/// are equal.
struct EventsNeeded {
  double normal = 0.0;
  std::optional<double> exact;  ///< Nothing above kMaxExactEvents.
};
/// Errors: kInvalidArgument (ratio not above 1 or not finite, power not above alpha).
[[nodiscard]] Result<EventsNeeded> events_for_ratio_margin(double ratio, Level alpha, Level power);

}  // namespace tactful::stats
