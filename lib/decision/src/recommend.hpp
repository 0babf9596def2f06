#pragma once

#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What to do, from the checks and results already in the scorecard (docs/reference/scorecard.md, "Recommendation").
[[nodiscard]] Recommendation recommend(const Experiment& experiment, const Scorecard& scorecard);

}  // namespace tactful
