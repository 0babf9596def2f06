#include "attribute_types.hpp"

#include <charconv>
#include <cmath>

namespace tactful::tools {
namespace {

// The type of the first number or truth value anywhere in an operator's operand.
std::optional<AttributeType> literal_type(const Json& value) {
  if (value.is_number()) return AttributeType::kNumber;
  if (value.is_bool()) return AttributeType::kBool;
  if (value.is_array()) {
    for (const Json& item : value.as_array())
      if (const auto found = literal_type(item)) return found;
  }
  if (value.is_object()) {
    for (const auto& member : value.as_object()) {
      // $exists and $size take literals that say nothing about the attribute's own type.
      if (member.first == "$exists" || member.first == "$size") continue;
      if (const auto found = literal_type(member.second)) return found;
    }
  }
  return std::nullopt;
}

void collect(const Json& condition, AttributeTypes& types) {
  if (condition.is_array())
    for (const Json& item : condition.as_array()) collect(item, types);
  if (!condition.is_object()) return;
  for (const auto& member : condition.as_object()) {
    if (!member.first.empty() && member.first.front() == '$') {
      collect(member.second, types);
    } else if (const auto type = literal_type(member.second)) {
      types[member.first] = *type;
    }
  }
}

template <typename Number>
std::optional<Number> read_whole(std::string_view text) noexcept {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

AttributeTypes types_of_scope(const Json& scope) {
  AttributeTypes types;
  collect(scope, types);
  return types;
}

Status add_declared_types(const Arguments& arguments, AttributeTypes& types) {
  const auto declared = arguments.pairs("--type");
  if (!declared) return declared.error();
  for (const auto& [name, type] : *declared) {
    if (type == "text") {
      types[name] = AttributeType::kText;
    } else if (type == "number") {
      types[name] = AttributeType::kNumber;
    } else if (type == "bool") {
      types[name] = AttributeType::kBool;
    } else {
      return Error{ErrorCode::kInvalidArgument, "\"" + type + "\" is none of text, number, bool", "--type", ""};
    }
  }
  return {};
}

Attribute::Value attribute_value(std::string_view text, AttributeType type) noexcept {
  if (text.empty()) return std::monostate();
  if (type == AttributeType::kNumber) {
    if (const auto whole = read_whole<std::int64_t>(text)) return *whole;
    if (const auto number = read_whole<double>(text); number && std::isfinite(*number)) return *number;
  }
  if (type == AttributeType::kBool) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  return text;
}

}  // namespace tactful::tools
