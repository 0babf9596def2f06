#include "field_format.hpp"

#include <algorithm>
#include <array>

namespace tactful {
namespace wording_impl {
namespace {

using Part = MomentFormat::Part;

struct PartName {
  std::string_view name;
  Part part;
  bool date;
  bool names;  // writes a name, so the language must be known
};

// Longest first, so that MMMM is not read as MM twice.
constexpr std::array<PartName, 15> kParts{{{"yyyy", Part::kYear, true, false},
                                           {"yy", Part::kYear2, true, false},
                                           {"MMMM", Part::kMonthLong, true, true},
                                           {"MMM", Part::kMonthShort, true, true},
                                           {"MM", Part::kMonth2, true, false},
                                           {"M", Part::kMonth, true, false},
                                           {"dd", Part::kDay2, true, false},
                                           {"d", Part::kDay, true, false},
                                           {"EEEE", Part::kWeekdayLong, true, true},
                                           {"EEE", Part::kWeekdayShort, true, true},
                                           {"HH", Part::kHour2, false, false},
                                           {"H", Part::kHour, false, false},
                                           {"h", Part::kHour12, false, false},
                                           {"mm", Part::kMinute2, false, false},
                                           {"a", Part::kHalfDay, false, true}}};

bool is_ascii_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::optional<std::string> compile_moment(bool date, std::string_view language, std::string_view pattern,
                                          FieldFormat& format) {
  MomentFormat moment;
  const std::string_view primary = primary_language(language);
  moment.chinese = primary == "zh";
  bool any = false;
  for (std::size_t at = 0; at < pattern.size();) {
    if (!is_ascii_letter(pattern[at])) {
      if (moment.parts.empty() || moment.parts.back().first != Part::kLiteral)
        moment.parts.emplace_back(Part::kLiteral, "");
      moment.parts.back().second.push_back(pattern[at++]);
      continue;
    }
    std::size_t end = at;
    while (end < pattern.size() && pattern[end] == pattern[at]) ++end;
    const std::string_view letters = pattern.substr(at, end - at);
    const auto found = std::find_if(kParts.begin(), kParts.end(),
                                    [&](const PartName& part) { return part.name == letters && part.date == date; });
    if (found == kParts.end()) {
      std::string fault(1, '"');
      fault.append(letters).append("\" is no part of a ");
      fault.append(date ? "date (yyyy, yy, M, MM, MMM, MMMM, d, dd, EEE, EEEE)" : "time (H, HH, h, mm, a)");
      return fault;
    }
    if (found->names && primary != "zh" && primary != "en")
      return "names of months, weekdays and halves of the day are known in zh and en only";
    moment.parts.emplace_back(found->part, "");
    any = true;
    at = end;
  }
  if (!any) return std::string("the format shows no part of the ") + (date ? "date" : "time");
  format = std::move(moment);
  return std::nullopt;
}

std::optional<std::string> compile_number(bool money, std::string_view pattern, FieldFormat& format) {
  constexpr std::string_view kHint = "a number is written as 0, 0.00, #,##0, #,##0.00 or #,##0.## with words around it";
  NumberFormat number;
  const std::size_t begin = pattern.find_first_of("#0");
  if (begin == std::string_view::npos) return std::string(kHint);
  std::size_t end = pattern.find_first_not_of("#0,.'", begin);
  end = pattern.find_last_of("#0", end == std::string_view::npos ? end : end - 1) + 1;
  std::string_view core = pattern.substr(begin, end - begin);
  number.prefix = pattern.substr(0, begin);
  number.suffix = pattern.substr(end);
  if (number.suffix.find_first_of("#0") != std::string::npos) return std::string(kHint);
  if (core.size() >= 5 && core.front() == '#' && core.substr(2, 3) == "##0") {
    number.group = core[1];
    core.remove_prefix(5);
  } else if (core.front() == '0') {
    core.remove_prefix(1);
  } else {
    return std::string(kHint);
  }
  if (!core.empty()) {
    number.decimal = core.front();
    core.remove_prefix(1);
    const std::size_t zeros = std::min(core.find_first_not_of('0'), core.size());
    const std::string_view optional = core.substr(zeros);
    if (core.empty() || core.size() > 4 || number.decimal == number.group || number.decimal == '0' ||
        number.decimal == '#' || optional.find_first_not_of('#') != std::string_view::npos) {
      return std::string(kHint);
    }
    if (!money) return std::string("an integer has no decimals");
    number.least_decimals = static_cast<int>(zeros);
    number.most_decimals = static_cast<int>(core.size());
  }
  format = std::move(number);
  return std::nullopt;
}

}  // namespace

std::string_view primary_language(std::string_view language) noexcept { return language.substr(0, language.find('-')); }

std::optional<std::string> compile_format(WordingFieldType type, std::string_view language, std::string_view pattern,
                                          FieldFormat& format) {
  if (pattern.find_first_of("{}") != std::string_view::npos) return std::string("a format holds no braces");
  switch (type) {
    case WordingFieldType::kInteger:
    case WordingFieldType::kMoney:
      return compile_number(type == WordingFieldType::kMoney, pattern, format);
    case WordingFieldType::kDate:
    case WordingFieldType::kTime:
      return compile_moment(type == WordingFieldType::kDate, language, pattern, format);
    default:
      return std::string(to_string(type)) + " fields are shown as they are given";
  }
}

std::string_view default_format(WordingFieldType type, std::string_view language) noexcept {
  const std::string_view primary = primary_language(language);
  switch (type) {
    case WordingFieldType::kInteger:
      return "0";
    case WordingFieldType::kMoney:
      return "#,##0.00";
    case WordingFieldType::kDate:
      return primary == "zh" ? "yyyy年M月d日" : primary == "en" ? "d MMMM yyyy" : "yyyy-MM-dd";
    case WordingFieldType::kTime:
      return "HH:mm";
    default:
      return {};
  }
}

std::string default_sample(const WordingField& field, std::string_view first_choice) {
  switch (field.type) {
    case WordingFieldType::kText:
      return field.most_characters < 6 ? std::string(field.most_characters, 'X') : "Sample";
    case WordingFieldType::kInteger:
      return std::to_string(std::clamp<std::int64_t>(3, field.least, field.most));
    case WordingFieldType::kMoney:
      return std::to_string(std::clamp<std::int64_t>(1280, field.least, field.most));
    case WordingFieldType::kDate:
      return "2026-05-14";
    case WordingFieldType::kTime:
      return "15:30";
    case WordingFieldType::kPhone:
      return "400-123-4567";
    case WordingFieldType::kUrl:
      return "https://example.com/a1b2";
    case WordingFieldType::kChoice:
      return std::string(first_choice);
  }
  return {};
}

}  // namespace wording_impl
}  // namespace tactful
