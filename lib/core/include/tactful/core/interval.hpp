#pragma once

#include "tactful/core/result.hpp"

namespace tactful {

/// A closed interval [low, high] with low <= high; an end may be infinite, neither is NaN.
class Interval {
 public:
  constexpr Interval() = default;

  /// Errors: kInvalidArgument when an end is NaN or low > high.
  [[nodiscard]] static Result<Interval> make(double low, double high);

  [[nodiscard]] constexpr double low() const noexcept { return low_; }
  [[nodiscard]] constexpr double high() const noexcept { return high_; }
  [[nodiscard]] constexpr double width() const noexcept { return high_ - low_; }
  [[nodiscard]] constexpr bool contains(double x) const noexcept { return low_ <= x && x <= high_; }

  constexpr bool operator==(const Interval&) const = default;

 private:
  constexpr Interval(double low, double high) : low_(low), high_(high) {}
  double low_ = 0.0;
  double high_ = 0.0;
};

}  // namespace tactful
