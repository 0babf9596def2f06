#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "age_cells.hpp"
#include "look_cells.hpp"
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
  bool crossed = false;              ///< Seen in two variants.
  std::uint64_t present = 0;         ///< Bit per metric: the value is known (mature or not).
  std::uint64_t events = 0;          ///< Bit per metric: at least one outcome in the window.
  std::uint64_t cut = 0;             ///< Bit per metric: a later phase cut the window off, so it never closes.
  TimeMs followed_until = 0;         ///< as_of, or where a later phase cut the unit off.
  const TimeMs* first_at = nullptr;  ///< By metric, where `events` has its bit: time of the first event.
  std::uint8_t stages = 0;           ///< Bits of Stage.
  const double* values = nullptr;    ///< By MetricPlan::column.
};

/// Counts and sums in cells (row, variant). Binary metrics stay whole numbers until the end: three integer additions
/// instead of two compensated sums a unit.
class CellTable {
 public:
  CellTable(const TallyPlan& plan, std::size_t variants) : plan_(&plan), variants_(variants) {}

  void add(std::size_t row, const UnitRecord& unit, std::uint64_t mature);
  /// Merges one cell into an arm; `has_receipts`: units are delivered by their outcomes, not by what was sent. No
  /// effect for a row never met.
  void merge_into(std::size_t row, std::size_t variant, bool has_receipts, ArmTally& arm) const;
  /// Units of a cell that are mature for a metric and had an event.
  [[nodiscard]] std::int64_t with_event(std::size_t row, std::size_t variant, std::size_t metric) const {
    if (row >= rows_) return 0;
    return metrics_[(row * variants_ + variant) * plan_->metrics.size() + metric].successes;
  }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }

 private:
  struct MetricCell {
    std::int64_t analysed = 0, missing = 0, with_event = 0, successes = 0;
  };
  struct SumCell {
    PreciseSum sum, squares;
  };
  struct StageCell {
    std::int64_t sent = 0;
    StageCounts reported;
  };
  void grow(std::size_t rows);

  const TallyPlan* plan_;
  std::size_t variants_;
  std::size_t rows_ = 0;
  std::vector<std::int64_t> units_;
  std::vector<StageCell> stages_;
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
    std::int64_t day = 0;  ///< Of the unit's first exposure.
  };
  struct Bucket {
    std::vector<Row> rows;
    std::vector<double> values;             ///< By row, then metric; NaN: not analysed.
    std::vector<std::uint8_t> event_looks;  ///< The same, where `events` has its bit: first look that sees an event.
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
  bool has_receipts = false;                   ///< Some unit has an outcome `delivered`.
  std::map<std::int32_t, std::int64_t> holds;  ///< By code of the reason.
  AgeCells ages;

 private:
  friend class TallyBuilder;
  struct Day {
    std::int64_t day = 0;
    TimeMs first_at = 0;
    std::uint64_t mature = 0;
    std::size_t look = 0;   ///< First look that sees the start of the day.
    TimeMs look_until = 0;  ///< Exposures before it are seen by that look.
  };
  Day& day_of(TimeMs at, std::size_t& row);
  void add_history(std::size_t row, const Day& day, const UnitRecord& unit);
  void add_cluster_row(const UnitRecord& unit, std::int64_t day, std::uint64_t mature);

  const TallyPlan* plan_;
  CellTable margins_;  ///< Row: segment key * 2 + crossed.
  CellTable days_;     ///< Row: index into day_list_.
  LookCells looks_;    ///< The same.
  std::vector<Day> day_list_;
  std::vector<std::int32_t> near_days_;  ///< Row + 1 of the days around the first one met.
  std::int64_t near_base_ = 0;
  std::map<std::int64_t, std::int32_t> far_days_;
  ClusterRows clusters_;
};

}  // namespace tactful
