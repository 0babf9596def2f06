#include "tactful/core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "tactful/core/descriptor.hpp"

namespace tactful {
namespace {

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uintmax_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open the file", path, errno);
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      return system_error("cannot read the file", path, errno);
    }
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return Error{ErrorCode::kInvalidInput, "the file is larger than " + std::to_string(limit) + " bytes",
                   path.string(), ""};
    }
  }
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot create a file beside it", path, errno);
  const auto fail = [&](std::string_view what) {
    const int cause = errno;
    ::unlink(temporary.c_str());
    return system_error(what, path, cause);
  };
  if (!write_all(file.get(), content)) return fail("cannot write");
  // mkostemp makes 0600; keep an existing file's mode, else what open() would give.
  struct stat existing {};
  if (::stat(path.c_str(), &existing) == 0) {
    if (::fchmod(file.get(), existing.st_mode & 07777) != 0) return fail("cannot set the mode");
  } else {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file.get(), 0666 & ~mask) != 0) return fail("cannot set the mode");
  }
  if (::fsync(file.get()) != 0) return fail("cannot sync");
  if (!file.close_now()) return fail("cannot close");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail("cannot rename into place");
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return sync_folder(folder);
}

}  // namespace tactful
