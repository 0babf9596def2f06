#include "tactful/stats/dunnett.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quadrature.hpp"
#include "roots.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// From here on the common scale is known to every digit.
constexpr double kNormalDf = 1e15;

// Arms with the same correlation, taken together.
struct Group {
  double lambda = 0.0;
  double r = 0.0;  // sqrt(1 - lambda^2)
  double arms = 0.0;
};

class Integral {
 public:
  explicit Integral(const DunnettFamily& family)
      : two_sided_(family.alternative == Alternative::kTwoSided), df_(family.df) {
    std::vector<double> sorted = family.lambda;
    std::sort(sorted.begin(), sorted.end());
    for (const double lambda : sorted) {
      if (groups_.empty() || groups_.back().lambda != lambda) {
        groups_.push_back({lambda, std::sqrt((1.0 - lambda) * (1.0 + lambda)), 0.0});
      }
      groups_.back().arms += 1.0;
    }
  }

  // P(the largest statistic reaches c).
  [[nodiscard]] double exceedance(double c) const {
    if (df_ > kNormalDf) return given_scale(c);
    return over_scale(c);
  }

 private:
  // With the common scale S known, S c = x: integral over the control's deviation z of 1 - prod, never by subtraction.
  [[nodiscard]] double given_scale(double x) const {
    if (two_sided_ && x <= 0.0) return 1.0;
    const double reach = std::min(38.0, std::abs(x) + 9.0);
    std::vector<double> breaks;
    for (double z = -reach; z < reach; z += 1.5) breaks.push_back(z);
    breaks.push_back(reach);
    for (const Group& group : groups_) {
      if (group.r > 0.35) continue;
      // A steep factor: refine around where it falls.
      const double width = group.r / group.lambda;
      for (const double sign : {-1.0, 1.0}) {
        for (const double k : {-9.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 9.0}) {
          const double z = sign * x / group.lambda + k * width;
          if (std::abs(z) < reach) breaks.push_back(z);
        }
      }
    }
    std::sort(breaks.begin(), breaks.end());
    const auto integrand = [&](double z) { return normal_pdf(z) * reached(x, z); };
    double sum = 0.0;
    for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
      if (breaks[i + 1] > breaks[i]) sum += integrate(integrand, breaks[i], breaks[i + 1], 1);
    }
    return std::min(1.0, sum);
  }

  [[nodiscard]] double reached(double x, double z) const {
    double log_none = 0.0;
    for (const Group& group : groups_) {
      double tail = normal_upper_tail((x - group.lambda * z) / group.r);
      if (two_sided_) tail += normal_upper_tail((x + group.lambda * z) / group.r);
      if (tail >= 1.0) return 1.0;
      log_none += group.arms * std::log1p(-tail);
    }
    return -std::expm1(log_none);
  }

  // Over u = ln S the density falls off exponentially on the left and doubly so on the right: the trapezoidal rule is
  // as good as exact there, once its step is small against pi/4, how far the integrand stays tame in the complex plane.
  // Its left end reaches far enough for heavy tails at few degrees of freedom.
  [[nodiscard]] double over_scale(double c) const {
    const double half = 0.5 * df_;
    // ln density = ln(2 half^half e^-half / Gamma(half)) - half (e^2u - 1 - 2u); the first part by Stirling's series
    // where its terms would cancel.
    const double log_norm = half >= 10.0 ? std::log(2.0) + 0.5 * std::log(half) - 0.91893853320467274178 -
                                               special::stirling_correction(half)
                                         : std::log(2.0) + half * (std::log(half) - 1.0) - special::log_gamma(half);
    const auto log_density = [&](double u) { return log_norm - half * (std::expm1(2.0 * u) - 2.0 * u); };
    const double sd = 1.0 / std::sqrt(2.0 * df_);
    const double step = std::min(0.6 * sd, 0.15);
    double sum = 0.0;
    double largest = 0.0;
    const auto add = [&](double u) {
      const double weight = std::exp(log_density(u));
      const double term = weight * given_scale(c * std::exp(u));
      sum += term;
      largest = std::max(largest, term);
      return std::pair{weight, term};
    };
    for (int k = 0; k < 20'000; ++k) {
      const double u = step * k;
      const auto [weight, term] = add(u);
      if (u > sd && weight < 1e-18 && term <= 1e-18 * largest) break;
      if (weight == 0.0) break;
    }
    for (int k = 1; k < 20'000; ++k) {
      const auto [weight, term] = add(-step * k);
      // The factor is at most 1, so nothing further left can exceed the density there.
      if (weight / std::min(1.0, df_ * step) < 1e-15 * sum) break;
      if (weight == 0.0) break;
    }
    return std::min(1.0, sum * step);
  }

  std::vector<Group> groups_;
  bool two_sided_ = true;
  double df_ = 0.0;
};

Status check(const DunnettFamily& family) {
  if (family.lambda.empty()) return invalid_argument("lambda", "the family has no treatment");
  for (const double lambda : family.lambda) {
    if (!(lambda > 0.0 && lambda < 1.0)) return out_of_range("lambda", lambda, "strictly between 0 and 1");
  }
  if (!(family.df >= 1.0)) return out_of_range("df", family.df, "at least 1, or infinite");
  return {};
}

}  // namespace

Result<std::vector<double>> dunnett_lambdas(double control_size, std::span<const double> treatment_sizes) {
  if (!(control_size >= 1.0) || !std::isfinite(control_size))
    return out_of_range("n_control", control_size, "at least 1");
  if (treatment_sizes.empty()) return invalid_argument("n_treat", "the family has no treatment");
  std::vector<double> lambdas;
  for (const double size : treatment_sizes) {
    if (!(size >= 1.0) || !std::isfinite(size)) return out_of_range("n_treat", size, "at least 1");
    lambdas.push_back(std::sqrt(size / (size + control_size)));
  }
  return lambdas;
}

Result<double> dunnett_exceedance(const DunnettFamily& family, double c) {
  if (auto status = check(family); !status) return status.error();
  if (!std::isfinite(c)) return out_of_range("c", c, "finite");
  return Integral(family).exceedance(c);
}

Result<double> dunnett_critical_value(const DunnettFamily& family, Level confidence) {
  if (auto status = check(family); !status) return status.error();
  const Integral integral(family);
  const double tail = 1.0 - confidence.value();
  const double sides = family.alternative == Alternative::kTwoSided ? 2.0 : 1.0;
  const double arms = static_cast<double>(family.lambda.size());
  const double start = student_t_upper_quantile(tail / (sides * arms), family.df);
  const auto f = [&](double c) { return std::log(integral.exceedance(c)) - std::log(tail); };
  return find_decreasing_root(f, start, 0.05 * std::max(1.0, std::abs(start)), 1e-10);
}

Result<std::vector<double>> dunnett_p_values(const DunnettFamily& family, std::span<const double> statistics) {
  if (auto status = check(family); !status) return status.error();
  if (statistics.size() != family.lambda.size()) return invalid_argument("t", "one statistic per treatment is needed");
  const Integral integral(family);
  std::vector<double> p_values;
  for (const double t : statistics) {
    if (!std::isfinite(t)) return out_of_range("t", t, "finite");
    const double c = family.alternative == Alternative::kTwoSided ? std::abs(t)
                     : family.alternative == Alternative::kLess   ? -t
                                                                  : t;
    p_values.push_back(integral.exceedance(c));
  }
  return p_values;
}

}  // namespace tactful::stats
