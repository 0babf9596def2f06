#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"
#include "looks.hpp"

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

/// All units at each look, as differences to the look before it.
class ClusterLooks {
 public:
  ClusterLooks() = default;
  ClusterLooks(std::size_t variants, std::size_t metrics, std::size_t looks, std::size_t epochs)
      : metrics_(metrics), looks_(looks), epochs_(epochs) {
    sums_.resize(variants * metrics * looks);
    first_events_.resize(variants * metrics * looks * epochs);
  }
  [[nodiscard]] ClusterSums& sums(std::size_t variant, std::size_t metric, std::size_t look) {
    return sums_[place(variant, metric, look)];
  }
  [[nodiscard]] const ClusterSums& sums(std::size_t variant, std::size_t metric, std::size_t look) const {
    return sums_[place(variant, metric, look)];
  }
  [[nodiscard]] std::int64_t& first_events(std::size_t variant, std::size_t metric, std::size_t look,
                                           std::size_t epoch) {
    return first_events_[place(variant, metric, look) * epochs_ + epoch];
  }
  [[nodiscard]] std::int64_t first_events(std::size_t variant, std::size_t metric, std::size_t look,
                                          std::size_t epoch) const {
    return first_events_[place(variant, metric, look) * epochs_ + epoch];
  }
  void merge(const ClusterLooks& other) {
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i].merge(other.sums_[i]);
    for (std::size_t i = 0; i < first_events_.size(); ++i) first_events_[i] += other.first_events_[i];
  }

 private:
  [[nodiscard]] std::size_t place(std::size_t variant, std::size_t metric, std::size_t look) const noexcept {
    return (variant * metrics_ + metric) * looks_ + look;
  }
  std::size_t metrics_ = 0, looks_ = 0, epochs_ = 0;
  std::vector<ClusterSums> sums_;
  std::vector<std::int64_t> first_events_;
};

struct ClusterResult {
  std::vector<ClusterMargin> margins;  ///< [0] all, [1] without crossed units, then by margin of the registry.
  std::int64_t in_two_variants = 0;
  ClusterLooks looks;  ///< Empty for wide rows.
};

/// Groups the units of every thread by cluster, each margin by itself, and all of them at each look. Units of one
/// cluster in two variants form one cluster in each, and are counted.
[[nodiscard]] ClusterResult group_clusters(const TallyPlan& plan, const SegmentRegistry& segments,
                                           const std::vector<const ClusterRows*>& rows, const DayLooks& days,
                                           std::size_t epochs, int threads);

}  // namespace tactful
