#include "words.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "tactful/core/text.hpp"
#include "tactful/wording/fold.hpp"

namespace tactful::wording_impl {
namespace {

constexpr std::size_t kLeastJoinedLetters = 6;

bool is_word_byte(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string bounded(std::string_view folded) {
  std::string pattern = is_word_byte(folded.front()) ? "\\b" : "";
  pattern += RE2::QuoteMeta(re2::StringPiece(folded.data(), folded.size()));
  if (is_word_byte(folded.back())) pattern += "\\b";
  return pattern;
}

}  // namespace

std::string phrase_pattern(std::string_view phrase) {
  const FoldedText whole = fold_text(phrase);
  const std::string_view folded = trim(whole.text());
  if (folded.empty()) return {};
  std::string joined;
  bool latin = true;
  for (const char c : folded) {
    latin = latin && (is_word_byte(c) || c == ' ');
    if (c != ' ') joined.push_back(c);
  }
  if (!latin || joined.size() == folded.size() || joined.size() < kLeastJoinedLetters) return bounded(folded);
  return "(?:" + bounded(folded) + "|" + bounded(joined) + ")";
}

std::string pattern_fault(std::string_view pattern) {
  if (pattern.size() > kLongestPattern) return "is longer than " + std::to_string(kLongestPattern) + " bytes";
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kPatternMemory);
  options.set_case_sensitive(false);
  const std::string folded = fold_pattern(pattern);
  const RE2 compiled(folded, options);
  if (!compiled.ok()) return "is no RE2 pattern: " + compiled.error();
  if (RE2::PartialMatch("", compiled)) return "matches the empty text, and so every text";
  return {};
}

}  // namespace tactful::wording_impl
