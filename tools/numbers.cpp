#include "numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tactful::tools {

std::string percent(double share) {
  const double value = share * 100.0;
  const bool whole = std::abs(value - std::round(value)) < 1e-9;
  if (value > 99.95 && !whole) return "over 99.9 %";
  char text[32];
  (void)std::snprintf(text, sizeof text, whole ? "%.0f %%" : std::abs(value) < 1.0 ? "%.2f %%" : "%.1f %%", value);
  return text;
}

std::string decimals(double value, int digits) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(std::min<int>(length, static_cast<int>(text.size()) - 1))};
}

std::string significant(double value) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.4g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace tactful::tools
