#pragma once

#include <vector>

#include "outlook.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What to do, from the checks and results already in the scorecard (docs/reference/scorecard.md, "Recommendation").
/// `outlooks`: before the last look, of every treatment; else empty.
[[nodiscard]] Recommendation recommend(const Experiment& experiment, const Scorecard& scorecard,
                                       const std::vector<Outlook>& outlooks = {});

}  // namespace tactful
