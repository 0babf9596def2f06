#include "tactful/stats/group_sequential.hpp"

#include <algorithm>
#include <cmath>

#include "roots.hpp"
#include "sequential_engine.hpp"
#include "sequential_plan.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// Smallest share of alpha worth a bound; the bound would lie past 35 standard deviations.
constexpr double kLeastIncrement = 1e-280;
constexpr double kZTolerance = 1e-11;

Status check_information(std::span<const double> times, std::string_view name) {
  if (times.empty()) return invalid_argument(name, std::string(name) + " is empty, at least one look is needed");
  double before = 0.0;
  for (const double t : times) {
    if (!(t > before) || !std::isfinite(t)) return out_of_range(name, t, "positive and above the look before");
    before = t;
  }
  return {};
}

// The z whose first-crossing probability at this look equals `increment`.
double bound_of(const SequentialWalk& walk, double increment) {
  if (increment < kLeastIncrement) return kInfinity;
  if (walk.look() == 0) return normal_upper_quantile(increment);
  const double log_increment = std::log(increment);
  const auto f = [&](double z) { return std::log(std::max(walk.upper_exit(z), 1e-320)) - log_increment; };
  const double start = normal_upper_quantile(increment);
  if (walk.upper_exit(start + 30.0) > increment) return kInfinity;
  return find_decreasing_root(f, start, 0.25, kZTolerance);
}

}  // namespace

double spent_alpha(const Spending& spending, double alpha, double t) noexcept {
  if (!(t > 0.0)) return 0.0;
  if (t >= 1.0) return alpha;
  switch (spending.family) {
    case Spending::Family::kObrienFleming:
      return 2.0 * normal_upper_tail(normal_upper_quantile(0.5 * alpha) / std::sqrt(t));
    case Spending::Family::kPocock:
      return alpha * std::log1p(std::expm1(1.0) * t);
    case Spending::Family::kPower:
      return alpha * std::pow(t, spending.parameter);
    case Spending::Family::kHwangShihDeCani:
      break;
  }
  const double g = spending.parameter;
  return g == 0.0 ? alpha * t : alpha * (std::expm1(-g * t) / std::expm1(-g));
}

Status check_plan(const SequentialPlan& plan) {
  if (auto status = check_information(plan.spending_times, "t"); !status) return status;
  if (!plan.information.empty()) {
    if (plan.information.size() != plan.spending_times.size()) {
      return invalid_argument("info", "info must have one value per look");
    }
    if (auto status = check_information(plan.information, "info"); !status) return status;
  }
  if (plan.sides != 1 && plan.sides != 2) return out_of_range("sided", plan.sides, "1 or 2");
  if (!std::isfinite(plan.spending.parameter)) return out_of_range("param", plan.spending.parameter, "finite");
  if (plan.spending.family == Spending::Family::kPower && !(plan.spending.parameter > 0.0)) {
    return out_of_range("param", plan.spending.parameter, "positive for power spending");
  }
  return {};
}

std::vector<double> upper_bounds(const SequentialPlan& plan, double alpha_per_side, std::size_t looks) {
  SequentialWalk walk(information_of(plan), 0.0);
  std::vector<double> bounds;
  double spent = 0.0;
  for (std::size_t k = 0; k < looks; ++k) {
    const double total = spent_alpha(plan.spending, alpha_per_side, plan.spending_times[k]);
    const double z = bound_of(walk, total - spent);
    spent = std::max(spent, total);
    bounds.push_back(z);
    walk.advance(plan.sides == 2 ? -z : -kInfinity, z);
  }
  return bounds;
}

std::span<const double> information_of(const SequentialPlan& plan) {
  return plan.information.empty() ? plan.spending_times : plan.information;
}

Result<SequentialBounds> sequential_bounds(const SequentialPlan& plan) {
  if (auto status = check_plan(plan); !status) return status.error();
  const double alpha = plan.alpha.value() / plan.sides;
  SequentialBounds bounds;
  bounds.z = upper_bounds(plan, alpha, plan.spending_times.size());
  for (std::size_t k = 0; k < bounds.z.size(); ++k) {
    bounds.nominal_p.push_back(plan.sides * normal_upper_tail(bounds.z[k]));
    bounds.cumulative_alpha.push_back(plan.sides * spent_alpha(plan.spending, alpha, plan.spending_times[k]));
  }
  return bounds;
}

Result<ExitProbabilities> exit_probabilities(std::span<const double> information, std::span<const double> upper,
                                             std::span<const double> lower, double drift) {
  if (auto status = check_information(information, "t"); !status) return status.error();
  if (upper.size() != information.size() || lower.size() != information.size()) {
    return invalid_argument("z", "one upper and one lower bound per look are needed");
  }
  if (!std::isfinite(drift)) return out_of_range("drift", drift, "finite");
  for (std::size_t k = 0; k < upper.size(); ++k) {
    if (std::isnan(upper[k]) || std::isnan(lower[k])) return out_of_range("z", kNan, "a number");
    if (lower[k] > upper[k]) return out_of_range("z", upper[k], "at or above the lower bound");
  }
  ExitProbabilities exits;
  SequentialWalk walk(information, drift);
  double left = 1.0;
  for (std::size_t k = 0; k < information.size(); ++k) {
    exits.upper.push_back(walk.upper_exit(upper[k]));
    exits.lower.push_back(walk.lower_exit(lower[k]));
    exits.power += exits.upper.back();
    exits.cumulative_upper.push_back(exits.power);
    const double stopped = exits.upper.back() + exits.lower.back();
    const bool last = k + 1 == information.size();
    exits.expected_information += information[k] * (last ? left : stopped);
    left = std::max(0.0, left - stopped);
    walk.advance(lower[k], upper[k]);
  }
  return exits;
}

Result<SequentialDesign> sequential_design(const SequentialPlan& plan, Level power) {
  auto bounds = sequential_bounds(plan);
  if (!bounds) return bounds.error();
  const double alpha = plan.alpha.value() / plan.sides;
  if (!(power.value() > alpha)) return out_of_range("power", power.value(), "above alpha per side");
  SequentialDesign design;
  design.z = bounds->z;
  if (std::isinf(design.z.back()) && *std::min_element(design.z.begin(), design.z.end()) == kInfinity) {
    return invalid_argument("t", "no look spends any alpha");
  }
  std::vector<double> lower;
  for (const double z : design.z) lower.push_back(plan.sides == 2 ? -z : -kInfinity);
  const std::span<const double> information = information_of(plan);
  const auto missing = [&](double drift) {
    return power.value() - exit_probabilities(information, design.z, lower, drift).value().power;
  };
  design.fixed_drift = normal_upper_quantile(alpha) + normal_quantile(power.value());
  design.drift = find_decreasing_root(missing, design.fixed_drift, 0.1, 1e-11);
  const double ratio = design.drift / design.fixed_drift;
  design.inflation_factor = ratio * ratio;
  const auto expected = [&](double drift) {
    return exit_probabilities(information, design.z, lower, drift).value().expected_information;
  };
  design.asn_ratio_h0 = design.inflation_factor * expected(0.0);
  design.asn_ratio_h1 = design.inflation_factor * expected(design.drift);
  return design;
}

Result<ClassicBounds> classic_bounds(int looks, Level alpha, int sides, double delta) {
  if (looks < 1 || looks > 1000) return out_of_range("K", looks, "between 1 and 1000");
  if (sides != 1 && sides != 2) return out_of_range("sided", sides, "1 or 2");
  if (!(delta >= -5.0 && delta <= 5.0)) return out_of_range("delta", delta, "between -5 and 5");
  std::vector<double> information;
  std::vector<double> shape;
  for (int k = 1; k <= looks; ++k) {
    information.push_back(static_cast<double>(k) / looks);
    shape.push_back(std::pow(information.back(), delta - 0.5));
  }
  const auto excess = [&](double c) {
    std::vector<double> upper;
    std::vector<double> lower;
    for (const double s : shape) {
      upper.push_back(c * s);
      lower.push_back(sides == 2 ? -c * s : -kInfinity);
    }
    return exit_probabilities(information, upper, lower, 0.0).value().power - alpha.value() / sides;
  };
  ClassicBounds bounds;
  bounds.c = find_decreasing_root(excess, std::max(0.1, normal_upper_quantile(alpha.value() / sides)), 0.25, 1e-11);
  for (const double s : shape) bounds.z.push_back(bounds.c * s);
  return bounds;
}

double conditional_power(double z, double t, double final_bound, double drift) noexcept {
  if (!(t > 0.0 && t < 1.0)) return z >= final_bound ? 1.0 : 0.0;
  return normal_upper_tail((final_bound - z * std::sqrt(t) - drift * (1.0 - t)) / std::sqrt(1.0 - t));
}

}  // namespace tactful::stats
