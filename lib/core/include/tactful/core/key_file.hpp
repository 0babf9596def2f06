#pragma once

#include <array>
#include <filesystem>

#include "tactful/core/result.hpp"

namespace tactful {

/// The 32 bytes from which every key of a project is derived. Wiped on destruction.
/// Thread-safety: as of an array.
class MasterKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// Reads a file of exactly 32 bytes and of mode 0600 or stricter.
  /// Errors: kNotFound, kStorage, kInvalidInput for a wrong size or no regular file, kRefused when others may read it.
  [[nodiscard]] static Result<MasterKey> read(const std::filesystem::path& path);
  explicit MasterKey(const std::array<unsigned char, kBytes>& bytes) noexcept : bytes_(bytes) {}

  MasterKey(const MasterKey&) = default;
  MasterKey& operator=(const MasterKey&) = default;
  ~MasterKey();

  [[nodiscard]] const std::array<unsigned char, kBytes>& bytes() const noexcept { return bytes_; }

 private:
  MasterKey() = default;
  std::array<unsigned char, kBytes> bytes_{};
};

}  // namespace tactful
