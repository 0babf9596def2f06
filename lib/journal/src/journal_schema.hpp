#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace tactful {

// The journal's file format, docs/spec/journal.md.
inline constexpr int kJournalApplicationId = 0x54414a31;  // "TAJ1"
inline constexpr int kJournalSchemaVersion = 1;
inline constexpr int kJournalPageBytes = 8192;

inline constexpr const char* kJournalTables =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;"
    "CREATE TABLE dictionary(code INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE events(sequence INTEGER PRIMARY KEY, type INTEGER NOT NULL, unit INTEGER NOT NULL,"
    " cluster INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, event INTEGER NOT NULL,"
    " source INTEGER NOT NULL, experiment INTEGER NOT NULL, experiment_fingerprint INTEGER NOT NULL,"
    " variant INTEGER NOT NULL, wording_fingerprint INTEGER NOT NULL, phase INTEGER NOT NULL,"
    " reason INTEGER NOT NULL, channel INTEGER NOT NULL, kind INTEGER NOT NULL, segments INTEGER NOT NULL,"
    " value REAL NOT NULL) STRICT;";

inline constexpr const char* kJournalEventColumns =
    "sequence, type, unit, cluster, at, recorded_at, event, source, experiment, experiment_fingerprint, variant,"
    " wording_fingerprint, phase, reason, channel, kind, segments, value";

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
