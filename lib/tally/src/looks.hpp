#pragma once

#include "tactful/tally/tally.hpp"

namespace tactful {

/// Epochs of days with equal traffic fractions; one without days where there are none.
[[nodiscard]] std::vector<Epoch> epochs_of(const std::vector<DayTally>& days);

/// Epochs, and the look at as_of, of a tally whose margins and days are complete: for sources without outcome times,
/// which are one epoch, and for files that have no looks. First events of clusters are not kept by day, so a clustered
/// tally of events with several epochs gets none.
void add_single_look(Tally& tally);

}  // namespace tactful
