#include <xxhash.h>

#include <unordered_map>

#include "byte_source.hpp"
#include "import_table.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using store_detail::ImportTable;

/// Which columns the table of units has, and how its rows become an IngestWide.
class UnitsReader {
 public:
  UnitsReader(const Pseudonymizer& pseudonymizer, const UnitsImport& request, ImportTable table)
      : pseudonymizer_(pseudonymizer), request_(request), table_(std::move(table)) {}

  [[nodiscard]] Status resolve();
  [[nodiscard]] Status read_all();
  [[nodiscard]] const IngestWide& wide() const noexcept { return wide_; }
  [[nodiscard]] std::int64_t duplicates() const noexcept { return duplicates_; }
  /// Content and reading together: what makes two imports the same.
  [[nodiscard]] std::string batch() const;

 private:
  [[nodiscard]] Status resolve_outcomes();
  [[nodiscard]] Status read_row(std::span<const std::string_view> row);
  [[nodiscard]] Result<bool> repeats(std::int64_t line);
  [[nodiscard]] bool equal_rows(std::size_t a, std::size_t b) const;
  void drop_last();

  const Pseudonymizer& pseudonymizer_;
  const UnitsImport& request_;
  ImportTable table_;
  std::optional<std::size_t> unit_column_;
  std::size_t variant_column_ = 0;
  std::optional<std::size_t> at_column_, cluster_column_;
  std::vector<std::size_t> outcome_columns_, segment_columns_;
  IngestWide wide_;
  std::vector<std::int64_t> lines_;
  std::unordered_map<UnitId, std::vector<std::size_t>> rows_of_;
  std::int64_t duplicates_ = 0;
  std::int64_t row_number_ = 0;
};

Status UnitsReader::resolve() {
  std::set<std::size_t> taken;
  if (!request_.row_is_unit) {
    const auto unit = table_.require("unit");
    if (!unit) {
      Error error = unit.error();
      error.hint += "; or, where each row is a unit of its own, --row-is-unit";
      return error;
    }
    unit_column_ = *unit;
  }
  // Raw ids are taken also where they are not read: as segments they would be stored as they are.
  for (const char* id : {"unit", "event_id"}) {
    if (const auto column = table_.find(id)) taken.insert(*column);
  }
  const auto variant = table_.require("variant");
  if (!variant) return variant.error();
  variant_column_ = *variant;
  at_column_ = table_.find("at");
  cluster_column_ = table_.find("cluster");
  taken.insert(variant_column_);
  if (at_column_) taken.insert(*at_column_);
  if (cluster_column_) taken.insert(*cluster_column_);
  const Status outcomes = resolve_outcomes();
  if (!outcomes) return outcomes;
  taken.insert(outcome_columns_.begin(), outcome_columns_.end());
  const auto segments = table_.segments(request_.segments, taken);
  if (!segments) return segments.error();
  for (const auto& [name, column] : *segments) {
    segment_columns_.push_back(column);
    wide_.segments.push_back({name, {}});
  }
  wide_.experiment = request_.experiment;
  return {};
}

Status UnitsReader::resolve_outcomes() {
  const auto add = [this](const std::string& kind, std::size_t column) {
    outcome_columns_.push_back(column);
    wide_.outcomes.push_back({kind, {}, {}});
  };
  for (const std::string& kind : request_.outcome_kinds) {
    const Status key = check_key(kind, "outcome kind");
    if (!key) return key;
    const auto column = table_.require(kind);
    if (!column) return column.error();
    add(kind, *column);
  }
  for (const std::string& kind : store_detail::well_known_outcomes()) {
    const auto column = table_.find(kind);
    if (column && !request_.outcome_kinds.contains(kind)) add(kind, *column);
  }
  return {};
}

Status UnitsReader::read_all() {
  while (true) {
    const auto row = table_.reader().next();
    if (!row) return row.error();
    if (row->empty()) break;
    const Status status = read_row(*row);
    if (!status) return status;
  }
  if (!lines_.empty() || duplicates_ > 0) return {};
  return Error{ErrorCode::kInvalidInput, "the file has no rows below its header",
               store_detail::display_name(request_.file), ""};
}

Status UnitsReader::read_row(std::span<const std::string_view> row) {
  ++row_number_;
  if (unit_column_) {
    const auto unit = table_.required_text(row, *unit_column_);
    if (!unit) return unit.error();
    wide_.unit.push_back(pseudonymizer_.unit(*unit));
  } else {
    wide_.unit.push_back(pseudonymizer_.unit(request_.experiment + ":row:" + std::to_string(row_number_)));
  }
  const auto given = table_.required_text(row, variant_column_);
  if (!given) return given.error();
  const auto variant = table_.label(row, variant_column_);
  if (!variant) return variant.error();
  wide_.variant.emplace_back(*variant);
  if (cluster_column_) {
    const std::string_view cluster = trim(row[*cluster_column_]);
    wide_.cluster.push_back(cluster.empty() ? 0 : pseudonymizer_.cluster(cluster));
  }
  if (at_column_) {
    const auto at = table_.time(row, *at_column_);
    if (!at) return at.error();
    wide_.at.push_back(*at);
  }
  for (std::size_t index = 0; index < outcome_columns_.size(); ++index) {
    const auto value = table_.value(row, outcome_columns_[index]);
    if (!value) return value.error();
    wide_.outcomes[index].value.push_back(value->value_or(0.0));
    wide_.outcomes[index].present.push_back(value->has_value() ? 1 : 0);
  }
  for (std::size_t index = 0; index < segment_columns_.size(); ++index) {
    const auto label = table_.segment_label(row, segment_columns_[index]);
    if (!label) return label.error();
    wide_.segments[index].value.emplace_back(*label);
  }
  const std::int64_t line = table_.reader().line();
  const auto again = repeats(line);
  if (!again) return again.error();
  if (*again) {
    ++duplicates_;
    drop_last();
  } else {
    lines_.push_back(line);
  }
  return {};
}

// Whether the last row says again what an earlier one said.
Result<bool> UnitsReader::repeats(std::int64_t line) {
  if (!unit_column_) return false;
  const std::size_t last = wide_.unit.size() - 1;
  std::vector<std::size_t>& earlier = rows_of_[wide_.unit[last]];
  for (const std::size_t row : earlier) {
    if (wide_.variant[row] != wide_.variant[last]) continue;
    if (equal_rows(row, last)) return true;
    return table_.reader().error_at(
        *unit_column_,
        "the unit has other values here than on line " + std::to_string(lines_[row]) + ", in the same variant (line " +
            std::to_string(line) + ")",
        "a table of units has one row per unit; import events (--exposures and --outcomes) where a unit has several");
  }
  earlier.push_back(last);
  return false;
}

bool UnitsReader::equal_rows(std::size_t a, std::size_t b) const {
  if (!wide_.cluster.empty() && wide_.cluster[a] != wide_.cluster[b]) return false;
  if (!wide_.at.empty() && wide_.at[a] != wide_.at[b]) return false;
  for (const auto& outcome : wide_.outcomes) {
    if (outcome.present[a] != outcome.present[b] || outcome.value[a] != outcome.value[b]) return false;
  }
  for (const auto& segment : wide_.segments) {
    if (segment.value[a] != segment.value[b]) return false;
  }
  return true;
}

void UnitsReader::drop_last() {
  wide_.unit.pop_back();
  wide_.variant.pop_back();
  if (!wide_.cluster.empty()) wide_.cluster.pop_back();
  if (!wide_.at.empty()) wide_.at.pop_back();
  for (auto& outcome : wide_.outcomes) {
    outcome.value.pop_back();
    outcome.present.pop_back();
  }
  for (auto& segment : wide_.segments) segment.value.pop_back();
}

std::string UnitsReader::batch() const {
  Json reading = Json::array();
  const auto& header = table_.reader().header();
  const auto name = [&header](std::optional<std::size_t> column) { return column ? Json(header[*column]) : Json(); };
  reading.push_back(name(unit_column_))
      .push_back(name(variant_column_))
      .push_back(name(at_column_))
      .push_back(name(cluster_column_));
  for (std::size_t index = 0; index < outcome_columns_.size(); ++index) {
    reading.push_back(wide_.outcomes[index].kind).push_back(name(outcome_columns_[index]));
  }
  for (std::size_t index = 0; index < segment_columns_.size(); ++index) {
    reading.push_back("segment " + wide_.segments[index].name).push_back(name(segment_columns_[index]));
  }
  const CsvOptions& csv = request_.csv;
  reading.push_back(static_cast<int>(csv.encoding))
      .push_back(csv.assumed_zone ? Json(csv.assumed_zone->minutes()) : Json());
  const std::string text = reading.canonical();
  return "units:" + table_.reader().content_hash() + ":" + std::to_string(XXH3_64bits(text.data(), text.size()));
}

}  // namespace

Result<IngestSummary> import_units(Store& store, const Pseudonymizer& pseudonymizer, const UnitsImport& request) {
  const Status key = check_key(request.experiment, "experiment");
  if (!key) return key.error();
  auto table = ImportTable::open(request.file, request.csv);
  if (!table) return table.error();
  UnitsReader reader(pseudonymizer, request, std::move(table).value());
  const Status resolved = reader.resolve();
  if (!resolved) return resolved.error();
  const Status read = reader.read_all();
  if (!read) return read.error();
  const Status bound = store.bind_key(pseudonymizer.key_id(), pseudonymizer.purpose());
  if (!bound) return bound.error();
  auto summary = store.ingest_wide(reader.wide(), reader.batch(), request.replace);
  if (!summary) return summary;
  summary->read += reader.duplicates();
  summary->duplicates += reader.duplicates();
  return summary;
}

}  // namespace tactful
