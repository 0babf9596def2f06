#include "tactful/stats/single_proportion.hpp"

#include <algorithm>
#include <cmath>

#include "discrete.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// Upper end of Wilson's interval for x of n; the lower end of x is one minus the upper end of n - x.
double wilson_upper(double x, double n, double z) {
  const double f = n - x;
  if (f == 0.0) return 1.0;
  return (x + 0.5 * z * z + z * std::sqrt(x * (f / n) + 0.25 * z * z)) / (n + z * z);
}

// Product of both ends is x^2 / (n (n + z^2)): the small end without cancellation.
double wilson_lower(double x, double n, double z) { return x * x / (n * (n + z * z) * wilson_upper(x, n, z)); }

Interval wilson_corrected(double x, double n, double z) {
  const double p = x / n;
  const double q = (n - x) / n;
  const double scale = 2.0 * (n + z * z);
  const double low_root = std::sqrt(std::max(0.0, z * z - 2.0 - 1.0 / n + 4.0 * p * (n * q + 1.0)));
  const double high_root = std::sqrt(std::max(0.0, z * z + 2.0 - 1.0 / n + 4.0 * p * (n * q - 1.0)));
  const double low = x == 0.0 ? 0.0 : std::max(0.0, (2.0 * x + z * z - 1.0 - z * low_root) / scale);
  const double high = x == n ? 1.0 : std::min(1.0, (2.0 * x + z * z + 1.0 + z * high_root) / scale);
  return ordered(low, high);
}

Interval beta_interval(double a_low, double b_low, double a_high, double b_high, double tail, bool at_zero,
                       bool at_one) {
  const double low = at_zero ? 0.0 : special::beta_lower_quantile(a_low, b_low, tail).x;
  const double high = at_one ? 1.0 : special::beta_upper_quantile(a_high, b_high, tail).x;
  return ordered(low, high);
}

}  // namespace

Interval proportion_interval(const BinomialCount& observed, Level confidence, ProportionInterval method) {
  const double x = real(observed.successes());
  const double n = real(observed.trials());
  const double f = real(observed.failures());
  const double z = z_of(confidence);
  const double tail = tail_of(confidence);
  switch (method) {
    case ProportionInterval::kWilson:
      return ordered(wilson_lower(x, n, z), wilson_upper(x, n, z));
    case ProportionInterval::kWilsonCorrected:
      return wilson_corrected(x, n, z);
    case ProportionInterval::kClopperPearson:
      return beta_interval(x, f + 1.0, x + 1.0, f, tail, x == 0.0, f == 0.0);
    case ProportionInterval::kJeffreys:
      return beta_interval(x + 0.5, f + 0.5, x + 0.5, f + 0.5, tail, false, false);
    case ProportionInterval::kJeffreysBoundary:
      return beta_interval(x + 0.5, f + 0.5, x + 0.5, f + 0.5, tail, x == 0.0, f == 0.0);
    case ProportionInterval::kAgrestiCoull: {
      const double wide = n + z * z;
      const double p = (x + 0.5 * z * z) / wide;
      const double half = z * std::sqrt(p * ((f + 0.5 * z * z) / wide) / wide);
      return ordered(p - half, p + half);
    }
    case ProportionInterval::kWald:
      break;
  }
  const double half = z * std::sqrt(observed.rate() * observed.failure_rate() / n);
  return ordered(observed.rate() - half, observed.rate() + half);
}

double binomial_upper_tail(std::int64_t k, std::int64_t n, double p) noexcept {
  if (k <= 0) return 1.0;
  if (k > n || p <= 0.0) return 0.0;
  if (p >= 1.0) return 1.0;
  return special::beta_lower(real(k), real(n - k) + 1.0, p);
}

double binomial_lower_tail(std::int64_t k, std::int64_t n, double p) noexcept {
  if (k < 0) return 0.0;
  if (k >= n || p <= 0.0) return 1.0;
  if (p >= 1.0) return 0.0;
  return special::beta_upper(real(k) + 1.0, real(n - k), p);
}

double log_binomial_probability(std::int64_t k, std::int64_t n, double p) noexcept {
  return log_binomial(real(k), real(n), p, 1.0 - p);
}

PValues exact_binomial_test(const BinomialCount& observed, Probability null_rate) {
  const std::int64_t x = observed.successes();
  const std::int64_t n = observed.trials();
  const double p = null_rate.value();
  PValues result;
  result.greater = binomial_upper_tail(x, n, p);
  result.less = binomial_lower_tail(x, n, p);
  if (p <= 0.0 || p >= 1.0) {
    result.two_sided = std::min(result.greater, result.less);
    return result;
  }
  const double log_observed = log_binomial_probability(x, n, p);
  const double limit = log_observed + 1e-12 * std::max(1.0, 0.01 * std::abs(log_observed));
  const auto mode = std::min(n, static_cast<std::int64_t>((real(n) + 1.0) * p));
  if (log_binomial_probability(mode, n, p) <= limit) {
    result.two_sided = 1.0;
    return result;
  }
  std::int64_t below = -1;
  for (std::int64_t high = mode; high - below > 1;) {
    const std::int64_t middle = below + (high - below) / 2;
    (log_binomial_probability(middle, n, p) <= limit ? below : high) = middle;
  }
  std::int64_t above = n + 1;
  for (std::int64_t low = mode; above - low > 1;) {
    const std::int64_t middle = low + (above - low) / 2;
    (log_binomial_probability(middle, n, p) <= limit ? above : low) = middle;
  }
  result.two_sided = std::min(1.0, binomial_lower_tail(below, n, p) + binomial_upper_tail(above, n, p));
  return result;
}

}  // namespace tactful::stats
