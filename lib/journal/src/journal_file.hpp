#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"

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

/// Makes a complete, empty journal and gives it its name at the end, so that a `.db` file is never half made.
/// The caller holds the journal's lock. Errors: kStorage.
[[nodiscard]] Status create_journal_file(const std::filesystem::path& file, const JournalIdentity& identity);

/// Whether the file is a journal that this release can write, of this identity if one is given. Throws SQLite's
/// exceptions. Errors: kStorage for what is no journal, kUnsupportedVersion, kRefused.
[[nodiscard]] Status check_journal_file(SQLite::Database& database, const std::filesystem::path& file,
                                        const std::optional<JournalIdentity>& identity);

/// Brings a journal of an earlier version to this release's, in one transaction. The caller holds the lock. Throws
/// SQLite's exceptions; the file has its earlier version then.
void upgrade_journal_file(SQLite::Database& database);

}  // namespace tactful
