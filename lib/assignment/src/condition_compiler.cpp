#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "condition.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::int64_t kRegexMemory = 1 << 20;

Error refuse(const std::string& pointer, std::string message, std::string hint) {
  return {ErrorCode::kInvalidExperiment, std::move(message), pointer, std::move(hint)};
}

bool is_operator_object(const Json& json) {
  const Json::Object& members = json.as_object();
  return !members.empty() && std::all_of(members.begin(), members.end(),
                                         [](const Json::Member& member) { return member.first.starts_with('$'); });
}

}  // namespace

// Turns the JSON into rules and tests. In scope mode the first fault is the error; in lenient mode it never matches.
class ConditionCompiler {
 public:
  using Op = Condition::Op;
  using Test = Condition::Test;
  using Rule = Condition::Rule;

  ConditionCompiler(Condition::Mode mode, const Json& saved_groups)
      : strict_(mode == Condition::Mode::kScope), groups_(saved_groups) {}

  [[nodiscard]] std::vector<std::string> names() const { return names_; }

  Result<Condition> condition(const Json& json, const std::string& pointer) const {
    if (!json.is_object()) return refuse(pointer, "a condition is a JSON object", "");
    Condition result;
    for (const Json::Member& member : json.as_object()) {
      auto compiled = rule(member, append_pointer(pointer, member.first));
      if (!compiled) return compiled.error();
      result.rules_.push_back(std::move(compiled).value());
    }
    return result;
  }

 private:
  Result<Rule> rule(const Json::Member& member, const std::string& pointer) const {
    const auto& [name, json] = member;
    Rule result;
    if (name == "$and" || name == "$or" || name == "$nor") {
      result.kind = name == "$and" ? Rule::Kind::kAnd : name == "$or" ? Rule::Kind::kOr : Rule::Kind::kNor;
      if (!json.is_array()) return refuse(pointer, name + " takes a list of conditions", "");
      for (std::size_t i = 0; i < json.as_array().size(); ++i) {
        auto inner = condition(json.as_array()[i], append_pointer(pointer, i));
        if (!inner) return inner.error();
        result.conditions.push_back(std::move(inner).value());
      }
      return result;
    }
    if (name == "$not") {
      result.kind = Rule::Kind::kNot;
      auto inner = condition(json, pointer);
      if (!inner) return inner.error();
      result.conditions.push_back(std::move(inner).value());
      return result;
    }
    if (strict_ && name.starts_with('$')) {
      return refuse(pointer, "\"" + printable(name) + "\" does not combine conditions",
                    "use $and, $or, $nor or $not here");
    }
    result.path = name;
    const auto known = std::find(names_.begin(), names_.end(), name);
    if (strict_ && known == names_.end() && names_.size() == Condition::kMostNames) {
      return refuse(pointer, "the scope names more than " + std::to_string(Condition::kMostNames) + " attributes", "");
    }
    result.slot = static_cast<std::uint16_t>(known - names_.begin());
    if (known == names_.end()) names_.push_back(name);
    auto compiled = tests(json, pointer);
    if (!compiled) return compiled.error();
    result.tests = std::move(compiled).value();
    return result;
  }

  Result<std::vector<Test>> tests(const Json& json, const std::string& pointer) const {
    std::vector<Test> result;
    if (!json.is_object() || !is_operator_object(json)) {
      Test plain;
      plain.operand = json;
      switch (json.type()) {
        case Json::Type::kString:
          plain.op = Op::kIsText;
          break;
        case Json::Type::kInteger:
        case Json::Type::kNumber:
          plain.op = Op::kIsNumber;
          break;
        case Json::Type::kBool:
          plain.op = Op::kIsFlag;
          break;
        case Json::Type::kNull:
          plain.op = Op::kIsNull;
          break;
        case Json::Type::kArray:
        case Json::Type::kObject:
          if (strict_) {
            return refuse(pointer, "an attribute of a message is a single value and never equals a list or an object",
                          "compare with a text, number, true, false or null, or use operators like {\"$in\": [...]}");
          }
          plain.op = Op::kIsJson;
      }
      result.push_back(std::move(plain));
      return result;
    }
    for (const Json::Member& member : json.as_object()) {
      auto compiled = test(member.first, member.second, append_pointer(pointer, member.first));
      if (!compiled && strict_) return compiled.error();
      result.push_back(compiled ? std::move(compiled).value() : Test{});
    }
    return result;
  }

  Result<Test> test(const std::string& name, const Json& operand, const std::string& pointer) const {
    struct Named {
      std::string_view name;
      Op op;
    };
    static constexpr std::array<Named, 27> kOperators{{{"$eq", Op::kEqual},
                                                       {"$ne", Op::kNotEqual},
                                                       {"$lt", Op::kLess},
                                                       {"$lte", Op::kAtMost},
                                                       {"$gt", Op::kGreater},
                                                       {"$gte", Op::kAtLeast},
                                                       {"$exists", Op::kExists},
                                                       {"$in", Op::kIn},
                                                       {"$nin", Op::kNotIn},
                                                       {"$ini", Op::kInFolded},
                                                       {"$nini", Op::kNotInFolded},
                                                       {"$not", Op::kNot},
                                                       {"$regex", Op::kRegex},
                                                       {"$regexi", Op::kRegex},
                                                       {"$type", Op::kType},
                                                       {"$veq", Op::kVersionEqual},
                                                       {"$vne", Op::kVersionNotEqual},
                                                       {"$vlt", Op::kVersionLess},
                                                       {"$vlte", Op::kVersionAtMost},
                                                       {"$vgt", Op::kVersionGreater},
                                                       {"$vgte", Op::kVersionAtLeast},
                                                       {"$size", Op::kSize},
                                                       {"$elemMatch", Op::kAnyElement},
                                                       {"$all", Op::kContainsAll},
                                                       {"$alli", Op::kContainsAllFolded},
                                                       {"$inGroup", Op::kIn},
                                                       {"$notInGroup", Op::kNotIn}}};
    const auto found =
        std::find_if(kOperators.begin(), kOperators.end(), [&](const Named& o) { return o.name == name; });
    if (found == kOperators.end()) {
      std::vector<std::string> known;
      for (const Named& one : kOperators) known.emplace_back(one.name);
      const auto nearest = nearest_word(name, known);
      return refuse(pointer, "there is no operator \"" + printable(name) + "\"",
                    nearest ? "did you mean \"" + *nearest + "\"?" : "docs/spec/assignment.md lists the operators");
    }
    Test result;
    result.op = found->op;
    result.operand = operand;
    switch (result.op) {
      case Op::kIn:
      case Op::kNotIn:
        return name.ends_with("Group") ? group(std::move(result), pointer) : list(std::move(result), pointer);
      case Op::kInFolded:
      case Op::kNotInFolded:
        return list(std::move(result), pointer);
      case Op::kRegex:
        return regex(std::move(result), name == "$regexi", pointer);
      case Op::kSize:
      case Op::kAnyElement:
      case Op::kContainsAll:
      case Op::kContainsAllFolded:
        return of_lists(std::move(result), name, pointer);
      case Op::kNot:
        return nested(std::move(result), pointer);
      case Op::kType:
        if (operand.is_string()) return result;
        return refuse(pointer, "$type takes the name of a type as text", "string, number, boolean or null");
      default:
        return scalar(std::move(result), name, pointer);
    }
  }

  Result<Test> nested(Test result, const std::string& pointer) const {
    auto inner = tests(result.operand, pointer);
    if (!inner) return inner.error();
    result.tests = std::move(inner).value();
    return result;
  }

  Result<Test> scalar(Test result, const std::string& name, const std::string& pointer) const {
    if (strict_ && (result.operand.is_array() || result.operand.is_object())) {
      return refuse(pointer, name + " compares with a single value", "use $in for a list of values");
    }
    if (strict_ && result.op == Op::kExists && !result.operand.is_bool())
      return refuse(pointer, "$exists takes true or false", "");
    return result;
  }

  Result<Test> list(Test result, const std::string& pointer) const {
    if (!result.operand.is_array()) return refuse(pointer, "a list of values was expected", "write [\"a\", \"b\"]");
    for (const Json& item : result.operand.as_array()) {
      if (item.is_string()) result.texts.push_back(item.as_string());
    }
    std::sort(result.texts.begin(), result.texts.end());
    return result;
  }

  // Members of a saved group, resolved now; in lenient mode an unknown group is empty.
  Result<Test> group(Test result, const std::string& pointer) const {
    if (strict_ && (!result.operand.is_string() || groups_.find(result.operand.as_string()) == nullptr)) {
      return refuse(pointer, "the experiment file has no such group",
                    "name one of \"groups\", or list the values with $in");
    }
    const Json* members = result.operand.is_string() ? groups_.find(result.operand.as_string()) : nullptr;
    result.operand = members == nullptr ? Json::array() : *members;
    return list(std::move(result), pointer);
  }

  Result<Test> regex(Test result, bool folded, const std::string& pointer) const {
    if (!result.operand.is_string()) return refuse(pointer, "a pattern is a text", "");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!folded);
    options.set_max_mem(kRegexMemory);
    result.regex = std::make_shared<const re2::RE2>(result.operand.as_string(), options);
    if (result.regex->ok()) return result;
    return refuse(pointer, "the pattern cannot be compiled: " + printable(result.regex->error()),
                  "patterns are RE2's: without look-around and back-references");
  }

  // Operators on lists, which typed attributes cannot hold.
  Result<Test> of_lists(Test result, const std::string& name, const std::string& pointer) const {
    if (strict_) {
      return refuse(pointer, name + " tests a list, and an attribute of a message is a single value",
                    "record a single value, such as a count or true and false");
    }
    if (result.op == Op::kSize) return nested(std::move(result), pointer);
    if (result.op == Op::kAnyElement) {
      if (!result.operand.is_object()) return refuse(pointer, "$elemMatch takes an object", "");
      if (is_operator_object(result.operand)) return nested(std::move(result), pointer);
      auto inner = condition(result.operand, pointer);
      if (!inner) return inner.error();
      result.op = Op::kAnyObject;
      result.object = std::make_shared<const Condition>(std::move(inner).value());
      return result;
    }
    if (!result.operand.is_array()) return refuse(pointer, name + " takes a list", "");
    for (std::size_t i = 0; i < result.operand.as_array().size(); ++i) {
      auto wanted = tests(result.operand.as_array()[i], append_pointer(pointer, i));
      if (!wanted) return wanted.error();
      // An item with several operators must hold on one element: "not not all of them".
      Test one = wanted->size() == 1 ? std::move(wanted->front()) : both(std::move(wanted).value());
      result.tests.push_back(std::move(one));
    }
    return result;
  }

  static Test both(std::vector<Test> tests) {
    Test inner;
    inner.op = Op::kNot;
    inner.tests = std::move(tests);
    Test outer;
    outer.op = Op::kNot;
    outer.tests.push_back(std::move(inner));
    return outer;
  }

  bool strict_;
  const Json& groups_;
  mutable std::vector<std::string> names_;  // by slot
};

Result<Condition> Condition::compile(const Json& json, std::string_view pointer, Mode mode, const Json& saved_groups) {
  const ConditionCompiler compiler(mode, saved_groups);
  auto condition = compiler.condition(json, std::string(pointer));
  if (condition) condition->names_ = std::make_shared<const std::vector<std::string>>(compiler.names());
  return condition;
}

}  // namespace tactful
