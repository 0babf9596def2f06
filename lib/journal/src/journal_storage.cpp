#include "journal_storage.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "journal_lock.hpp"

namespace tactful {
namespace {

constexpr int kBusyTimeoutMs = 2'000;            // readers hold SQLite's locks for moments only
constexpr int kCheckpointPages = 4'000;          // 32 MB
constexpr int kKeptWalBytes = 64 * 1024 * 1024;  // a WAL that a slow reader let grow is cut back to this

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
  for (; version < kJournalSchemaVersion; ++version) database.exec(kJournalSteps[version]);
  database.exec("PRAGMA user_version = " + std::to_string(version));
}

void write_new(const std::filesystem::path& path, const JournalIdentity& identity) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA page_size = " + std::to_string(kJournalPageBytes));
  database.exec("PRAGMA synchronous = FULL");
  SQLite::Transaction transaction(database);
  database.exec("PRAGMA application_id = " + std::to_string(kJournalApplicationId));
  migrate(database, 0);
  put_meta(database, "writer", random_id());
  put_meta(database, "key_id", identity.key_id);
  put_meta(database, "purpose", identity.purpose);
  put_meta(database, "created_at", std::to_string(identity.created_at));
  put_meta(database, "host", host_name());
  put_meta(database, "pid", std::to_string(::getpid()));
  put_meta(database, "library", TACTFUL_VERSION);
  transaction.commit();
}

int note_wal_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

Error not_a_journal(const std::filesystem::path& file, const std::string& why) {
  return {ErrorCode::kStorage, "the file is not a journal" + why, file.string(), ""};
}

}  // namespace

JournalStorage::JournalStorage(std::filesystem::path file, Dictionary& dictionary,
                               std::function<Status()> before_commit)
    : file_(std::move(file)),
      wal_(file_.string() + "-wal"),
      dictionary_(dictionary),
      before_commit_(std::move(before_commit)) {}

Error JournalStorage::error(const char* what, const char* cause) const {
  return {ErrorCode::kStorage, std::string(what) + ": " + cause, file_.string(), ""};
}

Status JournalStorage::create(const std::filesystem::path& file, const JournalIdentity& identity) {
  const std::filesystem::path half = file.string() + ".new";
  std::error_code cause;
  std::filesystem::remove(half, cause);  // of a process that was killed here
  std::filesystem::remove(half.string() + "-journal", cause);
  try {
    write_new(half, identity);
    std::filesystem::rename(half, file);
  } catch (const std::exception& failure) {
    std::filesystem::remove(half, cause);
    std::filesystem::remove(half.string() + "-journal", cause);
    return Error{ErrorCode::kStorage, std::string("cannot create the journal: ") + failure.what(), file.string(), ""};
  }
  return sync_folder(file.parent_path());
}

Result<std::unique_ptr<JournalStorage>> JournalStorage::open(const std::filesystem::path& file,
                                                             const JournalIdentity& identity, Durability durability,
                                                             Dictionary& dictionary,
                                                             std::function<Status()> before_commit) {
  std::unique_ptr<JournalStorage> storage(new JournalStorage(file, dictionary, std::move(before_commit)));
  try {
    // One thread at a time uses the connection, so SQLite's own mutexes are left out.
    storage->database_ = std::make_unique<SQLite::Database>(
        file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs);
    if (Status status = storage->check_identity(identity); !status.ok()) return status.error();
    storage->upgrade();
    storage->connect(durability);
    storage->load();
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_NOTADB) return not_a_journal(file, "");
    return storage->error("cannot open the journal", failure.what());
  } catch (const std::exception& failure) {
    return storage->error("cannot open the journal", failure.what());
  }
  return storage;
}

Status JournalStorage::check_identity(const JournalIdentity& identity) {
  const int application = database_->execAndGet("PRAGMA application_id").getInt();
  if (application != kJournalApplicationId) return not_a_journal(file_, " (its application id is another)");
  const int version = database_->execAndGet("PRAGMA user_version").getInt();
  if (version > kJournalSchemaVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the journal has version " + std::to_string(version) + "; this release writes up to version " +
                     std::to_string(kJournalSchemaVersion),
                 file_.string(), "use the release that made it, or a newer one"};
  }
  if (version < 1) return not_a_journal(file_, " (version " + std::to_string(version) + ")");
  const std::string key_id = get_meta(*database_, "key_id"), purpose = get_meta(*database_, "purpose");
  if (purpose != identity.purpose) {
    return Error{ErrorCode::kRefused,
                 "the journal belongs to the purpose '" + purpose + "', not to '" + identity.purpose + "'",
                 file_.string(), "one purpose per journal"};
  }
  if (key_id != identity.key_id) {
    return Error{ErrorCode::kRefused, "the journal was written under key " + key_id + ", not " + identity.key_id,
                 file_.string(), "pseudonyms of two keys cannot be joined; begin a new journal"};
  }
  return {};
}

// A kill in the middle leaves the earlier version, and the next owner begins again.
void JournalStorage::upgrade() {
  const int version = database_->execAndGet("PRAGMA user_version").getInt();
  if (version == kJournalSchemaVersion) return;
  database_->exec("PRAGMA synchronous = FULL");
  SQLite::Transaction transaction(*database_);
  migrate(*database_, version);
  transaction.commit();
}

void JournalStorage::connect(Durability durability) {
  if (database_->execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
    throw std::runtime_error("the file cannot be switched to a write-ahead log");
  }
  database_->exec(durability == Durability::kFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  database_->exec("PRAGMA wal_autocheckpoint = 0");  // checkpoint_when_due() does it, after the acknowledgements
  database_->exec("PRAGMA journal_size_limit = " + std::to_string(kKeptWalBytes));
  database_->exec("PRAGMA temp_store = MEMORY");
  database_->exec("PRAGMA trusted_schema = OFF");
  sqlite3* handle = database_->getHandle();
  sqlite3_wal_hook(handle, note_wal_pages, &wal_pages_);
  begin_ = prepare(handle, "BEGIN IMMEDIATE");
  commit_ = prepare(handle, "COMMIT");
  rollback_ = prepare(handle, "ROLLBACK");
  insert_text_ = prepare(handle, "INSERT INTO dictionary(code, text) VALUES(?, ?)");
  insert_event_ = prepare(handle, std::string("INSERT INTO events(") + kJournalEventColumns +
                                      ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
}

void JournalStorage::load() {
  SQLite::Statement texts(*database_, "SELECT text FROM dictionary ORDER BY code");
  while (texts.executeStep()) {
    dictionary_.restore(texts.getColumn(0).getString());
    ++stored_texts_;
  }
  last_sequence_ = database_->execAndGet("SELECT coalesce(max(sequence), 0) FROM events").getInt64();
  file_id_ = file_id(file_);
  wal_id_ = file_id(wal_);
}

// At the end the WAL is folded in and the file left in rollback mode, so that it is complete by itself and can be read
// from read-only media. A reader that is connected prevents that; the WAL stays beside the file then, to no harm.
JournalStorage::~JournalStorage() {
  if (!database_) return;
  try {
    begin_.reset(), commit_.reset(), rollback_.reset(), insert_event_.reset(), insert_text_.reset();
    if (check_files().ok()) {
      database_->setBusyTimeout(0);
      sqlite3_wal_checkpoint_v2(database_->getHandle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
      database_->execAndGet("PRAGMA journal_mode = DELETE");
    }
  } catch (const std::exception&) {
    // What is committed is in the WAL; whoever opens the journal next recovers it.
  }
}

Status JournalStorage::append(EventQueue& queue, EventQueue::Group group) {
  try {
    if (Status status = check_files(); !status.ok()) return status;
    run(begin_.get());
    try {
      insert(queue, group);
      Status status = before_commit_ ? before_commit_() : Status();
      if (!status.ok()) throw std::runtime_error(status.error().message);
      run(commit_.get());
    } catch (...) {
      // SQLite has rolled back by itself after some errors; then this fails, to no harm.
      sqlite3_step(rollback_.get());
      sqlite3_reset(rollback_.get());
      throw;
    }
  } catch (const std::exception& failure) {
    return error("cannot store events", failure.what());
  }
  last_sequence_ += static_cast<std::int64_t>(group.size);
  stored_texts_ = last_code_;
  // The file may have gone while the disk worked. Should it come back, the next attempt stores the group once more.
  return check_files();
}

void JournalStorage::run(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement);
    return;
  }
  const std::string cause = sqlite3_errmsg(database_->getHandle());
  sqlite3_reset(statement);
  throw std::runtime_error(cause);
}

void JournalStorage::insert(EventQueue& queue, EventQueue::Group group) {
  insert_texts();
  sqlite3_stmt* statement = insert_event_.get();
  for (std::size_t i = 0; i < group.size; ++i) {
    const StoredEvent& event = queue.slot(group.first + i).event;
    int column = 0;
    sqlite3_bind_int64(statement, ++column, last_sequence_ + 1 + static_cast<std::int64_t>(i));
    sqlite3_bind_int(statement, ++column, static_cast<int>(event.type));
    for (const std::int64_t value : {event.unit, event.cluster, event.at, event.recorded_at, event.event}) {
      sqlite3_bind_int64(statement, ++column, value);
    }
    for (const std::int32_t value :
         {event.source, event.experiment, event.experiment_fingerprint, event.variant, event.wording_fingerprint,
          event.phase, event.reason, event.channel, event.kind, event.segments}) {
      sqlite3_bind_int(statement, ++column, value);
    }
    sqlite3_bind_double(statement, ++column, event.value);
    sqlite3_bind_int64(statement, ++column, event.ticket);
    sqlite3_bind_int64(statement, ++column, event.assignee);
    sqlite3_bind_int(statement, ++column, event.ticket_before);
    sqlite3_bind_int(statement, ++column, event.ticket_after);
    run(statement);
  }
}

// All texts that are known by now are a superset of those that the group uses.
void JournalStorage::insert_texts() {
  last_code_ = stored_texts_;
  for (const std::string& text : dictionary_.texts_after(stored_texts_)) {
    sqlite3_bind_int(insert_text_.get(), 1, ++last_code_);
    sqlite3_bind_text(insert_text_.get(), 2, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    run(insert_text_.get());
  }
}

Status JournalStorage::checkpoint_when_due() {
  if (wal_pages_ < kCheckpointPages) return {};
  sqlite3* handle = database_->getHandle();
  const int code = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY) return {};
  return error("cannot move the write-ahead log into the journal", sqlite3_errmsg(handle));
}

JournalStorage::FileId JournalStorage::file_id(const std::filesystem::path& path) noexcept {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino};
}

// SQLite goes on writing into a file that was removed; what it acknowledged would be gone with the process.
Status JournalStorage::check_files() const {
  if (file_id(file_) == file_id_ && file_id(wal_) == wal_id_) return {};
  return Error{ErrorCode::kStorage, "the journal was moved or removed while it was being written", file_.string(),
               "close the journal and open another; never move the files of a live journal"};
}

}  // namespace tactful
