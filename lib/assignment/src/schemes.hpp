#pragma once

#include <cstdint>
#include <string_view>

namespace tactful {

/// How texts become the units that GrowthBook's hash eats; its SDKs differ in this for text that is not ASCII.
enum class TextUnits { kUtf16, kUtf8, kCodePoint };

/// FNV-1a over 32 bits of `first` then `second`, each unit xor'ed whole.
[[nodiscard]] std::uint32_t fnv1a32(std::string_view first, std::string_view second, TextUnits units) noexcept;

/// GrowthBook hash version 1: 0 to 999. One pass of FNV over near-alike seeds is correlated between experiments.
[[nodiscard]] std::uint32_t growthbook_1(std::string_view seed, std::string_view unit, TextUnits units) noexcept;
/// The same from fnv1a32 of the unit.
[[nodiscard]] std::uint32_t growthbook_1_of(std::uint32_t state, std::string_view seed, TextUnits units) noexcept;
/// GrowthBook hash version 2: 0 to 9999.
[[nodiscard]] std::uint32_t growthbook_2(std::string_view seed, std::string_view unit, TextUnits units) noexcept;
/// The same from fnv1a32 of the seed, hashed once.
[[nodiscard]] std::uint32_t growthbook_2_of(std::uint32_t state, std::string_view unit, TextUnits units) noexcept;

/// MurmurHash3 x86 32-bit (Austin Appleby, public domain) of `text`.
[[nodiscard]] std::uint32_t murmur3_32(std::string_view text, std::uint32_t seed) noexcept;
/// Of the three texts joined, without joining them.
[[nodiscard]] std::uint32_t murmur3_32(std::string_view a, std::string_view b, std::string_view c,
                                       std::uint32_t seed) noexcept;

/// 1 to `modulus`: murmur3 of "group:unit", with seed 0 for a roll-out and 86028157 for a variant.
[[nodiscard]] std::uint64_t unleash_rollout(std::string_view group, std::string_view unit,
                                            std::uint64_t modulus) noexcept;
[[nodiscard]] std::uint64_t unleash_variant(std::string_view group, std::string_view unit,
                                            std::uint64_t modulus) noexcept;
/// 0 to 9999: murmur3 with seed 1 of the bucketing id and the entity's id, scaled.
[[nodiscard]] std::uint64_t optimizely(std::string_view entity, std::string_view unit) noexcept;

/// First 15 hex digits of SHA-1 of "seed.unit": LaunchDarkly and PlanOut. Past 2^53.
[[nodiscard]] std::uint64_t sha1_60(std::string_view seed, std::string_view unit) noexcept;
/// First 8 bytes, big-endian, of SHA-256 of "seed.unit": Statsig. Past 2^53.
[[nodiscard]] std::uint64_t sha256_64(std::string_view seed, std::string_view unit) noexcept;
/// First 8 hex digits of MD5 of "seed-unit": Eppo.
[[nodiscard]] std::uint32_t md5_32(std::string_view seed, std::string_view unit) noexcept;

}  // namespace tactful
