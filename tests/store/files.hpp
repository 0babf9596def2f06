#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_dir.hpp"

namespace tactful::store_test {

/// A folder where thousands of small commits do not wait for a disk; what they promise about one is tested elsewhere.
class MemoryDir : public test::TempDir {
 public:
  MemoryDir() : TempDir(test::quick_folder()) {}
};

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tactful::store_test
