#include <bit>

#include "schemes.hpp"

namespace tactful {
namespace {

constexpr std::uint32_t kUnleashVariantSeed = 86028157;
constexpr std::uint32_t kOptimizelySeed = 1;
constexpr std::uint64_t kOptimizelyBuckets = 10'000;

std::uint32_t scramble(std::uint32_t k) noexcept { return std::rotl(k * 0xcc9e2d51u, 15) * 0x1b873593u; }

// Takes bytes one by one, so that texts need not be joined in memory.
class Murmur3 {
 public:
  explicit Murmur3(std::uint32_t seed) noexcept : hash_(seed) {}
  void eat(std::string_view text) noexcept {
    for (const char c : text) {
      block_ |= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << (8 * (size_++ % 4));
      if (size_ % 4 != 0) continue;
      hash_ = std::rotl(hash_ ^ scramble(block_), 13) * 5 + 0xe6546b64u;
      block_ = 0;
    }
  }
  [[nodiscard]] std::uint32_t finish() const noexcept {
    std::uint32_t hash = hash_ ^ scramble(block_) ^ size_;
    hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
    hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
    return hash ^ (hash >> 16);
  }

 private:
  std::uint32_t hash_;
  std::uint32_t block_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace

std::uint32_t murmur3_32(std::string_view text, std::uint32_t seed) noexcept { return murmur3_32(text, {}, {}, seed); }

std::uint32_t murmur3_32(std::string_view a, std::string_view b, std::string_view c, std::uint32_t seed) noexcept {
  Murmur3 hash(seed);
  hash.eat(a);
  hash.eat(b);
  hash.eat(c);
  return hash.finish();
}

std::uint64_t unleash_rollout(std::string_view group, std::string_view unit, std::uint64_t modulus) noexcept {
  return murmur3_32(group, ":", unit, 0) % modulus + 1;
}

std::uint64_t unleash_variant(std::string_view group, std::string_view unit, std::uint64_t modulus) noexcept {
  return murmur3_32(group, ":", unit, kUnleashVariantSeed) % modulus + 1;
}

std::uint64_t optimizely(std::string_view entity, std::string_view unit) noexcept {
  return murmur3_32(unit, {}, entity, kOptimizelySeed) * kOptimizelyBuckets >> 32;
}

}  // namespace tactful
