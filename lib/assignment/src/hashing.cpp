#include "tactful/assignment/hashing.hpp"

#include <xxhash.h>

#include <limits>

namespace tactful {

std::string seed_text(Draw draw, std::string_view salt) {
  const char* prefix = draw == Draw::kTraffic ? "traffic:" : draw == Draw::kVariant ? "variant:" : "holdback:";
  return prefix + std::string(salt);
}

std::uint64_t draw_seed(std::string_view seed_text) noexcept { return XXH3_64bits(seed_text.data(), seed_text.size()); }

std::uint64_t draw(std::uint64_t seed, std::string_view unit) noexcept {
  return XXH3_64bits_withSeed(unit.data(), unit.size(), seed);
}

std::uint64_t threshold(std::uint64_t part, std::uint64_t whole) noexcept {
  if (part >= whole) return std::numeric_limits<std::uint64_t>::max();
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(part) << 64) / whole);
}

}  // namespace tactful
