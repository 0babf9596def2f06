#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// The whole file. Errors: kNotFound, kStorage (with the system's cause), kInvalidInput when larger than `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::uintmax_t limit = 64u << 20);

/// Replaces the file durably and atomically: temporary file beside it, fsync, rename, fsync of the folder. After an
/// error the old file stands untouched. Errors: kStorage.
[[nodiscard]] Status write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace tactful
