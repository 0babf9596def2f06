// Memory that runs out: the n-th allocation fails, once or from then on, the program's and SQLite's alike, while a
// journal is opened, written, asked and read. Nothing crashes, nothing is acknowledged falsely, and all goes on once
// there is memory.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <iostream>
#include <set>

#include "failing_memory.hpp"
#include "journal_fixture.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

#ifdef TACTFUL_SLOW_TIER
constexpr int kLives = 2'000;
#else
constexpr int kLives = 100;
#endif

struct Told {
  std::set<double> acknowledged;
  int opened = 0;
  long allocations = 0;
};

constexpr int kEvents = 40;

// Fails the n-th allocation of one life; returns what was acknowledged in it.
void live(const fs::path& file, const Clock& clock, int n, bool on, Told& told) {
  std::vector<std::atomic<bool>> stored(kEvents);
  JournalOptions options;
  options.group_events = 8;
  options.queue_events = 64;
  const std::string unit = "a customer whose id does not fit into a string itself";
  Pseudonymizer p = pseudonymizer();
  FailingMemory::arm(n, on);
  auto journal = Journal::open(file, std::move(p), clock, options);
  if (!journal) {
    FailingMemory::disarm();
    ASSERT_TRUE(journal.error().code == ErrorCode::kUnavailable || journal.error().code == ErrorCode::kStorage)
        << describe(journal.error());
    return;
  }
  ++told.opened;
  for (int i = 0; i < kEvents; ++i) {
    char variant[] = "a text that is stored in the dictionary, number 00";
    variant[sizeof variant - 3] = static_cast<char>('0' + i / 10);
    variant[sizeof variant - 2] = static_cast<char>('0' + i % 10);
    Event event = outcome(unit, {}, i);
    event.variant = variant;
    std::atomic<bool>* is_stored = &stored[static_cast<std::size_t>(i)];
    const Status status = (*journal)->record(event, [is_stored](const Status& s) { *is_stored = s.ok(); });
    if (!status.ok() && status.error().code != ErrorCode::kUnavailable) ::_exit(90);
  }
  (void)(*journal)->flush();
  told.allocations = FailingMemory::disarm();
  ASSERT_TRUE((*journal)->flush().ok()) << "goes on once there is memory";
  const JournalCounters counters = (*journal)->counters();
  ASSERT_EQ(counters.recorded + counters.refused, kEvents);
  (*journal).reset();
  for (int i = 0; i < kEvents; ++i) {
    if (stored[static_cast<std::size_t>(i)]) told.acknowledged.insert(i);
  }
  ASSERT_EQ(static_cast<std::int64_t>(told.acknowledged.size()), counters.recorded);
}

void read_starved(const fs::path& file, int n, bool on) {
  FailingMemory::arm(n, on);
  std::size_t read = 0;
  ErrorCode code = ErrorCode::kUnavailable;
  {
    const auto reader = JournalReader::open(file);
    if (!reader) {
      code = reader.error().code;
    } else {
      const auto rows = (*reader)->read(0, 100);
      if (rows) read = rows->size();
      if (rows && !rows->empty()) (void)(*reader)->text(rows->front().variant);
      (void)(*reader)->losses();
      (void)(*reader)->erasures();
    }
  }
  FailingMemory::disarm();
  ASSERT_TRUE(code == ErrorCode::kUnavailable || code == ErrorCode::kStorage);
  ASSERT_LE(read, 100U);
}

void starve(bool on) {
  const FixedClock clock;
  Told whole;
  {
    const TempDir folder(quick_folder());
    live(folder / "a.db", clock, 1'000'000'000, false, whole);
  }
  ASSERT_EQ(whole.acknowledged.size(), static_cast<std::size_t>(kEvents));
  int opened = 0;
  const long before = FailingMemory::failures();
  for (int life = 0; life < kLives && !testing::Test::HasFailure(); ++life) {
    const int n = 1 + static_cast<int>(whole.allocations * life / kLives);
    SCOPED_TRACE("allocation " + std::to_string(n));
    const TempDir folder(quick_folder());
    const fs::path file = folder / "a.db";
    Told told;
    live(file, clock, n, on, told);
    if (testing::Test::HasFatalFailure()) return;
    opened += told.opened;
    std::set<double> found;
    {
      const auto journal = open_or_fail(file, clock);
      ASSERT_TRUE(journal->record_with_future(outcome("after", {}, 1'000)).get().ok());
    }
    for (const StoredEvent& row : read_all(file)) found.insert(row.value);
    for (const double value : told.acknowledged) ASSERT_EQ(found.count(value), 1U) << "acknowledged and lost";
    EXPECT_EQ(SQLite::Database(file.string()).execAndGet("PRAGMA integrity_check").getString(), "ok");
    read_starved(file, n % 400 + 1, on);
    const UnitId unit = pseudonymizer().unit("after");
    FailingMemory::arm(n % 300 + 1, on);
    bool asked = request_erasure(file, {&unit, 1}).has_value();
    asked = apply_erasures(file).has_value() && asked;
    FailingMemory::disarm();
    const auto done = apply_erasures(file);
    ASSERT_TRUE(done.has_value()) << describe(done.error());
    ASSERT_TRUE(pending_erasures(file)->empty());
    const bool is_gone = found.size() == read_all(file).size() + 1;
    ASSERT_TRUE(is_gone || !asked) << "what was said to be erased is";
  }
  std::cout << kLives << " lives of " << whole.allocations << " allocations, " << opened << " opened, "
            << FailingMemory::failures() - before << " failed allocations\n";
  EXPECT_GT(opened, 0) << "the range reaches past the opening";
  EXPECT_LT(opened, kLives) << "and into it";
}

class JournalMemory : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(FailingMemory::take_over_sqlite()); }
};

TEST_F(JournalMemory, OneFailedAllocationIsAnErrorAndNoMore) { starve(false); }
TEST_F(JournalMemory, NoMemoryForAWhileIsAnErrorAndNoMore) { starve(true); }

}  // namespace
}  // namespace tactful::test
