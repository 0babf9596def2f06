#pragma once

#include <string_view>

namespace tactful {

/// The version of the SQLite library that this process runs with, for example `3.40.1`.
/// Thread-safety: any thread.
[[nodiscard]] std::string_view sqlite_version() noexcept;

/// Whether that version carries the WAL-reset bug: from 3.7.0 to 3.51.2 (but for the repaired 3.44.6 and later 3.44,
/// 3.50.7 and later 3.50) two connections that write and checkpoint one WAL database at the same moment can lose
/// committed transactions. Journals do not depend on the repair, since each has one read-write connection, which is
/// also the only one that checkpoints; other programs that open a journal read-write would bring the danger back.
/// Thread-safety: any thread.
[[nodiscard]] bool sqlite_has_wal_reset_bug() noexcept;

/// The same question about a version number as sqlite3_libversion_number() gives it (3.40.1 is 3040001).
[[nodiscard]] bool sqlite_has_wal_reset_bug(int version_number) noexcept;

}  // namespace tactful
