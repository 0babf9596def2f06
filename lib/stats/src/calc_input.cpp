#include "calc_input.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "tactful/core/text.hpp"

namespace tactful::stats::calc {
namespace {

Error wrong_type(std::string_view name, std::string_view wanted) {
  std::string message(name);
  message += " must be ";
  message += wanted;
  return {ErrorCode::kInvalidInput, std::move(message), std::string(name), {}};
}

// The kind of each element of an array kind.
std::optional<FieldKind> element_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::kNumbers:
      return FieldKind::kNumber;
    case FieldKind::kCounts:
      return FieldKind::kCount;
    case FieldKind::kCountRows:
      return FieldKind::kCounts;
    default:
      return std::nullopt;
  }
}

bool is_whole(const Json& json) {
  if (json.is_integer()) return true;
  if (!json.is_number()) return false;
  const double value = json.as_number();
  return value == std::floor(value) && std::abs(value) <= 9007199254740992.0;
}

Status check_number(std::string_view name, FieldKind kind, const Json& json) {
  if (!json.is_number()) return wrong_type(name, "a number");
  const double value = json.as_number();
  if (!std::isfinite(value)) return out_of_range(name, value, "finite");
  switch (kind) {
    case FieldKind::kNonNegative:
      if (!(value >= 0.0)) return out_of_range(name, value, "0 or more");
      break;
    case FieldKind::kPositiveOrInfinity:
    case FieldKind::kPositive:
      if (!(value > 0.0)) return out_of_range(name, value, "above 0");
      break;
    case FieldKind::kProbability:
      if (!(value >= 0.0 && value <= 1.0)) return out_of_range(name, value, "between 0 and 1");
      break;
    case FieldKind::kLevel:
      if (!(value > 0.0 && value < 1.0)) return out_of_range(name, value, "strictly between 0 and 1 (0.95, not 95)");
      break;
    default:
      break;
  }
  return {};
}

Status check_whole(std::string_view name, FieldKind kind, const Json& json) {
  if (!json.is_number()) return wrong_type(name, "a whole number");
  if (!is_whole(json)) return out_of_range(name, json.as_number(), "a whole number");
  const double value = json.as_number();
  const double least = kind == FieldKind::kPositiveCount ? 1.0 : kind == FieldKind::kCount ? 0.0 : -9007199254740992.0;
  if (value < least) return out_of_range(name, value, kind == FieldKind::kPositiveCount ? "at least 1" : "0 or more");
  if (value > 9007199254740992.0) return out_of_range(name, value, "at most 2^53");
  return {};
}

Status check_looks(std::string_view name, const Json& json);

Status check_kind(std::string_view name, FieldKind kind, const Json& json) {
  switch (kind) {
    case FieldKind::kCount:
    case FieldKind::kPositiveCount:
    case FieldKind::kInteger:
      return check_whole(name, kind, json);
    case FieldKind::kText:
      return json.is_string() ? Status() : wrong_type(name, "text");
    case FieldKind::kFlag:
      return json.is_bool() ? Status() : wrong_type(name, "true or false");
    case FieldKind::kLooks:
      return check_looks(name, json);
    case FieldKind::kPositiveOrInfinity:
      if (json.is_string() && json.as_string() == "Infinity") return {};
      return check_number(name, kind, json);
    case FieldKind::kIntegers:
      if (!json.is_array()) return wrong_type(name, "an array of labels");
      for (const Json& element : json.as_array()) {
        if (!element.is_string() && !is_whole(element)) return wrong_type(name, "an array of whole numbers or texts");
      }
      return {};
    default:
      break;
  }
  const auto element_kind = element_of(kind);
  if (!element_kind) return check_number(name, kind, json);
  if (!json.is_array()) return wrong_type(name, "an array");
  for (std::size_t i = 0; i < json.as_array().size(); ++i) {
    const std::string element_name = std::string(name) + "[" + std::to_string(i) + "]";
    if (auto status = check_kind(element_name, *element_kind, json.as_array()[i]); !status) return status;
  }
  return {};
}

Status check_members(std::string_view where, const Json& json, std::span<const FieldInfo> fields) {
  if (!json.is_object()) return wrong_type(where, "an object");
  for (const Json::Member& member : json.as_object()) {
    const auto known =
        std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& field) { return field.name == member.first; });
    if (known == fields.end()) {
      Error error{ErrorCode::kInvalidInput, "unknown field " + member.first, member.first, {}};
      std::vector<std::string> names;
      for (const FieldInfo& field : fields) names.emplace_back(field.name);
      if (const auto near = nearest_word(member.first, names)) error.hint = "did you mean " + *near + "?";
      return error;
    }
    if (member.second.is_null() && !known->required) continue;
    if (auto status = check_kind(known->name, known->kind, member.second); !status) return status;
  }
  for (const FieldInfo& field : fields) {
    if (!field.required) continue;
    if (json.find(field.name) == nullptr) {
      return Error{
          ErrorCode::kInvalidInput, "field " + std::string(field.name) + " is missing", std::string(field.name), {}};
    }
  }
  return {};
}

constexpr FieldInfo kStratumFields[] = {{"treatment_weight", FieldKind::kPositive},
                                        {"control_weight", FieldKind::kPositive},
                                        {"treatment_events", FieldKind::kCount},
                                        {"control_events", FieldKind::kCount}};

Status check_looks(std::string_view name, const Json& json) {
  if (!json.is_array()) return wrong_type(name, "an array of looks");
  for (std::size_t i = 0; i < json.as_array().size(); ++i) {
    const std::string where = std::string(name) + "[" + std::to_string(i) + "]";
    const Json& look = json.as_array()[i];
    if (!look.is_object()) return wrong_type(where, "an object with information_fraction and strata");
    for (const Json::Member& member : look.as_object()) {
      if (member.first != "information_fraction" && member.first != "strata") {
        return Error{ErrorCode::kInvalidInput, "unknown field " + member.first, where + "." + member.first, {}};
      }
    }
    if (const Json* fraction = look.find("information_fraction")) {
      if (auto status = check_number(where + ".information_fraction", FieldKind::kPositive, *fraction); !status) {
        return status;
      }
    }
    const Json* strata = look.find("strata");
    if (strata == nullptr || !strata->is_array()) return wrong_type(where + ".strata", "an array of strata");
    for (const Json& stratum : strata->as_array()) {
      if (auto status = check_members(where + ".strata", stratum, kStratumFields); !status) return status;
    }
  }
  return {};
}

}  // namespace

Result<Input> Input::check(const MethodInfo& method, const Json& json) {
  if (auto status = check_members("input", json, method.inputs); !status) return status.error();
  return Input(json);
}

const Json* Input::find(std::string_view name) const {
  const Json* json = json_->find(name);
  return json != nullptr && json->is_null() ? nullptr : json;
}

bool Input::has(std::string_view name) const { return find(name) != nullptr; }

double Input::number(std::string_view name, double fallback) const {
  const Json* json = find(name);
  if (json == nullptr) return fallback;
  return json->is_string() ? kInfinity : json->as_number();
}

std::int64_t Input::count(std::string_view name, std::int64_t fallback) const {
  const Json* json = find(name);
  if (json == nullptr) return fallback;
  return json->is_integer() ? json->as_integer() : static_cast<std::int64_t>(json->as_number());
}

bool Input::flag(std::string_view name) const {
  const Json* json = find(name);
  return json != nullptr && json->as_bool();
}

std::string_view Input::text(std::string_view name, std::string_view fallback) const {
  const Json* json = find(name);
  return json == nullptr ? fallback : std::string_view(json->as_string());
}

std::vector<double> Input::numbers(std::string_view name) const {
  std::vector<double> values;
  if (const Json* json = find(name)) {
    for (const Json& value : json->as_array()) values.push_back(value.as_number());
  }
  return values;
}

std::vector<std::int64_t> Input::counts(std::string_view name) const {
  std::vector<std::int64_t> values;
  for (const double value : numbers(name)) values.push_back(static_cast<std::int64_t>(value));
  return values;
}

std::vector<std::vector<std::int64_t>> Input::rows(std::string_view name) const {
  std::vector<std::vector<std::int64_t>> rows;
  if (const Json* json = find(name)) {
    for (const Json& row : json->as_array()) {
      rows.emplace_back();
      for (const Json& value : row.as_array()) rows.back().push_back(static_cast<std::int64_t>(value.as_number()));
    }
  }
  return rows;
}

std::vector<std::int64_t> Input::labels(std::string_view name) const {
  std::map<std::string, std::int64_t> known;
  std::vector<std::int64_t> labels;
  if (const Json* json = find(name)) {
    for (const Json& label : json->as_array()) {
      labels.push_back(known.emplace(label.dump(), static_cast<std::int64_t>(known.size())).first->second);
    }
  }
  return labels;
}

std::vector<HarmLook> Input::looks(std::string_view name) const {
  std::vector<HarmLook> looks;
  const Json* json = find(name);
  if (json == nullptr) return looks;
  for (const Json& entry : json->as_array()) {
    HarmLook look;
    if (const Json* fraction = entry.find("information_fraction")) look.information_fraction = fraction->as_number();
    for (const Json& part : entry.find("strata")->as_array()) {
      const auto whole = [&](const char* field) { return static_cast<std::int64_t>(part.find(field)->as_number()); };
      look.strata.push_back({part.find("treatment_weight")->as_number(), part.find("control_weight")->as_number(),
                             whole("treatment_events"), whole("control_events")});
    }
    looks.push_back(std::move(look));
  }
  return looks;
}

Level Input::level(std::string_view name) const { return Level::make(number(name), name).value(); }

Result<ProportionPair> Input::pair() const {
  auto control = BinomialCount::make(count("x_c"), count("n_c"), "control");
  if (!control) return control.error();
  auto treatment = BinomialCount::make(count("x_t"), count("n_t"), "treatment");
  if (!treatment) return treatment.error();
  return ProportionPair{*control, *treatment};
}

Result<Alternative> Input::one_sided_alternative() const {
  if (text("alternative") == "greater") return Alternative::kGreater;
  if (text("alternative") == "less") return Alternative::kLess;
  return invalid_argument("alternative",
                          "alternative is " + std::string(text("alternative")) + ", it must be greater or less");
}

Result<int> Input::sides() const {
  const std::int64_t sided = count("sided");
  if (sided != 1 && sided != 2) return out_of_range("sided", static_cast<double>(sided), "1 or 2");
  return static_cast<int>(sided);
}

Json number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0.0 ? "Infinity" : "-Infinity";
  return value;
}

Json number(const std::optional<double>& value) { return value ? number(*value) : Json(); }

Json list(std::span<const double> values) {
  Json array = Json::array();
  for (const double value : values) array.push_back(number(value));
  return array;
}

Json list(const Interval& interval) {
  Json array = Json::array();
  array.push_back(number(interval.low())).push_back(number(interval.high()));
  return array;
}

Json list(const std::optional<Interval>& interval) { return interval ? list(*interval) : Json(); }

void set_null(Json& out, std::initializer_list<const char*> names) {
  for (const char* name : names) out.set(name, nullptr);
}

}  // namespace tactful::stats::calc
