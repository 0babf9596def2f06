#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tactful {

/// The stable error codes of the project. Each has its paragraph in `docs/reference/errors.md`
/// and maps to one exit code of the `tactful` program. Codes are only ever added.
enum class ErrorCode {
  kInvalidArgument,     ///< A caller's mistake: an argument outside its range.
  kInvalidInput,        ///< A file or a message that does not say what it should (CSV, JSON, batch line).
  kInvalidExperiment,   ///< An experiment, wording or ledger that breaks its contract.
  kInsufficientData,    ///< The data cannot answer the question; no number was made up.
  kNotFound,            ///< A named thing (file, experiment, variant, metric) does not exist.
  kConflict,            ///< Something contradicts what is already recorded.
  kRefused,             ///< A rule of the project forbids the act (promote without a recommendation).
  kStorage,             ///< Disk, file or SQLite failed; the cause is in the message.
  kUnsupportedVersion,  ///< A file written by a newer release than this one.
  kUnavailable,         ///< A resource is busy or closed; trying again later may succeed.
};

/// The code's stable name as printed in JSON errors, for example `invalid_argument`.
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// What went wrong, for a person to mend.
struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;  ///< What is wrong, in one sentence, without a trailing full stop.
  std::string where;    ///< Where: `file.csv:12:3`, a JSON pointer, an argument's name; may be empty.
  std::string hint;     ///< How to mend it; may be empty.

  bool operator==(const Error&) const = default;
};

/// `code: where: message (hint)` in one line, for logs and plain terminals.
[[nodiscard]] std::string describe(const Error& error);

/// A value or the error that prevented it; names a subset of C++23's `std::expected`.
/// Reading `value()` of a failed result is the caller's bug and throws std::bad_optional_access's
/// sibling std::bad_variant_access; test `has_value()` first.
/// Thread-safety: as of T.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // Implicit on purpose, so that functions return either a value or an Error.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

  template <typename U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  [[nodiscard]] bool has_value() const noexcept { return ok(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Error& error() const { return error_.value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace tactful
