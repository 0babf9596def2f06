#include "journal_storage.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include "tactful/core/kill_point.hpp"

namespace tactful {
namespace {

constexpr int kCheckpointPages = 4'000;          // 32 MB
constexpr int kKeptWalBytes = 64 * 1024 * 1024;  // a WAL that a slow reader let grow is cut back to this

constexpr const char* kCounterNames[] = {"dropped", "failed", "refused", "withheld"};

std::int64_t* count_of(JournalLosses& losses, std::string_view name) {
  if (name == "dropped") return &losses.dropped;
  if (name == "failed") return &losses.failed;
  if (name == "refused") return &losses.refused;
  return name == "withheld" ? &losses.withheld : nullptr;
}

int note_wal_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
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

Result<std::unique_ptr<JournalStorage>> JournalStorage::open(const std::filesystem::path& file,
                                                             const std::optional<JournalIdentity>& identity,
                                                             Durability durability, Dictionary& dictionary,
                                                             std::function<Status()> before_commit) {
  std::unique_ptr<JournalStorage> storage(new JournalStorage(file, dictionary, std::move(before_commit)));
  try {
    // One thread at a time uses the connection, so SQLite's own mutexes are left out.
    storage->database_ = std::make_unique<SQLite::Database>(
        file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs);
    if (Status status = check_journal_file(*storage->database_, file, identity); !status.ok()) return status.error();
    upgrade_journal_file(*storage->database_);
    storage->connect(durability);
    storage->load();
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_NOTADB)
      return Error{ErrorCode::kStorage, "the file is not a journal", file.string(), ""};
    return storage->error("cannot open the journal", failure.what());
  } catch (const std::exception& failure) {
    return storage->error("cannot open the journal", failure.what());
  }
  return storage;
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
  database_->exec("PRAGMA secure_delete = ON");  // what is erased is overwritten
  sqlite3* handle = database_->getHandle();
  sqlite3_wal_hook(handle, note_wal_pages, &wal_pages_);
  begin_ = prepare(handle, "BEGIN IMMEDIATE");
  commit_ = prepare(handle, "COMMIT");
  rollback_ = prepare(handle, "ROLLBACK");
  insert_text_ = prepare(handle, "INSERT INTO dictionary(code, text) VALUES(?, ?)");
  write_counter_ =
      prepare(handle, "INSERT INTO counters(name, count) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET count = ?2");
  insert_event_ = prepare(handle, std::string("INSERT INTO events(") + kJournalEventColumns +
                                      ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
}

void JournalStorage::load() {
  SQLite::Statement texts(*database_, "SELECT text FROM dictionary ORDER BY code");
  while (texts.executeStep()) {
    dictionary_.restore(texts.getColumn(0).getString());
    ++stored_texts_;
  }
  SQLite::Statement counters(*database_, "SELECT name, count FROM counters");
  while (counters.executeStep()) {
    std::int64_t* count = count_of(earlier_, counters.getColumn(0).getString());
    if (count != nullptr) *count = counters.getColumn(1).getInt64();
  }
  stored_ = earlier_;
  eraser_.emplace(database_->getHandle(), file_);
  last_sequence_ = database_->execAndGet("SELECT coalesce(max(sequence), 0) FROM events").getInt64();
  file_id_ = file_id(file_);
  wal_id_ = file_id(wal_);
}

// At the end the WAL is folded in and the file left in rollback mode, so that it is complete by itself and can be read
// from read-only media. A reader that is connected prevents that; the WAL stays beside the file then, to no harm.
JournalStorage::~JournalStorage() {
  if (!database_) return;
  try {
    begin_.reset(), commit_.reset(), rollback_.reset(), insert_event_.reset(), insert_text_.reset(),
        write_counter_.reset();
    if (check_files().ok()) {
      database_->setBusyTimeout(0);
      sqlite3_wal_checkpoint_v2(database_->getHandle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
      database_->execAndGet("PRAGMA journal_mode = DELETE");
    }
  } catch (const std::exception&) {
    // What is committed is in the WAL; whoever opens the journal next recovers it.
  }
}

template <typename Change>
void JournalStorage::in_transaction(Change change) {
  run(begin_.get());
  try {
    change();
    Status status = before_commit_ ? before_commit_() : Status();
    if (!status.ok()) throw std::runtime_error(status.error().message);
    TACTFUL_KILL_POINT("journal-before-commit");
    run(commit_.get());
  } catch (...) {
    // SQLite has rolled back by itself after some errors; then this fails, to no harm.
    sqlite3_step(rollback_.get());
    sqlite3_reset(rollback_.get());
    throw;
  }
  TACTFUL_KILL_POINT("journal-committed");
}

Result<std::size_t> JournalStorage::append(EventQueue& queue, EventQueue::Group group) {
  std::size_t withheld = 0;
  try {
    if (Status status = check_files(); !status.ok()) return status.error();
    JournalLosses losses;
    in_transaction([&] {
      withheld = insert(queue, group);
      losses = losses_of(queue.counters(), withheld);
      write_losses(losses);
    });
    stored_ = losses;
  } catch (const std::exception& failure) {
    return error("cannot store events", failure.what());
  }
  last_sequence_ += static_cast<std::int64_t>(group.size - withheld);
  stored_texts_ = last_code_;
  // The file may have gone while the disk worked. Should it come back, the next attempt stores the group once more.
  if (Status status = check_files(); !status.ok()) return status.error();
  return withheld;
}

Status JournalStorage::store_counters(const JournalCounters& counters) {
  const JournalLosses losses = losses_of(counters, 0);
  if (losses == stored_) return {};
  try {
    if (Status status = check_files(); !status.ok()) return status;
    in_transaction([&] { write_losses(losses); });
  } catch (const std::exception& failure) {
    return error("cannot store the journal's counters", failure.what());
  }
  stored_ = losses;
  return {};
}

JournalLosses JournalStorage::losses_of(const JournalCounters& counters, std::size_t withheld) const {
  return {earlier_.dropped + counters.dropped, earlier_.failed + counters.failed, earlier_.refused + counters.refused,
          earlier_.withheld + counters.withheld + static_cast<std::int64_t>(withheld)};
}

void JournalStorage::write_losses(const JournalLosses& losses) {
  if (losses == stored_) return;
  JournalLosses values = losses;
  for (const char* name : kCounterNames) {
    sqlite3_bind_text(write_counter_.get(), 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(write_counter_.get(), 2, *count_of(values, name));
    run(write_counter_.get());
  }
}

Result<ErasureStep> JournalStorage::erase() {
  if (Status status = check_files(); !status.ok()) return status.error();
  return eraser_->step();
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

std::size_t JournalStorage::insert(EventQueue& queue, EventQueue::Group group) {
  insert_texts();
  std::int64_t sequence = last_sequence_;
  std::size_t withheld = 0;
  for (std::size_t i = 0; i < group.size; ++i) {
    EventQueue::Slot& slot = queue.slot(group.first + i);
    slot.withheld = eraser_->is_erased(slot.event.unit);
    if (slot.withheld) {
      ++withheld;
    } else {
      insert(slot.event, ++sequence);
    }
  }
  return withheld;
}

void JournalStorage::insert(const StoredEvent& event, std::int64_t sequence) {
  sqlite3_stmt* statement = insert_event_.get();
  int column = 0;
  sqlite3_bind_int64(statement, ++column, sequence);
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
  TACTFUL_KILL_POINT("journal-before-checkpoint");
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
