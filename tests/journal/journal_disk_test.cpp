// Disks that fail at random and disks that fill: nothing is acknowledged falsely, nothing acknowledged is lost, and
// writing goes on by itself once the fault is gone. Repeating under the same id gives no duplicates to whoever counts
// ids. Read-only, forbidden, removed and linked files are errors that say so.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>

#include "faulty_vfs.hpp"
#include "journal_fixture.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

#ifdef TACTFUL_SLOW_TIER
constexpr int kRuns = 2'000, kFills = 50;
#else
constexpr int kRuns = 50, kFills = 5;
#endif

struct Tried {
  std::int64_t acknowledged = 0, failed = 0, faults = 0, refused_opens = 0;
};

// One life under faults, then a good disk: the events that were not acknowledged are recorded again under their ids.
void fail_at_random(unsigned seed, Tried& tried) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const TempDir folder;
  const fs::path file = folder / "a.db";
  constexpr int kEvents = 200;
  std::set<int> acknowledged;  // by the writer thread, read when it has ended
  FaultyVfs disk(seed);
  const FixedClock clock;
  JournalOptions options;
  options.group_events = 8;
  options.group_delay_ms = 0;
  options.close_timeout_ms = seed % 4 == 0 ? 0 : 1'000;
  disk.failures_per_thousand = 1 + static_cast<int>(seed % 50);
  auto opened = Journal::open(file, pseudonymizer(), clock, options);
  for (int attempt = 0; !opened && attempt < 200; ++attempt) {
    ++tried.refused_opens;
    EXPECT_EQ(opened.error().code, ErrorCode::kStorage) << describe(opened.error());
    opened = Journal::open(file, pseudonymizer(), clock, options);
  }
  ASSERT_TRUE(opened.has_value());
  for (int i = 0; i < kEvents; ++i) {
    ASSERT_TRUE((*opened)
                    ->record(outcome("u", "e" + std::to_string(i), i),
                             [&, i](const Status& status) {
                               if (status.ok()) acknowledged.insert(i);
                             })
                    .ok());
  }
  (void)(*opened)->flush();
  if (seed % 3 == 0) disk.failures_per_thousand = 0;  // the fault goes while the journal is open
  if (seed % 3 == 0) {
    EXPECT_TRUE((*opened)->flush().ok()) << "recovers without a restart";
  }
  opened = Error{};
  tried.acknowledged += static_cast<std::int64_t>(acknowledged.size());
  tried.failed += kEvents - static_cast<std::int64_t>(acknowledged.size());
  tried.faults += disk.failed;
  disk.failures_per_thousand = 0;
  std::set<int> found;
  for (const StoredEvent& row : read_all(file)) found.insert(static_cast<int>(row.value));
  for (const int i : acknowledged) ASSERT_EQ(found.count(i), 1U) << "acknowledged and lost: " << i;
  const auto journal = open_or_fail(file, clock, options);
  for (int i = 0; i < kEvents; ++i) {
    if (acknowledged.count(i) == 1) continue;
    ASSERT_TRUE(journal->record(outcome("u", "e" + std::to_string(i), i)).ok());
  }
  ASSERT_TRUE(journal->flush().ok());
  std::set<std::int64_t> ids;
  for (const StoredEvent& row : read_all(file)) ids.insert(row.event);
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kEvents));
  EXPECT_EQ(SQLite::Database(file.string()).execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST(JournalDisk, IoErrorsLoseNothingAcknowledged) {
  Tried tried;
  for (int run = 0; run < kRuns && !HasFailure(); ++run) fail_at_random(static_cast<unsigned>(run + 1), tried);
  std::cout << kRuns << " runs, " << tried.faults << " faults, " << tried.refused_opens << " refused openings, "
            << tried.acknowledged << " acknowledged, " << tried.failed << " failed, 0 lost\n";
  EXPECT_GT(tried.faults, kRuns);
  EXPECT_GT(tried.acknowledged, kRuns * 50);
}

TEST(JournalDisk, AFullDiskIsRecoveredFromAgainAndAgain) {
  const TempDir folder;
  FaultyVfs disk(7);
  const FixedClock clock;
  const auto journal = open_or_fail(folder / "a.db", clock);
  std::int64_t recorded = 0;
  std::atomic<std::int64_t> stored = 0;
  for (int fill = 0; fill < kFills; ++fill) {
    disk.quota_bytes = 100'000 + 37'000 * (fill % 11);
    Status flushed;
    while (flushed.ok() && recorded < 10'000'000) {
      for (int i = 0; i < 300; ++i, ++recorded) {
        ASSERT_TRUE(journal->record(outcome("u"), [&](const Status& status) { stored += status.ok(); }).ok());
      }
      flushed = journal->flush();
    }
    ASSERT_FALSE(flushed.ok());
    EXPECT_EQ(flushed.error().code, ErrorCode::kStorage);
    EXPECT_THAT(flushed.error().message, HasSubstr("full"));
    EXPECT_EQ(journal->counters().recorded, stored);
    disk.quota_bytes = -1;
    const auto before = std::chrono::steady_clock::now();
    ASSERT_TRUE(journal->flush().ok());
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30)) << "one second on an idle machine";
    ASSERT_EQ(stored, recorded);
  }
  EXPECT_EQ(read_all(journal->file()).size(), static_cast<std::size_t>(recorded));
  std::cout << kFills << " full disks, " << recorded << " events, 0 lost\n";
}

class JournalPlace : public ::testing::Test {
 protected:
  Error error_of(const fs::path& path) {
    const auto journal = Journal::open(path, pseudonymizer(), clock_);
    EXPECT_FALSE(journal.has_value()) << path;
    return journal ? Error{} : journal.error();
  }
  TempDir folder_;
  FixedClock clock_;
};

TEST_F(JournalPlace, ALinkThatLeadsNowhereIsNotReplaced) {
  fs::create_symlink(folder_ / "elsewhere" / "b.db", folder_ / "a.db");
  const Error error = error_of(folder_ / "a.db");
  EXPECT_EQ(error.code, ErrorCode::kStorage);
  EXPECT_THAT(error.message, HasSubstr("symbolic link"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "a.db"));
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
  EXPECT_EQ(JournalReader::open(folder_ / "a.db").error().code, ErrorCode::kNotFound);
}

TEST_F(JournalPlace, LinksThatLeadInCirclesAreReported) {
  fs::create_symlink(folder_ / "b.db", folder_ / "a.db");
  fs::create_symlink(folder_ / "a.db", folder_ / "b.db");
  EXPECT_EQ(error_of(folder_ / "a.db").code, ErrorCode::kStorage);
}

TEST_F(JournalPlace, ALinkedFolderIsTheFolder) {
  fs::create_directory(folder_ / "real");
  fs::create_directory_symlink(folder_ / "real", folder_ / "link");
  const auto journal = open_or_fail(folder_ / "link" / "a.db", clock_);
  EXPECT_TRUE(fs::exists(folder_ / "real" / "a.db"));
  EXPECT_EQ(error_of(folder_ / "real" / "a.db").code, ErrorCode::kUnavailable) << "one lock under both names";
}

// Root may do what permissions forbid, so another user tries.
TEST_F(JournalPlace, WhatMayNotBeWrittenIsReported) {
  if (::getuid() != 0) GTEST_SKIP() << "needs to become another user";
  { const auto journal = open_or_fail(folder_ / "closed" / "a.db", clock_); }
  fs::permissions(folder_.path(), fs::perms::all);
  fs::permissions(folder_ / "closed", fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65'534) != 0 || ::setuid(65'534) != 0) ::_exit(9);
    const auto file = Journal::open(folder_ / "closed" / "a.db", pseudonymizer(), clock_);
    const auto folder = Journal::open(folder_ / "closed", pseudonymizer(), clock_);
    const auto made = Journal::open(folder_ / "mine", pseudonymizer(), clock_);
    const UnitId unit = 5;
    const auto asked = request_erasure(folder_ / "closed", {&unit, 1});
    if (file || file.error().code != ErrorCode::kStorage) ::_exit(1);
    if (folder || folder.error().code != ErrorCode::kStorage) ::_exit(2);
    if (describe(folder.error()).find("ermission") == std::string::npos) ::_exit(3);
    if (asked || asked.error().code != ErrorCode::kStorage) ::_exit(4);
    ::_exit(made ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Whoever may not give a request to the journal's owner is refused: nobody could read it.
TEST_F(JournalPlace, ARequestThatItsOwnerCouldNotReadIsRefused) {
  if (::getuid() != 0) GTEST_SKIP() << "needs to become another user";
  { const auto journal = open_or_fail(folder_ / "open" / "a.db", clock_); }
  fs::permissions(folder_.path(), fs::perms::all);
  fs::permissions(folder_ / "open", fs::perms::all);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65'534) != 0 || ::setuid(65'534) != 0) ::_exit(9);
    const UnitId unit = 5;
    const auto asked = request_erasure(folder_ / "open", {&unit, 1});
    ::_exit(!asked && asked.error().code == ErrorCode::kRefused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(JournalPlace, ARemovedFolderIsNoticedAndAnotherJournalIsOpened) {
  JournalOptions options;
  options.close_timeout_ms = 0;
  auto journal = open_or_fail(folder_ / "gone", clock_, options);
  ASSERT_TRUE(journal->record_with_future(outcome("u")).get().ok());
  fs::remove_all(folder_ / "gone");
  ASSERT_TRUE(journal->record(outcome("u")).ok());
  const Status flushed = journal->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_THAT(flushed.error().message, HasSubstr("moved or removed"));
  journal.reset();
  EXPECT_EQ(journal, nullptr);
  journal = open_or_fail(folder_ / "gone", clock_);
  EXPECT_TRUE(journal->record_with_future(outcome("u")).get().ok());
}

}  // namespace
}  // namespace tactful::test
