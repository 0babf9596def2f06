#pragma once

#include <string>

#include "tactful/core/phrases.hpp"

/// Numbers in sentences.
namespace tactful::tools {

/// A share as a percentage with as many decimals as are worth reading: 0.8 "80 %", 0.0123 "1.2 %", 0.00123 "0.12 %";
/// what would round to 100 % and is less is "over 99.9 %".
[[nodiscard]] std::string percent(double share);

/// With so many decimals: 2.25 "2.3" with one.
[[nodiscard]] std::string decimals(double value, int digits);

/// Up to four significant digits without an exponent where it can be read so: 0.02, 1.5, 0.0125.
[[nodiscard]] std::string significant(double value);

}  // namespace tactful::tools
