#pragma once

#include <string>
#include <string_view>

#include "tactful/core/json.hpp"

/// How readers of JSON files speak of what they found. English. Thread-safety: pure functions.
namespace tactful {

/// "a text", "a whole number", "true or false", ...
[[nodiscard]] std::string_view name_of(Json::Type type) noexcept;

/// "a text was expected, and this is a list".
[[nodiscard]] std::string wrong_type(std::string_view wanted, Json::Type got);

}  // namespace tactful
