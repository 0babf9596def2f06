#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dictionary.hpp"
#include "eraser.hpp"
#include "event_queue.hpp"
#include "journal_file.hpp"
#include "journal_schema.hpp"
#include "tactful/journal/journal.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace SQLite {
class Database;
}

namespace tactful {

/// The SQLite side of one journal: its only read-write connection, which is also the only one that checkpoints.
/// Thread-safety: one thread at a time; it may be handed over.
class JournalStorage {
 public:
  /// Opens an existing journal for writing; what a killed owner left in the WAL is recovered. The caller holds the
  /// lock. Without an identity any journal is opened, to erase from it. `before_commit` stands in for a faulty disk in
  /// tests. Errors: as Journal::open().
  [[nodiscard]] static Result<std::unique_ptr<JournalStorage>> open(const std::filesystem::path& file,
                                                                    const std::optional<JournalIdentity>& identity,
                                                                    Durability durability, Dictionary& dictionary,
                                                                    std::function<Status()> before_commit);

  ~JournalStorage();

  /// Stores the group, but for events of erased units, which it marks and whose number it returns, the dictionary's new
  /// texts and the counters in one transaction. After an error nothing of it is stored, but for what a crash at that
  /// moment may leave, or a file that was moved during the commit. Errors: kStorage with SQLite's cause.
  [[nodiscard]] Result<std::size_t> append(EventQueue& queue, EventQueue::Group group);

  /// Stores what was counted since the journal was opened, added to what its earlier owners counted, if it is news.
  /// Errors: kStorage.
  [[nodiscard]] Status store_counters(const JournalCounters& counters);

  /// One step of what the journal was asked to erase. Errors: kStorage.
  [[nodiscard]] Result<ErasureStep> erase();
  [[nodiscard]] std::vector<ErasureReceipt> take_erased() { return eraser_->take_finished(); }
  [[nodiscard]] std::vector<Error> take_unreadable() { return eraser_->take_unreadable(); }

  /// Moves the WAL into the database once it is long. Errors: kStorage; nothing is lost by one.
  [[nodiscard]] Status checkpoint_when_due();

 private:
  struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileId&) const = default;
  };
  JournalStorage(std::filesystem::path file, Dictionary& dictionary, std::function<Status()> before_commit);
  void connect(Durability durability);
  void load();
  [[nodiscard]] std::size_t insert(EventQueue& queue, EventQueue::Group group);
  void insert(const StoredEvent& event, std::int64_t sequence);
  [[nodiscard]] JournalLosses losses_of(const JournalCounters& counters, std::size_t withheld) const;
  void write_losses(const JournalLosses& losses);
  void insert_texts();
  template <typename Change>
  void in_transaction(Change change);
  void run(sqlite3_stmt* statement);
  [[nodiscard]] Status check_files() const;
  [[nodiscard]] static FileId file_id(const std::filesystem::path& path) noexcept;
  [[nodiscard]] Error error(const char* what, const char* cause) const;

  const std::filesystem::path file_, wal_;
  Dictionary& dictionary_;
  const std::function<Status()> before_commit_;
  std::unique_ptr<SQLite::Database> database_;
  Statement begin_, commit_, rollback_, insert_event_, insert_text_, write_counter_;
  std::optional<Eraser> eraser_;
  JournalLosses earlier_, stored_;  // of earlier owners; as the file has them
  FileId file_id_, wal_id_;
  std::int64_t last_sequence_ = 0;
  std::int32_t last_code_ = 0;
  std::int32_t stored_texts_ = 0;  // codes up to it are durable
  int wal_pages_ = 0;
};

}  // namespace tactful
