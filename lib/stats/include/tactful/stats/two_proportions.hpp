#pragma once

#include <span>

#include "tactful/core/probability.hpp"
#include "tactful/stats/binomial_count.hpp"
#include "tactful/stats/test_result.hpp"

/// The difference of two proportions, p_t - p_c. Counts up to 2^53; rare events at huge n keep full accuracy.
/// Thread-safety: pure functions.
namespace tactful::stats {

/// Both proportions under a null hypothesis.
struct ConstrainedProportions {
  double control = 0.0;
  double treatment = 0.0;
};

/// How the interval is made. The default of the project is Miettinen-Nurminen: right at zero and full cells and with
/// rare events, and dual to score_test_difference().
enum class DifferenceInterval {
  kMiettinenNurminen,  ///< Score, variance times N/(N-1) (Miettinen & Nurminen 1985).
  kMee,                ///< Score without that factor (Mee 1984).
  kNewcombe,           ///< Hybrid score, method 10 of Newcombe 1998.
  kAgrestiCaffo,       ///< One success and one failure added per arm, then Wald (2000); may leave [-1, 1].
  kWald,               ///< Textbook; poor for rare events; may leave [-1, 1].
};

/// The variance of the score statistic under the null.
enum class ScoreVariance {
  kMiettinenNurminen,  ///< Times N/(N-1).
  kFarringtonManning,  ///< Without.
};

/// The two-sided interval of p_t - p_c at `confidence`. Always exists.
/// Accuracy: score bounds are roots found to 1e-14 of their own magnitude.
[[nodiscard]] Estimate difference_interval(const ProportionPair& arms, Level confidence,
                                           DifferenceInterval method = DifferenceInterval::kMiettinenNurminen);

/// z = d / sqrt(pbar (1 - pbar) (1/n_c + 1/n_t)), no continuity correction.
/// Errors: kInsufficientData when no unit or every unit of both arms is a success.
[[nodiscard]] Result<ZTest> pooled_z_test(const ProportionPair& arms);

/// z = d / sqrt(p_c q_c / n_c + p_t q_t / n_t). Errors: kInsufficientData when that variance is 0.
[[nodiscard]] Result<ZTest> unpooled_z_test(const ProportionPair& arms);

/// Wald z of H0: p_t - p_c = null_difference. Errors: as unpooled_z_test.
[[nodiscard]] Result<ZTest> wald_test_difference(const ProportionPair& arms, double null_difference);

/// Score test of H0: p_t - p_c = null_difference (Farrington & Manning 1990; Miettinen & Nurminen 1985). For a metric
/// where higher is better with margin m: null -m and p.greater; where lower is better: null +m and p.less.
/// Dual to difference_interval: p.greater at a bound of the (1-2a) interval is a.
/// Errors: kInvalidArgument unless -1 < null_difference < 1; kInsufficientData when the null variance is 0.
[[nodiscard]] Result<ZTest> score_test_difference(const ProportionPair& arms, double null_difference,
                                                  ScoreVariance variance = ScoreVariance::kMiettinenNurminen);

/// Maximum likelihood of both proportions under p_t - p_c = difference, |difference| < 1. Found on the score equation,
/// since the closed form loses every digit with rare events and huge n.
[[nodiscard]] ConstrainedProportions constrained_by_difference(const ProportionPair& arms, double difference);

/// The same with proportions instead of counts, `control_weight` and `treatment_weight` units; for planning.
[[nodiscard]] ConstrainedProportions constrained_by_difference(double control_rate, double control_weight,
                                                               double treatment_rate, double treatment_weight,
                                                               double difference);

/// Chi-square tests of K arms against one common proportion.
struct HomogeneityTest {
  int df = 0;
  double chi_square = 0.0;  ///< Pearson.
  double p_chi_square = 1.0;
  double g = 0.0;  ///< Likelihood ratio, 2 sum O ln(O/E), without cancellation.
  double p_g = 1.0;
  double chi_square_yates = 0.0;  ///< Two arms only, else equal to chi_square.
  double p_yates = 1.0;
};

/// Errors: kInvalidArgument for fewer than two arms; kInsufficientData when all units succeed or none does.
[[nodiscard]] Result<HomogeneityTest> homogeneity_test(std::span<const BinomialCount> arms);

}  // namespace tactful::stats
