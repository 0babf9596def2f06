#include "tactful/stats/multiplicity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "support.hpp"

namespace tactful::stats {
namespace {

// 1 - (1 - p)^m without cancellation.
double sidak(double p, double m) { return p >= 1.0 ? 1.0 : -std::expm1(m * std::log1p(-p)); }

// Wright 1992: for each size m of a subset the smallest Simes bound, carried down.
std::vector<double> hommel(const std::vector<double>& sorted) {
  const std::size_t n = sorted.size();
  const auto at = [&](std::size_t rank) { return sorted[rank - 1]; };
  double smallest = 1.0;
  for (std::size_t i = 1; i <= n; ++i) {
    smallest = std::min(smallest, static_cast<double>(n) * at(i) / static_cast<double>(i));
  }
  std::vector<double> adjusted(n, smallest);
  for (std::size_t m = n - 1; m >= 2; --m) {
    const double size = static_cast<double>(m);
    double bound = 1.0;  // over the last m - 1 ranks
    for (std::size_t i = n - m + 2; i <= n; ++i) {
      bound = std::min(bound, size * at(i) / static_cast<double>(m + i - n));
    }
    for (std::size_t i = 1; i <= n; ++i) {
      const double value = i <= n - m + 1 ? std::min(size * at(i), bound) : adjusted[n - m];
      adjusted[i - 1] = std::max(adjusted[i - 1], value);
    }
  }
  for (std::size_t i = 0; i < n; ++i) adjusted[i] = std::max(adjusted[i], sorted[i]);
  return adjusted;
}

std::vector<double> adjust_sorted(const std::vector<double>& p, Adjustment method) {
  const std::size_t n = p.size();
  const double m = static_cast<double>(n);
  std::vector<double> adjusted(n);
  const auto each = [&](const auto& rule) {
    for (std::size_t i = 0; i < n; ++i) adjusted[i] = rule(p[i], static_cast<double>(i));
  };
  double harmonic = 1.0;
  switch (method) {
    case Adjustment::kBonferroni:
      each([&](double x, double) { return m * x; });
      break;
    case Adjustment::kSidak:
      each([&](double x, double) { return sidak(x, m); });
      break;
    case Adjustment::kHolm:
    case Adjustment::kHochberg:
      each([&](double x, double i) { return (m - i) * x; });
      break;
    case Adjustment::kHolmSidak:
      each([&](double x, double i) { return sidak(x, m - i); });
      break;
    case Adjustment::kHommel:
      return hommel(p);
    case Adjustment::kBenjaminiYekutieli:
      harmonic = 0.0;
      for (std::size_t i = n; i > 0; --i) harmonic += 1.0 / static_cast<double>(i);
      [[fallthrough]];
    case Adjustment::kBenjaminiHochberg:
      each([&](double x, double i) { return harmonic * m * x / (i + 1.0); });
      break;
  }
  if (method == Adjustment::kHolm || method == Adjustment::kHolmSidak) {
    for (std::size_t i = 1; i < n; ++i) adjusted[i] = std::max(adjusted[i], adjusted[i - 1]);
  } else if (method != Adjustment::kBonferroni && method != Adjustment::kSidak) {
    for (std::size_t i = n - 1; i > 0; --i) adjusted[i - 1] = std::min(adjusted[i - 1], adjusted[i]);
  }
  return adjusted;
}

}  // namespace

Result<std::vector<double>> adjust_p_values(std::span<const double> p_values, Adjustment method) {
  if (p_values.empty()) return invalid_argument("p", "the family of p-values is empty");
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!(p_values[i] >= 0.0 && p_values[i] <= 1.0)) {
      return out_of_range("p[" + std::to_string(i) + "]", p_values[i], "between 0 and 1");
    }
  }
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> sorted(p_values.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = p_values[order[i]];
  const std::vector<double> adjusted = adjust_sorted(sorted, method);
  std::vector<double> result(p_values.size());
  for (std::size_t i = 0; i < order.size(); ++i) result[order[i]] = std::min(1.0, adjusted[i]);
  return result;
}

}  // namespace tactful::stats
