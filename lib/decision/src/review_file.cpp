#include "review_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "tactful/core/descriptor.hpp"

namespace tactful {
namespace {

constexpr std::string_view kUnfinished = ".unfinished-";

std::filesystem::path folder_for(const std::filesystem::path& folder, std::string_view key) {
  return folder / "reviews" / std::string(key);
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// What a write that was interrupted left; nobody writes while the lock is held.
void remove_unfinished(const std::filesystem::path& folder) {
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().filename().string().find(kUnfinished) != std::string::npos) {
      std::error_code ignored;
      std::filesystem::remove(entry->path(), ignored);
    }
  }
}

}  // namespace

Result<ReviewFolder> ReviewFolder::open(const std::filesystem::path& folder, std::string_view key) {
  const std::filesystem::path path = folder_for(folder, key);
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return storage_error("cannot make the folder of reviews", path, failed.value());
  for (const auto& made : {path.parent_path().parent_path(), path.parent_path()}) {
    const std::filesystem::path existing = made.empty() ? std::filesystem::path(".") : made;
    if (const Status synced = sync_folder(existing); !synced) return synced.error();
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return storage_error("cannot open the folder of reviews", path, errno);
  ReviewFolder held(path, fd);
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return storage_error("cannot lock the folder of reviews", path, errno);
  }
  remove_unfinished(path);
  return held;
}

ReviewFolder::ReviewFolder(ReviewFolder&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

ReviewFolder::~ReviewFolder() {
  if (fd_ >= 0) ::close(fd_);
}

Status ReviewFolder::write_once(const std::string& name, std::string_view content) const {
  const std::filesystem::path target = path_ / name;
  std::string temporary = (path_ / (name + std::string(kUnfinished) + "XXXXXX")).string();
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return storage_error("cannot create the review", target, errno);
  const auto fail = [&](std::string_view what) {
    const int cause = errno;
    ::unlink(temporary.c_str());
    if (cause != EEXIST) return storage_error(what, target, cause);
    return Error{ErrorCode::kConflict, "there is such a review already", target.string(),
                 "tactful review --verify tells what it is; frozen reviews are never written again"};
  };
  if (!write_all(file.get(), content)) return fail("cannot write the review");
  if (::fchmod(file.get(), 0444) != 0) return fail("cannot make the review read-only");
  if (::fsync(file.get()) != 0) return fail("cannot sync the review");
  if (!file.close_now()) return fail("cannot close the review");
  // Unlike a rename, a link never takes the place of a file that is there.
  if (::link(temporary.c_str(), target.c_str()) != 0) return fail("cannot name the review");
  ::unlink(temporary.c_str());
  return sync_folder(path_);
}

Result<std::string> ReviewFolder::discard(const std::string& name) const {
  for (int n = 1;; ++n) {
    const std::string aside = name + ".discarded" + (n == 1 ? "" : "-" + std::to_string(n));
    if (::link((path_ / name).c_str(), (path_ / aside).c_str()) != 0) {
      if (errno == EEXIST) continue;
      return storage_error("cannot set the unfinished review aside", path_ / name, errno);
    }
    if (::unlink((path_ / name).c_str()) != 0)
      return storage_error("cannot set the unfinished review aside", path_ / name, errno);
    if (const Status synced = sync_folder(path_); !synced) return synced.error();
    return aside;
  }
}

std::string review_file_name(std::int64_t sequence, TimeMs as_of, UtcOffset offset) {
  return std::to_string(sequence) + "-" + format_date(as_of, offset) + ".json";
}

std::optional<std::int64_t> review_number(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos || !name.ends_with(".json")) return std::nullopt;
  std::int64_t number = 0;
  const auto read = std::from_chars(name.data(), name.data() + dash, number);
  if (read.ec != std::errc() || read.ptr != name.data() + dash || number < 1) return std::nullopt;
  return number;
}

std::string review_path(std::string_view key, std::string_view name) {
  return "reviews/" + std::string(key) + "/" + std::string(name);
}

Result<std::vector<std::string>> review_files(const std::filesystem::path& folder, std::string_view key) {
  const std::filesystem::path path = folder_for(folder, key);
  std::vector<std::string> names;
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return names;
  std::filesystem::directory_iterator entry(path, failed);
  for (const std::filesystem::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (review_number(name)) names.push_back(name);
  }
  if (failed) return storage_error("cannot list the reviews", path, failed.value());
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(review_number(a), a) < std::pair(review_number(b), b);
  });
  return names;
}

}  // namespace tactful
