#pragma once

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/stats/binomial_count.hpp"

/// The odds ratio of two proportions, (p_t / q_t) / (p_c / q_c). Counts up to 2^53. Thread-safety: pure functions.
namespace tactful::stats {

/// How the interval is made. The default is the score interval: right at zero cells, and it excludes 1 exactly where
/// pooled_z_test() rejects.
enum class OddsRatioInterval {
  kScore,             ///< Cornfield 1956, the score interval without continuity correction (Gart & Thomas 1972).
  kWoolf,             ///< Normal on the logarithm, variance the sum of the reciprocal cells (Woolf 1955).
  kConditionalExact,  ///< Equal tails of the noncentral hypergeometric, both margins given (Cornfield 1956).
};

/// Most units of both arms together for which the exact interval is computed; past it the score interval agrees to the
/// digits anyone reads.
inline constexpr std::int64_t kMaxExactOddsUnits = 1'000'000'000;

/// x_t f_c / (f_t x_c); infinite when only the denominator is 0.
/// Errors: kInsufficientData when both products are 0.
[[nodiscard]] Result<double> odds_ratio(const ProportionPair& arms);

/// The two-sided interval at `confidence`, in [0, infinity].
/// Errors: kInsufficientData when all units or none of both arms have the event (no odds ratio is excluded), for kWoolf
/// also when any cell is 0; kInvalidArgument for kConditionalExact past kMaxExactOddsUnits.
/// Guarantee: kConditionalExact covers at least as often as it says; the others asymptotically, kScore already with a
/// few events. Accuracy: roots to about 1e-12 relative. Cost: kConditionalExact sums over a dozen standard deviations
/// of the table, milliseconds at a million units; the others are immediate.
[[nodiscard]] Result<Interval> odds_ratio_interval(const ProportionPair& arms, Level confidence,
                                                   OddsRatioInterval method = OddsRatioInterval::kScore);

}  // namespace tactful::stats
