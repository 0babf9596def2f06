#pragma once

#include <cstdint>

/// Special functions behind the distributions: thin, never throwing. NaN outside their domain.
namespace tactful::stats::special {

/// Regularised incomplete beta I_x(a, b) and its complement, each with its own relative accuracy.
[[nodiscard]] double beta_lower(double a, double b, double x) noexcept;
[[nodiscard]] double beta_upper(double a, double b, double x) noexcept;

/// A point of the unit interval with its distance from 1, so that neither end loses digits.
struct UnitPoint {
  double x = 0.0;
  double y = 1.0;  ///< 1 - x.
};
/// The x with I_x(a, b) = p, and the x with 1 - I_x(a, b) = q.
[[nodiscard]] UnitPoint beta_lower_quantile(double a, double b, double p) noexcept;
[[nodiscard]] UnitPoint beta_upper_quantile(double a, double b, double q) noexcept;

[[nodiscard]] double log_gamma(double x) noexcept;
/// ln B(a, b) without the cancellation of three log-gammas where one argument is much larger.
[[nodiscard]] double log_beta(double a, double b) noexcept;
/// ln Gamma(x) - [(x - 1/2) ln x - x + ln(2 pi) / 2], x >= 10.
[[nodiscard]] double stirling_correction(double x) noexcept;
/// ln Gamma(x + n) - ln Gamma(x), x > 0, n >= 0.
[[nodiscard]] double log_rising(double x, double n) noexcept;

/// Riemann zeta, s > 1.
[[nodiscard]] double zeta(double s) noexcept;

/// P(T > t) of the noncentral t with df degrees of freedom.
[[nodiscard]] double noncentral_t_upper_tail(double t, double df, double noncentrality) noexcept;

}  // namespace tactful::stats::special
