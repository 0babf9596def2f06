#include "import_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "byte_source.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful::store_detail {
namespace {

std::string join(const auto& names) {
  std::string text;
  // A file without a header has a row in its place: numbers of people are not repeated.
  for (const std::string& name : names) {
    const auto digits = std::count_if(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    text += (text.empty() ? "" : ", ") + (digits < 7 ? name : shape_of(name));
  }
  return text;
}

std::string near_hint(std::string_view name, const std::vector<std::string>& header, std::string otherwise) {
  const auto near = nearest_word(name, header);
  return near ? "did you mean `" + *near + "`?" : std::move(otherwise);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

// Text from a file, safe to print and not too long.
std::string shown(std::string_view text) { return "`" + truncate_to_width(printable(text), 60) + "`"; }

}  // namespace

std::string shape_of(std::string_view text) {
  std::string shape;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;  // within a character
    const bool is_letter = byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    shape += c >= '0' && c <= '9' ? '9' : is_letter ? 'x' : c;
  }
  return "`" + truncate_to_width(printable(shape), 60) + "`";
}

const std::set<std::string, std::less<>>& well_known_outcomes() {
  static const std::set<std::string, std::less<>> kinds = {
      "converted", "complaint", "repeat_contact", "opted_out",   "delivered", "connected", "responded", "resolved",
      "csat",      "nps",       "handle_seconds", "order_value", "cost"};
  return kinds;
}

std::optional<double> parse_value(std::string_view text) noexcept {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '9') return static_cast<double>(text[0] - '0');
  if (equals_ignoring_case(text, "yes") || equals_ignoring_case(text, "true")) return 1.0;
  if (equals_ignoring_case(text, "no") || equals_ignoring_case(text, "false")) return 0.0;
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  const char* begin = text.data() + (plus ? 1 : 0);
  const char* end = text.data() + text.size();
  double value = 0.0;
  const auto [stop, fault] = std::from_chars(begin, end, value);
  if (fault != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

Result<ImportTable> ImportTable::open(const std::filesystem::path& file, const CsvOptions& options) {
  auto reader = CsvReader::open(file, options.encoding, options.delimiter);
  if (!reader) return reader.error();
  ImportTable table;
  table.reader_ = std::move(reader).value();
  table.file_ = display_name(file);
  table.zone_ = options.assumed_zone;
  const std::vector<std::string>& header = table.reader_->header();
  std::set<std::size_t> mapped;
  for (const auto& [ours, theirs] : options.columns) {
    const auto found = std::find(header.begin(), header.end(), trim(theirs));
    if (found == header.end()) {
      return Error{
          ErrorCode::kInvalidInput,
          "`" + ours + "` is mapped to the column `" + theirs + "`, which the file lacks; it has: " + join(header),
          table.file_, near_hint(theirs, header, "")};
    }
    const auto column = static_cast<std::size_t>(found - header.begin());
    table.columns_[ours] = column;
    mapped.insert(column);
  }
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (!mapped.contains(column)) table.columns_.emplace(header[column], column);
  }
  return table;
}

std::optional<std::size_t> ImportTable::find(std::string_view name) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) return std::nullopt;
  return found->second;
}

Result<std::size_t> ImportTable::require(std::string_view name) const {
  if (const auto column = find(name)) return *column;
  const std::string wanted(name);
  return Error{ErrorCode::kInvalidInput,
               "the column `" + wanted + "` is missing; the file has: " + join(reader_->header()), file_,
               near_hint(name, reader_->header(), "map it: --map " + wanted + "=COLUMN")};
}

std::map<std::string, std::size_t> ImportTable::others(const std::set<std::size_t>& taken) const {
  std::map<std::string, std::size_t> names;
  std::set<std::size_t> named = taken;
  for (const auto& [name, column] : columns_) {
    if (named.insert(column).second) names.emplace(name, column);
  }
  // What a mapping took the name from is still a column of the file.
  for (std::size_t column = 0; column < reader_->header().size(); ++column) {
    if (!named.contains(column)) names.emplace(reader_->header()[column], column);
  }
  return names;
}

Result<std::map<std::string, std::size_t>> ImportTable::segments(const std::optional<std::set<std::string>>& chosen,
                                                                 const std::set<std::size_t>& taken) const {
  std::map<std::string, std::size_t> segments = others(taken);
  if (chosen) {
    std::map<std::string, std::size_t> kept;
    for (const std::string& name : *chosen) {
      const auto found = segments.find(name);
      if (found == segments.end()) {
        std::vector<std::string> names;
        for (const auto& [other, column] : segments) names.push_back(other);
        return Error{ErrorCode::kInvalidInput,
                     "the segment `" + name + "` is no column that could be one; these could: " + join(names), file_,
                     near_hint(name, names, "")};
      }
      kept.insert(*found);
    }
    segments = std::move(kept);
  }
  for (const auto& [name, column] : segments) {
    if (!is_label(name)) {
      return Error{ErrorCode::kInvalidInput, "the column name " + shown(name) + " cannot name a segment",
                   file_ + ":1:column " + std::to_string(column + 1),
                   "names have at most 100 bytes and no control characters; leave it out with --segments"};
    }
  }
  return segments;
}

Result<std::string_view> ImportTable::required_text(std::span<const std::string_view> row, std::size_t column) const {
  const std::string_view text = trim(row[column]);
  if (text.empty()) return reader_->error_at(column, "the field is empty, and every row needs it");
  return text;
}

Result<std::string_view> ImportTable::label(std::span<const std::string_view> row, std::size_t column) const {
  const std::string_view text = trim(row[column]);
  if (!text.empty() && !is_label(text)) {
    return reader_->error_at(column, "a field written like " + shape_of(text) + " is no label",
                             "labels have at most 100 bytes and no control characters");
  }
  return text;
}

Result<std::string_view> ImportTable::segment_label(std::span<const std::string_view> row, std::size_t column) const {
  auto text = label(row, column);
  if (!text) return text;
  int digits = 0;
  for (const char c : *text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits < 7) continue;
    return reader_->error_at(column,
                             "a field written like " + shape_of(*text) +
                                 " looks like a number of a person, and segments are stored as they stand",
                             "choose the segments without this column: --segments A,B or --segments none");
  }
  return text;
}

Result<TimeMs> ImportTable::time(std::span<const std::string_view> row, std::size_t column) const {
  const std::string_view text = trim(row[column]);
  if (text.empty()) return reader_->error_at(column, "the time is missing");
  // A date without a zone could be one of two days, like a time without one.
  const bool is_plain_date = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (is_plain_date && !zone_) {
    return reader_->error_at(column,
                             "a date written like " + shape_of(text) + " does not say in which zone its day begins",
                             "name it: --zone +08:00");
  }
  const Result<TimeMs> time = zone_ ? parse_time(text, *zone_) : parse_time(text);
  if (!time) {
    const std::string& message = time.error().message;
    const std::size_t why = std::min(message.find(" is not a time"), message.size());
    return reader_->error_at(column, "a field written like " + shape_of(text) + message.substr(why),
                             time.error().hint + (zone_ ? "" : " with --zone +08:00"));
  }
  return time;
}

Result<std::optional<double>> ImportTable::value(std::span<const std::string_view> row, std::size_t column) const {
  const std::string_view text = trim(row[column]);
  if (text.empty()) return std::optional<double>();
  const std::optional<double> value = parse_value(text);
  if (!value)
    return reader_->error_at(column, "a field written like " + shape_of(text) + " is no value",
                             "a number, yes/no or true/false; leave the field empty where it is missing");
  return value;
}

}  // namespace tactful::store_detail
