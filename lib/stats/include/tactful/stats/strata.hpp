#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/stats/binomial_count.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/test_result.hpp"

/// Two arms within strata (epochs, segments). Thread-safety: pure functions.
namespace tactful::stats {

/// Counts of one stratum; an arm may be empty there (trials 0), unlike in ProportionPair.
struct StratumCounts {
  std::int64_t control_successes = 0;
  std::int64_t control_trials = 0;
  std::int64_t treatment_successes = 0;
  std::int64_t treatment_trials = 0;
};

/// Stratified score test of a common difference: sum w d against its null variance sum w^2 V0, w = n_c n_t / N, V0 the
/// Miettinen-Nurminen variance in each stratum. One stratum gives score_test_difference() exactly.
/// Source: after Miettinen & Nurminen 1985, with Mantel-Haenszel weights. Strata with an empty arm are skipped.
/// Errors: kInvalidArgument (counts, null outside (-1, 1)); kInsufficientData without a usable stratum or variance.
[[nodiscard]] Result<ZTest> stratified_score_test(std::span<const StratumCounts> strata, double null_difference);
/// The interval dual to it. `value` is the weighted difference.
[[nodiscard]] Result<Estimate> stratified_difference(std::span<const StratumCounts> strata, Level confidence);

/// An estimate on its own or logarithmic scale with its interval on the natural one.
struct PooledRatio {
  double estimate = 1.0;
  double se_log = 0.0;
  Interval interval;
};

struct MantelHaenszel {
  // The test; nothing when no stratum has variance.
  std::optional<double> chi_square, p, chi_square_corrected, p_corrected, z;
  std::optional<PooledRatio> odds_ratio;  ///< Robins-Breslow-Greenland variance.
  std::optional<PooledRatio> risk_ratio;  ///< Greenland-Robins variance.
  struct RiskDifference {
    double estimate = 0.0;
    double se_sato = 0.0;
    Interval interval_sato;
    double se_greenland_robins = 0.0;
  };
  std::optional<RiskDifference> risk_difference;
};
[[nodiscard]] Result<MantelHaenszel> mantel_haenszel(std::span<const StratumCounts> strata, Level confidence);

/// Fixed-effect pooling and the heterogeneity around it.
struct Heterogeneity {
  int strata = 0;
  double estimate = 0.0;
  double se = 0.0;
  double q = 0.0;
  int df = 0;
  double p = 1.0;
  double i_squared = 0.0;    ///< Fraction.
  double tau_squared = 0.0;  ///< DerSimonian-Laird.
};
struct BreslowDay {
  int strata = 0;
  double chi_square = 0.0;
  int df = 0;
  std::optional<double> p;  ///< Nothing for a single stratum.
  double chi_square_tarone = 0.0;
  std::optional<double> p_tarone;
};
struct StratumHeterogeneity {
  std::optional<Heterogeneity> risk_difference;
  int skipped_zero_variance = 0;
  std::optional<Heterogeneity> log_odds_ratio;  ///< Strata with all four cells positive.
  std::optional<BreslowDay> breslow_day;
};
[[nodiscard]] Result<StratumHeterogeneity> stratum_heterogeneity(std::span<const StratumCounts> strata);

/// Post-stratified difference of means, weights fixed.
struct PostStratified {
  std::vector<double> weights;  ///< Normalised.
  double difference = 0.0;
  double se = 0.0;
  std::optional<double> z, p_two_sided;
  Interval interval;
  double crude_difference = 0.0;
  double standardized_control_mean = 0.0;
  std::optional<double> relative;
  std::optional<double> df_satterthwaite;
  std::optional<Heterogeneity> inverse_variance;
};
/// Empty `weights`: each stratum's share of all units.
/// Errors: kInvalidArgument (lengths, weights negative or all 0); kInsufficientData when an arm of a stratum has fewer
/// than two units.
[[nodiscard]] Result<PostStratified> poststratified_difference(std::span<const Moments> control,
                                                               std::span<const Moments> treatment,
                                                               std::span<const double> weights, Level confidence);

/// Does the pooled comparison contradict the comparison within strata?
struct SimpsonCheck {
  double crude_difference = 0.0;
  std::vector<double> stratum_differences;
  double standardized_difference = 0.0;
  double se_standardized = 0.0;
  double mh_risk_difference = 0.0;
  int crude_sign = 0;
  int standardized_sign = 0;
  bool reversal = false;
  bool all_strata_opposite = false;
  int allocation_df = 0;
  double allocation_chi_square = 0.0;  ///< Arm by stratum.
};
/// Errors: kInvalidArgument; kInsufficientData when an arm of a stratum is empty.
[[nodiscard]] Result<SimpsonCheck> simpson_check(std::span<const StratumCounts> strata);

}  // namespace tactful::stats
