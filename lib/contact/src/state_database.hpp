#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "state_schema.hpp"
#include "tactful/contact/contact_identity.hpp"
#include "tactful/contact/contact_state.hpp"

struct sqlite3_stmt;

namespace tactful {

/// A prepared statement in use; it is reset when this goes, so that it holds no lock. Throws SQLite::Exception.
/// Texts and ids that are bound must live until then.
class Query {
 public:
  Query(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& bind(std::int64_t value);
  Query& bind(std::string_view text);
  Query& bind(const ContactId& id);

  /// Whether there is a (further) row.
  [[nodiscard]] bool step();
  /// Runs a statement without rows; returns how many rows it changed.
  int run();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  ///< Until the next step.
  [[nodiscard]] ContactId id(int column) const;

 private:
  void check(int code) const;
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// The file with its connection. Thread-safety: one thread at a time.
class StateDatabase {
 public:
  [[nodiscard]] static Result<std::unique_ptr<StateDatabase>> open(const std::filesystem::path& file,
                                                                   const std::string& key_id,
                                                                   const ContactStateOptions& options);
  ~StateDatabase();
  StateDatabase(const StateDatabase&) = delete;
  StateDatabase& operator=(const StateDatabase&) = delete;

  /// `sql` must be a literal: statements are remembered by its address.
  [[nodiscard]] Query query(const char* sql);
  void exec(const char* sql);
  /// What a failure means for the caller.
  [[nodiscard]] Error error(std::string_view what, const std::exception& failure) const;
  /// Nothing where the connection may be used: not by a forked child, and not when another file, or none, lies at the
  /// path: what others record then would not be seen here.
  [[nodiscard]] Status usable() const;
  /// Of the file's tables: 1 only where a file of an older release is open for reading.
  [[nodiscard]] int version() const noexcept { return version_; }

 private:
  StateDatabase(std::filesystem::path file, const ContactStateOptions& options);
  void create(const std::string& key_id);
  void raise();
  void remember_file();
  [[nodiscard]] Status check_identity(const std::string& key_id);

  std::filesystem::path file_;
  std::string full_path_;
  pid_t pid_;
  SQLite::Database database_;
  struct stat opened_ = {};
  int version_ = kContactSchemaVersion;
  std::map<const char*, sqlite3_stmt*> statements_;
};

/// One transaction; what was not committed is rolled back.
class StateTransaction {
 public:
  /// `immediate`: for writing; waits for the other writers first, so that what is read stays true until the commit.
  StateTransaction(StateDatabase& database, bool immediate);
  ~StateTransaction();
  StateTransaction(const StateTransaction&) = delete;
  StateTransaction& operator=(const StateTransaction&) = delete;
  void commit();

 private:
  StateDatabase& database_;
  bool is_open_ = true;
};

}  // namespace tactful
