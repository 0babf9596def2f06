#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "tactful/assignment/assigner.hpp"
#include "tactful/core/json.hpp"

namespace tactful {

/// An attribute's value as the condition language sees it: JavaScript's values without `undefined`. A view: texts and
/// JSON stay with the caller. Only lists and objects, which typed attributes cannot hold, need memory to be converted.
struct JsValue {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };
  Kind kind = Kind::kNull;
  bool flag = false;
  double number = 0.0;
  std::string_view text;
  const Json* json = nullptr;  // for kList and kObject

  [[nodiscard]] static JsValue of(const Json& json) noexcept;
  [[nodiscard]] static JsValue of(const Attribute::Value& value) noexcept;
  [[nodiscard]] static JsValue of_number(double number) noexcept;
  [[nodiscard]] static JsValue of_text(std::string_view text) noexcept;
  [[nodiscard]] bool is_null() const noexcept { return kind == Kind::kNull; }
};

/// JavaScript's `!!value`.
[[nodiscard]] bool is_truthy(const JsValue& value) noexcept;

/// JavaScript's `value * 1`; NaN where it is no number.
[[nodiscard]] double to_number(const JsValue& value);

/// A number as JavaScript prints it ("1", "0.1", "1e+21"), into `buffer`; never longer than 32 bytes.
[[nodiscard]] std::string_view print_number(double number, char (&buffer)[32]) noexcept;

/// JavaScript's `String(value)`: a view of `value`, of `buffer`, or, for lists and objects, of `storage`.
[[nodiscard]] std::string_view to_text(const JsValue& value, char (&buffer)[32], std::string& storage);

/// JavaScript's `===`; two lists or objects are never the same one.
[[nodiscard]] bool is_same(const JsValue& a, const JsValue& b) noexcept;

/// JavaScript's `<` and `>`: texts by UTF-16 code units, everything else as numbers; unordered where one is NaN.
[[nodiscard]] std::partial_ordering compare(const JsValue& a, const JsValue& b);

/// Whether both have the same JSON text (members in the same order, 1 and 1.0 alike).
[[nodiscard]] bool is_same_json(const JsValue& a, const Json& b) noexcept;

/// Whether the texts are equal after lower-casing each code point.
[[nodiscard]] bool is_same_folded(std::string_view a, std::string_view b) noexcept;

}  // namespace tactful
