#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/store/event_source.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

inline constexpr std::size_t kMaxTallyLooks = 200;

struct TallyOptions {
  TimeMs as_of = 0;  ///< Exposures and outcomes before it count.
  std::string phase = "pilot";
  int threads = 1;  ///< 1 to 64; the result does not depend on it.
  /// Moments for Tally::looks, in any order, at most kMaxTallyLooks; those at or after as_of are left out, and as_of is
  /// always the last. Nothing: in the pilot plan.looks and last_look(), in other phases as_of alone.
  std::optional<std::vector<TimeMs>> looks = std::nullopt;
  /// In a phase other than the pilot: exposures at or after it are left out and counted in
  /// Integrity::outside_enrolment_exposures, so that the phase's last look has data that do not grow any more. Nothing:
  /// the phase has no end of enrolment. The pilot's is always plan.enrolment_end.
  std::optional<TimeMs> enrolment_end = std::nullopt;
  /// In the pilot: wordings that were stopped by themselves (Lifecycle::stopped_variants). Their exposures from then on
  /// are left out and counted in Integrity::stopped_variant_exposures, how things stood then is one of the looks, and
  /// the day after begins an epoch.
  std::vector<VariantStop> stopped = {};
};

/// Joins exposures and outcomes: each unit by its first exposure (equal times: the lower variant index), outcomes in
/// [first exposure, + window), maturity by whole exposure day, clusters in a second pass.
/// Wide rows are taken where the experiment has them (windows as supplied, all mature). Errors: kInsufficientData when
/// the source has no exposure of the experiment, kInvalidInput when it has both events and wide rows, those of the
/// source. Complexity: linear in exposures and outcomes of the asked kinds; memory about 64 bytes per exposed unit of a
/// partition.
[[nodiscard]] Result<Tally> tally_events(const Experiment& experiment, const EventSource& source,
                                         const TallyOptions& options);

}  // namespace tactful
