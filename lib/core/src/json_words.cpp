#include "tactful/core/json_words.hpp"

namespace tactful {

std::string_view name_of(Json::Type type) noexcept {
  switch (type) {
    case Json::Type::kNull:
      return "null";
    case Json::Type::kBool:
      return "true or false";
    case Json::Type::kInteger:
      return "a whole number";
    case Json::Type::kNumber:
      return "a number";
    case Json::Type::kString:
      return "a text";
    case Json::Type::kArray:
      return "a list";
    case Json::Type::kObject:
      return "an object";
  }
  return "a value";
}

std::string wrong_type(std::string_view wanted, Json::Type got) {
  return std::string(wanted) + " was expected, and this is " + std::string(name_of(got));
}

}  // namespace tactful
