// Durability against kill -9: a child records and reports each acknowledgement through a pipe; the parent kills it at a
// random point and then finds every acknowledged event in the file. 300 kills in the fast tier, 20,000 in the slow one.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <random>
#include <unordered_set>

#include "journal_fixture.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

struct Pipe {
  Pipe() {
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  int ends[2] = {-1, -1};
};

[[noreturn]] void record_until_killed(const fs::path& file, int acks, std::int64_t first, JournalOptions options) {
  const FixedClock clock;
  auto journal = Journal::open(file, pseudonymizer(), clock, options);
  if (!journal) ::_exit(1);
  for (std::int64_t i = first;; ++i) {
    const Status status =
        (*journal)->record(outcome("u", std::to_string(i), static_cast<double>(i)), [acks, i](const Status& s) {
          if (!s.ok() || ::write(acks, &i, sizeof i) != sizeof i) ::_exit(2);
        });
    if (!status.ok() && status.error().code != ErrorCode::kUnavailable) ::_exit(3);
  }
}

// Reads acknowledgements; kills the child after `kill_after` of them and then takes what is still in the pipe.
void collect_acks(int from, pid_t child, std::size_t kill_after, std::unordered_set<std::int64_t>& acked) {
  std::size_t seen = 0;
  if (kill_after == 0) ::kill(child, SIGKILL);
  std::int64_t id = 0;
  while (::read(from, &id, sizeof id) == sizeof id) {
    acked.insert(id);
    if (++seen == kill_after) ::kill(child, SIGKILL);
  }
}

std::string integrity(const fs::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
  return database.execAndGet("PRAGMA integrity_check").getString();
}

#ifdef TACTFUL_SLOW_TIER
constexpr int kKills = 20'000;
#else
constexpr int kKills = 300;
#endif

struct Killed {
  std::size_t acknowledged = 0;
  double slowest_reopen_s = 0;
};

// One journal, which its owners lose and take over again.
void kill_repeatedly(const fs::path& file, JournalOptions options, int rounds, std::mt19937& random, Killed& total) {
  std::unordered_set<std::int64_t> acked;
  for (int round = 0; round < rounds; ++round) {
    Pipe pipe;
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe.ends[0]);
      record_until_killed(file, pipe.ends[1], std::int64_t{round} << 32, options);
    }
    ::close(std::exchange(pipe.ends[1], -1));
    // Every eighth is killed at once: while it opens, creates or recovers.
    collect_acks(pipe.ends[0], child, round % 8 == 7 ? 0 : random() % 300 + 1, acked);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    ASSERT_EQ(integrity(file), "ok");
    std::unordered_set<std::int64_t> stored;
    std::int64_t sequence = 0;
    for (const StoredEvent& event : read_all(file)) {
      stored.insert(static_cast<std::int64_t>(event.value));
      ASSERT_EQ(event.sequence, ++sequence) << "sequences have no gaps";
    }
    for (const std::int64_t id : acked) ASSERT_TRUE(stored.count(id) == 1) << "lost in round " << round << ": " << id;
  }
  total.acknowledged += acked.size();
  const FixedClock clock;
  const auto before = std::chrono::steady_clock::now();
  const auto journal = open_or_fail(file, clock);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  total.slowest_reopen_s = std::max(total.slowest_reopen_s, took.count());
  EXPECT_TRUE(journal->record_with_future(outcome("after")).get().ok());
}

void kill_many_times(JournalOptions options, int kills, unsigned seed) {
  constexpr int kEach = 25;  // kills of one file: reading it all after each must not take most of the time
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  Killed total;
  for (int done = 0; done < kills && !testing::Test::HasFailure(); done += kEach) {
    const TempDir folder;
    kill_repeatedly(folder / "killed.db", options, kEach, random, total);
  }
  std::cout << kills << " kills, " << total.acknowledged << " events acknowledged, 0 lost; slowest reopening "
            << total.slowest_reopen_s << " s\n";
  EXPECT_GT(total.acknowledged, static_cast<std::size_t>(kills) * 50);
  EXPECT_LT(total.slowest_reopen_s, 5.0) << "one second on an idle machine";
}

TEST(JournalKill, LosesNothingAcknowledged) {
  JournalOptions options;
  options.group_delay_ms = 1;
  kill_many_times(options, kKills / 3, 20260514);
}

TEST(JournalKill, LosesNothingAcknowledgedInLargerGroups) {
  JournalOptions options;
  options.group_events = 1'024;
  kill_many_times(options, kKills / 3, 20260516);
}

TEST(JournalKill, LosesNothingAcknowledgedByTheSystemAlone) {
  JournalOptions options;
  options.durability = Durability::kOs;
  options.group_events = 16;
  options.group_delay_ms = 0;
  kill_many_times(options, kKills / 3, 20260515);
}

TEST(JournalKill, ADeadOwnersLogIsReadWithoutTouchingIt) {
  const TempDir folder;
  const fs::path file = folder / "killed.db";
  Pipe pipe;
  const pid_t child = ::fork();
  if (child == 0) record_until_killed(file, pipe.ends[1], 1, {});
  ::close(std::exchange(pipe.ends[1], -1));
  std::unordered_set<std::int64_t> acked;
  collect_acks(pipe.ends[0], child, 1'000, acked);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const auto size = fs::file_size(file), log_size = fs::file_size(file.string() + "-wal");
  ASSERT_GT(log_size, 0U);
  const std::size_t events = read_all(file).size();
  EXPECT_GE(events, acked.size());
  fs::remove(file.string() + "-shm");  // as after a restart of the machine, or a move
  EXPECT_EQ(read_all(file).size(), events);
  EXPECT_EQ(fs::file_size(file), size);
  EXPECT_EQ(fs::file_size(file.string() + "-wal"), log_size);
  const FixedClock clock;
  const auto journal = open_or_fail(file, clock);
  EXPECT_TRUE(journal->record_with_future(outcome("after")).get().ok()) << "the lock died with its owner";
  EXPECT_EQ(read_all(file).size(), events + 1);
}

}  // namespace
}  // namespace tactful::test
