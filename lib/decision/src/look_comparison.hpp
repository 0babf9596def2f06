#pragma once

#include <memory>

#include "comparison.hpp"
#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// One metric of one variant against control as it stood at a look. Owns what its comparison refers to.
struct LookComparison {
  ArmTally arm;  ///< Empty: a look keeps sums and counts only.
  ArmMetric control, treatment;
  std::unique_ptr<Comparison> comparison;
};

/// Errors: those of compare().
[[nodiscard]] Result<std::unique_ptr<const LookComparison>> compare_at(const Experiment& experiment,
                                                                       const LookTally& look, std::size_t metric,
                                                                       std::size_t variant);

}  // namespace tactful
