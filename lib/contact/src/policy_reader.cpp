#include "policy_reader.hpp"

#include <algorithm>

#include "tactful/core/json_words.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::string_view kKeyRule = "a key is 1 to 64 of a-z, 0-9, '-', '_' and starts with a letter or digit";
constexpr TimeMs kLongest = 10 * 366 * kMillisecondsPerDay;

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

Diagnostic finding(Severity severity, std::string rule, std::string pointer, std::string message, std::string hint) {
  return {severity, std::move(rule), std::move(pointer), std::move(message), std::move(hint)};
}

Diagnostic wrong_type(std::string pointer, Json::Type wanted, Json::Type got) {
  return finding(Severity::kError, "type", std::move(pointer), wrong_type(name_of(wanted), got), "");
}

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

}  // namespace

const std::vector<std::string_view>& weekday_names() {
  static const std::vector<std::string_view> kNames = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  return kNames;
}

std::optional<TimeMs> read_duration(const Json& value, const std::string& pointer, Diagnostics& findings) {
  const auto parsed = value.is_string() ? parse_duration(value.as_string())
                                        : Result<TimeMs>(Error{ErrorCode::kInvalidInput, "this is no text", "", ""});
  if (parsed && *parsed <= kLongest) return *parsed;
  findings.push_back(finding(Severity::kError, "duration", pointer,
                             parsed ? quoted(value.as_string()) + " is longer than ten years" : parsed.error().message,
                             "write a whole number and a unit as text: \"72h\", \"7d\", \"2w\""));
  return std::nullopt;
}

PolicyReader::PolicyReader(const Json& value, std::string pointer, std::initializer_list<std::string_view> known,
                           Diagnostics& findings)
    : value_(&value), pointer_(std::move(pointer)), findings_(&findings) {
  if (!value.is_object()) {
    findings.push_back(wrong_type(pointer_, Json::Type::kObject, value.type()));
    static const Json kNoMembers = Json::object();
    value_ = &kNoMembers;
    return;
  }
  if (known.size() == 0) return;
  for (const Json::Member& member : value.as_object()) {
    if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
    const auto nearest = nearest_word(member.first, std::vector<std::string>(known.begin(), known.end()));
    error("unknown-field", at(member.first), "there is no field " + quoted(member.first) + " here",
          nearest ? "did you mean \"" + *nearest + "\"?" : "remove it; docs/spec/contact.md lists the fields");
  }
}

void PolicyReader::error(std::string rule, std::string pointer, std::string message, std::string hint) {
  findings_->push_back(
      finding(Severity::kError, std::move(rule), std::move(pointer), std::move(message), std::move(hint)));
}

void PolicyReader::warning(std::string rule, std::string pointer, std::string message, std::string hint) {
  findings_->push_back(
      finding(Severity::kWarning, std::move(rule), std::move(pointer), std::move(message), std::move(hint)));
}

bool PolicyReader::require(std::string_view name, std::string_view hint) {
  if (has(name)) return true;
  error("missing", at(name), "the field \"" + std::string(name) + "\" is missing", std::string(hint));
  return false;
}

const Json* PolicyReader::member(std::string_view name, Json::Type type) {
  const Json* value = value_->find(name);
  if (value == nullptr || value->type() == type) return value;
  findings_->push_back(wrong_type(at(name), type, value->type()));
  return nullptr;
}

const Json::Array& PolicyReader::list(std::string_view name) {
  static const Json::Array kNone;
  const Json* value = member(name, Json::Type::kArray);
  return value == nullptr ? kNone : value->as_array();
}

std::string PolicyReader::text(std::string_view name, std::string fallback) {
  const Json* value = member(name, Json::Type::kString);
  return value == nullptr ? std::move(fallback) : value->as_string();
}

std::string PolicyReader::key(std::string_view name, std::string fallback) {
  const Json* value = member(name, Json::Type::kString);
  if (value == nullptr) return fallback;
  if (is_key(value->as_string())) return value->as_string();
  error("key", at(name), quoted(value->as_string()) + " is no key", std::string(kKeyRule));
  return fallback;
}

std::vector<std::string> PolicyReader::strings(std::string_view name, bool are_keys) {
  std::vector<std::string> result;
  const Json::Array& items = list(name);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string place = append_pointer(at(name), i);
    if (!items[i].is_string()) {
      findings_->push_back(wrong_type(place, Json::Type::kString, items[i].type()));
    } else if (are_keys && !is_key(items[i].as_string())) {
      error("key", place, quoted(items[i].as_string()) + " is no key", std::string(kKeyRule));
    } else if (trim(items[i].as_string()).empty()) {
      error("empty", place, "this text is empty", "remove it");
    } else if (std::find(result.begin(), result.end(), items[i].as_string()) != result.end()) {
      error("duplicate", place, quoted(items[i].as_string()) + " stands twice", "name each once");
    } else {
      result.push_back(items[i].as_string());
    }
  }
  return result;
}

std::vector<std::string> PolicyReader::keys(std::string_view name) { return strings(name, true); }
std::vector<std::string> PolicyReader::texts(std::string_view name) { return strings(name, false); }

bool PolicyReader::boolean(std::string_view name, bool fallback) {
  const Json* value = member(name, Json::Type::kBool);
  return value == nullptr ? fallback : value->as_bool();
}

std::int64_t PolicyReader::integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const Json* value = member(name, Json::Type::kInteger);
  if (value == nullptr) return fallback;
  if (value->as_integer() >= low && value->as_integer() <= high) return value->as_integer();
  error("range", at(name), std::to_string(value->as_integer()) + " is out of range",
        "write a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return fallback;
}

TimeMs PolicyReader::duration(std::string_view name, TimeMs fallback) {
  const Json* value = value_->find(name);
  return value == nullptr ? fallback : read_duration(*value, at(name), *findings_).value_or(fallback);
}

int PolicyReader::clock(std::string_view name, int fallback) {
  const Json* value = member(name, Json::Type::kString);
  if (value == nullptr) return fallback;
  const std::string& text = value->as_string();
  if (text.size() == 5 && text[2] == ':') {
    const auto hour = two_digits(std::string_view(text).substr(0, 2));
    const auto minute = two_digits(std::string_view(text).substr(3));
    if (hour && minute && *minute < 60 && *hour * 60 + *minute <= 1440) return *hour * 60 + *minute;
  }
  error("clock", at(name), quoted(text) + " is no time of day", "write hours and minutes, 08:00 to 24:00");
  return fallback;
}

std::vector<std::int64_t> PolicyReader::dates(std::string_view name) {
  std::vector<std::int64_t> days;
  const Json::Array& items = list(name);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string place = append_pointer(at(name), i);
    const bool looks_right = items[i].is_string() && items[i].as_string().size() == 10;
    const auto time = looks_right ? parse_time(items[i].as_string(), UtcOffset{})
                                  : Result<TimeMs>(Error{ErrorCode::kInvalidInput, "this is no date", "", ""});
    if (!time) {
      error("date", place, time.error().message, "write a date like 2026-10-01");
      continue;
    }
    const std::int64_t day = day_index(*time, UtcOffset{});
    if (std::find(days.begin(), days.end(), day) != days.end())
      error("duplicate", place, quoted(items[i].as_string()) + " stands twice", "name each once");
    else
      days.push_back(day);
  }
  std::sort(days.begin(), days.end());
  return days;
}

WeekdaySet PolicyReader::weekdays(std::string_view name, WeekdaySet fallback) {
  if (!has(name)) return fallback;
  WeekdaySet set = 0;
  const Json::Array& items = list(name);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& names = weekday_names();
    const auto found = items[i].is_string() ? std::find(names.begin(), names.end(), items[i].as_string()) : names.end();
    if (found == names.end()) {
      error("choice", append_pointer(at(name), i), items[i].dump() + " is no weekday",
            "write mon, tue, wed, thu, fri, sat or sun");
    } else {
      set = static_cast<WeekdaySet>(set | 1u << (found - names.begin()));
    }
  }
  return set;
}

std::size_t PolicyReader::choice(std::string_view name, std::size_t fallback,
                                 const std::vector<std::string_view>& options) {
  const Json* value = member(name, Json::Type::kString);
  if (value == nullptr) return fallback;
  const auto found = std::find(options.begin(), options.end(), value->as_string());
  if (found != options.end()) return static_cast<std::size_t>(found - options.begin());
  std::string all;
  for (const std::string_view one : options) all += (all.empty() ? "" : ", ") + std::string(one);
  const auto nearest = nearest_word(value->as_string(), options);
  error("choice", at(name), quoted(value->as_string()) + " is not one of: " + all,
        nearest ? "did you mean \"" + *nearest + "\"?" : "");
  return fallback;
}

}  // namespace tactful
