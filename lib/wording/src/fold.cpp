#include "tactful/wording/fold.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <limits>

#include "fold_points.hpp"
#include "traditional.hpp"
#include "utf8.hpp"

namespace tactful {
namespace {

using wording_impl::append_utf8;
using wording_impl::CodePointAt;
using wording_impl::is_ideograph_or_kana;
using wording_impl::next_code_point;
using wording_impl::simplified;

enum class Kind : std::uint8_t { kIdeograph, kLetter, kDigit, kBlank, kMark, kBreak };

constexpr std::size_t kLongestGap = 8;  // marks between two ideographs that still count as one word

// Clause marks and brackets: a word does not go on across them. Folding has made ， and ！ ASCII before.
bool is_break(char32_t c) noexcept {
  constexpr std::u32string_view kBreaks =
      U",!?;:()[]{}<>\n\r\u3001\u3002\u3008\u3009\u300A\u300B\u300C\u300D\u300E\u300F"
      U"\u3010\u3011\u3014\u3015\u3016\u3017";
  return kBreaks.find(c) != std::u32string_view::npos;
}

// Letters of other scripts that readers take for Latin ones (a selection of Unicode's confusables), after case folding.
char32_t latin_look(char32_t c) noexcept {
  constexpr std::u32string_view kFrom =
      U"\u0430\u0435\u043E\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u043C\u0442\u043D\u043A"
      U"\u03B1\u03BF\u03C1\u03C5\u03BD\u03B9\u03BA\u0131";
  constexpr std::u32string_view kTo =
      U"aeopcyxisjmthkaopuvik"
      U"i";
  static_assert(kFrom.size() == kTo.size());
  const std::size_t at = kFrom.find(c);
  return at == std::u32string_view::npos ? c : kTo[at];
}

Kind kind_of(char32_t c) noexcept {
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Kind::kLetter;
    if (c >= '0' && c <= '9') return Kind::kDigit;
    if (c == ' ' || c == '\t' || c == '\v' || c == '\f') return Kind::kBlank;
    return is_break(c) ? Kind::kBreak : Kind::kMark;
  }
  if (is_ideograph_or_kana(c)) return Kind::kIdeograph;
  if (is_break(c)) return Kind::kBreak;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return Kind::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return Kind::kDigit;
    case UTF8PROC_CATEGORY_ZS:
      return Kind::kBlank;
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return Kind::kBreak;
    default:
      return Kind::kMark;
  }
}

// What one character becomes: none (invisible, accent), one or several code points.
template <typename Sink>
void fold_code_point(char32_t c, Sink&& sink) {
  if (c < 0x80) {
    if (c == '\r' || c >= 0x20 || c == '\n' || c == '\t' || c == '\v' || c == '\f') {
      sink(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return;
  }
  if (c >= 0x4E00 && c <= 0x9FFF) return sink(simplified(c));
  std::array<utf8proc_int32_t, 32> parts{};
  constexpr auto kOptions =
      static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_DECOMPOSE);
  int last_class = UTF8PROC_BOUNDCLASS_START;
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                              static_cast<utf8proc_ssize_t>(parts.size()), kOptions, &last_class);
  if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) return sink(c);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const utf8proc_category_t category = utf8proc_category(parts[i]);
    const bool mark =
        category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_CF;
    if (!mark) sink(latin_look(simplified(static_cast<char32_t>(parts[i]))));
  }
}

struct Unit {
  char32_t code = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  Kind kind = Kind::kMark;
};

bool is_gap(Kind kind) noexcept { return kind == Kind::kBlank || kind == Kind::kMark; }
bool is_word(Kind kind) noexcept { return kind == Kind::kLetter || kind == Kind::kDigit; }

}  // namespace

class Folder {
 public:
  FoldedText fold(std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
      text = text.substr(0, std::numeric_limits<std::uint32_t>::max());
    read(text);
    result_.text_.reserve(text.size() + 8);
    result_.begins_.reserve(text.size() + 8);
    result_.ends_.reserve(text.size() + 8);
    for (std::size_t i = 0; i < units_.size();) {
      if (is_gap(units_[i].kind)) {
        i = gap(i);
      } else {
        i = word(i);
      }
    }
    return std::move(result_);
  }

 private:
  void read(std::string_view text) {
    units_.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
      const CodePointAt point = next_code_point(text, at);
      const auto begin = static_cast<std::uint32_t>(at);
      at += point.bytes;
      const auto end = static_cast<std::uint32_t>(at);
      if (!point.valid) {
        units_.push_back({0xFFFD, begin, end, Kind::kMark});
        continue;
      }
      fold_code_point(point.code, [&](char32_t c) { units_.push_back({c, begin, end, kind_of(c)}); });
    }
  }

  // Blanks and marks from `i` on; returns where they end.
  std::size_t gap(std::size_t i) {
    std::size_t end = i;
    bool blank_only = true;
    while (end < units_.size() && is_gap(units_[end].kind)) {
      blank_only = blank_only && units_[end].kind == Kind::kBlank;
      ++end;
    }
    const bool after_ideograph = i > 0 && units_[i - 1].kind == Kind::kIdeograph;
    const bool before_ideograph = end < units_.size() && units_[end].kind == Kind::kIdeograph;
    if (after_ideograph && before_ideograph && (blank_only || end - i <= kLongestGap)) return end;
    if (blank_only && (after_ideograph || before_ideograph)) return end;
    const bool letters =
        i > 0 && end < units_.size() && units_[i - 1].kind == Kind::kLetter && units_[end].kind == Kind::kLetter;
    if (letters && joins_letters(i, end)) return end;
    for (std::size_t k = i; k < end; ++k) {
      if (units_[k].kind == Kind::kMark) {
        emit(units_[k]);
      } else if (k + 1 == end || units_[k + 1].kind != Kind::kBlank) {
        Unit blank = units_[k];
        blank.code = ' ';
        emit(blank);
      }
    }
    return end;
  }

  // A gap between Latin letters that is nothing ("mu*st") or one blank ("final-warning").
  bool joins_letters(std::size_t begin, std::size_t end) {
    bool stars = true;
    bool soft = true;
    for (std::size_t k = begin; k < end; ++k) {
      const char32_t c = units_[k].code;
      stars = stars && c == '*';
      soft = soft && (units_[k].kind == Kind::kBlank || c == '-' || c == '_' || c == '~' || c == '|' || c == '*' ||
                      c == 0x2010 || c == 0x2013 || c == 0x2014);
    }
    if (stars) return true;
    if (!soft) return false;
    emit({' ', units_[begin].begin, units_[end - 1].end, Kind::kBlank});
    return true;
  }

  // Anything that is no gap: one unit, or a run of single letters joined.
  std::size_t word(std::size_t i) {
    emit(units_[i]);
    if (units_[i].kind != Kind::kLetter || !single(i)) return i + 1;
    std::size_t letters = 1;
    std::size_t last = i;
    for (std::size_t next = after_gap(last); next != 0 && single(next); next = after_gap(last)) {
      last = next;
      ++letters;
    }
    if (letters < 3) return i + 1;
    for (std::size_t k = i + 1; k <= last; ++k) {
      if (units_[k].kind == Kind::kLetter) emit(units_[k]);
    }
    return last + 1;
  }

  // A letter with no letter or digit on either side.
  [[nodiscard]] bool single(std::size_t i) const {
    return (i == 0 || !is_word(units_[i - 1].kind)) && (i + 1 == units_.size() || !is_word(units_[i + 1].kind));
  }

  // The letter after one to three equal gap characters, or 0.
  [[nodiscard]] std::size_t after_gap(std::size_t i) const {
    std::size_t k = i + 1;
    while (k < units_.size() && k <= i + 3 && is_gap(units_[k].kind) && units_[k].code == units_[i + 1].code) ++k;
    return k > i + 1 && k < units_.size() && units_[k].kind == Kind::kLetter ? k : 0;
  }

  void emit(const Unit& unit) {
    const std::size_t before = result_.text_.size();
    append_utf8(result_.text_, unit.code);
    const std::size_t bytes = result_.text_.size() - before;
    result_.begins_.insert(result_.begins_.end(), bytes, unit.begin);
    result_.ends_.insert(result_.ends_.end(), bytes, unit.end);
  }

  std::vector<Unit> units_;
  FoldedText result_;
};

ByteRange FoldedText::written(std::size_t begin, std::size_t end) const noexcept {
  end = std::min(end, ends_.size());
  if (begin >= end) return {};
  return {begins_[begin], ends_[end - 1]};
}

std::u32string wording_impl::fold_points(std::string_view text) {
  std::u32string folded;
  folded.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePointAt point = next_code_point(text, at);
    at += point.bytes;
    fold_code_point(point.code, [&](char32_t c) { folded.push_back(c); });
  }
  return folded;
}

FoldedText fold_text(std::string_view text) { return Folder().fold(text); }

std::string fold_pattern(std::string_view pattern) {
  std::string folded;
  folded.reserve(pattern.size());
  for (std::size_t at = 0; at < pattern.size();) {
    const CodePointAt point = next_code_point(pattern, at);
    if (!point.valid || point.code < 0x80) {
      folded.append(pattern.substr(at, point.bytes));
    } else {
      fold_code_point(point.code, [&](char32_t c) {
        if (c < 0x80 && kind_of(c) != Kind::kLetter && kind_of(c) != Kind::kDigit) folded.push_back('\\');
        append_utf8(folded, c);
      });
    }
    at += point.bytes;
  }
  return folded;
}

}  // namespace tactful
