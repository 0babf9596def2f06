#pragma once

#include "tactful/core/json.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

enum class PlanPart {
  kWhole,     ///< As the file has it.
  kIdentity,  ///< What the fingerprint covers: without what is only for planning.
};

/// The plan with the metrics' margins. A field added since the first release is left out where it has its default, so
/// that the fingerprints of older files stay what they were.
[[nodiscard]] Json plan_json(const Experiment& experiment, UtcOffset offset, PlanPart part);
[[nodiscard]] Json policy_json(const Policy& policy);

/// The final holdback of a file that names none: five in a hundred, or all of a smaller holdback.
[[nodiscard]] Fraction usual_final_holdback(Fraction holdback);

}  // namespace tactful
