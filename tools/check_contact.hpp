#pragma once

#include "check_file.hpp"

namespace tactful::tools {

/// A contact policy file. Errors: kNotFound, kStorage. Findings are in the value.
[[nodiscard]] Result<CheckedFile> check_contact_file(const std::filesystem::path& file);

}  // namespace tactful::tools
