#include "tactful/wording/field.hpp"

#include <algorithm>
#include <array>

#include "tactful/core/text.hpp"
#include "utf8.hpp"
#include "web_address.hpp"

namespace tactful {
namespace {

using wording_impl::count_code_points;
using wording_impl::next_code_point;

constexpr std::size_t kMostDigits = 15;
constexpr std::size_t kMostDecimals = 4;
constexpr std::size_t kLongestUrl = 500;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

int number(std::string_view digits) noexcept {
  int value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

std::int64_t whole(std::string_view digits) noexcept {
  std::int64_t value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

// What was given, so that the mistake can be found, and not what it said.
std::string shape(std::string_view value) {
  const auto digits = static_cast<std::size_t>(std::count_if(value.begin(), value.end(), is_digit));
  const std::size_t characters = count_code_points(value);
  return std::to_string(characters) + (characters == 1 ? " character, " : " characters, ") + std::to_string(digits) +
         " of them digits";
}

std::string no(std::string_view what, std::string_view value) {
  return "is no " + std::string(what) + ": " + shape(value);
}

bool is_date(std::string_view v) noexcept {
  if (v.size() != 10 || v[4] != '-' || v[7] != '-') return false;
  if (!all_digits(v.substr(0, 4)) || !all_digits(v.substr(5, 2)) || !all_digits(v.substr(8, 2))) return false;
  const int year = number(v.substr(0, 4));
  const int month = number(v.substr(5, 2));
  const int day = number(v.substr(8, 2));
  if (year < 1900 || month < 1 || month > 12 || day < 1) return false;
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

bool is_time(std::string_view v) noexcept {
  if ((v.size() != 5 && v.size() != 8) || v[2] != ':' || !all_digits(v.substr(0, 2)) || !all_digits(v.substr(3, 2)))
    return false;
  if (v.size() == 8 && (v[5] != ':' || !all_digits(v.substr(6, 2)) || number(v.substr(6, 2)) > 59)) return false;
  return number(v.substr(0, 2)) <= 23 && number(v.substr(3, 2)) <= 59;
}

bool is_phone(std::string_view v) noexcept {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (is_digit(v[i])) {
      ++digits;
    } else if (!(v[i] == '+' && i == 0) && v[i] != '-' && v[i] != ' ' && v[i] != '(' && v[i] != ')') {
      return false;
    }
  }
  return digits >= 3 && digits <= 20 && v.size() <= 40;
}

bool is_url(std::string_view v) noexcept {
  if (v.size() > kLongestUrl) return false;
  const std::size_t scheme = v.starts_with("https://") ? 8 : v.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || scheme == v.size() || v[scheme] == '/' || v[scheme] == '.' || v[scheme] == ':') return false;
  return std::all_of(v.begin(), v.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("{}<>\"\\^`|").find(c) == std::string_view::npos;
  });
}

std::optional<std::string> text_fault(const WordingField& field, std::string_view value) {
  std::size_t characters = 0;
  bool bad_character = false;
  for (std::size_t at = 0; at < value.size(); ++characters) {
    const auto point = next_code_point(value, at);
    if (!point.valid) return std::string("is not UTF-8 text");
    const char32_t c = point.code;
    bad_character = bad_character || c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
                    (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
    at += point.bytes;
  }
  if (bad_character) return "holds a control character: " + shape(value);
  if (value.find_first_of("{}") != std::string_view::npos)
    return "holds a brace, as a field that was not filled in does: " + shape(value);
  if (wording_impl::holds_web_address(value))
    return "holds a web address, which only a field of type url may: " + shape(value);
  if (characters > field.most_characters) {
    return "is longer than " + std::to_string(field.most_characters) + " characters: " + shape(value);
  }
  return std::nullopt;
}

std::optional<std::string> number_fault(const WordingField& field, std::string_view value) {
  const bool money = field.type == WordingFieldType::kMoney;
  std::string_view digits = value;
  const bool negative = !money && digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  std::string_view decimals;
  const std::size_t point = money ? digits.find('.') : std::string_view::npos;
  if (point != std::string_view::npos) {
    decimals = digits.substr(point + 1);
    digits = digits.substr(0, point);
  }
  const bool good_decimals =
      point == std::string_view::npos || (all_digits(decimals) && decimals.size() <= kMostDecimals);
  if (!all_digits(digits) || digits.size() > kMostDigits || !good_decimals) {
    return no(money ? "amount like 1280.50" : "whole number like 12", value);
  }
  const std::int64_t amount = negative ? -whole(digits) : whole(digits);
  const bool above =
      amount > field.most || (amount == field.most && decimals.find_first_not_of('0') != std::string_view::npos);
  if (amount < field.least || above)
    return "is outside " + std::to_string(field.least) + " to " + std::to_string(field.most);
  return std::nullopt;
}

std::optional<std::string> choice_fault(const WordingField& field, std::string_view value) {
  for (const auto& [language, format] : field.formats) {
    const auto* choice = std::get_if<ChoiceFormat>(&format);
    if (choice == nullptr) continue;
    std::string keys;
    for (const auto& [key, words] : choice->words) {
      if (key == value) return std::nullopt;
      keys += (keys.empty() ? "" : ", ") + key;
    }
    return "is none of " + keys;
  }
  return std::string("has no choices");
}

void append_number(std::string& text, const NumberFormat& format, std::string_view digits, std::string_view decimals,
                   bool negative) {
  text += format.prefix;
  if (negative) text.push_back('-');
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (format.group != '\0' && i > 0 && (digits.size() - i) % 3 == 0) text.push_back(format.group);
    text.push_back(digits[i]);
  }
  const auto least = static_cast<std::size_t>(format.least_decimals);
  if (!decimals.empty() || least > 0) {
    text.push_back(format.decimal);
    text += decimals;
    if (decimals.size() < least) text.append(least - decimals.size(), '0');
  }
  text += format.suffix;
}

bool append_number(std::string& text, const NumberFormat& format, std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  const std::size_t point = std::min(value.find('.'), value.size());
  std::string_view digits = value.substr(0, point);
  std::string_view decimals = point == value.size() ? std::string_view() : value.substr(point + 1);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  while (decimals.size() > static_cast<std::size_t>(format.least_decimals) && decimals.ends_with('0'))
    decimals.remove_suffix(1);
  if (decimals.size() > static_cast<std::size_t>(format.most_decimals)) return false;
  append_number(text, format, digits, decimals, negative && digits != "0");
  return true;
}

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 12> kChineseMonths{"一月", "二月", "三月", "四月", "五月",   "六月",
                                                          "七月", "八月", "九月", "十月", "十一月", "十二月"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 7> kChineseWeekdays{"日", "一", "二", "三", "四", "五", "六"};

// Sakamoto's day of the week, 0 for Sunday.
std::size_t weekday(int year, int month, int day) noexcept {
  constexpr std::array<int, 12> kShift{0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  if (month < 3) --year;
  return static_cast<std::size_t>(
      (year + year / 4 - year / 100 + year / 400 + kShift[static_cast<std::size_t>(month - 1)] + day) % 7);
}

std::string_view without_zero(std::string_view two) noexcept { return two.front() == '0' ? two.substr(1) : two; }

void append_month_or_weekday(std::string& text, bool chinese, MomentFormat::Part part, std::string_view value) {
  using Part = MomentFormat::Part;
  const auto month = static_cast<std::size_t>(number(value.substr(5, 2)) - 1);
  if (part == Part::kMonthShort || part == Part::kMonthLong) {
    const std::string_view name = chinese ? kChineseMonths[month] : kMonths[month];
    text += part == Part::kMonthShort && !chinese ? name.substr(0, 3) : name;
    return;
  }
  const std::size_t day = weekday(number(value.substr(0, 4)), number(value.substr(5, 2)), number(value.substr(8, 2)));
  if (chinese) {
    text.append(part == Part::kWeekdayShort ? "周" : "星期").append(kChineseWeekdays[day]);
  } else {
    text += part == Part::kWeekdayShort ? kWeekdays[day].substr(0, 3) : kWeekdays[day];
  }
}

void append_hour12(std::string& text, int hour) {
  const int twelve = hour % 12 == 0 ? 12 : hour % 12;
  if (twelve >= 10) text.push_back('1');
  text.push_back(static_cast<char>('0' + twelve % 10));
}

void append_moment(std::string& text, const MomentFormat& format, std::string_view value) {
  using Part = MomentFormat::Part;
  for (const auto& [part, literal] : format.parts) {
    switch (part) {
      case Part::kLiteral:
        text += literal;
        break;
      case Part::kYear:
        text += value.substr(0, 4);
        break;
      case Part::kYear2:
        text += value.substr(2, 2);
        break;
      case Part::kMonth:
        text += without_zero(value.substr(5, 2));
        break;
      case Part::kMonth2:
        text += value.substr(5, 2);
        break;
      case Part::kDay:
        text += without_zero(value.substr(8, 2));
        break;
      case Part::kDay2:
        text += value.substr(8, 2);
        break;
      case Part::kHour:
        text += without_zero(value.substr(0, 2));
        break;
      case Part::kHour2:
        text += value.substr(0, 2);
        break;
      case Part::kHour12:
        append_hour12(text, number(value.substr(0, 2)));
        break;
      case Part::kMinute2:
        text += value.substr(3, 2);
        break;
      case Part::kHalfDay: {
        const bool morning = number(value.substr(0, 2)) < 12;
        text += format.chinese ? (morning ? "上午" : "下午") : (morning ? "am" : "pm");
        break;
      }
      default:
        append_month_or_weekday(text, format.chinese, part, value);
        break;
    }
  }
}

}  // namespace

std::string_view to_string(WordingFieldType type) noexcept {
  constexpr std::array<std::string_view, 8> kNames{"text", "integer", "money", "date",
                                                   "time", "phone",   "url",   "choice"};
  return kNames[static_cast<std::size_t>(type)];
}

std::optional<std::string> find_fault(const WordingField& field, std::string_view value) {
  value = trim(value);
  if (value.empty()) return std::string("is empty");
  switch (field.type) {
    case WordingFieldType::kText:
      return text_fault(field, value);
    case WordingFieldType::kInteger:
    case WordingFieldType::kMoney:
      return number_fault(field, value);
    case WordingFieldType::kDate:
      if (!is_date(value)) return no("date like 2026-05-14", value);
      return std::nullopt;
    case WordingFieldType::kTime:
      if (!is_time(value)) return no("time of day like 09:30", value);
      return std::nullopt;
    case WordingFieldType::kPhone:
      if (!is_phone(value)) return no("phone number like 400-123-4567", value);
      return std::nullopt;
    case WordingFieldType::kUrl:
      if (!is_url(value)) return no("address like https://example.com/a", value);
      return std::nullopt;
    case WordingFieldType::kChoice:
      return choice_fault(field, value);
  }
  return std::string("has an unknown type");
}

bool append_formatted(std::string& text, const FieldFormat& format, std::string_view value) {
  value = trim(value);
  if (const auto* number_format = std::get_if<NumberFormat>(&format)) return append_number(text, *number_format, value);
  if (const auto* moment = std::get_if<MomentFormat>(&format)) {
    append_moment(text, *moment, value);
    return true;
  }
  if (const auto* choice = std::get_if<ChoiceFormat>(&format)) {
    for (const auto& [key, words] : choice->words) {
      if (key != value) continue;
      text += words;
      return true;
    }
    return false;
  }
  text += value;
  return true;
}

}  // namespace tactful
