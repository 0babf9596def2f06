#include "quarantine.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace tactful::store_detail {
namespace {

// In the order of the table's columns.
constexpr std::array kTableColumns = {kUnit,   kEvent, kSource, kType,    kCluster, kAt,    kExperiment, kExperimentFingerprint, kVariant, kWordingFingerprint,
                                      kPhase,  kReason, kChannel, kKind, kSegments, kValue, kRecordedAt, kWriter,                kSequence};
constexpr const char* kSelect =
    "SELECT unit, event, source, type, cluster, at, experiment, experiment_fingerprint, variant, wording_fingerprint, phase, reason, channel, kind, "
    "segments, value, recorded_at, writer, sequence, why FROM quarantine";

void push_row(SQLite::Statement& row, EventRows& rows) {
  for (std::size_t index = 0; index < kTableColumns.size(); ++index) {
    rows[kTableColumns[index]].push_back(row.getColumn(static_cast<int>(index)).getInt64());
  }
}

std::string difference(const EventRows& versions, std::size_t loser, std::size_t winner) {
  std::string names;
  for (int column = kType; column <= kValue; ++column) {
    if (versions.at(column, loser) == versions.at(column, winner)) continue;
    names += (names.empty() ? "" : ", ") + std::string(column_name(column));
  }
  return "an event with the same source, unit and id came first; it differs in " + names;
}

void bind_identity(SQLite::Statement& statement, const EventRows& rows, std::size_t row) {
  statement.bind(1, rows.at(kUnit, row));
  statement.bind(2, rows.at(kEvent, row));
  statement.bind(3, rows.at(kSource, row));
}

}  // namespace

void Quarantine::find(const EventRows& rows, std::size_t row, EventRows& found) const {
  SQLite::Statement query(*database_.sqlite, std::string(kSelect) + " WHERE unit = ? AND event = ? AND source = ?");
  bind_identity(query, rows, row);
  while (query.executeStep()) push_row(query, found);
}

void Quarantine::replace(const EventRows& versions, std::size_t winner) {
  SQLite::Statement erase(*database_.sqlite, "DELETE FROM quarantine WHERE unit = ? AND event = ? AND source = ?");
  bind_identity(erase, versions, winner);
  erase.exec();
  SQLite::Statement insert(*database_.sqlite, "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (std::size_t row = 0; row < versions.size(); ++row) {
    if (row == winner) continue;
    insert.reset();
    int index = 0;
    for (const Column column : kTableColumns) insert.bind(++index, versions.at(column, row));
    insert.bind(++index, difference(versions, row, winner));
    insert.exec();
  }
}

std::vector<Store::QuarantinedEvent> Quarantine::list() const {
  std::vector<Store::QuarantinedEvent> events;
  SQLite::Statement query(*database_.sqlite, kSelect);
  EventRows rows;
  while (query.executeStep()) {
    rows.clear();
    push_row(query, rows);
    events.push_back({rows.stored_event(0), std::string(texts_.text(rows.code(kWriter, 0))),
                      query.getColumn(static_cast<int>(kTableColumns.size())).getString()});
  }
  const auto key = [this](const Store::QuarantinedEvent& held) {
    return std::tuple(held.event.unit, held.event.event, texts_.text(held.event.source), held.event.recorded_at, std::string_view(held.writer),
                      held.event.sequence);
  };
  std::sort(events.begin(), events.end(), [&key](const auto& a, const auto& b) { return key(a) < key(b); });
  return events;
}

std::int64_t Quarantine::count() const { return database_.sqlite->execAndGet("SELECT count(*) FROM quarantine").getInt64(); }

}  // namespace tactful::store_detail
