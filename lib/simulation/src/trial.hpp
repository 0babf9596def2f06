#pragma once

#include <cstdint>
#include <vector>

#include "pilot_path.hpp"
#include "tactful/core/result.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/simulation/operating.hpp"

namespace tactful::simulation {

/// One drawn pilot, reviewed until it is decided.
struct Trial {
  std::int64_t day = 0;  ///< Days since the start when it was decided.
  int review = 0;        ///< Which review decided, from 1.
  Scorecard scorecard;   ///< Of that review.
};

/// Reviews the drawn pilot one review after the other, each knowing which planned looks were taken, and stops at the
/// first recommendation other than `continue`. Errors: those of evaluate().
[[nodiscard]] Result<Trial> run_trial(const Experiment& experiment, const PilotPath& path,
                                      const std::vector<SimulatedReview>& reviews);

/// The planned looks, each taken on its date.
[[nodiscard]] std::vector<SimulatedReview> planned_reviews(const Experiment& experiment);

}  // namespace tactful::simulation
