#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tactful/core/probability.hpp"
#include "tactful/stats/means.hpp"

/// Quantiles and robust means from whole samples. Values must be finite. Thread-safety: pure functions.
namespace tactful::stats {

/// Quantile of a sorted sample with linear interpolation (type 7 of Hyndman & Fan 1996), q in [0, 1], not empty.
[[nodiscard]] double quantile_type7(std::span<const double> sorted, double q) noexcept;
/// Inverse of the empirical distribution (type 1).
[[nodiscard]] double quantile_type1(std::span<const double> sorted, double q) noexcept;

/// One arm's quantile with its distribution-free interval between order statistics.
struct QuantileEstimate {
  double type7 = 0.0;
  double type1 = 0.0;
  std::int64_t order_low = 0;   ///< Rank of the lower end, 0 for none.
  std::int64_t order_high = 0;  ///< Rank of the upper end, n + 1 for none.
  Interval interval;            ///< Infinite where no rank exists.
  double coverage = 0.0;        ///< Exact, at least the level asked for.
  double se_woodruff = 0.0;     ///< Woodruff 1952.
};

struct QuantileDifference {
  QuantileEstimate control;
  QuantileEstimate treatment;
  double difference = 0.0;  ///< Type 7, treatment minus control.
  double se_woodruff = 0.0;
  Interval interval_woodruff;
  Interval interval_mover;  ///< From the exact intervals of the arms (Zou & Donner 2008).
  struct PriceBonett {
    double difference = 0.0;
    double se = 0.0;
    Interval interval;
  };
  std::optional<PriceBonett> price_bonett;  ///< Medians only (Price & Bonett 2002).
};

/// Errors: kInsufficientData when a sample is empty; kInvalidArgument for a value that is not finite.
[[nodiscard]] Result<QuantileDifference> quantile_difference(std::span<const double> control,
                                                             std::span<const double> treatment, Level quantile,
                                                             Level confidence);

/// Means after clipping both arms at common caps, the type 7 quantiles of both arms pooled. Caps per arm would bias.
struct WinsorTest {
  double cap_upper = 0.0;  ///< Infinite when not capped.
  double cap_lower = 0.0;
  Moments control;  ///< Of the clipped values.
  Moments treatment;
  std::optional<WelchTest> test;  ///< Nothing when no variance is left or an arm has one unit.
};
/// `upper` in (0, 1], 1 is no upper cap; `lower` in [0, upper), 0 is no lower cap.
/// Errors: kInvalidArgument; kInsufficientData when a sample is empty.
[[nodiscard]] Result<WinsorTest> winsorized_test(std::span<const double> control, std::span<const double> treatment,
                                                 double upper, double lower, Level confidence);

/// Yuen's test of trimmed means (1974).
struct YuenTest {
  double trimmed_mean_control = 0.0;
  double trimmed_mean_treatment = 0.0;
  Moments winsorized_control;  ///< Of the winsorised sample.
  Moments winsorized_treatment;
  double difference = 0.0;
  double se = 0.0;
  std::optional<WelchTest> test;  ///< Nothing when no variance is left.
};
/// `trim` per tail, in [0, 0.5). Errors: kInvalidArgument; kInsufficientData when fewer than two values remain.
[[nodiscard]] Result<YuenTest> yuen_test(std::span<const double> control, std::span<const double> treatment,
                                         double trim, Level confidence);

}  // namespace tactful::stats
