#pragma once

#include "tactful/core/interval.hpp"
#include "tactful/core/result.hpp"

namespace tactful::stats {

/// Which departure from the null counts as evidence. `kGreater`: treatment above control (or above the margin).
enum class Alternative { kTwoSided, kGreater, kLess };

/// A number with its interval.
struct Estimate {
  double value = 0.0;
  Interval interval;

  bool operator==(const Estimate&) const = default;
};

/// The three p-values of one statistic, each from its own tail; p_greater + p_less need not be 1 for exact tests.
struct PValues {
  double two_sided = 1.0;
  double greater = 1.0;
  double less = 1.0;

  [[nodiscard]] constexpr double of(Alternative alternative) const noexcept {
    return alternative == Alternative::kTwoSided ? two_sided : alternative == Alternative::kGreater ? greater : less;
  }
  bool operator==(const PValues&) const = default;
};

/// A test whose statistic is standard normal under the null.
struct ZTest {
  double estimate = 0.0;  ///< What was estimated, treatment against control.
  double se = 0.0;        ///< Its standard error as the test uses it.
  double z = 0.0;         ///< Positive when the estimate lies above the null value.
  PValues p;

  bool operator==(const ZTest&) const = default;
};

/// The p-values of a standard normal statistic.
[[nodiscard]] PValues normal_p_values(double z) noexcept;

}  // namespace tactful::stats
