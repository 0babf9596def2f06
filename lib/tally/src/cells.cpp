#include "cells.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "cluster_pass.hpp"

namespace tactful {
namespace {

/// Adds every count of `from` to `to`, which has as many arms.
void merge(const Integrity& from, Integrity& to) noexcept {
  to.exposures += from.exposures;
  to.units += from.units;
  to.units_in_two_variants += from.units_in_two_variants;
  to.clusters_in_two_variants += from.clusters_in_two_variants;
  to.unknown_variant_exposures += from.unknown_variant_exposures;
  to.zero_weight_units += from.zero_weight_units;
  to.other_fingerprint_exposures += from.other_fingerprint_exposures;
  to.missing_cluster_units += from.missing_cluster_units;
  to.outside_enrolment_exposures += from.outside_enrolment_exposures;
  to.rows_after_as_of += from.rows_after_as_of;
  to.outcomes_before_exposure += from.outcomes_before_exposure;
  to.deliveries += from.deliveries;
  to.delivered_other_variant += from.delivered_other_variant;
  to.degraded += from.degraded;
  to.held += from.held;
  for (std::size_t v = 0; v < to.arms.size() && v < from.arms.size(); ++v) {
    to.arms[v].units_with_earlier_outcomes += from.arms[v].units_with_earlier_outcomes;
    to.arms[v].deliveries += from.arms[v].deliveries;
    to.arms[v].delivered_other_variant += from.arms[v].delivered_other_variant;
    to.arms[v].degraded += from.arms[v].degraded;
    to.arms[v].held += from.arms[v].held;
  }
}

}  // namespace

void CellTable::grow(std::size_t rows) {
  rows_ = rows;
  const std::size_t cells = rows * variants_;
  units_.resize(cells);
  metrics_.resize(cells * plan_->metrics.size());
  sums_.resize(cells * plan_->columns);
}

void CellTable::add(std::size_t row, const UnitRecord& unit, std::uint64_t mature) {
  if (row >= rows_) grow(row + 1);
  const std::size_t cell = row * variants_ + static_cast<std::size_t>(unit.variant);
  ++units_[cell];
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

void CellTable::merge_into(std::size_t row, std::size_t variant, ArmTally& arm) const {
  if (row >= rows_) return;
  const std::size_t cell = row * variants_ + variant;
  arm.units += units_[cell];
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
    : plan_(&plan), margins_(plan, plan.experiment->variants.size()), days_(plan, plan.experiment->variants.size()) {
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
    day_list_.push_back({day, at, plan_->mature_metrics(day)});
    place = static_cast<std::int32_t>(day_list_.size());
  }
  row = static_cast<std::size_t>(place - 1);
  return day_list_[row];
}

void Accumulator::add(const UnitRecord& unit) {
  std::uint64_t mature = ~std::uint64_t{0};
  if (unit.has_time) {
    std::size_t row = 0;
    Day& day = day_of(unit.at, row);
    mature = day.mature;
    day.first_at = std::min(day.first_at, unit.at);
    days_.add(row, unit, mature);
    first_exposure = std::min(first_exposure.value_or(unit.at), unit.at);
    last_exposure = std::max(last_exposure.value_or(unit.at), unit.at);
  }
  margins_.add(static_cast<std::size_t>(unit.segment_key) * 2 + (unit.crossed ? 1 : 0), unit, mature);
  ++integrity.units;
  if (unit.crossed) ++integrity.units_in_two_variants;
  if (plan_->experiment->variants[static_cast<std::size_t>(unit.variant)].weight == 0) ++integrity.zero_weight_units;
  if (!plan_->experiment->is_clustered()) return;
  if (unit.cluster == 0) {
    ++integrity.missing_cluster_units;
  } else {
    add_cluster_row(unit, mature);
  }
}

void Accumulator::add_cluster_row(const UnitRecord& unit, std::uint64_t mature) {
  const auto hash = static_cast<std::uint64_t>(unit.cluster) * 0x9E3779B97F4A7C15u;
  ClusterRows::Bucket& bucket = clusters_.buckets[hash >> 58];
  bucket.rows.push_back(
      {unit.cluster, unit.segment_key, static_cast<std::int16_t>(unit.variant), unit.crossed, unit.events});
  const std::uint64_t analysed = mature & unit.present;
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if ((analysed >> m & 1) != 0) {
      value = plan_->metrics[m].aggregation == Aggregation::kAny ? static_cast<double>(unit.events >> m & 1)
                                                                 : unit.values[plan_->metrics[m].column];
    }
    bucket.values.push_back(value);
  }
}

std::vector<ArmTally> TallyBuilder::empty_arms() const {
  std::vector<ArmTally> arms(plan_.experiment->variants.size());
  for (ArmTally& arm : arms) arm.metrics.resize(plan_.metrics.size());
  return arms;
}

void TallyBuilder::add_margins(const std::vector<Accumulator>& parts, Tally& tally) const {
  tally.margins.resize(1 + segments_.margins().size());
  tally.margins[0].arms = empty_arms();
  tally.without_crossovers.arms = empty_arms();
  for (std::size_t i = 0; i < segments_.margins().size(); ++i) {
    tally.margins[i + 1] = {segments_.margins()[i].first, segments_.margins()[i].second, empty_arms()};
  }
  for (std::size_t key = 0; key < segments_.keys(); ++key) {
    const std::vector<int> margins = segments_.margins_of(static_cast<int>(key));
    for (const Accumulator& part : parts) {
      for (std::size_t crossed = 0; crossed < 2; ++crossed) {
        const std::size_t row = key * 2 + crossed;
        for (std::size_t v = 0; v < plan_.experiment->variants.size(); ++v) {
          part.margins_.merge_into(row, v, tally.margins[0].arms[v]);
          if (crossed == 0) part.margins_.merge_into(row, v, tally.without_crossovers.arms[v]);
          for (const int margin : margins) {
            part.margins_.merge_into(row, v, tally.margins[static_cast<std::size_t>(margin) + 1].arms[v]);
          }
        }
      }
    }
  }
}

void TallyBuilder::add_days(const std::vector<Accumulator>& parts, Tally& tally) const {
  std::map<std::int64_t, std::pair<TimeMs, DayTally>> days;
  for (const Accumulator& part : parts) {
    for (std::size_t row = 0; row < part.day_list_.size(); ++row) {
      const Accumulator::Day& day = part.day_list_[row];
      const auto [place, is_new] = days.try_emplace(day.day, day.first_at, DayTally{day.day, 0, empty_arms()});
      place->second.first = std::min(place->second.first, day.first_at);
      for (std::size_t v = 0; v < plan_.experiment->variants.size(); ++v) {
        part.days_.merge_into(row, v, place->second.second.arms[v]);
      }
    }
  }
  for (auto& [number, first_and_day] : days) {
    DayTally& day = first_and_day.second;
    for (const RampStep& step : plan_.experiment->ramp) {
      if (step.from <= first_and_day.first) day.millionths = step.fraction.millionths;
    }
    tally.days.push_back(std::move(day));
  }
}

void TallyBuilder::add_clusters(const std::vector<Accumulator>& parts, int threads, Tally& tally) const {
  std::vector<const ClusterRows*> rows;
  for (const Accumulator& part : parts) rows.push_back(&part.clusters_);
  const ClusterResult result = group_clusters(plan_, segments_, rows, threads);
  tally.integrity.clusters_in_two_variants = result.in_two_variants;
  const auto put = [](const ClusterMargin& from, MarginTally& to) {
    for (std::size_t v = 0; v < to.arms.size(); ++v) {
      to.arms[v].clusters = from.arms[v].clusters;
      for (std::size_t m = 0; m < to.arms[v].metrics.size(); ++m) {
        to.arms[v].metrics[m].clusters = from.arms[v].metrics[m].sums;
        to.arms[v].metrics[m].first_events = from.arms[v].metrics[m].with_event;
      }
    }
  };
  put(result.margins[0], tally.margins[0]);
  put(result.margins[1], tally.without_crossovers);
  for (std::size_t i = 1; i < tally.margins.size(); ++i) put(result.margins[i + 1], tally.margins[i]);
}

Tally TallyBuilder::build(std::vector<Accumulator>& parts, int threads) const {
  const Experiment& experiment = *plan_.experiment;
  Tally tally;
  tally.experiment = experiment.key;
  tally.fingerprint = plan_.fingerprint;
  tally.as_of = plan_.as_of;
  for (const Variant& variant : experiment.variants) tally.variants.push_back(variant.key);
  for (const Metric& metric : experiment.metrics) tally.metrics.push_back(metric.key);
  tally.integrity.arms.resize(experiment.variants.size());
  for (const Accumulator& part : parts) {
    merge(part.integrity, tally.integrity);
    tally.imported = tally.imported || part.imported;
    if (part.first_exposure) {
      tally.first_exposure = std::min(tally.first_exposure.value_or(*part.first_exposure), *part.first_exposure);
      tally.last_exposure = std::max(tally.last_exposure.value_or(*part.last_exposure), *part.last_exposure);
    }
  }
  add_margins(parts, tally);
  add_days(parts, tally);
  if (experiment.is_clustered()) add_clusters(parts, threads, tally);
  std::sort(tally.margins.begin() + 1, tally.margins.end(), [](const MarginTally& a, const MarginTally& b) {
    return std::tie(a.segment, a.value) < std::tie(b.segment, b.value);
  });
  return tally;
}

}  // namespace tactful
