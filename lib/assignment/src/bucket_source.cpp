#include "bucket_source.hpp"

#include <limits>

#include "tactful/assignment/hashing.hpp"

namespace tactful {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::uint64_t natural_last(Hash hash) noexcept {
  switch (hash) {
    case Hash::kTactful1:
    case Hash::kSha256:
      return kAll;
    case Hash::kGrowthBook1:
    case Hash::kUnleashVariant:
      return 999;
    case Hash::kGrowthBook2:
    case Hash::kOptimizely:
    case Hash::kMd5:
      return 9'999;
    case Hash::kUnleashRollout:
      return 99;
    case Hash::kSha1:
      return (std::uint64_t{1} << 60) - 1;
  }
  return kAll;
}

template <typename Keep>
std::uint64_t count_while(std::uint64_t most, Keep keep) noexcept {
  std::uint64_t low = 0;
  std::uint64_t high = most;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (keep(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

BucketSource::BucketSource(Hash hash, std::string seed, std::uint64_t modulus, TextUnits units)
    : hash_(hash), seed_(std::move(seed)), modulus_(modulus), units_(units) {
  last_ = modulus == 0 ? natural_last(hash) : modulus - 1;
  if (hash == Hash::kTactful1) state_ = draw_seed(seed_);
  if (hash == Hash::kGrowthBook2) state_ = fnv1a32(seed_, {}, units_);
}

std::uint64_t BucketSource::bucket(std::string_view id, std::string_view slot) const noexcept {
  switch (hash_) {
    case Hash::kTactful1: {
      std::uint64_t drawn = 0;
      if (slot.empty()) {
        drawn = draw(state_, id);
      } else {
        drawn = id.empty() ? draw(state_, slot) : draw(draw(state_, slot), id);
      }
      if (modulus_ == 0) return drawn;
      __extension__ using Wide = unsigned __int128;
      return static_cast<std::uint64_t>(static_cast<Wide>(drawn) * modulus_ >> 64);
    }
    case Hash::kGrowthBook1:
      return growthbook_1(seed_, id, units_);
    case Hash::kGrowthBook2:
      return growthbook_2_of(static_cast<std::uint32_t>(state_), id, units_);
    case Hash::kUnleashRollout:
      return unleash_rollout(seed_, id, last_ + 1) - 1;
    case Hash::kUnleashVariant:
      return unleash_variant(seed_, id, last_ + 1) - 1;
    case Hash::kOptimizely:
      return optimizely(seed_, id);
    case Hash::kSha1:
      return modulus_ == 0 ? sha1_60(seed_, id) : sha1_60(seed_, id) % modulus_;
    case Hash::kSha256:
      return modulus_ == 0 ? sha256_64(seed_, id) : sha256_64(seed_, id) % modulus_;
    case Hash::kMd5:
      return md5_32(seed_, id) % (last_ + 1);
  }
  return 0;
}

double BucketSource::size() const noexcept { return static_cast<double>(last_) + 1.0; }

std::string BucketSource::size_text() const {
  if (last_ == kAll) return "2^64";
  if (last_ == natural_last(Hash::kSha1)) return "2^60";
  return std::to_string(last_ + 1);
}

void add_range(std::vector<BucketRange>& ranges, std::uint64_t begin, std::uint64_t end, std::uint16_t variant) {
  if (begin < end) ranges.push_back({begin, end - 1, variant});
}

std::uint64_t count_below(double bound, double divisor, std::uint64_t most) noexcept {
  return count_while(most, [=](std::uint64_t k) { return static_cast<double>(k) / divisor < bound; });
}

std::uint64_t count_up_to(double bound, double divisor, std::uint64_t most) noexcept {
  return count_while(most, [=](std::uint64_t k) { return static_cast<double>(k) / divisor <= bound; });
}

}  // namespace tactful
