#pragma once

#include <compare>
#include <string_view>

namespace tactful {

/// Orders versions as the condition language does: a leading `v` and everything from `+` are dropped, the rest is split
/// at '.' and '-', numbers are padded with blanks to five places, a version of exactly three parts gets "~" (so that a
/// release comes after its pre-releases), and the parts, joined by '-', compare as text. Allocation-free.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view a, std::string_view b) noexcept;

}  // namespace tactful
