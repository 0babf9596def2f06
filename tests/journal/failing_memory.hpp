#pragma once

namespace tactful::test {

/// Memory that runs out: the allocations of all threads, the program's and SQLite's alike, count down, and at zero one
/// fails, or all until disarm(). A program that links this has another operator new.
class FailingMemory {
 public:
  /// SQLite takes its memory through here from now on. Before its first use.
  static bool take_over_sqlite();

  static void arm(int countdown, bool goes_on);
  /// How many allocations there were since arm().
  static long disarm();
  /// How many allocations failed so far.
  [[nodiscard]] static long failures();
};

}  // namespace tactful::test
