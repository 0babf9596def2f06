#pragma once

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/stats/binomial_count.hpp"
#include "tactful/stats/test_result.hpp"

/// One proportion. Thread-safety: pure functions.
namespace tactful::stats {

enum class ProportionInterval {
  kWilson,            ///< Score (Wilson 1927); the default of the project.
  kWilsonCorrected,   ///< With continuity correction (Newcombe 1998b, method 4).
  kClopperPearson,    ///< Exact: covers at least as often as it says.
  kJeffreys,          ///< Equal tails of Beta(x + 1/2, n - x + 1/2).
  kJeffreysBoundary,  ///< The same, 0 below at x = 0 and 1 above at x = n (Brown, Cai & DasGupta 2001).
  kAgrestiCoull,      ///< May leave [0, 1].
  kWald,              ///< May leave [0, 1]; of width 0 at x = 0 and x = n.
};

[[nodiscard]] Interval proportion_interval(const BinomialCount& count, Level confidence,
                                           ProportionInterval method = ProportionInterval::kWilson);

/// Exact binomial test of H0: proportion = null_rate. two_sided: outcomes no more likely than the observed one
/// (minlike). Tail functions, not enumeration: the cost does not grow with n. Errors: none; null_rate of 0 or 1 is
/// allowed.
[[nodiscard]] PValues exact_binomial_test(const BinomialCount& count, Probability null_rate);

/// P(K >= k) and P(K <= k) of Binomial(n, p); n >= 0, p in [0, 1].
[[nodiscard]] double binomial_upper_tail(std::int64_t k, std::int64_t n, double p) noexcept;
[[nodiscard]] double binomial_lower_tail(std::int64_t k, std::int64_t n, double p) noexcept;
/// ln P(K = k).
[[nodiscard]] double log_binomial_probability(std::int64_t k, std::int64_t n, double p) noexcept;

}  // namespace tactful::stats
