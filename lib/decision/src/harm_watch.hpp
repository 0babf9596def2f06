#pragma once

#include <vector>

#include "look_data.hpp"
#include "sequential_test.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/decision/scorecard.hpp"

namespace tactful {

/// The watch for harm of every watched metric, by metric, then variant: exact bounds on first events at planned looks
/// (group-sequential tests where events are common or values are means) with 0.8 of the metric's share, and an
/// e-process (a confidence sequence there) with 0.2 at any moment. Empty without a calendar. Readings are not written
/// yet.
[[nodiscard]] std::vector<HarmWatch> watch_harm(const Experiment& experiment, const Tally& tally, const LookData& data,
                                                const EvaluateOptions& options, BoundCache& bounds);

/// The sentence for the review, dated and conditional.
[[nodiscard]] std::string reading_of(const HarmWatch& watch, const Scorecard& card);

}  // namespace tactful
