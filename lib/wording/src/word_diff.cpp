#include "tactful/wording/word_diff.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

#include "tactful/core/key.hpp"
#include "utf8.hpp"

namespace tactful {
namespace {

using wording_impl::CodePointAt;
using wording_impl::is_ideograph_or_kana;
using wording_impl::next_code_point;

constexpr std::size_t kMostPairs = 4'000'000;

enum class Token { kWord, kBlank, kOther };

Token token_of(char32_t c) noexcept {
  if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0x3000 || c == 0xA0) return Token::kBlank;
  if (is_ideograph_or_kana(c)) return Token::kOther;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  // Letters, marks and numbers stand first in utf8proc's list of categories.
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO ? Token::kWord : Token::kOther;
}

// Bytes of the grapheme cluster at `at`.
std::size_t cluster_bytes(std::string_view text, std::size_t at) noexcept {
  CodePointAt point = next_code_point(text, at);
  std::size_t end = at + point.bytes;
  utf8proc_int32_t state = 0;
  while (point.valid && end < text.size()) {
    const CodePointAt next = next_code_point(text, end);
    if (!next.valid || utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(point.code),
                                                        static_cast<utf8proc_int32_t>(next.code), &state)) {
      break;
    }
    end += next.bytes;
    point = next;
  }
  return end - at;
}

std::size_t token_bytes(std::string_view text, std::size_t at) noexcept {
  const CodePointAt first = next_code_point(text, at);
  if (!first.valid) return 1;
  if (first.code == '{') {
    const std::size_t close = text.find('}', at);
    if (close != std::string_view::npos && is_key(text.substr(at + 1, close - at - 1))) return close + 1 - at;
  }
  const Token kind = token_of(first.code);
  if (kind == Token::kOther) return cluster_bytes(text, at);
  std::size_t end = at + first.bytes;
  while (end < text.size()) {
    const CodePointAt next = next_code_point(text, end);
    if (!next.valid || token_of(next.code) != kind) break;
    end += next.bytes;
  }
  return end - at;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = token_bytes(text, at);
    tokens.push_back(text.substr(at, bytes));
    at += bytes;
  }
  return tokens;
}

class Difference {
 public:
  void add(DiffKind kind, std::string_view text) {
    if (pieces_.empty() || pieces_.back().kind != kind) pieces_.push_back({kind, {}});
    pieces_.back().text.append(text);
  }
  std::vector<DiffPiece> take() && { return std::move(pieces_); }

 private:
  std::vector<DiffPiece> pieces_;
};

using Tokens = std::vector<std::string_view>;

// The middle, where the texts begin and end differently.
void diff_middle(const Tokens& a, std::size_t a_begin, std::size_t a_end, const Tokens& b, std::size_t b_begin,
                 std::size_t b_end, Difference& out) {
  const std::size_t rows = a_end - a_begin;
  const std::size_t columns = b_end - b_begin;
  std::size_t i = 0;
  std::size_t j = 0;
  std::string added;  // held back so that removed words stand before added ones
  const auto flush = [&] {
    if (!added.empty()) out.add(DiffKind::kAdded, added);
    added.clear();
  };
  if (rows != 0 && columns <= kMostPairs / rows) {
    // common[i][j]: length of the longest common subsequence of what is left from i and j on.
    const std::size_t width = columns + 1;
    std::vector<std::uint32_t> common((rows + 1) * width, 0);
    for (std::size_t r = rows; r-- > 0;) {
      for (std::size_t c = columns; c-- > 0;) {
        common[r * width + c] = a[a_begin + r] == b[b_begin + c]
                                    ? common[(r + 1) * width + c + 1] + 1
                                    : std::max(common[(r + 1) * width + c], common[r * width + c + 1]);
      }
    }
    while (i < rows && j < columns) {
      if (a[a_begin + i] == b[b_begin + j]) {
        flush();
        out.add(DiffKind::kSame, a[a_begin + i]);
        ++i;
        ++j;
      } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
        out.add(DiffKind::kRemoved, a[a_begin + i++]);
      } else {
        added.append(b[b_begin + j++]);
      }
    }
  }
  for (; i < rows; ++i) out.add(DiffKind::kRemoved, a[a_begin + i]);
  for (; j < columns; ++j) added.append(b[b_begin + j]);
  flush();
}

}  // namespace

std::vector<DiffPiece> diff_words(std::string_view before, std::string_view after) {
  const Tokens a = split(before);
  const Tokens b = split(after);
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  Difference difference;
  for (std::size_t i = 0; i < head; ++i) difference.add(DiffKind::kSame, a[i]);
  diff_middle(a, head, a.size() - tail, b, head, b.size() - tail, difference);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) difference.add(DiffKind::kSame, a[i]);
  return std::move(difference).take();
}

std::string describe(const std::vector<DiffPiece>& difference) {
  std::string line;
  for (const DiffPiece& piece : difference) {
    if (piece.kind == DiffKind::kSame) {
      line += piece.text;
    } else {
      line += (piece.kind == DiffKind::kRemoved ? "[-" : "{+") + piece.text +
              (piece.kind == DiffKind::kRemoved ? "-]" : "+}");
    }
  }
  return line;
}

}  // namespace tactful
