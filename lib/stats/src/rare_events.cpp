#include "tactful/stats/rare_events.hpp"

#include <algorithm>
#include <cmath>

#include "discrete.hpp"
#include "roots.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats {
namespace {

bool is_positive(double value) { return value > 0.0 && std::isfinite(value); }

double odds(const special::UnitPoint& point) { return point.y <= 0.0 ? kInfinity : point.x / point.y; }

// P(K > k) + P(K = k)/2 (upper) or P(K < k) + P(K = k)/2 under treatment share p.
double mid_tail(std::int64_t k, std::int64_t n, double p, bool upper) {
  const double point = 0.5 * std::exp(log_binomial_probability(k, n, p));
  return point + (upper ? binomial_upper_tail(k + 1, n, p) : binomial_lower_tail(k - 1, n, p));
}

// Odds of treatment at which the mid-p tail equals `tail`; searched on the logarithm of the odds.
double mid_bound(std::int64_t k, std::int64_t n, double tail, bool lower) {
  const auto f = [&](double log_odds) {
    const double p = 1.0 / (1.0 + std::exp(-log_odds));
    const double value = std::log(mid_tail(k, n, p, lower)) - std::log(tail);
    return lower ? -value : value;
  };
  const double start = std::log((static_cast<double>(k) + 0.5) / (static_cast<double>(n - k) + 0.5));
  return std::exp(find_decreasing_root(f, start, 0.5, 1e-14));
}

}  // namespace

double treatment_share(double treatment_weight, double control_weight, double rate_ratio) noexcept {
  return treatment_weight * rate_ratio / (treatment_weight * rate_ratio + control_weight);
}

Result<RateRatioTest> compare_event_counts(const EventCounts& events, double null_ratio, Level confidence) {
  constexpr std::int64_t kMost = std::int64_t{1} << 52;
  if (events.control < 0 || events.control > kMost) {
    return out_of_range("control", static_cast<double>(events.control), "between 0 and 2^52");
  }
  if (events.treatment < 0 || events.treatment > kMost) {
    return out_of_range("treatment", static_cast<double>(events.treatment), "between 0 and 2^52");
  }
  if (!is_positive(events.control_weight)) return out_of_range("control_weight", events.control_weight, "positive");
  if (!is_positive(events.treatment_weight))
    return out_of_range("treatment_weight", events.treatment_weight, "positive");
  if (!is_positive(null_ratio)) return out_of_range("null_ratio", null_ratio, "positive and finite");
  const std::int64_t k = events.treatment;
  const std::int64_t n = events.control + events.treatment;
  if (n == 0) return insufficient("events", "no event has occurred in either arm");

  const double per_odds = events.control_weight / events.treatment_weight;
  const double p = treatment_share(events.treatment_weight, events.control_weight, null_ratio);
  const double tail = tail_of(confidence);
  RateRatioTest test;
  test.rate_ratio =
      events.control == 0 ? kInfinity : static_cast<double>(k) / static_cast<double>(events.control) * per_odds;
  test.p_greater = binomial_upper_tail(k, n, p);
  test.p_less = binomial_lower_tail(k, n, p);
  test.midp_greater = mid_tail(k, n, p, true);
  test.midp_less = mid_tail(k, n, p, false);
  const double successes = static_cast<double>(k);
  const double failures = static_cast<double>(events.control);
  const double low = k == 0 ? 0.0 : odds(special::beta_lower_quantile(successes, failures + 1.0, tail)) * per_odds;
  const double high =
      events.control == 0 ? kInfinity : odds(special::beta_upper_quantile(successes + 1.0, failures, tail)) * per_odds;
  test.interval = ordered(low, high);
  // At k = 0 the mid-p upper tail never falls below 1/2, so the end stays open; likewise at k = n.
  const double mid_low = k == 0 ? 0.0 : mid_bound(k, n, tail, true) * per_odds;
  const double mid_high = events.control == 0 ? kInfinity : mid_bound(k, n, tail, false) * per_odds;
  test.midp_interval = ordered(mid_low, mid_high);
  return test;
}

}  // namespace tactful::stats
