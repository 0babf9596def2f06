#include "cells.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace tactful {
void CellTable::grow(std::size_t rows) {
  rows_ = rows;
  const std::size_t cells = rows * variants_;
  units_.resize(cells);
  stages_.resize(cells);
  metrics_.resize(cells * plan_->metrics.size());
  sums_.resize(cells * plan_->columns);
}

void CellTable::add(std::size_t row, const UnitRecord& unit, std::uint64_t mature) {
  if (row >= rows_) grow(row + 1);
  const std::size_t cell = row * variants_ + static_cast<std::size_t>(unit.variant);
  ++units_[cell];
  if (unit.stages != kStageNone) {
    StageCell& stage = stages_[cell];
    if ((unit.stages & kStageSent) != 0) ++stage.sent;
    if ((unit.stages & kStageDelivered) != 0) ++stage.reported.delivered;
    if ((unit.stages & kStageConnected) != 0) ++stage.reported.connected;
    if ((unit.stages & kStageResponded) != 0) ++stage.reported.responded;
  }
  const std::uint64_t analysed = mature & unit.present;
  const std::uint64_t missing = mature & ~unit.present;
  const std::uint64_t successes = analysed & unit.events;
  MetricCell* metrics = metrics_.data() + cell * plan_->metrics.size();
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    metrics[m].analysed += static_cast<std::int64_t>(analysed >> m & 1);
    metrics[m].missing += static_cast<std::int64_t>(missing >> m & 1);
    metrics[m].with_event += static_cast<std::int64_t>(unit.events >> m & 1);
    metrics[m].successes += static_cast<std::int64_t>(successes >> m & 1);
  }
  if (plan_->columns == 0) return;
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    if (plan_->metrics[m].aggregation == Aggregation::kAny || (analysed >> m & 1) == 0) continue;
    SumCell& sums = sums_[cell * plan_->columns + plan_->metrics[m].column];
    const double value = unit.values[plan_->metrics[m].column];
    sums.sum.add(value);
    sums.squares.add_product(value, value);
  }
}

void CellTable::merge_into(std::size_t row, std::size_t variant, bool has_receipts, ArmTally& arm) const {
  if (row >= rows_) return;
  const std::size_t cell = row * variants_ + variant;
  arm.units += units_[cell];
  const StageCell& stage = stages_[cell];
  arm.stages.delivered += has_receipts ? stage.reported.delivered : stage.sent;
  arm.stages.connected += stage.reported.connected;
  arm.stages.responded += stage.reported.responded;
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    const MetricCell& from = metrics_[cell * plan_->metrics.size() + m];
    ArmMetric& to = arm.metrics[m];
    to.immature_units += units_[cell] - from.analysed - from.missing;
    to.missing_units += from.missing;
    to.first_events += from.with_event;
    to.mature.units += from.analysed;
    if (plan_->metrics[m].aggregation == Aggregation::kAny) {
      to.mature.sum.add(static_cast<double>(from.successes));
      to.mature.squares.add(static_cast<double>(from.successes));
    } else {
      const SumCell& sums = sums_[cell * plan_->columns + plan_->metrics[m].column];
      to.mature.sum.merge(sums.sum);
      to.mature.squares.merge(sums.squares);
    }
  }
}

Accumulator::Accumulator(const TallyPlan& plan)
    : ages(plan, plan.experiment->variants.size()),
      plan_(&plan),
      margins_(plan, plan.experiment->variants.size()),
      days_(plan, plan.experiment->variants.size()),
      looks_(plan, plan.experiment->variants.size()) {
  integrity.arms.resize(plan.experiment->variants.size());
}

Accumulator::Day& Accumulator::day_of(TimeMs at, std::size_t& row) {
  constexpr std::int64_t kNear = 4096;
  const std::int64_t day = day_index(at, plan_->experiment->utc_offset);
  if (near_days_.empty()) {
    near_days_.assign(static_cast<std::size_t>(kNear), 0);
    near_base_ = day - kNear / 2;
  }
  const bool is_near = day >= near_base_ && day - near_base_ < kNear;
  std::int32_t& place = is_near ? near_days_[static_cast<std::size_t>(day - near_base_)] : far_days_[day];
  if (place == 0) {
    Day made{day, at, plan_->mature_metrics(day), 0, 0};
    made.look = std::min(plan_->look_of(day_start(day, plan_->experiment->utc_offset)), plan_->looks.size() - 1);
    made.look_until = plan_->looks[made.look];
    day_list_.push_back(made);
    place = static_cast<std::int32_t>(day_list_.size());
  }
  row = static_cast<std::size_t>(place - 1);
  return day_list_[row];
}

void Accumulator::add(const UnitRecord& unit) {
  std::uint64_t mature = ~unit.cut;
  std::int64_t day_number = 0;
  if (unit.has_time) {
    std::size_t row = 0;
    Day& day = day_of(unit.at, row);
    mature &= day.mature;
    day.first_at = std::min(day.first_at, unit.at);
    day_number = day.day;
    days_.add(row, unit, mature);
    first_exposure = std::min(first_exposure.value_or(unit.at), unit.at);
    last_exposure = std::max(last_exposure.value_or(unit.at), unit.at);
    if (!plan_->all_mature) add_history(row, day, unit);
  }
  margins_.add(static_cast<std::size_t>(unit.segment_key) * 2 + (unit.crossed ? 1 : 0), unit, mature);
  has_receipts = has_receipts || (unit.stages & kStageDelivered) != 0;
  ++integrity.units;
  if (unit.crossed) ++integrity.units_in_two_variants;
  if (plan_->experiment->variants[static_cast<std::size_t>(unit.variant)].weight == 0) ++integrity.zero_weight_units;
  if (!plan_->experiment->is_clustered()) return;
  if (unit.cluster == 0) {
    ++integrity.missing_cluster_units;
  } else {
    add_cluster_row(unit, day_number, mature);
  }
}

void Accumulator::add_history(std::size_t row, const Day& day, const UnitRecord& unit) {
  looks_.add_unit(row, unit.variant, unit.at < day.look_until ? day.look : plan_->look_of(unit.at));
  const TimeMs followed = unit.followed_until - unit.at;
  ages.add_unit(unit.variant, followed, unit.events);
  for (std::uint64_t left = unit.events; left != 0; left &= left - 1) {
    const auto m = static_cast<std::size_t>(std::countr_zero(left));
    const TimeMs at = unit.first_at[m];
    looks_.add_first_event(row, unit.variant, m, plan_->look_of(at));
    ages.add_first_event(unit.variant, m, static_cast<std::size_t>((at - unit.at) / kMillisecondsPerDay), followed);
  }
}

void Accumulator::add_cluster_row(const UnitRecord& unit, std::int64_t day, std::uint64_t mature) {
  const auto hash = static_cast<std::uint64_t>(unit.cluster) * 0x9E3779B97F4A7C15u;
  ClusterRows::Bucket& bucket = clusters_.buckets[hash >> 58];
  bucket.rows.push_back(
      {unit.cluster, unit.segment_key, static_cast<std::int16_t>(unit.variant), unit.crossed, unit.events, day});
  const std::uint64_t analysed = mature & unit.present;
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if ((analysed >> m & 1) != 0) {
      value = plan_->metrics[m].aggregation == Aggregation::kAny ? static_cast<double>(unit.events >> m & 1)
                                                                 : unit.values[plan_->metrics[m].column];
    }
    bucket.values.push_back(value);
    const bool has_look = !plan_->all_mature && (unit.events >> m & 1) != 0;
    bucket.event_looks.push_back(has_look ? static_cast<std::uint8_t>(plan_->look_of(unit.first_at[m])) : 0);
  }
}

}  // namespace tactful
