#include "tactful/core/diagnostic.hpp"

#include <algorithm>

namespace tactful {

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "unknown";
}

bool has_errors(const Diagnostics& diagnostics) noexcept {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& finding) { return finding.severity == Severity::kError; });
}

std::string describe(const Diagnostics& diagnostics, std::string_view file) {
  std::string text;
  for (const Diagnostic& finding : diagnostics) {
    text += file;
    if (!finding.pointer.empty()) {
      text += '#';
      text += finding.pointer;
    }
    text += ": ";
    text += to_string(finding.severity);
    text += ": ";
    text += finding.message;
    if (!finding.rule.empty()) text += " [" + finding.rule + "]";
    text += '\n';
    if (!finding.hint.empty()) text += "    " + finding.hint + '\n';
  }
  return text;
}

}  // namespace tactful
