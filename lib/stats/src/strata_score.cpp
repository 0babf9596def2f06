#include <cmath>
#include <vector>

#include "roots.hpp"
#include "score.hpp"
#include "strata_common.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// The strata that have both arms, and their weights scaled to sum 1.
struct Weighted {
  std::vector<ArmCounts> control;
  std::vector<ArmCounts> treatment;
  std::vector<double> weight;
  double difference = 0.0;

  // sum w^2 V0(delta) with the factor N / (N - 1) of each stratum.
  [[nodiscard]] double variance(double delta) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      const double n_c = control[i].trials();
      const double n_t = treatment[i].trials();
      const ScorePoint point = score_point_difference(control[i], treatment[i], delta);
      sum += weight[i] * weight[i] * finite_factor(n_c, n_t) * score_variance(point, n_c, n_t);
    }
    return sum;
  }
};

Result<Weighted> weigh(std::span<const StratumCounts> strata) {
  if (auto status = check_strata(strata); !status) return status.error();
  Weighted weighted;
  double total = 0.0;
  for (const StratumCounts& counts : strata) {
    const Stratum s = stratum_of(counts);
    if (!s.has_both_arms()) continue;
    weighted.control.push_back({s.x_c, s.n_c - s.x_c});
    weighted.treatment.push_back({s.x_t, s.n_t - s.x_t});
    weighted.weight.push_back(s.weight());
    weighted.difference += s.weight() * s.difference();
    total += s.weight();
  }
  if (weighted.weight.empty()) return insufficient("strata", "no stratum has units in both arms");
  weighted.difference /= total;
  for (double& weight : weighted.weight) weight /= total;
  return weighted;
}

double score_bound(const Weighted& weighted, double z, double sign) {
  const double d = weighted.difference;
  const auto f = [&](double delta) {
    if (delta >= 1.0 || delta <= -1.0) return d - delta;
    return d - delta + sign * z * std::sqrt(weighted.variance(delta));
  };
  if (sign * d >= 1.0) return sign;
  double units = 0.0;
  for (const ArmCounts& arm : weighted.control) units += arm.trials();
  double step = z * (std::sqrt(weighted.variance(d)) + 1.0 / units);
  double inner = d + sign * 1e-9 * step;
  double f_inner = f(inner);
  for (int i = 0; i < 200; ++i) {
    const double outer = sign * std::fmin(1.0, sign * (inner + sign * step));
    const double f_outer = f(outer);
    if ((f_outer > 0.0) != (f_inner > 0.0)) return find_root(f, inner, outer, f_inner, f_outer, 1e-17 * step);
    if (outer == sign) break;
    inner = outer;
    f_inner = f_outer;
    step *= 2.0;
  }
  return sign;
}

}  // namespace

Result<ZTest> stratified_score_test(std::span<const StratumCounts> strata, double null_difference) {
  if (!(null_difference > -1.0 && null_difference < 1.0)) {
    return out_of_range("null_difference", null_difference, "strictly between -1 and 1");
  }
  const auto weighted = weigh(strata);
  if (!weighted) return weighted.error();
  const double variance = weighted->variance(null_difference);
  if (!(variance > 0.0)) return insufficient("strata", "no variance under the null in any stratum");
  ZTest test;
  test.estimate = weighted->difference;
  test.se = std::sqrt(variance);
  test.z = (test.estimate - null_difference) / test.se;
  test.p = normal_p_values(test.z);
  return test;
}

Result<Estimate> stratified_difference(std::span<const StratumCounts> strata, Level confidence) {
  const auto weighted = weigh(strata);
  if (!weighted) return weighted.error();
  const double z = z_of(confidence);
  return Estimate{weighted->difference, ordered(score_bound(*weighted, z, -1.0), score_bound(*weighted, z, 1.0))};
}

}  // namespace tactful::stats
