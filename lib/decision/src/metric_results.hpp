#pragma once

#include <string>
#include <vector>

#include "levels.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// How far the results of a margin go.
enum class Depth {
  kDecide,  ///< Tests at the plan's levels, with verdicts: the planned end.
  kShow,    ///< Estimates and 95 % intervals only: before the planned end, and breakdowns, which never decide.
};

/// Every metric of every treatment with a weight or units, by metric, then variant.
[[nodiscard]] std::vector<MetricResult> metric_results(const Experiment& experiment, const Tally& tally,
                                                       const MarginTally& margin, Depth depth);

/// Removes every number of effects, saying why; units and totals stay for guardrails.
void blank(std::vector<MetricResult>& results, const std::string& why);

}  // namespace tactful
