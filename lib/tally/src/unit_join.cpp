#include "unit_join.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

namespace tactful {
namespace {

/// Rows between asking for a slot's cache line and using it: about one memory latency of work.
constexpr std::size_t kPrefetchDistance = 12;

}  // namespace

void JoinBuckets::clear() noexcept {
  for (Bucket& bucket : buckets) {
    bucket.exposures.clear();
    bucket.outcomes.clear();
    bucket.deliveries.clear();
  }
}

void UnitJoin::reset(std::size_t exposures) {
  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(16, exposures + exposures / 2));
  slots_.assign(capacity, Slot{});
  mask_ = capacity - 1;
  shift_ = 64 - std::countr_zero(capacity);
  if (plan_->columns == 0) return;
  values_.assign(capacity * plan_->columns, 0.0);
  first_at_.assign(capacity * plan_->columns, 0);
}

UnitJoin::Slot* UnitJoin::find(UnitId unit) noexcept {
  for (std::size_t i = slot_of(unit);; i = (i + 1) & mask_) {
    if (slots_[i].unit == unit) return &slots_[i];
    if (slots_[i].unit == 0) return nullptr;
  }
}

void UnitJoin::expose(const JoinBuckets::ExposureRow& row) noexcept {
  const auto variant = static_cast<std::int16_t>(row.variant);
  for (std::size_t i = slot_of(row.unit);; i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    const bool is_new = slot.unit == 0;
    if (!is_new && slot.unit != row.unit) continue;
    if (!is_new) {
      if (slot.variant != variant) slot.crossed = true;
      // Past time and variant the order only has to be one that does not depend on arrival.
      const auto seen = std::tie(slot.at, slot.variant, slot.cluster);
      const auto now = std::tie(row.at, variant, row.cluster);
      if (seen < now || (seen == now && !segments_->is_less(row.segment_key, slot.segment_key))) return;
    }
    slot.unit = row.unit;
    slot.at = row.at;
    slot.cluster = row.cluster;
    slot.segment_key = row.segment_key;
    slot.variant = variant;
    return;
  }
}

void UnitJoin::count_number(std::size_t slot, const MetricPlan& metric, const JoinBuckets::OutcomeRow& row,
                            bool is_first) noexcept {
  const std::size_t place = slot * plan_->columns + metric.column;
  double& value = values_[place];
  switch (metric.aggregation) {
    case Aggregation::kAny:
      return;
    case Aggregation::kCount:
      value += 1.0;
      return;
    case Aggregation::kSum:
      value += row.value;
      return;
    case Aggregation::kFirst:
      // Of two at the same millisecond the smaller value, so that the order of arrival does not matter.
      if (is_first || row.at < first_at_[place] || (row.at == first_at_[place] && row.value < value)) {
        value = row.value;
        first_at_[place] = row.at;
      }
      return;
  }
}

void UnitJoin::count_outcome(const JoinBuckets::OutcomeRow& row, Accumulator& into) noexcept {
  Slot* slot = find(row.unit);
  if (slot == nullptr) return;
  if (row.at < slot->at) {
    ++into.integrity.outcomes_before_exposure;
    slot->has_earlier_outcome = true;
    return;
  }
  const TimeMs age = row.at - slot->at;
  for (const std::size_t m : plan_->kinds[static_cast<std::size_t>(row.kind)].metrics) {
    const MetricPlan& metric = plan_->metrics[m];
    if (age >= metric.window_ms) continue;
    const std::uint64_t bit = std::uint64_t{1} << m;
    if (metric.aggregation != Aggregation::kAny) {
      count_number(static_cast<std::size_t>(slot - slots_.data()), metric, row, (slot->events & bit) == 0);
    }
    slot->events |= bit;
  }
}

void UnitJoin::count_deliveries(const JoinBuckets::Bucket& bucket, Accumulator& into) {
  if (bucket.deliveries.empty()) return;
  // Which exposure a delivery belongs to matters only for units in two variants: the latest one not after it.
  std::map<UnitId, std::vector<std::pair<TimeMs, std::int32_t>>> crossed;
  for (const JoinBuckets::ExposureRow& row : bucket.exposures) {
    const Slot* slot = find(row.unit);
    if (slot->crossed) crossed[row.unit].emplace_back(row.at, row.variant);
  }
  for (auto& [unit, exposures] : crossed) std::sort(exposures.begin(), exposures.end());
  for (const JoinBuckets::DeliveryRow& row : bucket.deliveries) {
    const Slot* slot = find(row.unit);
    if (slot == nullptr) continue;
    std::int32_t assigned = slot->variant;
    if (slot->crossed) {
      for (const auto& [at, variant] : crossed[row.unit]) {
        if (at <= row.at) assigned = variant;
      }
    }
    ArmIntegrity& arm = into.integrity.arms[static_cast<std::size_t>(assigned)];
    ++arm.deliveries;
    ++into.integrity.deliveries;
    if (row.variant == JoinBuckets::kHeld) {
      ++arm.held;
      ++into.integrity.held;
    } else if (row.variant == 0 && assigned != 0 && row.has_reason) {
      ++arm.degraded;
      ++into.integrity.degraded;
    } else if (row.variant != assigned) {
      ++arm.delivered_other_variant;
      ++into.integrity.delivered_other_variant;
    }
  }
}

void UnitJoin::emit(Accumulator& into) {
  std::uint64_t always_known = ~std::uint64_t{0};
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    if (plan_->metrics[m].aggregation == Aggregation::kFirst) always_known &= ~(std::uint64_t{1} << m);
  }
  UnitRecord record;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (slot.unit == 0) continue;
    record.cluster = slot.cluster;
    record.at = slot.at;
    record.variant = slot.variant;
    record.segment_key = slot.segment_key;
    record.crossed = slot.crossed;
    record.events = slot.events;
    record.present = always_known | slot.events;
    record.values = plan_->columns == 0 ? nullptr : values_.data() + i * plan_->columns;
    into.add(record);
    if (slot.has_earlier_outcome) {
      ++into.integrity.arms[static_cast<std::size_t>(slot.variant)].units_with_earlier_outcomes;
    }
  }
}

void UnitJoin::run(const JoinBuckets::Bucket& bucket, Accumulator& into) {
  if (bucket.exposures.empty()) return;
  reset(bucket.exposures.size());
  const std::size_t exposures = bucket.exposures.size();
  for (std::size_t i = 0; i < exposures; ++i) {
    if (i + kPrefetchDistance < exposures) {
      __builtin_prefetch(&slots_[slot_of(bucket.exposures[i + kPrefetchDistance].unit)], 1);
    }
    expose(bucket.exposures[i]);
  }
  const std::size_t outcomes = bucket.outcomes.size();
  for (std::size_t i = 0; i < outcomes; ++i) {
    if (i + kPrefetchDistance < outcomes) {
      __builtin_prefetch(&slots_[slot_of(bucket.outcomes[i + kPrefetchDistance].unit)], 1);
    }
    count_outcome(bucket.outcomes[i], into);
  }
  count_deliveries(bucket, into);
  emit(into);
}

}  // namespace tactful
