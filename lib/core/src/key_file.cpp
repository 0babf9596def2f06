#include "tactful/core/key_file.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "tactful/core/descriptor.hpp"

namespace tactful {
namespace {

Result<std::size_t> fill(int fd, std::span<unsigned char> buffer, const std::filesystem::path& path) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read the key file", path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

}  // namespace

Result<MasterKey> MasterKey::read(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return system_error("cannot open the key file", path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error("cannot examine the key file", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kInvalidInput, "the key file is no regular file", path.string(), ""};
  }
  if ((info.st_mode & 077) != 0) {
    return Error{ErrorCode::kRefused, "the key file can be read or written by other users", path.string(),
                 "chmod 600 " + path.string()};
  }
  std::array<unsigned char, kBytes + 1> buffer{};  // one more than a key, so that a longer file shows
  const auto size = fill(file.get(), buffer, path);
  MasterKey key;
  std::copy_n(buffer.begin(), kBytes, key.bytes_.begin());
  ::explicit_bzero(buffer.data(), buffer.size());
  if (!size) return size.error();
  if (*size == kBytes) return key;
  return Error{ErrorCode::kInvalidInput, "a key file holds exactly 32 bytes; this one is shorter or longer",
               path.string(), "make one with create_key_file()"};
}

MasterKey::~MasterKey() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

}  // namespace tactful
