#include <xxhash.h>

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "byte_source.hpp"
#include "import_table.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using store_detail::ImportTable;

constexpr std::size_t kSliceEvents = 65'536;

/// Texts that repeat from row to row, kept once; codes from 1.
class Texts {
 public:
  std::int32_t code(std::string_view text) {
    if (text.empty()) return 0;
    if (last_ != 0 && text == (*this)[last_]) return last_;
    const auto found = codes_.find(text);
    if (found != codes_.end()) return last_ = found->second;
    texts_.emplace_back(text);
    last_ = static_cast<std::int32_t>(texts_.size());
    codes_.emplace(texts_.back(), last_);
    return last_;
  }
  std::string_view operator[](std::int32_t code) const { return code == 0 ? std::string_view() : texts_[static_cast<std::size_t>(code) - 1]; }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::int32_t> codes_;
  std::int32_t last_ = 0;
};

/// A checked row, small, so that a large file fits into memory before anything is stored.
struct ParsedEvent {
  UnitId unit = 0;
  UnitId cluster = 0;
  TimeMs at = 0;
  std::int64_t event = 0;  // 0: from content hash and row
  std::int64_t row = 0;
  double value = 0.0;
  std::int32_t label = 0;  // variant, or kind
  std::int32_t segments = 0;
  EventType type = EventType::kOutcome;
};

bool must_have_value(std::string_view kind) {
  static constexpr std::string_view kMeasures[] = {"csat", "nps", "handle_seconds", "order_value", "cost"};
  return std::find(std::begin(kMeasures), std::end(kMeasures), kind) != std::end(kMeasures);
}

Error no_rows(const std::filesystem::path& file) {
  return {ErrorCode::kInvalidInput, "the file has no rows below its header", store_detail::display_name(file), ""};
}

class ExposuresReader {
 public:
  ExposuresReader(const Pseudonymizer& pseudonymizer, const EventsImport& request, ImportTable table)
      : pseudonymizer_(pseudonymizer), request_(request), table_(std::move(table)) {}

  [[nodiscard]] Status resolve();
  [[nodiscard]] Status read_all(Texts& texts, std::vector<ParsedEvent>& events);
  [[nodiscard]] std::string content_hash() const { return table_.reader().content_hash(); }

 private:
  [[nodiscard]] Status read_row(std::span<const std::string_view> row, Texts& texts, std::vector<ParsedEvent>& events);
  [[nodiscard]] Result<std::int32_t> segments_of(std::span<const std::string_view> row, Texts& texts);
  [[nodiscard]] Result<std::string_view> delivered_variant(std::span<const std::string_view> row) const;
  [[nodiscard]] std::set<std::size_t> outcome_columns() const;

  const Pseudonymizer& pseudonymizer_;
  const EventsImport& request_;
  ImportTable table_;
  std::size_t unit_ = 0, variant_ = 0, at_ = 0;
  std::optional<std::size_t> cluster_, delivered_, event_id_;
  std::map<std::string, std::size_t> segments_;
  std::unordered_map<std::string, std::int32_t> seen_segments_;  // the row's values to the code of their JSON
  std::string segment_key_;
  std::int64_t row_number_ = 0;
};

Status ExposuresReader::resolve() {
  for (const auto& [name, column] : {std::pair<const char*, std::size_t*>{"unit", &unit_}, {"variant", &variant_}, {"at", &at_}}) {
    const auto found = table_.require(name);
    if (!found) return found.error();
    *column = *found;
  }
  cluster_ = table_.find("cluster");
  delivered_ = table_.find("delivered");
  event_id_ = table_.find("event_id");
  if (!delivered_ && !request_.delivered.empty()) {
    const auto missing = table_.require("delivered");
    if (!missing) return missing.error();
  }
  std::set<std::size_t> taken{unit_, variant_, at_};
  for (const auto& column : {cluster_, delivered_, event_id_}) {
    if (column) taken.insert(*column);
  }
  if (!request_.segments) {
    const std::set<std::size_t> after = outcome_columns();
    taken.insert(after.begin(), after.end());
  }
  auto segments = table_.segments(request_.segments, taken);
  if (!segments) return segments.error();
  segments_ = std::move(segments).value();
  return {};
}

// What happens after the exposure is no segment: columns named like outcomes, and what the same file gives as outcomes.
std::set<std::size_t> ExposuresReader::outcome_columns() const {
  std::set<std::size_t> columns;
  for (const std::string& kind : store_detail::well_known_outcomes()) {
    if (const auto column = table_.find(kind)) columns.insert(*column);
  }
  if (request_.outcomes != request_.exposures) return columns;
  const auto& header = table_.reader().header();
  for (const char* field : {"kind", "value"}) {
    const auto mapped = request_.outcomes_csv.columns.find(field);
    const auto found = std::find(header.begin(), header.end(), mapped == request_.outcomes_csv.columns.end() ? field : mapped->second);
    if (found != header.end()) columns.insert(static_cast<std::size_t>(found - header.begin()));
  }
  return columns;
}

Status ExposuresReader::read_all(Texts& texts, std::vector<ParsedEvent>& events) {
  while (true) {
    const auto row = table_.reader().next();
    if (!row) return row.error();
    if (row->empty()) break;
    const Status status = read_row(*row, texts, events);
    if (!status) return status;
  }
  return row_number_ > 0 ? Status() : Status(no_rows(request_.exposures));
}

Status ExposuresReader::read_row(std::span<const std::string_view> row, Texts& texts, std::vector<ParsedEvent>& events) {
  ParsedEvent event;
  event.type = EventType::kExposure;
  event.row = ++row_number_;
  const auto unit = table_.required_text(row, unit_);
  if (!unit) return unit.error();
  event.unit = pseudonymizer_.unit(*unit);
  const auto given = table_.required_text(row, variant_);
  if (!given) return given.error();
  const auto variant = table_.label(row, variant_);
  if (!variant) return variant.error();
  event.label = texts.code(*variant);
  const auto at = table_.time(row, at_);
  if (!at) return at.error();
  event.at = *at;
  if (cluster_) {
    const std::string_view cluster = trim(row[*cluster_]);
    if (!cluster.empty()) event.cluster = pseudonymizer_.cluster(cluster);
  }
  const auto segments = segments_of(row, texts);
  if (!segments) return segments.error();
  event.segments = *segments;
  const std::string_view id = event_id_ ? trim(row[*event_id_]) : std::string_view();
  if (!id.empty()) event.event = pseudonymizer_.event("exposure:" + request_.experiment + ":" + std::string(id));
  events.push_back(event);
  if (!delivered_) return {};
  const auto delivered = delivered_variant(row);
  if (!delivered) return delivered.error();
  if (delivered->empty()) return {};
  event.type = EventType::kDelivery;
  event.label = texts.code(*delivered);
  event.segments = 0;
  if (!id.empty()) event.event = pseudonymizer_.event("delivery:" + request_.experiment + ":" + std::string(id));
  events.push_back(event);
  return {};
}

Result<std::string_view> ExposuresReader::delivered_variant(std::span<const std::string_view> row) const {
  const auto label = table_.label(row, *delivered_);
  if (!label || label->empty() || request_.delivered.empty()) return label;
  const auto mapped = request_.delivered.find(std::string(*label));
  if (mapped != request_.delivered.end()) return std::string_view(mapped->second);
  std::string known;
  for (const auto& [value, variant] : request_.delivered) known += (known.empty() ? "" : ", ") + value;
  return table_.reader().error_at(*delivered_, "`" + printable(*label) + "` stands for no variant; the mapping knows: " + known,
                                  "add it to the mapping of delivered values");
}

Result<std::int32_t> ExposuresReader::segments_of(std::span<const std::string_view> row, Texts& texts) {
  if (segments_.empty()) return 0;
  segment_key_.clear();
  for (const auto& [name, column] : segments_) {
    segment_key_ += trim(row[column]);
    segment_key_ += '\n';  // no label holds one
  }
  const auto seen = seen_segments_.find(segment_key_);
  if (seen != seen_segments_.end()) return seen->second;
  Json object = Json::object();
  for (const auto& [name, column] : segments_) {
    const auto label = table_.label(row, column);
    if (!label) return label.error();
    if (!label->empty()) object.set(name, Json(*label));
  }
  const std::int32_t code = object.as_object().empty() ? 0 : texts.code(object.canonical());
  seen_segments_.emplace(segment_key_, code);
  return code;
}

class OutcomesReader {
 public:
  OutcomesReader(const Pseudonymizer& pseudonymizer, const EventsImport& request, ImportTable table)
      : pseudonymizer_(pseudonymizer), request_(request), table_(std::move(table)) {}

  [[nodiscard]] Status resolve();
  [[nodiscard]] Status read_all(Texts& texts, std::vector<ParsedEvent>& events);
  [[nodiscard]] std::string content_hash() const { return table_.reader().content_hash(); }

 private:
  [[nodiscard]] Status read_row(std::span<const std::string_view> row, Texts& texts, std::vector<ParsedEvent>& events);
  [[nodiscard]] Result<std::string_view> kind_of(std::span<const std::string_view> row) const;

  const Pseudonymizer& pseudonymizer_;
  const EventsImport& request_;
  ImportTable table_;
  std::size_t unit_ = 0, at_ = 0;
  std::optional<std::size_t> kind_, value_, event_id_;
  std::int64_t row_number_ = 0;
};

Status OutcomesReader::resolve() {
  for (const auto& [name, column] : {std::pair<const char*, std::size_t*>{"unit", &unit_}, {"at", &at_}}) {
    const auto found = table_.require(name);
    if (!found) return found.error();
    *column = *found;
  }
  kind_ = table_.find("kind");
  value_ = table_.find("value");
  event_id_ = table_.find("event_id");
  if (!kind_ && request_.outcome_kind.empty()) {
    Error error = table_.require("kind").error();
    error.hint += (error.hint.empty() ? "" : "; ") + std::string("or name the one kind of all rows with --kind");
    return error;
  }
  if (!kind_) {
    const Status key = check_key(request_.outcome_kind, "outcome kind");
    if (!key) return key;
  }
  if (request_.skip_zero_outcomes && !value_) return table_.require("value").error();
  return {};
}

Status OutcomesReader::read_all(Texts& texts, std::vector<ParsedEvent>& events) {
  while (true) {
    const auto row = table_.reader().next();
    if (!row) return row.error();
    if (row->empty()) break;
    const Status status = read_row(*row, texts, events);
    if (!status) return status;
  }
  // Nothing happened to anybody: an outcomes file may hold no row.
  return {};
}

Result<std::string_view> OutcomesReader::kind_of(std::span<const std::string_view> row) const {
  if (!kind_) return std::string_view(request_.outcome_kind);
  const auto kind = table_.required_text(row, *kind_);
  if (!kind || is_key(*kind)) return kind;
  return table_.reader().error_at(*kind_, "`" + printable(*kind) + "` cannot name an outcome", "kinds are 1 to 64 of a-z, 0-9, - and _");
}

Status OutcomesReader::read_row(std::span<const std::string_view> row, Texts& texts, std::vector<ParsedEvent>& events) {
  ParsedEvent event;
  event.row = ++row_number_;
  const auto unit = table_.required_text(row, unit_);
  if (!unit) return unit.error();
  const auto at = table_.time(row, at_);
  if (!at) return at.error();
  event.at = *at;
  const auto kind = kind_of(row);
  if (!kind) return kind.error();
  event.label = texts.code(*kind);
  std::optional<double> value;
  if (value_) {
    const auto parsed = table_.value(row, *value_);
    if (!parsed) return parsed.error();
    value = *parsed;
  }
  if (request_.skip_zero_outcomes && value.value_or(0.0) == 0.0) return {};
  if (!value && must_have_value(*kind)) {
    return table_.reader().error_at(value_.value_or(unit_), "an outcome `" + std::string(*kind) + "` without its value",
                                    "leave out rows where it was not measured");
  }
  event.value = value.value_or(1.0);
  event.unit = pseudonymizer_.unit(*unit);
  const std::string_view id = event_id_ ? trim(row[*event_id_]) : std::string_view();
  if (!id.empty()) event.event = pseudonymizer_.event(id);
  events.push_back(event);
  return {};
}

/// Gives the parsed events to the store, slice by slice.
class EventSlices {
 public:
  EventSlices(const EventsImport& request, const Texts& texts, const std::vector<ParsedEvent>& events, std::string exposures_hash,
              std::string outcomes_hash, TimeMs now)
      : request_(request), texts_(texts), events_(events), exposures_hash_(std::move(exposures_hash)), outcomes_hash_(std::move(outcomes_hash)), now_(now) {}

  Result<std::span<const IngestEvent>> next() {
    slice_.clear();
    for (; at_ < events_.size() && slice_.size() < kSliceEvents; ++at_) slice_.push_back(spelled_out(events_[at_]));
    return std::span<const IngestEvent>(slice_);
  }

 private:
  [[nodiscard]] IngestEvent spelled_out(const ParsedEvent& parsed) {
    IngestEvent event{};
    event.event.type = parsed.type;
    event.event.unit = parsed.unit;
    event.event.cluster = parsed.cluster;
    event.event.at = parsed.at;
    event.event.recorded_at = now_;
    event.event.sequence = parsed.row;
    event.event.event = parsed.event != 0 ? parsed.event : event_of(parsed);
    event.event.value = parsed.value;
    event.source = request_.source;
    if (parsed.type == EventType::kOutcome) {
      event.kind = texts_[parsed.label];
      return event;
    }
    event.experiment = request_.experiment;
    event.phase = request_.phase;
    event.variant = texts_[parsed.label];
    event.segments = texts_[parsed.segments];
    return event;
  }

  // The identity of a row without an id: the same file gives the same.
  [[nodiscard]] std::int64_t event_of(const ParsedEvent& parsed) {
    const bool outcome = parsed.type == EventType::kOutcome;
    text_ = outcome ? outcomes_hash_ : exposures_hash_;
    text_ += ':';
    text_ += std::to_string(parsed.row);
    text_ += outcome ? ":outcome:" : parsed.type == EventType::kExposure ? ":exposure:" : ":delivery:";
    text_ += outcome ? texts_[parsed.label] : std::string_view(request_.experiment);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(XXH3_64bits(text_.data(), text_.size()) >> 1));
  }

  const EventsImport& request_;
  const Texts& texts_;
  const std::vector<ParsedEvent>& events_;
  std::string exposures_hash_, outcomes_hash_;
  TimeMs now_;
  std::size_t at_ = 0;
  std::vector<IngestEvent> slice_;
  std::string text_;
};

Status check_request(const EventsImport& request) {
  if (request.exposures.empty() && request.outcomes.empty()) {
    return Error{ErrorCode::kInvalidArgument, "neither exposures nor outcomes were named", "file", ""};
  }
  if (request.exposures == "-" && request.outcomes == "-") {
    return Error{ErrorCode::kInvalidArgument, "standard input can be read only once", "file", "put one of the two into a file"};
  }
  if (!request.exposures.empty()) {
    const Status experiment = check_key(request.experiment, "experiment");
    if (!experiment) return experiment;
    const Status phase = check_key(request.phase, "phase");
    if (!phase) return phase;
    for (const auto& [value, variant] : request.delivered) {
      if (!is_label(variant)) return Error{ErrorCode::kInvalidArgument, "`" + printable(variant) + "` cannot name a variant", "delivered", ""};
    }
  }
  return check_key(request.source, "source");
}

template <typename Reader>
Result<std::string> read_file_into(const Pseudonymizer& pseudonymizer, const EventsImport& request, const std::filesystem::path& file,
                                   const CsvOptions& csv, Texts& texts, std::vector<ParsedEvent>& events) {
  auto table = ImportTable::open(file, csv);
  if (!table) return table.error();
  Reader reader(pseudonymizer, request, std::move(table).value());
  const Status resolved = reader.resolve();
  if (!resolved) return resolved.error();
  const Status read = reader.read_all(texts, events);
  if (!read) return read.error();
  return reader.content_hash();
}

}  // namespace

Result<IngestSummary> import_events(Store& store, const Pseudonymizer& pseudonymizer, const EventsImport& request, TimeMs now) {
  const Status sound = check_request(request);
  if (!sound) return sound.error();
  Texts texts;
  std::vector<ParsedEvent> events;
  std::string batch = "events";
  std::string hashes[2];
  if (!request.exposures.empty()) {
    auto hash = read_file_into<ExposuresReader>(pseudonymizer, request, request.exposures, request.exposures_csv, texts, events);
    if (!hash) return hash.error();
    hashes[0] = std::move(hash).value();
    batch += ":" + request.exposures.filename().string() + ":" + hashes[0];
  }
  if (!request.outcomes.empty()) {
    auto hash = read_file_into<OutcomesReader>(pseudonymizer, request, request.outcomes, request.outcomes_csv, texts, events);
    if (!hash) return hash.error();
    hashes[1] = std::move(hash).value();
    batch += ":" + request.outcomes.filename().string() + ":" + hashes[1];
  }
  const Status bound = store.bind_key(pseudonymizer.key_id(), pseudonymizer.purpose());
  if (!bound) return bound.error();
  EventSlices slices(request, texts, events, hashes[0], hashes[1], now);
  return store.ingest_stream([&slices] { return slices.next(); }, batch);
}

}  // namespace tactful
