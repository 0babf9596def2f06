#pragma once

#include <filesystem>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// Owns a file descriptor and closes it on every way out. Negative means none, as `open` returns it after a failure.
/// Thread-safety: as an int.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { (void)close_now(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor away, unclosed.
  [[nodiscard]] int release() noexcept;
  /// Closes it if it is open, once; false with `errno` set where only closing shows that data were not written.
  [[nodiscard]] bool close_now() noexcept;

 private:
  int fd_ = -1;
};

/// The error of a failed system call on a file: "`what`: the system's words for `cause`", where: the path. `cause` is
/// an errno. kNotFound for what does not exist (ENOENT), else kStorage.
[[nodiscard]] Error system_error(std::string_view what, const std::filesystem::path& path, int cause);

/// The same, always kStorage: where what is missing is the folder to write into.
[[nodiscard]] Error storage_error(std::string_view what, const std::filesystem::path& path, int cause);

/// Syncs a folder, so that the names made or moved in it survive a power loss. Errors: kStorage.
[[nodiscard]] Status sync_folder(const std::filesystem::path& folder);

}  // namespace tactful
