#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tactful/core/time.hpp"

/// Counts and lengths of time as people read them in sentences. No locale; English; ASCII.
namespace tactful {

/// 1234567 as "1,234,567"; exact over the whole range of the type.
[[nodiscard]] std::string grouped(std::int64_t value);

/// "1 warning", "0 warnings", "2,000 warnings".
[[nodiscard]] std::string counted(std::int64_t n, std::string_view one, std::string_view many);

/// A length of time in the largest of days, hours, minutes, seconds and milliseconds that says it exactly: "7 days", "1
/// day", "36 hours". Weeks are not used: a window of "14 days" is what people count. Files hold format_duration()
/// instead.
[[nodiscard]] std::string describe_duration(TimeMs duration);

}  // namespace tactful
