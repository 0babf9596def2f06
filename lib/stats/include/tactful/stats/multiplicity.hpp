#pragma once

#include <span>
#include <vector>

#include "tactful/core/result.hpp"

/// Adjusted p-values for a family of tests. Thread-safety: pure functions.
namespace tactful::stats {

enum class Adjustment {
  kBonferroni,  ///< min(1, m p).
  kSidak,       ///< 1 - (1-p)^m; independent tests.
  kHolm,        ///< Step-down Bonferroni: valid under any dependence; the default choice.
  kHolmSidak,
  kHochberg,            ///< Step-up; needs positive dependence.
  kHommel,              ///< Closed Simes test; needs positive dependence.
  kBenjaminiHochberg,   ///< False discovery rate; needs positive dependence.
  kBenjaminiYekutieli,  ///< False discovery rate under any dependence.
};

/// Adjusted p-values in the order given, each in [0, 1] and not below its own p.
/// Errors: kInvalidArgument, naming the index, when a p is NaN or outside [0, 1] or the family is empty.
/// Cost: O(m log m), kHommel O(m^2).
[[nodiscard]] Result<std::vector<double>> adjust_p_values(std::span<const double> p_values, Adjustment method);

}  // namespace tactful::stats
