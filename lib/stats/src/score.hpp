#pragma once

#include "tactful/stats/binomial_count.hpp"

/// Constrained maximum likelihood behind the score statistics, with both p and q = 1 - p to full relative accuracy.
namespace tactful::stats {

/// One arm as real numbers, so that planning can use expected counts.
struct ArmCounts {
  double successes = 0.0;
  double failures = 0.0;
  [[nodiscard]] double trials() const noexcept { return successes + failures; }
};

struct ScorePoint {
  double p_control = 0.0;
  double q_control = 1.0;
  double p_treatment = 0.0;
  double q_treatment = 1.0;
};

[[nodiscard]] ArmCounts arm_counts(const BinomialCount& count) noexcept;

/// Under p_t = p_c + difference, |difference| < 1.
[[nodiscard]] ScorePoint score_point_difference(const ArmCounts& control, const ArmCounts& treatment,
                                                double difference) noexcept;
/// Under p_t = ratio p_c, ratio > 0.
[[nodiscard]] ScorePoint score_point_ratio(const ArmCounts& control, const ArmCounts& treatment, double ratio) noexcept;

/// p_t q_t / n_t + weight^2 p_c q_c / n_c.
[[nodiscard]] double score_variance(const ScorePoint& point, double n_control, double n_treatment,
                                    double weight = 1.0) noexcept;

/// N / (N - 1), the factor of Miettinen and Nurminen.
[[nodiscard]] inline double finite_factor(double n_control, double n_treatment) noexcept {
  const double n = n_control + n_treatment;
  return n / (n - 1.0);
}

}  // namespace tactful::stats
