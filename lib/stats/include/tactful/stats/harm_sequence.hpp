#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/harm_monitor.hpp"

namespace tactful::stats {

/// Bounds of the rate ratio that hold at all looks together.
struct HarmBounds {
  double lower = 0.0;  ///< 0 while nothing is excluded.
  double upper = 0.0;  ///< Infinite while nothing is excluded.
};

struct HarmSequence {
  std::vector<HarmBounds> looks;  ///< After each look; each bound only tightens.
  double log_e = 0.0;             ///< Of harm (rate ratio above the null), after the last look.
  bool alarmed = false;           ///< Whether e reached 1/alpha at any look.
  /// How many more events, all on treatment under the weights of the last stratum, until e reaches 1/alpha; 0 when it
  /// has. Nothing without strata in the last look or when not even 100,000 would do.
  std::optional<std::int64_t> more_until_alarm;
};

/// Confidence sequence for the rate ratio of rare events, by inverting the e-process of harm_eprocess() in its null:
/// the lower bound is the largest rate ratio rejected against greater ones, the upper one the smallest rejected against
/// smaller ones (the mixture at reciprocal ratios). Both evidences are monotone in the null, so each bound is one root.
/// Source: Ville 1939; Ramdas, Grunwald, Vovk & Shafer 2023 (Statistical Science 38:576), section 2.
/// Guarantee: P(some lower bound ever exceeds the true ratio) <= alpha, likewise the upper one, exactly, however often
/// and whenever one looks; both together hold with 1 - 2 alpha. lower >= R0 exactly where harm_eprocess() at R0
/// rejects. Parameters: `null_rate_ratio` of the alarm, 1 for harm; information fractions are ignored. Errors: as
/// harm_eprocess. Thread-safety: pure function. Cost: O(looks strata) per step of two roots.
[[nodiscard]] Result<HarmSequence> harm_confidence_sequence(Level alpha, double null_rate_ratio,
                                                            std::span<const HarmLook> looks);

}  // namespace tactful::stats
