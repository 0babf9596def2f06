#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/store/import.hpp"

namespace tactful {

/// Whether lines whose first byte is '#' are comments: before the first row and between rows, never within a quoted
/// field. A file that has them cannot have a first column, or a first value, that begins with an unquoted '#'.
enum class CsvComments { kNone, kHash };

/// Streams the rows of a CSV file (plain or `.gz`, or "-" for standard input), checked: every row has as many fields as
/// the first, quotes are balanced, text is valid in its encoding. Fields come as UTF-8. Thread-safety: one thread at a
/// time.
class CsvReader {
 public:
  /// Opens the file and reads its first row. Errors: kNotFound, kStorage, kInvalidInput (empty, no header, a column
  /// named twice).
  [[nodiscard]] static Result<std::unique_ptr<CsvReader>> open(const std::filesystem::path& file, Encoding encoding,
                                                               char delimiter = ',',
                                                               CsvComments comments = CsvComments::kNone);

  virtual ~CsvReader() = default;

  [[nodiscard]] virtual const std::vector<std::string>& header() const noexcept = 0;
  /// The next row, valid until the next call; an empty span after the last.
  /// Errors: kInvalidInput at `file:line:column` for a broken row, a truncated quote or archive, wrong encoding.
  [[nodiscard]] virtual Result<std::span<const std::string_view>> next() = 0;
  /// Line on which the last row began, from 1.
  [[nodiscard]] virtual std::int64_t line() const noexcept = 0;
  /// An error about one field of the last row: `file:line:column-name`.
  [[nodiscard]] virtual Error error_at(std::size_t column, std::string message, std::string hint = {}) const = 0;
  /// Hash of all bytes read so far (of the unpacked text); after the last row, of the whole file. 32 hex digits.
  [[nodiscard]] virtual std::string content_hash() const = 0;

 protected:
  CsvReader() = default;
};

}  // namespace tactful
