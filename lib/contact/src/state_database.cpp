#include "state_database.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cstring>

namespace tactful {
namespace {

constexpr int kCachePages = 16'384;  // of 4 KiB: 64 MiB at most, as far as it is used

int open_flags(const ContactStateOptions& options) {
  // One thread at a time uses the connection, so SQLite's own mutexes are left out.
  if (options.read_only) return SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX;
  return SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX | (options.create ? SQLite::OPEN_CREATE : 0);
}

bool is_of(int code, int family) { return (code & 0xff) == family; }

}  // namespace

Query::Query(Query&& other) noexcept : database_(other.database_), statement_(other.statement_), bound_(other.bound_) {
  other.statement_ = nullptr;
}

Query::~Query() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Query::check(int code) const {
  if (code != SQLITE_OK) throw SQLite::Exception(database_, code);
}

Query& Query::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Query& Query::bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text(statement_, ++bound_, data, static_cast<int>(text.size()), SQLITE_STATIC));
  return *this;
}

Query& Query::bind(const ContactId& id) {
  const auto size = static_cast<int>(id.bytes.size());
  check(sqlite3_bind_blob(statement_, ++bound_, id.bytes.data(), size, SQLITE_STATIC));
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) throw SQLite::Exception(database_, code);
  return false;
}

int Query::run() {
  while (step()) {
  }
  return sqlite3_changes(database_);
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

ContactId Query::id(int column) const {
  ContactId id;
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (data != nullptr && size == id.bytes.size()) std::memcpy(id.bytes.data(), data, size);
  return id;
}

StateDatabase::StateDatabase(std::filesystem::path file, const ContactStateOptions& options)
    : file_(std::move(file)),
      full_path_(std::filesystem::absolute(file_).string()),
      pid_(::getpid()),
      database_(file_.string(), open_flags(options), options.busy_timeout_ms) {}

StateDatabase::~StateDatabase() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
}

Query StateDatabase::query(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(database_.getHandle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) throw SQLite::Exception(database_.getHandle(), code);
  }
  return Query(database_.getHandle(), statement);
}

void StateDatabase::exec(const char* sql) { database_.exec(sql); }

Status StateDatabase::usable() const {
  if (::getpid() != pid_) {
    return Error{ErrorCode::kUnavailable, "the contact state was opened before this process was forked", file_.string(),
                 "open it after the fork"};
  }
  struct stat present = {};
  const bool is_there = ::stat(full_path_.c_str(), &present) == 0;
  if (is_there && present.st_dev == opened_.st_dev && present.st_ino == opened_.st_ino) return {};
  return Error{ErrorCode::kUnavailable,
               is_there ? "another file was put in the place of the contact state" : "the contact state is gone",
               file_.string(), "put it back, or restart the senders once the right file is there"};
}

void StateDatabase::remember_file() {
  int has_moved = 0;
  const bool is_there = ::stat(full_path_.c_str(), &opened_) == 0;
  sqlite3_file_control(database_.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (!is_there || has_moved != 0) throw SQLite::Exception("the file was replaced while it was opened", SQLITE_BUSY);
}

Error StateDatabase::error(std::string_view what, const std::exception& failure) const {
  const auto* cause = dynamic_cast<const SQLite::Exception*>(&failure);
  const int code = cause == nullptr ? SQLITE_ERROR : cause->getErrorCode();
  const std::string message = std::string(what) + ": " + failure.what();
  if (is_of(code, SQLITE_BUSY) || is_of(code, SQLITE_LOCKED)) {
    return {ErrorCode::kUnavailable, message, file_.string(),
            "another process keeps it locked; hold the message and retry"};
  }
  if (is_of(code, SQLITE_FULL)) {
    return {ErrorCode::kStorage, message, file_.string(), "make room on the disk; until then nothing may be sent"};
  }
  if (is_of(code, SQLITE_READONLY)) {
    return {ErrorCode::kStorage, message, file_.string(),
            "give the process the right to write the file and its folder"};
  }
  return {ErrorCode::kStorage, message, file_.string(), ""};
}

void StateDatabase::create(const std::string& key_id) {
  // The first of several processes makes the tables; the others wait for it and find them.
  StateTransaction transaction(*this, true);
  if (database_.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 &&
      database_.execAndGet("PRAGMA application_id").getInt() == 0) {
    database_.exec("PRAGMA application_id = " + std::to_string(kContactApplicationId));
    database_.exec("PRAGMA user_version = " + std::to_string(kContactSchemaVersion));
    database_.exec(kContactTables);
    database_.exec(kContactTables2);
    query("INSERT INTO meta(name, value) VALUES('key_id', ?)").bind(std::string_view(key_id)).run();
  }
  transaction.commit();
}

// Tables are only added, so a sender of an older release that has the file open goes on writing; it notes no policy.
void StateDatabase::raise() {
  StateTransaction transaction(*this, true);
  if (database_.execAndGet("PRAGMA user_version").getInt() == 1) {  // not raised by another process meanwhile
    database_.exec(kContactTables2);
    database_.exec("PRAGMA user_version = " + std::to_string(kContactSchemaVersion));
  }
  transaction.commit();
}

Status StateDatabase::check_identity(const std::string& key_id) {
  const auto wrong = [this](const std::string& why) {
    return Error{ErrorCode::kStorage, "the file is not a contact state" + why, file_.string(), ""};
  };
  if (database_.execAndGet("PRAGMA application_id").getInt() != kContactApplicationId) {
    return wrong(" (its application id is another)");
  }
  version_ = database_.execAndGet("PRAGMA user_version").getInt();
  if (version_ > kContactSchemaVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the contact state has version " + std::to_string(version_) + "; this release knows up to version " +
                     std::to_string(kContactSchemaVersion),
                 file_.string(), "use the release that made it, or a newer one"};
  }
  if (version_ < 1) return wrong(" (version " + std::to_string(version_) + ")");
  Query meta = query("SELECT value FROM meta WHERE name = 'key_id'");
  if (!meta.step()) return wrong(" (it names no key)");
  if (meta.text(0) == key_id) return {};
  return Error{ErrorCode::kRefused, "the contact state was written under another key: nobody would be found in it",
               file_.string(), "use the key file it was made with"};
}

Result<std::unique_ptr<StateDatabase>> StateDatabase::open(const std::filesystem::path& file, const std::string& key_id,
                                                           const ContactStateOptions& options) {
  std::error_code failed;
  const bool may_create = options.create && !options.read_only;
  if (!may_create && !std::filesystem::exists(file, failed)) {
    return Error{ErrorCode::kNotFound, "there is no contact state", file.string(),
                 options.read_only ? "" : "make one with tactful contact init; if there was one, find it first"};
  }
  std::unique_ptr<StateDatabase> state;
  try {
    state.reset(new StateDatabase(file, options));
    // DELETE mode: readers of a file whose journal is gone look no further. EXTRA: a commit is durable when the folder
    // knows that the journal is gone; else a power loss could take back an opt-out or a reservation.
    state->exec("PRAGMA synchronous = EXTRA");
    state->exec("PRAGMA secure_delete = ON");
    state->database_.exec("PRAGMA cache_size = " + std::to_string(kCachePages));
    const std::string mode = state->database_.execAndGet("PRAGMA journal_mode").getString();
    if (mode != "delete") {
      return Error{ErrorCode::kStorage, "the contact state is in journal mode " + mode + ", not in rollback mode",
                   file.string(), "somebody changed it; run PRAGMA journal_mode = DELETE on it"};
    }
    if (may_create) state->create(key_id);
    state->remember_file();
    if (Status status = state->check_identity(key_id); !status.ok()) return status.error();
    if (state->version_ < kContactSchemaVersion && !options.read_only) {
      state->raise();
      state->version_ = kContactSchemaVersion;
    }
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_NOTADB)
      return Error{ErrorCode::kStorage, "the file is not a contact state", file.string(), ""};
    if (state != nullptr) return state->error("cannot open the contact state", failure);
    return Error{ErrorCode::kStorage, std::string("cannot open the contact state: ") + failure.what(), file.string(),
                 ""};
  }
  return state;
}

StateTransaction::StateTransaction(StateDatabase& database, bool immediate) : database_(database) {
  database_.query(immediate ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

StateTransaction::~StateTransaction() {
  if (!is_open_) return;
  try {
    database_.query("ROLLBACK").run();
  } catch (const std::exception&) {  // SQLite has rolled back by itself
  }
}

void StateTransaction::commit() {
  database_.query("COMMIT").run();
  is_open_ = false;
}

}  // namespace tactful
