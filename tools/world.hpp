#pragma once

#include "command.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/simulation/pilot.hpp"

namespace tactful::tools {

/// Options that describe what customers really do: --world, --outcome, --delay, --customers.
[[nodiscard]] std::vector<OptionSpec> world_options();

/// The world from a JSON file and from flags, which win. Probabilities are by variant, in the experiment's order or by
/// name. Errors: kInvalidArgument for a flag, kInvalidInput for the file (with its JSON pointer).
[[nodiscard]] Result<World> read_world(const Arguments& arguments, const Experiment& experiment);

}  // namespace tactful::tools
