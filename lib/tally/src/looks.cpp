#include "looks.hpp"

#include <algorithm>

namespace tactful {

DayLooks::DayLooks(const TallyPlan& plan, const std::vector<DayTally>& days, const std::vector<Epoch>& epochs)
    : metrics_(plan.metrics.size()) {
  std::size_t epoch = 0;
  for (const DayTally& day : days) {
    while (epochs[epoch].last_day < day.day) ++epoch;
    days_.push_back(day.day);
    epochs_.push_back(epoch);
    for (std::size_t m = 0; m < metrics_; ++m) {
      std::size_t look = 0;
      while (look < plan.looks.size() && !plan.is_mature(m, day.day, plan.looks[look])) ++look;
      mature_.push_back(static_cast<std::uint8_t>(look));
    }
  }
}

std::size_t DayLooks::index_of(std::int64_t day) const noexcept {
  return static_cast<std::size_t>(std::lower_bound(days_.begin(), days_.end(), day) - days_.begin());
}

std::vector<Epoch> epochs_of(const std::vector<DayTally>& days, const std::vector<std::int64_t>& last_of_epoch) {
  std::vector<Epoch> epochs;
  for (const DayTally& day : days) {
    const bool is_cut = std::any_of(last_of_epoch.begin(), last_of_epoch.end(), [&](std::int64_t last) {
      return !epochs.empty() && epochs.back().last_day <= last && last < day.day;
    });
    if (epochs.empty() || epochs.back().millionths != day.millionths || is_cut) {
      epochs.push_back({day.day, day.day, day.millionths});
    }
    epochs.back().last_day = day.day;
  }
  if (epochs.empty()) epochs.emplace_back();
  return epochs;
}

void add_single_look(Tally& tally) {
  const bool has_times = tally.source == TallySource::kEvents && !tally.days.empty();
  tally.epochs.assign(1, Epoch{});
  if (!tally.days.empty()) tally.epochs = {{tally.days.front().day, tally.days.back().day, Epoch{}.millionths}};
  if (has_times) tally.epochs = epochs_of(tally.days);
  bool is_clustered = false;
  for (const ArmTally& arm : tally.margins.front().arms) is_clustered = is_clustered || arm.clusters > 0;
  if (is_clustered && tally.epochs.size() > 1) return;

  LookTally look;
  look.at = tally.as_of;
  for (std::size_t v = 0; v < tally.variants.size(); ++v) {
    look.arms.emplace_back();
    for (std::size_t m = 0; m < tally.metrics.size(); ++m) {
      const ArmMetric& from = tally.margins.front().arms[v].metrics[m];
      LookMetric to{from.mature, from.clusters, from.immature_units, {from.first_events}};
      if (tally.epochs.size() > 1) {
        to.first_events.assign(tally.epochs.size(), 0);
        std::size_t epoch = 0;
        for (const DayTally& day : tally.days) {
          while (tally.epochs[epoch].last_day < day.day) ++epoch;
          to.first_events[epoch] += day.arms[v].metrics[m].first_events;
        }
      }
      look.arms.back().push_back(std::move(to));
    }
  }
  tally.looks.assign(1, std::move(look));
}

}  // namespace tactful
