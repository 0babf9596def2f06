#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/store/import.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// Margin of every guardrail of a counts file, which has no column for it: half as many events again.
inline constexpr double kCountsMarginRatio = 1.5;

/// That margin as a rate ratio: 1.5 for a guardrail that must not rise, 1/1.5 for one that must not fall.
[[nodiscard]] Margin counts_margin(Direction direction) noexcept;

/// One experiment of a counts file, with the experiment that the file implies: variants and weights as given (equal
/// where there is no weight column), the first variant met is control, metrics with their roles (success where there is
/// no role column), guardrails with counts_margin(), default levels.
struct CountsTally {
  Experiment experiment;
  Tally tally;
};

/// Reads `experiment,metric,variant,n,successes[,weight][,role][,direction]`: CSV as in CsvReader (plain or `.gz`, "-"
/// for standard input), with comment lines; columns in any order. Format: docs/spec/csv.md. Errors: those of CsvReader;
/// kInvalidInput at file:line:column (unknown or missing column, successes > n, a variant twice, other n for one
/// variant and metric, unknown role, ...), kNotFound, kStorage.
[[nodiscard]] Result<std::vector<CountsTally>> read_counts(const std::filesystem::path& file,
                                                           Encoding encoding = Encoding::kUtf8);

/// The counts as the tally of a declared experiment, with its metrics, margins, weights and plan instead of implied
/// ones; `data_fingerprint` is of the counts, whatever their order. Metrics that the counts lack are unavailable.
/// `as_of`: when they were known. Errors: kInvalidInput naming a variant or metric that the experiment lacks, a variant
/// under test that the counts lack, or a metric that is no rate; kInsufficientData where clusters are randomised.
[[nodiscard]] Result<Tally> tally_of_counts(const Experiment& experiment, const CountsTally& counts, TimeMs as_of);

}  // namespace tactful
