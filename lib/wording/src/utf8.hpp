#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tactful::wording_impl {

struct CodePointAt {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The code point at `at` (which must be inside); an invalid byte counts as one U+FFFD.
[[nodiscard]] CodePointAt next_code_point(std::string_view text, std::size_t at) noexcept;

void append_utf8(std::string& text, char32_t code);

/// Scripts written without blanks between words, read character by character: Han, kana, bopomofo.
[[nodiscard]] constexpr bool is_ideograph_or_kana(char32_t c) noexcept {
  return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x3041 && c <= 0x30FF && c != 0x30FB) ||
         (c >= 0x20000 && c <= 0x3FFFF) || (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0x3105 && c <= 0x312F) ||
         (c >= 0xF900 && c <= 0xFAFF) || c == 0x3005 || c == 0x3007;
}

/// Code points of the text.
[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

}  // namespace tactful::wording_impl
