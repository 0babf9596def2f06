#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful::tools {

/// Standard output with a large buffer of its own. A write that failed is remembered: nothing more is written, and
/// status() tells at the end, so that a full disk is never taken for success.
/// Thread-safety: one thread at a time.
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) { buffer_.reserve(kCapacity + 4096); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { flush(); }

  void write(std::string_view text) {
    buffer_.append(text);
    if (buffer_.size() >= kCapacity) flush();
  }
  void line(std::string_view text) {
    buffer_.append(text);
    buffer_.push_back('\n');
    if (buffer_.size() >= kCapacity) flush();
  }

  /// Hands everything to the system.
  void flush() noexcept;

  /// Whether writing still makes sense.
  [[nodiscard]] bool ok() const noexcept { return error_ == 0; }
  /// Whether the reader at the other end of the pipe has gone, which is not an error of ours.
  [[nodiscard]] bool reader_gone() const noexcept;
  /// Errors: kStorage with the system's cause, when a write failed for another reason than a reader that has gone.
  [[nodiscard]] Status status() const;

 private:
  static constexpr std::size_t kCapacity = std::size_t{1} << 18;
  int descriptor_;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace tactful::tools
