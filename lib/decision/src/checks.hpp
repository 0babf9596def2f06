#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// Every check's id, in the order of the scorecard.
inline constexpr std::array<std::string_view, 26> kCheckIds = {"randomisation",
                                                               "sample_ratio",
                                                               "crossovers",
                                                               "cluster_crossovers",
                                                               "missing_clusters",
                                                               "zero_weight",
                                                               "unknown_variant",
                                                               "fingerprint",
                                                               "outcomes_before_exposure",
                                                               "outside_enrolment",
                                                               "stopped_variants",
                                                               "delivered_variant",
                                                               "degraded",
                                                               "held",
                                                               "sample_ratio_parts",
                                                               "stages",
                                                               "lost_events",
                                                               "erased_units",
                                                               "late_rows",
                                                               "missing_outcomes",
                                                               "guardrail_counts",
                                                               "novelty",
                                                               "reversal",
                                                               "wear_out",
                                                               "segment_heterogeneity",
                                                               "simpson"};
/// Made from the results instead of the tally; last.
inline constexpr std::string_view kImplausibleLift = "implausible_lift";

/// Units in two variants above which the experiment is invalid.
inline constexpr double kMostCrossovers = 0.005;
/// Level of all invalidating tests together.
inline constexpr double kCheckAlpha = 0.001;

/// What the checks of one evaluation look at.
struct CheckInput {
  const Experiment& experiment;
  const Tally& tally;
  std::string_view randomisation;  ///< In words; not empty.
  double alpha = kCheckAlpha;      ///< Level of each invalidating test.
  /// Wordings that were stopped by themselves; `experiment` has no weight for them.
  std::span<const VariantStop> stopped = {};
};

/// The checks that apply to this experiment and source, not waived yet.
[[nodiscard]] std::vector<Check> run_checks(const CheckInput& input);
/// Lifts that are too good to be true (Twyman's law).
[[nodiscard]] Check check_lifts(const std::vector<MetricResult>& results);
/// The first check that invalidates, or nullptr.
[[nodiscard]] const Check* invalidating(const std::vector<Check>& checks) noexcept;

// By subject.
[[nodiscard]] Check check_sample_ratio(const CheckInput& input);
void add_identity_checks(const CheckInput& input, std::vector<Check>& checks);
/// Parts of the experiment, what happened after the exposure, and what never arrived: they warn.
void add_late_checks(const CheckInput& input, std::vector<Check>& checks);
/// Effects that differ between segments, or turn around within them: they warn.
void add_segment_checks(const CheckInput& input, std::vector<Check>& checks);
void add_delivery_checks(const CheckInput& input, std::vector<Check>& checks);
[[nodiscard]] Check check_earlier_outcomes(const CheckInput& input);

}  // namespace tactful
