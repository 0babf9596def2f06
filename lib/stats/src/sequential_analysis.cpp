#include <algorithm>
#include <cmath>

#include "roots.hpp"
#include "sequential_engine.hpp"
#include "sequential_plan.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

constexpr double kLeastRepeatedP = 1e-12;
constexpr double kMostRepeatedP = 0.8;

// P(stop earlier, or reach this stage with Z >= z) under `drift`, for the stage-wise ordering.
double stagewise(std::span<const double> information, std::span<const double> bounds, std::size_t stage, double z,
                 double drift) {
  SequentialWalk walk(information, drift);
  double sum = 0.0;
  for (std::size_t k = 0; k + 1 < stage; ++k) {
    sum += walk.upper_exit(bounds[k]);
    walk.advance(-kInfinity, bounds[k]);
  }
  return sum + walk.upper_exit(z);
}

Status check_stage(const SequentialPlan& plan, int stage, double z) {
  if (auto status = check_plan(plan); !status) return status;
  if (plan.sides != 1) return out_of_range("sided", plan.sides, "1 for an analysis");
  if (stage < 1 || static_cast<std::size_t>(stage) > plan.spending_times.size()) {
    return out_of_range("stage", stage, "between 1 and the number of looks");
  }
  if (!std::isfinite(z)) return out_of_range("z_obs", z, "finite");
  return {};
}

// ln of the smallest alpha whose bound at `stage` is at most z, or nothing when it lies outside the range searched.
std::optional<double> repeated_p_inside(const SequentialPlan& plan, std::size_t stage, double z) {
  const auto f = [&](double log_alpha) {
    const double bound = upper_bounds(plan, std::exp(log_alpha), stage).back();
    return (std::isinf(bound) ? 100.0 : bound) - z;
  };
  const double low = std::log(kLeastRepeatedP);
  const double high = std::log(kMostRepeatedP);
  const double f_low = f(low);
  const double f_high = f(high);
  if (f_low <= 0.0 || f_high > 0.0) return std::nullopt;
  return std::exp(find_root(f, low, high, f_low, f_high, 1e-9));
}

}  // namespace

Result<double> repeated_p_value(const SequentialPlan& plan, int stage, double z) {
  if (auto status = check_stage(plan, stage, z); !status) return status.error();
  const auto looks = static_cast<std::size_t>(stage);
  if (const auto p = repeated_p_inside(plan, looks, z)) return *p;
  const double least = upper_bounds(plan, kLeastRepeatedP, looks).back();
  return z >= least ? kLeastRepeatedP : 1.0;
}

Result<SequentialAnalysis> sequential_analysis(const SequentialPlan& plan, int stage, double z, double se) {
  if (auto status = check_stage(plan, stage, z); !status) return status.error();
  if (!(se > 0.0) || !std::isfinite(se)) return out_of_range("se", se, "positive and finite");
  const auto looks = static_cast<std::size_t>(stage);
  const double alpha = plan.alpha.value();
  const std::vector<double> bounds = upper_bounds(plan, alpha, looks);
  const std::span<const double> information = information_of(plan).first(looks);

  SequentialAnalysis analysis;
  analysis.boundary = bounds.back();
  analysis.crossed = z >= analysis.boundary;
  analysis.estimate = z * se;
  if (std::isfinite(analysis.boundary)) {
    analysis.repeated_interval =
        ordered(analysis.estimate - analysis.boundary * se, analysis.estimate + analysis.boundary * se);
  }
  analysis.repeated_p = repeated_p_inside(plan, looks, z);
  analysis.stagewise_p = stagewise(information, bounds, looks, z, 0.0);
  const double scale = se * std::sqrt(information.back());
  const auto drift_at = [&](double level) {
    const auto f = [&](double drift) { return level - stagewise(information, bounds, looks, z, drift); };
    return find_decreasing_root(f, z / std::sqrt(information.back()), 0.5, 1e-10) * scale;
  };
  analysis.median_unbiased_estimate = drift_at(0.5);
  analysis.stagewise_interval = ordered(drift_at(alpha), drift_at(1.0 - alpha));
  return analysis;
}

Result<FutilityDesign> futility_design(const SequentialPlan& plan, Level beta, const Spending& beta_spending) {
  if (auto status = check_plan(plan); !status) return status.error();
  if (plan.sides != 1) return out_of_range("sided", plan.sides, "1 for a futility design");
  const std::size_t looks = plan.spending_times.size();
  const std::span<const double> information = information_of(plan);
  FutilityDesign design;
  design.efficacy_z = upper_bounds(plan, plan.alpha.value(), looks);
  if (std::isinf(design.efficacy_z.back())) return invalid_argument("t", "the last look spends no alpha");

  // Futility bounds at a drift, efficacy active as well; the last one is returned uncapped.
  const auto futility_at = [&](double drift) {
    SequentialWalk walk(information, drift);
    std::vector<double> bounds;
    double spent = 0.0;
    for (std::size_t k = 0; k < looks; ++k) {
      const double total = spent_alpha(beta_spending, beta.value(), plan.spending_times[k]);
      const double increment = total - spent;
      spent = total;
      double z = -kInfinity;
      if (increment > 1e-280) {
        const auto f = [&](double x) { return increment - walk.lower_exit(x); };
        z = find_decreasing_root(f, normal_quantile(increment) + drift * std::sqrt(information[k]), 0.25, 1e-11);
      }
      bounds.push_back(z);
      if (k + 1 < looks) walk.advance(std::min(z, design.efficacy_z[k]), design.efficacy_z[k]);
    }
    return bounds;
  };
  const auto gap = [&](double drift) { return design.efficacy_z.back() - futility_at(drift).back(); };
  const double fixed = normal_upper_quantile(plan.alpha.value()) + normal_upper_quantile(beta.value());
  design.drift = find_decreasing_root(gap, fixed * 1.05, 0.05, 1e-11);
  design.futility_z = futility_at(design.drift);
  design.futility_z.back() = design.efficacy_z.back();
  design.inflation_factor = design.drift / fixed * (design.drift / fixed);
  const auto h1 = exit_probabilities(information, design.efficacy_z, design.futility_z, design.drift);
  const auto h0 = exit_probabilities(information, design.efficacy_z, design.futility_z, 0.0);
  if (!h1) return h1.error();
  if (!h0) return h0.error();
  design.power = h1->power;
  design.type1_if_binding = h0->power;
  design.futility_stop_h0 = h0->lower;
  return design;
}

}  // namespace tactful::stats
