#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "tactful/core/descriptor.hpp"
#include "tactful/core/file_system.hpp"
#include "tactful/core/result.hpp"

namespace tactful {

/// The right to write one journal: flock() on `<journal>.lock`, so that SQLite's own locks on the journal are never
/// touched (closing a second descriptor of the journal itself would drop them). The lock ends with the process. The
/// lock file stays behind: removing it would let two processes lock two different files of that name.
class JournalLock {
 public:
  /// Errors: kUnavailable naming the owner, kStorage.
  [[nodiscard]] static Result<JournalLock> acquire(const std::filesystem::path& journal);

  JournalLock(JournalLock&&) noexcept = default;
  JournalLock& operator=(JournalLock&&) = delete;

 private:
  explicit JournalLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

/// Name of this machine, as `[a-z0-9-]`, 1 to 64 bytes; part of journal names.
[[nodiscard]] std::string host_name();

/// Refuses folders where locks or shared memory do not work between machines.
/// Errors: kStorage naming the kind of file system.
[[nodiscard]] Status check_file_system(const std::filesystem::path& folder);

/// Whether a program of the user's stands behind the folder (FUSE), by whom locks and syncs are kept or not.
[[nodiscard]] bool is_on_user_file_system(const std::filesystem::path& folder) noexcept;

}  // namespace tactful
