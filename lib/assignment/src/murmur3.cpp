#include <bit>
#include <cstddef>
#include <string>

#include "schemes.hpp"

namespace tactful {
namespace {

constexpr std::uint32_t kUnleashVariantSeed = 86028157;
constexpr std::uint32_t kOptimizelySeed = 1;
constexpr std::uint64_t kOptimizelyBuckets = 10'000;

std::uint32_t scramble(std::uint32_t k) noexcept { return std::rotl(k * 0xcc9e2d51u, 15) * 0x1b873593u; }

std::string joined(std::string_view first, std::string_view separator, std::string_view second) {
  std::string text(first);
  text += separator;
  text += second;
  return text;
}

}  // namespace

std::uint32_t murmur3_32(std::string_view text, std::uint32_t seed) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  std::uint32_t hash = seed;
  const std::size_t whole = text.size() / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4) {
    hash ^= scramble(byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24);
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64u;
  }
  std::uint32_t tail = 0;
  for (std::size_t i = text.size(); i > whole; --i) tail = tail << 8 | byte(i - 1);
  hash ^= scramble(tail);
  hash ^= static_cast<std::uint32_t>(text.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16);
}

std::uint64_t unleash_rollout(std::string_view group, std::string_view unit, std::uint64_t modulus) {
  return murmur3_32(joined(group, ":", unit), 0) % modulus + 1;
}

std::uint64_t unleash_variant(std::string_view group, std::string_view unit, std::uint64_t modulus) {
  return murmur3_32(joined(group, ":", unit), kUnleashVariantSeed) % modulus + 1;
}

std::uint64_t optimizely(std::string_view entity, std::string_view unit) {
  return murmur3_32(joined(unit, "", entity), kOptimizelySeed) * kOptimizelyBuckets >> 32;
}

}  // namespace tactful
