#include "calc_input.hpp"

#include <algorithm>
#include <array>

#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

using stats::FieldKind;

bool is_list(FieldKind kind) {
  return kind == FieldKind::kNumbers || kind == FieldKind::kCounts || kind == FieldKind::kIntegers;
}

// One value: a JSON literal where it is one, else the text itself.
Json scalar(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed && !parsed->is_array() && !parsed->is_object()) return std::move(parsed).value();
  return Json(text);
}

Json split(std::string_view text, char separator, Json (*item)(std::string_view)) {
  Json list = Json::array();
  if (trim(text).empty()) return list;
  for (;;) {
    const std::size_t end = std::min(text.find(separator), text.size());
    list.push_back(item(trim(text.substr(0, end))));
    if (end == text.size()) return list;
    text.remove_prefix(end + 1);
  }
}

Json row(std::string_view text) { return split(text, ',', scalar); }

Result<Json> field_value(const stats::FieldInfo& field, const std::string& text) {
  if (field.kind == FieldKind::kText) return Json(text);
  const std::string_view trimmed = trim(text);
  if (!trimmed.empty() && (trimmed.front() == '[' || trimmed.front() == '{')) {
    auto parsed = parse_json(trimmed, "--" + std::string(field.name));
    if (parsed) return parsed;
    return Error{ErrorCode::kInvalidArgument, parsed.error().message, parsed.error().where, ""};
  }
  if (field.kind == FieldKind::kCountRows) return split(trimmed, ';', row);
  if (is_list(field.kind)) return row(trimmed);
  if (field.kind == FieldKind::kLooks)
    return Error{ErrorCode::kInvalidArgument, "looks are given as a JSON array", "--" + std::string(field.name), ""};
  return scalar(trimmed);
}

struct Meaning {
  std::string_view field, words;
};

constexpr std::array kMeanings = {
    Meaning{"diff", "treatment minus control"},
    Meaning{"difference", "treatment minus control"},
    Meaning{"ratio", "treatment divided by control"},
    Meaning{"lift", "treatment / control - 1"},
    Meaning{"se", "standard error"},
    Meaning{"z", "test statistic, standard normal under the null"},
    Meaning{"t", "test statistic, Student's t under the null"},
    Meaning{"df", "degrees of freedom"},
    Meaning{"p", "p-value"},
    Meaning{"p_value", "p-value"},
    Meaning{"p_two_sided", "p-value of \"there is a difference\""},
    Meaning{"p_greater", "one-sided p-value of \"treatment is greater\""},
    Meaning{"p_less", "one-sided p-value of \"treatment is smaller\""},
    Meaning{"anytime_p", "p-value that is valid at every look"},
    Meaning{"ci", "confidence interval"},
    Meaning{"wald", "interval; poor for small counts and rare events"},
    Meaning{"wilson", "score interval"},
    Meaning{"newcombe", "interval from two Wilson score intervals"},
    Meaning{"agresti_caffo", "Wald interval after adding one success and one failure an arm"},
    Meaning{"miettinen_nurminen", "score interval; what the scorecard uses"},
    Meaning{"clopper_pearson", "exact interval, never too narrow"},
    Meaning{"koopman", "score interval"},
    Meaning{"n_pooled", "units an arm, exact"},
    Meaning{"n_unpooled", "units an arm, exact"},
    Meaning{"bounds", "count at which to stop, by look"},
    Meaning{"more_until_bound", "further events on treatment that would stop now"},
    Meaning{"nominal_p", "p-value needed at each look"},
    Meaning{"stopped_at", "look at which it stops; none when it does not"},
    Meaning{"mde", "smallest effect found with the wanted power"},
};

}  // namespace

Result<const stats::MethodInfo*> find_method(std::string_view name) {
  std::vector<std::string> known;
  for (const stats::MethodInfo& method : stats::methods()) {
    if (method.name == name) return &method;
    known.emplace_back(method.name);
  }
  const auto nearest = nearest_word(name, known);
  return Error{ErrorCode::kInvalidArgument, "unknown method \"" + printable(name) + "\"", "calc",
               (nearest ? "did you mean " + *nearest + "? " : std::string()) + "all methods: tactful calc --list"};
}

Result<Json> input_of_flags(const stats::MethodInfo& method,
                            const std::vector<std::pair<std::string, std::string>>& flags) {
  Json input = Json::object();
  for (const auto& [given, text] : flags) {
    std::string name = given;
    std::replace(name.begin(), name.end(), '-', '_');
    std::vector<std::string> known;
    const stats::FieldInfo* field = nullptr;
    for (const stats::FieldInfo& one : method.inputs) {
      known.emplace_back(one.name);
      if (one.name == name) field = &one;
    }
    if (field == nullptr) {
      const auto nearest = nearest_word(name, known);
      return Error{ErrorCode::kInvalidArgument, std::string(method.name) + " has no field \"" + printable(given) + "\"",
                   "--" + given,
                   (nearest ? "did you mean --" + *nearest + "? " : std::string()) + "see: tactful calc " +
                       std::string(method.name)};
    }
    if (input.find(name) != nullptr) return Error{ErrorCode::kInvalidArgument, "given twice", "--" + given, ""};
    auto value = field_value(*field, text);
    if (!value) return value.error();
    input.set(name, std::move(value).value());
  }
  return input;
}

std::string_view describe_kind(FieldKind kind) {
  switch (kind) {
    case FieldKind::kCount:
      return "whole number >= 0";
    case FieldKind::kPositiveCount:
      return "whole number >= 1";
    case FieldKind::kInteger:
      return "whole number";
    case FieldKind::kNumber:
      return "number";
    case FieldKind::kNonNegative:
      return "number >= 0";
    case FieldKind::kPositive:
      return "number > 0";
    case FieldKind::kProbability:
      return "number from 0 to 1";
    case FieldKind::kLevel:
      return "number between 0 and 1 (0.95, never 95)";
    case FieldKind::kPositiveOrInfinity:
      return "number > 0, or Infinity";
    case FieldKind::kText:
      return "text";
    case FieldKind::kFlag:
      return "true or false";
    case FieldKind::kNumbers:
      return "numbers, 1.5,2,3";
    case FieldKind::kCounts:
      return "whole numbers >= 0, 10,20";
    case FieldKind::kCountRows:
      return "rows of whole numbers >= 0, 10,20;11,19";
    case FieldKind::kIntegers:
      return "whole numbers or labels, 1,1,2";
    case FieldKind::kLooks:
      return "JSON array of looks";
  }
  return "";
}

std::string_view meaning_of_output(std::string_view field) {
  for (const Meaning& meaning : kMeanings)
    if (meaning.field == field) return meaning.words;
  return "";
}

}  // namespace tactful::tools
