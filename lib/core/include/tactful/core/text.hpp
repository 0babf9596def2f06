#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tactful {

/// The byte offset of the first byte that is not valid UTF-8, or nothing when all is valid.
/// Overlong forms, surrogates and code points past U+10FFFF are invalid.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept;

/// Columns that the text takes on a terminal: East Asian wide 2, combining 0 (utf8proc's table), by grapheme cluster.
/// Invalid bytes count one column each.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// At most `columns` wide; what was cut is marked by an ellipsis inside that width; never splits a grapheme cluster.
[[nodiscard]] std::string truncate_to_width(std::string_view text, std::size_t columns);

/// The text padded with blanks to `columns` (on the right, or on the left); longer text is returned as it is.
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t columns);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t columns);

/// The text with control characters, bidirectional overrides and invalid bytes replaced by U+FFFD, so that
/// a hostile label cannot steer a terminal. Line feed and tab become a blank.
[[nodiscard]] std::string printable(std::string_view text);

/// The text without leading and trailing ASCII white space.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// `known` entry with the smallest edit distance to `word`, when near enough to be a likely typing error.
template <typename Range>
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word, const Range& known);

/// Levenshtein distance in bytes; O(|a| |b|), and where that is over 2^20 the longer length, without comparing.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <typename Range>
std::optional<std::string> nearest_word(std::string_view word, const Range& known) {
  std::optional<std::string> best;
  std::size_t best_distance = 1 + word.size() / 3;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance <= best_distance && (!best || distance < best_distance)) {
      best = std::string(candidate);
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tactful
