#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "tactful/core/result.hpp"
#include "tactful/store/import.hpp"

namespace tactful::store_detail {

/// A stream of bytes; stages (file, gunzip, hash, decode) wrap one another.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `size` bytes into `out`; 0 only at the end. After an error nothing more comes.
  [[nodiscard]] virtual Result<std::size_t> read(char* out, std::size_t size) = 0;
};

/// The whole way from a file ("-": standard input) to UTF-8 text: unpacks gzip, hashes, decodes.
class TextSource : public ByteSource {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TextSource>> open(const std::filesystem::path& file, Encoding encoding);
  /// XXH3-128 of the unpacked bytes so far, before decoding.
  [[nodiscard]] virtual std::string content_hash() const = 0;
};

/// How errors name the file.
[[nodiscard]] std::string display_name(const std::filesystem::path& file);

}  // namespace tactful::store_detail
