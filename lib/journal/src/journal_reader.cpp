#include "tactful/journal/journal_reader.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <new>
#include <set>
#include <unordered_map>

#include "dictionary.hpp"
#include "eraser.hpp"
#include "journal_lock.hpp"
#include "journal_schema.hpp"
#include "out_of_memory.hpp"

namespace tactful {
namespace {

// Resets on every way out: an open read transaction would keep the writer's log from being reused.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() { sqlite3_reset(statement_); }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

// Codes have no gaps, so what lies beyond is no code, whatever a damaged dictionary says.
constexpr std::int32_t kNoCode = -1;
constexpr int kLongestValue = 1 << 20;  // bytes; no text of ours comes near it
constexpr bool is_code(std::int64_t code) noexcept {
  return code >= 0 && code <= static_cast<std::int64_t>(Dictionary::kMaxTexts);
}

std::int32_t code_of(sqlite3_stmt* row, int column) {
  const std::int64_t code = sqlite3_column_int64(row, column);
  return is_code(code) ? static_cast<std::int32_t>(code) : kNoCode;
}

StoredEvent row_of(sqlite3_stmt* row) {
  StoredEvent event;
  int column = 0;
  event.sequence = sqlite3_column_int64(row, column++);
  const std::int64_t type = sqlite3_column_int64(row, column++);
  event.type = static_cast<EventType>(type > 0 && type < 256 ? type : 0);
  for (std::int64_t* field : {&event.unit, &event.cluster, &event.at, &event.recorded_at, &event.event}) {
    *field = sqlite3_column_int64(row, column++);
  }
  for (std::int32_t* field :
       {&event.source, &event.experiment, &event.experiment_fingerprint, &event.variant, &event.wording_fingerprint,
        &event.phase, &event.reason, &event.channel, &event.kind, &event.segments}) {
    *field = code_of(row, column++);
  }
  event.value = sqlite3_column_double(row, column++);
  event.ticket = sqlite3_column_int64(row, column++);
  event.assignee = sqlite3_column_int64(row, column++);
  event.ticket_before = code_of(row, column++);
  event.ticket_after = code_of(row, column);
  return event;
}

class FileReader final : public JournalReader {
 public:
  explicit FileReader(std::filesystem::path file) : file_(std::move(file)) {}

  // Throws SQLite::Exception and std::runtime_error; the Status is about what the file says.
  [[nodiscard]] Status connect() {
    database_ = std::make_unique<SQLite::Database>(file_.string(), SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX,
                                                   kBusyTimeoutMs);
    database_->exec("PRAGMA trusted_schema = OFF");
    if (database_->execAndGet("PRAGMA application_id").getInt() != kJournalApplicationId) {
      return invalid("the file is not a journal (its application id is another)");
    }
    sqlite3* handle = database_->getHandle();
    // A view in place of a table could answer without end, and one text take all memory; a journal has neither.
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongestValue);
    constexpr const char* kForeign =
        "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'";
    if (database_->execAndGet(kForeign).getInt() != 0) return invalid("the file is not a journal");
    begin_ = prepare(handle, "BEGIN");
    commit_ = prepare(handle, "COMMIT");
    get_version_ = prepare(handle, "PRAGMA user_version");
    if (Status status = in_transaction([&] { return Status(); }); !status.ok()) return status;
    load_meta();
    if (writer_.size() != 32) return invalid("the journal has no identity");
    text_ = prepare(handle, "SELECT text FROM dictionary WHERE code = ?");
    return {};
  }

  [[nodiscard]] const std::string& writer() const noexcept override { return writer_; }
  [[nodiscard]] const std::string& key_id() const noexcept override { return key_id_; }
  [[nodiscard]] const std::string& purpose() const noexcept override { return purpose_; }

  Result<std::vector<StoredEvent>> read(std::int64_t after, std::size_t limit) override {
    std::vector<StoredEvent> events;
    Status status = in_transaction([&] { return select(after, limit, events); });
    if (!status.ok()) return status.error();
    return events;
  }

  Result<bool> is_erased(std::int64_t sequence) override {
    bool erased = false;
    Status status = query("SELECT type = 0 FROM events WHERE sequence = " + std::to_string(sequence),
                          [&](sqlite3_stmt* row) { erased = sqlite3_column_int(row, 0) != 0; });
    if (!status.ok()) return status.error();
    return erased;
  }

  Result<JournalLosses> losses() override {
    JournalLosses losses;
    Status status = query("SELECT name, count FROM counters", [&](sqlite3_stmt* row) {
      const std::string name = text_of(row, 0);
      const std::int64_t count = sqlite3_column_int64(row, 1);
      if (name == "dropped") losses.dropped = count;
      if (name == "failed") losses.failed = count;
      if (name == "refused") losses.refused = count;
      if (name == "withheld") losses.withheld = count;
    });
    if (!status.ok()) return status.error();
    return losses;
  }

  Result<std::vector<ErasureReceipt>> erasures() override {
    std::vector<ErasureReceipt> receipts;
    Status status =
        query("SELECT request, units, events, finished FROM erasures ORDER BY request", [&](sqlite3_stmt* row) {
          receipts.push_back({text_of(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                              sqlite3_column_int(row, 3) != 0});
        });
    if (!status.ok()) return status.error();
    return receipts;
  }

  Result<bool> has_erased(std::span<const UnitId> units) override {
    const std::set<UnitId> wanted(units.begin(), units.end());
    std::set<std::int64_t> missing;
    for (const UnitId unit : wanted) missing.insert(Eraser::mark_of(unit));
    bool left = false;
    Status status =
        query("SELECT mark FROM erased", [&](sqlite3_stmt* row) { missing.erase(sqlite3_column_int64(row, 0)); });
    if (!status.ok()) return status.error();
    if (version_ == 1 || !missing.empty()) return false;
    status = query("SELECT unit FROM events WHERE type <> 0",
                   [&](sqlite3_stmt* row) { left = left || wanted.count(sqlite3_column_int64(row, 0)) == 1; });
    if (!status.ok()) return status.error();
    return !left;
  }

  Result<std::string> text(std::int32_t code) override {
    try {
      return look_up(code);
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

 private:
  Result<std::string> look_up(std::int32_t code) {
    if (code == 0) return std::string();
    if (!is_code(code)) return invalid("an event of the journal has a code that no text can have");
    if (const auto known = texts_.find(code); known != texts_.end()) return known->second;
    const Reset reset(text_.get());
    sqlite3_bind_int(text_.get(), 1, code);
    const int step = sqlite3_step(text_.get());
    if (step == SQLITE_DONE) return invalid("the journal has no text of code " + std::to_string(code));
    if (step != SQLITE_ROW) return storage(sqlite3_errmsg(database_->getHandle()));
    return texts_.emplace(code, text_of(text_.get(), 0)).first->second;
  }

  // Each call is one short transaction that begins with a look at the version: the owner may migrate the file while it
  // is being read, and then the columns are others.
  template <typename Work>
  Status in_transaction(Work work) {
    const Reset reset_begin(begin_.get()), reset_commit(commit_.get());
    if (sqlite3_step(begin_.get()) != SQLITE_DONE) return failure();
    Status status;
    try {
      status = check_version();
      if (status.ok()) status = work();
    } catch (const std::bad_alloc&) {
      status = out_of_memory();
    } catch (const std::exception& failed) {
      status = storage(failed.what());
    }
    if (sqlite3_step(commit_.get()) != SQLITE_DONE && status.ok()) status = failure();
    return status;
  }

  Status check_version() {
    int version = 0;
    {
      const Reset reset(get_version_.get());
      if (sqlite3_step(get_version_.get()) != SQLITE_ROW) return failure();
      version = sqlite3_column_int(get_version_.get(), 0);
    }
    if (version == version_) return {};
    if (version < 1) return invalid("the file is not a journal");
    if (version > kJournalSchemaVersion) {
      return Error{ErrorCode::kUnsupportedVersion,
                   "the journal has version " + std::to_string(version) + "; this release reads up to version " +
                       std::to_string(kJournalSchemaVersion),
                   file_.string(), "use the release that made it, or a newer one"};
    }
    const std::string columns = version == 1 ? kJournalEventColumns1 : kJournalEventColumns;
    const std::string which = version == 1 ? "sequence > ?" : "sequence > ? AND type <> 0";
    select_ = prepare(database_->getHandle(),
                      "SELECT " + columns + " FROM events WHERE " + which + " ORDER BY sequence LIMIT ?");
    version_ = version;
    return {};
  }

  Status select(std::int64_t after, std::size_t limit, std::vector<StoredEvent>& events) {
    const Reset reset(select_.get());
    sqlite3_bind_int64(select_.get(), 1, after);
    sqlite3_bind_int64(select_.get(), 2, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
    int code = SQLITE_ROW;
    std::int64_t last = after;
    while ((code = sqlite3_step(select_.get())) == SQLITE_ROW) {
      events.push_back(row_of(select_.get()));
      // Whoever reads on after the last sequence must get further, whatever the file says.
      if (sqlite3_column_type(select_.get(), 0) != SQLITE_INTEGER || events.back().sequence <= last) {
        return invalid("the journal's sequences are none, or do not ascend");
      }
      last = events.back().sequence;
      const EventType type = events.back().type;
      if (type < EventType::kHold || type > EventType::kOutcome) {
        return invalid("the journal's event " + std::to_string(events.back().sequence) + " has an unknown type");
      }
    }
    return code == SQLITE_DONE ? Status() : Status(failure());
  }

  // Of a table that version 1 lacks: no rows then.
  template <typename Each>
  Status query(const std::string& sql, Each each) {
    return in_transaction([&]() -> Status {
      if (version_ == 1) return {};
      const Statement statement = prepare(database_->getHandle(), sql);
      int code = SQLITE_ROW;
      while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) each(statement.get());
      return code == SQLITE_DONE ? Status() : Status(failure());
    });
  }

  static std::string text_of(sqlite3_stmt* row, int column) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
    return bytes == nullptr ? std::string()
                            : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
  }

  void load_meta() {
    SQLite::Statement meta(*database_, "SELECT name, value FROM meta");
    while (meta.executeStep()) {
      const std::string name = meta.getColumn(0).getString();
      if (name == "writer") writer_ = meta.getColumn(1).getString();
      if (name == "key_id") key_id_ = meta.getColumn(1).getString();
      if (name == "purpose") purpose_ = meta.getColumn(1).getString();
    }
  }

  [[nodiscard]] Error invalid(std::string message) const {
    return {ErrorCode::kInvalidInput, std::move(message), file_.string(), ""};
  }
  [[nodiscard]] Error failure() const { return storage(sqlite3_errmsg(database_->getHandle())); }
  [[nodiscard]] Error storage(const std::string& cause) const {
    return {ErrorCode::kStorage, "cannot read the journal: " + cause, file_.string(), ""};
  }

  const std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> database_;
  Statement begin_, commit_, get_version_, select_, text_;
  int version_ = -1;
  std::string writer_, key_id_, purpose_;
  std::unordered_map<std::int32_t, std::string> texts_;
};

Error cannot_read(const std::filesystem::path& file, const char* cause) {
  return {ErrorCode::kStorage, std::string("cannot read the journal: ") + cause, file.string(), ""};
}

// kRefused stands for a file that must be rolled back first, which a read-only connection cannot do.
Result<std::unique_ptr<JournalReader>> connect(const std::filesystem::path& file) {
  try {
    auto reader = std::make_unique<FileReader>(file);
    if (Status connected = reader->connect(); !connected.ok()) return connected.error();
    return std::unique_ptr<JournalReader>(std::move(reader));
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const SQLite::Exception& failure) {
    Error error = cannot_read(file, failure.what());
    if (failure.getErrorCode() == SQLITE_NOTADB)
      return Error{ErrorCode::kInvalidInput, "the file is not a journal", file.string(), ""};
    if (failure.getExtendedErrorCode() == SQLITE_READONLY_ROLLBACK) error.code = ErrorCode::kRefused;
    return error;
  } catch (const std::exception& failure) {
    return cannot_read(file, failure.what());
  }
}

// The owner ended in the moment in which a journal changes between log and rollback mode. Whoever gets its lock knows
// that it is gone, and is the only one to write.
Status roll_back(const std::filesystem::path& file) {
  std::error_code cause;
  const std::filesystem::path path = std::filesystem::weakly_canonical(std::filesystem::absolute(file, cause), cause);
  const auto lock = JournalLock::acquire(path);
  if (!lock) return lock.error();
  try {
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE, kBusyTimeoutMs);
    database.execAndGet("SELECT count(*) FROM meta");
    return {};
  } catch (const std::exception& failure) {
    return cannot_read(file, failure.what());
  }
}

Result<std::unique_ptr<JournalReader>> open_reader(const std::filesystem::path& file) {
  std::error_code cause;
  const std::filesystem::file_status status = std::filesystem::status(file, cause);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{ErrorCode::kNotFound, "the journal does not exist", file.string(), ""};
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Error{ErrorCode::kInvalidInput, "the file is not a journal (it is no regular file)", file.string(), ""};
  }
  auto reader = connect(file);
  if (reader || reader.error().code != ErrorCode::kRefused) return reader;
  if (Status status = roll_back(file); !status.ok()) return status.error();
  reader = connect(file);
  if (reader || reader.error().code != ErrorCode::kRefused) return reader;
  return cannot_read(file, "it must be rolled back first, and cannot be written");
}

}  // namespace

Result<std::unique_ptr<JournalReader>> JournalReader::open(const std::filesystem::path& file) {
  try {
    return open_reader(file);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

}  // namespace tactful
