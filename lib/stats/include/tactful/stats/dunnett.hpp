#pragma once

#include <span>
#include <vector>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/test_result.hpp"

/// Several treatments against one control (Dunnett 1955). Deterministic quadrature, about 1e-9 relative.
/// Thread-safety: pure functions.
namespace tactful::stats {

/// Correlations are lambda_i lambda_j.
struct DunnettFamily {
  std::vector<double> lambda;  ///< In (0, 1): sqrt(n_i / (n_i + n_0)), or sqrt(v_0 / (v_0 + v_i)) of squared errors.
  double df = 0.0;             ///< Degrees of freedom of the common variance, at least 1; infinite for proportions.
  Alternative alternative = Alternative::kTwoSided;
};

/// lambda from group sizes. Errors: kInvalidArgument unless all are at least 1.
[[nodiscard]] Result<std::vector<double>> dunnett_lambdas(double control_size, std::span<const double> treatment_sizes);

/// P(the largest statistic of the family reaches `c`): |T| for two-sided, T for one-sided.
/// Errors: kInvalidArgument (empty family, lambda outside (0, 1), df below 1).
[[nodiscard]] Result<double> dunnett_exceedance(const DunnettFamily& family, double c);

/// The c that is exceeded with probability 1 - confidence. Errors: as above.
[[nodiscard]] Result<double> dunnett_critical_value(const DunnettFamily& family, Level confidence);

/// Adjusted p-value of each statistic. Errors: as above; also when the number of statistics differs.
[[nodiscard]] Result<std::vector<double>> dunnett_p_values(const DunnettFamily& family,
                                                           std::span<const double> statistics);

}  // namespace tactful::stats
