#include "output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tactful::tools {

void Output::flush() noexcept {
  std::size_t done = 0;
  while (error_ == 0 && done < buffer_.size()) {
    const ssize_t written = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
}

bool Output::reader_gone() const noexcept { return error_ == EPIPE; }

Status Output::status() const {
  if (error_ == 0 || reader_gone()) return {};
  return Error{ErrorCode::kStorage, std::string("cannot write the output: ") + std::strerror(error_), "standard output",
               error_ == ENOSPC ? "the disk is full; what was written so far is incomplete" : ""};
}

}  // namespace tactful::tools
