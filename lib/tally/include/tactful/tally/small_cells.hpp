#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tactful/tally/tally.hpp"

namespace tactful {

/// A tally for keeping when its events go.
struct CoarseTally {
  std::optional<Tally> tally;       ///< Nothing where some variant has few units altogether.
  std::int64_t cells_withheld = 0;  ///< Parts left out, each named below counted once.
};

/// The tally without what it tells of a group of 1 to `least_units` - 1 units of one variant, by itself or as the
/// difference of two groups of one list; what could tell of one customer. Left out, for all variants alike:
/// - segment values and days with such a group, and the smallest other one while those left out are one together;
/// - metrics with so few units analysed: 0 in that margin, day or look, and in `unavailable` where that is all units;
/// - first events and ages of a metric, 0 and empty, where so few units are still followed up: they would tell of them;
/// - of both the same in the smallest other margin or day while those that tell nothing are so few together;
/// - ages where so few units stand at one age, reminders where so few exposures were an n-th;
/// - looks at which so few units were exposed or mature, or so few more by the next look; all looks where an epoch is
///   so small, since they tell first events by epoch;
/// - all units without those in two variants, whose arms are 0 then, where those in two are so few.
/// Counts of oddities (integrity) and numbers of events in groups that are large enough stay.
/// Guarantee: tally_from_json() reads it; what is not left out is unchanged. Differences between lists (of segments of
/// two names, say) are not looked at.
[[nodiscard]] CoarseTally without_small_cells(Tally tally, std::int64_t least_units);

/// The tally without what it tells together with those kept before of the same experiment and phase: nothing of it
/// where some variant has 1 to `least_units` - 1 units, or so many of them analysed by some metric, more or fewer than
/// in one of these; no segment values, no days, no units without crossovers where that is so of one of them, and no
/// looks where they differ. Groups of the same units may have other outcomes than before: these stay.
[[nodiscard]] CoarseTally without_small_steps(CoarseTally coarse, std::span<const Tally> kept,
                                              std::int64_t least_units);

}  // namespace tactful
