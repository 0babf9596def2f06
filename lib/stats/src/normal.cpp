#include "tactful/stats/normal.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <exception>
#include <limits>

#include "special.hpp"
#include "tactful/stats/test_result.hpp"

namespace tactful::stats {
namespace {

namespace bmp = boost::math::policies;
using Quiet = bmp::policy<bmp::domain_error<bmp::errno_on_error>, bmp::pole_error<bmp::errno_on_error>,
                          bmp::overflow_error<bmp::errno_on_error>, bmp::underflow_error<bmp::errno_on_error>,
                          bmp::evaluation_error<bmp::errno_on_error>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSqrt2 = 1.41421356237309504880;
constexpr double kLogSqrtTwoPi = 0.91893853320467274178;
// Past this many degrees of freedom t and normal agree to the last digit for every tail above the smallest double.
constexpr double kNormalDf = 1e18;

// P(T > t) for t >= 0 where df / t^2 is negligible: leading term of the incomplete beta, in logarithms.
double far_t_tail(double t, double df) {
  const double half = 0.5 * df;
  const double log_x = std::log(df) - 2.0 * std::log(t);
  return 0.5 * std::exp(half * log_x - std::log(half) - special::log_beta(half, 0.5));
}

double positive_t_tail(double t, double df) {
  if (std::isinf(t)) return 0.0;
  if (t > 1e100 * std::sqrt(df)) return far_t_tail(t, df);
  const double square = t * t;
  if (df > 2.0 * square) return 0.5 * special::beta_upper(0.5, 0.5 * df, square / (df + square));
  return 0.5 * special::beta_lower(0.5 * df, 0.5, df / (df + square));
}

}  // namespace

double normal_pdf(double x) noexcept { return std::exp(-0.5 * x * x - kLogSqrtTwoPi); }
double normal_cdf(double x) noexcept { return 0.5 * std::erfc(-x / kSqrt2); }
double normal_upper_tail(double x) noexcept { return 0.5 * std::erfc(x / kSqrt2); }
double normal_two_sided(double x) noexcept { return std::erfc(std::abs(x) / kSqrt2); }

double log_normal_upper_tail(double x) noexcept {
  if (x < -1.0) return std::log1p(-normal_cdf(x));
  if (x < 30.0) return std::log(normal_upper_tail(x));
  const double r = 1.0 / (x * x);  // asymptotic series; at 30 the next term is below 1e-13
  const double series = 1.0 - r * (1.0 - r * (3.0 - r * (15.0 - r * (105.0 - r * 945.0))));
  return -0.5 * x * x - kLogSqrtTwoPi - std::log(x) + std::log(series);
}

double normal_upper_quantile(double p) noexcept {
  if (!(p >= 0.0 && p <= 1.0)) return kNan;
  if (p == 0.0) return kInfinity;
  if (p == 1.0) return -kInfinity;
  return kSqrt2 * boost::math::erfc_inv(2.0 * p, Quiet());
}

double normal_quantile(double p) noexcept { return -normal_upper_quantile(p); }

double student_t_upper_tail(double t, double df) noexcept {
  if (!(df > 0.0) || std::isnan(t)) return kNan;
  if (df > kNormalDf) return normal_upper_tail(t);
  if (t >= 0.0) return positive_t_tail(t, df);
  return 1.0 - positive_t_tail(-t, df);
}

double student_t_two_sided(double t, double df) noexcept {
  if (!(df > 0.0) || std::isnan(t)) return kNan;
  if (df > kNormalDf) return normal_two_sided(t);
  return 2.0 * positive_t_tail(std::abs(t), df);
}

double student_t_upper_quantile(double p, double df) noexcept {
  if (!(df > 0.0) || !(p >= 0.0 && p <= 1.0)) return kNan;
  if (df > 1e12) {  // Cornish-Fisher term; the next is below 1e-24
    const double z = normal_upper_quantile(p);
    return std::isinf(df) || std::isinf(z) ? z : z + z * (z * z + 1.0) / (4.0 * df);
  }
  if (p == 0.0) return kInfinity;
  if (p == 1.0) return -kInfinity;
  try {
    const boost::math::students_t_distribution<double, Quiet> distribution(df);
    return boost::math::quantile(boost::math::complement(distribution, p));
  } catch (const std::exception&) {  // past the library's policy in a few corners
    return kNan;
  }
}

double chi_square_upper_tail(double x, double df) noexcept {
  if (!(df > 0.0) || std::isnan(x)) return kNan;
  if (x <= 0.0) return 1.0;
  if (std::isinf(x)) return 0.0;
  try {
    return boost::math::gamma_q(0.5 * df, 0.5 * x, Quiet());
  } catch (const std::exception&) {
    return kNan;
  }
}

PValues normal_p_values(double z) noexcept {
  return {normal_two_sided(z), normal_upper_tail(z), normal_upper_tail(-z)};
}

}  // namespace tactful::stats
