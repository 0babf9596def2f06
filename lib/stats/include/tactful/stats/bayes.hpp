#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Bayesian read-outs. Loss of choosing an arm: expected shortfall against the better one, in units of the metric.
/// Thread-safety: pure functions.
namespace tactful::stats {

/// A Beta distribution of a rate; both shapes positive.
struct BetaShape {
  double a = 1.0;
  double b = 1.0;
};

struct BetaComparison {
  double p_treatment_better = 0.5;
  double p_control_better = 0.5;
  double loss_treatment = 0.0;  ///< E max(p_c - p_t, 0).
  double loss_control = 0.0;
  double mean_difference = 0.0;
  Interval difference_interval;  ///< Equal tails of p_t - p_c.
  Interval relative_interval;    ///< Equal tails of p_t / p_c - 1.
  double relative_median = 0.0;
};

/// Two independent posteriors. Accuracy: about 1e-10 absolute for probabilities, 1e-8 relative for quantiles.
/// Errors: kInvalidArgument unless the shapes are positive and finite.
[[nodiscard]] Result<BetaComparison> compare_beta(const BetaShape& control, const BetaShape& treatment,
                                                  Level confidence);

struct BestArm {
  double p_best = 0.0;
  double expected_loss = 0.0;  ///< E[max_j p_j - p_i].
  double mean = 0.0;
};
/// Errors: kInvalidArgument for fewer than two arms or bad shapes.
[[nodiscard]] Result<std::vector<BestArm>> best_arm(std::span<const BetaShape> posteriors);

struct NormalPosterior {
  double mean = 0.0;
  double sd = 0.0;
  double p_positive = 0.5;
  double loss_treatment = 0.0;  ///< E max(-effect, 0).
  double loss_control = 0.0;
  Interval interval;
};
/// Normal likelihood, normal prior or (nothing) a flat one. Errors: kInvalidArgument unless se and prior sd are
/// positive.
[[nodiscard]] Result<NormalPosterior> normal_posterior(double estimate, double se, double prior_mean,
                                                       std::optional<double> prior_sd, Level confidence);

}  // namespace tactful::stats
