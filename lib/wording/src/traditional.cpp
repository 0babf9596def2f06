#include "traditional.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace tactful::wording_impl {
namespace {

constexpr char32_t kFirst = 0x4E00;
constexpr char32_t kLast = 0x9FFF;

constexpr std::u16string_view kPairs =
#include "traditional_table.inc"
    ;

// One load instead of a binary search for each ideograph: 42 KB of read-only data.
constexpr std::array<char16_t, kLast - kFirst + 1> make_table() {
  std::array<char16_t, kLast - kFirst + 1> table{};
  for (std::size_t i = 0; i + 1 < kPairs.size(); i += 2) table[kPairs[i] - kFirst] = kPairs[i + 1];
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

char32_t simplified(char32_t c) noexcept {
  if (c < kFirst || c > kLast) return c;
  const char16_t found = kTable[c - kFirst];
  return found == 0 ? c : found;
}

}  // namespace tactful::wording_impl
