#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"

namespace tactful {

enum class Severity { kNote, kWarning, kError };

[[nodiscard]] std::string_view to_string(Severity severity) noexcept;

/// One finding about a file that a person wrote. All findings of a file are reported at once.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string rule;     ///< Stable id, for example `weight-sum`.
  std::string pointer;  ///< JSON pointer (RFC 6901) into the file; empty for the whole file.
  std::string message;  ///< What is wrong.
  std::string hint;     ///< What to do about it; may be empty.

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// Whether any finding is an error.
[[nodiscard]] bool has_errors(const Diagnostics& diagnostics) noexcept;

/// `file:pointer: error: message [rule]` and the hint, one finding a paragraph.
[[nodiscard]] std::string describe(const Diagnostics& diagnostics, std::string_view file);

}  // namespace tactful
