// Several sender processes at once, senders whose disk stalls, and what they log.
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "journal_fixture.hpp"
#include "tactful/adapters/spdlog_sink.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

#ifdef TACTFUL_SLOW_TIER
constexpr std::int64_t kEvents = 50'000'000;
constexpr int kStallSeconds = 30;
#else
constexpr std::int64_t kEvents = 200'000;
constexpr int kStallSeconds = 3;
#endif
constexpr int kProcesses = 8, kThreads = 4;

// $TACTFUL_W1_EVENTS runs a slice of the slow tier.
std::int64_t events_wanted() {
  const char* wanted = std::getenv("TACTFUL_W1_EVENTS");
  return wanted == nullptr ? kEvents : std::atoll(wanted);
}

// Each event carries its number as its value; numbers are below 2^53.
[[noreturn]] void send(const fs::path& folder, std::int64_t first, std::int64_t each) {
  const FixedClock clock;
  JournalOptions options;
  options.group_events = 4'096;
  options.block_timeout_ms = 60'000;
  auto journal = Journal::open(folder, pseudonymizer(), clock, options);
  if (!journal) ::_exit(1);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t i = 0; i < each; ++i) {
        const std::int64_t number = first + t * each + i;
        const std::string unit = "unit-" + std::to_string(number % 1'000);
        const Event event = outcome(unit, {}, static_cast<double>(number));
        if (!(*journal)->record(event).ok()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const bool stored = (*journal)->flush().ok() && (*journal)->counters().recorded == each * kThreads;
  journal->reset();
  ::_exit(failures == 0 && stored ? 0 : 2);
}

// While the senders write, a reader follows each of their journals, as collect does.
TEST(Senders, EightProcessesOfFourThreadsStoreExactlyWhatTheyRecord) {
  const TempDir folder;
  const std::int64_t each = events_wanted() / (kProcesses * kThreads);
  const std::int64_t total = each * kProcesses * kThreads;
  std::vector<pid_t> children;
  const auto before = std::chrono::steady_clock::now();
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    if (child == 0) send(folder.path(), p * each * kThreads, each);
    children.push_back(child);
  }
  std::vector<bool> seen(static_cast<std::size_t>(total), false);
  std::map<fs::path, std::int64_t> watermarks;
  std::int64_t found = 0, twice = 0;
  int alive = kProcesses;
  std::uint64_t rounds = 0;
  for (bool last = false; !last; ++rounds) {
    last = alive == 0;  // read on once after all have ended
    int status = 0;
    for (pid_t& child : children) {
      if (child == 0 || ::waitpid(child, &status, WNOHANG) != child) continue;
      EXPECT_EQ(status, 0) << "a sender ended with " << WEXITSTATUS(status);
      child = 0;
      --alive;
    }
    const auto journals = find_journals(folder.path());
    ASSERT_TRUE(journals.has_value()) << describe(journals.error());
    for (const fs::path& file : *journals) {
      std::int64_t& watermark = watermarks[file];
      const auto reader = JournalReader::open(file);
      ASSERT_TRUE(reader.has_value()) << describe(reader.error());
      while (true) {
        const auto rows = (*reader)->read(watermark, 65'536);
        ASSERT_TRUE(rows.has_value()) << describe(rows.error());
        for (const StoredEvent& row : *rows) {
          ASSERT_EQ(row.sequence, ++watermark);
          const auto number = static_cast<std::size_t>(row.value);
          twice += seen.at(number);
          seen[number] = true;
          ++found;
        }
        if (rows->size() < 65'536) break;
      }
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(found, total);
  EXPECT_EQ(twice, 0);
  EXPECT_EQ(watermarks.size(), static_cast<std::size_t>(kProcesses));
  std::uintmax_t bytes = 0;
  for (const auto& [file, watermark] : watermarks) bytes += fs::file_size(file);
  std::cout << total << " events of " << kProcesses << " processes in " << took.count() << " s, read beside them "
            << rounds << " times, " << static_cast<double>(bytes) / static_cast<double>(total)
            << " bytes each, all found once\n";
}

long resident_kb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// A caller at 5,000 events a second never waits for a disk that stands still; what does not fit is counted to the last
// one.
TEST(Senders, ACallerNeverWaitsForADiskThatStalls) {
  const TempDir folder;
  const FixedClock clock;
  FaultyDisk disk;
  JournalOptions options;
  options.when_full = WhenFull::kDropNewest;
  options.queue_events = 8'192;
  const auto journal = open_or_fail(folder / "a.db", clock, options, disk.hooks());
  disk.stall();
  ASSERT_TRUE(journal->record(outcome("first")).ok());
  disk.wait_for_commit();
  const long memory = resident_kb();
  constexpr int kPerSecond = 5'000;
  std::vector<std::int64_t> latencies, refusals;
  std::int64_t taken = 1, refused = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kStallSeconds * kPerSecond; ++i) {
    while (std::chrono::steady_clock::now() < begin + std::chrono::microseconds(i * (1'000'000LL / kPerSecond))) {
      std::this_thread::yield();
    }
    const auto before = std::chrono::steady_clock::now();
    const Status status = journal->record(outcome("u"));
    const auto after = std::chrono::steady_clock::now();
    (status.ok() ? latencies : refusals)
        .push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(after - before).count());
    ++(status.ok() ? taken : refused);
  }
  const long grown = resident_kb() - memory;
  const auto quantile = [&](double q, std::vector<std::int64_t>& of) {
    std::sort(of.begin(), of.end());
    return of[static_cast<std::size_t>(q * static_cast<double>(of.size() - 1))];
  };
  std::cout << "record() while the disk stalls for " << kStallSeconds << " s: p50 " << quantile(0.5, latencies)
            << " ns, p99 " << quantile(0.99, latencies) << " ns, p99.9 " << quantile(0.999, latencies)
            << " ns; refusals p50 " << quantile(0.5, refusals) << " ns, p99 " << quantile(0.99, refusals) << " ns; "
            << taken << " taken, " << refused << " refused, memory grew by " << grown << " KB\n";
  // Not a measurement, which is journal_bench's: a caller that waited for the disk would show milliseconds to seconds.
  EXPECT_LT(quantile(0.99, latencies), 1'000'000);
  EXPECT_LT(quantile(0.99, refusals), 1'000'000);
  EXPECT_EQ(taken, options.queue_events);
  EXPECT_EQ(journal->counters().dropped, refused);
  EXPECT_EQ(journal->counters().queued, taken);
  EXPECT_LT(grown, 32 * 1024) << "the queue is bounded";
  disk.work();
  ASSERT_TRUE(journal->flush().ok());
  EXPECT_EQ(journal->counters().recorded, taken);
  ASSERT_TRUE(journal->record_with_future(outcome("after")).get().ok());
  EXPECT_EQ(JournalReader::open(folder / "a.db").value()->losses().value().dropped, refused) << "for the scorecard";
}

TEST(Senders, LogThroughSpdlogWithoutNamingAnybody) {
  std::ostringstream text;
  auto logger = std::make_shared<spdlog::logger>("mine", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  logger->set_pattern("%l %v");
  SpdlogSink sink(logger);
  sink.log(LogLevel::kDebug, "below the logger's level");
  sink.log(LogLevel::kWarning, "a brace {} is text");
  {
    const TempDir folder;
    const FixedClock clock;
    FaultyDisk disk;
    JournalOptions options;
    options.close_timeout_ms = 0;
    const auto journal = open_or_fail(folder / "a.db", clock, options, disk.hooks(), &sink);
    disk.fail();
    for (int i = 0; i < 10'000; ++i) {
      ASSERT_TRUE(
          journal->record(outcome("+49170" + std::to_string(5'550'000 + i), "Mustermann" + std::to_string(i))).ok());
    }
    EXPECT_FALSE(journal->flush().ok());
  }
  SpdlogSink nobody(nullptr);
  nobody.log(LogLevel::kError, "into nothing");
  EXPECT_THAT(text.str(), ::testing::StartsWith("warning a brace {} is text\nerror storage: "));
  EXPECT_THAT(text.str(), ::testing::HasSubstr("on fire"));
  EXPECT_EQ(text.str().find("+49170"), std::string::npos);
  EXPECT_EQ(text.str().find("Mustermann"), std::string::npos);
}

}  // namespace
}  // namespace tactful::test
