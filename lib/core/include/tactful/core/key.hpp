#pragma once

#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// Whether `text` is a key: 1 to 64 of a-z, 0-9, '-', '_', first a letter or digit. Keys name files
/// (experiments, wordings), outcome kinds, metrics, channels and phases; they are safe in paths and SQL.
[[nodiscard]] bool is_key(std::string_view text) noexcept;

/// Errors: kInvalidArgument naming `what` and the rule.
[[nodiscard]] Status check_key(std::string_view text, std::string_view what);

/// Whether `text` is a label: 1 to 100 bytes of valid UTF-8 without control characters and without blanks at either
/// end. Variants and segment values are labels, so that data from elsewhere ("No E-Mail") keeps its names.
[[nodiscard]] bool is_label(std::string_view text) noexcept;

}  // namespace tactful
