#pragma once

/// Distribution functions on plain doubles: normal, Student t, chi-square. Every upper tail is computed as a tail,
/// never as one minus the other, so that p-values keep their relative accuracy (about 1e-13) down to the smallest
/// double. All of them return NaN for an argument outside their domain and throw nothing; callers above this header
/// hand them checked values only. Thread-safety: pure functions.
namespace tactful::stats {

[[nodiscard]] double normal_pdf(double x) noexcept;
[[nodiscard]] double normal_cdf(double x) noexcept;
/// P(Z > x).
[[nodiscard]] double normal_upper_tail(double x) noexcept;
/// P(|Z| > |x|).
[[nodiscard]] double normal_two_sided(double x) noexcept;
/// ln P(Z > x), finite where the tail itself underflows.
[[nodiscard]] double log_normal_upper_tail(double x) noexcept;

/// The x with P(Z <= x) = p, p in [0, 1]; the ends give the infinities.
[[nodiscard]] double normal_quantile(double p) noexcept;
/// The x with P(Z > x) = p, exact in relative terms for tiny p.
[[nodiscard]] double normal_upper_quantile(double p) noexcept;

/// P(T > t) with df > 0 degrees of freedom, which need not be whole and may be infinite (normal).
[[nodiscard]] double student_t_upper_tail(double t, double df) noexcept;
/// P(|T| > |t|).
[[nodiscard]] double student_t_two_sided(double t, double df) noexcept;
/// The t with P(T > t) = p.
[[nodiscard]] double student_t_upper_quantile(double p, double df) noexcept;

/// P(X > x) of chi-square with df > 0; 1 for x <= 0.
[[nodiscard]] double chi_square_upper_tail(double x, double df) noexcept;

}  // namespace tactful::stats
