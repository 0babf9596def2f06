#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_dir.hpp"

namespace tactful::store_test {

/// Where thousands of small commits do not wait for a disk; what they promise about one is tested elsewhere.
inline std::filesystem::path memory_folder() {
  return std::filesystem::is_directory("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                   : std::filesystem::temp_directory_path();
}

/// A folder there.
class MemoryDir : public test::TempDir {
 public:
  MemoryDir() : TempDir(memory_folder()) {}
};

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tactful::store_test
