#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tactful/tally/tally.hpp"
#include "tally_plan.hpp"

namespace tactful {

/// Ages at first events and at the end of observation, and exposures by their number, of all units.
/// Thread-safety: one thread.
class AgeCells {
 public:
  AgeCells(const TallyPlan& plan, std::size_t variants);

  /// One unit, seen for `followed` milliseconds. Bit m of `events`: it had one within the window of metric m; then
  /// add_first_event() follows.
  void add_unit(int variant, TimeMs followed, std::uint64_t events) {
    const auto v = static_cast<std::size_t>(variant);
    const std::size_t age = days_of(followed);
    ++units_[v * ages_ + age];
    for (const std::size_t m : part_day_) {
      const MetricPlan& metric = plan_->metrics[m];
      if ((events >> m & 1) == 0 && age + 1 == metric.age_days && followed >= metric.window_ms) ++full_[cell(v, m)];
    }
  }
  /// Its first event for one metric.
  void add_first_event(int variant, std::size_t metric, std::size_t age, TimeMs followed) {
    const std::size_t base = cell(static_cast<std::size_t>(variant), metric) * ages_;
    ++first_events_[base + std::min(age, plan_->metrics[metric].age_days - 1)];
    ++event_units_[base + days_of(followed)];
  }
  /// Exposure number n, from 1, of a unit. Bits by metric: its window has closed; it had an event.
  void add_exposure(int variant, std::size_t n, std::uint64_t closed, std::uint64_t events);
  /// The unit's events in the window of its first exposure, which finish() attributes to that, belong to it only where
  /// add_exposure(1) says so.
  void take_back_first_exposure(int variant, std::uint64_t closed, std::uint64_t events);

  void merge(const AgeCells& other);
  /// Fills ages and reminders of an arm whose other counts are complete. `closed` and `with_event` by metric: units
  /// whose window has closed, and those of them with an event.
  void finish(std::size_t variant, const std::vector<std::int64_t>& closed, const std::vector<std::int64_t>& with_event,
              ArmTally& arm) const;

 private:
  [[nodiscard]] std::size_t days_of(TimeMs time) const noexcept {
    return std::min(ages_ - 1, static_cast<std::size_t>(time / kMillisecondsPerDay));
  }
  [[nodiscard]] std::size_t cell(std::size_t variant, std::size_t metric) const noexcept {
    return variant * plan_->metrics.size() + metric;
  }

  const TallyPlan* plan_;
  std::size_t ages_ = 1;                    ///< Ages kept apart: the longest window and all that is above it.
  std::vector<std::size_t> part_day_;       ///< Metrics whose window ends within a day.
  std::vector<std::int64_t> units_;         ///< By variant, age at the end of observation.
  std::vector<std::int64_t> event_units_;   ///< By variant, metric, age at the end of observation: units with event.
  std::vector<std::int64_t> first_events_;  ///< By variant, metric, age.
  std::vector<std::int64_t> full_;  ///< By variant, metric: seen through a window that ends within its last day.
  std::vector<std::int64_t> reached_, reminded_;  ///< By variant, metric, number of the exposure - 1.
};

}  // namespace tactful
