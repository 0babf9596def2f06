#include "outcomes_reader.hpp"

#include <algorithm>
#include <iterator>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful::store_detail {

namespace {

bool must_have_value(std::string_view kind) {
  static constexpr std::string_view kMeasures[] = {"csat", "nps", "handle_seconds", "order_value", "cost"};
  return std::find(std::begin(kMeasures), std::end(kMeasures), kind) != std::end(kMeasures);
}

}  // namespace

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
  return table_.reader().error_at(*kind_,
                                  "a field written like " + store_detail::shape_of(*kind) + " cannot name an outcome",
                                  "kinds are 1 to 64 of a-z, 0-9, - and _");
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

}  // namespace tactful::store_detail
