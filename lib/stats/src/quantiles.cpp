#include "tactful/stats/quantiles.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats {
namespace {

Result<std::vector<double>> sorted_sample(std::span<const double> values, std::string_view name) {
  if (values.empty()) return insufficient(name, std::string(name) + " has no value");
  for (const double value : values) {
    if (!std::isfinite(value)) return out_of_range(name, value, "finite");
  }
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double at_rank(std::span<const double> sorted, std::int64_t rank) { return sorted[static_cast<std::size_t>(rank - 1)]; }

// Largest rank l with P(Bin(n, q) <= l - 1) <= tail, 0 for none.
std::int64_t low_rank(std::int64_t n, double q, double tail) {
  std::int64_t low = 0;
  for (std::int64_t high = n + 1; high - low > 1;) {
    const std::int64_t middle = low + (high - low) / 2;
    (binomial_lower_tail(middle - 1, n, q) <= tail ? low : high) = middle;
  }
  return low;
}

// Smallest rank u with P(Bin(n, q) >= u) <= tail, n + 1 for none.
std::int64_t high_rank(std::int64_t n, double q, double tail) {
  std::int64_t high = n + 1;
  for (std::int64_t low = 0; high - low > 1;) {
    const std::int64_t middle = low + (high - low) / 2;
    (binomial_upper_tail(middle, n, q) <= tail ? high : low) = middle;
  }
  return high;
}

QuantileEstimate estimate(std::span<const double> sorted, double q, Level confidence) {
  const auto n = static_cast<std::int64_t>(sorted.size());
  const double tail = tail_of(confidence);
  const double z = z_of(confidence);
  QuantileEstimate result;
  result.type7 = quantile_type7(sorted, q);
  result.type1 = quantile_type1(sorted, q);
  result.order_low = low_rank(n, q, tail);
  result.order_high = high_rank(n, q, tail);
  const double low = result.order_low == 0 ? -kInfinity : at_rank(sorted, result.order_low);
  const double high = result.order_high == n + 1 ? kInfinity : at_rank(sorted, result.order_high);
  result.interval = ordered(low, high);
  result.coverage =
      1.0 - binomial_lower_tail(result.order_low - 1, n, q) - binomial_upper_tail(result.order_high, n, q);
  const double h = z * std::sqrt(q * (1.0 - q) / real(n));
  result.se_woodruff =
      (quantile_type7(sorted, std::min(1.0, q + h)) - quantile_type7(sorted, std::max(0.0, q - h))) / (2.0 * z);
  return result;
}

struct MedianPart {
  double median = 0.0;
  double variance = 0.0;
};

// Variance of a median from a pair of order statistics (Price & Bonett 2002).
MedianPart price_bonett_part(std::span<const double> sorted) {
  const auto n = static_cast<std::int64_t>(sorted.size());
  const auto c = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::floor((real(n) + 1.0) / 2.0 - std::sqrt(real(n)) + 0.5)));
  const double z = normal_upper_quantile(binomial_lower_tail(c - 1, n, 0.5));
  const double se = (at_rank(sorted, n - c + 1) - at_rank(sorted, c)) / (2.0 * z);
  return {quantile_type7(sorted, 0.5), se * se};
}

std::vector<double> clipped(std::span<const double> values, double low, double high) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(std::clamp(value, low, high));
  return result;
}

struct Trimmed {
  double mean = 0.0;
  Moments winsorized;
  ArmMean arm;
};

Result<Trimmed> trim_arm(std::span<const double> sorted, double trim) {
  const auto n = sorted.size();
  const auto g = static_cast<std::size_t>(std::floor(trim * static_cast<double>(n)));
  const std::size_t h = n - 2 * g;
  if (h < 2) return insufficient("trim", "fewer than two values remain after trimming");
  Trimmed result;
  result.mean = Moments::of(sorted.subspan(g, h)).mean();
  result.winsorized = Moments::of(clipped(sorted, sorted[g], sorted[n - g - 1]));
  const double kept = static_cast<double>(h);
  result.arm = {result.mean, result.winsorized.sum_of_squares() / (kept * (kept - 1.0)), kept};
  return result;
}

}  // namespace

double quantile_type7(std::span<const double> sorted, double q) noexcept {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(position));
  if (low + 1 >= sorted.size()) return sorted.back();
  const double share = position - static_cast<double>(low);
  return sorted[low] + share * (sorted[low + 1] - sorted[low]);
}

double quantile_type1(std::span<const double> sorted, double q) noexcept {
  const double n = static_cast<double>(sorted.size());
  // q n may land just above a whole number by rounding alone.
  const double rank = std::ceil(n * q - 4e-16 * n);
  return sorted[static_cast<std::size_t>(std::clamp(rank, 1.0, n)) - 1];
}

Result<QuantileDifference> quantile_difference(std::span<const double> control, std::span<const double> treatment,
                                               Level quantile, Level confidence) {
  const auto c = sorted_sample(control, "control");
  if (!c) return c.error();
  const auto t = sorted_sample(treatment, "treatment");
  if (!t) return t.error();
  const double q = quantile.value();
  const double z = z_of(confidence);
  QuantileDifference result;
  result.control = estimate(*c, q, confidence);
  result.treatment = estimate(*t, q, confidence);
  const double d = result.treatment.type7 - result.control.type7;
  result.difference = d;
  result.se_woodruff = std::hypot(result.control.se_woodruff, result.treatment.se_woodruff);
  result.interval_woodruff = ordered(d - z * result.se_woodruff, d + z * result.se_woodruff);
  const double below = std::hypot(result.treatment.type7 - result.treatment.interval.low(),
                                  result.control.interval.high() - result.control.type7);
  const double above = std::hypot(result.treatment.interval.high() - result.treatment.type7,
                                  result.control.type7 - result.control.interval.low());
  result.interval_mover = ordered(d - below, d + above);
  if (q == 0.5 && c->size() > 1 && t->size() > 1) {
    const MedianPart part_c = price_bonett_part(*c);
    const MedianPart part_t = price_bonett_part(*t);
    const double se = std::sqrt(part_c.variance + part_t.variance);
    if (std::isfinite(se)) {
      const double difference = part_t.median - part_c.median;
      result.price_bonett =
          QuantileDifference::PriceBonett{difference, se, ordered(difference - z * se, difference + z * se)};
    }
  }
  return result;
}

Result<WinsorTest> winsorized_test(std::span<const double> control, std::span<const double> treatment, double upper,
                                   double lower, Level confidence) {
  if (!(upper > 0.0 && upper <= 1.0)) return out_of_range("upper_pct", upper, "in (0, 1]");
  if (!(lower >= 0.0 && lower < upper)) return out_of_range("lower_pct", lower, "at least 0 and below upper_pct");
  const auto c = sorted_sample(control, "control");
  if (!c) return c.error();
  const auto t = sorted_sample(treatment, "treatment");
  if (!t) return t.error();
  std::vector<double> all(*c);
  all.insert(all.end(), t->begin(), t->end());
  std::sort(all.begin(), all.end());
  WinsorTest result;
  result.cap_upper = upper < 1.0 ? quantile_type7(all, upper) : kInfinity;
  result.cap_lower = lower > 0.0 ? quantile_type7(all, lower) : -kInfinity;
  result.control = Moments::of(clipped(*c, result.cap_lower, result.cap_upper));
  result.treatment = Moments::of(clipped(*t, result.cap_lower, result.cap_upper));
  if (const auto test = welch_test(result.control, result.treatment, confidence)) result.test = *test;
  return result;
}

Result<YuenTest> yuen_test(std::span<const double> control, std::span<const double> treatment, double trim,
                           Level confidence) {
  if (!(trim >= 0.0 && trim < 0.5)) return out_of_range("trim", trim, "at least 0 and below 0.5");
  const auto c = sorted_sample(control, "control");
  if (!c) return c.error();
  const auto t = sorted_sample(treatment, "treatment");
  if (!t) return t.error();
  const auto part_c = trim_arm(*c, trim);
  if (!part_c) return part_c.error();
  const auto part_t = trim_arm(*t, trim);
  if (!part_t) return part_t.error();
  YuenTest result;
  result.trimmed_mean_control = part_c->mean;
  result.trimmed_mean_treatment = part_t->mean;
  result.winsorized_control = part_c->winsorized;
  result.winsorized_treatment = part_t->winsorized;
  result.difference = part_t->mean - part_c->mean;
  result.se = std::sqrt(part_c->arm.variance_of_mean + part_t->arm.variance_of_mean);
  if (const auto test = welch_test(part_c->arm, part_t->arm, confidence)) result.test = *test;
  return result;
}

}  // namespace tactful::stats
