#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"

namespace tactful {

/// The draws of scheme tactful-1 are independent of each other: each has its own seed text.
enum class Draw { kTraffic, kVariant, kHoldback };

/// Seed text of a draw: "traffic:" + salt, "variant:" + salt, "holdback:" + salt.
[[nodiscard]] std::string seed_text(Draw draw, std::string_view salt);

/// XXH3-64 of the seed text, unseeded: the 64-bit seed of the draw.
[[nodiscard]] std::uint64_t draw_seed(std::string_view seed_text) noexcept;

/// XXH3-64 of the unit's bytes with that seed: uniform on [0, 2^64). Allocation-free.
[[nodiscard]] std::uint64_t draw(std::uint64_t seed, std::string_view unit) noexcept;

/// floor(2^64 * part / whole) for 0 <= part < whole; part == whole has no 64-bit threshold and means "always" (the
/// largest 64-bit number is returned, and the caller must not compare with it).
[[nodiscard]] std::uint64_t threshold(std::uint64_t part, std::uint64_t whole) noexcept;

/// One request of `tactful hash --batch`: {"id","scheme","seed","unit"[,"modulus"][,"units"]} to
/// {"id","bucket","value"}, or
/// {"id","condition","attributes"[,"saved_groups"]} to {"id","match"}. Schemes: tactful-1, growthbook-1, growthbook-2,
/// unleash-rollout, unleash-variant, optimizely, launchdarkly, planout, statsig, eppo (docs/spec/assignment.md).
/// `bucket` is a text where it can pass 2^53; `value` is null where the scheme has no number in [0, 1). Errors:
/// kInvalidInput naming the field.
[[nodiscard]] Result<Json> answer_hash_request(const Json& request);

}  // namespace tactful
