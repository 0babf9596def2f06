#include "levels.hpp"

#include <algorithm>

namespace tactful {

double Levels::success_share(const Experiment& experiment, const Metric& metric) const {
  const auto per_variant = 1.0 / static_cast<double>(treatments);
  if (experiment.plan.shares.empty()) {
    const auto metrics = std::count_if(experiment.metrics.begin(), experiment.metrics.end(),
                                       [](const Metric& other) { return other.role == Role::kSuccess; });
    return per_variant / static_cast<double>(std::max<std::ptrdiff_t>(1, metrics));
  }
  for (const AlphaShare& share : experiment.plan.shares) {
    if (share.metric == metric.key) return per_variant * share.share;
  }
  return 0.0;
}

Levels make_levels(const Experiment& experiment) {
  Levels levels;
  const auto treatments = std::count_if(experiment.variants.begin() + 1, experiment.variants.end(),
                                        [](const Variant& variant) { return variant.weight > 0; });
  levels.treatments = static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, treatments));
  return levels;
}

}  // namespace tactful
