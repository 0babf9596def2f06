#include "tactful/stats/metric_plan.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/planning.hpp"
#include "tactful/stats/rare_events.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats {
namespace {

// Largest treatment count with P(K <= k) <= alpha for K ~ Binomial(n, p), -1 for none, searched from `k`.
std::int64_t largest_rejecting(std::int64_t n, double p, double alpha, std::int64_t k) {
  k = std::clamp<std::int64_t>(k, -1, n);
  while (k >= 0 && binomial_lower_tail(k, n, p) > alpha) --k;
  while (k < n && binomial_lower_tail(k + 1, n, p) <= alpha) ++k;
  return k;
}

// The power of the exact test is a saw-tooth in the number of events: taken is the first number after the last failure,
// looked for in a window that starts well above the normal approximation.
double exact_events(double normal, double ratio, double alpha, double power) {
  const double p = treatment_share(1.0, 1.0, ratio);
  const auto top = static_cast<std::int64_t>(std::ceil(normal * 1.1 + 12.0 * std::sqrt(normal) + 20.0));
  const double z = normal_upper_quantile(alpha);
  std::int64_t n = top;
  for (; n > 0; --n) {
    const double size = real(n);
    const auto guess = static_cast<std::int64_t>(size * p - z * std::sqrt(size * p * (1.0 - p)));
    const std::int64_t k = largest_rejecting(n, p, alpha, guess);
    if (k < 0 || binomial_lower_tail(k, n, 0.5) < power) break;
  }
  return real(n + 1);
}

Status check_settings(const MetricPlanSettings& s) {
  if (s.variants < 1 || s.variants > 1000) return out_of_range("variants", s.variants, "between 1 and 1000");
  for (const auto& [name, value] :
       {std::pair{"design_effect", s.design_effect}, std::pair{"sequential_inflation", s.sequential_inflation}}) {
    if (!(value >= 1.0) || !std::isfinite(value)) return out_of_range(name, value, "at least 1 and finite");
  }
  return {};
}

Status check_metric(const PlannedMetric& m) {
  if (!(m.control_rate > 0.0 && m.control_rate < 1.0)) {
    return out_of_range("control_rate", m.control_rate, "strictly between 0 and 1");
  }
  switch (m.role) {
    case MetricRole::kSuccess:
      if (!(m.target > 0.0 && m.target < 1.0) || m.target == m.control_rate) {
        return out_of_range("target", m.target, "strictly between 0 and 1 and other than the control rate");
      }
      break;
    case MetricRole::kGuardrailAbsolute:
      if (!(m.target > 0.0 && m.target < 1.0 - m.control_rate)) {
        return out_of_range("target", m.target, "above 0 and below 1 - control_rate as an absolute margin");
      }
      break;
    case MetricRole::kGuardrailRatio:
      if (!(m.target > 1.0 && m.target * m.control_rate < 1.0)) {
        return out_of_range("target", m.target, "above 1, and below 1/control_rate, as a ratio margin");
      }
      break;
  }
  return {};
}

// Units per arm before design effect and inflation.
Result<double> fixed_size(const PlannedMetric& m, Level alpha, Level power, PlannedSize& size) {
  const ErrorRates rates{alpha, power, 1};
  if (m.role == MetricRole::kSuccess) {
    const auto n = sample_size_proportions(m.control_rate, m.target, rates);
    if (!n) return n.error();
    return n->unpooled;
  }
  if (m.role == MetricRole::kGuardrailAbsolute) {
    const auto n = sample_size_noninferiority(m.control_rate, m.control_rate, m.target, Alternative::kLess, rates);
    if (!n) return n.error();
    return n->farrington_manning;
  }
  const auto events = events_for_ratio_margin(m.target, alpha, power);
  if (!events) return events.error();
  size.events_normal = events->normal;
  size.events_exact = events->exact;
  return events->exact.value_or(events->normal) / (2.0 * m.control_rate);
}

}  // namespace

Result<EventsNeeded> events_for_ratio_margin(double ratio, Level alpha, Level power) {
  if (!(ratio > 1.0) || !std::isfinite(ratio)) return out_of_range("ratio", ratio, "above 1 and finite");
  if (!(power.value() > alpha.value())) return out_of_range("power", power.value(), "above alpha");
  const double z = normal_upper_quantile(alpha.value()) + normal_quantile(power.value());
  const double log_ratio = std::log(ratio);
  EventsNeeded needed;
  needed.normal = 4.0 * z * z / (log_ratio * log_ratio);
  if (needed.normal <= kMaxExactEvents) {
    needed.exact = exact_events(needed.normal, ratio, alpha.value(), power.value());
  }
  return needed;
}

Result<MetricPlan> plan_metrics(std::span<const PlannedMetric> metrics, const MetricPlanSettings& settings) {
  if (metrics.empty()) return invalid_argument("metrics", "metrics is empty, at least one is needed");
  if (auto status = check_settings(settings); !status) return status.error();
  double successes = 0.0;
  double guardrails = 0.0;
  for (const PlannedMetric& m : metrics) {
    if (auto status = check_metric(m); !status) return status.error();
    (m.role == MetricRole::kSuccess ? successes : guardrails) += 1.0;
  }
  const double variants = settings.variants;
  const auto power = Level::make(1.0 - (1.0 - settings.power.value()) / (guardrails + 1.0), "power");
  if (!power) return power.error();
  MetricPlan plan;
  for (const PlannedMetric& m : metrics) {
    const bool success = m.role == MetricRole::kSuccess;
    const auto alpha = Level::make(
        success ? settings.alpha_success.value() / variants / successes : settings.alpha_guardrail.value() / variants,
        "alpha");
    if (!alpha) return alpha.error();
    PlannedSize size;
    size.alpha = alpha->value();
    size.power = power->value();
    const auto n = fixed_size(m, *alpha, *power, size);
    if (!n) return n.error();
    size.per_arm = *n * settings.design_effect * settings.sequential_inflation;
    size.control_events = size.per_arm * m.control_rate;
    const auto weeks =
        duration_weeks(size.per_arm * (variants + 1.0), settings.weekly_traffic, settings.ramp_fractions);
    if (!weeks) return weeks.error();
    size.weeks = *weeks;
    if (plan.metrics.empty() || size.per_arm > plan.metrics[plan.binding].per_arm) plan.binding = plan.metrics.size();
    plan.metrics.push_back(size);
  }
  plan.per_arm = plan.metrics[plan.binding].per_arm;
  plan.total = plan.per_arm * (variants + 1.0);
  plan.weeks = plan.metrics[plan.binding].weeks;
  return plan;
}

}  // namespace tactful::stats
