#include "condition.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "version.hpp"

namespace tactful {
namespace {

// One step of a dotted path, as JavaScript's `in` and index see it.
JsValue member_of(const JsValue& value, std::string_view name) noexcept {
  if (value.kind == JsValue::Kind::kObject) {
    const Json* member = value.json->find(name);
    return member == nullptr ? JsValue{} : JsValue::of(*member);
  }
  if (value.kind != JsValue::Kind::kList) return {};
  const Json::Array& list = value.json->as_array();
  if (name == "length") return JsValue::of_number(static_cast<double>(list.size()));
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool is_index =
      error == std::errc() && end == name.data() + name.size() && (name == "0" || name.front() != '0');
  return is_index && index < list.size() ? JsValue::of(list[index]) : JsValue{};
}

std::string_view type_name(JsValue::Kind kind) noexcept {
  switch (kind) {
    case JsValue::Kind::kNull:
      return "null";
    case JsValue::Kind::kBool:
      return "boolean";
    case JsValue::Kind::kNumber:
      return "number";
    case JsValue::Kind::kText:
      return "string";
    case JsValue::Kind::kList:
      return "array";
    case JsValue::Kind::kObject:
      return "object";
  }
  return "";
}

// A version may be written as a number; anything else that is no text counts as 0.
std::string_view version_text(const JsValue& value, char (&buffer)[32]) noexcept {
  if (value.kind == JsValue::Kind::kText) return value.text;
  return value.kind == JsValue::Kind::kNumber ? print_number(value.number, buffer) : "0";
}

}  // namespace

JsValue AttributeSource::find(std::string_view path, std::uint16_t slot) const noexcept {
  if (!columns_.empty()) return columns_[slot] == kAbsent ? JsValue{} : JsValue::of(row_[columns_[slot]]);
  if (json_ == nullptr) {
    for (const Attribute& attribute : attributes_) {
      if (attribute.name == path) return JsValue::of(attribute.value);
    }
    return {};
  }
  JsValue value = JsValue::of(*json_);
  while (true) {
    const std::size_t dot = path.find('.');
    value = member_of(value, path.substr(0, dot));
    if (dot == std::string_view::npos || value.is_null()) return value;
    path.remove_prefix(dot + 1);
  }
}

bool Condition::matches(const AttributeSource& source) const {
  return std::all_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return matches_rule(rule, source); });
}

std::optional<std::size_t> Condition::first_mismatch(const AttributeSource& source) const {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!matches_rule(rules_[i], source)) return i;
  }
  return std::nullopt;
}

std::span<const std::string> Condition::names() const noexcept {
  return names_ == nullptr ? std::span<const std::string>() : std::span<const std::string>(*names_);
}

bool Condition::matches_rule(const Rule& rule, const AttributeSource& source) {
  const auto any = [&] {
    return std::any_of(rule.conditions.begin(), rule.conditions.end(),
                       [&](const Condition& c) { return c.matches(source); });
  };
  switch (rule.kind) {
    case Rule::Kind::kPath:
      return matches_all(rule.tests, source.find(rule.path, rule.slot));
    case Rule::Kind::kAnd:
      return std::all_of(rule.conditions.begin(), rule.conditions.end(),
                         [&](const Condition& c) { return c.matches(source); });
    // An empty $or holds, and so an empty $nor does not.
    case Rule::Kind::kOr:
      return rule.conditions.empty() || any();
    case Rule::Kind::kNor:
      return !rule.conditions.empty() && !any();
    case Rule::Kind::kNot:
      return !any();
  }
  return false;
}

bool Condition::matches_all(const std::vector<Test>& tests, const JsValue& value) {
  return std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return matches_one(test, value); });
}

bool Condition::matches_one(const Test& test, const JsValue& value) {
  char buffer[32];
  std::string storage;
  switch (test.op) {
    case Op::kNever:
      return false;
    case Op::kIsText:
      return to_text(value, buffer, storage) == test.operand.as_string();
    case Op::kIsNumber:
      return to_number(value) == test.operand.as_number();
    case Op::kIsFlag:
      return !value.is_null() && is_truthy(value) == test.operand.as_bool();
    case Op::kIsNull:
      return value.is_null();
    case Op::kIsJson:
      return is_same_json(value, test.operand);
    case Op::kEqual:
      return is_same(value, JsValue::of(test.operand));
    case Op::kNotEqual:
      return !is_same(value, JsValue::of(test.operand));
    case Op::kLess:
      return compare(value, JsValue::of(test.operand)) < 0;
    case Op::kAtMost:
      return compare(value, JsValue::of(test.operand)) <= 0;
    case Op::kGreater:
      return compare(value, JsValue::of(test.operand)) > 0;
    case Op::kAtLeast:
      return compare(value, JsValue::of(test.operand)) >= 0;
    case Op::kExists:
      return value.is_null() != is_truthy(JsValue::of(test.operand));
    case Op::kIn:
      return is_in(test, value, false);
    case Op::kNotIn:
      return !is_in(test, value, false);
    case Op::kInFolded:
      return is_in(test, value, true);
    case Op::kNotInFolded:
      return !is_in(test, value, true);
    case Op::kNot:
      return !matches_all(test.tests, value);
    case Op::kRegex: {
      const std::string_view text = to_text(value, buffer, storage);
      return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *test.regex);
    }
    case Op::kType:
      return type_name(value.kind) == test.operand.as_string();
    case Op::kSize:
    case Op::kAnyElement:
    case Op::kAnyObject:
    case Op::kContainsAll:
    case Op::kContainsAllFolded:
      return matches_list(test, value);
    default:
      return matches_version(test, value);
  }
}

bool Condition::matches_version(const Test& test, const JsValue& value) {
  char left[32];
  char right[32];
  const auto order = compare_versions(version_text(value, left), version_text(JsValue::of(test.operand), right));
  switch (test.op) {
    case Op::kVersionEqual:
      return order == 0;
    case Op::kVersionNotEqual:
      return order != 0;
    case Op::kVersionLess:
      return order < 0;
    case Op::kVersionAtMost:
      return order <= 0;
    case Op::kVersionGreater:
      return order > 0;
    case Op::kVersionAtLeast:
      return order >= 0;
    default:
      return false;
  }
}

bool Condition::matches_list(const Test& test, const JsValue& value) {
  if (value.kind != JsValue::Kind::kList) return false;
  const Json::Array& list = value.json->as_array();
  if (test.op == Op::kSize) return matches_all(test.tests, JsValue::of_number(static_cast<double>(list.size())));
  if (test.op == Op::kAnyElement || test.op == Op::kAnyObject) {
    return std::any_of(list.begin(), list.end(), [&](const Json& item) {
      const JsValue element = JsValue::of(item);
      if (!is_truthy(element)) return false;
      return test.op == Op::kAnyElement ? matches_all(test.tests, element)
                                        : test.object->matches(AttributeSource(item));
    });
  }
  const bool folded = test.op == Op::kContainsAllFolded;
  return std::all_of(test.tests.begin(), test.tests.end(), [&](const Test& wanted) {
    return std::any_of(list.begin(), list.end(), [&](const Json& item) {
      if (!folded || wanted.op != Op::kIsText) return matches_one(wanted, JsValue::of(item));
      char buffer[32];
      std::string storage;
      return is_same_folded(to_text(JsValue::of(item), buffer, storage), wanted.operand.as_string());
    });
  });
}

bool Condition::is_in(const Test& test, const JsValue& value, bool folded) {
  if (value.kind == JsValue::Kind::kList) {
    const Json::Array& list = value.json->as_array();
    return std::any_of(list.begin(), list.end(), [&](const Json& item) {
      return item.is_array() ? false : is_in(test, JsValue::of(item), folded);
    });
  }
  const Json::Array& wanted = test.operand.as_array();
  if (value.kind == JsValue::Kind::kText && !folded) {
    return std::binary_search(test.texts.begin(), test.texts.end(), value.text);
  }
  return std::any_of(wanted.begin(), wanted.end(), [&](const Json& item) {
    if (folded && value.kind == JsValue::Kind::kText && item.is_string())
      return is_same_folded(value.text, item.as_string());
    return is_same(value, JsValue::of(item));
  });
}

}  // namespace tactful
