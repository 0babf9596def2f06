#pragma once

#include <cstdint>

/// Logarithms of discrete probabilities by Loader's saddle-point expansion ("Fast and accurate computation of binomial
/// probabilities", 2000): full relative accuracy for counts from 0 to 2^53, where log-gammas lose every digit.
namespace tactful::stats {

/// x ln(x/m) + m - x, given x - m = d exactly; x >= 0, m > 0.
[[nodiscard]] double deviance_term(double x, double m, double d) noexcept;
[[nodiscard]] double deviance_term(double x, double m) noexcept;

/// ln P(K = k), K ~ Binomial(n, p), q = 1 - p given apart.
[[nodiscard]] double log_binomial(double k, double n, double p, double q) noexcept;

/// ln P(K = k): k marked among `draws` out of `marked` + `unmarked`.
[[nodiscard]] double log_hypergeometric(std::int64_t k, std::int64_t marked, std::int64_t unmarked,
                                        std::int64_t draws) noexcept;

/// ln C(n, k).
[[nodiscard]] double log_choose(double n, double k) noexcept;

}  // namespace tactful::stats
