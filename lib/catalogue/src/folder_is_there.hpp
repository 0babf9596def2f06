#pragma once

#include <filesystem>

#include "tactful/core/result.hpp"

namespace tactful {

/// Whether a folder below the experiments exists. Only what is certainly not there is absent: a folder that cannot be
/// looked at, a link that leads nowhere, or a file of the name must not pass for a folder without rules. Errors:
/// kStorage.
[[nodiscard]] Result<bool> folder_is_there(const std::filesystem::path& folder);

}  // namespace tactful
