#include "age_cells.hpp"

#include <algorithm>

namespace tactful {
namespace {

void add_all(const std::vector<std::int64_t>& from, std::vector<std::int64_t>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

AgeCells::AgeCells(const TallyPlan& plan, std::size_t variants) : plan_(&plan) {
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
    ages_ = std::max(ages_, plan.metrics[m].age_days + 1);
    if (plan.metrics[m].ends_within_day) part_day_.push_back(m);
  }
  const std::size_t cells = variants * plan.metrics.size();
  units_.assign(variants * ages_, 0);
  event_units_.assign(cells * ages_, 0);
  first_events_.assign(cells * ages_, 0);
  full_.assign(cells, 0);
  reached_.assign(cells * kReminders, 0);
  reminded_.assign(cells * kReminders, 0);
}

void AgeCells::add_exposure(int variant, std::size_t n, std::uint64_t closed, std::uint64_t events) {
  const std::size_t place = std::min(n, kReminders) - 1;
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    const std::size_t at = cell(static_cast<std::size_t>(variant), m) * kReminders + place;
    reached_[at] += static_cast<std::int64_t>(closed >> m & 1);
    reminded_[at] += static_cast<std::int64_t>((closed & events) >> m & 1);
  }
}

void AgeCells::take_back_first_exposure(int variant, std::uint64_t closed, std::uint64_t events) {
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    const std::size_t at = cell(static_cast<std::size_t>(variant), m) * kReminders;
    reached_[at] -= static_cast<std::int64_t>(closed >> m & 1);
    reminded_[at] -= static_cast<std::int64_t>((closed & events) >> m & 1);
  }
}

void AgeCells::merge(const AgeCells& other) {
  add_all(other.units_, units_);
  add_all(other.event_units_, event_units_);
  add_all(other.first_events_, first_events_);
  add_all(other.full_, full_);
  add_all(other.reached_, reached_);
  add_all(other.reminded_, reminded_);
}

void AgeCells::finish(std::size_t variant, const std::vector<std::int64_t>& closed,
                      const std::vector<std::int64_t>& with_event, ArmTally& arm) const {
  for (std::size_t m = 0; m < plan_->metrics.size(); ++m) {
    const std::size_t days = plan_->metrics[m].age_days;
    const std::size_t base = cell(variant, m) * ages_;
    AgeCounts& ages = arm.metrics[m].ages;
    ages.first_events.assign(days, 0);
    ages.leaving.assign(days + 1, 0);
    for (std::size_t age = 0; age < ages_; ++age) {
      if (age < days) ages.first_events[age] = first_events_[base + age];
      ages.leaving[std::min(age, days)] += units_[variant * ages_ + age] - event_units_[base + age];
    }
    const std::int64_t full = full_[cell(variant, m)];
    ages.leaving[days - 1] -= full;
    ages.leaving[days] += full;

    const std::size_t place = cell(variant, m) * kReminders;
    const auto first = static_cast<std::ptrdiff_t>(place);
    const auto last = static_cast<std::ptrdiff_t>(place + kReminders);
    ReminderCounts& reminders = arm.metrics[m].reminders;
    reminders.reached.assign(reached_.begin() + first, reached_.begin() + last);
    reminders.events.assign(reminded_.begin() + first, reminded_.begin() + last);
    reminders.reached[0] += closed[m];
    reminders.events[0] += with_event[m];
  }
}

}  // namespace tactful
