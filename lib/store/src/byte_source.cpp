#include "byte_source.hpp"

#include <fcntl.h>
#include <iconv.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

namespace tactful::store_detail {
namespace {

constexpr std::size_t kInputBytes = 1u << 18;

Error bad_input(std::string message, std::string hint = {}) {
  return {ErrorCode::kInvalidInput, std::move(message), "", std::move(hint)};
}

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, bool owned) : fd_(fd), owned_(owned) {}
  ~FileSource() override {
    if (owned_) ::close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  /// The first bytes, without taking them from the stream.
  [[nodiscard]] Result<std::string_view> peek() {
    while (held_ < head_.size()) {
      const Result<std::size_t> got = read_fd(head_.data() + held_, head_.size() - held_);
      if (!got) return got.error();
      if (*got == 0) break;
      held_ += *got;
    }
    return std::string_view(head_.data(), held_);
  }

  Result<std::size_t> read(char* out, std::size_t size) override {
    if (given_ < held_) {
      const std::size_t count = std::min(size, held_ - given_);
      std::memcpy(out, head_.data() + given_, count);
      given_ += count;
      return count;
    }
    return read_fd(out, size);
  }

 private:
  [[nodiscard]] Result<std::size_t> read_fd(char* out, std::size_t size) const {
    while (true) {
      const ssize_t got = ::read(fd_, out, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      return Error{ErrorCode::kStorage, "cannot read the file: " + std::generic_category().message(errno), "", ""};
    }
  }

  int fd_;
  bool owned_;
  std::array<char, 4> head_{};
  std::size_t held_ = 0;
  std::size_t given_ = 0;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> packed) : packed_(std::move(packed)), input_(kInputBytes) {
    ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK;
  }
  ~GzipSource() override {
    if (ready_) inflateEnd(&stream_);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Result<std::size_t> read(char* out, std::size_t size) override {
    if (!ready_) return Error{ErrorCode::kStorage, "zlib cannot start", "", ""};
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) {
        const Status filled = fill();
        if (!filled) return filled.error();
        if (stream_.avail_in == 0) {
          if (between_members_) return std::size_t{0};
          return bad_input("the gzip archive is truncated", "fetch or copy the file again");
        }
      }
      if (between_members_) {
        if (inflateReset(&stream_) != Z_OK) return Error{ErrorCode::kStorage, "zlib cannot start again", "", ""};
        between_members_ = false;
      }
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        between_members_ = true;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return bad_input(
            std::string("the gzip archive is damaged: ") + (stream_.msg != nullptr ? stream_.msg : "bad data"),
            "fetch or copy the file again");
      }
    }
    return static_cast<std::size_t>(room - stream_.avail_out);
  }

 private:
  [[nodiscard]] Status fill() {
    const Result<std::size_t> got = packed_->read(input_.data(), input_.size());
    if (!got) return got.error();
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(*got);
    return {};
  }

  std::unique_ptr<ByteSource> packed_;
  std::vector<char> input_;
  z_stream stream_{};
  bool ready_ = false;
  bool between_members_ = false;
};

class HashingSource final : public ByteSource {
 public:
  explicit HashingSource(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)), state_(XXH3_createState()) {
    XXH3_128bits_reset(state_);
  }
  ~HashingSource() override { XXH3_freeState(state_); }
  HashingSource(const HashingSource&) = delete;
  HashingSource& operator=(const HashingSource&) = delete;

  Result<std::size_t> read(char* out, std::size_t size) override {
    Result<std::size_t> got = inner_->read(out, size);
    if (got) XXH3_128bits_update(state_, out, *got);
    return got;
  }

  [[nodiscard]] std::string digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_);
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return std::string(text.data(), 32);
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  XXH3_state_t* state_;
};

/// GB18030 to UTF-8. Text before a wrong byte is delivered first, so that the reader can say on which line it stands.
class Gb18030Source final : public ByteSource {
 public:
  explicit Gb18030Source(ByteSource& inner)
      : inner_(inner), input_(kInputBytes), converter_(iconv_open("UTF-8", "GB18030")) {}
  ~Gb18030Source() override {
    if (is_open()) iconv_close(converter_);
  }
  Gb18030Source(const Gb18030Source&) = delete;
  Gb18030Source& operator=(const Gb18030Source&) = delete;
  [[nodiscard]] bool is_open() const { return converter_ != reinterpret_cast<iconv_t>(-1); }

  Result<std::size_t> read(char* out, std::size_t size) override {
    if (!is_open())
      return Error{ErrorCode::kStorage, "this system's iconv does not know GB18030", "", "convert the file to UTF-8"};
    char* to = out;
    std::size_t room = size;
    while (to == out) {
      if (held_ == 0 || starved_) {
        const Result<std::size_t> got = inner_.read(input_.data() + held_, input_.size() - held_);
        if (!got) return got;
        if (*got == 0) {
          if (held_ == 0) return std::size_t{0};
          return bad_input("the text ends within a GB18030 character");
        }
        held_ += *got;
        starved_ = false;
      }
      char* from = input_.data();
      std::size_t left = held_;
      const std::size_t code = iconv(converter_, &from, &left, &to, &room);
      const int cause = code == static_cast<std::size_t>(-1) ? errno : 0;
      std::memmove(input_.data(), from, left);
      held_ = left;
      if (cause == EINVAL) starved_ = true;
      if (cause == EILSEQ && to == out)
        return bad_input("a byte sequence that is not GB18030", "is the file UTF-8? then use --encoding utf-8");
    }
    return static_cast<std::size_t>(to - out);
  }

 private:
  ByteSource& inner_;
  std::vector<char> input_;
  std::size_t held_ = 0;
  bool starved_ = false;
  iconv_t converter_;
};

class WholeWay final : public TextSource {
 public:
  WholeWay(std::unique_ptr<ByteSource> bytes, Encoding encoding) : hashing_(std::move(bytes)) {
    if (encoding == Encoding::kGb18030) decoder_ = std::make_unique<Gb18030Source>(hashing_);
  }
  Result<std::size_t> read(char* out, std::size_t size) override {
    return decoder_ ? decoder_->read(out, size) : hashing_.read(out, size);
  }
  [[nodiscard]] std::string content_hash() const override { return hashing_.digest(); }

 private:
  HashingSource hashing_;
  std::unique_ptr<Gb18030Source> decoder_;
};

}  // namespace

std::string display_name(const std::filesystem::path& file) { return file == "-" ? "stdin" : file.string(); }

Result<std::unique_ptr<TextSource>> TextSource::open(const std::filesystem::path& file, Encoding encoding) {
  const std::string where = display_name(file);
  const bool standard_input = file == "-";
  const int fd = standard_input ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kStorage;
    return Error{code, "cannot open the file: " + std::generic_category().message(errno), where, ""};
  }
  auto source = std::make_unique<FileSource>(fd, !standard_input);
  const Result<std::string_view> head = source->peek();
  if (!head) {
    Error error = head.error();
    error.where = where;
    return error;
  }
  const bool packed = head->starts_with("\x1f\x8b");
  if (!packed && file.extension() == ".gz") {
    return Error{ErrorCode::kInvalidInput,
                 head->empty() ? "the file is empty" : "the file is named .gz but is no gzip archive", where, ""};
  }
  if (head->starts_with("PK\x03\x04")) {
    return Error{ErrorCode::kInvalidInput, "this is a zip archive or an Excel workbook, not a CSV file", where,
                 "unpack it (`unzip -p FILE | tactful import ... -`) or save the sheet as CSV"};
  }
  std::unique_ptr<ByteSource> bytes = std::move(source);
  if (packed) bytes = std::make_unique<GzipSource>(std::move(bytes));
  return std::unique_ptr<TextSource>(std::make_unique<WholeWay>(std::move(bytes), encoding));
}

}  // namespace tactful::store_detail
