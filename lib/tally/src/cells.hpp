#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "segments.hpp"
#include "tactful/tally/tally.hpp"
#include "tally_plan.hpp"

namespace tactful {

/// One unit after the join: what it adds to the tally.
struct UnitRecord {
  UnitId cluster = 0;
  TimeMs at = 0;
  bool has_time = true;  ///< Wide rows may have none: then no day.
  int variant = 0;
  int segment_key = 0;
  bool crossed = false;            ///< Seen in two variants.
  std::uint64_t present = 0;       ///< Bit per metric: the value is known (mature or not).
  std::uint64_t events = 0;        ///< Bit per metric: at least one outcome in the window.
  const double* values = nullptr;  ///< By MetricPlan::column.
};

/// Counts and sums in cells (row, variant). Binary metrics stay whole numbers until the end: three integer additions
/// instead of two compensated sums a unit.
class CellTable {
 public:
  CellTable(const TallyPlan& plan, std::size_t variants) : plan_(&plan), variants_(variants) {}

  void add(std::size_t row, const UnitRecord& unit, std::uint64_t mature);
  /// Merges one cell into an arm. No effect for a row never met.
  void merge_into(std::size_t row, std::size_t variant, ArmTally& arm) const;
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }

 private:
  struct MetricCell {
    std::int64_t analysed = 0, missing = 0, with_event = 0, successes = 0;
  };
  struct SumCell {
    PreciseSum sum, squares;
  };
  void grow(std::size_t rows);

  const TallyPlan* plan_;
  std::size_t variants_;
  std::size_t rows_ = 0;
  std::vector<std::int64_t> units_;
  std::vector<MetricCell> metrics_;
  std::vector<SumCell> sums_;
};

/// Units of one experiment by the bucket of their cluster, for the second pass.
struct ClusterRows {
  static constexpr std::size_t kBuckets = 64;
  struct Row {
    UnitId cluster = 0;
    int segment_key = 0;
    std::int16_t variant = 0;
    bool crossed = false;
    std::uint64_t events = 0;
  };
  struct Bucket {
    std::vector<Row> rows;
    std::vector<double> values;  ///< By row, then metric; NaN: not analysed.
  };
  std::array<Bucket, kBuckets> buckets;
};

/// What one thread gathers. Thread-safety: one thread; merging happens in TallyBuilder.
class Accumulator {
 public:
  explicit Accumulator(const TallyPlan& plan);

  void add(const UnitRecord& unit);

  Integrity integrity;
  std::optional<TimeMs> first_exposure, last_exposure;
  bool imported = false;

 private:
  friend class TallyBuilder;
  struct Day {
    std::int64_t day = 0;
    TimeMs first_at = 0;
    std::uint64_t mature = 0;
  };
  Day& day_of(TimeMs at, std::size_t& row);
  void add_cluster_row(const UnitRecord& unit, std::uint64_t mature);

  const TallyPlan* plan_;
  CellTable margins_;  ///< Row: segment key * 2 + crossed.
  CellTable days_;     ///< Row: index into day_list_.
  std::vector<Day> day_list_;
  std::vector<std::int32_t> near_days_;  ///< Row + 1 of the days around the first one met.
  std::int64_t near_base_ = 0;
  std::map<std::int64_t, std::int32_t> far_days_;
  ClusterRows clusters_;
};

/// Puts the accumulators of all threads together.
class TallyBuilder {
 public:
  TallyBuilder(const TallyPlan& plan, const SegmentRegistry& segments) : plan_(plan), segments_(segments) {}

  /// Counts, sums, days, integrity and, for clustered experiments, the second pass over clusters on `threads` threads.
  [[nodiscard]] Tally build(std::vector<Accumulator>& parts, int threads) const;

 private:
  void add_margins(const std::vector<Accumulator>& parts, Tally& tally) const;
  void add_days(const std::vector<Accumulator>& parts, Tally& tally) const;
  void add_clusters(const std::vector<Accumulator>& parts, int threads, Tally& tally) const;
  [[nodiscard]] std::vector<ArmTally> empty_arms() const;

  const TallyPlan& plan_;
  const SegmentRegistry& segments_;
};

}  // namespace tactful
