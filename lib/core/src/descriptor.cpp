#include "tactful/core/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace tactful {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    (void)close_now();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() noexcept { return std::exchange(fd_, -1); }

bool Descriptor::close_now() noexcept {
  const int fd = release();
  return fd < 0 || ::close(fd) == 0;
}

Error system_error(std::string_view what, const std::filesystem::path& path, int cause) {
  const std::string words = cause == EISDIR ? "it is a folder" : std::generic_category().message(cause);
  return {cause == ENOENT ? ErrorCode::kNotFound : ErrorCode::kStorage, std::string(what) + ": " + words, path.string(),
          ""};
}

Error storage_error(std::string_view what, const std::filesystem::path& path, int cause) {
  Error error = system_error(what, path, cause);
  error.code = ErrorCode::kStorage;
  return error;
}

Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open() || ::fsync(directory.get()) != 0)
    return storage_error("cannot sync the folder", folder, errno);
  return {};
}

}  // namespace tactful
