#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"

namespace tactful {

struct ClusterMetric {
  ClusterSums sums;
  std::int64_t with_event = 0;  ///< Clusters with at least one event, mature or not.
};

struct ClusterArm {
  std::int64_t clusters = 0;
  std::vector<ClusterMetric> metrics;
};

struct ClusterMargin {
  std::vector<ClusterArm> arms;
};

struct ClusterResult {
  std::vector<ClusterMargin> margins;  ///< [0] all, [1] without crossed units, then by margin of the registry.
  std::int64_t in_two_variants = 0;
};

/// Groups the units of every thread by cluster, each margin by itself. Units of one cluster in two variants form one
/// cluster in each, and are counted.
[[nodiscard]] ClusterResult group_clusters(const TallyPlan& plan, const SegmentRegistry& segments,
                                           const std::vector<const ClusterRows*>& rows, int threads);

}  // namespace tactful
