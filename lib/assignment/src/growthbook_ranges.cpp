#include <algorithm>
#include <utility>

#include "bucket_source.hpp"
#include "tactful/assignment/growthbook.hpp"

namespace tactful {

std::vector<double> growthbook_equal_weights(std::int64_t n) {
  if (n < 1) return {};
  return std::vector<double>(static_cast<std::size_t>(n), 1.0 / static_cast<double>(n));
}

std::vector<HashRange> growthbook_ranges(std::int64_t n, double coverage, std::span<const double> weights) {
  coverage = coverage < 0.0 ? 0.0 : coverage > 1.0 ? 1.0 : coverage;
  std::vector<double> used(weights.begin(), weights.end());
  double sum = 0.0;
  for (const double weight : used) sum += weight;
  // Written so that a sum that is no number counts as wrong.
  if (std::cmp_not_equal(used.size(), std::max<std::int64_t>(n, 0)) || !(sum >= 0.99 && sum <= 1.01)) {
    used = growthbook_equal_weights(n);
  }
  std::vector<HashRange> ranges;
  double start = 0.0;
  for (const double weight : used) {
    ranges.push_back({start, start + coverage * weight});
    start += weight;
  }
  return ranges;
}

std::int64_t growthbook_choose(double number, std::span<const HashRange> ranges) noexcept {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].start <= number && number < ranges[i].end) return static_cast<std::int64_t>(i);
  }
  return -1;
}

IntegerRange growthbook_buckets(HashRange range, std::uint64_t buckets) noexcept {
  const auto divisor = static_cast<double>(buckets);
  return {count_below(range.start, divisor, buckets), count_below(range.end, divisor, buckets)};
}

}  // namespace tactful
