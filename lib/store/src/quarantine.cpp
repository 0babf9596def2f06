#include "quarantine.hpp"

#include <array>

#include "failure.hpp"

namespace tactful::store_detail {
namespace {

// In the order of the table's columns.
constexpr std::array kTableColumns = {kUnit,       kEvent,
                                      kSource,     kType,
                                      kCluster,    kAt,
                                      kExperiment, kExperimentFingerprint,
                                      kVariant,    kWordingFingerprint,
                                      kPhase,      kReason,
                                      kChannel,    kKind,
                                      kSegments,   kValue,
                                      kRecordedAt, kWriter,
                                      kSequence,   kTicket,
                                      kAssignee,   kTicketBefore,
                                      kTicketAfter};
constexpr int kPrintLow = static_cast<int>(kTableColumns.size());
#define TACTFUL_QUARANTINE_COLUMNS_1                                                                                  \
  "unit, event, source, type, cluster, at, experiment, experiment_fingerprint, variant, wording_fingerprint, phase, " \
  "reason, channel, kind, segments, value, recorded_at, writer, sequence"
constexpr const char* kSelect1 = "SELECT " TACTFUL_QUARANTINE_COLUMNS_1 ", 0, 0, 0, 0 FROM ";
constexpr const char* kSelect =
    "SELECT " TACTFUL_QUARANTINE_COLUMNS_1
    ", ticket, assignee, ticket_before, ticket_after, print_low, print_high FROM quarantine";
constexpr const char* kFind = "SELECT " TACTFUL_QUARANTINE_COLUMNS_1
                              ", ticket, assignee, ticket_before, ticket_after, print_low, print_high FROM quarantine "
                              "WHERE unit = ? AND event = ? AND source = ? AND print_low = ? AND print_high = ?";
#undef TACTFUL_QUARANTINE_COLUMNS_1

void push_row(SQLite::Statement& row, EventRows& rows) {
  EventRows one;
  one.add_ticket_columns();
  for (std::size_t index = 0; index < kTableColumns.size(); ++index) {
    one[kTableColumns[index]].push_back(row.getColumn(static_cast<int>(index)).getInt64());
  }
  rows.push(one, 0);
}

void bind_version(SQLite::Statement& statement, const EventRows& rows, std::size_t row, const Print& print) {
  statement.bind(1, rows.at(kUnit, row));
  statement.bind(2, rows.at(kEvent, row));
  statement.bind(3, rows.at(kSource, row));
  statement.bind(4, static_cast<std::int64_t>(print.low));
  statement.bind(5, static_cast<std::int64_t>(print.high));
}

Print print_at(SQLite::Statement& row, int low) {
  return {static_cast<std::uint64_t>(row.getColumn(low).getInt64()),
          static_cast<std::uint64_t>(row.getColumn(low + 1).getInt64())};
}

}  // namespace

SQLite::Statement& Quarantine::prepared(const char* sql) {
  auto& statement = statements_[sql];
  if (statement == nullptr) statement = std::make_unique<SQLite::Statement>(*database_.sqlite, sql);
  statement->reset();
  return *statement;
}

void Quarantine::migrate() {
  SQLite::Statement query(*database_.sqlite, std::string(kSelect1) + "quarantine_1");
  while (query.executeStep()) {
    EventRows rows;
    push_row(query, rows);
    put(rows, 0, print_of(rows, 0, texts_));
  }
  query.reset();
  database_.sqlite->exec("DROP TABLE quarantine_1");
}

bool Quarantine::find(const EventRows& rows, std::size_t row, const Print& print, EventRows& found) {
  SQLite::Statement& query = prepared(kFind);
  bind_version(query, rows, row, print);
  const bool is_held = query.executeStep();
  if (is_held) push_row(query, found);
  query.reset();
  return is_held;
}

void Quarantine::put(const EventRows& rows, std::size_t row, const Print& print) {
  SQLite::Statement& insert = prepared(
      "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?)");
  int index = 0;
  for (const Column column : kTableColumns)
    insert.bind(++index, column >= kTicket ? rows.ticket(column, row) : rows.at(column, row));
  insert.bind(++index, static_cast<std::int64_t>(print.low));
  insert.bind(++index, static_cast<std::int64_t>(print.high));
  insert.exec();
  insert.reset();
}

void Quarantine::remove(const EventRows& rows, std::size_t row, const Print& print) {
  SQLite::Statement& erase = prepared(
      "DELETE FROM quarantine WHERE unit = ? AND event = ? AND source = ? AND print_low = ? AND print_high = ?");
  bind_version(erase, rows, row, print);
  erase.exec();
  erase.reset();
}

bool Quarantine::has_decisions() {
  if (database_.version == 1) return false;
  SQLite::Statement& query = prepared("SELECT 1 FROM decisions LIMIT 1");
  const bool any = query.executeStep();
  query.reset();
  return any;
}

std::optional<Print> Quarantine::standing(const EventRows& rows, std::size_t row) {
  if (!has_decisions()) return std::nullopt;
  SQLite::Statement& query = prepared(
      "SELECT print_low, print_high FROM decisions WHERE unit = ? AND event = ? AND source = ? AND action = 'stands' "
      "ORDER BY id DESC");
  query.bind(1, rows.at(kUnit, row));
  query.bind(2, rows.at(kEvent, row));
  query.bind(3, rows.at(kSource, row));
  std::optional<Print> print;
  if (query.executeStep()) print = print_at(query, 0);
  query.reset();
  return print;
}

bool Quarantine::is_dropped(const EventRows& rows, std::size_t row, const Print& print) {
  if (!has_decisions()) return false;
  SQLite::Statement& query = prepared(
      "SELECT 1 FROM decisions WHERE unit = ? AND event = ? AND source = ? AND print_low = ? AND print_high = ? AND "
      "action = 'dropped'");
  bind_version(query, rows, row, print);
  const bool dropped = query.executeStep();
  query.reset();
  return dropped;
}

std::vector<Identity> Quarantine::decided(UnitId least, UnitId most) {
  std::vector<Identity> identities;
  SQLite::Statement& query = prepared("SELECT DISTINCT unit, event, source FROM decisions WHERE unit BETWEEN ? AND ?");
  query.bind(1, least);
  query.bind(2, most);
  while (query.executeStep())
    identities.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getInt64(), query.getColumn(2).getInt64()});
  query.reset();
  return identities;
}

void Quarantine::decide(const EventRows& rows, std::size_t row, const Print& print, const std::string& action,
                        const std::string& who, const std::string& why, TimeMs now) {
  SQLite::Statement& insert = prepared(
      "INSERT INTO decisions(unit, event, source, print_low, print_high, action, who, why, at, event_at) VALUES (?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind_version(insert, rows, row, print);
  insert.bind(6, action);
  insert.bind(7, who);
  insert.bind(8, why);
  insert.bind(9, now);
  insert.bind(10, rows.at(kAt, row));
  insert.exec();
  insert.reset();
}

Quarantine::Held Quarantine::all() const {
  Held held;
  const bool old = database_.version == 1;
  SQLite::Statement query(*database_.sqlite, old ? std::string(kSelect1) + "quarantine" : std::string(kSelect));
  while (query.executeStep()) {
    push_row(query, held.rows);
    held.prints.push_back(old ? print_of(held.rows, held.rows.size() - 1, texts_) : print_at(query, kPrintLow));
  }
  return held;
}

std::int64_t Quarantine::count() const {
  return database_.sqlite->execAndGet("SELECT count(*) FROM quarantine").getInt64();
}

std::int64_t Quarantine::count_of(UnitId unit) const {
  SQLite::Statement query(*database_.sqlite, "SELECT count(*) FROM quarantine WHERE unit = ?");
  query.bind(1, unit);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

void Quarantine::remove_unit(UnitId unit) {
  for (const char* sql : {"DELETE FROM quarantine WHERE unit = ?", "DELETE FROM decisions WHERE unit = ?"}) {
    SQLite::Statement& erase = prepared(sql);
    erase.bind(1, unit);
    erase.exec();
    erase.reset();
  }
}

std::int64_t Quarantine::count_before(TimeMs before) const {
  SQLite::Statement query(*database_.sqlite, "SELECT count(*) FROM quarantine WHERE at < ?");
  query.bind(1, before);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

void Quarantine::remove_before(TimeMs before) {
  for (const char* sql :
       {"DELETE FROM quarantine WHERE at < ?",
        "DELETE FROM decisions WHERE max(at, event_at) < ? AND NOT EXISTS (SELECT 1 FROM quarantine AS "
        "held WHERE held.unit = decisions.unit AND held.event = decisions.event AND held.source = "
        "decisions.source)"}) {
    SQLite::Statement& erase = prepared(sql);
    erase.bind(1, before);
    erase.exec();
    erase.reset();
  }
}

}  // namespace tactful::store_detail
