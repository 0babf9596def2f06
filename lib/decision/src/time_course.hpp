#pragma once

#include <vector>

#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// Level of each of the flags novelty, reversal and wear-out, over all metrics and variants together.
inline constexpr double kTimeAlpha = 0.01;

/// Effect of every rate by thirds of its window since exposure, and by number of reminder, where the data are of
/// events. Exploratory: assignment stays fair in every band only as far as who is still at risk does not depend on it.
[[nodiscard]] std::vector<TimeCourse> time_courses(const Experiment& experiment, const Tally& tally);

/// Checks `novelty` (a success that is larger in the first third than in the last), `reversal` (a success that turns
/// into its opposite, or an early success beside a guardrail that is worse late and was not early), `wear_out` (a
/// success that shrinks from reminder to reminder). They warn.
void add_time_checks(const Experiment& experiment, const std::vector<TimeCourse>& courses, std::vector<Check>& checks);

}  // namespace tactful
