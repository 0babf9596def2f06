#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <memory>
#include <string>

#include "store_hooks.hpp"
#include "tactful/core/descriptor.hpp"
#include "tactful/store/store.hpp"

namespace tactful::store_detail {

/// Holds `<store>.lock` for as long as it lives, so that a store has one writer at most.
class WriterLock {
 public:
  /// `store` is free of symbolic links. Throws Failure: kUnavailable naming the holder, kNotFound without the folder,
  /// kStorage.
  explicit WriterLock(const std::filesystem::path& store);

 private:
  Descriptor file_;
};

/// The store's SQLite file, opened and checked. A read-only one stays in one read transaction, so that everything
/// read through it belongs to one state.
struct Database {
  /// Throws Failure and SQLite::Exception.
  Database(const std::filesystem::path& path, Store::Mode mode, LogSink* log, const StoreHooks& hooks);

  std::string file;
  std::unique_ptr<WriterLock> lock;  // before the connection, released after it
  std::unique_ptr<SQLite::Database> sqlite;
  int version = 2;  // of the file as it is now

  /// The tables that version 2 has more than version 1, and the number; within the caller's transaction.
  void migrate_tables();
  /// Builds the file anew without what was removed from it; the log still has it. Needs room for a second copy.
  void rebuild() const { sqlite->exec("VACUUM"); }
  /// Cuts the log to nothing. False when a reader keeps it.
  [[nodiscard]] bool cut_log() const;

  [[nodiscard]] std::string meta(const std::string& name) const;
  void set_meta(const std::string& name, std::string_view value) const;

 private:
  void open_read_only(const std::filesystem::path& path);
  void prepare_to_write(Store::Mode mode);
  void create_schema() const;
  void check_version();
};

}  // namespace tactful::store_detail
