#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tactful {

enum class SmsEncoding { kGsm7, kUcs2 };

[[nodiscard]] std::string_view to_string(SmsEncoding encoding) noexcept;  ///< `GSM-7`, `UCS-2`.

/// What a text costs as short messages.
struct SmsLength {
  SmsEncoding encoding = SmsEncoding::kGsm7;
  std::size_t units = 0;     ///< Septets (characters of the extension table count two) or UTF-16 units.
  std::size_t segments = 0;  ///< Messages that are charged; 0 for an empty text.
  std::size_t room = 0;      ///< Units that still fit in the last segment.
  std::optional<std::size_t> first_outside_gsm7;  ///< Byte offset of the first character that GSM-7 lacks.

  bool operator==(const SmsLength&) const = default;
};

/// Segments of a text: GSM-7 (3GPP TS 23.038, section 6.2.1, with the extension table) where every character is in it,
/// else UCS-2. One segment holds 160 septets or 70 units; of a longer text each part holds 153 or 67 (TS 23.040,
/// 9.2.3.24.1, six bytes of header), and neither an escaped pair nor a surrogate pair is split between parts.
/// Bytes that are not UTF-8 count as U+FFFD each. National language tables are not used. No allocation.
[[nodiscard]] SmsLength sms_length(std::string_view text) noexcept;

/// How much there is to read.
struct ReadingLength {
  std::size_t characters = 0;        ///< Code points, white space left out.
  std::size_t ideographs = 0;        ///< Of these Han and kana.
  std::size_t words = 0;             ///< Runs of other letters and digits.
  std::size_t sentences = 0;         ///< At least 1 for a text with a word.
  std::size_t longest_sentence = 0;  ///< Ideographs plus words of the longest sentence.
  double seconds = 0.0;              ///< Estimated silent reading time.

  bool operator==(const ReadingLength&) const = default;
};

/// Sentences end at 。！？；.!?; and line ends; a full stop between digits or letters ends none. Seconds by the means
/// of Trauzettel-Klosinski and Dietz (2012, IReST): 255 Chinese characters or 228 English words a minute.
[[nodiscard]] ReadingLength reading_length(std::string_view text) noexcept;

}  // namespace tactful
