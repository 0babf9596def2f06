#pragma once

#include "tactful/core/json.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

[[nodiscard]] Json decimal(Fraction fraction);

/// An empty text where there is none, as in files (and fingerprints) from before there were layers and holdouts.
[[nodiscard]] Json layer_json(const Experiment& experiment);
[[nodiscard]] Json holdout_json(const Experiment& experiment);
[[nodiscard]] Json overrides_json(const Experiment& experiment);

/// Sets hashing, switchback, sticky and groups, each only where it says something: the fingerprints of files that do
/// not use them stay what they were.
void set_traffic_members(const Experiment& experiment, Json& file);

}  // namespace tactful
