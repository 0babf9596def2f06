#pragma once

#include <string>
#include <vector>

#include "tactful/decision/evaluate.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful::test {

inline constexpr TimeMs kStart = 20'000 * kMillisecondsPerDay;

inline Metric make_metric(std::string key, Role role) {
  Metric metric;
  metric.key = metric.outcome = std::move(key);
  metric.window_ms = 14 * kMillisecondsPerDay;
  metric.role = role;
  metric.direction = role == Role::kGuardrail ? Direction::kDecrease : Direction::kIncrease;
  if (role == Role::kGuardrail) metric.margin = Margin{Margin::Kind::kRatio, 1.5};
  return metric;
}

/// Two variants, one success metric (paid) and one guardrail (complaint, rate ratio 1.5), four weeks.
inline Experiment make_experiment(std::size_t treatments = 1) {
  Experiment experiment;
  experiment.key = experiment.title = experiment.salt = "reminder";
  experiment.owner = "Li Na";
  experiment.scope = Json::object();
  for (std::size_t v = 0; v <= treatments; ++v) {
    Variant variant;
    variant.key = v == 0 ? "control" : std::string(1, static_cast<char>('a' + v - 1));
    variant.wording = variant.key;
    experiment.variants.push_back(variant);
  }
  experiment.metrics = {make_metric("paid", Role::kSuccess), make_metric("complaint", Role::kGuardrail)};
  experiment.ramp = {{kStart, Fraction{Fraction::kWhole}}};
  experiment.pilot.start = kStart;
  experiment.plan.enrolment_end = kStart + 28 * kMillisecondsPerDay;
  experiment.pilot.end = experiment.last_look();
  return experiment;
}

/// One arm: its units and the number of them with each metric's event.
struct MadeArm {
  std::int64_t units = 0;
  std::vector<std::int64_t> events;
};

inline ArmMetric make_binary(std::int64_t units, std::int64_t events) {
  ArmMetric metric;
  metric.mature.units = units;
  metric.mature.sum.add(static_cast<double>(events));
  metric.mature.squares.add(static_cast<double>(events));
  metric.first_events = events;
  return metric;
}

/// The tally of such arms at the planned end, recorded by a sender, without oddities.
inline Tally make_tally(const Experiment& experiment, const std::vector<MadeArm>& arms) {
  Tally tally;
  tally.experiment = experiment.key;
  tally.fingerprint = fingerprint(experiment);
  tally.as_of = experiment.last_look();
  MarginTally all;
  for (const MadeArm& made : arms) {
    ArmTally arm;
    arm.units = made.units;
    for (const std::int64_t events : made.events) arm.metrics.push_back(make_binary(made.units, events));
    tally.integrity.units += made.units;
    tally.integrity.exposures += made.units;
    all.arms.push_back(std::move(arm));
  }
  for (const Variant& variant : experiment.variants) tally.variants.push_back(variant.key);
  for (const Metric& metric : experiment.metrics) tally.metrics.push_back(metric.key);
  tally.integrity.arms.resize(arms.size());
  tally.without_crossovers = all;
  tally.margins.push_back(std::move(all));
  return tally;
}

inline const Check* find_check(const Scorecard& card, std::string_view id) {
  for (const Check& check : card.checks) {
    if (check.check == id) return &check;
  }
  return nullptr;
}

inline const MetricResult* find_result(const Scorecard& card, std::string_view metric, std::string_view variant = "a") {
  for (const MetricResult& result : card.metrics) {
    if (result.metric == metric && result.variant == variant) return &result;
  }
  return nullptr;
}

}  // namespace tactful::test
