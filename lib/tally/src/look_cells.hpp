#pragma once

#include <cstdint>
#include <vector>

#include "tactful/tally/tally.hpp"
#include "tally_plan.hpp"

namespace tactful {

/// When units were exposed and had their first events, as counts by look: entry k counts what look k sees and the look
/// before it does not. With the day cells this gives every look, since the value of a unit that is mature at a look is
/// final. Thread-safety: one thread.
class LookCells {
 public:
  LookCells(const TallyPlan& plan, std::size_t variants) : plan_(&plan), variants_(variants) {}

  /// `look`: the first look that sees the unit's exposure.
  void add_unit(std::size_t row, int variant, std::size_t look) {
    if (row >= rows_) grow(row + 1);
    ++units_[arm(row, static_cast<std::size_t>(variant)) * plan_->looks.size() + look];
  }
  /// `look`: the first look that sees the event. Of a row that add_unit() has met.
  void add_first_event(std::size_t row, int variant, std::size_t metric, std::size_t look) {
    ++events_[(arm(row, static_cast<std::size_t>(variant)) * plan_->metrics.size() + metric) * plan_->looks.size() +
              look];
  }
  [[nodiscard]] std::int64_t units(std::size_t row, std::size_t variant, std::size_t look) const {
    return units_[arm(row, variant) * plan_->looks.size() + look];
  }
  [[nodiscard]] std::int64_t first_events(std::size_t row, std::size_t variant, std::size_t metric,
                                          std::size_t look) const {
    return events_[(arm(row, variant) * plan_->metrics.size() + metric) * plan_->looks.size() + look];
  }

 private:
  [[nodiscard]] std::size_t arm(std::size_t row, std::size_t variant) const { return row * variants_ + variant; }
  void grow(std::size_t rows) {
    rows_ = rows;
    units_.resize(rows * variants_ * plan_->looks.size());
    events_.resize(rows * variants_ * plan_->metrics.size() * plan_->looks.size());
  }

  const TallyPlan* plan_;
  std::size_t variants_;
  std::size_t rows_ = 0;
  std::vector<std::uint32_t> units_, events_;
};

}  // namespace tactful
