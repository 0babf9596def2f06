#include "journal_file.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sodium.h>
#include <unistd.h>

#include <array>

#include "journal_lock.hpp"
#include "journal_schema.hpp"
#include "tactful/core/kill_point.hpp"

namespace tactful {
namespace {

std::string random_id() {
  std::array<unsigned char, 16> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 33> hex;
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
  return hex.data();
}

void put_meta(SQLite::Database& database, const std::string& name, const std::string& value) {
  SQLite::Statement statement(database, "INSERT INTO meta(name, value) VALUES(?, ?)");
  statement.bind(1, name);
  statement.bind(2, value);
  statement.exec();
}

std::string get_meta(SQLite::Database& database, const std::string& name) {
  SQLite::Statement statement(database, "SELECT value FROM meta WHERE name = ?");
  statement.bind(1, name);
  return statement.executeStep() ? statement.getColumn(0).getString() : std::string();
}

// Inside a transaction of the caller's, so that a file has one version or the other, never half of one.
void migrate(SQLite::Database& database, int version) {
  for (; version < kJournalSchemaVersion; ++version) {
    database.exec(kJournalSteps[version]);
    TACTFUL_KILL_POINT("migration-step");
  }
  database.exec("PRAGMA user_version = " + std::to_string(version));
}

void write_new(const std::filesystem::path& path, const JournalIdentity& identity) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA page_size = " + std::to_string(kJournalPageBytes));
  database.exec("PRAGMA synchronous = FULL");
  database.exec("BEGIN");  // what fails is rolled back when the connection closes
  database.exec("PRAGMA application_id = " + std::to_string(kJournalApplicationId));
  migrate(database, 0);
  put_meta(database, "writer", random_id());
  put_meta(database, "key_id", identity.key_id);
  put_meta(database, "purpose", identity.purpose);
  put_meta(database, "created_at", std::to_string(identity.created_at));
  put_meta(database, "host", host_name());
  put_meta(database, "pid", std::to_string(::getpid()));
  put_meta(database, "library", TACTFUL_VERSION);
  database.exec("COMMIT");
}

Error not_a_journal(const std::filesystem::path& file, const std::string& why) {
  return {ErrorCode::kStorage, "the file is not a journal" + why, file.string(), ""};
}

}  // namespace

Status create_journal_file(const std::filesystem::path& file, const JournalIdentity& identity) {
  const std::filesystem::path half = file.string() + ".new";
  std::error_code cause;
  std::filesystem::remove(half, cause);  // of a process that was killed here
  std::filesystem::remove(half.string() + "-journal", cause);
  try {
    write_new(half, identity);
    TACTFUL_KILL_POINT("create-before-rename");
    std::filesystem::rename(half, file);
    TACTFUL_KILL_POINT("create-renamed");
  } catch (const std::exception& failure) {
    std::filesystem::remove(half, cause);
    std::filesystem::remove(half.string() + "-journal", cause);
    return Error{ErrorCode::kStorage, std::string("cannot create the journal: ") + failure.what(), file.string(), ""};
  }
  return sync_folder(file.parent_path());
}

Status check_journal_file(SQLite::Database& database, const std::filesystem::path& file,
                          const std::optional<JournalIdentity>& identity) {
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  if (application != kJournalApplicationId) return not_a_journal(file, " (its application id is another)");
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version > kJournalSchemaVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the journal has version " + std::to_string(version) + "; this release writes up to version " +
                     std::to_string(kJournalSchemaVersion),
                 file.string(), "use the release that made it, or a newer one"};
  }
  if (version < 1) return not_a_journal(file, " (version " + std::to_string(version) + ")");
  if (!identity) return {};
  const std::string key_id = get_meta(database, "key_id"), purpose = get_meta(database, "purpose");
  if (purpose != identity->purpose) {
    return Error{ErrorCode::kRefused,
                 "the journal belongs to the purpose '" + purpose + "', not to '" + identity->purpose + "'",
                 file.string(), "one purpose per journal"};
  }
  if (key_id != identity->key_id) {
    return Error{ErrorCode::kRefused, "the journal was written under key " + key_id + ", not " + identity->key_id,
                 file.string(), "pseudonyms of two keys cannot be joined; begin a new journal"};
  }
  return {};
}

// A kill in the middle leaves the earlier version, and the next owner begins again.
void upgrade_journal_file(SQLite::Database& database) {
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version == kJournalSchemaVersion) return;
  database.exec("PRAGMA synchronous = FULL");
  database.exec("BEGIN IMMEDIATE");  // rolled back when the connection closes without a commit
  migrate(database, version);
  TACTFUL_KILL_POINT("migration-before-commit");
  database.exec("COMMIT");
  TACTFUL_KILL_POINT("migration-committed");
}

}  // namespace tactful
