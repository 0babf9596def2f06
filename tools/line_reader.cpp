#include "line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tactful/core/descriptor.hpp"

namespace tactful::tools {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{1} << 18;
constexpr std::size_t kLongestLine = std::size_t{64} << 20;

}  // namespace

LineReader::LineReader(int descriptor, bool owned, std::string name)
    : descriptor_(descriptor), owned_(owned), name_(std::move(name)), buffer_(kFirstBuffer, '\0') {}

LineReader::~LineReader() {
  if (owned_) ::close(descriptor_);
}

Result<std::unique_ptr<LineReader>> LineReader::open(const std::filesystem::path& file) {
  if (file == "-") return std::unique_ptr<LineReader>(new LineReader(STDIN_FILENO, false, "standard input"));
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.is_open()) {
    const int cause = errno;
    Error error = system_error("cannot open the file", file, cause);
    if (cause == ENOTDIR) error.code = ErrorCode::kNotFound;
    return error;
  }
  struct stat about {};
  if (::fstat(opened.get(), &about) == 0 && S_ISDIR(about.st_mode))
    return system_error("cannot read the file", file, EISDIR);
  return std::unique_ptr<LineReader>(new LineReader(opened.release(), true, file.string()));
}

Status LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() > kLongestLine) {
      return Error{ErrorCode::kInvalidInput, "a line is longer than 64 MiB", name_ + ":" + std::to_string(line_ + 1),
                   ""};
    }
    buffer_.resize(buffer_.size() * 2);
  }
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return Error{ErrorCode::kStorage, std::string("reading failed: ") + std::strerror(errno), name_, ""};
  ended_ = got == 0;
  end_ += static_cast<std::size_t>(got);
  return {};
}

bool LineReader::at_end_of_buffer() const noexcept {
  return std::memchr(buffer_.data() + begin_, '\n', end_ - begin_) == nullptr;
}

Result<std::optional<std::string_view>> LineReader::next() {
  std::size_t searched = 0;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const void* found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    if (found == nullptr && !ended_) {
      searched = end_ - begin_;
      if (const Status filled = fill(); !filled) return filled.error();
      continue;
    }
    if (found == nullptr && begin_ == end_) return std::optional<std::string_view>();
    const std::size_t length =
        found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - from) : end_ - begin_;
    std::string_view text(from, length);
    begin_ += length + (found != nullptr ? 1 : 0);
    ++line_;
    if (line_ == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    return std::optional<std::string_view>(text);
  }
}

}  // namespace tactful::tools
