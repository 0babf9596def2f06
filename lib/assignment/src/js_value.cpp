#include "js_value.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tactful {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kTwoTo53 = 0x1p53;
constexpr std::string_view kBlanks = " \t\n\v\f\r";

// JavaScript's Number(text): blanks around it allowed, empty is 0, 0x/0o/0b whole numbers, else a decimal literal.
double parse_number(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return 0.0;
  text = text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
  if (text.size() > 2 && text[0] == '0' && std::string_view("xXoObB").find(text[1]) != std::string_view::npos) {
    const int base = (text[1] | 32) == 'x' ? 16 : (text[1] | 32) == 'o' ? 8 : 2;
    std::uint64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), whole, base);
    return error == std::errc() && end == text.data() + text.size() ? static_cast<double>(whole) : kNaN;
  }
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  double number = 0.0;
  if (text == "Infinity") {
    number = std::numeric_limits<double>::infinity();
  } else {
    // from_chars also reads "inf" and "nan", which JavaScript does not.
    if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return kNaN;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return kNaN;
  }
  return negative ? -number : number;
}

// One code point, lower-cased, taken off the front; an invalid byte stands for itself.
std::int32_t take_folded(std::string_view& text) noexcept {
  utf8proc_int32_t code = 0;
  const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                      static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (taken <= 0) {
    code = -1 - static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    return code;
  }
  text.remove_prefix(static_cast<std::size_t>(taken));
  return utf8proc_tolower(code);
}

// UTF-8 sorts by code point; UTF-16 puts code points from U+10000 (lead byte F0 and up) before U+E000 to U+FFFF.
std::strong_ordering compare_utf16(std::string_view a, std::string_view b) noexcept {
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at_a == a.end() || at_b == b.end()) return a.size() <=> b.size();
  const auto rank = [](char c) {
    const int byte = static_cast<unsigned char>(c);
    return byte == 0xEE || byte == 0xEF ? byte + 0x100 : byte;
  };
  return rank(*at_a) <=> rank(*at_b);
}

void append_text(const Json& json, std::string& out);

void append_list(const Json& json, std::string& out) {
  bool first = true;
  for (const Json& item : json.as_array()) {
    if (!first) out += ',';
    first = false;
    if (!item.is_null()) append_text(item, out);
  }
}

void append_text(const Json& json, std::string& out) {
  char buffer[32];
  std::string storage;
  out += to_text(JsValue::of(json), buffer, storage);
}

}  // namespace

JsValue JsValue::of_number(double number) noexcept {
  JsValue value;
  value.kind = Kind::kNumber;
  value.number = number;
  return value;
}

JsValue JsValue::of_text(std::string_view text) noexcept {
  JsValue value;
  value.kind = Kind::kText;
  value.text = text;
  return value;
}

JsValue JsValue::of(const Json& json) noexcept {
  JsValue value;
  switch (json.type()) {
    case Json::Type::kNull:
      break;
    case Json::Type::kBool:
      value.kind = Kind::kBool;
      value.flag = json.as_bool();
      break;
    case Json::Type::kInteger:
    case Json::Type::kNumber:
      return of_number(json.as_number());
    case Json::Type::kString:
      return of_text(json.as_string());
    case Json::Type::kArray:
    case Json::Type::kObject:
      value.kind = json.is_array() ? Kind::kList : Kind::kObject;
      value.json = &json;
      break;
  }
  return value;
}

JsValue JsValue::of(const Attribute::Value& attribute) noexcept {
  if (const auto* text = std::get_if<std::string_view>(&attribute)) return of_text(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&attribute)) return of_number(static_cast<double>(*whole));
  if (const auto* number = std::get_if<double>(&attribute)) return of_number(*number);
  JsValue value;
  if (const auto* flag = std::get_if<bool>(&attribute)) {
    value.kind = Kind::kBool;
    value.flag = *flag;
  }
  return value;
}

bool is_truthy(const JsValue& value) noexcept {
  switch (value.kind) {
    case JsValue::Kind::kNull:
      return false;
    case JsValue::Kind::kBool:
      return value.flag;
    case JsValue::Kind::kNumber:
      return value.number != 0.0 && !std::isnan(value.number);
    case JsValue::Kind::kText:
      return !value.text.empty();
    case JsValue::Kind::kList:
    case JsValue::Kind::kObject:
      return true;
  }
  return false;
}

double to_number(const JsValue& value) {
  switch (value.kind) {
    case JsValue::Kind::kNull:
      return 0.0;
    case JsValue::Kind::kBool:
      return value.flag ? 1.0 : 0.0;
    case JsValue::Kind::kNumber:
      return value.number;
    case JsValue::Kind::kText:
      return parse_number(value.text);
    case JsValue::Kind::kList:
    case JsValue::Kind::kObject:
      break;
  }
  char buffer[32];
  std::string storage;
  return parse_number(to_text(value, buffer, storage));
}

std::string_view print_number(double number, char (&buffer)[32]) noexcept {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0.0 ? "Infinity" : "-Infinity";
  if (number == 0.0) return "0";
  const double magnitude = std::abs(number);
  // The shortest digits that read back, laid out as ECMAScript's Number::toString does.
  const bool is_fixed = magnitude >= 1e-6 && magnitude < 1e21;
  const auto format = is_fixed && magnitude < kTwoTo53 ? std::chars_format::fixed : std::chars_format::scientific;
  char* end = std::to_chars(buffer, buffer + sizeof buffer, number, format).ptr;
  if (format == std::chars_format::fixed) return {buffer, static_cast<std::size_t>(end - buffer)};
  char* const mark = std::find(buffer, end, 'e');
  char* exponent = mark + 2;  // behind the sign
  if (end - exponent > 1 && *exponent == '0') end = std::copy(exponent + 1, end, exponent);
  if (is_fixed) {  // past 2^53 the fixed form prints digits that the shortest one does not have; those are zeros
    int zeros = 0;
    std::from_chars(exponent, end, zeros);
    char* const point = std::find(buffer, mark, '.');
    end = point == mark ? mark : std::copy(point + 1, mark, point);
    end = std::fill_n(end, zeros - (end - point), '0');
  }
  return {buffer, static_cast<std::size_t>(end - buffer)};
}

std::string_view to_text(const JsValue& value, char (&buffer)[32], std::string& storage) {
  switch (value.kind) {
    case JsValue::Kind::kNull:
      return "null";
    case JsValue::Kind::kBool:
      return value.flag ? "true" : "false";
    case JsValue::Kind::kNumber:
      return print_number(value.number, buffer);
    case JsValue::Kind::kText:
      return value.text;
    case JsValue::Kind::kObject:
      return "[object Object]";
    case JsValue::Kind::kList:
      break;
  }
  storage.clear();
  append_list(*value.json, storage);
  return storage;
}

bool is_same(const JsValue& a, const JsValue& b) noexcept {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case JsValue::Kind::kNull:
      return true;
    case JsValue::Kind::kBool:
      return a.flag == b.flag;
    case JsValue::Kind::kNumber:
      return a.number == b.number;
    case JsValue::Kind::kText:
      return a.text == b.text;
    case JsValue::Kind::kList:
    case JsValue::Kind::kObject:
      return false;
  }
  return false;
}

std::partial_ordering compare(const JsValue& a, const JsValue& b) {
  const auto becomes_text = [](const JsValue& value) { return value.kind >= JsValue::Kind::kText; };
  if (becomes_text(a) && becomes_text(b)) {
    char buffer[32];
    std::string text_a;
    std::string text_b;
    return compare_utf16(to_text(a, buffer, text_a), to_text(b, buffer, text_b));
  }
  return to_number(a) <=> to_number(b);
}

bool is_same_json(const JsValue& a, const Json& b) noexcept {
  if (b.is_array()) {
    if (a.kind != JsValue::Kind::kList) return false;
    const Json::Array& list = a.json->as_array();
    return std::equal(list.begin(), list.end(), b.as_array().begin(), b.as_array().end(),
                      [](const Json& x, const Json& y) { return is_same_json(JsValue::of(x), y); });
  }
  if (b.is_object()) {
    if (a.kind != JsValue::Kind::kObject) return false;
    const Json::Object& object = a.json->as_object();
    return std::equal(object.begin(), object.end(), b.as_object().begin(), b.as_object().end(),
                      [](const Json::Member& x, const Json::Member& y) {
                        return x.first == y.first && is_same_json(JsValue::of(x.second), y.second);
                      });
  }
  return is_same(a, JsValue::of(b));
}

bool is_same_folded(std::string_view a, std::string_view b) noexcept {
  while (!a.empty() && !b.empty()) {
    if (take_folded(a) != take_folded(b)) return false;
  }
  return a.empty() && b.empty();
}

}  // namespace tactful
