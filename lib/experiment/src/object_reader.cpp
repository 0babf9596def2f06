#include "object_reader.hpp"

#include <algorithm>
#include <cmath>

#include "tactful/core/json_words.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::string_view kKeyRule = "a key is 1 to 64 of a-z, 0-9, '-', '_' and starts with a letter or digit";
constexpr std::string_view kLabelRule = "a label is 1 to 100 bytes of UTF-8 without control characters or outer blanks";

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

}  // namespace

void Findings::error(std::string rule, std::string pointer, std::string message, std::string hint) {
  list_.add({Severity::kError, std::move(rule), std::move(pointer), std::move(message), std::move(hint)});
}

void Findings::warning(std::string rule, std::string pointer, std::string message, std::string hint) {
  list_.add({Severity::kWarning, std::move(rule), std::move(pointer), std::move(message), std::move(hint)});
}

ObjectReader::ObjectReader(const Json& value, std::string pointer, std::initializer_list<std::string_view> known,
                           Findings& findings)
    : value_(&value), pointer_(std::move(pointer)), findings_(&findings) {
  if (!value.is_object()) {
    findings.error("type", pointer_, wrong_type("an object", value.type()), "write it in braces");
    static const Json no_members = Json::object();
    value_ = &no_members;
    return;
  }
  for (const Json::Member& member : value.as_object()) {
    if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
    std::optional<std::string> nearest;  // not looked for where it would not be shown
    if (findings.list().size() < FindingList::kMost) nearest = nearest_word(member.first, known);
    findings.error(
        "unknown-field", pointer_to(member.first), "there is no field " + quoted(member.first) + " here",
        nearest ? "did you mean \"" + *nearest + "\"?" : "remove it; docs/spec/experiment.md lists the fields");
  }
}

const Json* ObjectReader::member(std::string_view name, Json::Type type, std::string_view wanted) {
  const Json* value = value_->find(name);
  if (value == nullptr) return nullptr;
  if (value->type() == type || (type == Json::Type::kNumber && value->is_number())) return value;
  findings_->error("type", pointer_to(name), wrong_type(wanted, value->type()), "");
  return nullptr;
}

const Json* ObjectReader::object(std::string_view name) { return member(name, Json::Type::kObject, "an object"); }
const Json* ObjectReader::array(std::string_view name) { return member(name, Json::Type::kArray, "a list"); }

bool ObjectReader::require(std::string_view name, std::string_view hint) {
  if (has(name)) return true;
  findings_->error("missing", pointer_to(name), "the field \"" + std::string(name) + "\" is missing",
                   std::string(hint));
  return false;
}

std::string ObjectReader::text(std::string_view name, std::string fallback) {
  const Json* value = member(name, Json::Type::kString, "a text");
  return value == nullptr ? std::move(fallback) : value->as_string();
}

std::string ObjectReader::key(std::string_view name, std::string fallback) {
  const Json* value = member(name, Json::Type::kString, "a text");
  if (value == nullptr) return fallback;
  if (is_key(value->as_string())) return value->as_string();
  findings_->error("key", pointer_to(name), quoted(value->as_string()) + " is no key", std::string(kKeyRule));
  return fallback;
}

std::string ObjectReader::label(std::string_view name, std::string fallback) {
  const Json* value = member(name, Json::Type::kString, "a text");
  if (value == nullptr) return fallback;
  if (is_label(value->as_string())) return value->as_string();
  findings_->error("label", pointer_to(name), quoted(value->as_string()) + " is no label", std::string(kLabelRule));
  return fallback;
}

std::vector<std::string> ObjectReader::labels(std::string_view name) {
  std::vector<std::string> result;
  const Json* list = array(name);
  if (list == nullptr) return result;
  for (std::size_t i = 0; i < list->as_array().size(); ++i) {
    const Json& item = list->as_array()[i];
    const std::string at = append_pointer(pointer_to(name), i);
    if (!item.is_string()) {
      findings_->error("type", at, wrong_type("a text", item.type()), "");
    } else if (!is_label(item.as_string())) {
      findings_->error("label", at, quoted(item.as_string()) + " is no label", std::string(kLabelRule));
    } else if (std::find(result.begin(), result.end(), item.as_string()) != result.end()) {
      findings_->error("duplicate", at, quoted(item.as_string()) + " stands twice", "name each once");
    } else {
      result.push_back(item.as_string());
    }
  }
  return result;
}

bool ObjectReader::boolean(std::string_view name, bool fallback) {
  const Json* value = member(name, Json::Type::kBool, "true or false");
  return value == nullptr ? fallback : value->as_bool();
}

std::int64_t ObjectReader::integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const Json* value = member(name, Json::Type::kInteger, "a whole number");
  if (value == nullptr) return fallback;
  if (value->as_integer() >= low && value->as_integer() <= high) return value->as_integer();
  findings_->error("range", pointer_to(name), std::to_string(value->as_integer()) + " is out of range",
                   "write a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return fallback;
}

double ObjectReader::between(std::string_view name, double fallback, double low, double high) {
  const Json* value = member(name, Json::Type::kNumber, "a number");
  if (value == nullptr) return fallback;
  if (value->as_number() > low && value->as_number() < high) return value->as_number();
  findings_->error("range", pointer_to(name), value->dump() + " is out of range",
                   "write a number between " + Json(low).dump() + " and " + Json(high).dump() + ", the ends excluded");
  return fallback;
}

Fraction ObjectReader::fraction(std::string_view name, Fraction fallback) {
  const Json* value = member(name, Json::Type::kNumber, "a number");
  if (value == nullptr) return fallback;
  if (value->as_number() < 0.0 || value->as_number() > 1.0) {
    findings_->error("range", pointer_to(name), value->dump() + " is no fraction",
                     "write a number from 0 to 1 (0.05 is 5 %)");
    return fallback;
  }
  if (const auto exact = to_fraction(value->as_number())) return *exact;
  findings_->error("fraction", pointer_to(name), value->dump() + " is finer than one millionth",
                   "write at most six decimals, so that every machine computes the same threshold");
  return fallback;
}

TimeMs ObjectReader::time(std::string_view name, UtcOffset offset, TimeMs fallback) {
  const Json* value = value_->find(name);
  if (value == nullptr) return fallback;
  return read_time(*value, pointer_to(name), offset, *findings_).value_or(fallback);
}

TimeMs ObjectReader::duration(std::string_view name, TimeMs fallback) {
  const Json* value = member(name, Json::Type::kString, "a length of time as text, like \"7d\",");
  if (value == nullptr) return fallback;
  const auto parsed = parse_duration(value->as_string());
  if (parsed && *parsed <= 10 * 366 * kMillisecondsPerDay) return *parsed;
  findings_->error("duration", pointer_to(name),
                   parsed ? quoted(value->as_string()) + " is longer than ten years" : parsed.error().message,
                   "write a whole number and a unit: 72h, 7d, 2w");
  return fallback;
}

void ObjectReader::report_choice(std::string_view name, const std::string& text,
                                 const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
  const auto nearest = nearest_word(text, names);
  findings_->error("choice", pointer_to(name), quoted(text) + " is not one of: " + all,
                   nearest ? "did you mean \"" + *nearest + "\"?" : "");
}

std::optional<TimeMs> read_time(const Json& value, const std::string& pointer, UtcOffset offset, Findings& findings) {
  constexpr std::string_view kHint =
      "write a date like 2026-05-14, or a moment with its zone: 2026-05-14T09:00:00+08:00";
  if (!value.is_string()) {
    findings.error("type", pointer, wrong_type("a date as text", value.type()), std::string(kHint));
    return std::nullopt;
  }
  const std::string& text = value.as_string();
  // parse_time() also reads bare digits as an epoch; in a file that people write, 20260514 is a typing error.
  if (text.size() < 10 || text[4] != '-') {
    findings.error("time", pointer, quoted(text) + " is not a date", std::string(kHint));
    return std::nullopt;
  }
  const auto parsed = parse_time(text, offset);
  if (parsed) return *parsed;
  findings.error("time", pointer, parsed.error().message, std::string(kHint));
  return std::nullopt;
}

std::optional<Fraction> to_fraction(double value) noexcept {
  if (!(value >= 0.0 && value <= 1.0)) return std::nullopt;
  const double millionths = std::round(value * Fraction::kWhole);
  // The quotient is correctly rounded, so it equals the nearest double of the decimal exactly when there are six
  // digits.
  if (millionths / Fraction::kWhole != value) return std::nullopt;
  return Fraction{static_cast<std::int32_t>(millionths)};
}

}  // namespace tactful
