// The CSV reader: plain, gzip, GB18030, with comments, with other delimiters, by the first byte of the input. Rows that
// were read, written again with every field in quotes, read back equal.
#include <vector>

#include "fuzz_file.hpp"
#include "fuzz_target.hpp"
#include "tactful/core/text.hpp"
#include "tactful/store/csv.hpp"

namespace tactful {
namespace {

constexpr std::size_t kMostFields = 20'000;

std::string quoted_row(std::span<const std::string_view> fields) {
  std::string line;
  for (const std::string_view field : fields) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\n";
}

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  bool whole = true;  // read to its end
  bool operator==(const Table&) const = default;
};

std::optional<Table> read(std::string_view bytes, Encoding encoding, char delimiter, CsvComments comments,
                          std::string* printed) {
  const fuzz::MemoryFile file(bytes);
  const auto reader = CsvReader::open(file.path(), encoding, delimiter, comments);
  if (!reader) return std::nullopt;
  Table table{(*reader)->header(), {}, true};
  if (printed != nullptr)
    *printed = quoted_row(std::vector<std::string_view>(table.header.begin(), table.header.end()));
  for (std::size_t fields = 0; fields < kMostFields;) {
    const auto row = (*reader)->next();
    if (!row) {
      fuzz::require(!row.error().where.empty(), "an error says where");
      const auto again = (*reader)->next();
      fuzz::require(!again && again.error() == row.error(), "a broken file stays broken");
      table.whole = false;
      return table;
    }
    if (row->empty()) return table;
    fuzz::require(row->size() == table.header.size(), "every row is as wide as the header");
    for (const std::string_view field : *row) fuzz::require(!find_invalid_utf8(field), "fields are UTF-8");
    (void)(*reader)->error_at(row->size(), "wrong");
    if (printed != nullptr) *printed += quoted_row(*row);
    table.rows.emplace_back(row->begin(), row->end());
    fields += row->size();
  }
  return table;
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(csv) {
  using namespace tactful;
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input.front());
  constexpr std::string_view kDelimiters = ",;\t|";
  std::string printed;
  const auto table =
      read(input.substr(1), (how & 1) != 0 ? Encoding::kGb18030 : Encoding::kUtf8, kDelimiters[(how >> 1) & 3],
           (how & 8) != 0 ? CsvComments::kHash : CsvComments::kNone, &printed);
  if (!table) return;
  const auto again = read(printed, Encoding::kUtf8, ',', CsvComments::kNone, nullptr);
  fuzz::require(again && again->header == table->header && again->rows == table->rows, "rows read back equal");
}
