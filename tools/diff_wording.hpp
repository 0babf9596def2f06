#pragma once

#include <filesystem>

#include "command.hpp"

namespace tactful::tools {

/// Prints what differs between two wording files: both fingerprints, and for each language and channel the words before
/// and after, with what was removed and added marked. Gives kDone whatever differs. Errors: those of load_wording().
[[nodiscard]] Result<int> diff_wordings(const std::filesystem::path& before, const std::filesystem::path& after,
                                        Console& console);

}  // namespace tactful::tools
