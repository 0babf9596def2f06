#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/simulation/pilot.hpp"

namespace tactful {

/// How often something came out, with its exact 95 % interval (Clopper-Pearson).
struct SimulatedShare {
  std::int64_t count = 0;
  double share = 0.0;
  double low = 0.0;
  double high = 1.0;
};

/// What became of one treatment variant.
struct VariantCharacteristics {
  std::string variant;
  SimulatedShare promoted;
  SimulatedShare stopped;  ///< Named as the harmful one.
};

/// What an experiment decides in a world, over many pilots.
struct OperatingCharacteristics {
  std::int64_t pilots = 0;
  std::uint64_t seed = 0;
  double mean_units = 0.0;                                          ///< Enrolled units a pilot.
  SimulatedShare promoted, stopped, ended_without_winner, invalid;  ///< They sum to 1.
  std::vector<VariantCharacteristics> variants;                     ///< In the experiment's order, without control.
};

/// Draws the tallies of `pilots` pilots as they stand at the last look, day by day from exact binomials, and evaluates
/// each: no files, no events. Pilots end at the last look; what an earlier review would have stopped is judged there.
/// Ramp steps take effect from the first whole day. Segments are not drawn, since they decide nothing.
/// Deterministic in world.seed on one machine.
/// Errors: kInvalidArgument for pilots outside [1, 1,000,000], for a world that does not fit the experiment, or for a
/// clustered experiment (run_pilot() simulates those); those of evaluate(). Cost: about that of evaluate() a pilot.
[[nodiscard]] Result<OperatingCharacteristics> simulate_decisions(const Experiment& experiment, const World& world,
                                                                  std::int64_t pilots);

}  // namespace tactful
