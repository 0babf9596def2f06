#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "segments.hpp"
#include "tactful/core/result.hpp"
#include "tally_plan.hpp"

namespace tactful {

/// Events of one partition on their way through the join, split by the hash of their unit into buckets whose tables fit
/// a core's cache: rows are written and read in sequence, and only the small table is touched at random.
struct JoinBuckets {
  static constexpr std::size_t kBuckets = 256;
  struct ExposureRow {
    UnitId unit = 0;
    UnitId cluster = 0;
    TimeMs at = 0;
    std::int32_t segment_key = 0;
    std::int32_t variant = 0;
  };
  /// An exposure of the phase that counts for nothing but the deliveries that follow it.
  struct LeftOutRow {
    UnitId unit = 0;
    TimeMs at = 0;
  };
  /// An exposure of another phase.
  struct ElsewhereRow {
    UnitId unit = 0;
    TimeMs at = 0;
  };
  struct OutcomeRow {
    UnitId unit = 0;
    TimeMs at = 0;
    double value = 0.0;
    std::int32_t kind = 0;
  };
  struct DeliveryRow {
    UnitId unit = 0;
    TimeMs at = 0;
    std::int32_t variant = 0;  ///< Index, -1 for one that the experiment lacks, kHeld for nothing sent.
    bool has_reason = false;
  };
  static constexpr std::int32_t kHeld = -2;
  struct Bucket {
    std::vector<ExposureRow> exposures;
    std::vector<LeftOutRow> left_out;
    std::vector<ElsewhereRow> elsewhere;
    std::vector<OutcomeRow> outcomes;
    std::vector<DeliveryRow> deliveries;
  };

  /// High bits choose the bucket, the ones below them the slot.
  [[nodiscard]] static std::uint64_t hash(UnitId unit) noexcept {
    return static_cast<std::uint64_t>(unit) * 0x9E3779B97F4A7C15u;
  }
  [[nodiscard]] Bucket& bucket_of(UnitId unit) noexcept { return buckets[hash(unit) >> 56]; }
  void clear() noexcept;

  std::array<Bucket, kBuckets> buckets;
};

/// Joins one bucket: each unit by its first exposure, its outcomes in their windows. Reused from bucket to bucket to
/// keep its memory. Thread-safety: one thread.
class UnitJoin {
 public:
  UnitJoin(const TallyPlan& plan, const SegmentRegistry& segments) : plan_(&plan), segments_(&segments) {}

  /// Adds every unit of the bucket to `into`.
  void run(const JoinBuckets::Bucket& bucket, Accumulator& into);

 private:
  struct Slot {
    UnitId unit = 0;  ///< 0: empty.
    TimeMs at = 0;
    UnitId cluster = 0;
    std::uint64_t events = 0;
    std::int32_t segment_key = 0;
    std::int16_t variant = 0;
    bool crossed : 1 = false;
    bool has_earlier_outcome : 1 = false;
    bool is_repeated : 1 = false;  ///< Has exposures at other times, of whatever phase.
    std::uint8_t stages = 0;
  };

  void reset(std::size_t exposures);
  [[nodiscard]] std::size_t slot_of(UnitId unit) const noexcept { return JoinBuckets::hash(unit) << 8 >> shift_; }
  Slot* find(UnitId unit) noexcept;
  void expose(const JoinBuckets::ExposureRow& row) noexcept;
  void follow(const JoinBuckets::Bucket& bucket, Accumulator& into);
  [[nodiscard]] TimeMs followed_until(std::size_t slot) const noexcept {
    return cuts_.empty() ? plan_->as_of : cuts_[slot];
  }
  [[nodiscard]] std::uint64_t cut_metrics(std::size_t slot, TimeMs exposed) const noexcept;
  void count_outcome(const JoinBuckets::OutcomeRow& row, Accumulator& into) noexcept;
  /// `place`: in values_; `is_nearer`: it comes before all others met.
  void count_number(std::size_t place, const MetricPlan& metric, const JoinBuckets::OutcomeRow& row,
                    bool is_nearer) noexcept;
  /// Exposures of one unit by time, those left out with kLeftOut; at one millisecond the counted come last.
  using Timeline = std::vector<std::pair<TimeMs, std::int32_t>>;
  static constexpr std::int32_t kLeftOut = -1;
  [[nodiscard]] std::map<UnitId, Timeline> timelines_of(const JoinBuckets::Bucket& bucket);
  void count_deliveries(const JoinBuckets::Bucket& bucket, Accumulator& into);
  /// Exposures of units that have several, by their number (reminder_join.cpp).
  void count_reminders(const JoinBuckets::Bucket& bucket, Accumulator& into);
  struct Moment {
    std::size_t slot = 0;
    TimeMs at = 0;
    bool is_counted = false;  ///< An exposure of the phase that counts; else one that only ends what came before.
  };
  struct OutcomeMoment {
    std::size_t slot = 0;
    TimeMs at = 0;
    double value = 0.0;
    std::int32_t kind = 0;
  };
  [[nodiscard]] std::vector<Moment> moments_of(const JoinBuckets::Bucket& bucket);
  [[nodiscard]] std::vector<OutcomeMoment> outcomes_of(const JoinBuckets::Bucket& bucket);
  void count_unit_reminders(std::span<const Moment> moments, std::span<const OutcomeMoment> outcomes,
                            Accumulator& into);
  void emit(Accumulator& into);

  const TallyPlan* plan_;
  const SegmentRegistry* segments_;
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  int shift_ = 64;
  std::vector<double> values_;    ///< By slot, then column; for kSum the high part, which is the sum rounded.
  std::vector<double> rests_;     ///< The same: low part of kSum.
  std::vector<TimeMs> first_at_;  ///< By slot, then metric, where the slot has the event: time of the first one.
  std::vector<TimeMs> cuts_;      ///< By slot: followed until then. Empty where the bucket has no other phase.
  bool has_repeated_ = false;
};

}  // namespace tactful
