#pragma once

#include <cstdint>
#include <string>

/// Numbers in sentences.
namespace tactful::tools {

/// 12345 as "12,345".
[[nodiscard]] std::string grouped(std::int64_t number);

/// A share as a percentage with as many decimals as are worth reading: 0.8 "80 %", 0.0123 "1.2 %", 0.00123 "0.12 %".
[[nodiscard]] std::string percent(double share);

}  // namespace tactful::tools
