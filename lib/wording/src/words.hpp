#pragma once

#include <string>
#include <string_view>

namespace tactful::wording_impl {

inline constexpr int kPatternMemory = 1 << 20;  // bytes for one pattern's automaton
inline constexpr std::size_t kLongestPattern = 1000;

/// The pattern for a phrase on folded text: quoted, on word boundaries at Latin ends, with a second form without blanks
/// for phrases of Latin words. Empty when nothing of the phrase is left after folding.
[[nodiscard]] std::string phrase_pattern(std::string_view phrase);

/// What is wrong with a pattern, or empty.
[[nodiscard]] std::string pattern_fault(std::string_view pattern);

}  // namespace tactful::wording_impl
