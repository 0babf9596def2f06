#include "tactful/stats/shrinkage.hpp"

#include <algorithm>
#include <cmath>

#include "pooled.hpp"
#include "roots.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

using pooled::pool;
using pooled::Pooled;

Estimate morris(const ArmEffect& arm, const Pooled& pooled, double tau_squared, double mean_variance, double k,
                double z) {
  const double v = arm.se * arm.se;
  const double draw = (k - 3.0) / (k - 1.0) * v / (v + tau_squared);
  const double distance = arm.estimate - pooled.mean;
  const double share = k / (v + tau_squared) / pooled.weight;
  const double spread = 2.0 / (k - 3.0) * draw * draw * (mean_variance + tau_squared) / (v + tau_squared);
  const double variance = v * (1.0 - (k - share) / k * draw) + spread * distance * distance;
  const double value = arm.estimate - draw * distance;
  const double half = z * std::sqrt(variance);
  return {value, ordered(value - half, value + half)};
}

// P(Y > y | Y > threshold) for Y ~ N(mean, se) as a logarithm; increasing in the mean.
double log_conditional_tail(double y, double threshold, double mean, double se) {
  return log_normal_upper_tail((y - mean) / se) - log_normal_upper_tail((threshold - mean) / se);
}

std::optional<double> conditional_mean(double y, double threshold, double se, double tail) {
  if (!(y > threshold)) return std::nullopt;
  const auto f = [&](double u) { return std::log(tail) - log_conditional_tail(y, threshold, y + u * se, se); };
  const double u = find_decreasing_root(f, 0.0, 1.0, 1e-12);
  if (!(std::abs(u) < 1e6)) return std::nullopt;
  return y + u * se;
}

// P(Y > y) for Y ~ N(mean, se) kept within [low, high]; y inside. In the tail where the digits are.
double truncated_tail(double y, double low, double high, double mean, double se) {
  const auto mass = [&](double a, double b) {
    const double u = (a - mean) / se;
    const double v = (b - mean) / se;
    return u > 0.0 ? normal_upper_tail(u) - normal_upper_tail(v) : normal_cdf(v) - normal_cdf(u);
  };
  const double all = mass(low, high);
  return all > 0.0 ? mass(y, high) / all : y > low ? 0.0 : 1.0;
}

// The mean within y -+ reach at which the doubly truncated tail is `tail`: 0 at the lower end, 1 at the upper.
double hybrid_mean(double y, double threshold, double reach, double se, double tail) {
  if (!(y > threshold)) return y - reach;  // a tie: the limit
  const auto f = [&](double mean) {
    const double low = std::max(threshold, mean - reach);
    return truncated_tail(y, std::min(low, y), std::max(mean + reach, y), mean, se) - tail;
  };
  return find_root(f, y - reach, y + reach, -tail, 1.0 - tail, 1e-13 * se);
}

}  // namespace

Result<Shrinkage> shrink_effects(std::span<const ArmEffect> arms, Level confidence, BetweenVariance method) {
  if (auto status = pooled::check_effects(arms); !status) return status.error();
  if (arms.size() < 4) {
    return insufficient("shrink_effects", "under four arms the spread of the true effects cannot be learnt",
                        "report the arms as they are");
  }
  const double k = static_cast<double>(arms.size());
  const double z = z_of(confidence);
  const Pooled fixed = pool(arms, 0.0);
  Shrinkage result;
  result.q = fixed.q;
  result.q_p = chi_square_upper_tail(fixed.q, k - 1.0);
  result.tau_squared = *between_variance(arms, method);
  const Pooled pooled = pool(arms, result.tau_squared);
  result.mean = pooled.mean;
  result.mean_se = std::sqrt(1.0 / pooled.weight);
  double mean_variance = 0.0;
  for (const ArmEffect& arm : arms) {
    mean_variance += arm.se * arm.se / (arm.se * arm.se + result.tau_squared) / pooled.weight;
  }
  result.james_stein_factor = fixed.q > 0.0 ? std::max(0.0, 1.0 - (k - 3.0) / fixed.q) : 0.0;
  for (const ArmEffect& arm : arms) {
    result.effects.push_back(morris(arm, pooled, result.tau_squared, mean_variance, k, z));
    result.weight_on_mean.push_back((k - 3.0) / (k - 1.0) * arm.se * arm.se / (arm.se * arm.se + result.tau_squared));
    result.james_stein.push_back(fixed.mean + result.james_stein_factor * (arm.estimate - fixed.mean));
  }
  return result;
}

Result<BestArm> best_arm_estimate(std::span<const ArmEffect> arms, Level confidence, double shared_se) {
  if (auto status = pooled::check_effects(arms); !status) return status.error();
  if (!(shared_se >= 0.0) || !std::isfinite(shared_se)) {
    return out_of_range("shared_se", shared_se, "finite and not negative");
  }
  if (arms.size() < 2) return insufficient("best_arm_estimate", "with one arm nothing was selected");
  BestArm result;
  for (std::size_t i = 1; i < arms.size(); ++i) {
    if (arms[i].estimate > arms[result.best].estimate) result.best = i;
  }
  const ArmEffect& best = arms[result.best];
  const double shared = shared_se * shared_se;
  const double variance = best.se * best.se + shared;
  const double se = std::sqrt(variance);
  result.threshold = -kInfinity;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    if (i == result.best) continue;
    // What is left of arm i once its part shared with the best is taken out stays fixed; the best must exceed it:
    // Y >= variance (x_i - shared/variance Y) / (variance - shared), written as a distance from Y.
    const double behind = (best.estimate - arms[i].estimate) * variance / (best.se * best.se);
    result.threshold = std::max(result.threshold, best.estimate - behind);
  }
  const double alpha = 1.0 - confidence.value();
  const double half = z_of(confidence) * se;
  result.naive = {best.estimate, ordered(best.estimate - half, best.estimate + half)};

  const double y = best.estimate;
  const auto low = conditional_mean(y, result.threshold, se, 0.5 * alpha);
  const auto middle = conditional_mean(y, result.threshold, se, 0.5);
  const auto high = conditional_mean(y, result.threshold, se, 1.0 - 0.5 * alpha);
  if (low && middle && high) result.conditional = Estimate{*middle, ordered(*low, *high)};

  const double beta = 0.1 * alpha;
  const double each = -std::expm1(std::log1p(-beta) / static_cast<double>(arms.size()));
  const double reach = normal_upper_quantile(0.5 * each) * se;
  const double tail = 0.5 * (alpha - beta) / (1.0 - beta);
  result.hybrid.value = hybrid_mean(y, result.threshold, reach, se, 0.5);
  result.hybrid.interval = ordered(hybrid_mean(y, result.threshold, reach, se, tail),
                                   hybrid_mean(y, result.threshold, reach, se, 1.0 - tail));
  return result;
}

}  // namespace tactful::stats
