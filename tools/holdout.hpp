#pragma once

#include "command.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful::tools {

inline constexpr std::string_view kHoldoutPhase = "holdout";

/// `evaluate --phase holdout`: the customers kept out of every experiment beside those in the phase in force, by
/// metric: shown, not tested, since a holdout is not an arm of one experiment. Errors: those of the floors.
[[nodiscard]] Result<int> show_holdout(const Experiment& experiment, const Ledger& ledger, const Arguments& arguments,
                                       Console& console);

}  // namespace tactful::tools
