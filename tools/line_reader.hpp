#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful::tools {

/// Streams the lines of a file, or of standard input for "-", through one large buffer. Line ends are LF or CRLF; the
/// last line needs none; a byte order mark is skipped.
/// Thread-safety: one thread at a time.
class LineReader {
 public:
  /// Errors: kNotFound, kStorage.
  [[nodiscard]] static Result<std::unique_ptr<LineReader>> open(const std::filesystem::path& file);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// The next line, valid until the next call; nothing after the last.
  /// Errors: kStorage; kInvalidInput for a line longer than 64 MiB.
  [[nodiscard]] Result<std::optional<std::string_view>> next();

  /// Whether the next call must wait for input: answers to what came so far should be flushed before it.
  [[nodiscard]] bool at_end_of_buffer() const noexcept;

  /// Number of the last line, from 1.
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  LineReader(int descriptor, bool owned, std::string name);
  [[nodiscard]] Status fill();

  int descriptor_;
  bool owned_;
  bool ended_ = false;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::int64_t line_ = 0;
};

}  // namespace tactful::tools
