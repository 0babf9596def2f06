#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace tactful::test {

/// Stands between SQLite and the disk and lets calls fail as disks fail: reads that are short or fail, writes that fail
/// or find no space, syncs that fail after some of the data went out. While it lives it is SQLite's default file
/// system. Thread-safety: the rate and the quota may be changed by any thread; one thread at a time uses SQLite.
class FaultyVfs {
 public:
  explicit FaultyVfs(unsigned seed);
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  std::atomic<int> failures_per_thousand{0};  ///< Of each read, write, sync, truncation, size and open.
  std::atomic<std::int64_t> quota_bytes{
      -1};                              ///< What may still be written before the disk is full; negative: no bound.
  std::atomic<std::int64_t> failed{0};  ///< How many calls failed so far.

  [[nodiscard]] bool fails();
  [[nodiscard]] bool has_space(std::int64_t bytes);
  sqlite3_vfs* real = nullptr;

 private:
  std::mt19937 random_;
  sqlite3_vfs vfs_{};
};

}  // namespace tactful::test
