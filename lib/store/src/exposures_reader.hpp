#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "import_table.hpp"
#include "parsed_events.hpp"
#include "tactful/store/import.hpp"

namespace tactful::store_detail {

/// Reads a file of exposures; a row with a delivered variant makes a delivery as well.
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

}  // namespace tactful::store_detail
