#pragma once

#include <cstddef>

#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// The fixed shares of the plan's one-sided levels (docs/reference/scorecard.md, "Levels"). Never moved from one test
/// to another.
struct Levels {
  std::size_t treatments = 1;  ///< Variants with a weight, without control; at least 1.

  /// Share of the success alpha for one variant and this metric; 0 when the plan gives the metric none.
  [[nodiscard]] double success_share(const Experiment& experiment, const Metric& metric) const;
  /// Share of the non-inferiority alpha for one variant: not divided over guardrails, since all of them must hold.
  [[nodiscard]] double safety_share() const { return 1.0 / static_cast<double>(treatments); }
};

[[nodiscard]] Levels make_levels(const Experiment& experiment);

}  // namespace tactful
