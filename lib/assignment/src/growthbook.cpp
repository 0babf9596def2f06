#include <charconv>

#include "schemes.hpp"

namespace tactful {
namespace {

constexpr std::uint32_t kOffset = 0x811c9dc5u;
constexpr std::uint32_t kPrime = 0x01000193u;

std::uint32_t eat(std::uint32_t hash, std::uint32_t unit) noexcept { return (hash ^ unit) * kPrime; }

// The text is valid UTF-8 (JSON is); what is not ends at the text's end instead of reading past it.
std::uint32_t take_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const std::uint32_t lead = byte(at);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (byte(at + i) & 0x3Fu);
  at += length;
  return code;
}

std::uint32_t fnv1a32(std::uint32_t hash, std::string_view text, TextUnits units) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    if (units == TextUnits::kUtf8) {
      hash = eat(hash, static_cast<unsigned char>(text[i++]));
      continue;
    }
    const std::uint32_t code = take_code_point(text, i);
    if (code < 0x10000 || units == TextUnits::kCodePoint) {
      hash = eat(hash, code);
    } else {
      hash = eat(hash, 0xD800u + ((code - 0x10000) >> 10));
      hash = eat(hash, 0xDC00u + ((code - 0x10000) & 0x3FFu));
    }
  }
  return hash;
}

}  // namespace

std::uint32_t fnv1a32(std::string_view first, std::string_view second, TextUnits units) noexcept {
  return fnv1a32(fnv1a32(kOffset, first, units), second, units);
}

std::uint32_t growthbook_1(std::string_view seed, std::string_view unit, TextUnits units) noexcept {
  return fnv1a32(unit, seed, units) % 1000;
}

std::uint32_t growthbook_1_of(std::uint32_t state, std::string_view seed, TextUnits units) noexcept {
  return fnv1a32(state, seed, units) % 1000;
}

std::uint32_t growthbook_2(std::string_view seed, std::string_view unit, TextUnits units) noexcept {
  return growthbook_2_of(fnv1a32(seed, {}, units), unit, units);
}

std::uint32_t growthbook_2_of(std::uint32_t state, std::string_view unit, TextUnits units) noexcept {
  char digits[10];
  const auto end = std::to_chars(digits, digits + sizeof digits, fnv1a32(state, unit, units)).ptr;
  return fnv1a32(std::string_view(digits, static_cast<std::size_t>(end - digits)), {}, TextUnits::kUtf8) % 10'000;
}

}  // namespace tactful
