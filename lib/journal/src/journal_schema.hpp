#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace tactful {

// The journal's file format, docs/spec/journal.md.
inline constexpr int kJournalApplicationId = 0x54414a31;  // "TAJ1"
inline constexpr int kJournalSchemaVersion = 2;
inline constexpr int kJournalPageBytes = 8192;
inline constexpr int kBusyTimeoutMs = 2'000;  // readers hold SQLite's locks for moments only

// Step i takes a file of version i to version i + 1; a new file takes all of them, so that it looks like one that grew.
inline constexpr const char* kJournalSteps[kJournalSchemaVersion] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;"
    "CREATE TABLE dictionary(code INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE events(sequence INTEGER PRIMARY KEY, type INTEGER NOT NULL, unit INTEGER NOT NULL,"
    " cluster INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, event INTEGER NOT NULL,"
    " source INTEGER NOT NULL, experiment INTEGER NOT NULL, experiment_fingerprint INTEGER NOT NULL,"
    " variant INTEGER NOT NULL, wording_fingerprint INTEGER NOT NULL, phase INTEGER NOT NULL,"
    " reason INTEGER NOT NULL, channel INTEGER NOT NULL, kind INTEGER NOT NULL, segments INTEGER NOT NULL,"
    " value REAL NOT NULL) STRICT;",

    // Adding columns at the end changes no row, so the time that it takes does not depend on the number of events.
    "ALTER TABLE events ADD COLUMN ticket INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE events ADD COLUMN assignee INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE events ADD COLUMN ticket_before INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE events ADD COLUMN ticket_after INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE counters(name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID, STRICT;"
    "CREATE TABLE erased(mark INTEGER PRIMARY KEY) STRICT;"
    "CREATE TABLE erasures(request TEXT PRIMARY KEY, units INTEGER NOT NULL, events INTEGER NOT NULL,"
    " finished INTEGER NOT NULL) WITHOUT ROWID, STRICT;",
};

// What stands in place of an erased event: its sequence alone (version 2).
inline constexpr int kErasedType = 0;

inline constexpr const char* kJournalEventColumns =
    "sequence, type, unit, cluster, at, recorded_at, event, source, experiment, experiment_fingerprint, variant,"
    " wording_fingerprint, phase, reason, channel, kind, segments, value, ticket, assignee, ticket_before, "
    "ticket_after";

// The same, as a journal of version 1 has them.
inline constexpr const char* kJournalEventColumns1 =
    "sequence, type, unit, cluster, at, recorded_at, event, source, experiment, experiment_fingerprint, variant,"
    " wording_fingerprint, phase, reason, channel, kind, segments, value, 0, 0, 0, 0";

struct StatementDeleter {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

/// A prepared statement of the C interface, for the paths where the wrapper's cost shows.
using Statement = std::unique_ptr<sqlite3_stmt, StatementDeleter>;

/// Throws std::runtime_error with SQLite's cause; callers turn it into an Error at the floor's edge.
inline Statement prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
  return Statement(statement);
}

}  // namespace tactful
