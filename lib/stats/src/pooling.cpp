#include <algorithm>
#include <cmath>
#include <limits>

#include "pooled.hpp"
#include "roots.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/shrinkage.hpp"

namespace tactful::stats {
namespace pooled {

Status check_effects(std::span<const ArmEffect> effects) {
  for (const ArmEffect& effect : effects) {
    if (!std::isfinite(effect.estimate)) return out_of_range("estimate", effect.estimate, "finite");
    if (!(effect.se > 0.0) || !std::isfinite(effect.se)) return out_of_range("se", effect.se, "positive and finite");
  }
  return {};
}

Pooled pool(std::span<const ArmEffect> effects, double tau_squared) {
  Pooled pooled;
  double sum = 0.0;
  for (const ArmEffect& effect : effects) {
    const double weight = 1.0 / (effect.se * effect.se + tau_squared);
    pooled.weight += weight;
    sum += weight * (effect.estimate - effects[0].estimate);  // from a pivot: nothing cancels at a large common level
  }
  pooled.mean = effects[0].estimate + sum / pooled.weight;
  for (const ArmEffect& effect : effects) {
    const double d = effect.estimate - pooled.mean;
    pooled.q += d * d / (effect.se * effect.se + tau_squared);
  }
  return pooled;
}

}  // namespace pooled

namespace {

using pooled::pool;
using pooled::Pooled;

constexpr int kGrid = 128;
/// Ratio of standard errors up to which the grid of tau covers its whole density.
constexpr double kMostUnequal = 1e6;
constexpr double kHalfPi = 1.57079632679489661923;

/// Past it neither equation has a root: Q is below its degrees of freedom, the restricted likelihood falls.
double largest_variance(std::span<const ArmEffect> effects) {
  const Pooled fixed = pool(effects, 0.0);
  double most = 0.0;
  for (const ArmEffect& effect : effects) most = std::max(most, std::pow(effect.estimate - fixed.mean, 2.0));
  return most * static_cast<double>(effects.size());
}

double log_restricted(std::span<const ArmEffect> effects, double tau_squared, const Pooled& at) {
  double logs = 0.0;
  for (const ArmEffect& effect : effects) logs += std::log(effect.se * effect.se + tau_squared);
  return -0.5 * (logs + std::log(at.weight) + at.q);
}

/// Twice the slope of log_restricted() in tau2.
double restricted_score(std::span<const ArmEffect> effects, double tau_squared) {
  const Pooled at = pool(effects, tau_squared);
  double squares = 0.0;
  double residuals = 0.0;
  for (const ArmEffect& effect : effects) {
    const double weight = 1.0 / (effect.se * effect.se + tau_squared);
    const double d = effect.estimate - at.mean;
    squares += weight * weight;
    residuals += weight * weight * d * d;
  }
  return residuals - at.weight + squares / at.weight;
}

/// The restricted likelihood can have several tops: the highest of a grid that is dense near 0, then its root.
double restricted_variance(std::span<const ArmEffect> effects) {
  const double most = largest_variance(effects);
  if (!(most > 0.0)) return 0.0;
  const auto point = [&](int i) { return most * std::pow(static_cast<double>(i) / kGrid, 4.0); };
  int best = 0;
  double highest = -std::numeric_limits<double>::infinity();
  for (int i = 0; i <= kGrid; ++i) {
    const double value = log_restricted(effects, point(i), pool(effects, point(i)));
    if (!(value > highest)) continue;
    highest = value;
    best = i;
  }
  const auto score = [&](double tau_squared) { return restricted_score(effects, tau_squared); };
  const bool rises = score(point(best)) > 0.0;
  if (!rises && best == 0) return 0.0;
  const double low = point(rises ? best : best - 1);
  const double high = point(std::min(kGrid, rises ? best + 1 : best));
  if (!(score(low) > 0.0 && score(high) <= 0.0)) return point(best);
  return find_root(score, low, high, 1e-14 * high);
}

double moment_variance(std::span<const ArmEffect> effects, double df, BetweenVariance method) {
  const Pooled fixed = pool(effects, 0.0);
  if (fixed.q <= df) return 0.0;
  if (method == BetweenVariance::kDerSimonianLaird) {
    double squares = 0.0;
    for (const ArmEffect& effect : effects) squares += std::pow(effect.se, -4.0);
    return (fixed.q - df) / (fixed.weight - squares / fixed.weight);
  }
  const double most = largest_variance(effects);
  return find_root([&](double tau_squared) { return pool(effects, tau_squared).q - df; }, 0.0, most, 1e-14 * most);
}

/// One value of tau with its share of the density.
struct Node {
  double tau_squared = 0.0;
  double share = 0.0;
  Pooled at;
};

/// Trapezoids after tau = s exp(pi/2 sinh x): both ends fall double exponentially, so that few steps are enough. s lies
/// where the density has its weight.
std::vector<Node> density_of_tau(std::span<const ArmEffect> effects, double tau_squared) {
  const auto k = static_cast<double>(effects.size());
  const double scale = std::sqrt(tau_squared + k / pool(effects, 0.0).weight);
  const double step = std::min(0.05, 0.35 / std::sqrt(k));
  constexpr double kEnd = 3.4;
  std::vector<Node> nodes;
  double highest = -std::numeric_limits<double>::infinity();
  for (double x = -kEnd; x <= kEnd; x += step) {
    const double log_tau = kHalfPi * std::sinh(x);
    const double tau = scale * std::exp(log_tau);
    Node node{tau * tau, 0.0, pool(effects, tau * tau)};
    node.share = log_restricted(effects, node.tau_squared, node.at) + log_tau + std::log(std::cosh(x));
    highest = std::max(highest, node.share);
    nodes.push_back(node);
  }
  double sum = 0.0;
  for (Node& node : nodes) sum += node.share = std::exp(node.share - highest);
  for (Node& node : nodes) node.share /= sum;
  return nodes;
}

}  // namespace

Result<double> between_variance(std::span<const ArmEffect> effects, BetweenVariance method) {
  if (auto status = pooled::check_effects(effects); !status) return status.error();
  if (effects.size() < 2) return insufficient("between_variance", "one effect says nothing about a spread");
  if (method == BetweenVariance::kRestricted) return restricted_variance(effects);
  return moment_variance(effects, static_cast<double>(effects.size()) - 1.0, method);
}

Result<PartialPooling> partial_pooling(std::span<const ArmEffect> effects, Level confidence) {
  if (auto status = pooled::check_effects(effects); !status) return status.error();
  if (effects.size() < 3) {
    return insufficient("partial_pooling", "under three effects their spread cannot be learnt",
                        "report the effects as they are");
  }
  const auto [least, most] = std::minmax_element(effects.begin(), effects.end(),
                                                 [](const ArmEffect& a, const ArmEffect& b) { return a.se < b.se; });
  if (most->se / least->se > kMostUnequal) {
    return out_of_range("se", most->se, "at most a million times the smallest, or the spread cannot be integrated");
  }
  PartialPooling result;
  result.q = pool(effects, 0.0).q;
  result.q_p = chi_square_upper_tail(result.q, static_cast<double>(effects.size()) - 1.0);
  result.tau_squared = restricted_variance(effects);
  const std::vector<Node> nodes = density_of_tau(effects, result.tau_squared);
  const double origin = nodes[0].at.mean;
  for (const Node& node : nodes) result.mean += node.share * (node.at.mean - origin);
  result.mean += origin;
  const double z = z_of(confidence);
  bool is_finite = std::isfinite(result.mean) && std::isfinite(result.tau_squared) && std::isfinite(result.q);
  for (const ArmEffect& effect : effects) {
    const double v = effect.se * effect.se;
    double drawn = 0.0;
    double weight = 0.0;
    double squares = 0.0;
    for (const Node& node : nodes) {
      const double on_mean = v / (v + node.tau_squared);
      const double shift = on_mean * (node.at.mean - effect.estimate);
      weight += node.share * on_mean;
      drawn += node.share * shift;
      squares += node.share * ((1.0 - on_mean) * v + on_mean * on_mean / node.at.weight + shift * shift);
    }
    const double value = effect.estimate + drawn;
    const double half = z * std::sqrt(std::max(0.0, squares - drawn * drawn));
    result.effects.push_back({value, ordered(value - half, value + half)});
    result.weight_on_mean.push_back(weight);
    is_finite = is_finite && std::isfinite(value) && std::isfinite(squares) && std::isfinite(half);
  }
  if (!is_finite) {
    return out_of_range("estimate", effects[0].estimate, "such that squares of estimates and se can be computed");
  }
  return result;
}

}  // namespace tactful::stats
