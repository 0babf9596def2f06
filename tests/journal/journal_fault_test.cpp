#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include "journal_fixture.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class JournalFault : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(JournalOptions options = {}) {
    return open_or_fail(file_, clock_, options, disk_.hooks(), &log_);
  }
  // Records one event and waits until its commit hangs in the stalled disk.
  void stall(Journal& journal) {
    disk_.stall();
    ASSERT_TRUE(journal.record(outcome("stalled")).ok());
    disk_.wait_for_commit();
  }

  TempDir folder_;
  FixedClock clock_;
  MemoryLog log_;
  FaultyDisk disk_;
  const fs::path file_ = folder_ / "a.db";
};

TEST_F(JournalFault, AFullQueueDropsTheNewestAndCounts) {
  JournalOptions options;
  options.queue_events = 10;
  options.when_full = WhenFull::kDropNewest;
  const auto journal = open(options);
  stall(*journal);
  for (int i = 1; i < 10; ++i) ASSERT_TRUE(journal->record(outcome("u")).ok());
  for (int i = 0; i < 3; ++i) {
    const Status status = journal->record(outcome("u"), [](const Status&) { ADD_FAILURE() << "refused, yet called"; });
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(status.error().message, HasSubstr("full"));
  }
  EXPECT_EQ(journal->record_with_future(outcome("u")).get().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(journal->counters().dropped, 4);
  EXPECT_EQ(journal->counters().queued, 10);
  disk_.work();
  ASSERT_TRUE(journal->flush().ok());
  EXPECT_EQ(journal->counters().recorded, 10);
  EXPECT_TRUE(journal->record_with_future(outcome("u")).get().ok()) << "space again";
  EXPECT_THAT(log_.text(), HasSubstr("4 events were refused"));
}

TEST_F(JournalFault, AFullQueueBlocksUntilItsTimeIsOver) {
  JournalOptions options;
  options.queue_events = 1;
  options.block_timeout_ms = 20;
  const auto journal = open(options);
  stall(*journal);
  const auto before = std::chrono::steady_clock::now();
  const Status status = journal->record(outcome("u"));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(20));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(journal->counters().dropped, 1);
  disk_.work();
}

TEST_F(JournalFault, ABlockedCallerGoesOnWhenThereIsSpace) {
  JournalOptions options;
  options.queue_events = 1;
  options.block_timeout_ms = 60'000;
  const auto journal = open(options);
  stall(*journal);
  auto blocked = std::async(std::launch::async, [&] { return journal->record(outcome("u")); });
  disk_.work();
  EXPECT_TRUE(blocked.get().ok());
  ASSERT_TRUE(journal->flush().ok());
  EXPECT_EQ(journal->counters().recorded, 2);
  EXPECT_EQ(journal->counters().dropped, 0);
}

TEST_F(JournalFault, AFailureIsNotAcknowledgedAndWritingResumesByItself) {
  const auto journal = open();
  disk_.fail();
  std::future<Status> stored = journal->record_with_future(outcome("u"));
  const Status flushed = journal->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().code, ErrorCode::kStorage);
  EXPECT_THAT(flushed.error().message, HasSubstr("on fire"));
  EXPECT_EQ(stored.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(journal->counters().queued, 1);
  EXPECT_EQ(journal->counters().recorded, 0);
  EXPECT_EQ(read_all(file_).size(), 0U);
  disk_.work();
  EXPECT_TRUE(stored.get().ok()) << "without anybody asking";
  EXPECT_TRUE(journal->flush().ok());
  EXPECT_EQ(journal->counters().failed, 0);
  EXPECT_EQ(read_all(file_).size(), 1U);
  EXPECT_THAT(log_.text(), HasSubstr("stores events again"));
}

TEST_F(JournalFault, TextsOfAFailedGroupAreStoredWithTheNextAttempt) {
  const auto journal = open();
  disk_.fail();
  ASSERT_TRUE(journal->record(outcome("u")).ok());
  ASSERT_FALSE(journal->flush().ok());
  disk_.work();
  ASSERT_TRUE(journal->flush().ok());
  const auto rows = read_all(file_);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(JournalReader::open(file_).value()->text(rows[0].kind).value(), "converted");
}

TEST_F(JournalFault, WhatCannotBeStoredFailsAtTheClose) {
  JournalOptions options;
  options.close_timeout_ms = 30;
  options.group_events = 2;
  auto journal = open(options);
  disk_.fail();
  std::vector<std::future<Status>> stored;
  for (int i = 0; i < 5; ++i) stored.push_back(journal->record_with_future(outcome("u")));
  journal.reset();
  for (auto& each : stored) {
    const Status status = each.get();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kStorage);
  }
  EXPECT_EQ(read_all(file_).size(), 0U);
  EXPECT_THAT(log_.text(), HasSubstr("could not be stored"));
}

TEST_F(JournalFault, ARemovedFileIsNoticedBeforeAnythingIsAcknowledged) {
  JournalOptions options;
  options.close_timeout_ms = 0;
  auto journal = open(options);
  ASSERT_TRUE(journal->record_with_future(outcome("u")).get().ok());
  fs::rename(file_, folder_ / "moved.db");
  std::future<Status> stored = journal->record_with_future(outcome("u"));
  const Status flushed = journal->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_THAT(flushed.error().message, HasSubstr("moved or removed"));
  fs::rename(folder_ / "moved.db", file_);
  EXPECT_TRUE(stored.get().ok()) << "back in its place";
  fs::remove(file_.string() + "-wal");
  ASSERT_TRUE(journal->record(outcome("u")).ok());
  EXPECT_FALSE(journal->flush().ok());
}

TEST_F(JournalFault, AFileThatGoesDuringTheCommitIsNotAcknowledged) {
  bool take_away = false;
  JournalHooks hooks{[&] {
    if (take_away) fs::rename(file_, folder_ / "moved.db");
    take_away = false;
    return Status();
  }};
  const auto journal = open_or_fail(file_, clock_, {}, std::move(hooks), &log_);
  ASSERT_TRUE(journal->record_with_future(outcome("u1", "e1")).get().ok());
  take_away = true;  // the writer sleeps until the next event
  std::future<Status> stored = journal->record_with_future(outcome("u2", "e2"));
  const Status flushed = journal->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_THAT(flushed.error().message, HasSubstr("moved or removed"));
  EXPECT_EQ(stored.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  fs::rename(folder_ / "moved.db", file_);
  EXPECT_TRUE(stored.get().ok()) << "back in its place";
  ASSERT_TRUE(journal->record_with_future(outcome("u3", "e3")).get().ok());
  std::set<std::int64_t> ids;
  for (const StoredEvent& event : read_all(file_)) ids.insert(event.event);
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(journal->counters().recorded, 3);
}

TEST_F(JournalFault, AFullDiskLosesNothingAndIsRecoveredFrom) {
  const TmpfsMount mount(folder_ / "small", "size=3m");
  if (!mount.mounted()) GTEST_SKIP() << "no permission to mount a tmpfs";
  const fs::path filler = folder_ / "small" / "filler";
  std::ofstream(filler) << std::string(2'000'000, 'x');
  const auto journal = open_or_fail(folder_ / "small" / "a.db", clock_, {}, {}, &log_);
  std::atomic<int> stored = 0;
  int recorded = 0;
  Status flushed;
  while (flushed.ok() && recorded < 1'000'000) {
    for (int i = 0; i < 500; ++i, ++recorded) {
      ASSERT_TRUE(journal
                      ->record(outcome("u", "e" + std::to_string(recorded)),
                               [&](const Status& status) {
                                 if (status.ok()) ++stored;
                               })
                      .ok());
    }
    flushed = journal->flush();
  }
  ASSERT_FALSE(flushed.ok()) << "the disk never filled";
  EXPECT_EQ(flushed.error().code, ErrorCode::kStorage);
  EXPECT_THAT(flushed.error().message, HasSubstr("full"));
  EXPECT_LT(stored, recorded);
  EXPECT_EQ(journal->counters().recorded + journal->counters().queued, recorded);
  fs::remove(filler);
  ASSERT_TRUE(journal->flush().ok());
  EXPECT_EQ(stored, recorded);
  EXPECT_EQ(read_all(journal->file()).size(), static_cast<std::size_t>(recorded));
}

// A file size limit stops the log's growth with EFBIG, and with a signal that must not kill the process.
int run_under_a_size_limit(const fs::path& file) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return 10;
  const FixedClock clock;
  auto opened = Journal::open(file, pseudonymizer(), clock);
  if (!opened) return 11;
  const auto whole = limit.rlim_cur;
  limit.rlim_cur = 400'000;
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 12;
  std::int64_t recorded = 0;
  Status flushed;
  for (; flushed.ok() && recorded < 100'000; flushed = (*opened)->flush()) {
    for (int i = 0; i < 300; ++i, ++recorded) {
      if (!(*opened)->record(outcome("u", "e" + std::to_string(recorded))).ok()) return 13;
    }
  }
  if (flushed.ok() || flushed.error().code != ErrorCode::kStorage) return 14;
  limit.rlim_cur = whole;
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 15;
  if (!(*opened)->flush().ok()) return 16;
  return (*opened)->counters().recorded == recorded ? 0 : 17;
}

TEST_F(JournalFault, AFileSizeLimitIsAnErrorAndIsRecoveredFrom) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(run_under_a_size_limit(file_));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(JournalFault, ACreationThatFailsLeavesNothingBehind) {
  const TmpfsMount mount(folder_ / "tiny", "size=12k");
  if (!mount.mounted()) GTEST_SKIP() << "no permission to mount a tmpfs";
  const auto journal = Journal::open(folder_ / "tiny" / "a.db", pseudonymizer(), clock_);
  ASSERT_FALSE(journal.has_value());
  EXPECT_EQ(journal.error().code, ErrorCode::kStorage);
  EXPECT_FALSE(fs::exists(folder_ / "tiny" / "a.db"));
  EXPECT_FALSE(fs::exists(folder_ / "tiny" / "a.db.new"));
}

}  // namespace
}  // namespace tactful::test
