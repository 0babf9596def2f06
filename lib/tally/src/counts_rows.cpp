#include "counts_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::array<std::string_view, 8> kColumns = {"experiment", "metric", "variant", "n",
                                                      "successes",  "weight", "role",    "direction"};
constexpr std::size_t kRequiredColumns = 5;
constexpr std::int64_t kMostUnits = std::int64_t{1} << 53;

using Columns = std::array<std::optional<std::size_t>, kColumns.size()>;

Result<Columns> known_columns(const CsvReader& reader) {
  const std::vector<std::string>& header = reader.header();
  Columns columns;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto known = std::find(kColumns.begin(), kColumns.end(), header[i]);
    if (known == kColumns.end()) {
      return reader.error_at(i, "unknown column \"" + printable(header[i]) + "\"",
                             "a counts file has experiment,metric,variant,n,successes[,weight][,role][,direction]");
    }
    columns[static_cast<std::size_t>(known - kColumns.begin())] = i;
  }
  for (std::size_t i = 0; i < kRequiredColumns; ++i) {
    if (!columns[i]) {
      return reader.error_at(
          header.size(), "the column " + std::string(kColumns[i]) + " is missing",
          "the first line that is no comment names the columns: experiment,metric,variant,n,successes");
    }
  }
  return columns;
}

/// Reads one row's fields by column, each with its error.
class RowReader {
 public:
  RowReader(const CsvReader& reader, const Columns& columns, std::span<const std::string_view> fields)
      : reader_(reader), columns_(columns), fields_(fields) {}

  [[nodiscard]] Result<CountsRow> read() {
    CountsRow row;
    row.line = reader_.line();
    row.experiment = name(0, true);
    row.metric = name(1, true);
    row.variant = name(2, false);
    row.n = count(3, kMostUnits);
    row.successes = count(4, kMostUnits);
    if (!problem_ && row.n == 0) fail(3, "n is 0", "leave the row out: a variant without units says nothing");
    if (!problem_ && row.successes > row.n) {
      fail(4, "successes " + std::to_string(row.successes) + " are more than n " + std::to_string(row.n),
           "n is the number of units, successes how many of them had the event");
    }
    if (has(5)) row.weight = count(5, 1'000'000);
    if (has(6))
      row.role =
          one_of<Role>(6, {{"success", Role::kSuccess}, {"guardrail", Role::kGuardrail}, {"monitor", Role::kMonitor}});
    if (has(7))
      row.direction = one_of<Direction>(7, {{"increase", Direction::kIncrease}, {"decrease", Direction::kDecrease}});
    if (problem_) return *problem_;
    return row;
  }

 private:
  [[nodiscard]] bool has(std::size_t column) const { return columns_[column] && !field(column).empty(); }
  [[nodiscard]] std::string_view field(std::size_t column) const { return trim(fields_[*columns_[column]]); }
  void fail(std::size_t column, std::string message, std::string hint) {
    if (!problem_) problem_ = reader_.error_at(*columns_[column], std::move(message), std::move(hint));
  }
  std::string name(std::size_t column, bool must_be_key) {
    const std::string_view value = field(column);
    if (must_be_key ? !is_key(value) : !is_label(value)) {
      fail(column, "\"" + printable(value) + "\" is no " + (must_be_key ? "key" : "label"),
           must_be_key ? "1 to 64 of a-z, 0-9, '-' and '_', first a letter or digit"
                       : "1 to 100 bytes of text in UTF-8");
    }
    return std::string(value);
  }
  std::int64_t count(std::size_t column, std::int64_t most) {
    const std::string_view value = field(column);
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (code != std::errc{} || end != value.data() + value.size() || number < 0 || number > most) {
      fail(column, "\"" + printable(value) + "\" is no whole number from 0 to " + std::to_string(most), "");
    }
    return number;
  }
  template <typename Value>
  Value one_of(std::size_t column, std::initializer_list<std::pair<std::string_view, Value>> choices) {
    std::string names;
    for (const auto& choice : choices) {
      if (choice.first == field(column)) return choice.second;
      names += (names.empty() ? "" : ", ") + std::string(choice.first);
    }
    fail(column, "unknown " + std::string(kColumns[column]) + " \"" + printable(field(column)) + "\"",
         "one of " + names);
    return choices.begin()->second;
  }

  const CsvReader& reader_;
  const Columns& columns_;
  std::span<const std::string_view> fields_;
  std::optional<Error> problem_;
};

}  // namespace

Result<std::vector<CountsRow>> read_counts_rows(const std::filesystem::path& file, Encoding encoding) {
  const auto opened = CsvReader::open(file, encoding, ',', CsvComments::kHash);
  if (!opened) return opened.error();
  CsvReader& reader = **opened;
  const auto columns = known_columns(reader);
  if (!columns) return columns.error();
  std::vector<CountsRow> rows;
  while (true) {
    const auto fields = reader.next();
    if (!fields) return fields.error();
    if (fields->empty()) break;
    auto row = RowReader(reader, *columns, *fields).read();
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  if (rows.empty()) return reader.error_at(0, "the file has no rows below its header");
  return rows;
}

}  // namespace tactful
