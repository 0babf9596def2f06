#include "special.hpp"

#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/zeta.hpp>
#include <cmath>
#include <exception>
#include <limits>

namespace tactful::stats::special {
namespace {

namespace bmp = boost::math::policies;
using Quiet = bmp::policy<bmp::domain_error<bmp::errno_on_error>, bmp::pole_error<bmp::errno_on_error>,
                          bmp::overflow_error<bmp::errno_on_error>, bmp::underflow_error<bmp::errno_on_error>,
                          bmp::evaluation_error<bmp::errno_on_error>, bmp::rounding_error<bmp::errno_on_error>,
                          bmp::indeterminate_result_error<bmp::errno_on_error>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The library throws past its policy in a few corners (a rounding inside a series); nothing may leave this file.
template <typename F>
double guarded(const F& f) noexcept {
  try {
    return f();
  } catch (const std::exception&) {
    return kNan;
  }
}

bool is_shape(double a, double b) { return a > 0.0 && b > 0.0 && std::isfinite(a) && std::isfinite(b); }

// One Newton step in the argument; the library's inverse stops at about half the digits for large shapes.
void polish(UnitPoint& point, double a, double b, double target, bool lower) {
  for (int step = 0; step < 3; ++step) {
    if (!(point.x > 0.0) || !(point.y > 0.0)) return;
    const double value = lower ? beta_lower(a, b, point.x) : beta_upper(a, b, point.x);
    const double log_density = (a - 1.0) * std::log(point.x) + (b - 1.0) * std::log(point.y) - log_beta(a, b);
    const double change = (target - value) * std::exp(-log_density) * (lower ? 1.0 : -1.0);
    if (!std::isfinite(change) || std::abs(change) > 0.1 * std::fmin(point.x, point.y)) return;
    if (point.x < 0.5) {
      point.x += change;
      point.y = 1.0 - point.x;
    } else {
      point.y -= change;
      point.x = 1.0 - point.y;
    }
  }
}

}  // namespace

double beta_lower(double a, double b, double x) noexcept {
  if (!is_shape(a, b) || !(x >= 0.0 && x <= 1.0)) return kNan;
  return guarded([&] { return boost::math::ibeta(a, b, x, Quiet()); });
}

double beta_upper(double a, double b, double x) noexcept {
  if (!is_shape(a, b) || !(x >= 0.0 && x <= 1.0)) return kNan;
  return guarded([&] { return boost::math::ibetac(a, b, x, Quiet()); });
}

UnitPoint beta_lower_quantile(double a, double b, double p) noexcept {
  if (!is_shape(a, b) || !(p >= 0.0 && p <= 1.0)) return {kNan, kNan};
  UnitPoint point;
  point.x = guarded([&] { return boost::math::ibeta_inv(a, b, p, &point.y, Quiet()); });
  polish(point, a, b, p, true);
  return point;
}

UnitPoint beta_upper_quantile(double a, double b, double q) noexcept {
  if (!is_shape(a, b) || !(q >= 0.0 && q <= 1.0)) return {kNan, kNan};
  UnitPoint point;
  point.x = guarded([&] { return boost::math::ibetac_inv(a, b, q, &point.y, Quiet()); });
  polish(point, a, b, q, false);
  return point;
}

double log_gamma(double x) noexcept {
  return x > 0.0 ? guarded([&] { return boost::math::lgamma(x, Quiet()); }) : kNan;
}

double stirling_correction(double x) noexcept {
  const double r = 1.0 / (x * x);
  return (1.0 / 12.0 -
          r * (1.0 / 360.0 -
               r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * (691.0 / 360360.0 - r / 156.0)))))) /
         x;
}

double log_rising(double x, double n) noexcept {
  if (!(x > 0.0) || !(n >= 0.0)) return kNan;
  if (n == 0.0) return 0.0;
  if (x < 10.0) {
    if (x + n < 20.0) return log_gamma(x + n) - log_gamma(x);
    double product = 0.0;
    double left = n;
    while (x < 10.0 && left >= 1.0) {  // lift x by whole steps
      product += std::log(x);
      x += 1.0;
      left -= 1.0;
    }
    return product + (x < 10.0 ? log_gamma(x + left) - log_gamma(x) : log_rising(x, left));
  }
  const double sum = x + n;
  return (x - 0.5) * std::log1p(n / x) + n * (std::log(sum) - 1.0) + stirling_correction(sum) - stirling_correction(x);
}

double log_beta(double a, double b) noexcept {
  if (!is_shape(a, b)) return kNan;
  const double small = std::fmin(a, b);
  const double large = std::fmax(a, b);
  if (large < 10.0) return log_gamma(small) + log_gamma(large) - log_gamma(small + large);
  if (small < 10.0) return log_gamma(small) - log_rising(large, small);
  const double sum = small + large;
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  return kHalfLogTwoPi - 0.5 * std::log(small) + small * std::log(small / sum) -
         (large - 0.5) * std::log1p(small / large) + stirling_correction(small) + stirling_correction(large) -
         stirling_correction(sum);
}

double zeta(double s) noexcept {
  return s > 1.0 ? guarded([&] { return boost::math::zeta(s, Quiet()); }) : kNan;
}

double noncentral_t_upper_tail(double t, double df, double noncentrality) noexcept {
  if (!(df > 0.0) || !std::isfinite(t) || !std::isfinite(noncentrality)) return kNan;
  if (noncentrality > 1e4 && t < 0.5 * noncentrality) return 1.0;
  return guarded([&] {
    const boost::math::non_central_t_distribution<double, Quiet> distribution(df, noncentrality);
    return boost::math::cdf(boost::math::complement(distribution, t));
  });
}

}  // namespace tactful::stats::special
