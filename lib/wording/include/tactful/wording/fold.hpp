#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tactful {

/// Bytes [begin, end) of a text.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(const ByteRange&) const = default;
};

/// A text as rules see it, with the way back to the text as it was written. What readers take for the same words gives
/// the same folded text:
/// - Unicode compatibility decomposition and case folding, accents taken off (all that NFKC case folding equates, and
///   more: full-width letters, circled digits, ligatures); Cyrillic and Greek letters that look Latin become Latin.
/// - Default-ignorable characters (zero-width, soft hyphen, variation selectors) are gone.
/// - Traditional Chinese characters become simplified (OpenCC's single characters).
/// - Between two ideographs or kana, blanks and marks that end no clause (. * - _ ~ | / + ^ # quotes, emoji, bytes that
///   are not UTF-8) are gone: a run of up to 8. Commas, full stops and other clause marks stay. Blanks beside an
///   ideograph are gone.
/// - Between two Latin letters, `*` is gone, and hyphen, underscore, tilde, bar and blanks are one blank. Three or more
/// single letters
///   with the same kind of gap between them ("m u s t", "m.u.s.t") are joined.
/// Thread-safety: immutable.
class FoldedText {
 public:
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// The bytes of the written text that folded bytes [begin, end) came from, from the first byte of the first character
  /// to the last byte of the last. Precondition: begin < end <= text().size(); otherwise the range is cut to that, or
  /// empty.
  [[nodiscard]] ByteRange written(std::size_t begin, std::size_t end) const noexcept;

 private:
  friend class Folder;
  std::string text_;
  std::vector<std::uint32_t> begins_;  // by folded byte: where its character begins in the written text
  std::vector<std::uint32_t> ends_;
};

/// Folds at most 4 GiB - 1; what is beyond is left out. Complexity: linear. Folding a folded text changes nothing,
/// except that blanks and single letters which folding has brought together may be joined. Stability: only matching
/// uses it; it may equate more in later releases.
[[nodiscard]] FoldedText fold_text(std::string_view text);

/// A regular expression (RE2 syntax) made to match folded text: characters past ASCII are folded one by one, and what
/// becomes ASCII punctuation is escaped; ASCII, and with it the syntax, stays as it is.
[[nodiscard]] std::string fold_pattern(std::string_view pattern);

}  // namespace tactful
