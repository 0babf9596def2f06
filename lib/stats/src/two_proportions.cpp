#include "tactful/stats/two_proportions.hpp"

#include <algorithm>
#include <cmath>

#include "discrete.hpp"
#include "roots.hpp"
#include "score.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats {
namespace {

double wald_variance(const ProportionPair& arms) {
  return arms.control.rate() * arms.control.failure_rate() / real(arms.control.trials()) +
         arms.treatment.rate() * arms.treatment.failure_rate() / real(arms.treatment.trials());
}

ZTest z_test(double estimate, double se, double z) { return {estimate, se, z, normal_p_values(z)}; }

Interval newcombe(const ProportionPair& arms, Level confidence) {
  const Interval c = proportion_interval(arms.control, confidence);
  const Interval t = proportion_interval(arms.treatment, confidence);
  const double d = arms.difference();
  const double p_c = arms.control.rate();
  const double p_t = arms.treatment.rate();
  return ordered(d - std::hypot(p_t - t.low(), c.high() - p_c), d + std::hypot(t.high() - p_t, p_c - c.low()));
}

Interval agresti_caffo(const ProportionPair& arms, double z) {
  const double n_c = real(arms.control.trials()) + 2.0;
  const double n_t = real(arms.treatment.trials()) + 2.0;
  const double p_c = (real(arms.control.successes()) + 1.0) / n_c;
  const double p_t = (real(arms.treatment.successes()) + 1.0) / n_t;
  const double half = z * std::sqrt(p_c * (1.0 - p_c) / n_c + p_t * (1.0 - p_t) / n_t);
  return ordered(p_t - p_c - half, p_t - p_c + half);
}

// {delta : |T(delta)| <= z}. T decreases in delta, so each bound is one root.
Interval score_interval(const ProportionPair& arms, double z, double factor) {
  const ArmCounts control = arm_counts(arms.control);
  const ArmCounts treatment = arm_counts(arms.treatment);
  const double d = arms.difference();
  const auto statistic = [&](double delta, double sign) {
    if (delta >= 1.0 || delta <= -1.0) return d - delta;
    const ScorePoint point = score_point_difference(control, treatment, delta);
    return d - delta + sign * z * std::sqrt(factor * score_variance(point, control.trials(), treatment.trials()));
  };
  const double scale = std::sqrt(wald_variance(arms)) + 1.0 / control.trials() + 1.0 / treatment.trials();
  const auto bound = [&](double sign, double end) {
    const auto f = [&](double delta) { return statistic(delta, sign); };
    double inner = d;
    double f_inner = f(d);
    if (f_inner == 0.0) {  // no variance at the estimate itself: it is an end or both arms are empty of variance
      inner = d + sign * 1e-9 * scale;
      if (sign * inner >= 1.0) return end;
      f_inner = f(inner);
    }
    double step = z * scale;
    for (int i = 0; i < 200; ++i) {
      const double outer = sign * std::min(1.0, sign * (inner + sign * step));
      const double f_outer = f(outer);
      if ((f_outer > 0.0) != (f_inner > 0.0)) return find_root(f, inner, outer, f_inner, f_outer, 1e-17 * scale);
      if (outer == end) return end;
      inner = outer;
      f_inner = f_outer;
      step *= 2.0;
    }
    return end;
  };
  return ordered(d <= -1.0 ? -1.0 : bound(-1.0, -1.0), d >= 1.0 ? 1.0 : bound(1.0, 1.0));
}

}  // namespace

Estimate difference_interval(const ProportionPair& arms, Level confidence, DifferenceInterval method) {
  const double z = z_of(confidence);
  const double d = arms.difference();
  switch (method) {
    case DifferenceInterval::kMiettinenNurminen:
      return {d, score_interval(arms, z, finite_factor(real(arms.control.trials()), real(arms.treatment.trials())))};
    case DifferenceInterval::kMee:
      return {d, score_interval(arms, z, 1.0)};
    case DifferenceInterval::kNewcombe:
      return {d, newcombe(arms, confidence)};
    case DifferenceInterval::kAgrestiCaffo:
      return {d, agresti_caffo(arms, z)};
    case DifferenceInterval::kWald:
      break;
  }
  const double half = z * std::sqrt(wald_variance(arms));
  return {d, ordered(d - half, d + half)};
}

Result<ZTest> pooled_z_test(const ProportionPair& arms) {
  const double n_c = real(arms.control.trials());
  const double n_t = real(arms.treatment.trials());
  const double successes = real(arms.control.successes()) + real(arms.treatment.successes());
  const double failures = real(arms.control.failures()) + real(arms.treatment.failures());
  if (successes == 0.0 || failures == 0.0) {
    return insufficient("pooled_z_test", "no variance: all units of both arms have the same outcome");
  }
  const double n = n_c + n_t;
  const double se = std::sqrt(successes / n * (failures / n) * (1.0 / n_c + 1.0 / n_t));
  return z_test(arms.difference(), se, arms.difference() / se);
}

Result<ZTest> unpooled_z_test(const ProportionPair& arms) { return wald_test_difference(arms, 0.0); }

Result<ZTest> wald_test_difference(const ProportionPair& arms, double null_difference) {
  const double variance = wald_variance(arms);
  if (!(variance > 0.0)) {
    return insufficient("wald_test", "no variance: within each arm all units have the same outcome");
  }
  const double se = std::sqrt(variance);
  return z_test(arms.difference(), se, (arms.difference() - null_difference) / se);
}

Result<ZTest> score_test_difference(const ProportionPair& arms, double null_difference, ScoreVariance variance) {
  if (!(null_difference > -1.0 && null_difference < 1.0)) {
    return out_of_range("null_difference", null_difference, "strictly between -1 and 1");
  }
  const ArmCounts control = arm_counts(arms.control);
  const ArmCounts treatment = arm_counts(arms.treatment);
  const ScorePoint point = score_point_difference(control, treatment, null_difference);
  double v = score_variance(point, control.trials(), treatment.trials());
  if (!(v > 0.0)) return insufficient("score_test", "no variance under the null: all units have the same outcome");
  if (variance == ScoreVariance::kMiettinenNurminen) v *= finite_factor(control.trials(), treatment.trials());
  const double se = std::sqrt(v);
  return z_test(arms.difference(), se, (arms.difference() - null_difference) / se);
}

ConstrainedProportions constrained_by_difference(const ProportionPair& arms, double difference) {
  const ScorePoint point = score_point_difference(arm_counts(arms.control), arm_counts(arms.treatment), difference);
  return {point.p_control, point.p_treatment};
}

ConstrainedProportions constrained_by_difference(double control_rate, double control_weight, double treatment_rate,
                                                 double treatment_weight, double difference) {
  const ScorePoint point = score_point_difference(
      {control_rate * control_weight, (1.0 - control_rate) * control_weight},
      {treatment_rate * treatment_weight, (1.0 - treatment_rate) * treatment_weight}, difference);
  return {point.p_control, point.p_treatment};
}

Result<HomogeneityTest> homogeneity_test(std::span<const BinomialCount> arms) {
  if (arms.size() < 2) return invalid_argument("arms", "a comparison needs at least two arms");
  std::int64_t successes = 0;
  std::int64_t trials = 0;
  for (const BinomialCount& arm : arms) {
    successes += arm.successes();
    trials += arm.trials();
  }
  if (successes == 0 || successes == trials) {
    return insufficient("homogeneity_test", "no variance: all units of all arms have the same outcome");
  }
  HomogeneityTest test;
  test.df = static_cast<int>(arms.size()) - 1;
  const double n = real(trials);
  const double p = real(successes) / n;
  const double q = real(trials - successes) / n;
  for (const BinomialCount& arm : arms) {
    const Int128 scaled = Int128{arm.successes()} * trials - Int128{arm.trials()} * successes;
    const double excess = static_cast<double>(scaled) / n;
    const double units = real(arm.trials());
    test.chi_square += excess * excess / (units * p * q);
    // The linear terms of sum O ln(O/E) cancel over the table, so deviances can be summed instead.
    test.g += 2.0 * (deviance_term(real(arm.successes()), units * p, excess) +
                     deviance_term(real(arm.failures()), units * q, -excess));
  }
  test.p_chi_square = chi_square_upper_tail(test.chi_square, test.df);
  test.p_g = chi_square_upper_tail(test.g, test.df);
  test.chi_square_yates = test.chi_square;
  test.p_yates = test.p_chi_square;
  if (arms.size() == 2) {
    const Int128 cross =
        Int128{arms[1].successes()} * arms[0].trials() - Int128{arms[0].successes()} * arms[1].trials();
    const double deviation = std::max(0.0, std::abs(static_cast<double>(cross)) - 0.5 * n);
    test.chi_square_yates = deviation / real(arms[0].trials()) * (deviation / real(arms[1].trials())) * n /
                            (real(successes) * real(trials - successes));
    test.p_yates = chi_square_upper_tail(test.chi_square_yates, 1.0);
  }
  return test;
}

}  // namespace tactful::stats
