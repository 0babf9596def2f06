#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "import_table.hpp"
#include "parsed_events.hpp"
#include "tactful/store/import.hpp"

namespace tactful::store_detail {

/// Reads a file of outcomes.
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

}  // namespace tactful::store_detail
