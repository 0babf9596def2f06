#pragma once

#include <vector>

#include "cells.hpp"
#include "cluster_pass.hpp"

namespace tactful {

/// Puts the accumulators of all threads together.
class TallyBuilder {
 public:
  TallyBuilder(const TallyPlan& plan, const SegmentRegistry& segments) : plan_(plan), segments_(segments) {}

  /// Counts, sums, days, integrity, looks and ages (of events; a wide plan has neither) and, for clustered experiments,
  /// the second pass over clusters on `threads` threads.
  [[nodiscard]] Tally build(std::vector<Accumulator>& parts, int threads) const;

 private:
  void add_margins(const std::vector<Accumulator>& parts, Tally& tally) const;
  void add_days(const std::vector<Accumulator>& parts, Tally& tally) const;
  void add_clusters(const ClusterResult& clusters, Tally& tally) const;
  void add_ages(const std::vector<Accumulator>& parts, Tally& tally) const;
  /// Needs margins, days and epochs. `clusters`: nullptr where units are randomised.
  void add_looks(const std::vector<Accumulator>& parts, const DayLooks& days, const ClusterLooks* clusters,
                 Tally& tally) const;
  void add_look_row(const Accumulator& part, std::size_t row, std::size_t variant, std::size_t look, std::size_t epoch,
                    LookTally& to) const;
  void put_clusters(const ClusterLooks& clusters, Tally& tally) const;
  [[nodiscard]] std::vector<ArmTally> empty_arms() const;

  const TallyPlan& plan_;
  const SegmentRegistry& segments_;
};

}  // namespace tactful
