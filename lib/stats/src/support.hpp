#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Small helpers of this floor's sources.
namespace tactful::stats {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

__extension__ using Int128 = __int128;

/// A count as a real number; exact up to 2^53.
[[nodiscard]] constexpr double real(std::int64_t count) noexcept { return static_cast<double>(count); }

/// `name = value, must be rule`.
[[nodiscard]] Error out_of_range(std::string_view name, double value, std::string_view rule);
[[nodiscard]] Error invalid_argument(std::string_view name, std::string message);
[[nodiscard]] Error insufficient(std::string_view where, std::string message, std::string hint = {});

/// [low, high] of two computed ends, in order; rounding may have crossed them by a few ulps.
[[nodiscard]] Interval ordered(double low, double high);

/// Half of what the two-sided level leaves.
[[nodiscard]] inline double tail_of(Level confidence) { return 0.5 * (1.0 - confidence.value()); }
/// The normal quantile of a two-sided level.
[[nodiscard]] double z_of(Level confidence);

}  // namespace tactful::stats
