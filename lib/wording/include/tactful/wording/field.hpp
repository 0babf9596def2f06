#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tactful/core/result.hpp"

namespace tactful {

/// A field's value for one message, or a segment attribute's (docs/spec/wording.md).
struct FieldValue {
  std::string_view name;
  std::string_view value;
};

enum class WordingFieldType { kText, kInteger, kMoney, kDate, kTime, kPhone, kUrl, kChoice };

[[nodiscard]] std::string_view to_string(WordingFieldType type) noexcept;  ///< `text`, `integer`, ...

/// How a number is written: "#,##0.00 元" is an empty prefix, ',', '.', two decimals and the suffix " 元".
struct NumberFormat {
  std::string prefix;
  std::string suffix;
  char group = '\0';    ///< Between thousands; 0 for none.
  char decimal = '\0';  ///< 0: no decimals are shown.
  int least_decimals = 0;
  int most_decimals = 0;

  bool operator==(const NumberFormat&) const = default;
};

/// How a date or time is written: literal texts and parts such as `yyyy`, `M`, `dd`, `MMMM`, `EEE`, `HH`, `mm`, `a`.
struct MomentFormat {
  enum class Part {
    kLiteral,
    kYear,
    kYear2,
    kMonth,
    kMonth2,
    kMonthShort,
    kMonthLong,
    kDay,
    kDay2,
    kWeekdayShort,
    kWeekdayLong,
    kHour,
    kHour2,
    kHour12,
    kMinute2,
    kHalfDay
  };
  bool chinese = false;  ///< Names of months, weekdays and halves of the day in Chinese; else English.
  std::vector<std::pair<Part, std::string>> parts;  ///< The text is set for literals.

  bool operator==(const MomentFormat&) const = default;
};

/// A choice's words by its key.
struct ChoiceFormat {
  std::vector<std::pair<std::string, std::string>> words;

  bool operator==(const ChoiceFormat&) const = default;
};

/// Plain (the value as it is given), or one of the formats.
using FieldFormat = std::variant<std::monostate, NumberFormat, MomentFormat, ChoiceFormat>;

/// One field of a wording.
struct WordingField {
  std::string name;  ///< A key.
  WordingFieldType type = WordingFieldType::kText;
  std::vector<std::string> elements;  ///< What the field tells (`ticket`, `deadline`, ...); kElements.
  std::map<std::string, FieldFormat, std::less<>> formats;  ///< By language of the wording's texts.
  std::string sample;                                       ///< A value of the type, for checks and previews.
  std::size_t most_characters = 200;                        ///< Longest text; code points.
  std::int64_t least = 0;                                   ///< Smallest integer, or whole units of money.
  std::int64_t most = 999'999'999'999'999;
  bool everywhere = true;  ///< Whether every channel and language must tell it.
};

/// Whether the value is well-formed for the field, and what is wrong otherwise, in words that name the type and the
/// shape of what was given ("is no date like 2026-05-14: 8 characters, 8 digits") and never the value itself. Types:
/// text: 1 to most_characters code points of UTF-8, not blank, without control characters and braces (an unfilled field
/// of another system must not reach a customer), and without a web address (a name that a customer typed must not
/// become a link): `://`, `www.`, `host.name` before `/`, a query, a fragment or a port, and by itself where it ends in
/// a well-known top-level domain (`evil.com`, `银行.中国`; mail addresses excepted), also in full-width and look-alike
/// letters. integer: optional '-', at most 15 digits, least to most. money: digits
/// and at most 4 decimals after a '.', least to most. date: a real day `2026-05-14`. time: `09:30` or `09:30:00`.
/// phone: 3 to 20 digits with '+' first, blanks, '-' and brackets. url: http or https with a host, ASCII without
/// blanks, at most 500 bytes. choice: one of the field's keys. Outer ASCII blanks are ignored in all.
[[nodiscard]] std::optional<std::string> find_fault(const WordingField& field, std::string_view value);

/// Appends the value as `format` writes it. Precondition: find_fault() found nothing.
/// Money is never rounded: false, and nothing appended, when the value has more decimals than the format shows.
[[nodiscard]] bool append_formatted(std::string& text, const FieldFormat& format, std::string_view value);

}  // namespace tactful
