#include "random.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tactful::simulation {
namespace {

// ln k! minus Stirling's formula.
double stirling_tail(double k) {
  constexpr std::array<double, 10> kTable = {
      0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509,  0.01664469118982119,
      0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871};
  if (k < 9.5) return kTable[static_cast<std::size_t>(k)];
  const double next = k + 1.0;
  const double square = next * next;
  return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / next;
}

}  // namespace

std::size_t Random::below(std::size_t n) {
  return std::min(n - 1, static_cast<std::size_t>(uniform() * static_cast<double>(n)));
}

double Random::truncated_exponential(double mean, double limit) {
  const double inside = -std::expm1(-limit / mean);  // probability of being under the limit
  return std::min(-mean * std::log1p(-uniform() * inside), std::nextafter(limit, 0.0));
}

std::int64_t Random::binomial(std::int64_t n, double p) {
  if (n <= 0 || p <= 0.0) return 0;
  if (p >= 1.0) return n;
  if (p > 0.5) return n - binomial(n, 1.0 - p);
  return static_cast<double>(n) * p < 10.0 ? binomial_by_inversion(n, p) : binomial_by_rejection(n, p);
}

std::int64_t Random::binomial_by_inversion(std::int64_t n, double p) {
  const double odds = p / (1.0 - p);
  double probability = std::exp(static_cast<double>(n) * std::log1p(-p));
  double left = uniform();
  for (std::int64_t k = 0; k < n; ++k) {
    if (left < probability) return k;
    left -= probability;
    probability *= odds * static_cast<double>(n - k) / static_cast<double>(k + 1);
    // Past the mean and below what a double can tell: rounding ate the rest of the tail.
    if (probability < 1e-300) return k;
  }
  return n;
}

std::int64_t Random::binomial_by_rejection(std::int64_t n, double p) {
  const double count = static_cast<double>(n);
  const double spread = std::sqrt(count * p * (1.0 - p));
  const double b = 1.15 + 2.53 * spread;
  const double a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double center = count * p + 0.5;
  const double quick = 0.92 - 4.2 / b;
  const double odds = p / (1.0 - p);
  const double alpha = (2.83 + 5.1 / b) * spread;
  const double mode = std::floor((count + 1.0) * p);
  while (true) {
    const double u = uniform() - 0.5;
    const double v = uniform();
    const double us = 0.5 - std::fabs(u);
    if (us <= 0.0) continue;
    const double k = std::floor((2.0 * a / us + b) * u + center);
    if (k < 0.0 || k > count) continue;
    if (us >= 0.07 && v <= quick) return static_cast<std::int64_t>(k);
    if (v <= 0.0) continue;
    const double height = std::log(v * alpha / (a / (us * us) + b));
    const double bound = (mode + 0.5) * std::log((mode + 1.0) / (odds * (count - mode + 1.0))) +
                         (count + 1.0) * std::log((count - mode + 1.0) / (count - k + 1.0)) +
                         (k + 0.5) * std::log(odds * (count - k + 1.0) / (k + 1.0)) + stirling_tail(mode) +
                         stirling_tail(count - mode) - stirling_tail(k) - stirling_tail(count - k);
    if (height <= bound) return static_cast<std::int64_t>(k);
  }
}

}  // namespace tactful::simulation
