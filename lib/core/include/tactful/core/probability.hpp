#pragma once

#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// A number in [0, 1]. An object with another value does not exist.
class Probability {
 public:
  constexpr Probability() = default;

  /// Errors: kInvalidArgument, naming `name`, the value and the range, when value is NaN or outside [0, 1].
  [[nodiscard]] static Result<Probability> make(double value, std::string_view name = "probability");

  [[nodiscard]] constexpr double value() const noexcept { return value_; }
  [[nodiscard]] constexpr double complement() const noexcept { return 1.0 - value_; }

  constexpr bool operator==(const Probability&) const = default;
  constexpr auto operator<=>(const Probability&) const = default;

 private:
  constexpr explicit Probability(double value) : value_(value) {}
  double value_ = 0.0;
};

/// A level strictly between 0 and 1: a confidence level (0.95, never 95), alpha or power.
class Level {
 public:
  /// Errors: kInvalidArgument, naming `name`, the value and the range, when value is not strictly inside (0, 1).
  [[nodiscard]] static Result<Level> make(double value, std::string_view name = "level");

  [[nodiscard]] constexpr double value() const noexcept { return value_; }

  constexpr bool operator==(const Level&) const = default;
  constexpr auto operator<=>(const Level&) const = default;

 private:
  constexpr explicit Level(double value) : value_(value) {}
  double value_;
};

}  // namespace tactful
