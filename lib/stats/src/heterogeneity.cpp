#include <algorithm>
#include <cmath>
#include <vector>

#include "strata_common.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

Heterogeneity pool(const std::vector<double>& estimates, const std::vector<double>& weights) {
  Heterogeneity h;
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    sum += weights[i];
    squares += weights[i] * weights[i];
    h.estimate += (estimates[i] - h.estimate) * (weights[i] / sum);
  }
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    h.q += weights[i] * (estimates[i] - h.estimate) * (estimates[i] - h.estimate);
  }
  h.strata = static_cast<int>(estimates.size());
  h.df = h.strata - 1;
  h.se = 1.0 / std::sqrt(sum);
  if (h.df < 1) {
    h.q = 0.0;
    return h;
  }
  h.p = chi_square_upper_tail(h.q, h.df);
  h.i_squared = h.q > 0.0 ? std::max(0.0, (h.q - h.df) / h.q) : 0.0;
  h.tau_squared = std::max(0.0, (h.q - h.df) / (sum - squares / sum));
  return h;
}

// Expected treatment successes of a stratum with fixed margins under an odds ratio.
double expected_under(const Stratum& s, double odds_ratio) {
  const double m = s.events();
  const double b = s.n_c - m + odds_ratio * (m + s.n_t);
  const double product = odds_ratio * m * s.n_t;
  const double root = std::sqrt(b * b + 4.0 * (1.0 - odds_ratio) * product);
  if (b > 0.0) return 2.0 * product / (b + root);
  return (root - b) / (2.0 * (1.0 - odds_ratio));
}

std::optional<BreslowDay> breslow_day(std::span<const StratumCounts> strata, double odds_ratio) {
  BreslowDay test;
  double deviation = 0.0;
  double variance = 0.0;
  for (const StratumCounts& counts : strata) {
    const Stratum s = stratum_of(counts);
    const double m = s.events();
    if (!s.has_both_arms() || m == 0.0 || m == s.units()) continue;
    const double e = expected_under(s, odds_ratio);
    const double v = 1.0 / (1.0 / e + 1.0 / (s.n_t - e) + 1.0 / (m - e) + 1.0 / (s.n_c - m + e));
    test.chi_square += (s.x_t - e) * (s.x_t - e) / v;
    deviation += s.x_t - e;
    variance += v;
    ++test.strata;
  }
  if (test.strata == 0) return std::nullopt;
  test.chi_square_tarone = std::max(0.0, test.chi_square - deviation * deviation / variance);
  test.df = test.strata - 1;
  if (test.df > 0) {
    test.p = chi_square_upper_tail(test.chi_square, test.df);
    test.p_tarone = chi_square_upper_tail(test.chi_square_tarone, test.df);
  }
  return test;
}

}  // namespace

Result<StratumHeterogeneity> stratum_heterogeneity(std::span<const StratumCounts> strata) {
  if (auto status = check_strata(strata); !status) return status.error();
  StratumHeterogeneity result;
  std::vector<double> differences;
  std::vector<double> difference_weights;
  std::vector<double> log_odds;
  std::vector<double> log_weights;
  for (const StratumCounts& counts : strata) {
    const Stratum s = stratum_of(counts);
    if (!s.has_both_arms() || !(s.wald_variance() > 0.0)) {
      ++result.skipped_zero_variance;
    } else {
      differences.push_back(s.difference());
      difference_weights.push_back(1.0 / s.wald_variance());
    }
    const double b = s.n_t - s.x_t;
    const double d = s.n_c - s.x_c;
    if (s.x_t > 0.0 && b > 0.0 && s.x_c > 0.0 && d > 0.0) {
      log_odds.push_back(std::log(s.x_t / b) - std::log(s.x_c / d));
      log_weights.push_back(1.0 / (1.0 / s.x_t + 1.0 / b + 1.0 / s.x_c + 1.0 / d));
    }
  }
  if (!differences.empty()) result.risk_difference = pool(differences, difference_weights);
  if (!log_odds.empty()) result.log_odds_ratio = pool(log_odds, log_weights);
  const auto pooled = mantel_haenszel(strata, Level::make(0.95).value());
  if (pooled && pooled->odds_ratio) result.breslow_day = breslow_day(strata, pooled->odds_ratio->estimate);
  return result;
}

namespace {

// Normalised weights, each stratum's share of all units where none are given.
Result<std::vector<double>> stratum_weights(std::span<const Moments> control, std::span<const Moments> treatment,
                                            std::span<const double> weights) {
  const std::size_t k = control.size();
  if (k == 0 || treatment.size() != k) return invalid_argument("mean_c", "both arms need one entry per stratum");
  if (!weights.empty() && weights.size() != k) return invalid_argument("weights", "one weight per stratum is needed");
  std::vector<double> result;
  double total = 0.0;
  for (std::size_t i = 0; i < k; ++i) {
    if (control[i].count() < 2 || treatment[i].count() < 2) {
      return insufficient("n", "an arm of stratum " + std::to_string(i) + " has fewer than two units");
    }
    const double weight = weights.empty() ? real(control[i].count() + treatment[i].count()) : weights[i];
    if (!(weight >= 0.0) || !std::isfinite(weight)) return out_of_range("weights", weight, "finite and not negative");
    result.push_back(weight);
    total += weight;
  }
  if (!(total > 0.0)) return invalid_argument("weights", "all weights are 0");
  for (double& weight : result) weight /= total;
  return result;
}

double crude_mean(std::span<const Moments> arm) {
  Moments all;
  for (const Moments& stratum : arm) all.merge(stratum);
  return all.mean();
}

}  // namespace

Result<PostStratified> poststratified_difference(std::span<const Moments> control, std::span<const Moments> treatment,
                                                 std::span<const double> weights, Level confidence) {
  const auto normalised = stratum_weights(control, treatment, weights);
  if (!normalised) return normalised.error();
  PostStratified result;
  result.weights = *normalised;
  double variance = 0.0;
  double spread = 0.0;
  std::vector<double> differences;
  std::vector<double> inverse;
  for (std::size_t i = 0; i < control.size(); ++i) {
    const double w = result.weights[i];
    const double n_c = real(control[i].count());
    const double n_t = real(treatment[i].count());
    const double v_c = control[i].variance() / n_c;
    const double v_t = treatment[i].variance() / n_t;
    const double d = treatment[i].mean() - control[i].mean();
    result.difference += w * d;
    result.standardized_control_mean += w * control[i].mean();
    variance += w * w * (v_c + v_t);
    spread += w * w * v_c * (w * w * v_c) / (n_c - 1.0) + w * w * v_t * (w * w * v_t) / (n_t - 1.0);
    if (v_c + v_t > 0.0) {
      differences.push_back(d);
      inverse.push_back(1.0 / (v_c + v_t));
    }
  }
  result.crude_difference = crude_mean(treatment) - crude_mean(control);
  result.se = std::sqrt(variance);
  const double half = z_of(confidence) * result.se;
  result.interval = ordered(result.difference - half, result.difference + half);
  if (result.se > 0.0) {
    result.z = result.difference / result.se;
    result.p_two_sided = normal_two_sided(*result.z);
    if (spread > 0.0) result.df_satterthwaite = variance * variance / spread;
  }
  if (result.standardized_control_mean != 0.0) {
    result.relative = result.difference / result.standardized_control_mean;
  }
  if (!differences.empty()) result.inverse_variance = pool(differences, inverse);
  return result;
}

Result<SimpsonCheck> simpson_check(std::span<const StratumCounts> strata) {
  if (auto status = check_strata(strata); !status) return status.error();
  const auto sign = [](double x) { return x > 0.0 ? 1 : x < 0.0 ? -1 : 0; };
  Stratum all;
  for (const StratumCounts& counts : strata) {
    const Stratum s = stratum_of(counts);
    if (!s.has_both_arms()) return insufficient("strata", "an arm of a stratum is empty");
    all.x_c += s.x_c;
    all.n_c += s.n_c;
    all.x_t += s.x_t;
    all.n_t += s.n_t;
  }
  SimpsonCheck check;
  check.crude_difference = all.difference();
  double variance = 0.0;
  double mh_top = 0.0;
  double mh_weight = 0.0;
  check.all_strata_opposite = true;
  for (const StratumCounts& counts : strata) {
    const Stratum s = stratum_of(counts);
    const double w = s.units() / all.units();
    const double d = s.difference();
    check.stratum_differences.push_back(d);
    check.standardized_difference += w * d;
    variance += w * w * s.wald_variance();
    mh_top += s.weight() * d;
    mh_weight += s.weight();
    const double expected_t = s.units() * (all.n_t / all.units());
    const double excess = (s.n_t * all.n_c - s.n_c * all.n_t) / all.units();
    check.allocation_chi_square += excess * excess / expected_t + excess * excess / (s.units() - expected_t);
    if (sign(d) * sign(check.crude_difference) != -1) check.all_strata_opposite = false;
  }
  check.se_standardized = std::sqrt(variance);
  check.mh_risk_difference = mh_top / mh_weight;
  check.crude_sign = sign(check.crude_difference);
  check.standardized_sign = sign(check.standardized_difference);
  check.reversal = check.crude_sign * check.standardized_sign == -1;
  check.allocation_df = static_cast<int>(strata.size()) - 1;
  return check;
}

}  // namespace tactful::stats
