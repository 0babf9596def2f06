#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace tactful::test {

/// The optional folder of public data sets and reference values beside the checkout (or $TACTFUL_SHARED). Tests that
/// use it are skipped where it is absent.
inline std::optional<std::filesystem::path> public_data(const std::filesystem::path& inside = {}) {
  const char* configured = std::getenv("TACTFUL_SHARED");
  const std::filesystem::path root = configured != nullptr
                                         ? std::filesystem::path(configured)
                                         : std::filesystem::path(TACTFUL_SOURCE_DIR) / ".." / "shared";
  const std::filesystem::path path = root / inside;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

}  // namespace tactful::test
