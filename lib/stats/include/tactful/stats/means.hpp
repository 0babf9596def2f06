#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/test_result.hpp"

/// Means of two independent arms. Thread-safety: pure functions; Moments is a value.
namespace tactful::stats {

/// Count, mean and squared deviations of a sample: mergeable, and without cancellation at a large offset
/// (Welford 1962; Chan, Golub & LeVeque 1983).
class Moments {
 public:
  Moments() = default;
  /// From values; two passes. Values must be finite.
  [[nodiscard]] static Moments of(std::span<const double> values) noexcept;
  /// From a count, the mean and the sample standard deviation (n - 1).
  /// Errors: kInvalidArgument (n < 1, mean not finite, sd negative or not finite).
  [[nodiscard]] static Result<Moments> from_summary(std::int64_t n, double mean, double sd);
  /// From exact sums of whole numbers (counts, minor units of money): no digit is lost before the division.
  /// Errors: kInvalidArgument when no sample has such sums (n < 1, or n sum_of_squares < sum^2).
  [[nodiscard]] static Result<Moments> from_sums(std::int64_t n, std::int64_t sum, std::int64_t sum_of_squares);

  void add(double value) noexcept;
  void merge(const Moments& other) noexcept;

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  [[nodiscard]] double mean() const noexcept { return mean_; }
  /// Sum of squared deviations from the mean.
  [[nodiscard]] double sum_of_squares() const noexcept { return m2_; }
  /// Sample variance (n - 1); 0 when n < 2.
  [[nodiscard]] double variance() const noexcept;
  [[nodiscard]] double sd() const noexcept;

  bool operator==(const Moments&) const = default;

 private:
  std::int64_t count_ = 0;
  double mean_ = 0.0;
  double m2_ = 0.0;
};

/// Welch's t test of H0: mean_t - mean_c = null_difference.
struct WelchTest {
  double difference = 0.0;  ///< Treatment minus control.
  double se = 0.0;
  double t = 0.0;
  double df = 0.0;  ///< Welch-Satterthwaite; need not be whole.
  PValues p;
  Interval interval;             ///< Two-sided at the level asked for.
  double lower_one_sided = 0.0;  ///< Bound with 1 - confidence in one tail.
  double upper_one_sided = 0.0;
};

/// Errors: kInsufficientData when an arm has fewer than two units or neither arm varies; kInvalidArgument when
/// null_difference is not finite.
[[nodiscard]] Result<WelchTest> welch_test(const Moments& control, const Moments& treatment, Level confidence,
                                           double null_difference = 0.0);

/// A Welch-type test from each arm's estimate, variance of the estimate and size. Errors: as welch_test.
struct ArmMean {
  double mean = 0.0;
  double variance_of_mean = 0.0;
  double n = 0.0;
};
[[nodiscard]] Result<WelchTest> welch_test(const ArmMean& control, const ArmMean& treatment, Level confidence,
                                           double null_difference = 0.0);

/// Fieller's set for the lift (Fieller 1954): bounded, or outside an interval, or everything.
struct FiellerSet {
  enum class Shape { kBounded, kComplement, kWholeLine };
  Shape shape = Shape::kWholeLine;
  double low = 0.0;  ///< kBounded: [low, high]; kComplement: (-inf, low] and [high, inf); otherwise infinite.
  double high = 0.0;
  double g = 0.0;  ///< z^2 var / mean_c^2; bounded when below 1; may be infinite.
};

/// Relative lift mean_t / mean_c - 1, normal quantiles.
struct RelativeLift {
  double lift = 0.0;
  double se = 0.0;          ///< Delta method.
  Interval interval;        ///< Delta method.
  std::optional<double> z;  ///< lift / se; nothing when se is 0.
  std::optional<double> p_two_sided;
  double lift_absolute_denominator = 0.0;  ///< (mean_t - mean_c) / |mean_c|.
  std::optional<Interval> log_interval;    ///< On the logarithm; needs both means positive.
};

/// Errors: kInsufficientData when the control mean is 0 or an arm has fewer than two units.
[[nodiscard]] Result<RelativeLift> relative_lift(const Moments& control, const Moments& treatment, Level confidence);
/// The same from the means and the variances of the means.
[[nodiscard]] Result<RelativeLift> relative_lift(const ArmMean& control, const ArmMean& treatment, Level confidence);

/// Exists also where the control mean is 0. Errors: kInsufficientData when an arm has fewer than two units.
[[nodiscard]] Result<FiellerSet> fieller_set(const Moments& control, const Moments& treatment, Level confidence);

}  // namespace tactful::stats
