#include "tactful/stats/means.hpp"

#include <cmath>

#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

Result<ArmMean> arm_of(const Moments& moments) {
  if (moments.count() < 2) return insufficient("means", "an arm has fewer than two units");
  return ArmMean{moments.mean(), moments.variance() / real(moments.count()), real(moments.count())};
}

// Roots of |num - theta den| = z sqrt(var), for the sets of Fieller.
FiellerSet fieller(const ArmMean& control, const ArmMean& treatment, double z) {
  using Shape = FiellerSet::Shape;
  const double square = z * z;
  const double v_c = square * control.variance_of_mean;
  const double v_t = square * treatment.variance_of_mean;
  const double a = (control.mean - std::sqrt(v_c)) * (control.mean + std::sqrt(v_c));
  const double c = (treatment.mean - std::sqrt(v_t)) * (treatment.mean + std::sqrt(v_t));
  const double product = treatment.mean * control.mean;
  FiellerSet set;
  set.g = control.mean == 0.0 ? kInfinity : v_c / (control.mean * control.mean);
  // (B/2)^2 - A C = v_t mc^2 + v_c mt^2 - v_t v_c, free of the cancellation of the plain form.
  const double discriminant = v_t * control.mean * control.mean + v_c * treatment.mean * treatment.mean - v_t * v_c;
  set.low = -kInfinity;
  set.high = kInfinity;
  if (a == 0.0 || discriminant < 0.0 || (a < 0.0 && discriminant == 0.0)) return set;
  const double root = std::sqrt(discriminant);
  const double r = product + std::copysign(root, product);
  const double first = r / a;
  const double second = r == 0.0 ? first : c / r;
  set.shape = a > 0.0 ? Shape::kBounded : Shape::kComplement;
  set.low = std::fmin(first, second) - 1.0;
  set.high = std::fmax(first, second) - 1.0;
  return set;
}

}  // namespace

Moments Moments::of(std::span<const double> values) noexcept {
  Moments moments;
  if (values.empty()) return moments;
  double mean = 0.0;
  double n = 0.0;
  for (const double value : values) mean += (value - mean) / ++n;
  double shift = 0.0;
  for (const double value : values) shift += value - mean;
  mean += shift / n;
  double squares = 0.0;
  double rest = 0.0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
    rest += value - mean;
  }
  moments.count_ = static_cast<std::int64_t>(values.size());
  moments.mean_ = mean;
  moments.m2_ = std::fmax(0.0, squares - rest * rest / n);
  return moments;
}

Result<Moments> Moments::from_summary(std::int64_t n, double mean, double sd) {
  if (n < 1) return out_of_range("n", real(n), "at least 1");
  if (!std::isfinite(mean)) return out_of_range("mean", mean, "finite");
  if (!(sd >= 0.0) || !std::isfinite(sd)) return out_of_range("sd", sd, "finite and not negative");
  Moments moments;
  moments.count_ = n;
  moments.mean_ = mean;
  moments.m2_ = sd * sd * (real(n) - 1.0);
  return moments;
}

Result<Moments> Moments::from_sums(std::int64_t n, std::int64_t sum, std::int64_t sum_of_squares) {
  if (n < 1) return out_of_range("n", real(n), "at least 1");
  const Int128 centred = Int128{n} * sum_of_squares - Int128{sum} * sum;
  if (centred < 0) return out_of_range("sum_of_squares", real(sum_of_squares), "at least sum^2 / n");
  Moments moments;
  moments.count_ = n;
  moments.mean_ = real(sum) / real(n);
  moments.m2_ = static_cast<double>(centred) / real(n);
  return moments;
}

void Moments::add(double value) noexcept {
  ++count_;
  const double change = value - mean_;
  mean_ += change / real(count_);
  m2_ += change * (value - mean_);
}

void Moments::merge(const Moments& other) noexcept {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const double n = real(count_);
  const double m = real(other.count_);
  const double change = other.mean_ - mean_;
  m2_ += other.m2_ + change * change * (n * m / (n + m));
  mean_ += change * (m / (n + m));
  count_ += other.count_;
}

double Moments::variance() const noexcept { return count_ < 2 ? 0.0 : m2_ / (real(count_) - 1.0); }
double Moments::sd() const noexcept { return std::sqrt(variance()); }

Result<WelchTest> welch_test(const Moments& control, const Moments& treatment, Level confidence,
                             double null_difference) {
  const auto c = arm_of(control);
  if (!c) return c.error();
  const auto t = arm_of(treatment);
  if (!t) return t.error();
  return welch_test(*c, *t, confidence, null_difference);
}

Result<WelchTest> welch_test(const ArmMean& control, const ArmMean& treatment, Level confidence,
                             double null_difference) {
  if (!std::isfinite(null_difference)) return out_of_range("null_difference", null_difference, "finite");
  if (control.n < 2.0 || treatment.n < 2.0) return insufficient("welch_test", "an arm has fewer than two units");
  const double a = control.variance_of_mean;
  const double b = treatment.variance_of_mean;
  // Scaled by the larger so that tiny variances do not underflow when squared.
  const double scale = std::fmax(a, b);
  if (!(scale > 0.0)) return insufficient("welch_test", "no variance: all units of each arm have the same value");
  WelchTest test;
  test.difference = treatment.mean - control.mean;
  test.se = std::sqrt(a + b);
  test.t = (test.difference - null_difference) / test.se;
  const double ra = a / scale;
  const double rb = b / scale;
  test.df = (ra + rb) * (ra + rb) / (ra * ra / (control.n - 1.0) + rb * rb / (treatment.n - 1.0));
  test.p = {student_t_two_sided(test.t, test.df), student_t_upper_tail(test.t, test.df),
            student_t_upper_tail(-test.t, test.df)};
  const double half = student_t_upper_quantile(tail_of(confidence), test.df) * test.se;
  const double one = student_t_upper_quantile(1.0 - confidence.value(), test.df) * test.se;
  test.interval = ordered(test.difference - half, test.difference + half);
  test.lower_one_sided = test.difference - one;
  test.upper_one_sided = test.difference + one;
  return test;
}

Result<RelativeLift> relative_lift(const Moments& control, const Moments& treatment, Level confidence) {
  const auto c = arm_of(control);
  if (!c) return c.error();
  const auto t = arm_of(treatment);
  if (!t) return t.error();
  return relative_lift(*c, *t, confidence);
}

Result<RelativeLift> relative_lift(const ArmMean& control, const ArmMean& treatment, Level confidence) {
  if (control.mean == 0.0) return insufficient("relative_lift", "the control mean is 0, a lift over it does not exist");
  const double z = z_of(confidence);
  const double ratio = treatment.mean / control.mean;
  RelativeLift lift;
  lift.lift = (treatment.mean - control.mean) / control.mean;
  lift.lift_absolute_denominator = (treatment.mean - control.mean) / std::abs(control.mean);
  const double se_t = std::sqrt(treatment.variance_of_mean) / control.mean;
  const double se_c = ratio * std::sqrt(control.variance_of_mean) / control.mean;
  lift.se = std::hypot(se_t, se_c);
  lift.interval = ordered(lift.lift - z * lift.se, lift.lift + z * lift.se);
  if (lift.se > 0.0) {
    lift.z = lift.lift / lift.se;
    lift.p_two_sided = normal_two_sided(*lift.z);
  }
  if (control.mean > 0.0 && treatment.mean > 0.0) {
    const double half = z * std::hypot(std::sqrt(treatment.variance_of_mean) / treatment.mean,
                                       std::sqrt(control.variance_of_mean) / control.mean);
    const double log_ratio = std::abs(lift.lift) < 0.5 ? std::log1p(lift.lift) : std::log(ratio);
    lift.log_interval = ordered(std::expm1(log_ratio - half), std::expm1(log_ratio + half));
  }
  return lift;
}

Result<FiellerSet> fieller_set(const Moments& control, const Moments& treatment, Level confidence) {
  const auto c = arm_of(control);
  if (!c) return c.error();
  const auto t = arm_of(treatment);
  if (!t) return t.error();
  return fieller(*c, *t, z_of(confidence));
}

}  // namespace tactful::stats
