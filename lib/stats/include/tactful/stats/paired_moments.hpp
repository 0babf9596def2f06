#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tactful/core/probability.hpp"
#include "tactful/stats/means.hpp"

/// Two values per unit: a covariate before the experiment (CUPED) or numerator and denominator (ratio metrics).
/// Thread-safety: pure functions; PairedMoments is a value.
namespace tactful::stats {

/// Count, means and centred second moments of pairs (x, y). Mergeable, without cancellation at a large offset.
class PairedMoments {
 public:
  PairedMoments() = default;
  /// Two passes; the spans have equal length. Values must be finite.
  [[nodiscard]] static PairedMoments of(std::span<const double> x, std::span<const double> y) noexcept;

  void add(double x, double y) noexcept;
  void merge(const PairedMoments& other) noexcept;

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  [[nodiscard]] double mean_x() const noexcept { return mean_x_; }
  [[nodiscard]] double mean_y() const noexcept { return mean_y_; }
  [[nodiscard]] double ss_x() const noexcept { return ss_x_; }  ///< Sum of squared deviations.
  [[nodiscard]] double ss_y() const noexcept { return ss_y_; }
  [[nodiscard]] double ss_xy() const noexcept { return ss_xy_; }

  bool operator==(const PairedMoments&) const = default;

 private:
  std::int64_t count_ = 0;
  double mean_x_ = 0.0;
  double mean_y_ = 0.0;
  double ss_x_ = 0.0;
  double ss_y_ = 0.0;
  double ss_xy_ = 0.0;
};

/// Which slope adjusts the outcome y by the covariate x.
enum class CupedSlope {
  kPooled,  ///< Over all units of both arms together (Deng et al. 2013).
  kWithin,  ///< Within the arms, as in analysis of covariance.
};

struct CupedTest {
  double theta = 0.0;           ///< 0 where the covariate does not vary.
  WelchTest test;               ///< On the adjusted outcome.
  double variance_ratio = 1.0;  ///< (adjusted se / plain se)^2.
};

/// Difference of means of y adjusted by a covariate measured before exposure, so that it cannot be affected.
/// Errors: kInsufficientData as welch_test, also when the adjusted outcome does not vary.
[[nodiscard]] Result<CupedTest> cuped_test(const PairedMoments& control, const PairedMoments& treatment,
                                           Level confidence, CupedSlope slope = CupedSlope::kPooled);

/// Ratio sum y / sum x of one arm, with x the denominator: delta method, unit of analysis = unit of randomisation.
struct RatioEstimate {
  double ratio = 0.0;
  double variance = 0.0;  ///< Of the ratio.
};
/// Errors: kInsufficientData with fewer than two units or a mean denominator of 0.
[[nodiscard]] Result<RatioEstimate> ratio_metric(const PairedMoments& arm);

struct RatioMetricTest {
  RatioEstimate control;
  RatioEstimate treatment;
  double difference = 0.0;
  double se = 0.0;
  std::optional<double> z;  ///< Nothing when se is 0.
  std::optional<double> p_two_sided;
  Interval interval;
  std::optional<double> lift;  ///< Nothing when the control ratio is 0.
  std::optional<double> se_lift;
  std::optional<Interval> lift_interval;
};
/// Errors: as ratio_metric.
[[nodiscard]] Result<RatioMetricTest> ratio_metric_test(const PairedMoments& control, const PairedMoments& treatment,
                                                        Level confidence);

}  // namespace tactful::stats
