#include "erasure_request.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "folder_names.hpp"
#include "tactful/core/descriptor.hpp"
#include "tactful/core/kill_point.hpp"

namespace tactful {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHead = "tactful erasure 1\n", kTail = "end\n", kExtension = ".request";
constexpr std::size_t kNameLength = 32;
constexpr std::size_t kMaxBytes = 64 << 20;  // earlier releases wrote up to some three million units

Error no_request(const fs::path& file, const std::string& why) {
  return {ErrorCode::kInvalidInput, "the file is no erasure request: " + why, file.string(), "remove it and ask again"};
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The owner of the journal must be able to read the request and to remove it, whoever asks.
bool give_to(int fd, const struct stat& owner) {
  struct stat mine {};
  if (::fstat(fd, &mine) != 0) return false;
  return mine.st_uid == owner.st_uid || ::fchown(fd, owner.st_uid, owner.st_gid) == 0;
}

Error not_given(const fs::path& file) {
  return {ErrorCode::kRefused, "the journal belongs to another user, who could not read the request", file.string(),
          "ask as the user that runs the sender, or as root"};
}

Result<Descriptor> make_folder(const fs::path& folder, const struct stat& owner) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return storage_error("cannot create the folder of requests", folder, errno);
  }
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open()) return system_error("cannot open the folder of requests", folder, errno);
  if (!give_to(directory.get(), owner)) return not_given(folder);
  return directory;
}

// kNotFound when an owner removed the folder, which was empty, under our hands.
Status write_file(const Descriptor& folder, const fs::path& file, std::string_view content, const struct stat& owner) {
  std::string temporary = file.string() + ".XXXXXX";
  Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!descriptor.is_open()) return system_error("cannot create the request", file, errno);
  // Held until it has its name: whoever gets the lock of a file without one knows that its asker is gone.
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) return system_error("cannot lock the request", file, ENOENT);
  const auto fail = [&](std::string_view what) {
    const Error error = system_error(what, file, errno);
    ::unlink(temporary.c_str());
    return error;
  };
  if (!give_to(descriptor.get(), owner)) {
    ::unlink(temporary.c_str());
    return not_given(file);
  }
  if (!write_all(descriptor.get(), content)) return fail("cannot write the request");
  if (::fsync(descriptor.get()) != 0) return fail("cannot sync the request");
  TACTFUL_KILL_POINT("erasure-request-before-rename");
  if (::rename(temporary.c_str(), file.c_str()) != 0) return fail("cannot give the request its name");
  TACTFUL_KILL_POINT("erasure-request-after-rename");
  // By its descriptor: the owner may have done the work already and have removed the folder.
  if (::fsync(folder.get()) != 0) return storage_error("cannot sync the folder of requests", file, errno);
  return sync_folder(file.parent_path().parent_path());
}

Result<std::string> read_small_file(const fs::path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.is_open()) return system_error("cannot open the erasure request", file, errno);
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return storage_error("cannot examine the erasure request", file, errno);
  if (!S_ISREG(info.st_mode)) return no_request(file, "it is no regular file");
  if (static_cast<std::size_t>(info.st_size) > kMaxBytes) return no_request(file, "it is too long");
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(descriptor.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return storage_error("cannot read the erasure request", file, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  content.resize(size);
  return content;
}

bool is_request_name(const fs::path& file) {
  const std::string name = file.stem().string();
  return file.extension() == kExtension && name.size() == kNameLength &&
         name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

fs::path erasure_folder(const fs::path& journal) { return journal.string() + ".erasures"; }

Status write_erasure_request(const fs::path& journal, const std::string& name, std::span<const UnitId> units) {
  struct stat owner {};
  if (::stat(journal.c_str(), &owner) != 0) return system_error("cannot examine the journal", journal, errno);
  std::string content(kHead);
  for (const UnitId unit : units) content += std::to_string(unit) + "\n";
  content += kTail;
  const fs::path folder = erasure_folder(journal);
  Status status;
  // An owner that finds the folder empty removes it; there are moments only between its making and the first file in
  // it.
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    const auto made = make_folder(folder, owner);
    status = made ? write_file(*made, folder / (name + std::string(kExtension)), content, owner) : made.error();
    if (status.ok() || status.error().code != ErrorCode::kNotFound) break;
  }
  return status;
}

Result<std::vector<fs::path>> list_erasure_requests(const fs::path& journal) {
  std::vector<fs::path> files;
  const fs::path folder = erasure_folder(journal);
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0) {
    if (errno == ENOENT) return files;
    return storage_error("cannot examine the folder of requests", folder, errno);
  }
  const auto names = folder_names(folder);
  if (!names && names.error().code == ErrorCode::kNotFound) return files;
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (is_request_name(name)) files.push_back(folder / name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<ErasureRequest> read_erasure_request(const fs::path& file) {
  const auto content = read_small_file(file);
  if (!content) return content.error();
  std::string_view rest = *content;
  if (rest.substr(0, kHead.size()) != kHead) return no_request(file, "it does not begin as one of version 1");
  rest.remove_prefix(kHead.size());
  ErasureRequest request{file, file.stem().string(), {}};
  while (rest != kTail) {
    UnitId unit = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), unit);
    const auto length = static_cast<std::size_t>(end - rest.data());
    if (error != std::errc() || length >= rest.size() || rest[length] != '\n' || unit < 1) {
      return no_request(file, "a line is no pseudonym");
    }
    request.units.push_back(unit);
    rest.remove_prefix(length + 1);
  }
  if (request.units.empty()) return no_request(file, "it names no unit");
  std::sort(request.units.begin(), request.units.end());
  request.units.erase(std::unique(request.units.begin(), request.units.end()), request.units.end());
  return request;
}

namespace {

// Removed first: a request that was overwritten and not removed would be none.
Status remove_and_overwrite(const fs::path& file, int descriptor) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0 || ::unlink(file.c_str()) != 0) {
    return storage_error("cannot remove the erasure request", file, errno);
  }
  TACTFUL_KILL_POINT("erasure-request-removed");
  if (!write_all(descriptor, std::string(static_cast<std::size_t>(info.st_size), '\n')) || ::fsync(descriptor) != 0) {
    return storage_error("cannot overwrite the erasure request", file, errno);
  }
  return sync_folder(file.parent_path());
}

}  // namespace

Status remove_erasure_request(const fs::path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor.is_open() && errno == ENOENT) return {};
  if (!descriptor.is_open()) return storage_error("cannot open the erasure request", file, errno);
  if (Status status = remove_and_overwrite(file, descriptor.get()); !status.ok()) return status;
  ::rmdir(file.parent_path().c_str());  // succeeds when it was the last
  return {};
}

Status sweep_erasure_folder(const fs::path& journal) {
  const fs::path folder = erasure_folder(journal);
  const auto names = folder_names(folder);
  if (!names) return names.error().code == ErrorCode::kNotFound ? Status() : names.error();
  bool any = false;
  for (const std::string& name : *names) {
    const fs::path file = folder / name;
    if (file.stem().extension() != kExtension) continue;
    const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!descriptor.is_open() || ::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) continue;  // being written
    if (Status status = remove_and_overwrite(file, descriptor.get()); !status.ok()) return status;
    any = true;
  }
  // A folder that is merely empty stays: an asker may be about to use it.
  if (any) ::rmdir(folder.c_str());
  return {};
}

}  // namespace tactful
