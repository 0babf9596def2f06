#include "event_looks.hpp"

#include <algorithm>

#include "comparison.hpp"

namespace tactful {

EventPair event_pair(const Experiment& experiment, std::size_t metric, std::size_t variant) {
  EventPair pair{metric, variant, experiment.metrics[metric].direction == Direction::kIncrease, 1.0, 1.0};
  const auto control = static_cast<double>(experiment.variants[0].weight);
  const auto treatment = static_cast<double>(experiment.variants[variant].weight);
  pair.worse_weight = pair.fewer_is_worse ? control : treatment;
  pair.other_weight = pair.fewer_is_worse ? treatment : control;
  return pair;
}

EventCount events_at(const EventPair& pair, const LookTally& look) {
  const std::int64_t control = first_events(look.arms[0][pair.metric]);
  const std::int64_t treatment = first_events(look.arms[pair.variant][pair.metric]);
  return pair.fewer_is_worse ? EventCount{control, treatment} : EventCount{treatment, control};
}

bool is_counted(const Experiment& experiment, const Metric& metric, std::int64_t events,
                std::int64_t exposed) noexcept {
  if (metric.aggregation != Aggregation::kAny) return false;
  const double share = exposed > 0 ? static_cast<double>(events) / static_cast<double>(exposed) : 0.0;
  if (experiment.is_clustered() && share > kLargestShareOfClustersWithEvents) return false;
  if (events < kAlwaysCounted) return true;
  return events < kMostCounted && share < kRareShare;
}

bool has_exact_bounds(const Experiment& experiment, const Metric& metric, std::int64_t events,
                      double exposed) noexcept {
  if (metric.aggregation != Aggregation::kAny || events >= kMostCounted) return false;
  return !experiment.is_clustered() || static_cast<double>(events) <= kLargestShareOfClustersWithEvents * exposed;
}

std::vector<stats::HarmLook> event_looks(const EventPair& pair, const std::vector<const LookTally*>& looks,
                                         const std::vector<double>& times) {
  std::vector<stats::HarmLook> result;
  EventCount before;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    const EventCount now = events_at(pair, *looks[i]);
    // Counts by the times of events only grow; an outcome erased since leaves nothing new.
    const std::int64_t worse = std::max<std::int64_t>(0, now.worse - before.worse);
    const std::int64_t other = std::max<std::int64_t>(0, now.other - before.other);
    result.push_back({times[i], {{pair.worse_weight, pair.other_weight, worse, other}}});
    before = now;
  }
  return result;
}

}  // namespace tactful
