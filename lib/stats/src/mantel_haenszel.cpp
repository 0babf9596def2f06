#include <algorithm>
#include <cmath>
#include <vector>

#include "strata_common.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

std::vector<Stratum> usable(std::span<const StratumCounts> strata) {
  std::vector<Stratum> result;
  for (const StratumCounts& counts : strata) {
    const Stratum s = stratum_of(counts);
    if (s.has_both_arms()) result.push_back(s);
  }
  return result;
}

void add_test(MantelHaenszel& result, const std::vector<Stratum>& strata) {
  double deviation = 0.0;
  double variance = 0.0;
  for (const Stratum& s : strata) {
    const double n = s.units();
    deviation += (s.x_t * s.n_c - s.x_c * s.n_t) / n;
    variance += s.n_t * s.n_c / n * (s.events() / n) * ((n - s.events()) / (n - 1.0));
  }
  if (!(variance > 0.0)) return;
  const double corrected = std::max(0.0, std::abs(deviation) - 0.5);
  result.z = deviation / std::sqrt(variance);
  result.chi_square = *result.z * *result.z;
  result.p = chi_square_upper_tail(*result.chi_square, 1.0);
  result.chi_square_corrected = corrected * corrected / variance;
  result.p_corrected = chi_square_upper_tail(*result.chi_square_corrected, 1.0);
}

PooledRatio pooled_ratio(double estimate, double variance, double z) {
  const double se = std::sqrt(std::max(0.0, variance));
  return {estimate, se, ordered(estimate * std::exp(-z * se), estimate * std::exp(z * se))};
}

void add_odds_ratio(MantelHaenszel& result, const std::vector<Stratum>& strata, double z) {
  double r = 0.0;
  double s_sum = 0.0;
  double pr = 0.0;
  double mixed = 0.0;
  double qs = 0.0;
  for (const Stratum& s : strata) {
    const double n = s.units();
    const double a = s.x_t;
    const double b = s.n_t - s.x_t;
    const double c = s.x_c;
    const double d = s.n_c - s.x_c;
    const double rh = a * d / n;
    const double sh = b * c / n;
    const double p = (a + d) / n;
    const double q = (b + c) / n;
    r += rh;
    s_sum += sh;
    pr += p * rh;
    mixed += p * sh + q * rh;
    qs += q * sh;
  }
  if (!(r > 0.0) || !(s_sum > 0.0)) return;
  const double variance = pr / (2.0 * r * r) + mixed / (2.0 * r * s_sum) + qs / (2.0 * s_sum * s_sum);
  result.odds_ratio = pooled_ratio(r / s_sum, variance, z);
}

void add_risk_ratio(MantelHaenszel& result, const std::vector<Stratum>& strata, double z) {
  double top = 0.0;
  double bottom = 0.0;
  double spread = 0.0;
  for (const Stratum& s : strata) {
    const double n = s.units();
    top += s.x_t * s.n_c / n;
    bottom += s.x_c * s.n_t / n;
    spread += (s.n_t * s.n_c * s.events() - s.x_t * s.x_c * n) / (n * n);
  }
  if (!(top > 0.0) || !(bottom > 0.0)) return;
  result.risk_ratio = pooled_ratio(top / bottom, spread / (top * bottom), z);
}

void add_risk_difference(MantelHaenszel& result, const std::vector<Stratum>& strata, double z) {
  double weight = 0.0;
  double sum = 0.0;
  double p = 0.0;
  double q = 0.0;
  double spread = 0.0;
  for (const Stratum& s : strata) {
    const double n = s.units();
    weight += s.weight();
    sum += (s.x_t * s.n_c - s.x_c * s.n_t) / n;
    p += (s.n_t * s.n_t * s.x_c - s.n_c * s.n_c * s.x_t + s.n_t * s.n_c * (s.n_c - s.n_t) / 2.0) / (n * n);
    q += (s.x_t * (s.n_c - s.x_c) + s.x_c * (s.n_t - s.x_t)) / (2.0 * n);
    spread += s.weight() * s.weight() * s.wald_variance();
  }
  if (!(weight > 0.0)) return;
  MantelHaenszel::RiskDifference difference;
  difference.estimate = sum / weight;
  difference.se_sato = std::sqrt(std::max(0.0, difference.estimate * p + q)) / weight;
  difference.interval_sato =
      ordered(difference.estimate - z * difference.se_sato, difference.estimate + z * difference.se_sato);
  difference.se_greenland_robins = std::sqrt(spread) / weight;
  result.risk_difference = difference;
}

}  // namespace

Result<MantelHaenszel> mantel_haenszel(std::span<const StratumCounts> strata, Level confidence) {
  if (auto status = check_strata(strata); !status) return status.error();
  const std::vector<Stratum> used = usable(strata);
  if (used.empty()) return insufficient("strata", "no stratum has units in both arms");
  const double z = z_of(confidence);
  MantelHaenszel result;
  add_test(result, used);
  add_odds_ratio(result, used, z);
  add_risk_ratio(result, used, z);
  add_risk_difference(result, used, z);
  return result;
}

}  // namespace tactful::stats
