#pragma once

#include <cstdint>
#include <string_view>

#include "tactful/tally/tally.hpp"

namespace tactful {

/// The present form and the one before it, which is still read.
inline constexpr std::string_view kTallySchema = "tactful/tally/2";
inline constexpr std::string_view kTallySchema1 = "tactful/tally/1";

/// Names of the integrity counts, in the order of the file.
struct IntegrityField {
  std::string_view name;
  std::int64_t Integrity::*member;
};
inline constexpr IntegrityField kIntegrity[] = {
    {"exposures", &Integrity::exposures},
    {"units", &Integrity::units},
    {"units_in_two_variants", &Integrity::units_in_two_variants},
    {"clusters_in_two_variants", &Integrity::clusters_in_two_variants},
    {"unknown_variant_exposures", &Integrity::unknown_variant_exposures},
    {"zero_weight_units", &Integrity::zero_weight_units},
    {"other_fingerprint_exposures", &Integrity::other_fingerprint_exposures},
    {"missing_cluster_units", &Integrity::missing_cluster_units},
    {"outside_enrolment_exposures", &Integrity::outside_enrolment_exposures},
    {"rows_after_as_of", &Integrity::rows_after_as_of},
    {"outcomes_before_exposure", &Integrity::outcomes_before_exposure},
    {"deliveries", &Integrity::deliveries},
    {"delivered_other_variant", &Integrity::delivered_other_variant},
    {"degraded", &Integrity::degraded},
    {"held", &Integrity::held},
};
/// Those that version 2 brought.
inline constexpr IntegrityField kIntegrity2[] = {
    {"cut_units", &Integrity::cut_units},           {"journal_dropped", &Integrity::journal_dropped},
    {"journal_failed", &Integrity::journal_failed}, {"journal_refused", &Integrity::journal_refused},
    {"erased_units", &Integrity::erased_units},     {"purged_before", &Integrity::purged_before},
};
/// Written only where it is not 0, and 0 where it is not written: files of before stand as they were.
inline constexpr IntegrityField kStoppedVariant{"stopped_variant_exposures", &Integrity::stopped_variant_exposures};
struct StageField {
  std::string_view name;
  std::int64_t StageCounts::*member;
};
inline constexpr StageField kStages[] = {
    {"delivered", &StageCounts::delivered},
    {"connected", &StageCounts::connected},
    {"responded", &StageCounts::responded},
};
struct ArmIntegrityField {
  std::string_view name;
  std::int64_t ArmIntegrity::*member;
};
inline constexpr ArmIntegrityField kArmIntegrity[] = {
    {"units_with_earlier_outcomes", &ArmIntegrity::units_with_earlier_outcomes},
    {"deliveries", &ArmIntegrity::deliveries},
    {"delivered_other_variant", &ArmIntegrity::delivered_other_variant},
    {"degraded", &ArmIntegrity::degraded},
    {"held", &ArmIntegrity::held},
};
struct ClusterField {
  std::string_view name;
  PreciseSum ClusterSums::*member;
};
inline constexpr ClusterField kClusterFields[] = {
    {"size", &ClusterSums::size},
    {"total", &ClusterSums::total},
    {"size_squares", &ClusterSums::size_squares},
    {"total_squares", &ClusterSums::total_squares},
    {"size_total", &ClusterSums::size_total},
};
inline constexpr std::string_view kSources[] = {"events", "wide", "counts"};

}  // namespace tactful
