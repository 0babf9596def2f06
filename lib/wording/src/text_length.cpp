#include "tactful/wording/text_length.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "utf8.hpp"

namespace tactful {
namespace {

using wording_impl::CodePointAt;
using wording_impl::is_ideograph_or_kana;
using wording_impl::next_code_point;

constexpr std::size_t kGsmSingle = 160;
constexpr std::size_t kGsmPart = 153;
constexpr std::size_t kUcsSingle = 70;
constexpr std::size_t kUcsPart = 67;
constexpr double kIdeographsPerMinute = 255.0;
constexpr double kWordsPerMinute = 228.0;

// Septets of a character in GSM-7: 1, 2 for the extension table, 0 when it is in neither.
std::size_t septets(char32_t c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return 1;
  constexpr std::u32string_view kBasic =
      U"@\u00A3$\u00A5\u00E8\u00E9\u00F9\u00EC\u00F2\u00C7\n\u00D8\u00F8\r\u00C5\u00E5\u0394_"
      U"\u03A6\u0393\u039B\u03A9\u03A0\u03A8"
      U"\u03A3\u0398\u039E\u00C6\u00E6\u00DF\u00C9 "
      U"!\"#\u00A4%&'()*+,-./:;<=>?\u00A1\u00C4\u00D6\u00D1\u00DC\u00A7\u00BF\u00E4\u00F6"
      U"\u00F1\u00FC\u00E0";
  constexpr std::u32string_view kExtension = U"\f^{}\\[~]|\u20AC";
  if (kBasic.find(c) != std::u32string_view::npos) return 1;
  return kExtension.find(c) != std::u32string_view::npos ? 2 : 0;
}

std::size_t utf16_units(char32_t c) noexcept { return c > 0xFFFF ? 2 : 1; }

// Whether the character may stand inside a word.
bool is_word_character(char32_t c) noexcept {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

bool is_white(char32_t c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x3000 || c == 0xA0; }

bool ends_sentence(char32_t c, char32_t before, char32_t after) noexcept {
  if (c == '.') return !(is_word_character(before) && is_word_character(after));
  constexpr std::u32string_view kEnds = U"\u3002\uFF01\uFF1F\uFF1B!?;\n";
  return kEnds.find(c) != std::u32string_view::npos;
}

}  // namespace

std::string_view to_string(SmsEncoding encoding) noexcept { return encoding == SmsEncoding::kGsm7 ? "GSM-7" : "UCS-2"; }

SmsLength sms_length(std::string_view text) noexcept {
  SmsLength length;
  for (std::size_t at = 0; at < text.size() && !length.first_outside_gsm7;) {
    const CodePointAt point = next_code_point(text, at);
    if (septets(point.code) == 0) length.first_outside_gsm7 = at;
    at += point.bytes;
  }
  const bool gsm = !length.first_outside_gsm7;
  length.encoding = gsm ? SmsEncoding::kGsm7 : SmsEncoding::kUcs2;
  const std::size_t single = gsm ? kGsmSingle : kUcsSingle;
  const std::size_t part = gsm ? kGsmPart : kUcsPart;
  std::size_t parts = text.empty() ? 0 : 1;
  std::size_t used = 0;  // units of the part that is being filled
  for (std::size_t at = 0; at < text.size();) {
    const CodePointAt point = next_code_point(text, at);
    const std::size_t units = gsm ? septets(point.code) : utf16_units(point.code);
    length.units += units;
    if (used + units > part) {
      ++parts;
      used = 0;
    }
    used += units;
    at += point.bytes;
  }
  if (length.units <= single) {
    length.segments = parts == 0 ? 0 : 1;
    length.room = single - length.units;
  } else {
    length.segments = parts;
    length.room = part - used;
  }
  return length;
}

ReadingLength reading_length(std::string_view text) noexcept {
  ReadingLength length;
  std::size_t in_sentence = 0;
  bool in_word = false;
  char32_t before = ' ';
  const auto close = [&] {
    if (in_sentence == 0) return;
    ++length.sentences;
    length.longest_sentence = std::max(length.longest_sentence, in_sentence);
    in_sentence = 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at).code;
    at += next_code_point(text, at).bytes;
    const char32_t after = at < text.size() ? next_code_point(text, at).code : U' ';
    if (!is_white(c)) ++length.characters;
    const bool ideograph = is_ideograph_or_kana(c);
    const bool word =
        !ideograph && (is_word_character(c) || ((c == '.' || c == ',' || c == '\'' || c == 0x2019 || c == ':') &&
                                                in_word && is_word_character(after) && !is_ideograph_or_kana(after)));
    if (ideograph) ++length.ideographs;
    if (word && !in_word) ++length.words;
    if (ideograph || (word && !in_word)) ++in_sentence;
    in_word = word;
    if (!word && ends_sentence(c, before, after)) close();
    before = c;
  }
  close();
  length.seconds = 60.0 * (static_cast<double>(length.ideographs) / kIdeographsPerMinute +
                           static_cast<double>(length.words) / kWordsPerMinute);
  return length;
}

}  // namespace tactful
