#include "tactful/core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>

#include "tactful/core/text.hpp"

namespace tactful {
namespace {

Error bad_time(std::string_view text, std::string_view why) {
  return {ErrorCode::kInvalidInput, "\"" + printable(text) + "\" is not a time: " + std::string(why), "",
          "write 2026-05-14T09:30:00+08:00, or an epoch in seconds or milliseconds"};
}

// Consumes exactly `digits` digits.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The first and last millisecond of the years 0000 to 9999.
constexpr TimeMs kEarliest = -62'167'219'200'000;
constexpr TimeMs kLatest = 253'402'300'799'999;

// Far beyond every calendar, and far enough from the ends of 64 bits that an offset or a day can be added.
constexpr TimeMs kReach = TimeMs{1} << 62;
constexpr TimeMs within_reach(TimeMs time) noexcept { return std::clamp(time, -kReach, kReach); }

// "20260520" is a day to whoever wrote it, and an epoch of 1970 to whoever reads digits.
bool is_compact_date(std::string_view text) {
  return text.size() == 8 && (text.starts_with("19") || text.starts_with("20")) &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<TimeMs> parse_epoch(std::string_view text) {
  std::string_view digits = text;
  if (!digits.empty() && (digits.front() == '-' || digits.front() == '+')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const bool seconds = digits.size() <= 11;
  if (text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return std::nullopt;
  const TimeMs time = seconds ? value * kMillisecondsPerSecond : value;
  if (time < kEarliest || time > kLatest) return std::nullopt;
  return time;
}

struct Offset {
  bool present = false;
  UtcOffset value;
};

Result<TimeMs> parse_iso(std::string_view text, std::optional<UtcOffset> assumed) {
  namespace chrono = std::chrono;
  std::string_view rest = text;
  const auto year = take_number(rest, 4);
  if (!year || !take(rest, '-')) return bad_time(text, "it does not start with a year and '-'");
  const auto month = take_number(rest, 2);
  if (!month || !take(rest, '-')) return bad_time(text, "the month is not two digits and '-'");
  const auto day = take_number(rest, 2);
  if (!day) return bad_time(text, "the day is not two digits");
  const chrono::year_month_day date{chrono::year{*year}, chrono::month{static_cast<unsigned>(*month)},
                                    chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return bad_time(text, "there is no such date");
  TimeMs time = chrono::sys_days{date}.time_since_epoch().count() * kMillisecondsPerDay;

  if (rest.empty()) return time - assumed.value_or(UtcOffset{}).minutes() * kMillisecondsPerMinute;
  if (!take(rest, 'T') && !take(rest, 't') && !take(rest, ' '))
    return bad_time(text, "a 'T' or a blank must follow the date");
  const auto hour = take_number(rest, 2);
  if (!hour || *hour > 23 || !take(rest, ':')) return bad_time(text, "the hour is not 00 to 23 and ':'");
  const auto minute = take_number(rest, 2);
  if (!minute || *minute > 59) return bad_time(text, "the minute is not 00 to 59");
  int second = 0;
  int millisecond = 0;
  if (take(rest, ':')) {
    const auto value = take_number(rest, 2);
    if (!value || *value > 60) return bad_time(text, "the second is not 00 to 60");
    second = *value == 60 ? 59 : *value;  // a leap second is the last second of its minute
    if (take(rest, '.') || take(rest, ',')) {
      std::size_t digits = 0;
      for (int weight = 100; !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
           rest.remove_prefix(1), ++digits) {
        millisecond += (rest.front() - '0') * weight;
        weight /= 10;
      }
      if (digits == 0) return bad_time(text, "digits must follow the decimal sign of the second");
    }
  }
  time +=
      *hour * kMillisecondsPerHour + *minute * kMillisecondsPerMinute + second * kMillisecondsPerSecond + millisecond;

  if (!rest.empty()) {
    if (rest.front() == ' ') rest.remove_prefix(1);
    const auto offset = UtcOffset::parse(rest);
    if (!offset) return bad_time(text, "the zone is not Z or like +08:00");
    return time - offset->minutes() * kMillisecondsPerMinute;
  }
  if (!assumed) {
    Error error = bad_time(text, "it has no zone, so it names no moment");
    error.hint = "add a zone like +08:00 or Z, or say which zone the times without one are in";
    return error;
  }
  return time - assumed->minutes() * kMillisecondsPerMinute;
}

Result<TimeMs> parse(std::string_view text, std::optional<UtcOffset> assumed) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty()) return bad_time(text, "it is empty");
  if (is_compact_date(trimmed)) return bad_time(text, "a date without '-' could also be an epoch of 1970");
  if (const auto epoch = parse_epoch(trimmed)) return *epoch;
  auto time = parse_iso(trimmed, assumed);
  if (time && (*time < kEarliest || *time > kLatest))
    return bad_time(text, "at UTC it is outside the years 0000 to 9999");
  return time;
}

struct Unit {
  std::string_view name;
  TimeMs milliseconds;
};
constexpr std::array<Unit, 6> kUnits{{{"w", 7 * kMillisecondsPerDay},
                                      {"d", kMillisecondsPerDay},
                                      {"h", kMillisecondsPerHour},
                                      {"m", kMillisecondsPerMinute},
                                      {"s", kMillisecondsPerSecond},
                                      {"ms", 1}}};

}  // namespace

TimeMs SystemClock::now_ms() const noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<UtcOffset> UtcOffset::parse(std::string_view text) {
  const Error error{ErrorCode::kInvalidArgument, "\"" + printable(text) + "\" is not an offset from UTC", "",
                    "write Z or +08:00"};
  if (text == "Z" || text == "z") return UtcOffset{};
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!take(rest, '+') && !take(rest, '-')) return error;
  const auto hours = take_number(rest, 2);
  if (!hours) return error;
  int minutes = 0;
  if (!rest.empty()) {
    take(rest, ':');
    const auto value = take_number(rest, 2);
    if (!value || *value > 59 || !rest.empty()) return error;
    minutes = *value;
  }
  const int total = *hours * 60 + minutes;
  if (total > 18 * 60) return error;
  return UtcOffset(negative ? -total : total);
}

std::string UtcOffset::to_string() const {
  char buffer[16];
  const int magnitude = minutes_ < 0 ? -minutes_ : minutes_;
  std::snprintf(buffer, sizeof buffer, "%c%02d:%02d", minutes_ < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
  return buffer;
}

std::int64_t day_index(TimeMs time, UtcOffset offset) noexcept {
  const TimeMs local = within_reach(time) + offset.minutes() * kMillisecondsPerMinute;
  return local >= 0 ? local / kMillisecondsPerDay : -((-local + kMillisecondsPerDay - 1) / kMillisecondsPerDay);
}

TimeMs day_start(std::int64_t day, UtcOffset offset) noexcept {
  return day * kMillisecondsPerDay - offset.minutes() * kMillisecondsPerMinute;
}

Result<TimeMs> parse_time(std::string_view text) { return parse(text, std::nullopt); }
Result<TimeMs> parse_time(std::string_view text, UtcOffset assumed) { return parse(text, assumed); }

std::string format_date(TimeMs time, UtcOffset offset) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day_index(time, offset)}}};
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return buffer;
}

std::string format_time(TimeMs time, UtcOffset offset) {
  const TimeMs in_day = within_reach(time) - day_start(day_index(time, offset), offset);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "T%02d:%02d:%02d.%03d", static_cast<int>(in_day / kMillisecondsPerHour),
                static_cast<int>(in_day / kMillisecondsPerMinute % 60),
                static_cast<int>(in_day / kMillisecondsPerSecond % 60),
                static_cast<int>(in_day % kMillisecondsPerSecond));
  std::string text = format_date(time, offset);
  text += buffer;
  text += offset == UtcOffset{} ? std::string("Z") : offset.to_string();
  return text;
}

Result<TimeMs> parse_duration(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const Error error{ErrorCode::kInvalidInput, "\"" + printable(text) + "\" is not a length of time", "",
                    "write a whole number and a unit: 30m, 72h, 7d, 4w"};
  std::int64_t count = 0;
  const auto [end, code] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), count);
  if (code != std::errc() || count <= 0) return error;
  const std::string_view unit_name = trimmed.substr(static_cast<std::size_t>(end - trimmed.data()));
  for (const Unit& unit : kUnits) {
    if (unit.name != unit_name) continue;
    if (count > std::numeric_limits<TimeMs>::max() / unit.milliseconds / 1000) return error;
    return count * unit.milliseconds;
  }
  return error;
}

std::string format_duration(TimeMs duration) {
  for (const Unit& unit : kUnits) {
    if (duration % unit.milliseconds == 0 && (duration != 0 || unit.milliseconds == 1)) {
      return std::to_string(duration / unit.milliseconds) + std::string(unit.name);
    }
  }
  return std::to_string(duration) + "ms";
}

}  // namespace tactful
