#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tactful/tally/tally.hpp"
#include "tally_plan.hpp"

namespace tactful {

/// The days of first exposures beside the looks. Immutable once made; shared by threads.
class DayLooks {
 public:
  DayLooks() = default;
  DayLooks(const TallyPlan& plan, const std::vector<DayTally>& days, const std::vector<Epoch>& epochs);

  /// Index of a day that has exposures.
  [[nodiscard]] std::size_t index_of(std::int64_t day) const noexcept;
  [[nodiscard]] std::size_t epoch(std::size_t index) const noexcept { return epochs_[index]; }
  /// The first look at which units of the day are mature for a metric; the number of looks when at none.
  [[nodiscard]] std::size_t mature_look(std::size_t index, std::size_t metric) const noexcept {
    return mature_[index * metrics_ + metric];
  }

 private:
  std::size_t metrics_ = 0;
  std::vector<std::int64_t> days_;
  std::vector<std::size_t> epochs_;
  std::vector<std::uint8_t> mature_;
};

/// Epochs of days with equal traffic fractions, each ending with a day of `last_of_epoch` at the latest; one without
/// days where there are none.
[[nodiscard]] std::vector<Epoch> epochs_of(const std::vector<DayTally>& days,
                                           const std::vector<std::int64_t>& last_of_epoch = {});

/// Epochs, and the look at as_of, of a tally whose margins and days are complete: for sources without outcome times,
/// which are one epoch, and for files that have no looks. First events of clusters are not kept by day, so a clustered
/// tally of events with several epochs gets none.
void add_single_look(Tally& tally);

}  // namespace tactful
