#include "tactful/stats/sample_ratio.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "discrete.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

constexpr double kMaxOutcomes = 5e6;

Result<std::vector<double>> shares_of(std::span<const double> weights) {
  if (weights.size() < 2) return invalid_argument("weights", "weights: at least two arms are needed");
  double sum = 0.0;
  for (const double weight : weights) {
    if (!(weight > 0.0) || !std::isfinite(weight)) return out_of_range("weights", weight, "positive and finite");
    sum += weight;
  }
  std::vector<double> shares(weights.begin(), weights.end());
  for (double& share : shares) share /= sum;
  return shares;
}

Status check_counts(std::span<const std::int64_t> counts, std::size_t arms) {
  if (counts.size() != arms) {
    return invalid_argument(
        "counts", "counts has " + std::to_string(counts.size()) + " arms, weights has " + std::to_string(arms));
  }
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) {
    if (count < 0 || count > (std::int64_t{1} << 53) - sum) {
      return out_of_range("counts", static_cast<double>(count), "between 0 and 2^53 in total");
    }
    sum += count;
  }
  return {};
}

// Walks every way to split `left` units over the arms from `arm` on.
class Enumeration {
 public:
  Enumeration(std::span<const std::int64_t> counts, const std::vector<double>& shares)
      : shares_(shares), outcome_(counts.begin(), counts.end()) {
    for (const std::int64_t count : counts) total_ += count;
    log_observed_ = log_probability();
    chi_observed_ = chi_square();
    tie_ = 1e-12 * std::max(1.0, std::abs(log_observed_));
  }

  ExactMultinomialTest run() {
    visit(0, total_);
    ExactMultinomialTest test;
    test.p = std::min(1.0, less_ + equal_);
    test.mid_p = std::min(1.0, less_ + 0.5 * equal_);
    test.p_chi_square_order = std::min(1.0, chi_);
    test.p_observed = std::exp(log_observed_);
    return test;
  }

 private:
  [[nodiscard]] double log_probability() const {
    double sum = 0.0;
    double left = static_cast<double>(total_);
    double mass = 1.0;
    for (std::size_t i = 0; i + 1 < outcome_.size() && left > 0.0; ++i) {
      const double k = static_cast<double>(outcome_[i]);
      double rest = 0.0;
      for (std::size_t j = i + 1; j < shares_.size(); ++j) rest += shares_[j];
      mass = shares_[i] + rest;
      sum += log_binomial(k, left, shares_[i] / mass, rest / mass);
      left -= k;
    }
    return sum;
  }
  [[nodiscard]] double chi_square() const {
    double sum = 0.0;
    const double n = static_cast<double>(total_);
    for (std::size_t i = 0; i < outcome_.size(); ++i) {
      const double expected = n * shares_[i];
      const double excess = static_cast<double>(outcome_[i]) - expected;
      if (expected > 0.0) sum += excess * excess / expected;
    }
    return sum;
  }
  void visit(std::size_t arm, std::int64_t left) {
    if (arm + 1 == outcome_.size()) {
      outcome_[arm] = left;
      tally();
      return;
    }
    for (std::int64_t k = 0; k <= left; ++k) {
      outcome_[arm] = k;
      visit(arm + 1, left - k);
    }
  }
  void tally() {
    const double log_p = log_probability();
    const double p = std::exp(log_p);
    if (log_p < log_observed_ - tie_) {
      less_ += p;
    } else if (log_p <= log_observed_ + tie_) {
      equal_ += p;
    }
    if (chi_square() >= chi_observed_ * (1.0 - 1e-11) - 1e-12) chi_ += p;
  }

  const std::vector<double>& shares_;
  std::vector<std::int64_t> outcome_;
  std::int64_t total_ = 0;
  double log_observed_ = 0.0;
  double chi_observed_ = 0.0;
  double tie_ = 0.0;
  double less_ = 0.0;
  double equal_ = 0.0;
  double chi_ = 0.0;
};

// ln of the Dirichlet-multinomial over the multinomial probability of the counts:
// sum_i [ln rising(c w_i, x_i) - x_i ln w_i] - ln rising(c, n).
double log_dirichlet_factor(std::span<const std::int64_t> counts, std::span<const double> weights, double c) {
  double n = 0.0;
  double smallest = kInfinity;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    n += real(counts[i]);
    smallest = std::min(smallest, c * weights[i]);
  }
  double sum = 0.0;
  if (smallest < 10.0) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sum += special::log_rising(c * weights[i], real(counts[i])) - real(counts[i]) * std::log(weights[i]);
    }
    return sum - special::log_rising(c, n);
  }
  // Stirling on both sides: the terms of size n ln n collect into deviances, which vanish where x_i = n w_i.
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double x = real(counts[i]);
    const double prior = c * weights[i];
    sum += deviance_term(prior + x, (c + n) * weights[i], std::fma(-n, weights[i], x)) - 0.5 * std::log1p(x / prior) +
           special::stirling_correction(prior + x) - special::stirling_correction(prior);
  }
  return sum + 0.5 * std::log1p(n / c) - special::stirling_correction(c + n) + special::stirling_correction(c);
}

}  // namespace

Result<ChiSquareTest> sample_ratio_chi_square(std::span<const std::int64_t> counts, std::span<const double> weights) {
  const auto shares = shares_of(weights);
  if (!shares) return shares.error();
  if (auto status = check_counts(counts, weights.size()); !status) return status.error();
  double n = 0.0;
  for (const std::int64_t count : counts) n += static_cast<double>(count);
  if (n == 0.0) return insufficient("counts", "no units were counted");
  ChiSquareTest test;
  test.df = static_cast<int>(counts.size()) - 1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = n * (*shares)[i];
    const double excess = std::fma(-n, (*shares)[i], static_cast<double>(counts[i]));
    test.chi_square += excess * excess / expected;
  }
  test.p = chi_square_upper_tail(test.chi_square, test.df);
  return test;
}

Result<PracticalMismatch> sample_ratio_practical(std::span<const std::int64_t> counts, std::span<const double> weights,
                                                 double floor, Level alpha) {
  if (!(floor >= 0.0 && floor < 1.0)) return out_of_range("floor", floor, "at least 0 and below 1");
  const auto test = sample_ratio_chi_square(counts, weights);
  if (!test) return test.error();
  double least = kInfinity;
  double most = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double filled = real(counts[i]) / weights[i];
    least = std::min(least, filled);
    most = std::max(most, filled);
  }
  PracticalMismatch result;
  result.test = *test;
  result.missing_fraction = (most - least) / most;
  result.significant = test->p <= alpha.value();
  result.practical = result.significant && result.missing_fraction > floor;
  return result;
}

Result<ExactMultinomialTest> sample_ratio_exact(std::span<const std::int64_t> counts, std::span<const double> weights) {
  const auto shares = shares_of(weights);
  if (!shares) return shares.error();
  if (auto status = check_counts(counts, weights.size()); !status) return status.error();
  double n = 0.0;
  for (const std::int64_t count : counts) n += static_cast<double>(count);
  const double arms = static_cast<double>(counts.size());
  const double outcomes = std::exp(log_choose(n + arms - 1.0, arms - 1.0));
  if (outcomes > kMaxOutcomes) {
    Error error = out_of_range("counts", n, "few enough for at most 5 million possible outcomes");
    error.hint = "use the chi-square or the sequential test for this many units";
    return error;
  }
  return Enumeration(counts, *shares).run();
}

SequentialSampleRatio::SequentialSampleRatio(std::vector<double> weights, double concentration)
    : weights_(std::move(weights)), counts_(weights_.size(), 0), concentration_(concentration) {}

Result<SequentialSampleRatio> SequentialSampleRatio::make(std::span<const double> weights, double concentration) {
  auto shares = shares_of(weights);
  if (!shares) return shares.error();
  if (!(concentration > 0.0) || !std::isfinite(concentration)) {
    return out_of_range("concentration", concentration, "positive and finite");
  }
  return SequentialSampleRatio(*std::move(shares), concentration);
}

Status SequentialSampleRatio::add(std::span<const std::int64_t> counts) {
  if (auto status = check_counts(counts, weights_.size()); !status) return status;
  std::vector<std::int64_t> sum = counts_;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
  if (auto status = check_counts(sum, weights_.size()); !status) return status;
  counts_ = std::move(sum);
  const double log_factor = log_dirichlet_factor(counts_, weights_, concentration_);
  log_bayes_factor_ = log_factor;
  p_value_ = std::min(p_value_, std::exp(-log_factor));
  return {};
}

double SequentialSampleRatio::posterior_probability() const noexcept {
  return 1.0 / (1.0 + std::exp(-log_bayes_factor_));
}

}  // namespace tactful::stats
