#pragma once

#include <span>
#include <string>

#include "support.hpp"
#include "tactful/stats/strata.hpp"

namespace tactful::stats {

/// A stratum as real numbers.
struct Stratum {
  double x_c = 0.0;
  double n_c = 0.0;
  double x_t = 0.0;
  double n_t = 0.0;

  [[nodiscard]] double units() const { return n_c + n_t; }
  [[nodiscard]] double events() const { return x_c + x_t; }
  [[nodiscard]] bool has_both_arms() const { return n_c > 0.0 && n_t > 0.0; }
  [[nodiscard]] double p_c() const { return x_c / n_c; }
  [[nodiscard]] double p_t() const { return x_t / n_t; }
  [[nodiscard]] double difference() const { return (x_t * n_c - x_c * n_t) / (n_c * n_t); }
  /// Mantel-Haenszel weight of a difference.
  [[nodiscard]] double weight() const { return n_c * n_t / (n_c + n_t); }
  [[nodiscard]] double wald_variance() const {
    return x_c * (n_c - x_c) / (n_c * n_c * n_c) + x_t * (n_t - x_t) / (n_t * n_t * n_t);
  }
};

[[nodiscard]] inline Stratum stratum_of(const StratumCounts& counts) {
  return {real(counts.control_successes), real(counts.control_trials), real(counts.treatment_successes),
          real(counts.treatment_trials)};
}

/// Errors: kInvalidArgument, naming the stratum, for negative or impossible counts or no stratum.
[[nodiscard]] inline Status check_strata(std::span<const StratumCounts> strata) {
  if (strata.empty()) return invalid_argument("strata", "at least one stratum is needed");
  for (std::size_t i = 0; i < strata.size(); ++i) {
    const StratumCounts& s = strata[i];
    constexpr std::int64_t kMost = BinomialCount::kMaxTrials;
    const bool good = s.control_successes >= 0 && s.control_successes <= s.control_trials &&
                      s.treatment_successes >= 0 && s.treatment_successes <= s.treatment_trials &&
                      s.control_trials <= kMost && s.treatment_trials <= kMost;
    if (!good) {
      return invalid_argument(
          "strata", "stratum " + std::to_string(i) + ": successes must lie between 0 and the trials of their arm");
    }
  }
  return {};
}

}  // namespace tactful::stats
