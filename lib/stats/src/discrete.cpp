#include "discrete.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace tactful::stats {
namespace {

constexpr double kTwoPi = 6.28318530717958647693;
constexpr int kTable = 16;

// ln n! - ln(sqrt(2 pi n) (n/e)^n).
double stirling_error(double n) {
  static const std::array<double, kTable> table = [] {
    std::array<double, kTable> values{};
    long double factorial = 1.0L;
    for (int i = 1; i < kTable; ++i) {
      const long double x = i;
      factorial *= x;
      values[static_cast<std::size_t>(i)] = static_cast<double>(
          std::log(factorial) - 0.5L * std::log(6.28318530717958647692528676655900577L * x) - x * std::log(x) + x);
    }
    return values;
  }();
  if (n < kTable && n == std::floor(n)) return table[static_cast<std::size_t>(n)];
  const double r = 1.0 / (n * n);
  return (1.0 / 12.0 -
          r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * 691.0 / 360360.0))))) /
         n;
}

}  // namespace

double deviance_term(double x, double m, double d) noexcept {
  if (x == 0.0) return m;
  if (std::abs(d) < 0.1 * (x + m)) {
    // (x - m)^2/(x + m) + 2 x (v^3/3 + v^5/5 + ...), v = (x - m)/(x + m).
    const double v = d / (x + m);
    double sum = d * v;
    double term = 2.0 * x * v;
    const double square = v * v;
    for (int j = 1; j < 1000; ++j) {
      term *= square;
      const double next = sum + term / (2 * j + 1);
      if (next == sum) return next;
      sum = next;
    }
    return sum;
  }
  return x * std::log(x / m) - d;
}

double deviance_term(double x, double m) noexcept { return deviance_term(x, m, x - m); }

double log_binomial(double k, double n, double p, double q) noexcept {
  if (k < 0.0 || k > n) return -std::numeric_limits<double>::infinity();
  if (p <= 0.0) return k == 0.0 ? 0.0 : -std::numeric_limits<double>::infinity();
  if (q <= 0.0) return k == n ? 0.0 : -std::numeric_limits<double>::infinity();
  if (n == 0.0) return 0.0;
  if (k == 0.0) return p < 0.1 ? n * std::log1p(-p) : n * std::log(q);
  if (k == n) return q < 0.1 ? n * std::log1p(-q) : n * std::log(p);
  const double core = stirling_error(n) - stirling_error(k) - stirling_error(n - k) - deviance_term(k, n * p) -
                      deviance_term(n - k, n * q);
  return core - 0.5 * (std::log(kTwoPi) + std::log(k) + std::log1p(-k / n));
}

double log_hypergeometric(std::int64_t k, std::int64_t marked, std::int64_t unmarked, std::int64_t draws) noexcept {
  if (k < 0 || k > draws || k > marked || draws - k > unmarked) return -std::numeric_limits<double>::infinity();
  const double r = static_cast<double>(marked);
  const double b = static_cast<double>(unmarked);
  const double n = static_cast<double>(draws);
  const double p = n / (r + b);
  const double q = (r + b - n) / (r + b);
  if (n == 0.0 || q == 0.0) return 0.0;
  return log_binomial(static_cast<double>(k), r, p, q) + log_binomial(n - static_cast<double>(k), b, p, q) -
         log_binomial(n, r + b, p, q);
}

double log_choose(double n, double k) noexcept {
  if (k <= 0.0 || k >= n) return 0.0;
  const double l = n - k;
  return stirling_error(n) - stirling_error(k) - stirling_error(l) + k * std::log(n / k) - l * std::log1p(-k / n) -
         0.5 * (std::log(kTwoPi) + std::log(k) + std::log1p(-k / n));
}

}  // namespace tactful::stats
