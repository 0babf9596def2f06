#include "quadrature.hpp"

#include <cmath>

namespace tactful::stats {

const GaussRule& gauss_rule() noexcept {
  // Roots of the Legendre polynomial by Newton from Chebyshev points; weights from the derivative there.
  static const GaussRule rule = [] {
    GaussRule made{};
    const int n = static_cast<int>(kGaussNodes);
    for (int i = 0; i < n; ++i) {
      double x = -std::cos(3.14159265358979323846 * (i + 0.75) / (n + 0.5));
      double slope = 1.0;
      for (int step = 0; step < 20; ++step) {
        double p0 = 1.0;
        double p1 = x;
        for (int k = 2; k <= n; ++k) {
          const double p2 = ((2 * k - 1) * x * p1 - (k - 1) * p0) / k;
          p0 = p1;
          p1 = p2;
        }
        slope = n * (x * p1 - p0) / (x * x - 1.0);
        const double change = p1 / slope;
        x -= change;
        if (std::abs(change) < 1e-16) break;
      }
      made.node[static_cast<std::size_t>(i)] = x;
      made.weight[static_cast<std::size_t>(i)] = 2.0 / ((1.0 - x * x) * slope * slope);
    }
    return made;
  }();
  return rule;
}

}  // namespace tactful::stats
