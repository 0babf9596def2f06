#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tactful/experiment/traffic.hpp"

namespace tactful {

// GrowthBook's rules for ranges (SDK specification 0.8), with the doubles of its JavaScript SDK, for the loading of
// experiments and for checks against its published cases. Pure functions; thread-safe; they allocate only their result.

/// 1/n for each of n variants; empty for n < 1.
[[nodiscard]] std::vector<double> growthbook_equal_weights(std::int64_t n);

/// The range of each of `n` variants: variant i from the sum of the weights before it, as long as coverage * weight, so
/// that a lower coverage cuts only the ends. Coverage is clamped to [0, 1]; weights that are not n, or sum outside
/// [0.99, 1.01], count as equal.
[[nodiscard]] std::vector<HashRange> growthbook_ranges(std::int64_t n, double coverage,
                                                       std::span<const double> weights);

/// Index of the first range with start <= number < end, or -1.
[[nodiscard]] std::int64_t growthbook_choose(double number, std::span<const HashRange> ranges) noexcept;

/// The buckets k in 0 ... buckets-1 that the SDK finds in a range when it compares k / buckets in doubles: from `first`
/// up to, but without, `end`. Exact: each bucket is inside exactly when start <= (double)k / buckets < range end.
struct IntegerRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  bool operator==(const IntegerRange&) const = default;
};
[[nodiscard]] IntegerRange growthbook_buckets(HashRange range, std::uint64_t buckets) noexcept;

}  // namespace tactful
