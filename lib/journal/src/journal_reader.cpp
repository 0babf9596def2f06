#include "tactful/journal/journal_reader.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <unordered_map>

#include "dictionary.hpp"
#include "journal_lock.hpp"
#include "journal_schema.hpp"

namespace tactful {
namespace {

constexpr int kBusyTimeoutMs = 2'000;  // while another reader recovers a dead owner's log

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
constexpr bool is_code(std::int64_t code) noexcept {
  return code >= 0 && code <= static_cast<std::int64_t>(Dictionary::kMaxTexts);
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
    const std::int64_t code = sqlite3_column_int64(row, column++);
    *field = is_code(code) ? static_cast<std::int32_t>(code) : kNoCode;
  }
  event.value = sqlite3_column_double(row, column);
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
    const int version = database_->execAndGet("PRAGMA user_version").getInt();
    if (version > kJournalSchemaVersion) {
      return Error{ErrorCode::kUnsupportedVersion,
                   "the journal has version " + std::to_string(version) + "; this release reads up to version " +
                       std::to_string(kJournalSchemaVersion),
                   file_.string(), "use the release that made it, or a newer one"};
    }
    if (version != kJournalSchemaVersion) return invalid("the file is not a journal");
    load_meta();
    if (writer_.size() != 32) return invalid("the journal has no identity");
    sqlite3* handle = database_->getHandle();
    select_ = prepare(handle, std::string("SELECT ") + kJournalEventColumns +
                                  " FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?");
    text_ = prepare(handle, "SELECT text FROM dictionary WHERE code = ?");
    return {};
  }

  [[nodiscard]] const std::string& writer() const noexcept override { return writer_; }
  [[nodiscard]] const std::string& key_id() const noexcept override { return key_id_; }
  [[nodiscard]] const std::string& purpose() const noexcept override { return purpose_; }

  Result<std::vector<StoredEvent>> read(std::int64_t after, std::size_t limit) override {
    const Reset reset(select_.get());
    sqlite3_bind_int64(select_.get(), 1, after);
    sqlite3_bind_int64(select_.get(), 2, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
    std::vector<StoredEvent> events;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(select_.get())) == SQLITE_ROW) {
      events.push_back(row_of(select_.get()));
      const EventType type = events.back().type;
      if (type < EventType::kHold || type > EventType::kOutcome) {
        return invalid("the journal's event " + std::to_string(events.back().sequence) + " has an unknown type");
      }
    }
    if (code != SQLITE_DONE) return storage(sqlite3_errmsg(database_->getHandle()));
    return events;
  }

  Result<std::string> text(std::int32_t code) override {
    if (code == 0) return std::string();
    if (!is_code(code)) return invalid("an event of the journal has a code that no text can have");
    if (const auto known = texts_.find(code); known != texts_.end()) return known->second;
    const Reset reset(text_.get());
    sqlite3_bind_int(text_.get(), 1, code);
    const int step = sqlite3_step(text_.get());
    if (step == SQLITE_DONE) return invalid("the journal has no text of code " + std::to_string(code));
    if (step != SQLITE_ROW) return storage(sqlite3_errmsg(database_->getHandle()));
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(text_.get(), 0));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(text_.get(), 0));
    return texts_.emplace(code, bytes == nullptr ? std::string() : std::string(bytes, size)).first->second;
  }

 private:
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
  [[nodiscard]] Error storage(const std::string& cause) const {
    return {ErrorCode::kStorage, "cannot read the journal: " + cause, file_.string(), ""};
  }

  const std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> database_;
  Statement select_, text_;
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

}  // namespace

Result<std::unique_ptr<JournalReader>> JournalReader::open(const std::filesystem::path& file) {
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

}  // namespace tactful
