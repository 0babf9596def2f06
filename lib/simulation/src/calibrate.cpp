#include <cmath>

#include "tactful/simulation/operating.hpp"
#include "world.hpp"

namespace tactful {
namespace {

SimulatedOutcome* outcome_of(World& world, const Metric& metric) {
  for (SimulatedOutcome& outcome : world.outcomes) {
    if (outcome.kind == metric.outcome) return &outcome;
  }
  return nullptr;
}

/// Makes a variant do what control does.
void as_control(SimulatedOutcome& outcome, std::size_t variant) {
  outcome.probability[variant] = outcome.probability[0];
  outcome.level[variant] = outcome.level[0];
  if (!outcome.delay_by_variant.empty()) outcome.delay_by_variant[variant] = outcome.delay_by_variant[0];
  if (!outcome.late_factor.empty()) outcome.late_factor[variant] = outcome.late_factor[0];
}

World nothing_changes(World world, std::size_t variants) {
  for (SimulatedOutcome& outcome : world.outcomes) {
    for (std::size_t v = 1; v < variants; ++v) as_control(outcome, v);
  }
  world.lost.clear();
  return world;
}

/// Puts the variant exactly on the guardrail's margin; false where no probability does.
bool put_on_margin(World& world, const Metric& metric, std::size_t variant) {
  SimulatedOutcome* outcome = outcome_of(world, metric);
  if (outcome == nullptr || metric.aggregation != Aggregation::kAny || metric.minimum_value) return false;
  as_control(*outcome, variant);
  const double control = simulation::probability_within(*outcome, 0, static_cast<double>(metric.window_ms));
  if (!(control > 0.0)) return false;
  const Margin margin = metric.margin.value_or(Margin{});
  const double worse = metric.direction == Direction::kDecrease ? 1.0 : -1.0;
  const double factor = margin.kind == Margin::Kind::kRatio ? margin.value : (control + worse * margin.value) / control;
  const double probability = outcome->probability[0] * factor;
  if (!(probability > 0.0 && probability <= 1.0)) return false;
  outcome->probability[variant] = probability;
  return true;
}

CalibrationCorner corner(std::string name, std::string claim, double allowed, const SimulatedShare& seen,
                         std::int64_t pilots) {
  CalibrationCorner result{std::move(name), std::move(claim), allowed, seen, false};
  const double se = std::sqrt(allowed * (1.0 - allowed) / static_cast<double>(pilots));
  result.holds = seen.share <= allowed + 2.0 * se;
  return result;
}

}  // namespace

Result<Calibration> calibrate(const Experiment& experiment, const World& world, const SimulationOptions& options) {
  const auto fitted = simulation::fit_world(world, experiment);
  if (!fitted) return fitted.error();
  Calibration calibration;
  const auto null = simulate_decisions(experiment, nothing_changes(*fitted, experiment.variants.size()), options);
  if (!null) return null.error();
  calibration.corners.push_back(
      corner("nothing changes", "a promotion", experiment.plan.alpha.success, null->promoted, options.pilots));
  for (const VariantCharacteristics& variant : null->variants) {
    calibration.corners.push_back(corner("nothing changes", "a false stop of " + variant.variant,
                                         experiment.plan.alpha.harm, variant.stopped, options.pilots));
  }
  for (const Metric& metric : experiment.metrics) {
    if (metric.role != Role::kGuardrail) continue;
    for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
      World on_margin = *fitted;
      if (!put_on_margin(on_margin, metric, v)) continue;
      const auto result = simulate_decisions(experiment, on_margin, options);
      if (!result) return result.error();
      calibration.corners.push_back(corner(metric.key + " of " + experiment.variants[v].key + " at its margin",
                                           "a promotion of " + experiment.variants[v].key,
                                           experiment.plan.alpha.non_inferiority, result->variants[v - 1].promoted,
                                           options.pilots));
    }
  }
  auto as_given = simulate_decisions(experiment, *fitted, options);
  if (!as_given) return as_given.error();
  calibration.world = std::move(*as_given);
  return calibration;
}

}  // namespace tactful
