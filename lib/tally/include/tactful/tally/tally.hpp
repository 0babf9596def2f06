#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/tally/tally_parts.hpp"

namespace tactful {

/// One variant's statistics for one metric.
struct ArmMetric {
  UnitSums mature;                  ///< Units whose window has closed by as_of (all units of a wide or counts source).
  ClusterSums clusters;             ///< Of the mature units; filled for clustered experiments.
  std::int64_t immature_units = 0;  ///< Exposed, window still open or cut off by a later phase: not in `mature`.
  std::int64_t missing_units = 0;   ///< Mature, but the value is missing.
  std::int64_t first_events =
      0;           ///< Units (clusters, when clustered) with at least one event in the window so far, mature or not.
  AgeCounts ages;  ///< Units, also where clusters are randomised. Only in margins[0], and of events; else empty.
  ReminderCounts reminders;  ///< The same. By the unit's variant, whatever that of the n-th exposure.
  bool operator==(const ArmMetric&) const = default;
};

/// One variant in one margin.
struct ArmTally {
  std::int64_t units = 0;          ///< Exposed units, by their first exposure's variant.
  std::int64_t clusters = 0;       ///< Clusters among them; 0 when not clustered.
  StageCounts stages;              ///< 0 for wide and counts sources.
  std::vector<ArmMetric> metrics;  ///< By metric index of the experiment.
  bool operator==(const ArmTally&) const = default;
};

/// All units, or those of one segment value. Each is computed by itself; clusters of margins never add.
struct MarginTally {
  std::string segment;  ///< Attribute name; empty for all units.
  std::string value;
  std::vector<ArmTally> arms;  ///< By variant index.
  bool operator==(const MarginTally&) const = default;
};

/// One local day of first exposures (of enrolment), all units.
struct DayTally {
  std::int64_t day = 0;  ///< Days since 1970-01-01 at the experiment's offset.
  std::int32_t millionths =
      0;  ///< Traffic fraction in force at the day's first exposure; days of equal weights form an epoch.
  std::vector<ArmTally> arms;  ///< By variant index; cluster sums are not kept by day.
  bool operator==(const DayTally&) const = default;
};

/// Oddities of one variant, by the units' first exposure. Their rates must not differ by variant before anything was
/// sent.
struct ArmIntegrity {
  std::int64_t units_with_earlier_outcomes = 0;  ///< Units with an outcome in [pilot.start, first exposure).
  std::int64_t deliveries = 0;
  std::int64_t delivered_other_variant = 0;
  std::int64_t degraded = 0;
  std::int64_t held = 0;
  bool operator==(const ArmIntegrity&) const = default;
};

/// What was odd about the data; every count is exact.
struct Integrity {
  std::int64_t exposures = 0;              ///< Exposure events of the experiment and phase.
  std::int64_t units = 0;                  ///< Exposed units, whatever their variant.
  std::int64_t units_in_two_variants = 0;  ///< Analysed by the variant of their first exposure.
  std::int64_t clusters_in_two_variants = 0;
  std::int64_t unknown_variant_exposures = 0;    ///< Variant not in the experiment: left out.
  std::int64_t zero_weight_units = 0;            ///< Units in a variant of weight 0.
  std::int64_t other_fingerprint_exposures = 0;  ///< Recorded under another version of the experiment than this file.
  std::int64_t missing_cluster_units = 0;        ///< Clustered experiment, unit without cluster.
  std::int64_t outside_enrolment_exposures = 0;  ///< Outside the phase's enrolment period: left out.
  std::int64_t stopped_variant_exposures = 0;    ///< Of a variant that had been stopped by itself: left out.
  std::int64_t rows_after_as_of = 0;             ///< Wide rows at or after as_of: left out, and in no other count.
  std::int64_t outcomes_before_exposure =
      0;                        ///< Outcomes of exposed units before their first exposure: not counted as effects.
  std::int64_t deliveries = 0;  ///< Delivery events of exposed units, held ones included.
  std::int64_t delivered_other_variant = 0;  ///< Deliveries of another variant than the exposure's: wrong wording sent.
  std::int64_t degraded = 0;                 ///< Control's text sent because the variant's could not be completed.
  std::int64_t held = 0;                     ///< Exposed, nothing sent.
  std::int64_t cut_units = 0;        ///< Exposed again in another phase: followed up to then, whatever the variant.
  std::int64_t journal_dropped = 0;  ///< Events that a journal's full queue dropped, of all experiments.
  std::int64_t journal_failed = 0;   ///< Events that a journal could not write, of all experiments.
  std::int64_t journal_refused = 0;  ///< Events that a journal refused as wrong, of all experiments.
  std::int64_t erased_units = 0;     ///< Units of the experiment erased from the source on request, at any time.
  TimeMs purged_before = 0;          ///< Events before it were removed from the source on purpose; 0: none were.
  std::vector<HoldCount> holds;      ///< Hold events of the experiment in this phase or in none, by reason, ascending.
  std::vector<ArmIntegrity> arms;    ///< The same by variant index; empty for counts.
  bool operator==(const Integrity&) const = default;
};

/// Where the numbers come from, which decides what can be said about maturity and randomisation.
enum class TallySource { kEvents, kWide, kCounts };

/// Mergeable sufficient statistics of one experiment and phase at one moment; all that a scorecard needs.
struct Tally {
  std::string experiment;        ///< Key.
  std::string fingerprint;       ///< Of the experiment tallied.
  std::string data_fingerprint;  ///< Of the events; empty for counts.
  TallySource source = TallySource::kEvents;
  bool imported = false;  ///< At least one exposure was imported instead of recorded by a sender.
  std::string phase = "pilot";
  TimeMs as_of = 0;  ///< Exposures and outcomes before it.
  std::optional<TimeMs> first_exposure, last_exposure;
  std::vector<std::string> variants;  ///< Keys, in the experiment's order.
  std::vector<std::string> metrics;   ///< Keys, in the experiment's order.
  std::vector<MarginTally> margins;   ///< [0] is all units; then one per declared segment value, by name and value.
  MarginTally without_crossovers;     ///< All units without those in two variants: the sensitivity analysis.
  std::vector<DayTally> days;         ///< Ascending.
  std::vector<Epoch> epochs;          ///< Ascending; at least one, where there is a look.
  /// Ascending, the last as of as_of and equal to margins[0]. One only for wide and counts sources; none where an old
  /// file of a clustered experiment with several epochs was read.
  std::vector<LookTally> looks;
  Integrity integrity;
  std::vector<std::string>
      unavailable;  ///< Metric keys that the source has no data for, e.g. a wide table without the column.

  bool operator==(const Tally&) const = default;
};

/// Lossless JSON of a tally (docs/spec/tally.md), and back. Errors: kInvalidInput with the JSON pointer,
/// kUnsupportedVersion.
[[nodiscard]] Json to_json(const Tally& tally);
[[nodiscard]] Result<Tally> tally_from_json(const Json& json);

}  // namespace tactful
