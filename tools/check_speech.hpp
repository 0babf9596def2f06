#pragma once

#include <string>
#include <string_view>

#include "tactful/core/diagnostic.hpp"
#include "tactful/wording/wording_check.hpp"

/// What `check` says to people, in English or Chinese.
namespace tactful::tools {

/// Whether messages are asked for in Chinese.
[[nodiscard]] bool is_chinese(std::string_view language) noexcept;

/// The findings of a file, one a paragraph, with place, severity, message, rule and hint. In Chinese a finding whose
/// message was made in English is led by what its rule says in Chinese, where that is known.
[[nodiscard]] std::string describe(const Diagnostics& findings, const std::string& file, bool chinese);

/// What one text costs ("zh sms: 1 segment (UCS-2, ...) ...").
[[nodiscard]] std::string describe(const TextCost& cost, bool chinese);

}  // namespace tactful::tools
