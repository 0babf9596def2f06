#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tactful::report {

/// An English sentence with slots in braces, and the same in another language with the same slots in any order. The
/// first letter of a slot says what stands in it: `n` a number, a date or a percentage; `w` a label or a list of them,
/// as it is; `k` a label without blanks; `l` a list parted by ", ", each part translated where it can be, `s` one of at
/// least two parts that must all be; `t` a text that must be translated itself; `p` a text that
/// is a phrase by itself; `x` anything, as it is.
struct Phrase {
  std::string_view english, other;
};

/// Sentences that a scorecard says, and the same in another language. The scorecard itself stays as it is: its
/// sentences are matched against the phrases, labels and numbers go over unchanged. Of several that fit the first wins;
/// sentences joined by "; " are translated one by one. Thread-safety: immutable.
class Phrasebook {
 public:
  Phrasebook(const std::vector<std::span<const Phrase>>& parts, std::span<const Phrase> joints);

  /// Nothing where a part of the text fits no phrase; texts without letters are as they are.
  [[nodiscard]] std::optional<std::string> find(std::string_view text) const;
  /// As find(); what fits no phrase stays English.
  [[nodiscard]] std::string say(std::string_view text) const;

 private:
  struct Slot {
    std::string_view name;
    std::string_view after;  ///< The literal text up to the next slot, or the end.
  };
  struct Pattern {
    std::string_view begin;
    std::vector<Slot> slots;
    std::string_view other;
  };
  using Values = std::vector<std::pair<std::string_view, std::string>>;

  using Patterns = std::vector<Pattern>;

  static void add(std::span<const Phrase> phrases, Patterns& patterns);
  [[nodiscard]] std::optional<std::string> find_in(const Patterns& patterns, std::string_view text) const;
  [[nodiscard]] bool match(const Pattern& pattern, std::size_t slot, std::string_view rest, Values& values) const;
  [[nodiscard]] std::optional<std::string> fill(std::string_view name, std::string_view text) const;

  Patterns patterns_, joints_;
};

/// The parts of the Chinese book, by who says it; and the whole book.
[[nodiscard]] std::span<const Phrase> chinese_page();
[[nodiscard]] std::span<const Phrase> chinese_results();
[[nodiscard]] std::span<const Phrase> chinese_checks();
[[nodiscard]] std::span<const Phrase> chinese_joints();
[[nodiscard]] const Phrasebook& chinese();

}  // namespace tactful::report
