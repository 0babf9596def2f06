#include "segment_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tactful {
namespace {

template <typename Number>
std::string shortest(Number number) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return std::string(buffer.data(), end);
}

}  // namespace

SegmentValues::SegmentValues(std::span<const std::string> declared, std::span<const Attribute> attributes) {
  for (const std::string& name : declared) {
    const auto same_name = [&name](const Attribute& attribute) { return attribute.name == name; };
    const auto attribute = std::find_if(attributes.begin(), attributes.end(), same_name);
    if (attribute == attributes.end()) continue;
    const std::string_view text = text_of(attribute->value);
    if (!text.empty()) pairs_.emplace_back(name, text);
  }
}

SegmentValues::SegmentValues(std::span<const Attribute> attributes) {
  pairs_.reserve(attributes.size());
  for (const Attribute& attribute : attributes) {
    const std::string_view text = text_of(attribute.value);
    if (!text.empty()) pairs_.emplace_back(attribute.name, text);
  }
}

std::string_view SegmentValues::text_of(const Attribute::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return *text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return numbers_.emplace_back(shortest(*integer));
  if (const auto* number = std::get_if<double>(&value)) {
    return numbers_.emplace_back(shortest(*number == 0.0 ? 0.0 : *number));  // -0 is 0
  }
  return {};
}

}  // namespace tactful
