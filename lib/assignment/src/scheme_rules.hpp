#pragma once

#include <optional>
#include <vector>

#include "bucket_source.hpp"
#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// The schemes an experiment may name.
enum class Scheme {
  kTactful1,
  kGrowthBook1,
  kGrowthBook2,
  kUnleash,
  kOptimizely,
  kLaunchDarkly,
  kPlanOut,
  kStatsig,
  kEppo,
};

/// Errors: kInvalidExperiment at `pointer`, naming the nearest scheme.
[[nodiscard]] Result<Scheme> find_scheme(std::string_view name, std::string_view pointer);

/// The draw that chooses the variant.
[[nodiscard]] BucketSource split_source(Scheme scheme, const Experiment& experiment);

/// What one step of the ramp admits, and to which variants.
struct Share {
  std::optional<Gate> traffic;     ///< Nothing where everyone passes, or where the split's own ranges leave gaps.
  std::vector<BucketRange> split;  ///< Of split_source(); the first that holds the bucket decides.
};

/// Errors: kInvalidExperiment where the scheme cannot express the fraction, weights or ranges exactly.
[[nodiscard]] Result<Share> make_share(Scheme scheme, const Experiment& experiment, Fraction fraction);

/// Gate of the experiment's slots of its layer. Errors: kInvalidExperiment where the scheme has no layers.
[[nodiscard]] Result<Gate> layer_gate(Scheme scheme, const Experiment& experiment);

/// Gate that admits what the holdout holds out. Errors: as make_share().
[[nodiscard]] Result<Gate> holdout_gate(const Holdout& holdout, TextUnits units, std::string_view pointer);

/// Errors: kInvalidExperiment for a scheme whose numbers have no ranges, or ranges outside them.
[[nodiscard]] Result<Gate> filter_gate(const HashFilter& filter, const Hashing& hashing, std::string_view pointer);

[[nodiscard]] TextUnits units_of(const Hashing& hashing) noexcept;

}  // namespace tactful
