#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemes.hpp"

namespace tactful {

/// The hashes that schemes are made of.
enum class Hash {
  kTactful1,
  kGrowthBook1,
  kGrowthBook2,
  kUnleashRollout,
  kUnleashVariant,
  kOptimizely,
  kSha1,    // LaunchDarkly, PlanOut
  kSha256,  // Statsig
  kMd5,     // Eppo
};

/// One draw: a hash, its seed and a number of buckets. Draws with different seeds are independent.
/// Thread-safety: immutable; bucket() neither allocates nor locks.
class BucketSource {
 public:
  BucketSource() = default;
  /// `modulus` 0: as many buckets as the hash has by itself (2^64, 2^60, or what its platform fixes).
  BucketSource(Hash hash, std::string seed, std::uint64_t modulus = 0, TextUnits units = TextUnits::kUtf16);

  /// 0 to last(). `slot`, where not empty, is drawn before the id (a switchback's time slot; kTactful1 only).
  [[nodiscard]] std::uint64_t bucket(std::string_view id, std::string_view slot = {}) const noexcept;

  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  /// The number of buckets as a double, exact where it is below 2^53.
  [[nodiscard]] double size() const noexcept;
  /// "10000", "2^64", "2^60".
  [[nodiscard]] std::string size_text() const;
  [[nodiscard]] Hash hash() const noexcept { return hash_; }
  [[nodiscard]] const std::string& seed() const noexcept { return seed_; }
  /// Whether both cut the same hash of every id, into the same or another number of buckets.
  [[nodiscard]] bool shares_hash_with(const BucketSource& other) const noexcept {
    return hash_ == other.hash_ && seed_ == other.seed_ && units_ == other.units_ &&
           (modulus_ == other.modulus_ || (modulus_ != 0 && other.modulus_ != 0));
  }
  /// Whether both draw the same number for every id.
  bool operator==(const BucketSource&) const = default;

 private:
  Hash hash_ = Hash::kTactful1;
  std::string seed_;
  std::uint64_t modulus_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t state_ = 0;  // of the seed, where it is hashed first
  TextUnits units_ = TextUnits::kUtf16;
};

/// Buckets `first` to `last`, both included, of a variant (0 for a gate).
struct BucketRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint16_t variant = 0;
  bool operator==(const BucketRange&) const = default;
};

/// Appends [begin, end) unless it is empty; `end` past the last bucket is cut.
void add_range(std::vector<BucketRange>& ranges, std::uint64_t begin, std::uint64_t end, std::uint16_t variant = 0);

/// The range that holds `bucket`, the first of several, or nullptr.
[[nodiscard]] inline const BucketRange* find_range(const std::vector<BucketRange>& ranges,
                                                   std::uint64_t bucket) noexcept {
  for (const BucketRange& range : ranges) {
    if (range.first <= bucket && bucket <= range.last) return &range;
  }
  return nullptr;
}

/// A draw that lets some buckets pass.
struct Gate {
  BucketSource source;
  std::vector<BucketRange> ranges;
  [[nodiscard]] bool admits(std::uint64_t bucket) const noexcept { return find_range(ranges, bucket) != nullptr; }
};

/// How many k >= 0 have (double)k / divisor < bound; at most `most`. The platforms divide in doubles; what their
/// comparison admits is counted once here, so that no unit is ever compared in floating point.
[[nodiscard]] std::uint64_t count_below(double bound, double divisor, std::uint64_t most) noexcept;
/// The same with <=.
[[nodiscard]] std::uint64_t count_up_to(double bound, double divisor, std::uint64_t most) noexcept;

}  // namespace tactful
