#pragma once

#include <span>

#include "tactful/core/result.hpp"
#include "tactful/stats/shrinkage.hpp"

/// What effects with known errors have in common, at a given variance between them.
namespace tactful::stats::pooled {

struct Pooled {
  double mean = 0.0;    ///< Weighted by 1 / (v + tau2).
  double weight = 0.0;  ///< Sum of the weights.
  double q = 0.0;       ///< Sum of weighted squares around the mean.
};

[[nodiscard]] Pooled pool(std::span<const ArmEffect> effects, double tau_squared);

/// Estimates finite, errors positive and finite.
[[nodiscard]] Status check_effects(std::span<const ArmEffect> effects);

}  // namespace tactful::stats::pooled
