#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "roots.hpp"
#include "score.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/anytime.hpp"

namespace tactful::stats {
namespace {

Status check_blocks(std::span<const Block> blocks, const BetaPriors& priors, double null_difference) {
  if (blocks.empty()) return invalid_argument("n_a", "at least one block is needed");
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& b = blocks[i];
    if (b.n_a < 0 || b.n_b < 0 || b.successes_a < 0 || b.successes_b < 0 || b.successes_a > b.n_a ||
        b.successes_b > b.n_b || b.n_a + b.n_b == 0) {
      return invalid_argument("blocks", "block " + std::to_string(i) +
                                            ": successes must lie between 0 and the block's size, and it needs units");
    }
  }
  for (const double prior : {priors.success_a, priors.failure_a, priors.success_b, priors.failure_b}) {
    if (!(prior > 0.0) || !std::isfinite(prior)) return out_of_range("prior", prior, "positive and finite");
  }
  if (!(null_difference > -1.0 && null_difference < 1.0)) {
    return out_of_range("null_diff", null_difference, "strictly between -1 and 1");
  }
  return {};
}

// One arm's rate as learnt so far.
struct Learnt {
  double success;
  double failure;
  [[nodiscard]] double p() const { return success / (success + failure); }
  [[nodiscard]] double q() const { return failure / (success + failure); }
};

// y ln(p / p0) + (n - y) ln(q / q0), 0 ln 0 = 0.
double log_likelihood_ratio(std::int64_t y, std::int64_t n, double p, double q, double p0, double q0) {
  double sum = 0.0;
  if (y > 0) sum += real(y) * std::log(p / p0);
  if (n > y) sum += real(n - y) * std::log(q / q0);
  return sum;
}

}  // namespace

Result<SafeTest> safe_two_proportions(std::span<const Block> blocks, const BetaPriors& priors, Level alpha,
                                      double null_difference) {
  if (auto status = check_blocks(blocks, priors, null_difference); !status) return status.error();
  Learnt a{priors.success_a, priors.failure_a};
  Learnt b{priors.success_b, priors.failure_b};
  SafeTest test;
  double log_e = 0.0;
  test.max_log_e = -kInfinity;
  for (const Block& block : blocks) {
    const double n_a = real(block.n_a);
    const double n_b = real(block.n_b);
    // The null closest to what was learnt (Kullback-Leibler), weighted by the block's sizes.
    ScorePoint null;
    if (null_difference == 0.0) {
      const double n = n_a + n_b;
      null.p_control = null.p_treatment = (n_a * a.p() + n_b * b.p()) / n;
      null.q_control = null.q_treatment = (n_a * a.q() + n_b * b.q()) / n;
    } else {
      null = score_point_difference({n_a * a.p(), n_a * a.q()}, {n_b * b.p(), n_b * b.q()}, null_difference);
    }
    log_e += log_likelihood_ratio(block.successes_a, block.n_a, a.p(), a.q(), null.p_control, null.q_control) +
             log_likelihood_ratio(block.successes_b, block.n_b, b.p(), b.q(), null.p_treatment, null.q_treatment);
    a.success += real(block.successes_a);
    a.failure += real(block.n_a - block.successes_a);
    b.success += real(block.successes_b);
    b.failure += real(block.n_b - block.successes_b);
    test.log_e.push_back(log_e);
    test.max_log_e = std::max(test.max_log_e, log_e);
    if (test.first_rejection == 0 && log_e >= -std::log(alpha.value())) {
      test.first_rejection = static_cast<int>(test.log_e.size());
    }
  }
  test.anytime_p = std::exp(-std::max(0.0, test.max_log_e));
  return test;
}

Result<EventEvidence> conditional_event_evidence(std::span<const std::int64_t> counts,
                                                 std::span<const double> allocation, double concentration,
                                                 Level alpha) {
  if (counts.size() < 2 || counts.size() != allocation.size()) {
    return invalid_argument("counts", "counts and allocation need one value for each of at least two arms");
  }
  if (!(concentration > 0.0) || !std::isfinite(concentration)) {
    return out_of_range("concentration", concentration, "positive and finite");
  }
  double total = 0.0;
  double events = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0) return out_of_range("counts", real(counts[i]), "0 or more");
    if (!(allocation[i] > 0.0) || !std::isfinite(allocation[i])) {
      return out_of_range("allocation", allocation[i], "positive and finite");
    }
    total += allocation[i];
    events += real(counts[i]);
  }
  double marginal = -special::log_rising(concentration, events);
  double likelihood = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double share = allocation[i] / total;
    marginal += special::log_rising(concentration * share, real(counts[i]));
    likelihood += real(counts[i]) * std::log(share);
  }
  EventEvidence evidence;
  evidence.log_bayes_factor = marginal - likelihood;
  evidence.p_value = std::min(1.0, std::exp(-evidence.log_bayes_factor));
  if (counts.size() != 2) return evidence;

  const double x_c = real(counts[0]);
  const double x_t = real(counts[1]);
  const double offset = std::log(allocation[1] / allocation[0]);
  if (events > 0.0) {
    evidence.log_rate_ratio = x_c == 0.0 ? kInfinity : x_t == 0.0 ? -kInfinity : std::log(x_t / x_c) - offset;
  }
  // Evidence against the log odds w of treatment, less the threshold; convex in w.
  const auto excess = [&](double w) {
    const double log_p = -std::log1p(std::exp(-w));
    const double log_q = -std::log1p(std::exp(w));
    return marginal - x_t * log_p - x_c * log_q + std::log(alpha.value());
  };
  const double centre = std::log((x_t + 0.5) / (x_c + 0.5));
  const double low = x_t == 0.0
                         ? -kInfinity
                         : find_decreasing_root(excess, x_c == 0.0 ? 0.0 : std::log(x_t / x_c), 0.5, 1e-13) - offset;
  const auto falling = [&](double w) { return -excess(w); };
  const double high =
      x_c == 0.0 ? kInfinity
                 : find_decreasing_root(falling, x_t == 0.0 ? centre : std::log(x_t / x_c), 0.5, 1e-13) - offset;
  evidence.log_rate_ratio_interval = ordered(low, high);
  return evidence;
}

}  // namespace tactful::stats
