#include "tactful/core/result.hpp"

namespace tactful {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kInvalidInput:
      return "invalid_input";
    case ErrorCode::kInvalidExperiment:
      return "invalid_experiment";
    case ErrorCode::kInsufficientData:
      return "insufficient_data";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kRefused:
      return "refused";
    case ErrorCode::kStorage:
      return "storage";
    case ErrorCode::kUnsupportedVersion:
      return "unsupported_version";
    case ErrorCode::kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

std::string describe(const Error& error) {
  std::string text{to_string(error.code)};
  text += ": ";
  if (!error.where.empty()) {
    text += error.where;
    text += ": ";
  }
  text += error.message;
  if (!error.hint.empty()) {
    text += " (";
    text += error.hint;
    text += ')';
  }
  return text;
}

}  // namespace tactful
