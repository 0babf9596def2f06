#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Inference that stays valid however often one looks. log_e is the logarithm of the evidence against the null;
/// p = min(1, 1/e). Thread-safety: pure functions.
namespace tactful::stats {

/// Asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, arXiv:2103.06476).
struct AsymptoticSequence {
  double rho = 0.0;
  double half_width = 0.0;
  Interval interval;
  double log_e = 0.0;
  double p_value = 1.0;
  double rho_one_sided = 0.0;
  double half_width_one_sided = 0.0;
  double lower_one_sided = 0.0;
  double upper_one_sided = 0.0;
  double rho_exact = 0.0;  ///< Exact optimum at n_opt (Lambert W) instead of its approximation.
  double half_width_rho_exact = 0.0;
};

/// `n`: units so far in both arms; `se`: fixed-sample standard error of `estimate`; tightest near `n_opt` units.
/// Guarantee: asymptotic; at tiny n it is not valid. Errors: kInvalidArgument (n, n_opt, se not positive).
[[nodiscard]] Result<AsymptoticSequence> asymptotic_sequence(double estimate, double se, double n, Level alpha,
                                                             double n_opt, double null_value = 0.0);

struct Snapshot {
  double n = 0.0;
  double estimate = 0.0;
  double se = 0.0;
};
struct SnapshotState {
  double low = 0.0;
  double high = 0.0;
  double running_low = 0.0;   ///< Largest lower bound so far.
  double running_high = 0.0;  ///< Smallest upper bound so far; below running_low the model is contradicted.
  double running_p = 1.0;
};
struct AsymptoticStream {
  std::vector<SnapshotState> states;
  int first_rejection = 0;  ///< 1-based, 0 for never.
};
/// n must not decrease. Errors: kInvalidArgument.
[[nodiscard]] Result<AsymptoticStream> asymptotic_stream(std::span<const Snapshot> snapshots, Level alpha,
                                                         double n_opt);

/// Mixture sequential probability ratio test with a normal prior of variance tau2 on the effect (Robbins 1970; Johari,
/// Koomen, Pekelis & Walsh 2017).
struct MixtureTest {
  double log_e = 0.0;
  double p_value = 1.0;
  double half_width = 0.0;
  Interval interval;
};
/// Errors: kInvalidArgument unless se and tau2 are positive and finite.
[[nodiscard]] Result<MixtureTest> mixture_sprt(double estimate, double se, double tau2, Level alpha,
                                               double null_value = 0.0);

/// Safe test of two proportions over blocks (Turner, Ly & Grunwald, arXiv:2106.02693). A block's sizes are fixed before
/// its outcomes are seen; rates are learnt from earlier blocks only.
struct Block {
  std::int64_t n_a = 0;
  std::int64_t n_b = 0;
  std::int64_t successes_a = 0;
  std::int64_t successes_b = 0;
};
struct BetaPriors {
  double success_a = 0.18;
  double failure_a = 0.18;
  double success_b = 0.18;
  double failure_b = 0.18;
};
struct SafeTest {
  std::vector<double> log_e;  ///< After each block.
  double max_log_e = 0.0;
  double anytime_p = 1.0;
  int first_rejection = 0;  ///< 1-based, 0 for never.
};
/// H0: p_b - p_a = null_difference. Errors: kInvalidArgument (no block, successes past sizes, priors not positive, null
/// outside (-1, 1)).
[[nodiscard]] Result<SafeTest> safe_two_proportions(std::span<const Block> blocks, const BetaPriors& priors,
                                                    Level alpha, double null_difference = 0.0);

/// Events alone, arm of each event multinomial under equal rates (Lindon & Malek, arXiv:2011.03567).
struct EventEvidence {
  double log_bayes_factor = 0.0;
  double p_value = 1.0;
  std::optional<double> log_rate_ratio;             ///< Two arms with events: second against first; may be infinite.
  std::optional<Interval> log_rate_ratio_interval;  ///< Two arms.
};
/// Errors: kInvalidArgument (lengths, allocation or concentration not positive, negative counts).
[[nodiscard]] Result<EventEvidence> conditional_event_evidence(std::span<const std::int64_t> counts,
                                                               std::span<const double> allocation, double concentration,
                                                               Level alpha);

}  // namespace tactful::stats
