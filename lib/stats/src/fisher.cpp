#include <algorithm>
#include <cmath>

#include "discrete.hpp"
#include "support.hpp"
#include "tactful/stats/exact.hpp"

namespace tactful::stats {
namespace {

// K marked among `draws` out of `marked` + `unmarked`. Tails are summed by the ratio of neighbouring terms from the
// tail's own largest term outwards, so every tail below one half keeps its relative accuracy.
class Hypergeometric {
 public:
  Hypergeometric(std::int64_t marked, std::int64_t unmarked, std::int64_t draws)
      : marked_(marked), unmarked_(unmarked), draws_(draws) {
    low_ = std::max<std::int64_t>(0, draws - unmarked);
    high_ = std::min(marked, draws);
    mode_ = static_cast<std::int64_t>(Int128{draws + 1} * (marked + 1) / (Int128{marked} + unmarked + 2));
    mode_ = std::clamp(mode_, low_, high_);
  }

  [[nodiscard]] std::int64_t low() const { return low_; }
  [[nodiscard]] std::int64_t high() const { return high_; }
  [[nodiscard]] std::int64_t mode() const { return mode_; }
  [[nodiscard]] double log_point(std::int64_t k) const { return log_hypergeometric(k, marked_, unmarked_, draws_); }

  // P(K <= k).
  [[nodiscard]] double lower(std::int64_t k) const {
    if (k < low_) return 0.0;
    if (k >= high_) return 1.0;
    if (k >= mode_) return std::max(0.0, 1.0 - tail(k + 1, 1));
    return tail(k, -1);
  }
  // P(K >= k).
  [[nodiscard]] double upper(std::int64_t k) const {
    if (k <= low_) return 1.0;
    if (k > high_) return 0.0;
    if (k <= mode_) return std::max(0.0, 1.0 - tail(k - 1, -1));
    return tail(k, 1);
  }

 private:
  // Sum of the probabilities from k outwards in `direction`, away from the mode.
  [[nodiscard]] double tail(std::int64_t k, int direction) const {
    double term = 1.0;
    double sum = 1.0;
    for (std::int64_t j = k; j != (direction > 0 ? high_ : low_); j += direction) {
      term *= ratio(j, direction);
      sum += term;
      if (term < 1e-17 * sum) break;
    }
    return std::exp(log_point(k)) * sum;
  }
  // P(K = j + direction) / P(K = j).
  [[nodiscard]] double ratio(std::int64_t j, int direction) const {
    const auto d = [](std::int64_t value) { return static_cast<double>(value); };
    if (direction > 0) return d(marked_ - j) / d(j + 1) * (d(draws_ - j) / d(unmarked_ - draws_ + j + 1));
    return d(j) / d(marked_ - j + 1) * (d(unmarked_ - draws_ + j) / d(draws_ - j + 1));
  }

  std::int64_t marked_;
  std::int64_t unmarked_;
  std::int64_t draws_;
  std::int64_t low_ = 0;
  std::int64_t high_ = 0;
  std::int64_t mode_ = 0;
};

// Total probability of the points at most as likely as `limit` (a logarithm), one bisection on each side of the mode.
double less_likely(const Hypergeometric& k, double limit) {
  if (k.log_point(k.mode()) <= limit) return 1.0;
  std::int64_t below = k.low() - 1;  // the last point of the lower part
  for (std::int64_t high = k.mode(); high - below > 1;) {
    const std::int64_t middle = below + (high - below) / 2;
    (k.log_point(middle) <= limit ? below : high) = middle;
  }
  std::int64_t above = k.high() + 1;  // the first point of the upper part
  for (std::int64_t low = k.mode(); above - low > 1;) {
    const std::int64_t middle = low + (above - low) / 2;
    (k.log_point(middle) <= limit ? above : low) = middle;
  }
  return std::min(1.0, k.lower(below) + k.upper(above));
}

}  // namespace

FisherTest fisher_exact(const ProportionPair& arms) {
  const std::int64_t successes = arms.control.successes() + arms.treatment.successes();
  const std::int64_t failures = arms.control.failures() + arms.treatment.failures();
  const Hypergeometric k(successes, failures, arms.treatment.trials());
  const std::int64_t observed = arms.treatment.successes();
  const double log_observed = k.log_point(observed);
  // Computed logarithms of equal probabilities differ by rounding only; distinct ones hardly ever by so little.
  const double tie = 1e-12 * std::max(1.0, 0.01 * std::abs(log_observed));

  FisherTest test;
  test.p_point = std::exp(log_observed);
  test.p_greater = k.upper(observed);
  test.p_less = k.lower(observed);
  test.p_two_sided_doubled = std::min(1.0, 2.0 * std::min(test.p_greater, test.p_less));
  test.midp_greater = std::max(0.0, test.p_greater - 0.5 * test.p_point);
  test.midp_less = std::max(0.0, test.p_less - 0.5 * test.p_point);
  test.midp_two_sided_doubled = std::min(1.0, 2.0 * std::min(test.midp_greater, test.midp_less));
  const bool symmetric = arms.control.trials() == arms.treatment.trials() || successes == failures;
  test.p_two_sided = symmetric ? test.p_two_sided_doubled : less_likely(k, log_observed + tie);
  test.p_two_sided_rel1e7 = less_likely(k, log_observed + 1e-7);
  test.midp_two_sided = 0.5 * (test.p_two_sided + less_likely(k, log_observed - tie));
  return test;
}

}  // namespace tactful::stats
