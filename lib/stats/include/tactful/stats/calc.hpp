#pragma once

#include <span>
#include <string_view>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"

/// Every method of this floor by name, JSON in and JSON out: what stands behind `tactful calc`.
namespace tactful::stats {

/// What an input field holds and must satisfy.
enum class FieldKind {
  kCount,          ///< Whole number >= 0.
  kPositiveCount,  ///< Whole number >= 1.
  kInteger,        ///< Any whole number.
  kNumber,         ///< Finite number.
  kNonNegative,
  kPositive,
  kProbability,         ///< [0, 1].
  kLevel,               ///< (0, 1): 0.95, never 95.
  kPositiveOrInfinity,  ///< Positive, or the text "Infinity".
  kText,
  kFlag,
  kNumbers,    ///< Array of finite numbers.
  kCounts,     ///< Array of whole numbers >= 0.
  kCountRows,  ///< Array of such arrays.
  kIntegers,   ///< Array of whole numbers or texts (labels).
  kLooks,      ///< Array of looks of the harm monitor.
};

struct FieldInfo {
  std::string_view name;
  FieldKind kind = FieldKind::kNumber;
  bool required = true;
};

struct MethodInfo {
  std::string_view name;
  std::string_view question;  ///< What it answers, in one line.
  std::span<const FieldInfo> inputs;
  std::string_view outputs;  ///< Field names, separated by blanks.
  std::string_view source;   ///< Paper or book.
};

/// All methods, sorted by name. The data lives as long as the program.
[[nodiscard]] std::span<const MethodInfo> methods();

/// Runs one method. `input` is an object with exactly the method's fields.
/// Returns an object of its output fields. A number is never NaN or infinite: infinities are the texts "Infinity" and
/// "-Infinity"; what the data cannot answer is null.
/// Errors: kNotFound for an unknown method (with the nearest name); kInvalidInput for an unknown, missing or ill-typed
/// field; kInvalidArgument for a value out of range. `where` is the field; the message names value and range.
/// Thread-safety: pure.
[[nodiscard]] Result<Json> calculate(std::string_view method, const Json& input);

}  // namespace tactful::stats
