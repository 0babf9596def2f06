#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>

#include "journal_fixture.hpp"

namespace tactful::test {
namespace {

constexpr int kThreads = 4, kEach = 3'000;

// Several threads record, one reads counters, one flushes, one follows with a reader.
TEST(JournalThreads, EveryEventOfEveryThreadIsStoredOnceAndInItsOrder) {
  const TempDir folder;
  const FixedClock clock;
  JournalOptions options;
  options.group_delay_ms = 1;
  options.queue_events = 512;
  options.block_timeout_ms = 60'000;
  const auto journal = open_or_fail(folder / "a.db", clock, options);
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string variant = "variant-" + std::to_string(i % 50);  // new texts from all threads at once
        Event event = outcome("u" + std::to_string(t), {}, t * kEach + i);
        event.variant = variant;
        EXPECT_TRUE(journal->record(event, [&](const Status& status) { acknowledged += status.ok(); }).ok());
      }
    });
  }
  std::thread watcher([&] {
    while (!done) {
      const JournalCounters counters = journal->counters();
      EXPECT_LE(counters.queued, 512);
      EXPECT_EQ(counters.dropped + counters.failed, 0);
      EXPECT_TRUE(journal->flush().ok());
    }
  });
  std::thread follower([&] {
    const auto reader = JournalReader::open(journal->file()).value();
    std::int64_t after = 0;
    while (after < kThreads * kEach) {
      const auto rows = reader->read(after, 500);
      ASSERT_TRUE(rows.has_value()) << describe(rows.error());
      for (const StoredEvent& row : *rows) {
        ASSERT_EQ(row.sequence, ++after);
        const int index = static_cast<int>(row.value) % kEach % 50;
        ASSERT_EQ(reader->text(row.variant).value(), "variant-" + std::to_string(index));
      }
      if (rows->empty()) std::this_thread::yield();
    }
  });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(journal->flush().ok());
  done = true;
  watcher.join();
  follower.join();
  EXPECT_EQ(acknowledged, kThreads * kEach);
  EXPECT_EQ(journal->counters().recorded, kThreads * kEach);
  std::map<std::int64_t, double> last;
  std::set<double> values;
  for (const StoredEvent& row : read_all(journal->file())) {
    const auto [at, first] = last.try_emplace(row.unit, row.value);
    EXPECT_TRUE(first || at->second < row.value) << "each thread's events keep their order";
    at->second = row.value;
    values.insert(row.value);
  }
  EXPECT_EQ(values.size(), static_cast<std::size_t>(kThreads * kEach));
}

TEST(JournalThreads, CountsAreExactWhenAStalledDiskFillsTheQueue) {
  const TempDir folder;
  const FixedClock clock;
  FaultyDisk disk;
  JournalOptions options;
  options.queue_events = 100;
  options.when_full = WhenFull::kDropNewest;
  const auto journal = open_or_fail(folder / "a.db", clock, options, disk.hooks());
  disk.stall();
  std::atomic<int> taken = 0, refused = 0, acknowledged = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const Status status = journal->record(outcome("u"), [&](const Status& stored) { acknowledged += stored.ok(); });
        ++(status.ok() ? taken : refused);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(refused, kThreads * 500 - 100);
  EXPECT_EQ(journal->counters().dropped, refused);
  EXPECT_EQ(journal->counters().queued, 100);
  disk.work();
  ASSERT_TRUE(journal->flush().ok());
  EXPECT_EQ(acknowledged, 100);
  EXPECT_EQ(read_all(journal->file()).size(), 100U);
}

TEST(JournalThreads, OneNameOneOwner) {
  const TempDir folder;
  const FixedClock clock;
  std::vector<std::unique_ptr<Journal>> journals(8);
  std::vector<std::thread> threads;
  for (auto& journal : journals) {
    threads.emplace_back([&] { journal = open_or_fail(folder.path(), clock); });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> names;
  for (const auto& journal : journals) names.insert(journal->file().string());
  EXPECT_EQ(names.size(), journals.size());
}

}  // namespace
}  // namespace tactful::test
