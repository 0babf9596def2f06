#pragma once

#include <string>

#include "tactful/core/phrases.hpp"

/// Numbers in sentences.
namespace tactful::tools {

/// A share as a percentage with as many decimals as are worth reading: 0.8 "80 %", 0.0123 "1.2 %", 0.00123 "0.12 %".
[[nodiscard]] std::string percent(double share);

}  // namespace tactful::tools
