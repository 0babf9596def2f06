#include "tactful/stats/significance_filter.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

constexpr double kFarthest = 60.0;  // standard errors below the observation
constexpr int kSteps = 80;

}  // namespace

Result<FilteredEstimate> significance_filtered(double z, double bound, double se, double half_width) {
  if (!std::isfinite(z)) return out_of_range("z", z, "finite");
  if (!std::isfinite(bound) || bound > z) return out_of_range("bound", bound, "finite and at most z");
  if (!(se > 0.0) || !std::isfinite(se)) return out_of_range("se", se, "above 0 and finite");
  if (!(half_width > 0.0) || !std::isfinite(half_width))
    return out_of_range("half_width", half_width, "above 0 and finite");
  // The share of the crossing observations that lie above z grows with the mean.
  const auto is_low = [&](double mean) {
    return log_normal_upper_tail(z - mean) - log_normal_upper_tail(bound - mean) < -std::log(2.0);
  };
  double low = z - kFarthest;
  double high = z;
  for (int step = 0; step < kSteps; ++step) {
    const double middle = 0.5 * (low + high);
    (is_low(middle) ? low : high) = middle;
  }
  return FilteredEstimate{high * se, std::max(high, z - half_width) * se};
}

}  // namespace tactful::stats
