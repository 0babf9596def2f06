#include "tactful/stats/proportion_ratio.hpp"

#include <cmath>

#include "roots.hpp"
#include "score.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

double log_variance(const ProportionPair& arms) {
  const auto part = [](const BinomialCount& arm) { return arm.failure_rate() / real(arm.successes()); };
  return part(arms.control) + part(arms.treatment);
}

double log_ratio(const ProportionPair& arms) {
  const double p_c = arms.control.rate();
  // log1p of the relative difference keeps digits where both rates are nearly equal.
  const double relative = arms.difference() / p_c;
  return std::abs(relative) < 0.5 ? std::log1p(relative) : std::log(arms.treatment.rate() / p_c);
}

// p_t - ratio p_c, from the failures where the rates are near 1.
double deviation(const ProportionPair& arms, double ratio) {
  if (arms.control.rate() > 0.5 && arms.treatment.rate() > 0.5) {
    return (1.0 - ratio) - arms.treatment.failure_rate() + ratio * arms.control.failure_rate();
  }
  return arms.treatment.rate() - ratio * arms.control.rate();
}

Interval score_interval(const ProportionPair& arms, double z, double factor) {
  const ArmCounts control = arm_counts(arms.control);
  const ArmCounts treatment = arm_counts(arms.treatment);
  const auto bound = [&](double sign) {
    const auto f = [&](double log_theta) {
      const double theta = std::exp(log_theta);
      const ScorePoint point = score_point_ratio(control, treatment, theta);
      const double sd = std::sqrt(factor * score_variance(point, control.trials(), treatment.trials(), theta));
      return (deviation(arms, theta) + sign * z * sd) / std::fmax(1.0, theta);
    };
    const double half = sign * 0.5;
    double start = std::log((treatment.successes + 0.5) / (treatment.trials() + 0.5)) -
                   std::log((control.successes + 0.5) / (control.trials() + 0.5));
    const double step = z * std::sqrt(1.0 / (treatment.successes + 0.5) + 1.0 / (control.successes + 0.5));
    // Start beyond the estimate on the bound's own side, away from a root of the deviation itself.
    start += half * step;
    return std::exp(find_decreasing_root(f, start, step, 1e-16));
  };
  const double low = treatment.successes == 0.0 ? 0.0 : bound(-1.0);
  const double high = control.successes == 0.0 ? kInfinity : bound(1.0);
  return ordered(low, high);
}

Error check_ratio(double ratio) { return out_of_range("null_ratio", ratio, "a positive finite number"); }
bool is_ratio(double ratio) { return std::isfinite(ratio) && ratio > 0.0; }

ZTest z_test(double estimate, double se, double z) { return {estimate, se, z, normal_p_values(z)}; }

}  // namespace

std::optional<double> proportion_ratio(const ProportionPair& arms) noexcept {
  if (arms.control.successes() == 0) return std::nullopt;
  return arms.treatment.rate() / arms.control.rate();
}

Result<Interval> ratio_interval(const ProportionPair& arms, Level confidence, RatioInterval method) {
  const double z = z_of(confidence);
  const double n_c = real(arms.control.trials());
  const double n_t = real(arms.treatment.trials());
  switch (method) {
    case RatioInterval::kMiettinenNurminen:
      return score_interval(arms, z, finite_factor(n_c, n_t));
    case RatioInterval::kKoopman:
      return score_interval(arms, z, 1.0);
    case RatioInterval::kKatz: {
      if (arms.control.successes() == 0 || arms.treatment.successes() == 0) {
        return insufficient("ratio_interval", "an arm has no event, the logarithm of the ratio does not exist",
                            "use the Miettinen-Nurminen interval");
      }
      const double half = z * std::sqrt(log_variance(arms));
      return ordered(std::exp(log_ratio(arms) - half), std::exp(log_ratio(arms) + half));
    }
    case RatioInterval::kWalter:
      break;
  }
  const double x_c = real(arms.control.successes()) + 0.5;
  const double x_t = real(arms.treatment.successes()) + 0.5;
  const double center = std::log(x_t / (n_t + 0.5)) - std::log(x_c / (n_c + 0.5));
  const double variance =
      real(arms.control.failures()) / (x_c * (n_c + 0.5)) + real(arms.treatment.failures()) / (x_t * (n_t + 0.5));
  const double half = z * std::sqrt(variance);
  return ordered(std::exp(center - half), std::exp(center + half));
}

Result<ZTest> score_test_ratio(const ProportionPair& arms, double null_ratio, ScoreVariance variance) {
  if (!is_ratio(null_ratio)) return check_ratio(null_ratio);
  const ArmCounts control = arm_counts(arms.control);
  const ArmCounts treatment = arm_counts(arms.treatment);
  const ScorePoint point = score_point_ratio(control, treatment, null_ratio);
  double v = score_variance(point, control.trials(), treatment.trials(), null_ratio);
  if (!(v > 0.0)) return insufficient("score_test_ratio", "no variance under the null");
  if (variance == ScoreVariance::kMiettinenNurminen) v *= finite_factor(control.trials(), treatment.trials());
  const double se = std::sqrt(v);
  const double value = deviation(arms, null_ratio);
  return z_test(value, se, value / se);
}

Result<ZTest> log_test_ratio(const ProportionPair& arms, double null_ratio) {
  if (!is_ratio(null_ratio)) return check_ratio(null_ratio);
  if (arms.control.successes() == 0 || arms.treatment.successes() == 0) {
    return insufficient("log_test_ratio", "an arm has no event, the logarithm of the ratio does not exist");
  }
  const double variance = log_variance(arms);
  if (!(variance > 0.0)) return insufficient("log_test_ratio", "no variance: every unit has the event");
  const double se = std::sqrt(variance);
  const double value = log_ratio(arms);
  return z_test(value, se, (value - std::log(null_ratio)) / se);
}

Result<ZTest> linear_test_ratio(const ProportionPair& arms, double null_ratio) {
  if (!is_ratio(null_ratio)) return check_ratio(null_ratio);
  const ScorePoint observed{arms.control.rate(), arms.control.failure_rate(), arms.treatment.rate(),
                            arms.treatment.failure_rate()};
  const double v = score_variance(observed, real(arms.control.trials()), real(arms.treatment.trials()), null_ratio);
  if (!(v > 0.0)) return insufficient("linear_test_ratio", "no variance within the arms");
  const double se = std::sqrt(v);
  const double value = deviation(arms, null_ratio);
  return z_test(value, se, value / se);
}

ConstrainedProportions constrained_by_ratio(const ProportionPair& arms, double ratio) {
  const ScorePoint point = score_point_ratio(arm_counts(arms.control), arm_counts(arms.treatment), ratio);
  return {point.p_control, point.p_treatment};
}

}  // namespace tactful::stats
