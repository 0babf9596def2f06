#include "tactful/stats/paired_moments.hpp"

#include <cmath>

#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// Below this share of the plain sum of squares, what is left of an adjusted one is rounding.
constexpr double kRounding = 1e-14;

// Sum of squares of y - slope x.
double adjusted_ss(const PairedMoments& arm, double slope) {
  const double ss = arm.ss_y() - slope * (2.0 * arm.ss_xy() - slope * arm.ss_x());
  return ss <= kRounding * (arm.ss_y() + slope * slope * arm.ss_x()) ? 0.0 : ss;
}

ArmMean adjusted_arm(const PairedMoments& arm, double theta, double shift) {
  const double n = real(arm.count());
  return {arm.mean_y() - theta * shift, adjusted_ss(arm, theta) / (n - 1.0) / n, n};
}

}  // namespace

PairedMoments PairedMoments::of(std::span<const double> x, std::span<const double> y) noexcept {
  PairedMoments moments;
  const std::size_t size = std::min(x.size(), y.size());
  if (size == 0) return moments;
  moments.count_ = static_cast<std::int64_t>(size);
  moments.mean_x_ = Moments::of(x.first(size)).mean();
  moments.mean_y_ = Moments::of(y.first(size)).mean();
  double rest_x = 0.0;
  double rest_y = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    const double dx = x[i] - moments.mean_x_;
    const double dy = y[i] - moments.mean_y_;
    rest_x += dx;
    rest_y += dy;
    moments.ss_x_ += dx * dx;
    moments.ss_y_ += dy * dy;
    moments.ss_xy_ += dx * dy;
  }
  const double n = static_cast<double>(size);
  moments.ss_x_ = std::fmax(0.0, moments.ss_x_ - rest_x * rest_x / n);
  moments.ss_y_ = std::fmax(0.0, moments.ss_y_ - rest_y * rest_y / n);
  moments.ss_xy_ -= rest_x * rest_y / n;
  return moments;
}

void PairedMoments::add(double x, double y) noexcept {
  ++count_;
  const double n = real(count_);
  const double dx = x - mean_x_;
  const double dy = y - mean_y_;
  mean_x_ += dx / n;
  mean_y_ += dy / n;
  ss_x_ += dx * (x - mean_x_);
  ss_y_ += dy * (y - mean_y_);
  ss_xy_ += dx * (y - mean_y_);
}

void PairedMoments::merge(const PairedMoments& other) noexcept {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const double n = real(count_);
  const double m = real(other.count_);
  const double dx = other.mean_x_ - mean_x_;
  const double dy = other.mean_y_ - mean_y_;
  const double share = n * m / (n + m);
  ss_x_ += other.ss_x_ + dx * dx * share;
  ss_y_ += other.ss_y_ + dy * dy * share;
  ss_xy_ += other.ss_xy_ + dx * dy * share;
  mean_x_ += dx * (m / (n + m));
  mean_y_ += dy * (m / (n + m));
  count_ += other.count_;
}

Result<CupedTest> cuped_test(const PairedMoments& control, const PairedMoments& treatment, Level confidence,
                             CupedSlope slope) {
  if (control.count() < 2 || treatment.count() < 2) {
    return insufficient("cuped_test", "an arm has fewer than two units");
  }
  double ss_x = control.ss_x() + treatment.ss_x();
  double ss_xy = control.ss_xy() + treatment.ss_xy();
  if (slope == CupedSlope::kPooled) {
    PairedMoments all = control;
    all.merge(treatment);
    ss_x = all.ss_x();
    ss_xy = all.ss_xy();
  }
  CupedTest result;
  result.theta = ss_x > 0.0 ? ss_xy / ss_x : 0.0;
  // Both arms are moved by their distance from control's covariate mean, so no digit of a large offset is lost.
  const auto test =
      welch_test(adjusted_arm(control, result.theta, 0.0),
                 adjusted_arm(treatment, result.theta, treatment.mean_x() - control.mean_x()), confidence);
  if (!test) return test.error();
  result.test = *test;
  const auto plain = welch_test(adjusted_arm(control, 0.0, 0.0), adjusted_arm(treatment, 0.0, 0.0), confidence);
  if (plain) result.variance_ratio = test->se / plain->se * (test->se / plain->se);
  return result;
}

Result<RatioEstimate> ratio_metric(const PairedMoments& arm) {
  if (arm.count() < 2) return insufficient("ratio_metric", "an arm has fewer than two units");
  if (arm.mean_x() == 0.0) return insufficient("ratio_metric", "the mean denominator of an arm is 0");
  const double n = real(arm.count());
  RatioEstimate estimate;
  estimate.ratio = arm.mean_y() / arm.mean_x();
  estimate.variance = adjusted_ss(arm, estimate.ratio) / (n - 1.0) / n / (arm.mean_x() * arm.mean_x());
  return estimate;
}

Result<RatioMetricTest> ratio_metric_test(const PairedMoments& control, const PairedMoments& treatment,
                                          Level confidence) {
  const auto c = ratio_metric(control);
  if (!c) return c.error();
  const auto t = ratio_metric(treatment);
  if (!t) return t.error();
  const double z = z_of(confidence);
  RatioMetricTest test;
  test.control = *c;
  test.treatment = *t;
  test.difference = t->ratio - c->ratio;
  test.se = std::sqrt(c->variance + t->variance);
  test.interval = ordered(test.difference - z * test.se, test.difference + z * test.se);
  if (test.se > 0.0) {
    test.z = test.difference / test.se;
    test.p_two_sided = normal_two_sided(*test.z);
  }
  if (c->ratio != 0.0) {
    const double ratio = t->ratio / c->ratio;
    const double lift = test.difference / c->ratio;
    const double se = std::hypot(std::sqrt(t->variance) / c->ratio, ratio * std::sqrt(c->variance) / c->ratio);
    test.lift = lift;
    test.se_lift = se;
    test.lift_interval = ordered(lift - z * se, lift + z * se);
  }
  return test;
}

}  // namespace tactful::stats
