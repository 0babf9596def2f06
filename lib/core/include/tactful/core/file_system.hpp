#pragma once

#include <filesystem>

#include "tactful/core/result.hpp"

namespace tactful {

/// The kind of file system that the folder lies on: the number that statfs() gives. Errors: kStorage.
[[nodiscard]] Result<unsigned long> file_system_of(const std::filesystem::path& folder);

/// Name of a network file system by that number, or nullptr for others. On these, locks and shared memory do not hold
/// between machines: what takes a lock and SQLite's WAL mode cannot be written there. Higher bits, as some kernels
/// extend the sign, do not matter.
[[nodiscard]] const char* network_file_system(unsigned long magic) noexcept;

/// Whether a program of the user's stands behind the number (FUSE), by whom locks and syncs are kept or not.
[[nodiscard]] bool is_user_file_system(unsigned long magic) noexcept;

}  // namespace tactful
