#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tactful/core/diagnostic.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What is legal in one experiment and yet probably not meant, as warnings of the rules
///   unreachable-variant  a weight above 0, or a range, to which no bucket of the scheme leads;
///   uneven-weights       a variant's share of the buckets is off its weight by over 1 %;
///   ramp-moves           a step of the ramp gives assigned units another variant (share in the message);
///   ramp-rounds          the fraction that the buckets admit is off the ramp's by over 1 %;
///   non-ascii            text whose hash differs between the SDKs of the platform;
///   weak-hash            growthbook-1: similar keys are correlated; shared-draw: gate and variant share one draw.
/// An experiment that does not compile has no findings here. Pure; thread-safe; allocates.
[[nodiscard]] Diagnostics lint_experiment(const Experiment& experiment);

/// Two experiments that disturb each other; `first` and `second` are places in the list given.
struct PairFinding {
  std::size_t first = 0;
  std::size_t second = 0;
  Diagnostic diagnostic;  ///< Pointer into the second one's file; the message names the first.
};

/// What only several experiments together show:
///   layer-overlap     error: two experiments of one layer use a common slot (their pilots overlapping in time);
///   layer-size        error: two experiments cut one layer into different numbers of slots, or draw it differently;
///   holdout-size      error: one holdout with two fractions or schemes;
///   same-draw         warning: two experiments split by the same draw, so that their variants go together;
///   correlated-salts  warning: two growthbook-1 splits depend on each other. Decided by a chi-square test (10 x 10
///                     cells, 81 degrees of freedom, p < 1e-6) over 200,000 fixed states of the hash, so it is the same
///                     on every machine; that is how the published weakness of this hash shows.
[[nodiscard]] std::vector<PairFinding> lint_together(std::span<const Experiment* const> experiments);

}  // namespace tactful
