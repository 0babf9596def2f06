#pragma once

#include <cstdint>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tactful/core/result.hpp"

namespace tactful {

/// What a text must be to stand in a field.
enum class TextRule : std::uint8_t { kKey = 1, kLabel = 2, kSegments = 4 };

/// A text to be turned into its code; an empty text has the code 0.
struct Word {
  std::string_view text;
  std::string_view field;  ///< Named in errors.
  TextRule rule;
  std::int32_t* code;
};

/// The journal's texts and their codes, from 1 in the order of first use. A text that is known costs one hash look-up
/// under a shared lock, which is never held during input or output.
/// Thread-safety: any thread.
class Dictionary {
 public:
  /// Bound on the number of texts: keys and labels are few, so more of them means that ids are given as labels, which
  /// must not reach the disk.
  static constexpr std::size_t kMaxTexts = 65'536;

  /// The last codes are kept from sets of segments, which alone multiply: one experiment that has ids among its
  /// segments must not stop the others.
  static constexpr std::size_t kReservedTexts = 5'536;

  /// Sets each word's code. Errors: kInvalidArgument naming the field, never the text.
  [[nodiscard]] Status intern(std::span<const Word> words);

  /// Takes up a text read from the file; codes come in ascending order without gaps.
  void restore(std::string text);

  /// The texts with codes > `after`, ascending.
  [[nodiscard]] std::vector<std::string> texts_after(std::int32_t after) const;

 private:
  struct Entry {
    std::int32_t code = 0;
    std::uint8_t rules = 0;  // TextRules that the text is known to obey
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  [[nodiscard]] bool find(const Word& word) const;
  [[nodiscard]] Status add(const Word& word);

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  std::vector<const std::string*> by_code_;  // keys of entries_, whose addresses are stable
};

}  // namespace tactful
