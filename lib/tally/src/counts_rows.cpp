#include "counts_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "tactful/core/file.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::array<std::string_view, 8> kColumns = {"experiment", "metric", "variant", "n",
                                                      "successes",  "weight", "role",    "direction"};
constexpr std::size_t kRequiredColumns = 5;
constexpr std::int64_t kMostUnits = std::int64_t{1} << 53;

/// Splits the text into rows of fields (RFC 4180), remembering the line of each row; skips blank lines and comments.
class CountsText {
 public:
  CountsText(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
  }

  /// The next row; empty after the last.
  [[nodiscard]] Result<std::vector<std::string>> next() {
    while (at_ < text_.size()) {
      line_ = next_line_;
      if (text_[at_] == '#' || text_[at_] == '\n' || text_[at_] == '\r') {
        skip_line();
        continue;
      }
      return read_row();
    }
    return std::vector<std::string>{};
  }
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  [[nodiscard]] Error error_at(std::string_view column, std::string message, std::string hint = {}) const {
    return {ErrorCode::kInvalidInput, std::move(message),
            name_ + ":" + std::to_string(line_) + ":" + std::string(column), std::move(hint)};
  }

 private:
  void skip_line() noexcept {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    ++at_;
    ++next_line_;
  }

  Result<std::vector<std::string>> read_row() {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++next_line_;
      if (quoted) {
        if (c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          fields.back() += '"';
          ++at_;
        } else if (c == '"') {
          quoted = false;
        } else {
          fields.back() += c;
        }
      } else if (c == '"') {
        if (!fields.back().empty()) return error_at(std::to_string(fields.size()), "a quote inside a field", "");
        quoted = true;
      } else if (c == ',') {
        fields.emplace_back();
      } else if (c == '\n') {
        ++at_;
        break;
      } else if (c != '\r') {
        fields.back() += c;
      }
    }
    if (quoted) return error_at(std::to_string(fields.size()), "a quote that is not closed", "is the file cut off?");
    for (std::string& field : fields) field = std::string(trim(field));
    return fields;
  }

  std::string_view text_;
  std::string name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::int64_t next_line_ = 1;
};

using Columns = std::array<std::optional<std::size_t>, kColumns.size()>;

Result<Columns> read_header(CountsText& text) {
  const auto header = text.next();
  if (!header) return header.error();
  Columns columns;
  for (std::size_t i = 0; i < header->size(); ++i) {
    const auto known = std::find(kColumns.begin(), kColumns.end(), (*header)[i]);
    if (known == kColumns.end()) {
      return text.error_at((*header)[i], "unknown column " + printable((*header)[i]),
                           "a counts file has experiment,metric,variant,n,successes[,weight][,role][,direction]");
    }
    auto& place = columns[static_cast<std::size_t>(known - kColumns.begin())];
    if (place) return text.error_at(*known, "a column named twice", "");
    place = i;
  }
  for (std::size_t i = 0; i < kRequiredColumns; ++i) {
    if (!columns[i]) {
      return text.error_at(
          kColumns[i], "the column is missing",
          "the first line that is no comment names the columns: experiment,metric,variant,n,successes");
    }
  }
  return columns;
}

/// Reads one row's fields by column, each with its error.
class RowReader {
 public:
  RowReader(const CountsText& text, const Columns& columns, const std::vector<std::string>& fields)
      : text_(text), columns_(columns), fields_(fields) {}

  [[nodiscard]] Result<CountsRow> read() {
    CountsRow row;
    row.line = text_.line();
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
  [[nodiscard]] bool has(std::size_t column) const { return columns_[column] && !fields_[*columns_[column]].empty(); }
  [[nodiscard]] const std::string& field(std::size_t column) const { return fields_[*columns_[column]]; }
  void fail(std::size_t column, std::string message, std::string hint) {
    if (!problem_) problem_ = text_.error_at(kColumns[column], std::move(message), std::move(hint));
  }
  std::string name(std::size_t column, bool must_be_key) {
    const std::string& value = field(column);
    if (must_be_key ? !is_key(value) : !is_label(value)) {
      fail(column, "\"" + printable(value) + "\" is no " + (must_be_key ? "key" : "label"),
           must_be_key ? "1 to 64 of a-z, 0-9, '-' and '_', first a letter or digit"
                       : "1 to 100 bytes of text in UTF-8");
    }
    return value;
  }
  std::int64_t count(std::size_t column, std::int64_t most) {
    const std::string& value = field(column);
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

  const CountsText& text_;
  const Columns& columns_;
  const std::vector<std::string>& fields_;
  std::optional<Error> problem_;
};

}  // namespace

Result<std::vector<CountsRow>> read_counts_rows(const std::filesystem::path& file) {
  const auto content = read_file(file);
  if (!content) return content.error();
  CountsText text(*content, file.string());
  if (find_invalid_utf8(*content)) return text.error_at("1", "text that is not UTF-8", "save the file as UTF-8");
  const auto columns = read_header(text);
  if (!columns) return columns.error();
  const std::size_t width = static_cast<std::size_t>(
      std::count_if(columns->begin(), columns->end(), [](const auto& column) { return column.has_value(); }));
  std::vector<CountsRow> rows;
  while (true) {
    const auto fields = text.next();
    if (!fields) return fields.error();
    if (fields->empty()) break;
    if (fields->size() != width) {
      return text.error_at(
          std::to_string(fields->size()),
          "the row has " + std::to_string(fields->size()) + " fields where the header has " + std::to_string(width),
          "");
    }
    auto row = RowReader(text, *columns, *fields).read();
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  if (rows.empty()) return text.error_at("experiment", "the file has no rows", "");
  return rows;
}

}  // namespace tactful
