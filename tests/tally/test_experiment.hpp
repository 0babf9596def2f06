#pragma once

#include "tactful/experiment/experiment.hpp"

namespace tactful::test {

inline constexpr TimeMs kDay = kMillisecondsPerDay;
inline constexpr TimeMs kStart = 20'000 * kDay;

inline Metric make_metric(std::string key, Aggregation aggregation, TimeMs window, Role role = Role::kMonitor) {
  Metric metric;
  metric.key = metric.outcome = std::move(key);
  metric.aggregation = aggregation;
  metric.window_ms = window;
  metric.role = role;
  return metric;
}

/// Control, two treatments and a variant of weight 0, over 28 days, in UTC, with one metric of each aggregation.
inline Experiment make_experiment() {
  Experiment experiment;
  experiment.key = experiment.salt = "test";
  experiment.scope = Json::object();
  for (const auto& [key, weight] : {std::pair{"control", 1}, {"friendly", 1}, {"brief", 1}, {"retired", 0}}) {
    Variant variant;
    variant.key = variant.wording = key;
    variant.weight = weight;
    experiment.variants.push_back(variant);
  }
  experiment.metrics = {make_metric("converted", Aggregation::kAny, 7 * kDay, Role::kSuccess),
                        make_metric("complaint", Aggregation::kAny, 14 * kDay, Role::kGuardrail),
                        make_metric("calls", Aggregation::kCount, 7 * kDay),
                        make_metric("order_value", Aggregation::kSum, 7 * kDay),
                        make_metric("csat", Aggregation::kFirst, 7 * kDay)};
  experiment.metrics[1].direction = Direction::kDecrease;
  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, 1.5};
  experiment.ramp = {{kStart, Fraction{100'000}}, {kStart + 7 * kDay, Fraction{Fraction::kWhole}}};
  experiment.plan.enrolment_end = kStart + 28 * kDay;
  experiment.pilot.start = kStart;
  experiment.pilot.end = experiment.last_look();
  return experiment;
}

}  // namespace tactful::test
