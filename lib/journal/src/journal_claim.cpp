#include "journal_claim.hpp"

#include <unistd.h>

#include <string>
#include <system_error>

namespace tactful {
namespace {

namespace fs = std::filesystem;

Error storage_error(std::string_view what, const fs::path& path, const std::error_code& cause) {
  return {ErrorCode::kStorage, std::string(what) + ": " + cause.message(), path.string(), ""};
}

Status make_folder(const fs::path& folder) {
  std::error_code cause;
  if (fs::is_directory(folder, cause)) return {};
  if (!fs::create_directories(folder, cause) && cause) return storage_error("cannot create the folder", folder, cause);
  return sync_folder(folder.has_parent_path() ? folder.parent_path() : fs::path("."));
}

// The first free name of this process in the folder. The lock comes before the look whether the file exists, so that
// two threads cannot take one name.
Result<JournalClaim> claim_new(const fs::path& folder) {
  const std::string stem = host_name() + "-" + std::to_string(::getpid()) + "-";
  for (int n = 1;; ++n) {
    fs::path file = folder / (stem + std::to_string(n) + ".db");
    auto lock = JournalLock::acquire(file);
    if (!lock && lock.error().code == ErrorCode::kUnavailable) continue;
    if (!lock) return lock.error();
    std::error_code cause;
    const bool exists = fs::exists(fs::symlink_status(file, cause));
    if (exists) continue;
    return JournalClaim{std::move(file), std::move(*lock), true};
  }
}

Result<JournalClaim> claim_file(const fs::path& file) {
  auto lock = JournalLock::acquire(file);
  if (!lock) return lock.error();
  std::error_code cause;
  const fs::file_status status = fs::symlink_status(file, cause);  // links that lead somewhere are resolved
  if (status.type() == fs::file_type::not_found) return JournalClaim{file, std::move(*lock), true};
  if (fs::is_symlink(status)) {
    return Error{ErrorCode::kStorage, "the journal's name is a symbolic link that leads nowhere", file.string(),
                 "remove the link, or give the file that it should lead to"};
  }
  if (!fs::is_regular_file(status)) {
    return Error{ErrorCode::kStorage, "the file is not a journal (it is no regular file)", file.string(), ""};
  }
  if (fs::hard_link_count(file, cause) > 1) {
    return Error{ErrorCode::kStorage,
                 "the journal has a second name (hard link), under which another process could write", file.string(),
                 "remove the other name"};
  }
  return JournalClaim{file, std::move(*lock), false};
}

}  // namespace

Result<JournalClaim> claim_journal(const fs::path& folder_or_file) {
  std::error_code cause;
  // Symbolic links are resolved: the lock must lie beside the file itself.
  const fs::path path = fs::weakly_canonical(fs::absolute(folder_or_file, cause), cause);
  if (cause) return storage_error("cannot resolve the path", folder_or_file, cause);
  const bool is_file = path.extension() == ".db" && !fs::is_directory(path, cause);
  const fs::path folder = is_file ? path.parent_path() : path;
  if (Status status = make_folder(folder); !status.ok()) return status.error();
  if (Status status = check_file_system(folder); !status.ok()) return status.error();
  return is_file ? claim_file(path) : claim_new(folder);
}

}  // namespace tactful
