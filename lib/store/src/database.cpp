#include "database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "failure.hpp"
#include "tactful/core/file_system.hpp"

namespace tactful::store_detail {
namespace {

constexpr int kApplicationId = 0x54465354;  // "TFST"
constexpr int kVersion = 2;
constexpr int kBusyMs = 5'000;
constexpr int kReaderWaitMs = 200;

// AUTOINCREMENT: a segment's id seeds its checksums, so an id is never used again.
constexpr const char* kSchema = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE dictionary(code INTEGER PRIMARY KEY, text TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE segments(
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, partition INTEGER NOT NULL, experiment INTEGER NOT NULL,
  rows INTEGER NOT NULL, min_at INTEGER NOT NULL, max_at INTEGER NOT NULL, min_unit INTEGER NOT NULL, max_unit INTEGER NOT NULL,
  min_kind INTEGER NOT NULL, max_kind INTEGER NOT NULL, max_recorded_at INTEGER NOT NULL,
  print_low INTEGER NOT NULL, print_high INTEGER NOT NULL, checksum INTEGER NOT NULL, flags INTEGER NOT NULL DEFAULT 0);
CREATE TABLE columns(segment INTEGER NOT NULL, column INTEGER NOT NULL, name INTEGER NOT NULL, checksum INTEGER NOT NULL,
  data BLOB NOT NULL, PRIMARY KEY(segment, column, name));
CREATE TABLE journals(writer TEXT PRIMARY KEY, watermark INTEGER NOT NULL, events INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE batches(id INTEGER PRIMARY KEY, batch TEXT NOT NULL, wide INTEGER NOT NULL, experiment INTEGER NOT NULL, rows INTEGER NOT NULL);
)sql";

// What version 2 has more. The salt of the tombstones is the store's own, so that those of two stores do not match.
constexpr const char* kSchema2 = R"sql(
CREATE TABLE quarantine(
  unit INTEGER NOT NULL, event INTEGER NOT NULL, source INTEGER NOT NULL, type INTEGER NOT NULL, cluster INTEGER NOT NULL, at INTEGER NOT NULL,
  experiment INTEGER NOT NULL, experiment_fingerprint INTEGER NOT NULL, variant INTEGER NOT NULL, wording_fingerprint INTEGER NOT NULL,
  phase INTEGER NOT NULL, reason INTEGER NOT NULL, channel INTEGER NOT NULL, kind INTEGER NOT NULL, segments INTEGER NOT NULL,
  value INTEGER NOT NULL, recorded_at INTEGER NOT NULL, writer INTEGER NOT NULL, sequence INTEGER NOT NULL,
  ticket INTEGER NOT NULL, assignee INTEGER NOT NULL, ticket_before INTEGER NOT NULL, ticket_after INTEGER NOT NULL,
  print_low INTEGER NOT NULL, print_high INTEGER NOT NULL);
CREATE UNIQUE INDEX quarantine_identity ON quarantine(unit, event, source, print_high, print_low);
CREATE TABLE decisions(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, action TEXT NOT NULL,
  unit INTEGER NOT NULL, event INTEGER NOT NULL, source INTEGER NOT NULL, print_low INTEGER NOT NULL, print_high INTEGER NOT NULL,
  event_at INTEGER NOT NULL DEFAULT 0);
CREATE INDEX decisions_identity ON decisions(unit, event, source);
CREATE TABLE tombstones(hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE erasures(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, units INTEGER NOT NULL, events INTEGER NOT NULL,
  wide_rows INTEGER NOT NULL, quarantined INTEGER NOT NULL);
CREATE TABLE erased_units(erasure INTEGER NOT NULL, experiment INTEGER NOT NULL, units INTEGER NOT NULL, PRIMARY KEY(erasure, experiment)) WITHOUT ROWID;
CREATE TABLE purges(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, before INTEGER NOT NULL, events INTEGER NOT NULL,
  wide_rows INTEGER NOT NULL, quarantined INTEGER NOT NULL);
CREATE TABLE aggregates(experiment TEXT NOT NULL, before INTEGER NOT NULL, at INTEGER NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY(experiment, before)) WITHOUT ROWID;
CREATE TABLE losses(writer TEXT PRIMARY KEY, dropped INTEGER NOT NULL, failed INTEGER NOT NULL, refused INTEGER NOT NULL,
  withheld INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta(name, value) VALUES ('tombstone_salt', hex(randomblob(16)));
)sql";

Error no_store(const std::string& file) {
  return {ErrorCode::kInvalidInput, "the file is not a store", file, "name the file that collect or import made"};
}

std::string uri_of(const std::filesystem::path& path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '.' || c == '-' || c == '_' || (byte < 0x80 && std::isalnum(byte) != 0)) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return uri + "?immutable=1";
}

// Symbolic links are resolved, so that one store has one lock whatever name it is opened by.
std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code cause;
  auto absolute = std::filesystem::absolute(path, cause);
  if (!cause) absolute = std::filesystem::weakly_canonical(absolute, cause);
  if (cause) {
    throw Failure({ErrorCode::kStorage, "cannot resolve the store's path: " + cause.message(), path.string(), ""});
  }
  return absolute;
}

// Names under which another process could write, with a lock that this one does not see.
void check_names(const std::filesystem::path& store) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(store, ignored))) {
    throw Failure({ErrorCode::kStorage, "the store is a symbolic link to a file that does not exist", store.string(),
                   "name the file itself"});
  }
  if (std::filesystem::is_regular_file(store, ignored) && std::filesystem::hard_link_count(store, ignored) > 1) {
    throw Failure({ErrorCode::kStorage,
                   "the store has a second name (hard link), under which another process could write", store.string(),
                   "remove the other name"});
  }
}

// As journals do. A lock may hold on one machine only, and two machines share no memory, which WAL mode needs: two
// writers would destroy what each other wrote. A reader only sees a wrong state, whose blocks have checksums.
void check_file_system(const std::filesystem::path& store, Store::Mode mode, LogSink* log, const StoreHooks& hooks) {
  const std::filesystem::path folder = store.parent_path();
  const auto kind = hooks.file_system ? hooks.file_system(folder) : file_system_of(folder);
  if (!kind) return;  // whoever opens the file tells more
  const bool is_reader = mode == Store::Mode::kReadOnly;
  if (const char* network = network_file_system(*kind)) {
    const std::string where = "a network file system (" + std::string(network) + ")";
    if (!is_reader) {
      throw Failure({ErrorCode::kStorage, "a store cannot be written on " + where, store.string(),
                     "use a local disk; a finished store may be copied elsewhere"});
    }
    if (log != nullptr)
      log->log(LogLevel::kWarning, "the store lies on " + where +
                                       ": while another machine writes to it, what is read may be of no one state; "
                                       "copy it to a local disk");
  }
  if (!is_reader && is_user_file_system(*kind) && log != nullptr)
    log->log(LogLevel::kWarning,
             "the store lies on a FUSE file system; it is as safe as the program behind it keeps locks and syncs");
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& store) {
  const std::string path = store.string() + ".lock";
  file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file_.is_open()) throw Failure(system_error("cannot create the store's lock", path, errno));
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> holder{};
    const ssize_t got = ::pread(file_.get(), holder.data(), holder.size() - 1, 0);
    const std::string who =
        got > 0 ? "process " + std::string(holder.data(), static_cast<std::size_t>(got)) : "another process";
    throw Failure(
        {ErrorCode::kUnavailable, who + " is writing to the store", store.string(), "try again when it is done"});
  }
  const std::string self = std::to_string(::getpid());
  // The text only helps a person; the lock itself is what counts.
  if (::ftruncate(file_.get(), 0) != 0 || ::pwrite(file_.get(), self.data(), self.size(), 0) < 0) return;
}

Database::Database(const std::filesystem::path& path, Store::Mode mode, LogSink* log, const StoreHooks& hooks)
    : file(path.string()) {
  std::error_code ignored;
  if (mode != Store::Mode::kCreate && !std::filesystem::exists(path, ignored)) {
    throw Failure({ErrorCode::kNotFound, "there is no such store", file, "collect or import makes one"});
  }
  if (std::filesystem::is_directory(path, ignored)) throw Failure(no_store(file));
  const std::filesystem::path target = resolved(path);
  check_file_system(target, mode, log, hooks);
  if (mode == Store::Mode::kReadOnly) {
    open_read_only(path);
    return;
  }
  lock = std::make_unique<WriterLock>(target);
  check_names(target);
  const int create = mode == Store::Mode::kCreate ? SQLite::OPEN_CREATE : 0;
  sqlite = std::make_unique<SQLite::Database>(target.string(), SQLite::OPEN_READWRITE | create, kBusyMs);
  prepare_to_write(mode);
}

void Database::open_read_only(const std::filesystem::path& path) {
  const auto begin = [this] {
    sqlite->exec("BEGIN");
    check_version();
  };
  try {
    sqlite = std::make_unique<SQLite::Database>(file, SQLite::OPEN_READONLY, kBusyMs);
    begin();
  } catch (const SQLite::Exception& exception) {
    // In a folder where SQLite cannot make its shared memory file, a store that no writer left open can still be read
    // as it lies.
    std::error_code ignored;
    const bool closed = !std::filesystem::exists(file + "-wal", ignored);
    if ((exception.getErrorCode() & 0xff) != SQLITE_CANTOPEN || !closed) throw;
    sqlite = std::make_unique<SQLite::Database>(uri_of(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI, kBusyMs);
    begin();
  }
}

void Database::check_version() {
  const int application = sqlite->execAndGet("PRAGMA application_id").getInt();
  if (application != kApplicationId) throw Failure(no_store(file));
  version = sqlite->execAndGet("PRAGMA user_version").getInt();
  if (version < 1) throw Failure(no_store(file));
  if (version > kVersion) {
    throw Failure(
        {ErrorCode::kUnsupportedVersion,
         "the store has version " + std::to_string(version) + ", this program knows up to " + std::to_string(kVersion),
         file, "use a newer tactful"});
  }
  // A view in place of a table could answer without end, and a trigger do anything; a store has neither.
  constexpr const char* kForeign =
      "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'";
  if (sqlite->execAndGet(kForeign).getInt() != 0) throw Failure(no_store(file));
}

void Database::prepare_to_write(Store::Mode mode) {
  const bool blank = sqlite->execAndGet("PRAGMA application_id").getInt() == 0 &&
                     sqlite->execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (!blank) check_version();
  if (blank && mode != Store::Mode::kCreate) throw Failure(no_store(file));
  if (blank) sqlite->exec("PRAGMA page_size=16384");  // long BLOBs: fewer overflow pages
  sqlite->exec("PRAGMA journal_mode=WAL");
  sqlite->exec("PRAGMA synchronous=FULL");
  sqlite->exec("PRAGMA cache_size=-32768");
  if (blank) create_schema();
  // A read-only file is found now and not after a long import.
  { SQLite::Transaction probe(*sqlite, SQLite::TransactionBehavior::IMMEDIATE); }
  // The first stores of version 2 did not have it; readers do not ask for it.
  constexpr const char* kEventAt = "SELECT count(*) FROM pragma_table_info('decisions') WHERE name = 'event_at'";
  if (!blank && version == kVersion && sqlite->execAndGet(kEventAt).getInt() == 0)
    sqlite->exec("ALTER TABLE decisions ADD COLUMN event_at INTEGER NOT NULL DEFAULT 0");
}

void Database::create_schema() const {
  SQLite::Transaction transaction(*sqlite, SQLite::TransactionBehavior::IMMEDIATE);
  sqlite->exec(kSchema);
  sqlite->exec(kSchema2);
  sqlite->exec("PRAGMA application_id=" + std::to_string(kApplicationId));
  sqlite->exec("PRAGMA user_version=" + std::to_string(kVersion));
  transaction.commit();
}

void Database::migrate_tables() {
  sqlite->exec("ALTER TABLE quarantine RENAME TO quarantine_1");
  sqlite->exec("DROP INDEX quarantine_identity");
  sqlite->exec(kSchema2);
  sqlite->exec("PRAGMA user_version=" + std::to_string(kVersion));
  version = kVersion;
}

bool Database::cut_log() const {
  // A reader may stay for hours; whoever opens the store next tries again.
  sqlite->setBusyTimeout(kReaderWaitMs);
  SQLite::Statement cut(*sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
  const bool is_cut = cut.executeStep() && cut.getColumn(0).getInt() == 0;
  cut.reset();
  sqlite->setBusyTimeout(kBusyMs);
  return is_cut;
}

std::string Database::meta(const std::string& name) const {
  SQLite::Statement query(*sqlite, "SELECT value FROM meta WHERE name = ?");
  query.bind(1, name);
  return query.executeStep() ? query.getColumn(0).getString() : std::string();
}

void Database::set_meta(const std::string& name, std::string_view value) const {
  SQLite::Statement insert(*sqlite, "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)");
  insert.bind(1, name);
  insert.bind(2, std::string(value));
  insert.exec();
}

}  // namespace tactful::store_detail
