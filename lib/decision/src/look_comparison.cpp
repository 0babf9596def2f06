#include "look_comparison.hpp"

#include "look_data.hpp"

namespace tactful {
namespace {

ArmMetric arm_metric(const LookMetric& state) {
  ArmMetric metric;
  metric.mature = state.mature;
  metric.clusters = state.clusters;
  metric.immature_units = state.immature_units;
  metric.first_events = first_events(state);
  return metric;
}

}  // namespace

Result<std::unique_ptr<const LookComparison>> compare_at(const Experiment& experiment, const LookTally& look,
                                                         std::size_t metric, std::size_t variant) {
  auto result = std::make_unique<LookComparison>();
  result->control = arm_metric(look.arms[0][metric]);
  result->treatment = arm_metric(look.arms[variant][metric]);
  const bool is_binary = experiment.metrics[metric].aggregation == Aggregation::kAny;
  auto comparison = compare({&result->arm, &result->control, experiment.variants[0].weight},
                            {&result->arm, &result->treatment, experiment.variants[variant].weight}, is_binary,
                            experiment.is_clustered());
  if (!comparison) return comparison.error();
  result->comparison = std::move(comparison).value();
  return std::unique_ptr<const LookComparison>(std::move(result));
}

}  // namespace tactful
