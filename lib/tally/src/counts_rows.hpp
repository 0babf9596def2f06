#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"

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

/// Rows of a counts file. Lines whose first byte is '#' are comments anywhere, which general CSV files do not have;
/// that is why it does not go through CsvReader. Errors: kInvalidInput at file:line:column, kNotFound, kStorage.
[[nodiscard]] Result<std::vector<CountsRow>> read_counts_rows(const std::filesystem::path& file);

}  // namespace tactful
