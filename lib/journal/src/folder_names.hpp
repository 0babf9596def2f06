#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"

namespace tactful {

/// The names in a folder, unsorted. (libstdc++'s iterator ends the process when it has no memory.)
/// Errors: kNotFound, kStorage. Throws std::bad_alloc.
[[nodiscard]] Result<std::vector<std::string>> folder_names(const std::filesystem::path& folder);

}  // namespace tactful
