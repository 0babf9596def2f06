#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tactful/core/result.hpp"

namespace tactful {

/// A JSON value (RFC 8259). Objects keep the order of their members; duplicate keys do not exist.
/// Integers that fit are kept exact as int64; all other numbers are doubles.
/// Thread-safety: immutable use from several threads is safe.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  enum class Type { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

  Json() = default;
  Json(std::nullptr_t) {}              // NOLINT(google-explicit-constructor)
  Json(bool value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  /// Any integer type; values past int64 are kept as a double.
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Json(Integer value) {  // NOLINT(google-explicit-constructor)
    if (std::in_range<std::int64_t>(value)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<double>(value);
    }
  }
  Json(double value) : value_(value) {}                         // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Json(Array value) : value_(std::move(value)) {}               // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}              // NOLINT(google-explicit-constructor)

  /// An empty array or object, to be filled by push_back() and set().
  [[nodiscard]] static Json array() { return Json(Array{}); }
  [[nodiscard]] static Json object() { return Json(Object{}); }

  [[nodiscard]] Type type() const noexcept { return static_cast<Type>(value_.index()); }
  [[nodiscard]] bool is_null() const noexcept { return type() == Type::kNull; }
  [[nodiscard]] bool is_bool() const noexcept { return type() == Type::kBool; }
  [[nodiscard]] bool is_integer() const noexcept { return type() == Type::kInteger; }
  /// Whether it is a number of either kind.
  [[nodiscard]] bool is_number() const noexcept { return is_integer() || type() == Type::kNumber; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::kString; }
  [[nodiscard]] bool is_array() const noexcept { return type() == Type::kArray; }
  [[nodiscard]] bool is_object() const noexcept { return type() == Type::kObject; }

  // Readers: the type must match (test first); as_number() takes both kinds of number.
  [[nodiscard]] bool as_bool() const { return std::get<bool>(value_); }
  [[nodiscard]] std::int64_t as_integer() const { return std::get<std::int64_t>(value_); }
  [[nodiscard]] double as_number() const;
  [[nodiscard]] const std::string& as_string() const { return std::get<std::string>(value_); }
  [[nodiscard]] const Array& as_array() const { return std::get<Array>(value_); }
  [[nodiscard]] const Object& as_object() const { return std::get<Object>(value_); }
  [[nodiscard]] Array& as_array() { return std::get<Array>(value_); }
  [[nodiscard]] Object& as_object() { return std::get<Object>(value_); }

  /// The member of an object, or nullptr when it is absent or this is no object.
  [[nodiscard]] const Json* find(std::string_view key) const noexcept;
  /// Sets a member (replacing one of the same name in place); this must be an object. Returns *this for chaining.
  Json& set(std::string key, Json value);
  /// Appends to an array. Returns *this for chaining.
  Json& push_back(Json value);

  /// Compact text, or indented by `indent` blanks when it is not negative. Doubles print in the shortest form
  /// that reads back to the same value; NaN and infinities, which JSON lacks, print as null and must not occur.
  [[nodiscard]] std::string dump(int indent = -1) const;
  /// Compact text with members sorted by key (bytewise) at every level: equal values give equal bytes.
  [[nodiscard]] std::string canonical() const;

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Parses one JSON text. A byte order mark is skipped.
/// Errors: kInvalidInput for text that is not JSON or not UTF-8, for a duplicate key, for nesting deeper than 100;
/// `where` is `origin:line:column`.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::string_view origin = "json");

/// Escapes one reference token of a JSON pointer (RFC 6901) and appends it: ("/variants/0", "a/b") ->
/// "/variants/0/a~1b".
[[nodiscard]] std::string append_pointer(std::string_view pointer, std::string_view token);
[[nodiscard]] std::string append_pointer(std::string_view pointer, std::size_t index);

}  // namespace tactful
