#pragma once

#include <array>

namespace tactful::stats {

/// Rate ratios, relative to the null, over which the e-process of rare harm averages its likelihood ratio.
inline constexpr std::array<double, 7> kHarmRatios{1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0};

}  // namespace tactful::stats
