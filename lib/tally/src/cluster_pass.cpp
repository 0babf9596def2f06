#include "cluster_pass.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "parallel.hpp"

namespace tactful {
namespace {

/// One unit of the bucket at hand, wherever it lies.
struct RowReference {
  const ClusterRows::Row* row = nullptr;
  const double* values = nullptr;
};

/// Sums of one cluster within one margin.
struct Group {
  std::size_t margin = 0;
  std::uint64_t events = 0;
  std::vector<double> size;
  std::vector<PreciseSum> total;
};

ClusterResult empty_result(const TallyPlan& plan, const SegmentRegistry& segments) {
  ClusterArm arm;
  arm.metrics.resize(plan.metrics.size());
  ClusterMargin margin;
  margin.arms.assign(plan.experiment->variants.size(), arm);
  ClusterResult result;
  result.margins.assign(2 + segments.margins().size(), margin);
  return result;
}

void merge(const ClusterResult& from, ClusterResult& to) {
  to.in_two_variants += from.in_two_variants;
  for (std::size_t i = 0; i < to.margins.size(); ++i) {
    for (std::size_t v = 0; v < to.margins[i].arms.size(); ++v) {
      ClusterArm& arm = to.margins[i].arms[v];
      const ClusterArm& other = from.margins[i].arms[v];
      arm.clusters += other.clusters;
      for (std::size_t m = 0; m < arm.metrics.size(); ++m) {
        arm.metrics[m].sums.merge(other.metrics[m].sums);
        arm.metrics[m].with_event += other.metrics[m].with_event;
      }
    }
  }
}

/// Adds the units of one cluster in one variant.
class GroupAdder {
 public:
  GroupAdder(const TallyPlan& plan, std::vector<std::vector<int>> margins_of_key)
      : metrics_(plan.metrics.size()), margins_of_key_(std::move(margins_of_key)) {
    for (const MetricPlan& metric : plan.metrics) is_binary_.push_back(metric.aggregation == Aggregation::kAny);
  }

  void add(std::span<const RowReference> units, ClusterResult& result) {
    used_ = 0;
    for (const RowReference& unit : units) {
      add_unit(0, unit);
      if (!unit.row->crossed) add_unit(1, unit);
      for (const int margin : margins_of_key_[static_cast<std::size_t>(unit.row->segment_key)]) {
        add_unit(static_cast<std::size_t>(margin) + 2, unit);
      }
    }
    const auto variant = static_cast<std::size_t>(units.front().row->variant);
    for (std::size_t g = 0; g < used_; ++g) {
      const Group& group = groups_[g];
      ClusterArm& arm = result.margins[group.margin].arms[variant];
      ++arm.clusters;
      for (std::size_t m = 0; m < metrics_; ++m) {
        if (group.size[m] > 0) arm.metrics[m].sums.add(group.size[m], group.total[m].value());
        arm.metrics[m].with_event += static_cast<std::int64_t>(group.events >> m & 1);
      }
    }
  }

 private:
  void add_unit(std::size_t margin, const RowReference& unit) {
    std::size_t g = 0;
    while (g < used_ && groups_[g].margin != margin) ++g;
    if (g == used_) {
      if (used_ == groups_.size()) groups_.emplace_back();
      ++used_;
      groups_[g].margin = margin;
      groups_[g].events = 0;
      groups_[g].size.assign(metrics_, 0.0);
      groups_[g].total.assign(metrics_, PreciseSum{});
    }
    Group& group = groups_[g];
    group.events |= unit.row->events;
    for (std::size_t m = 0; m < metrics_; ++m) {
      if (std::isnan(unit.values[m])) continue;
      group.size[m] += 1.0;
      // Zeros and ones add exactly as they are.
      if (is_binary_[m]) {
        group.total[m].high += unit.values[m];
      } else {
        group.total[m].add(unit.values[m]);
      }
    }
  }

  std::size_t metrics_;
  std::vector<bool> is_binary_;
  std::vector<std::vector<int>> margins_of_key_;
  std::vector<Group> groups_;
  std::size_t used_ = 0;
};

void group_bucket(std::size_t bucket, const TallyPlan& plan, const std::vector<const ClusterRows*>& rows,
                  GroupAdder& adder, ClusterResult& result) {
  std::vector<RowReference> all;
  for (const ClusterRows* part : rows) {
    const ClusterRows::Bucket& from = part->buckets[bucket];
    for (std::size_t i = 0; i < from.rows.size(); ++i) {
      all.push_back({&from.rows[i], from.values.data() + i * plan.metrics.size()});
    }
  }
  std::sort(all.begin(), all.end(), [](const RowReference& a, const RowReference& b) {
    return a.row->cluster != b.row->cluster ? a.row->cluster < b.row->cluster : a.row->variant < b.row->variant;
  });
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    const ClusterRows::Row& first = *all[begin].row;
    while (end < all.size() && all[end].row->cluster == first.cluster && all[end].row->variant == first.variant) ++end;
    adder.add(std::span<const RowReference>(all.data() + begin, end - begin), result);
    const bool opens_cluster = begin == 0 || all[begin - 1].row->cluster != first.cluster;
    if (opens_cluster && end < all.size() && all[end].row->cluster == first.cluster) ++result.in_two_variants;
    begin = end;
  }
}

}  // namespace

ClusterResult group_clusters(const TallyPlan& plan, const SegmentRegistry& segments,
                             const std::vector<const ClusterRows*>& rows, int threads) {
  std::vector<std::vector<int>> margins_of_key;
  for (std::size_t key = 0; key < segments.keys(); ++key) {
    margins_of_key.push_back(segments.margins_of(static_cast<int>(key)));
  }
  const auto workers = static_cast<std::size_t>(std::max(1, threads));
  std::vector<ClusterResult> results(workers, empty_result(plan, segments));
  std::vector<GroupAdder> adders(workers, GroupAdder(plan, margins_of_key));
  run_parallel(ClusterRows::kBuckets, workers, [&](std::size_t bucket, std::size_t worker) {
    group_bucket(bucket, plan, rows, adders[worker], results[worker]);
  });
  for (std::size_t i = 1; i < results.size(); ++i) merge(results[i], results[0]);
  return std::move(results[0]);
}

}  // namespace tactful
