#include "score.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tactful::stats {
namespace {

// The score in u, the smaller of the two proportions; the larger is u + gap. Decreasing in u.
struct ScoreEquation {
  ArmCounts small;
  ArmCounts large;
  double gap;

  // Each term is 0 where its count is 0, also at the ends of the range.
  static double term(double count, double proportion) { return count == 0.0 ? 0.0 : count / proportion; }
  double operator()(double u) const {
    return term(small.successes, u) - term(small.failures, 1.0 - u) + term(large.successes, u + gap) -
           term(large.failures, 1.0 - u - gap);
  }
  double slope(double u) const {
    const double v = 1.0 - u - gap;
    return -(term(small.successes, u * u) + term(small.failures, (1.0 - u) * (1.0 - u)) +
             term(large.successes, (u + gap) * (u + gap)) + term(large.failures, v * v));
  }
};

// Newton kept inside a shrinking bracket; the bracket's ends come from bounding each term of the equation.
double solve_score(const ScoreEquation& equation) {
  const double n = equation.small.trials() + equation.large.trials();
  const double room = 1.0 - equation.gap;
  if (equation.small.successes == 0.0 && equation.gap > 0.0 && equation(0.0) <= 0.0) return 0.0;
  if (equation.large.failures == 0.0 && equation.gap > 0.0 && equation(room) >= 0.0) return room;
  double low = equation.small.successes * room / (n + equation.small.successes);
  double high = room - equation.large.failures * room / (n + equation.large.failures);
  if (equation.gap == 0.0) return (equation.small.successes + equation.large.successes) / n;
  double u = low > 0.0 ? std::sqrt(low * high) : 0.5 * (low + high);
  for (int i = 0; i < 400; ++i) {
    const double value = equation(u);
    if (value == 0.0) return u;
    (value > 0.0 ? low : high) = u;
    double next = u - value / equation.slope(u);
    if (!(next > low && next < high)) next = low > 0.0 && high > 4.0 * low ? std::sqrt(low * high) : 0.5 * (low + high);
    const double change = std::abs(next - u);
    u = next;
    if (change <= 1e-16 * u || high - low <= 1e-16 * high) break;
  }
  return u;
}

ScorePoint mirrored(const ScorePoint& point) {
  return {point.q_control, point.p_control, point.q_treatment, point.p_treatment};
}

ArmCounts mirrored(const ArmCounts& arm) { return {arm.failures, arm.successes}; }

// ratio <= 1: treatment is the smaller proportion. All sums below are of one sign or exact; see proportions.md.
ScorePoint solve_ratio(const ArmCounts& control, const ArmCounts& treatment, double ratio) {
  const double n = control.trials() + treatment.trials();
  const double excess = ratio - 1.0;
  const double b = ratio * (treatment.trials() + control.successes) + treatment.successes + control.trials();
  const double part = excess * (treatment.trials() + control.successes) + treatment.failures - control.failures;
  const double root = std::sqrt(part * part + 4.0 * ratio * control.failures * treatment.failures);
  ScorePoint point;
  point.p_control = 2.0 * (control.successes + treatment.successes) / (b + root);
  const double a = excess * (n + control.failures) + control.failures + treatment.failures;
  if (a > 0.0) {
    point.q_control = (a + root) / (2.0 * n * ratio);
  } else {
    point.q_control = control.failures == 0.0 ? 0.0 : 2.0 * excess * control.failures / (a - root);
  }
  point.p_control = std::min(point.p_control, 1.0);
  point.q_control = std::clamp(point.q_control, 0.0, 1.0);
  point.p_treatment = ratio * point.p_control;
  point.q_treatment = -excess + ratio * point.q_control;
  return point;
}

}  // namespace

ArmCounts arm_counts(const BinomialCount& count) noexcept {
  return {static_cast<double>(count.successes()), static_cast<double>(count.failures())};
}

ScorePoint score_point_difference(const ArmCounts& control, const ArmCounts& treatment, double difference) noexcept {
  // Work where the proportions are small: near 1 the interesting quantity is q.
  if (control.successes + treatment.successes > control.failures + treatment.failures) {
    return mirrored(score_point_difference(mirrored(control), mirrored(treatment), -difference));
  }
  const double gap = std::abs(difference);
  const bool control_is_small = difference >= 0.0;
  const double u = solve_score({control_is_small ? control : treatment, control_is_small ? treatment : control, gap});
  const double v = std::max(0.0, 1.0 - gap - u);
  ScorePoint point;
  if (control_is_small) {
    point = {u, v + gap, u + gap, v};
  } else {
    point = {u + gap, v, u, v + gap};
  }
  return point;
}

ScorePoint score_point_ratio(const ArmCounts& control, const ArmCounts& treatment, double ratio) noexcept {
  if (ratio <= 1.0) return solve_ratio(control, treatment, ratio);
  const ScorePoint swapped = solve_ratio(treatment, control, 1.0 / ratio);
  return {swapped.p_treatment, swapped.q_treatment, swapped.p_control, swapped.q_control};
}

double score_variance(const ScorePoint& point, double n_control, double n_treatment, double weight) noexcept {
  return point.p_treatment * point.q_treatment / n_treatment +
         weight * weight * point.p_control * point.q_control / n_control;
}

}  // namespace tactful::stats
