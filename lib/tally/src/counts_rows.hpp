#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/store/csv.hpp"

namespace tactful {

/// One row of a counts file, checked by itself.
struct CountsRow {
  std::int64_t line = 0;
  std::string experiment, metric, variant;
  std::int64_t n = 0;
  std::int64_t successes = 0;
  std::optional<std::int64_t> weight;
  std::optional<Role> role;
  std::optional<Direction> direction;
};

/// Rows of a counts file, a CSV file with comment lines.
/// Errors: those of CsvReader, kInvalidInput at file:line:column for a column or field that is wrong or missing.
[[nodiscard]] Result<std::vector<CountsRow>> read_counts_rows(const std::filesystem::path& file, Encoding encoding);

}  // namespace tactful
