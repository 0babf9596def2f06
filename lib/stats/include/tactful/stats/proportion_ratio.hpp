#pragma once

#include <optional>

#include "tactful/core/probability.hpp"
#include "tactful/stats/two_proportions.hpp"

/// The ratio of two proportions, p_t / p_c. Thread-safety: pure functions.
namespace tactful::stats {

enum class RatioInterval {
  kMiettinenNurminen,  ///< Score with N/(N-1); the default.
  kKoopman,            ///< Score (Koopman 1984).
  kKatz,               ///< Wald on the logarithm; needs events in both arms.
  kWalter,             ///< Wald on the logarithm after adding 0.5 to both counts of both arms.
};

/// Point estimate; nothing when control has no event.
[[nodiscard]] std::optional<double> proportion_ratio(const ProportionPair& arms) noexcept;

/// The two-sided interval of p_t / p_c. Score: 0 below when treatment has no event, infinite above when control has
/// none. Errors: kInsufficientData for kKatz when an arm has no event.
[[nodiscard]] Result<Interval> ratio_interval(const ProportionPair& arms, Level confidence,
                                              RatioInterval method = RatioInterval::kMiettinenNurminen);

/// Score test of H0: p_t / p_c = null_ratio, dual to ratio_interval. `estimate` is p_t - null_ratio p_c.
/// Lower is better with relative margin r: null 1+r and p.less; higher is better: null 1-r and p.greater.
/// Errors: kInvalidArgument unless null_ratio is finite and positive; kInsufficientData when the null variance is 0.
[[nodiscard]] Result<ZTest> score_test_ratio(const ProportionPair& arms, double null_ratio,
                                             ScoreVariance variance = ScoreVariance::kMiettinenNurminen);

/// z = (ln ratio - ln null) / se of Katz; `estimate` is ln ratio. Errors: kInsufficientData without events in both arms
/// or without variance.
[[nodiscard]] Result<ZTest> log_test_ratio(const ProportionPair& arms, double null_ratio);

/// z = (p_t - null p_c) / sqrt(p_t q_t / n_t + null^2 p_c q_c / n_c). Errors: kInsufficientData without variance.
[[nodiscard]] Result<ZTest> linear_test_ratio(const ProportionPair& arms, double null_ratio);

/// Maximum likelihood of both proportions under p_t = ratio p_c, ratio > 0.
[[nodiscard]] ConstrainedProportions constrained_by_ratio(const ProportionPair& arms, double ratio);

}  // namespace tactful::stats
