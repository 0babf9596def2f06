#pragma once

#include <vector>

#include "command.hpp"
#include "tactful/decision/plan_sheet.hpp"

/// What `plan` assumes: from the file, then from a store, then from the command line, the later overriding.
namespace tactful::tools {

[[nodiscard]] std::vector<OptionSpec> plan_options();

/// Errors: kInvalidArgument naming option, value and range; kNotFound for a metric that the experiment lacks; those of
/// the store and of tallying it.
[[nodiscard]] Result<PlanAssumptions> read_assumptions(const Arguments& arguments, const Experiment& experiment,
                                                       const Console& console);

}  // namespace tactful::tools
