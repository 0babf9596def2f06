#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_set>

#include "byte_source.hpp"
#include "tactful/core/text.hpp"
#include "tactful/store/csv.hpp"

namespace tactful {
namespace {

using store_detail::TextSource;

constexpr std::size_t kBufferBytes = 1u << 20;
constexpr std::size_t kSmallestRead = 1u << 12;
constexpr std::size_t kLargestRow = 16u << 20;  // an open quote must not swallow a whole disk into memory
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kEncodingHint =
    "is it a Chinese export? then use --encoding gb18030; else save the file as UTF-8";

bool is_ascii(const char* data, std::size_t size) noexcept {
  std::uint64_t high = 0;
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + at, 8);
    high |= word;
  }
  for (; at < size; ++at) high |= static_cast<std::uint64_t>(static_cast<unsigned char>(data[at])) & 0x80u;
  return (high & 0x8080808080808080u) == 0;
}

/// Parses straight out of one buffer: fields are views into it, quotes are collapsed in place once a row is complete.
/// A row that the buffer holds only partly is scanned again after a refill.
class StreamingCsvReader final : public CsvReader {
 public:
  StreamingCsvReader(std::unique_ptr<TextSource> source, std::string name, char delimiter, CsvComments comments)
      : source_(std::move(source)),
        name_(std::move(name)),
        delimiter_(delimiter),
        has_comments_(comments == CsvComments::kHash),
        buffer_(kBufferBytes + 1) {
    for (const char stop : {delimiter, '\n', '\r', '"', '\0'}) stops_[static_cast<unsigned char>(stop)] = true;
  }

  [[nodiscard]] Status read_header();

  [[nodiscard]] const std::vector<std::string>& header() const noexcept override { return header_; }
  [[nodiscard]] Result<std::span<const std::string_view>> next() override;
  [[nodiscard]] std::int64_t line() const noexcept override { return line_; }
  [[nodiscard]] Error error_at(std::size_t column, std::string message, std::string hint) const override {
    return located(line_, column, std::move(message), std::move(hint));
  }
  [[nodiscard]] std::string content_hash() const override { return source_->content_hash(); }

 private:
  enum class Scan { kRow, kBlank, kMore, kEnd, kBroken };
  enum class Close { kField, kRow, kMore, kBroken };

  [[nodiscard]] Scan scan_row();
  [[nodiscard]] Scan scan_comment();
  [[nodiscard]] Close scan_quoted(const char*& at);
  [[nodiscard]] Close scan_plain(const char*& at);
  [[nodiscard]] Close close_field(const char*& at, std::string_view what);
  [[nodiscard]] Status refill();
  [[nodiscard]] Status check_encoding(const char* row_begin) const;
  void collapse_quotes();
  Close broken(std::string message, std::string hint = {});
  [[nodiscard]] Error located(std::int64_t line, std::size_t column, std::string message, std::string hint) const;

  std::unique_ptr<TextSource> source_;
  std::string name_;
  char delimiter_;
  bool has_comments_;
  std::array<bool, 256> stops_{};
  std::vector<char> buffer_;  // one byte longer than the data: a sentinel line feed ends every scan
  std::size_t begin_ = 0;     // first byte not yet given out
  std::size_t end_ = 0;
  bool at_end_ = false;  // the source has no more
  bool ascii_ = true;    // of what the buffer holds
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::vector<std::size_t> escaped_;  // fields of this row with doubled quotes
  std::int64_t line_ = 1;
  std::int64_t next_line_ = 1;
  std::int64_t newlines_ = 0;  // within quotes of the row being scanned
  const char* row_end_ = nullptr;
  std::optional<Error> error_;  // what broke the scan; the reader stays there
};

Error StreamingCsvReader::located(std::int64_t line, std::size_t column, std::string message, std::string hint) const {
  const std::string place = column < header_.size() ? header_[column] : "column " + std::to_string(column + 1);
  return {ErrorCode::kInvalidInput, std::move(message), name_ + ":" + std::to_string(line) + ":" + place,
          std::move(hint)};
}

StreamingCsvReader::Close StreamingCsvReader::broken(std::string message, std::string hint) {
  error_ = located(next_line_ + newlines_, fields_.size(), std::move(message), std::move(hint));
  return Close::kBroken;
}

Status StreamingCsvReader::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ <= kSmallestRead) {
    if (end_ >= kLargestRow) {
      return located(next_line_, 0, "a row is longer than 16 MiB", "is a closing quote missing on this line?");
    }
    buffer_.resize(2 * (buffer_.size() - 1) + 1);
  }
  const Result<std::size_t> got = source_->read(buffer_.data() + end_, buffer_.size() - 1 - end_);
  if (!got) {
    Error error = located(next_line_ + newlines_, fields_.size(), got.error().message, got.error().hint);
    error.code = got.error().code;
    return error;
  }
  at_end_ = *got == 0;
  end_ += *got;
  buffer_[end_] = '\n';
  ascii_ = is_ascii(buffer_.data(), end_);
  return {};
}

// At the byte after a field: a delimiter, the end of the line or of the file.
StreamingCsvReader::Close StreamingCsvReader::close_field(const char*& at, std::string_view what) {
  const char* end = buffer_.data() + end_;
  if (at == end) {
    if (!at_end_) return Close::kMore;
    row_end_ = at;
    return Close::kRow;
  }
  if (*at == delimiter_) {
    ++at;
    return Close::kField;
  }
  if (*at == '\n') {
    row_end_ = at + 1;
    return Close::kRow;
  }
  if (*at == '\r') {
    if (at + 1 == end && !at_end_) return Close::kMore;
    if (at + 1 == end || at[1] == '\n') {
      row_end_ = std::min(at + 2, end);
      return Close::kRow;
    }
    return broken("a carriage return inside a line", "end lines with LF or CRLF; put text with line breaks in quotes");
  }
  if (*at == '\0')
    return broken("a NUL byte", "is this a text file in UTF-8? UTF-16 (\"Unicode text\") must be saved as UTF-8");
  return broken(std::string(what), "put the whole field in quotes and double the quotes inside it");
}

StreamingCsvReader::Close StreamingCsvReader::scan_plain(const char*& at) {
  const char* start = at;
  while (!stops_[static_cast<unsigned char>(*at)]) ++at;
  const char* stop = at;
  const Close close = close_field(at, "a quote inside an unquoted field");
  if (close == Close::kField || close == Close::kRow)
    fields_.emplace_back(start, static_cast<std::size_t>(stop - start));
  return close;
}

StreamingCsvReader::Close StreamingCsvReader::scan_quoted(const char*& at) {
  const char* end = buffer_.data() + end_;
  const char* start = at + 1;
  const char* stop = start;
  bool doubled = false;
  while (true) {
    stop = static_cast<const char*>(std::memchr(stop, '"', static_cast<std::size_t>(end - stop)));
    if (stop == nullptr) {
      return at_end_ ? broken("a quote that is opened here is not closed before the end of the file",
                              "is the file truncated?")
                     : Close::kMore;
    }
    if (stop + 1 == end && !at_end_) return Close::kMore;
    if (stop + 1 == end || stop[1] != '"') break;
    doubled = true;
    stop += 2;
  }
  const std::size_t size = static_cast<std::size_t>(stop - start);
  if (std::memchr(start, '\0', size) != nullptr) return broken("a NUL byte");
  const auto inside = std::count(start, stop, '\n');
  at = stop + 1;
  const Close close = close_field(at, "text after a closing quote");
  if (close == Close::kField || close == Close::kRow) {
    if (doubled) escaped_.push_back(fields_.size());
    fields_.emplace_back(start, size);
    newlines_ += inside;
  }
  return close;
}

StreamingCsvReader::Scan StreamingCsvReader::scan_row() {
  fields_.clear();
  escaped_.clear();
  newlines_ = 0;
  const char* at = buffer_.data() + begin_;
  if (begin_ == end_) return at_end_ ? Scan::kEnd : Scan::kMore;
  if (has_comments_ && *at == '#') return scan_comment();
  while (true) {
    const bool quoted = *at == '"' && at != buffer_.data() + end_;
    const Close close = quoted ? scan_quoted(at) : scan_plain(at);
    if (close == Close::kMore) return Scan::kMore;
    if (close == Close::kBroken) return Scan::kBroken;
    if (close == Close::kRow) break;
  }
  // An empty line is no row, except in a file of one column, where it is an empty value.
  const char first = buffer_[begin_];
  const bool blank = (first == '\n' || first == '\r') && header_.size() != 1;
  return blank ? Scan::kBlank : Scan::kRow;
}

// A comment is a line that holds no row. Its bytes are no data: whatever they are, they are skipped.
StreamingCsvReader::Scan StreamingCsvReader::scan_comment() {
  const char* at = buffer_.data() + begin_;
  const auto* line_feed = static_cast<const char*>(std::memchr(at, '\n', end_ - begin_));
  if (line_feed == nullptr && !at_end_) return Scan::kMore;
  row_end_ = line_feed == nullptr ? buffer_.data() + end_ : line_feed + 1;
  return Scan::kBlank;
}

void StreamingCsvReader::collapse_quotes() {
  for (const std::size_t index : escaped_) {
    const std::string_view field = fields_[index];
    char* out = buffer_.data() + (field.data() - buffer_.data());
    char* const begin = out;
    for (std::size_t at = 0; at < field.size(); ++at) {
      *out++ = field[at];
      if (field[at] == '"') ++at;  // the second of a pair
    }
    fields_[index] = std::string_view(begin, static_cast<std::size_t>(out - begin));
  }
}

Status StreamingCsvReader::check_encoding(const char* row_begin) const {
  if (is_ascii(row_begin, static_cast<std::size_t>(row_end_ - row_begin))) return {};
  std::int64_t line = line_;
  for (std::size_t column = 0; column < fields_.size(); ++column) {
    if (const auto bad = find_invalid_utf8(fields_[column])) {
      line += std::count(fields_[column].begin(), fields_[column].begin() + static_cast<std::ptrdiff_t>(*bad), '\n');
      return located(line, column, "text that is not UTF-8", std::string(kEncodingHint));
    }
    line += std::count(fields_[column].begin(), fields_[column].end(), '\n');
  }
  return {};
}

Result<std::span<const std::string_view>> StreamingCsvReader::next() {
  if (error_) return *error_;
  while (true) {
    const Scan scan = scan_row();
    if (scan == Scan::kEnd) return std::span<const std::string_view>{};
    if (scan == Scan::kBroken) return *error_;
    if (scan == Scan::kMore) {
      const Status filled = refill();
      if (!filled) {
        error_ = filled.error();
        return *error_;
      }
      continue;
    }
    const char* row_begin = buffer_.data() + begin_;
    line_ = next_line_;
    next_line_ += newlines_ + 1;
    begin_ = static_cast<std::size_t>(row_end_ - buffer_.data());
    if (scan == Scan::kBlank) continue;
    if (!ascii_) {
      const Status valid = check_encoding(row_begin);
      if (!valid) {
        error_ = valid.error();
        return *error_;
      }
    }
    collapse_quotes();
    if (!header_.empty() && fields_.size() != header_.size()) {
      error_ = located(line_, std::min(fields_.size(), header_.size() - 1),
                       "the row has " + std::to_string(fields_.size()) + " fields where the header has " +
                           std::to_string(header_.size()),
                       "is the file cut off, or does a field with a delimiter lack its quotes?");
      return *error_;
    }
    return std::span<const std::string_view>(fields_);
  }
}

Status StreamingCsvReader::read_header() {
  while (end_ < 3 && !at_end_) {
    const Status filled = refill();
    if (!filled) return filled;
  }
  const std::string_view head(buffer_.data(), end_);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return Error{ErrorCode::kInvalidInput, "the file is UTF-16", name_, "save it as CSV in UTF-8"};
  }
  if (head.starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
  const auto first = next();
  if (!first) return first.error();
  if (first->empty())
    return Error{ErrorCode::kInvalidInput, "the file is empty", name_, "the first row must name the columns"};
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  for (std::size_t column = 0; column < first->size(); ++column) {
    std::string name(trim((*first)[column]));
    if (name.empty()) name = "column_" + std::to_string(column + 1);
    if (!seen.insert(name).second) {
      return located(line_, column, "two columns are named `" + name + "`",
                     "give each column a name of its own in the first row");
    }
    names.push_back(std::move(name));
  }
  header_ = std::move(names);
  return {};
}

}  // namespace

Result<std::unique_ptr<CsvReader>> CsvReader::open(const std::filesystem::path& file, Encoding encoding, char delimiter,
                                                   CsvComments comments) {
  if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == '\0') {
    return Error{ErrorCode::kInvalidArgument, "a delimiter must not be a quote, a line end or NUL", "delimiter", ""};
  }
  Result<std::unique_ptr<TextSource>> source = TextSource::open(file, encoding);
  if (!source) return source.error();
  auto reader = std::make_unique<StreamingCsvReader>(std::move(source).value(), store_detail::display_name(file),
                                                     delimiter, comments);
  const Status status = reader->read_header();
  if (!status) return status.error();
  return std::unique_ptr<CsvReader>(std::move(reader));
}

}  // namespace tactful
