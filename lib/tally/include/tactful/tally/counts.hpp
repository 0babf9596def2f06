#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// One experiment of a counts file, with the experiment that the file implies: variants and weights as given (equal where there is no
/// weight column), the first variant met is control, metrics with their roles (success where there is no role column), default levels.
struct CountsTally {
  Experiment experiment;
  Tally tally;
};

/// Reads `experiment,metric,variant,n,successes[,weight][,role]` (CSV as in CsvReader; lines that begin with '#' are comments).
/// Errors: kInvalidInput at file:line:column (successes > n, a variant twice, other n for one variant and metric, unknown role, ...), kNotFound.
[[nodiscard]] Result<std::vector<CountsTally>> read_counts(const std::filesystem::path& file);

}  // namespace tactful
