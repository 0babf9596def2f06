#include "exposures_reader.hpp"

#include <algorithm>

#include "byte_source.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/text.hpp"

namespace tactful::store_detail {

namespace {

Error no_rows(const std::filesystem::path& file) {
  return {ErrorCode::kInvalidInput, "the file has no rows below its header", display_name(file), ""};
}

}  // namespace

Status ExposuresReader::resolve() {
  for (const auto& [name, column] :
       {std::pair<const char*, std::size_t*>{"unit", &unit_}, {"variant", &variant_}, {"at", &at_}}) {
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
  for (const std::string& kind : well_known_outcomes()) {
    if (const auto column = table_.find(kind)) columns.insert(*column);
  }
  if (request_.outcomes != request_.exposures) return columns;
  const auto& header = table_.reader().header();
  for (const char* field : {"kind", "value"}) {
    const auto mapped = request_.outcomes_csv.columns.find(field);
    const auto found =
        std::find(header.begin(), header.end(), mapped == request_.outcomes_csv.columns.end() ? field : mapped->second);
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

Status ExposuresReader::read_row(std::span<const std::string_view> row, Texts& texts,
                                 std::vector<ParsedEvent>& events) {
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
  return table_.reader().error_at(
      *delivered_,
      "a value written like " + store_detail::shape_of(*label) + " stands for no variant; the mapping knows: " + known,
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
    const auto label = table_.segment_label(row, column);
    if (!label) return label.error();
    if (!label->empty()) object.set(name, Json(*label));
  }
  const std::int32_t code = object.as_object().empty() ? 0 : texts.code(object.canonical());
  seen_segments_.emplace(segment_key_, code);
  return code;
}

}  // namespace tactful::store_detail
