#pragma once

#include <set>
#include <string>

#include "tactful/core/result.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

struct EvaluateOptions {
  std::set<std::string, std::less<>> waived_checks;  ///< Checks (by id) that the caller accepts although they fail; marked in the scorecard.
  std::string randomisation;                         ///< How units were randomised, in words, where the experiment file does not say it.
};

/// Checks the data, tests every metric of every variant against control and recommends (docs/guide/reading-a-scorecard.md).
/// Before the planned end the action is only `continue` or `invalid` (or `stop` once harm is monitored); at it, `continue` does not exist.
/// Errors: kInvalidExperiment when imported data does not say how it was randomised; kConflict when the tally belongs to another
/// experiment; kNotFound for a waived check that does not exist; kInsufficientData when no variant has a unit.
[[nodiscard]] Result<Scorecard> evaluate(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options = {});

}  // namespace tactful
