#include "unit_join.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace tactful {
namespace {

/// Rows between asking for a slot's cache line and using it: about one memory latency of work.
constexpr std::size_t kPrefetchDistance = 12;

}  // namespace

void JoinBuckets::clear() noexcept {
  for (Bucket& bucket : buckets) {
    bucket.exposures.clear();
    bucket.left_out.clear();
    bucket.elsewhere.clear();
    bucket.outcomes.clear();
    bucket.deliveries.clear();
  }
}

void UnitJoin::reset(std::size_t exposures) {
  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(16, exposures + exposures / 2));
  slots_.assign(capacity, Slot{});
  mask_ = capacity - 1;
  shift_ = 64 - std::countr_zero(capacity);
  cuts_.clear();
  has_repeated_ = false;
  // Read only where the slot's events say that it was written.
  first_at_.resize(std::max(first_at_.size(), capacity * plan_->metrics.size()));
  if (plan_->columns == 0) return;
  values_.assign(capacity * plan_->columns, 0.0);
  rests_.assign(capacity * plan_->columns, 0.0);
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
      if (slot.at != row.at) slot.is_repeated = has_repeated_ = true;
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

// Exposures that do not count themselves. One of another phase ends what can be said of this one, whatever its variant:
// were only the units cut whose wording changes, the arms would be followed up for unequal times.
void UnitJoin::follow(const JoinBuckets::Bucket& bucket, Accumulator& into) {
  for (const JoinBuckets::LeftOutRow& row : bucket.left_out) {
    Slot* slot = find(row.unit);
    if (slot != nullptr && row.at > slot->at) slot->is_repeated = has_repeated_ = true;
  }
  if (bucket.elsewhere.empty()) return;
  cuts_.assign(slots_.size(), plan_->as_of);
  for (const JoinBuckets::ElsewhereRow& row : bucket.elsewhere) {
    Slot* slot = find(row.unit);
    if (slot == nullptr || row.at <= slot->at) continue;
    slot->is_repeated = has_repeated_ = true;
    TimeMs& cut = cuts_[static_cast<std::size_t>(slot - slots_.data())];
    if (cut == plan_->as_of) ++into.integrity.cut_units;
    cut = std::min(cut, row.at);
  }
}

std::uint64_t UnitJoin::cut_metrics(std::size_t slot, TimeMs exposed) const noexcept {
  std::uint64_t bits = 0;
  if (cuts_.empty() || cuts_[slot] >= plan_->as_of) return bits;
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    if (cuts_[slot] - exposed < plan_->metrics[m].window_ms) bits |= std::uint64_t{1} << m;
  }
  return bits;
}

void UnitJoin::count_number(std::size_t place, const MetricPlan& metric, const JoinBuckets::OutcomeRow& row,
                            bool is_nearer) noexcept {
  double& value = values_[place];
  switch (metric.aggregation) {
    case Aggregation::kAny:
      return;
    case Aggregation::kCount:
      value += 1.0;
      return;
    case Aggregation::kSum: {
      PreciseSum sum{value, rests_[place]};
      sum.add(row.value);
      value = sum.high;
      rests_[place] = sum.low;
      return;
    }
    case Aggregation::kFirst:
      if (is_nearer) value = row.value;
      return;
  }
}

void UnitJoin::count_outcome(const JoinBuckets::OutcomeRow& row, Accumulator& into) noexcept {
  Slot* slot = find(row.unit);
  if (slot == nullptr) return;
  const KindPlan& kind = plan_->kinds[static_cast<std::size_t>(row.kind)];
  if (row.at < slot->at) {
    // In a later phase they may be effects of an earlier one.
    if (!plan_->is_pilot || kind.metrics.empty()) return;
    ++into.integrity.outcomes_before_exposure;
    slot->has_earlier_outcome = true;
    return;
  }
  const auto index = static_cast<std::size_t>(slot - slots_.data());
  if (row.at >= followed_until(index)) return;
  slot->stages = static_cast<std::uint8_t>(slot->stages | kind.stage);
  const TimeMs age = row.at - slot->at;
  for (const std::size_t m : kind.metrics) {
    const MetricPlan& metric = plan_->metrics[m];
    if (age >= metric.window_ms || row.value < metric.minimum) continue;
    const std::uint64_t bit = std::uint64_t{1} << m;
    TimeMs& first_at = first_at_[index * plan_->metrics.size() + m];
    const bool is_first = (slot->events & bit) == 0;
    if (metric.aggregation != Aggregation::kAny) {
      const std::size_t place = index * plan_->columns + metric.column;
      // Of two at the same millisecond the smaller value, so that the order of arrival does not matter.
      const bool is_nearer = is_first || row.at < first_at || (row.at == first_at && row.value < values_[place]);
      count_number(place, metric, row, is_nearer);
    }
    if (is_first || row.at < first_at) first_at = row.at;
    slot->events |= bit;
  }
}

// Which exposure a delivery belongs to matters only for units in two variants or with exposures that are left out.
std::map<UnitId, UnitJoin::Timeline> UnitJoin::timelines_of(const JoinBuckets::Bucket& bucket) {
  std::map<UnitId, Timeline> timelines;
  for (const JoinBuckets::LeftOutRow& row : bucket.left_out) {
    if (find(row.unit) != nullptr) timelines[row.unit].emplace_back(row.at, kLeftOut);
  }
  const bool has_left_out = !timelines.empty();
  for (const JoinBuckets::ExposureRow& row : bucket.exposures) {
    if (find(row.unit)->crossed || (has_left_out && timelines.count(row.unit) != 0)) {
      timelines[row.unit].emplace_back(row.at, row.variant);
    }
  }
  for (auto& [unit, timeline] : timelines) std::sort(timeline.begin(), timeline.end());
  return timelines;
}

void UnitJoin::count_deliveries(const JoinBuckets::Bucket& bucket, Accumulator& into) {
  if (bucket.deliveries.empty()) return;
  const std::map<UnitId, Timeline> timelines = timelines_of(bucket);
  for (const JoinBuckets::DeliveryRow& row : bucket.deliveries) {
    Slot* slot = find(row.unit);
    if (slot == nullptr || row.at < slot->at) continue;
    std::int32_t assigned = slot->variant;
    if (const auto timeline = timelines.find(row.unit); timeline != timelines.end()) {
      for (const auto& [at, variant] : timeline->second) {
        if (at <= row.at) assigned = variant;
      }
    }
    if (assigned == kLeftOut) continue;
    ArmIntegrity& arm = into.integrity.arms[static_cast<std::size_t>(assigned)];
    ++arm.deliveries;
    ++into.integrity.deliveries;
    if (row.variant != JoinBuckets::kHeld) slot->stages = static_cast<std::uint8_t>(slot->stages | kStageSent);
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
    record.first_at = first_at_.data() + i * plan_->metrics.size();
    record.followed_until = followed_until(i);
    record.cut = cut_metrics(i, slot.at);
    record.stages = slot.stages;
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
  follow(bucket, into);
  const std::size_t outcomes = bucket.outcomes.size();
  for (std::size_t i = 0; i < outcomes; ++i) {
    if (i + kPrefetchDistance < outcomes) {
      __builtin_prefetch(&slots_[slot_of(bucket.outcomes[i + kPrefetchDistance].unit)], 1);
    }
    count_outcome(bucket.outcomes[i], into);
  }
  count_deliveries(bucket, into);
  if (has_repeated_) count_reminders(bucket, into);
  emit(into);
}

}  // namespace tactful
