#include <algorithm>
#include <cmath>
#include <vector>

#include "support.hpp"
#include "tactful/stats/exact.hpp"

namespace tactful::stats {
namespace {

constexpr double kHalfPi = 1.57079632679489661923;

// Hypergeometric probabilities of b = treatment successes given a + b = total, by recurrence from the mode.
struct Slice {
  std::int64_t first = 0;  // smallest b
  std::vector<double> probability;
};

Slice slice_of(std::int64_t n_c, std::int64_t n_t, std::int64_t total) {
  Slice slice;
  slice.first = std::max<std::int64_t>(0, total - n_c);
  const std::int64_t last = std::min(total, n_t);
  const auto size = static_cast<std::size_t>(last - slice.first + 1);
  slice.probability.assign(size, 0.0);
  const std::int64_t guess = (n_t + 1) * (total + 1) / (n_c + n_t + 2);
  const std::int64_t mode = std::clamp(guess, slice.first, last);
  const auto at = [&](std::int64_t b) -> double& {
    return slice.probability[static_cast<std::size_t>(b - slice.first)];
  };
  const auto d = [](std::int64_t value) { return static_cast<double>(value); };
  at(mode) = 1.0;
  double sum = 1.0;
  for (std::int64_t b = mode; b < last; ++b) {
    at(b + 1) = at(b) * (d(total - b) * d(n_t - b)) / (d(b + 1) * d(n_c - total + b + 1));
    sum += at(b + 1);
  }
  for (std::int64_t b = mode; b > slice.first; --b) {
    at(b - 1) = at(b) * (d(b) * d(n_c - total + b)) / (d(total - b + 1) * d(n_t - b + 1));
    sum += at(b - 1);
  }
  for (double& p : slice.probability) p /= sum;
  return slice;
}

// sum_s share[s] Bin(s; N, pi) for shares of each total inside the rejection region.
double rejection_probability(const std::vector<double>& share, double p, double q) {
  const auto n = static_cast<std::int64_t>(share.size()) - 1;
  if (p <= 0.0) return share.front();
  if (q <= 0.0) return share.back();
  const std::int64_t mode = std::min(n, static_cast<std::int64_t>(static_cast<double>(n + 1) * p));
  const double odds = p / q;
  double sum = share[static_cast<std::size_t>(mode)];
  double total = 1.0;
  double term = 1.0;
  for (std::int64_t s = mode; s < n && term > 0.0; ++s) {
    term *= odds * static_cast<double>(n - s) / static_cast<double>(s + 1);
    total += term;
    sum += term * share[static_cast<std::size_t>(s + 1)];
  }
  term = 1.0;
  for (std::int64_t s = mode; s > 0 && term > 0.0; --s) {
    term *= static_cast<double>(s) / (odds * static_cast<double>(n - s + 1));
    total += term;
    sum += term * share[static_cast<std::size_t>(s - 1)];
  }
  return sum / total;
}

double golden_maximum(const std::vector<double>& share, double low, double high) {
  constexpr double kGolden = 0.61803398874989484820;
  const auto f = [&](double angle) {
    const double s = std::sin(angle);
    const double c = std::cos(angle);
    return rejection_probability(share, s * s, c * c);
  };
  double x1 = high - kGolden * (high - low);
  double x2 = low + kGolden * (high - low);
  double f1 = f(x1);
  double f2 = f(x2);
  for (int i = 0; i < 40 && high - low > 1e-9; ++i) {
    if (f1 < f2) {
      low = x1;
      x1 = x2;
      f1 = f2;
      x2 = low + kGolden * (high - low);
      f2 = f(x2);
    } else {
      high = x2;
      x2 = x1;
      f2 = f1;
      x1 = high - kGolden * (high - low);
      f1 = f(x1);
    }
  }
  return std::max(f1, f2);
}

// Supremum over the common proportion pi = sin^2(angle): in the angle every local maximum is about 1/sqrt(N) wide, so a
// uniform grid finer than that sees all of them; the best ones are refined.
double supremum(const std::vector<double>& share) {
  const double n = static_cast<double>(share.size());
  const int steps = static_cast<int>(std::max(240.0, 16.0 * std::sqrt(n)));
  const double width = kHalfPi / steps;
  std::vector<double> value(static_cast<std::size_t>(steps) + 1);
  for (int i = 0; i <= steps; ++i) {
    const double s = std::sin(width * i);
    const double c = std::cos(width * i);
    value[static_cast<std::size_t>(i)] = rejection_probability(share, s * s, i == steps ? 0.0 : c * c);
  }
  double best = std::max(value.front(), value.back());
  if (best >= 1.0 - 1e-15) return 1.0;
  std::vector<std::pair<double, int>> peaks;
  for (int i = 1; i < steps; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (value[k] >= value[k - 1] && value[k] >= value[k + 1]) peaks.emplace_back(value[k], i);
  }
  std::sort(peaks.rbegin(), peaks.rend());
  if (peaks.size() > 8) peaks.resize(8);
  for (const auto& peak : peaks) {
    best = std::max(best, golden_maximum(share, width * (peak.second - 1), width * (peak.second + 1)));
  }
  return std::min(1.0, best);
}

Status check_size(const ProportionPair& arms) {
  const std::int64_t n = arms.control.trials() + arms.treatment.trials();
  if (n > kMaxUnconditionalUnits) {
    Error error = out_of_range("units", static_cast<double>(n), "at most 20000 for an unconditional exact test");
    error.hint = "use Fisher's exact test or the Miettinen-Nurminen score test";
    return error;
  }
  return {};
}

// Pooled z of a table, sign kept, as an exact fraction: sign(numerator) numerator^2 / denominator.
struct SquaredZ {
  Int128 numerator = 0;
  std::int64_t denominator = 1;
};

SquaredZ squared_z(std::int64_t a, std::int64_t b, std::int64_t n_c, std::int64_t n_t) {
  const std::int64_t total = a + b;
  const std::int64_t rest = n_c + n_t - total;
  if (total == 0 || rest == 0) return {};
  const std::int64_t cross = b * n_c - a * n_t;
  return {Int128{cross} * (cross < 0 ? -cross : cross), total * rest};
}

int compare(const SquaredZ& a, const SquaredZ& b) {
  const Int128 left = a.numerator * b.denominator;
  const Int128 right = b.numerator * a.denominator;
  return left < right ? -1 : left > right ? 1 : 0;
}

}  // namespace

Result<BarnardTest> barnard_exact(const ProportionPair& arms) {
  if (auto status = check_size(arms); !status) return status.error();
  const std::int64_t n_c = arms.control.trials();
  const std::int64_t n_t = arms.treatment.trials();
  const auto size = static_cast<std::size_t>(n_c + n_t + 1);
  const SquaredZ observed = squared_z(arms.control.successes(), arms.treatment.successes(), n_c, n_t);
  const SquaredZ magnitude{observed.numerator < 0 ? -observed.numerator : observed.numerator, observed.denominator};
  const SquaredZ mirror{-magnitude.numerator, magnitude.denominator};
  std::vector<double> greater(size, 0.0);
  std::vector<double> less(size, 0.0);
  std::vector<double> both(size, 0.0);
  for (std::size_t s = 0; s < size; ++s) {
    const auto total = static_cast<std::int64_t>(s);
    const Slice slice = slice_of(n_c, n_t, total);
    for (std::size_t i = 0; i < slice.probability.size(); ++i) {
      const std::int64_t b = slice.first + static_cast<std::int64_t>(i);
      const SquaredZ z = squared_z(total - b, b, n_c, n_t);
      const int order = compare(z, observed);
      const double p = slice.probability[i];
      if (order >= 0) greater[s] += p;
      if (order <= 0) less[s] += p;
      if (compare(z, magnitude) >= 0 || compare(z, mirror) <= 0) both[s] += p;
    }
  }
  BarnardTest test;
  const std::int64_t successes = arms.control.successes() + arms.treatment.successes();
  test.z_defined = successes > 0 && successes < n_c + n_t;
  const double square = static_cast<double>(observed.numerator) / static_cast<double>(observed.denominator);
  const double scale = static_cast<double>(n_c + n_t) / (static_cast<double>(n_c) * static_cast<double>(n_t));
  test.z = std::copysign(std::sqrt(std::abs(square) * scale), square);
  test.p = {supremum(both), supremum(greater), supremum(less)};
  return test;
}

Result<BoschlooTest> boschloo_exact(const ProportionPair& arms) {
  if (auto status = check_size(arms); !status) return status.error();
  const std::int64_t n_c = arms.control.trials();
  const std::int64_t n_t = arms.treatment.trials();
  const auto size = static_cast<std::size_t>(n_c + n_t + 1);
  BoschlooTest test;
  // Fisher's p of the observed table from the same recurrence as all others, so that ties agree to rounding.
  const Slice own = slice_of(n_c, n_t, arms.control.successes() + arms.treatment.successes());
  const auto position = static_cast<std::size_t>(arms.treatment.successes() - own.first);
  test.statistic_greater = 0.0;
  test.statistic_less = 0.0;
  for (std::size_t i = own.probability.size(); i-- > position;) test.statistic_greater += own.probability[i];
  for (std::size_t i = 0; i <= position; ++i) test.statistic_less += own.probability[i];
  constexpr double kTie = 1.0 + 1e-11;
  std::vector<double> greater(size, 0.0);
  std::vector<double> less(size, 0.0);
  for (std::size_t s = 0; s < size; ++s) {
    const Slice slice = slice_of(n_c, n_t, static_cast<std::int64_t>(s));
    double sum = 0.0;
    for (std::size_t i = slice.probability.size(); i-- > 0;) {
      sum += slice.probability[i];
      if (sum > test.statistic_greater * kTie) break;
      greater[s] = sum;
    }
    sum = 0.0;
    for (const double p : slice.probability) {
      sum += p;
      if (sum > test.statistic_less * kTie) break;
      less[s] = sum;
    }
  }
  test.statistic_greater = std::min(1.0, test.statistic_greater);
  test.statistic_less = std::min(1.0, test.statistic_less);
  test.p.greater = supremum(greater);
  test.p.less = supremum(less);
  test.p.two_sided = std::min(1.0, 2.0 * std::min(test.p.greater, test.p.less));
  return test;
}

}  // namespace tactful::stats
