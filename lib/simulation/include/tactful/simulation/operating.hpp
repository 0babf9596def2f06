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
  SimulatedShare stopped;   ///< Named as the harmful one.
  SimulatedShare won;       ///< Shown better in a success metric when the pilot was decided.
  double mean_units = 0.0;  ///< Customers who got it before the decision.
};

/// When a simulated pilot is looked at.
struct SimulatedReview {
  TimeMs at = 0;          ///< Rounded down to a whole day.
  bool is_review = true;  ///< It takes the planned look that is due; false: somebody only looks.
};

struct SimulationOptions {
  std::int64_t pilots = 1'000;           ///< 1 to 1,000,000.
  std::vector<SimulatedReview> reviews;  ///< Ascending; empty: every planned look on its date.
};

/// What an experiment decides in a world, over many pilots.
struct OperatingCharacteristics {
  std::int64_t pilots = 0;
  std::uint64_t seed = 0;
  double mean_units = 0.0;  ///< Units enrolled when the pilot was decided.
  double mean_days = 0.0;   ///< From the start to the decision.
  SimulatedShare promoted, stopped, ended_without_winner, invalid, undecided;  ///< They sum to 1.
  std::vector<VariantCharacteristics> variants;  ///< In the experiment's order, without control.
  std::vector<std::int64_t> decided_at;          ///< Pilots by the review that decided.
};

/// Draws whole pilots day by day from exact binomials (units, and events by their age) and reviews each one, look after
/// look, until it is decided: no files, no events. `undecided` are pilots whose last review still said `continue`;
/// with the planned looks there are none. A drawn pilot ends with the first wording that is shown to harm: that the
/// others may go on without it (Recommendation::continuing) is not drawn, and `stopped` counts the wording named first.
/// Ramp steps take effect from the first whole day. Segments are not drawn.
/// Deterministic in world.seed on one machine.
/// Errors: kInvalidArgument for options out of range, or for a world that does not fit the experiment; those of
/// evaluate(). Cost: about that of evaluate() for each review.
[[nodiscard]] Result<OperatingCharacteristics> simulate_decisions(const Experiment& experiment, const World& world,
                                                                  const SimulationOptions& options);

/// A world in which something is true that the plan must not mistake, and how often it may.
struct CalibrationCorner {
  std::string name;      ///< "nothing changes", "complaint at its margin in helpful", ...
  std::string claim;     ///< What must be rare: "a promotion", "a false stop of helpful".
  double allowed = 0.0;  ///< The guaranteed level.
  SimulatedShare seen;
  bool holds = false;  ///< Whether what was seen is within two standard errors of the level.
};

struct Calibration {
  std::vector<CalibrationCorner> corners;
  OperatingCharacteristics world;  ///< In the world as given: what the plan is likely to decide.
};

/// Proves the plan's own error rates on the user's experiment: (1) no variant changes anything: promotions (success
/// alpha) and false stops by variant (harm alpha); (2) one guardrail of one variant exactly at its margin while that
/// variant and its other guardrails are as good as the world says, for each in turn: promotions of that variant
/// (non-inferiority alpha); (3) the world as given. Control is as the world says throughout.
/// Errors: as simulate_decisions().
[[nodiscard]] Result<Calibration> calibrate(const Experiment& experiment, const World& world,
                                            const SimulationOptions& options);

}  // namespace tactful
