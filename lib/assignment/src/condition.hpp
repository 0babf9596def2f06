#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "js_value.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"

namespace re2 {
class RE2;
}

namespace tactful {

/// Where a condition looks up its attributes: typed attributes by full name or, in a table, by slot, or a JSON value by
/// dotted path.
class AttributeSource {
 public:
  explicit AttributeSource(std::span<const Attribute> attributes) noexcept : attributes_(attributes) {}
  explicit AttributeSource(const Json& json) noexcept : json_(&json) {}
  /// One row of a table; columns[slot] is the place in it of the attribute with that slot, or kAbsent.
  AttributeSource(std::span<const Attribute::Value> row, std::span<const std::uint16_t> columns) noexcept
      : row_(row), columns_(columns) {}
  static constexpr std::uint16_t kAbsent = 0xFFFF;

  /// Null where there is no such attribute; of two with one name the first.
  [[nodiscard]] JsValue find(std::string_view path, std::uint16_t slot) const noexcept;

 private:
  std::span<const Attribute> attributes_;
  const Json* json_ = nullptr;
  std::span<const Attribute::Value> row_;
  std::span<const std::uint16_t> columns_;
};

/// A compiled condition of GrowthBook's Mongo-style language (docs/spec/assignment.md).
/// Thread-safety: immutable. Over typed attributes matches() allocates nothing, but for $regex (RE2's cache).
class Condition {
 public:
  enum class Mode {
    kScope,    ///< Refuses whatever cannot work on typed attributes or is no operator: the scope of an experiment.
    kLenient,  ///< As the language itself: what is unknown or ill-formed does not match.
  };

  Condition() = default;  ///< Matches everything.

  /// Errors: kInvalidExperiment with the JSON pointer, below `pointer`, in `where`.
  [[nodiscard]] static Result<Condition> compile(const Json& condition, std::string_view pointer, Mode mode,
                                                 const Json& saved_groups = Json::object());

  /// Most attributes that one condition may name in scope mode.
  static constexpr std::size_t kMostNames = 256;

  [[nodiscard]] bool matches(const AttributeSource& source) const;

  /// Index of the first member of the condition's object that does not match, or nothing.
  [[nodiscard]] std::optional<std::size_t> first_mismatch(const AttributeSource& source) const;

  /// Names by slot, in the order in which they were first met.
  [[nodiscard]] std::span<const std::string> names() const noexcept;

 private:
  friend class ConditionCompiler;

  enum class Op {
    kNever,
    kIsText,
    kIsNumber,
    kIsFlag,
    kIsNull,
    kIsJson,
    kEqual,
    kNotEqual,
    kLess,
    kAtMost,
    kGreater,
    kAtLeast,
    kExists,
    kIn,
    kNotIn,
    kInFolded,
    kNotInFolded,
    kNot,
    kSize,
    kAnyElement,
    kAnyObject,
    kContainsAll,
    kContainsAllFolded,
    kRegex,
    kType,
    kVersionEqual,
    kVersionNotEqual,
    kVersionLess,
    kVersionAtMost,
    kVersionGreater,
    kVersionAtLeast,
  };

  // One test of a value. A value matches a list of tests when it matches each.
  struct Test {
    Op op = Op::kNever;
    Json operand;
    std::vector<Test> tests;         // kNot, kSize, kAnyElement; for kContainsAll one kNot-free test per item
    std::vector<std::string> texts;  // sorted texts of kIn and kNotIn
    std::shared_ptr<const re2::RE2> regex;
    std::shared_ptr<const Condition> object;  // kAnyObject
  };

  struct Rule {
    enum class Kind { kPath, kAnd, kOr, kNor, kNot };
    Kind kind = Kind::kPath;
    std::string path;
    std::uint16_t slot = 0;             // of the path among names()
    std::vector<Test> tests;            // kPath
    std::vector<Condition> conditions;  // the others
  };

  [[nodiscard]] static bool matches_all(const std::vector<Test>& tests, const JsValue& value);
  [[nodiscard]] static bool matches_one(const Test& test, const JsValue& value);
  [[nodiscard]] static bool matches_list(const Test& test, const JsValue& value);
  [[nodiscard]] static bool matches_version(const Test& test, const JsValue& value);
  [[nodiscard]] static bool is_in(const Test& test, const JsValue& value, bool folded);

  [[nodiscard]] static bool matches_rule(const Rule& rule, const AttributeSource& source);

  std::vector<Rule> rules_;
  std::shared_ptr<const std::vector<std::string>> names_;  // of the outermost condition alone
};

}  // namespace tactful
