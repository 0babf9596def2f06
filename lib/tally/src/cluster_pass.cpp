#include "cluster_pass.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "parallel.hpp"

namespace tactful {
namespace {

/// One unit of the bucket at hand, wherever it lies.
struct RowReference {
  const ClusterRows::Row* row = nullptr;
  const double* values = nullptr;
  const std::uint8_t* event_looks = nullptr;
};

/// Sums of one cluster within one margin.
struct Group {
  std::size_t margin = 0;
  std::uint64_t events = 0;
  std::vector<double> size;
  std::vector<PreciseSum> total;
};

ClusterResult empty_result(const TallyPlan& plan, const SegmentRegistry& segments, std::size_t epochs) {
  ClusterArm arm;
  arm.metrics.resize(plan.metrics.size());
  ClusterMargin margin;
  margin.arms.assign(plan.experiment->variants.size(), arm);
  ClusterResult result;
  result.margins.assign(2 + segments.margins().size(), margin);
  if (!plan.all_mature) {
    result.looks = ClusterLooks(plan.experiment->variants.size(), plan.metrics.size(), plan.looks.size(), epochs);
  }
  return result;
}

void merge(const ClusterResult& from, ClusterResult& to) {
  to.in_two_variants += from.in_two_variants;
  to.looks.merge(from.looks);
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

/// Adds the units of one cluster in one variant to the looks. Its contribution changes where units of another day
/// become mature, so a cluster exposed on one day is one addition.
class LookAdder {
 public:
  LookAdder(const TallyPlan& plan, const DayLooks& days) : plan_(&plan), days_(&days) {}

  void add(std::span<const RowReference> units, ClusterLooks& looks) {
    const auto variant = static_cast<std::size_t>(units.front().row->variant);
    std::uint64_t events = 0;
    std::int64_t first_day = units.front().row->day;
    for (const RowReference& unit : units) {
      events |= unit.row->events;
      first_day = std::min(first_day, unit.row->day);
    }
    const std::size_t epoch = days_->epoch(days_->index_of(first_day));
    for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
      if ((events >> m & 1) != 0) ++looks.first_events(variant, m, first_event_look(units, m), epoch);
      add_mature(units, variant, m, looks);
    }
  }

 private:
  struct Part {
    std::size_t look = 0;
    double value = 0.0;
  };

  static std::size_t first_event_look(std::span<const RowReference> units, std::size_t m) {
    std::size_t look = std::numeric_limits<std::uint8_t>::max();
    for (const RowReference& unit : units) {
      if ((unit.row->events >> m & 1) != 0) look = std::min<std::size_t>(look, unit.event_looks[m]);
    }
    return look;
  }

  void add_mature(std::span<const RowReference> units, std::size_t variant, std::size_t m, ClusterLooks& looks) {
    parts_.clear();
    for (const RowReference& unit : units) {
      if (std::isnan(unit.values[m])) continue;
      parts_.push_back({days_->mature_look(days_->index_of(unit.row->day), m), unit.values[m]});
    }
    std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.look < b.look; });
    double size = 0.0;
    PreciseSum total;
    for (std::size_t i = 0; i < parts_.size();) {
      const std::size_t look = parts_[i].look;
      ClusterSums& sums = looks.sums(variant, m, look);
      if (size > 0) take_away(size, total.value(), sums);
      for (; i < parts_.size() && parts_[i].look == look; ++i) {
        size += 1.0;
        total.add(parts_[i].value);
      }
      sums.add(size, total.value());
    }
  }

  static void take_away(double size, double total, ClusterSums& sums) {
    --sums.clusters;
    sums.size.add(-size);
    sums.total.add(-total);
    sums.size_squares.add_product(-size, size);
    sums.total_squares.add_product(-total, total);
    sums.size_total.add_product(-size, total);
  }

  const TallyPlan* plan_;
  const DayLooks* days_;
  std::vector<Part> parts_;
};

/// Adds the units of one cluster in one variant to the margins.
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
                  GroupAdder& adder, LookAdder& look_adder, ClusterResult& result) {
  std::vector<RowReference> all;
  for (const ClusterRows* part : rows) {
    const ClusterRows::Bucket& from = part->buckets[bucket];
    for (std::size_t i = 0; i < from.rows.size(); ++i) {
      const std::size_t first = i * plan.metrics.size();
      all.push_back({&from.rows[i], from.values.data() + first, from.event_looks.data() + first});
    }
  }
  std::sort(all.begin(), all.end(), [](const RowReference& a, const RowReference& b) {
    return a.row->cluster != b.row->cluster ? a.row->cluster < b.row->cluster : a.row->variant < b.row->variant;
  });
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    const ClusterRows::Row& first = *all[begin].row;
    while (end < all.size() && all[end].row->cluster == first.cluster && all[end].row->variant == first.variant) ++end;
    const std::span<const RowReference> units(all.data() + begin, end - begin);
    adder.add(units, result);
    if (!plan.all_mature) look_adder.add(units, result.looks);
    const bool opens_cluster = begin == 0 || all[begin - 1].row->cluster != first.cluster;
    if (opens_cluster && end < all.size() && all[end].row->cluster == first.cluster) ++result.in_two_variants;
    begin = end;
  }
}

}  // namespace

ClusterResult group_clusters(const TallyPlan& plan, const SegmentRegistry& segments,
                             const std::vector<const ClusterRows*>& rows, const DayLooks& days, std::size_t epochs,
                             int threads) {
  std::vector<std::vector<int>> margins_of_key;
  for (std::size_t key = 0; key < segments.keys(); ++key) {
    margins_of_key.push_back(segments.margins_of(static_cast<int>(key)));
  }
  const auto workers = static_cast<std::size_t>(std::max(1, threads));
  std::vector<ClusterResult> results(workers, empty_result(plan, segments, epochs));
  std::vector<GroupAdder> adders(workers, GroupAdder(plan, margins_of_key));
  std::vector<LookAdder> look_adders(workers, LookAdder(plan, days));
  run_parallel(ClusterRows::kBuckets, workers, [&](std::size_t bucket, std::size_t worker) {
    group_bucket(bucket, plan, rows, adders[worker], look_adders[worker], results[worker]);
  });
  for (std::size_t i = 1; i < results.size(); ++i) merge(results[i], results[0]);
  return std::move(results[0]);
}

}  // namespace tactful
