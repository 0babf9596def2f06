#pragma once

#include <map>
#include <string>

#include "command.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/core/json.hpp"

namespace tactful::tools {

/// How a text from a file or the command line becomes an attribute.
enum class AttributeType { kText, kNumber, kBool };

using AttributeTypes = std::map<std::string, AttributeType, std::less<>>;

/// Types of the attributes that a scope condition compares with numbers or truth values; all others are texts.
[[nodiscard]] AttributeTypes types_of_scope(const Json& scope);

/// Adds what `--type NAME=text|number|bool` says. Errors: kInvalidArgument.
[[nodiscard]] Status add_declared_types(const Arguments& arguments, AttributeTypes& types);

/// The text as a value of the type; an empty text is no value; a text that is none of the type stays text, so that the
/// scope sees what the file says.
[[nodiscard]] Attribute::Value attribute_value(std::string_view text, AttributeType type) noexcept;

}  // namespace tactful::tools
