// The condition language: a condition (first part) over attributes (second part, a JSON object). What a scope accepts
// must say the same over typed attributes as over the JSON that they came from.
#include <vector>

#include "condition.hpp"
#include "fuzz_target.hpp"

namespace tactful {
namespace {

/// The members as typed attributes; nothing where one is not flat or its name is a path.
std::optional<std::vector<Attribute>> typed(const Json& object) {
  std::vector<Attribute> attributes;
  for (const auto& [name, value] : object.as_object()) {
    if (name.find('.') != std::string::npos || value.is_array() || value.is_object()) return std::nullopt;
    Attribute attribute{name, {}};
    if (value.is_bool()) attribute.value = value.as_bool();
    if (value.is_integer()) attribute.value = value.as_integer();
    if (value.type() == Json::Type::kNumber) attribute.value = value.as_number();
    if (value.is_string()) attribute.value = std::string_view(value.as_string());
    attributes.push_back(attribute);
  }
  return attributes;
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(condition) {
  using namespace tactful;
  const auto [condition_text, attribute_text] = fuzz::split(input);
  const auto json = parse_json(condition_text);
  if (!json) return;
  auto given = parse_json(attribute_text);
  const Json attributes = given && given->is_object() ? *given : Json::object();
  const Json groups = Json::object().set("vip", Json::array().push_back("1001").push_back(7));
  if (const auto lenient = Condition::compile(*json, "", Condition::Mode::kLenient, groups)) {
    (void)lenient->matches(AttributeSource(attributes));
  }
  const auto scope = Condition::compile(*json, "/scope", Condition::Mode::kScope, groups);
  if (!scope) {
    fuzz::require(scope.error().where.starts_with("/scope"), "an error says where");
    return;
  }
  const bool matches = scope->matches(AttributeSource(attributes));
  fuzz::require(scope->first_mismatch(AttributeSource(attributes)).has_value() != matches, "a mismatch or a match");
  if (const auto flat = typed(attributes)) {
    bool paths = false;
    for (const std::string& name : scope->names()) paths = paths || name.find('.') != std::string::npos;
    if (!paths) fuzz::require(scope->matches(AttributeSource(*flat)) == matches, "typed attributes say the same");
  }
}
