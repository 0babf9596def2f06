#pragma once

#include <filesystem>

#include "journal_lock.hpp"

namespace tactful {

/// A journal's name, symbolic links resolved, and the right to write it.
struct JournalClaim {
  std::filesystem::path file;
  JournalLock lock;
  bool is_new;  ///< The file does not exist yet.
};

/// The given `.db` file, or the first free name of this process in the given folder, which is made when it is absent.
/// Errors: kUnavailable naming the owner, kStorage.
[[nodiscard]] Result<JournalClaim> claim_journal(const std::filesystem::path& folder_or_file);

}  // namespace tactful
