#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/store/event_source.hpp"

namespace tactful {

struct ResponseOptions {
  TimeMs as_of = 0;  ///< Exposures, contacts and responses before it count.
  std::string phase = "pilot";
  std::optional<TimeMs> within = std::nullopt;  ///< Deadline of a response after its contact, above 0; none: no share.
  /// Wordings that were stopped by themselves (Lifecycle::stopped_variants): their contacts from then on, which carry
  /// control's words, are in no arm.
  std::vector<VariantStop> stopped = {};
};

/// How the customers of one variant responded to its contacts.
struct ArmResponses {
  std::string variant;        ///< Of the unit's first exposure, as in a tally.
  std::int64_t contacts = 0;  ///< Contacts that stand: reserved and not given back.
  std::int64_t answered = 0;  ///< Of them, by as_of.
  std::int64_t due = 0;       ///< Contacts whose deadline has passed by as_of; 0 without a deadline.
  std::int64_t in_time = 0;   ///< Of them, answered within it.
  /// Within which time a quarter, half and three quarters of the answers came, late ones included (the smallest time
  /// that holds for so many); with a deadline of the contacts that are due, else of all. Nothing without an answer.
  std::optional<std::array<TimeMs, 3>> quartiles;
  bool operator==(const ArmResponses&) const = default;

  /// in_time / due; nothing when no contact is due.
  [[nodiscard]] std::optional<double> share_in_time() const noexcept;
};

struct ResponseTimes {
  std::string experiment, phase;
  TimeMs as_of = 0;
  std::optional<TimeMs> within;
  std::vector<ArmResponses> arms;  ///< By variant index.
  bool operator==(const ResponseTimes&) const = default;
};

/// The time from each contact to the customer's response, by variant: the earliest outcome `responded` of the unit at
/// or after the contact and before the unit's next contact of this experiment and phase, so that a response answers the
/// latest contact before it. Counted are contacts of exposed units from their first exposure on; in the pilot, of those
/// exposed in its period of enrolment. A response names no ticket here, so that of a customer with two tickets it
/// answers whichever was contacted last. Describes; no test: of who answers nobody was randomised.
/// Errors: kInsufficientData when the source has no exposure or no contact of the experiment in this phase,
/// kInvalidArgument for a deadline that is not positive, those of the source. Complexity: linear, and a sort of each
/// partition's contacts and responses; memory about 40 bytes an exposed unit, 16 a contact and response of a partition,
/// and 8 an answer.
[[nodiscard]] Result<ResponseTimes> response_times(const Experiment& experiment, const EventSource& source,
                                                   const ResponseOptions& options);

/// `tactful/responses/1`; times in milliseconds, what is not known null (docs/reference/cli.md).
[[nodiscard]] Json to_json(const ResponseTimes& times);

}  // namespace tactful
