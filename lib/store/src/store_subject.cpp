// Everything held about one unit, spelled out.
#include <array>
#include <bit>
#include <cstdio>

#include "sqlite_store.hpp"
#include "tactful/store/subject.hpp"

namespace tactful {

std::string pseudonym_text(UnitId unit) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(unit));
  return {text.data(), 16};
}

Json subject_event(const StoredEvent& event, const std::function<std::string(std::int32_t)>& text) {
  Json object = Json::object();
  object.set("type", to_string(event.type)).set("at", event.at).set("recorded_at", event.recorded_at);
  const auto number = [&object](const char* name, std::int64_t pseudonym) {
    if (pseudonym != 0) object.set(name, pseudonym_text(pseudonym));
  };
  const auto label = [&object, &text](const char* name, std::int32_t code) {
    if (code != 0) object.set(name, text(code));
  };
  number("event", event.event);
  number("cluster", event.cluster);
  label("source", event.source);
  label("experiment", event.experiment);
  label("experiment_fingerprint", event.experiment_fingerprint);
  label("variant", event.variant);
  label("wording_fingerprint", event.wording_fingerprint);
  label("phase", event.phase);
  label("reason", event.reason);
  label("channel", event.channel);
  label("kind", event.kind);
  label("segments", event.segments);
  number("ticket", event.ticket);
  number("assignee", event.assignee);
  label("ticket_before", event.ticket_before);
  label("ticket_after", event.ticket_after);
  if (event.type == EventType::kOutcome) object.set("value", event.value);
  return object;
}

}  // namespace tactful

namespace tactful::store_detail {
namespace {

Json wide_row(const WideRows& rows, std::size_t row, const std::string& experiment, const Dictionary& texts) {
  Json object = Json::object();
  Json outcomes = Json::object();
  Json labels = Json::object();
  object.set("experiment", experiment);
  for (std::size_t index = 0; index < rows.keys.size(); ++index) {
    const BlockKey& key = rows.keys[index];
    const std::int64_t value = rows.columns[index][row];
    const std::string name(texts.text(key.name));
    if (key.column == kCluster && value != 0) object.set("cluster", pseudonym_text(value));
    if (key.column == kAt) object.set("at", value);
    if (key.column == kVariant) object.set("variant", texts.text(static_cast<std::int32_t>(value)));
    if (key.column == kSegmentValue && value != 0) labels.set(name, texts.text(static_cast<std::int32_t>(value)));
    if (key.column == kOutcomePresent && value == 0) outcomes.set(name, Json());
    if (key.column == kOutcomeValue) outcomes.set(name, std::bit_cast<double>(value));
  }
  // Presence stands after the values: what is missing has become null by now.
  object.set("outcomes", std::move(outcomes)).set("segments", std::move(labels));
  return object;
}

}  // namespace

Result<Json> SqliteStore::subject(UnitId unit) const {
  return guarded(database_.file, [&]() -> Result<Json> {
    Json events = Json::array();
    Json wide_rows = Json::array();
    Json quarantined = Json::array();
    const auto text = [this](std::int32_t code) { return std::string(dictionary_.text(code)); };
    for (const auto& [id, segment] : segments_.list()) {
      if (unit < segment.min_unit || unit > segment.max_unit) continue;
      const BlockKey key{kUnit, 0};
      std::vector<std::int64_t> units;
      decode_block(segments_.read(segment, {&key, 1}).front(), static_cast<std::size_t>(segment.rows), units);
      if (std::find(units.begin(), units.end(), unit) == units.end()) continue;
      EventRows rows;
      WideRows table;
      const bool is_wide = segment.group.kind == kWideKind;
      if (is_wide) {
        read_wide(segments_, segment, table);
      } else {
        segments_.read_events(segment, rows);
      }
      for (std::size_t row = 0; row < units.size(); ++row) {
        if (units[row] != unit) continue;
        if (is_wide) {
          wide_rows.push_back(wide_row(table, row, text(segment.group.experiment), dictionary_));
        } else {
          events.push_back(subject_event(rows.stored_event(row), text));
        }
      }
    }
    const Quarantine::Held held = quarantine_.all();
    for (std::size_t row = 0; row < held.rows.size(); ++row) {
      if (held.rows.at(kUnit, row) == unit) quarantined.push_back(subject_event(held.rows.stored_event(row), text));
    }
    Json object = Json::object();
    object.set("events", std::move(events))
        .set("wide_rows", std::move(wide_rows))
        .set("quarantined", std::move(quarantined));
    return object;
  });
}

}  // namespace tactful::store_detail
