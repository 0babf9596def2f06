#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "dictionary.hpp"
#include "event_queue.hpp"
#include "journal_schema.hpp"
#include "tactful/journal/journal.hpp"

namespace SQLite {
class Database;
}

namespace tactful {

/// What is written into a new journal's meta table.
struct JournalIdentity {
  std::string key_id;
  std::string purpose;
  TimeMs created_at = 0;
};

/// The SQLite side of one journal: its only read-write connection, which is also the only one that checkpoints.
/// Thread-safety: one thread at a time; it may be handed over.
class JournalStorage {
 public:
  /// Makes a complete, empty journal and gives it its name at the end, so that a `.db` file is never half made.
  /// The caller holds the journal's lock. Errors: kStorage.
  [[nodiscard]] static Status create(const std::filesystem::path& file, const JournalIdentity& identity);

  /// Opens an existing journal for writing; what a killed owner left in the WAL is recovered. The caller holds the
  /// lock. `before_commit` stands in for a faulty disk in tests. Errors: as Journal::open().
  [[nodiscard]] static Result<std::unique_ptr<JournalStorage>> open(const std::filesystem::path& file,
                                                                    const JournalIdentity& identity,
                                                                    Durability durability, Dictionary& dictionary,
                                                                    std::function<Status()> before_commit);

  ~JournalStorage();

  /// Stores the group and the dictionary's new texts in one transaction. After an error nothing of it is stored, but
  /// for what a crash at that moment may leave, or a file that was moved during the commit. Errors: kStorage with
  /// SQLite's cause.
  [[nodiscard]] Status append(EventQueue& queue, EventQueue::Group group);

  /// Moves the WAL into the database once it is long. Errors: kStorage; nothing is lost by one.
  [[nodiscard]] Status checkpoint_when_due();

 private:
  struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileId&) const = default;
  };
  JournalStorage(std::filesystem::path file, Dictionary& dictionary, std::function<Status()> before_commit);
  void upgrade();
  void connect(Durability durability);
  void load();
  void insert(EventQueue& queue, EventQueue::Group group);
  void insert_texts();
  void run(sqlite3_stmt* statement);
  [[nodiscard]] Status check_identity(const JournalIdentity& identity);
  [[nodiscard]] Status check_files() const;
  [[nodiscard]] static FileId file_id(const std::filesystem::path& path) noexcept;
  [[nodiscard]] Error error(const char* what, const char* cause) const;

  const std::filesystem::path file_, wal_;
  Dictionary& dictionary_;
  const std::function<Status()> before_commit_;
  std::unique_ptr<SQLite::Database> database_;
  Statement begin_, commit_, rollback_, insert_event_, insert_text_;
  FileId file_id_, wal_id_;
  std::int64_t last_sequence_ = 0;
  std::int32_t last_code_ = 0;
  std::int32_t stored_texts_ = 0;  // codes up to it are durable
  int wal_pages_ = 0;
};

}  // namespace tactful
