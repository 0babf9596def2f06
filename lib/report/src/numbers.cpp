#include "numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tactful::report {
namespace {

constexpr int kMostDecimals = 4;

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string group_thousands(std::string text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = !text.empty() && text.front() == '-' ? 1 : 0;
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

}  // namespace

std::string count_text(std::int64_t value) { return group_thousands(std::to_string(value)); }

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  std::array<char, 400> buffer{};
  const auto done =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  std::string text(buffer.data(), done.ptr);
  if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return group_thousands(std::move(text));
}

std::string signed_text(double value, int decimals) {
  std::string text = fixed_text(value, decimals);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return value > 0 && std::isfinite(value) && !is_zero ? "+" + text : text;
}

std::string p_text(double p) {
  if (!std::isfinite(p)) return "-";
  if (p < 0.0001) return "<0.0001";
  if (p > 0.999) return ">0.999";
  return fixed_text(p, p < 0.1 ? 4 : 3);
}

std::string percent_text(double share) {
  const double percent = 100.0 * share;
  // Levels that the plan gives have two decimals at most; those of a bound are rounded, and never up to certainty.
  if (std::fabs(percent * 100.0 - std::round(percent * 100.0)) < 1e-6) {
    return without_trailing_zeros(fixed_text(percent, 2)) + " %";
  }
  if (percent > 99.9) return "over 99.9 %";
  return without_trailing_zeros(fixed_text(percent, 1)) + " %";
}

std::string exact_text(double value) {
  if (!std::isfinite(value)) return {};
  std::array<char, 64> buffer{};
  const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), done.ptr};
}

int decimals_for(double half_width, int least) {
  if (!std::isfinite(half_width) || half_width <= 0.0) return std::max(least, 2);
  const int wanted = static_cast<int>(std::ceil(-std::log10(half_width))) + 1;
  return std::clamp(wanted, least, kMostDecimals);
}

}  // namespace tactful::report
