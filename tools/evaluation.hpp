#pragma once

#include <vector>

#include "command.hpp"
#include "tactful/decision/evaluate.hpp"

/// What `evaluate` and `promote` share.
namespace tactful::tools {

/// The options of both: --as-of, --phase, --randomised, --waive, --threads.
[[nodiscard]] std::vector<OptionSpec> evaluation_options();

[[nodiscard]] EvaluateOptions evaluate_options(const Arguments& arguments);

/// Tallies the experiment's events of --store as of --as-of and evaluates them. Errors: those of the floors.
[[nodiscard]] Result<Scorecard> evaluate_store(const Experiment& experiment, const Arguments& arguments,
                                               const Console& console);

/// Prints scorecards in the console's format.
void print_scorecards(const std::vector<Scorecard>& scorecards, Console& console);

}  // namespace tactful::tools
