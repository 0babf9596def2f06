#pragma once

#include <array>
#include <cstddef>

/// Gauss-Legendre quadrature.
namespace tactful::stats {

inline constexpr std::size_t kGaussNodes = 16;

struct GaussRule {
  std::array<double, kGaussNodes> node;  ///< In (-1, 1), increasing.
  std::array<double, kGaussNodes> weight;
};

/// The rule of 16 nodes, exact for polynomials up to degree 31.
[[nodiscard]] const GaussRule& gauss_rule() noexcept;

/// Integral of f over [a, b] by `panels` equal panels.
template <typename F>
[[nodiscard]] double integrate(const F& f, double a, double b, int panels) {
  const GaussRule& rule = gauss_rule();
  const double half = 0.5 * (b - a) / panels;
  double sum = 0.0;
  for (int panel = 0; panel < panels; ++panel) {
    const double middle = a + (2 * panel + 1) * half;
    for (std::size_t i = 0; i < kGaussNodes; ++i) sum += rule.weight[i] * f(middle + half * rule.node[i]);
  }
  return sum * half;
}

}  // namespace tactful::stats
