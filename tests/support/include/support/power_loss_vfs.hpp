#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tactful::test {

/// Stands between SQLite and the disk and remembers what a power loss would leave: all that was synced, and of what
/// was written since then any subset of 4 KB sectors. While it lives it is SQLite's default file system.
/// Thread-safety: one thread at a time uses SQLite.
class PowerLossVfs {
 public:
  PowerLossVfs();
  ~PowerLossVfs();
  PowerLossVfs(const PowerLossVfs&) = delete;
  PowerLossVfs& operator=(const PowerLossVfs&) = delete;

  /// Called before each write, truncation, sync and removal.
  std::function<void()> before_change;

  /// Writes into `folder` the files as they could be found after a power loss now.
  void lose_power(const std::filesystem::path& folder, std::mt19937& random) const;

  struct Change {
    bool truncates = false;
    sqlite3_int64 offset = 0;
    std::string data;
  };
  struct File {
    std::string synced;
    std::vector<Change> pending;
    bool has_entry = false;     ///< Whether the folder's own entry of it is durable.
    bool syncs_folder = false;  ///< Whether its next sync is of the folder, too.
  };
  void sync_folder();
  std::map<std::string, File> files, deleted;  // by path; used by the file methods
  sqlite3_vfs* real = nullptr;

 private:
  sqlite3_vfs vfs_{};
};

}  // namespace tactful::test
