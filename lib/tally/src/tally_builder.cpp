#include "tally_builder.hpp"

#include <algorithm>
#include <tuple>

#include "looks.hpp"

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
  to.stopped_variant_exposures += from.stopped_variant_exposures;
  to.rows_after_as_of += from.rows_after_as_of;
  to.outcomes_before_exposure += from.outcomes_before_exposure;
  to.deliveries += from.deliveries;
  to.delivered_other_variant += from.delivered_other_variant;
  to.degraded += from.degraded;
  to.held += from.held;
  to.cut_units += from.cut_units;
  for (std::size_t v = 0; v < to.arms.size() && v < from.arms.size(); ++v) {
    to.arms[v].units_with_earlier_outcomes += from.arms[v].units_with_earlier_outcomes;
    to.arms[v].deliveries += from.arms[v].deliveries;
    to.arms[v].delivered_other_variant += from.arms[v].delivered_other_variant;
    to.arms[v].degraded += from.arms[v].degraded;
    to.arms[v].held += from.arms[v].held;
  }
}

bool any_receipts(const std::vector<Accumulator>& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const Accumulator& part) { return part.has_receipts; });
}

/// From what each look adds to the one before it to what it says.
void accumulate(std::vector<LookTally>& looks) {
  for (std::size_t k = 1; k < looks.size(); ++k) {
    for (std::size_t v = 0; v < looks[k].arms.size(); ++v) {
      for (std::size_t m = 0; m < looks[k].arms[v].size(); ++m) {
        const LookMetric& before = looks[k - 1].arms[v][m];
        LookMetric& now = looks[k].arms[v][m];
        now.mature.merge(before.mature);
        now.clusters.merge(before.clusters);
        now.immature_units += before.immature_units;
        for (std::size_t e = 0; e < now.first_events.size(); ++e) now.first_events[e] += before.first_events[e];
      }
    }
  }
}

}  // namespace

std::vector<ArmTally> TallyBuilder::empty_arms() const {
  std::vector<ArmTally> arms(plan_.experiment->variants.size());
  for (ArmTally& arm : arms) arm.metrics.resize(plan_.metrics.size());
  return arms;
}

void TallyBuilder::add_margins(const std::vector<Accumulator>& parts, Tally& tally) const {
  const bool has_receipts = any_receipts(parts);
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
          part.margins_.merge_into(row, v, has_receipts, tally.margins[0].arms[v]);
          if (crossed == 0) part.margins_.merge_into(row, v, has_receipts, tally.without_crossovers.arms[v]);
          for (const int margin : margins) {
            part.margins_.merge_into(row, v, has_receipts, tally.margins[static_cast<std::size_t>(margin) + 1].arms[v]);
          }
        }
      }
    }
  }
}

void TallyBuilder::add_days(const std::vector<Accumulator>& parts, Tally& tally) const {
  const bool has_receipts = any_receipts(parts);
  std::map<std::int64_t, std::pair<TimeMs, DayTally>> days;
  for (const Accumulator& part : parts) {
    for (std::size_t row = 0; row < part.day_list_.size(); ++row) {
      const Accumulator::Day& day = part.day_list_[row];
      const auto [place, is_new] = days.try_emplace(day.day, day.first_at, DayTally{day.day, 0, empty_arms()});
      place->second.first = std::min(place->second.first, day.first_at);
      for (std::size_t v = 0; v < plan_.experiment->variants.size(); ++v) {
        part.days_.merge_into(row, v, has_receipts, place->second.second.arms[v]);
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

void TallyBuilder::add_clusters(const ClusterResult& result, Tally& tally) const {
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

void TallyBuilder::add_ages(const std::vector<Accumulator>& parts, Tally& tally) const {
  AgeCells ages(plan_, plan_.experiment->variants.size());
  for (const Accumulator& part : parts) ages.merge(part.ages);
  for (std::size_t v = 0; v < plan_.experiment->variants.size(); ++v) {
    ArmTally& arm = tally.margins[0].arms[v];
    std::vector<std::int64_t> closed, with_event(plan_.metrics.size(), 0);
    for (std::size_t m = 0; m < plan_.metrics.size(); ++m) {
      closed.push_back(arm.metrics[m].mature.units + arm.metrics[m].missing_units);
      for (const Accumulator& part : parts) {
        for (std::size_t row = 0; row < part.margins_.rows(); ++row) {
          with_event[m] += part.margins_.with_event(row, v, m);
        }
      }
    }
    ages.finish(v, closed, with_event, arm);
  }
}

void TallyBuilder::add_looks(const std::vector<Accumulator>& parts, const DayLooks& days, const ClusterLooks* clusters,
                             Tally& tally) const {
  const std::size_t looks = plan_.looks.size();
  LookMetric empty;
  empty.first_events.assign(tally.epochs.size(), 0);
  const std::vector<LookMetric> arm(plan_.metrics.size(), empty);
  for (const TimeMs at : plan_.looks) {
    tally.looks.push_back({at, std::vector<std::vector<LookMetric>>(plan_.experiment->variants.size(), arm)});
  }
  for (std::size_t d = 0; d < tally.days.size(); ++d) {
    for (std::size_t v = 0; v < tally.variants.size(); ++v) {
      for (std::size_t m = 0; m < plan_.metrics.size(); ++m) {
        const std::size_t look = days.mature_look(d, m);
        if (look == looks) continue;
        const ArmMetric& from = tally.days[d].arms[v].metrics[m];
        tally.looks[look].arms[v][m].mature.merge(from.mature);
        tally.looks[look].arms[v][m].immature_units -= from.mature.units + from.missing_units;
      }
    }
  }
  for (const Accumulator& part : parts) {
    for (std::size_t row = 0; row < part.day_list_.size(); ++row) {
      const std::size_t epoch = days.epoch(days.index_of(part.day_list_[row].day));
      for (std::size_t v = 0; v < tally.variants.size(); ++v) {
        for (std::size_t k = 0; k < looks; ++k) add_look_row(part, row, v, k, epoch, tally.looks[k]);
      }
    }
  }
  if (clusters != nullptr) put_clusters(*clusters, tally);
  accumulate(tally.looks);
  // The same sums, added in another order.
  for (std::size_t v = 0; v < tally.variants.size(); ++v) {
    for (std::size_t m = 0; m < plan_.metrics.size(); ++m) {
      tally.looks.back().arms[v][m].mature = tally.margins[0].arms[v].metrics[m].mature;
      tally.looks.back().arms[v][m].clusters = tally.margins[0].arms[v].metrics[m].clusters;
    }
  }
}

void TallyBuilder::add_look_row(const Accumulator& part, std::size_t row, std::size_t variant, std::size_t look,
                                std::size_t epoch, LookTally& to) const {
  const std::int64_t units = part.looks_.units(row, variant, look);
  for (std::size_t m = 0; m < plan_.metrics.size(); ++m) {
    to.arms[variant][m].immature_units += units;
    to.arms[variant][m].first_events[epoch] += part.looks_.first_events(row, variant, m, look);
  }
}

void TallyBuilder::put_clusters(const ClusterLooks& clusters, Tally& tally) const {
  for (std::size_t k = 0; k < tally.looks.size(); ++k) {
    for (std::size_t v = 0; v < tally.variants.size(); ++v) {
      for (std::size_t m = 0; m < plan_.metrics.size(); ++m) {
        LookMetric& metric = tally.looks[k].arms[v][m];
        metric.clusters = clusters.sums(v, m, k);
        for (std::size_t e = 0; e < tally.epochs.size(); ++e) {
          metric.first_events[e] = clusters.first_events(v, m, k, e);
        }
      }
    }
  }
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
  tally.epochs = epochs_of(tally.days, plan_.last_of_epoch);
  const DayLooks days = plan_.all_mature ? DayLooks() : DayLooks(plan_, tally.days, tally.epochs);
  ClusterResult clusters;
  if (experiment.is_clustered()) {
    std::vector<const ClusterRows*> rows;
    for (const Accumulator& part : parts) rows.push_back(&part.clusters_);
    clusters = group_clusters(plan_, segments_, rows, days, tally.epochs.size(), threads);
    add_clusters(clusters, tally);
  }
  if (!plan_.all_mature) {
    add_looks(parts, days, experiment.is_clustered() ? &clusters.looks : nullptr, tally);
    add_ages(parts, tally);
  }
  std::sort(tally.margins.begin() + 1, tally.margins.end(), [](const MarginTally& a, const MarginTally& b) {
    return std::tie(a.segment, a.value) < std::tie(b.segment, b.value);
  });
  return tally;
}

}  // namespace tactful
