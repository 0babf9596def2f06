#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tactful {

enum class DiffKind { kSame, kRemoved, kAdded };

/// A run of words that both texts share, or that one of them has.
struct DiffPiece {
  DiffKind kind = DiffKind::kSame;
  std::string text;

  bool operator==(const DiffPiece&) const = default;
};

/// The difference of two wordings by words: a longest common subsequence of tokens. A token is a run of letters and
/// digits of a script with blanks, one ideograph or kana, a field `{name}`, a run of white space, or one other grapheme
/// cluster. Guarantee: the texts of same and removed pieces in order are `before`, of same and added pieces `after`;
/// neighbours differ in kind; where both differ, removed stands before added. Bytes that are not UTF-8 are tokens of
/// their own. Complexity: O(tokens before x tokens after) after equal ends are taken off; past 4 million such pairs the
/// whole middle counts as replaced.
[[nodiscard]] std::vector<DiffPiece> diff_words(std::string_view before, std::string_view after);

/// The difference on one line for a terminal or a log: `[-removed-]{+added+}`, as `git diff --word-diff` writes it.
[[nodiscard]] std::string describe(const std::vector<DiffPiece>& difference);

}  // namespace tactful
