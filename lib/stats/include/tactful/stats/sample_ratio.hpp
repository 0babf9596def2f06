#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Sample ratio mismatch: do the arms' sizes fit the planned weights? Weights are positive and need not sum to 1.
/// Thread-safety: pure functions.
namespace tactful::stats {

struct ChiSquareTest {
  double chi_square = 0.0;
  int df = 0;
  double p = 1.0;
};

/// Errors: kInvalidArgument (lengths differ, fewer than two arms, a negative count, a weight not positive and finite);
/// kInsufficientData when all counts are 0.
[[nodiscard]] Result<ChiSquareTest> sample_ratio_chi_square(std::span<const std::int64_t> counts,
                                                            std::span<const double> weights);

struct ExactMultinomialTest {
  double p = 1.0;  ///< Outcomes no more likely than the observed one, exact ties included.
  double mid_p = 1.0;
  double p_chi_square_order = 1.0;  ///< Outcomes with a chi-square at least as large.
  double p_observed = 1.0;
};

/// By enumeration, for few units. Errors: as above (all counts 0 is allowed: p = 1); kInvalidArgument when the number
/// of outcomes passes 5 million.
[[nodiscard]] Result<ExactMultinomialTest> sample_ratio_exact(std::span<const std::int64_t> counts,
                                                              std::span<const double> weights);

/// A mismatch that is both significant and large enough to matter.
struct PracticalMismatch {
  ChiSquareTest test;
  /// Share of its units that must be missing from the smallest arm (relative to its weight) if nothing is missing from
  /// the largest; in [0, 1].
  double missing_fraction = 0.0;
  bool significant = false;  ///< test.p is at most alpha.
  bool practical = false;    ///< Significant, and missing_fraction is above the floor.
};

/// At huge samples a mismatch of a hair is significant; this tells one that can move a result from one that cannot. If
/// every missing unit had the outcome, a rate would be off by at most about missing_fraction: a floor of a tenth of the
/// smallest absolute margin keeps that away from every decision.
/// Errors: as sample_ratio_chi_square; kInvalidArgument unless 0 <= floor < 1.
[[nodiscard]] Result<PracticalMismatch> sample_ratio_practical(std::span<const std::int64_t> counts,
                                                               std::span<const double> weights, double floor,
                                                               Level alpha);

/// Sequential test that is valid at every look, planned or not (Lindon & Malek 2020; prior Dirichlet centred on the
/// weights): P(p ever <= a) <= a when the weights are kept.
/// Immutable use is thread-safe; add() is not.
class SequentialSampleRatio {
 public:
  static constexpr double kDefaultConcentration = 10'000.0;

  /// Errors: kInvalidArgument (fewer than two weights, one not positive and finite, concentration not positive).
  [[nodiscard]] static Result<SequentialSampleRatio> make(std::span<const double> weights,
                                                          double concentration = kDefaultConcentration);

  /// Adds the units that arrived since the last look. Errors: kInvalidArgument (number of arms, a negative count).
  [[nodiscard]] Status add(std::span<const std::int64_t> counts);

  [[nodiscard]] double log_bayes_factor() const noexcept { return log_bayes_factor_; }
  /// Smallest 1 / Bayes factor so far, at most 1.
  [[nodiscard]] double p_value() const noexcept { return p_value_; }
  /// Posterior probability of a mismatch at even prior odds.
  [[nodiscard]] double posterior_probability() const noexcept;
  [[nodiscard]] std::span<const std::int64_t> counts() const noexcept { return counts_; }

 private:
  SequentialSampleRatio(std::vector<double> weights, double concentration);
  std::vector<double> weights_;
  std::vector<std::int64_t> counts_;
  double concentration_ = kDefaultConcentration;
  double log_bayes_factor_ = 0.0;
  double p_value_ = 1.0;
};

}  // namespace tactful::stats
