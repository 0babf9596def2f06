#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "support/temp_dir.hpp"

namespace tactful::fuzz {

/// The bytes as a file without a name, for readers that open a path and read it once.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    while (!content.empty()) {
      const ssize_t put = ::write(descriptor_, content.data(), content.size());
      if (put <= 0) throw std::runtime_error("cannot write a memory file");
      content.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// Each open of this path begins at the first byte.
  [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// A folder for files that need a real one (locks, SQLite), in memory where the system has such a place.
inline const test::TempDir& work_folder() {
  static const test::TempDir folder(test::quick_folder());
  return folder;
}

/// A new, empty folder below work_folder(); what the last call made is removed.
inline std::filesystem::path fresh_folder() {
  const std::filesystem::path folder = work_folder() / "input";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

inline void write_file(const std::filesystem::path& file, std::string_view content) {
  std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

}  // namespace tactful::fuzz
