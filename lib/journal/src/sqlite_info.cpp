#include "tactful/journal/sqlite_info.hpp"

#include <sqlite3.h>

namespace tactful {

std::string_view sqlite_version() noexcept { return sqlite3_libversion(); }

bool sqlite_has_wal_reset_bug() noexcept { return sqlite_has_wal_reset_bug(sqlite3_libversion_number()); }

bool sqlite_has_wal_reset_bug(int version_number) noexcept {
  constexpr int kFirst = 3'007'000, kRepaired = 3'051'003;
  if (version_number < kFirst || version_number >= kRepaired) return false;
  const int series = version_number / 1'000;
  const int patch = version_number % 1'000;
  return !((series == 3'044 && patch >= 6) || (series == 3'050 && patch >= 7));
}

}  // namespace tactful
