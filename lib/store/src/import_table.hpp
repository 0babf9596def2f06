#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/store/csv.hpp"
#include "tactful/store/import.hpp"

namespace tactful::store_detail {

/// A CSV file whose columns are known by our names.
class ImportTable {
 public:
  /// Opens the file and applies the mapping. Errors: those of CsvReader, kInvalidInput for a mapping to an absent
  /// column.
  [[nodiscard]] static Result<ImportTable> open(const std::filesystem::path& file, const CsvOptions& options);

  [[nodiscard]] CsvReader& reader() { return *reader_; }
  [[nodiscard]] const CsvReader& reader() const { return *reader_; }

  /// The file's column for a name of ours; the same file column may serve several.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  /// As find(). Errors: kInvalidInput naming the columns there are and the nearest one.
  [[nodiscard]] Result<std::size_t> require(std::string_view name) const;
  /// Columns that are no field of ours: our name (or the file's) to column. `taken` are columns already used.
  [[nodiscard]] std::map<std::string, std::size_t> others(const std::set<std::size_t>& taken) const;
  /// The chosen segments among others(). Errors: kInvalidInput for a chosen one that is absent or a name that is no
  /// label.
  [[nodiscard]] Result<std::map<std::string, std::size_t>> segments(const std::optional<std::set<std::string>>& chosen,
                                                                    const std::set<std::size_t>& taken) const;

  // Fields of a row; errors carry the row's place.
  [[nodiscard]] Result<std::string_view> required_text(std::span<const std::string_view> row, std::size_t column) const;
  [[nodiscard]] Result<std::string_view> label(std::span<const std::string_view> row,
                                               std::size_t column) const;  // may be empty
  /// A label that may be kept as it stands: one with seven digits in a row looks like a number that names a person. May
  /// be empty.
  [[nodiscard]] Result<std::string_view> segment_label(std::span<const std::string_view> row, std::size_t column) const;
  [[nodiscard]] Result<TimeMs> time(std::span<const std::string_view> row, std::size_t column) const;
  /// A finite number, yes/no, true/false; nothing for an empty field.
  [[nodiscard]] Result<std::optional<double>> value(std::span<const std::string_view> row, std::size_t column) const;

 private:
  ImportTable() = default;
  std::unique_ptr<CsvReader> reader_;
  std::string file_;
  std::optional<UtcOffset> zone_;
  std::map<std::string, std::size_t, std::less<>> columns_;  // our name, or the file's where it is not mapped
};

/// How a field is written, without what is written: 9 for a digit, x for a letter. Errors show this, since a field in
/// the wrong column may be a name or a number of a person.
[[nodiscard]] std::string shape_of(std::string_view text);

/// Kinds known without a declaration.
[[nodiscard]] const std::set<std::string, std::less<>>& well_known_outcomes();

/// A number, or yes/no, true/false in any case.
[[nodiscard]] std::optional<double> parse_value(std::string_view text) noexcept;

}  // namespace tactful::store_detail
