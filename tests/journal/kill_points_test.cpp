// Kill -9 at every place in the code that changes a file: while a journal is made, migrated, written, erased from and
// closed. Each place is hit the first time it is reached, the second time, and so on; after each kill everything that
// was acknowledged is there, and the next owner finishes what was begun, with the same numbers as if nothing had
// happened.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iostream>
#include <numeric>
#include <set>

#include "journal_fixture.hpp"
#include "tactful/core/kill_point.hpp"

namespace tactful {
namespace {

// Set in a child before it does anything, and read by its threads.
const char* armed_point = nullptr;
std::atomic<int> hits_left{0};

}  // namespace

void kill_point(const char* name) noexcept {
  if (armed_point == nullptr || std::strcmp(armed_point, name) != 0) return;
  if (hits_left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace tactful

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

#ifdef TACTFUL_SLOW_TIER
constexpr int kTimes = 200;
#else
constexpr int kTimes = 5;
#endif

const fs::path kGolden = fs::path(TACTFUL_SOURCE_DIR) / "tests" / "golden" / "journal";
constexpr int kErasedGolden = 6;                 // events of customer-1 in the golden journal
constexpr int kEvents = 200, kLongLife = 5'000;  // the latter passes several checkpoints

// What a child reports of an event: its number, and whether it was stored or withheld.
struct Report {
  std::int32_t number = 0;
  std::int32_t stored = 0;
};

// Opens the journal, records, asks for an erasure in the middle, closes; ends with 0 where nothing kills it.
[[noreturn]] void live(const fs::path& file, const fs::path& folder, int reports, int first, bool ask, int events,
                       JournalOptions options) {
  const FixedClock clock;
  auto journal = Journal::open(file, pseudonymizer(), clock, options);
  if (!journal) ::_exit(1);
  for (int i = 0; i < events; ++i) {
    const int number = first + i;
    const std::string unit = i % 10 == 0 ? "customer-1" : "other";
    const Status recorded =
        (*journal)->record(outcome(unit, "e" + std::to_string(number), number), [=](const Status& status) {
          const Report report{number, status.ok()};
          if (!status.ok() && status.error().code != ErrorCode::kRefused) ::_exit(2);
          if (::write(reports, &report, sizeof report) != sizeof report) ::_exit(3);
        });
    if (!recorded.ok()) ::_exit(4);
    if (ask && i == events / 2) {
      if (!(*journal)->flush().ok()) ::_exit(5);
      std::vector<UnitId> units(9'000);  // more tombstones than one transaction takes
      std::iota(units.begin(), units.end(), 1);
      units.push_back(pseudonymizer().unit("customer-1"));
      if (!request_erasure(folder, units)) ::_exit(6);
    }
  }
  if (!(*journal)->flush().ok()) ::_exit(7);
  journal->reset();
  ::_exit(0);
}

struct Life {
  bool was_killed = false;
  int exit_code = 0;
  std::set<int> stored, withheld;
};

Life run(const char* point, int hit, const fs::path& file, const fs::path& folder, int first, bool ask, int events,
         JournalOptions options) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    hits_left = hit;
    armed_point = point;
    live(file, folder, ends[1], first, ask, events, options);
  }
  ::close(ends[1]);
  Life life;
  Report report;
  while (::read(ends[0], &report, sizeof report) == sizeof report) {
    (report.stored ? life.stored : life.withheld).insert(report.number);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  life.was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  life.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return life;
}

std::string integrity(const fs::path& file) {
  return SQLite::Database(file.string(), SQLite::OPEN_READONLY).execAndGet("PRAGMA integrity_check").getString();
}

void finish_erasures(const fs::path& file) {
  if (!fs::exists(file)) return;
  const auto applied = apply_erasures(file);
  ASSERT_TRUE(applied.has_value()) << describe(applied.error());
  ASSERT_TRUE(pending_erasures(file)->empty());
}

// Every number that was acknowledged as stored stands in the file, once, but for the unit's when it is being erased:
// they may be gone, and are when it is `erased`. The receipts add up to the events that are hulls now.
void check(const fs::path& file, const std::set<int>& stored, bool erased) {
  ASSERT_EQ(integrity(file), "ok");
  std::multiset<int> found;
  const UnitId gone = pseudonymizer().unit("customer-1");
  for (const StoredEvent& row : read_all(file)) {
    if (row.value >= 1'000) found.insert(static_cast<int>(row.value));
    ASSERT_TRUE(!erased || row.unit != gone);
  }
  const auto reader = JournalReader::open(file).value();
  std::int64_t in_receipts = 0, hulls = 0;
  const std::vector<ErasureReceipt> receipts = reader->erasures().value();
  for (const ErasureReceipt& receipt : receipts) {
    in_receipts += receipt.events;
    ASSERT_TRUE(receipt.finished || !erased);
  }
  for (const int number : stored) {
    const bool may_be_gone = number % 10 == 0 && !receipts.empty();
    ASSERT_LE(found.count(number), erased && may_be_gone ? 0U : 1U) << "event " << number;
    ASSERT_TRUE(may_be_gone || found.count(number) == 1) << "event " << number;
  }
  hulls = SQLite::Database(file.string(), SQLite::OPEN_READONLY)
              .execAndGet("SELECT count(*) FROM events WHERE type = 0")
              .getInt64();
  ASSERT_EQ(in_receipts, hulls);
}

struct Place {
  const char* name;
  bool from_golden;  // in the life of a journal of version 1 that was killed before; else of a new one
};

class KillPoints : public ::testing::TestWithParam<Place> {
 protected:
  // One life that is killed at the place the n-th time it is reached, and the next one. Whether it was killed.
  bool kill_at(int hit, const JournalOptions& options) {
    const TempDir folder;
    const fs::path file = folder / "a.db";
    if (GetParam().from_golden) {
      fs::copy_file(kGolden / "version-1-killed.db", file);
      fs::copy_file(kGolden / "version-1-killed.db-wal", folder / "a.db-wal");
    }
    const Life killed = run(GetParam().name, hit, file, folder.path(), 1'000, true, kEvents, options);
    EXPECT_TRUE(killed.was_killed || killed.exit_code == 0) << "ended with " << killed.exit_code;
    if (fs::exists(file)) check(file, killed.stored, false);
    const Life next = run(nullptr, 0, file, folder.path(), 2'000, false, kEvents, options);
    EXPECT_EQ(next.exit_code, 0) << "the next owner goes on";
    finish_erasures(file);
    std::set<int> stored = killed.stored;
    stored.insert(next.stored.begin(), next.stored.end());
    const auto receipts = JournalReader::open(file).value()->erasures().value();
    check(file, stored, !receipts.empty());
    if (!receipts.empty() && GetParam().from_golden) {
      EXPECT_GE(receipts.at(0).events, kErasedGolden);
    }
    return killed.was_killed;
  }
};

TEST_P(KillPoints, LeaveAJournalThatGoesOn) {
  JournalOptions options;
  options.group_events = 16;
  int kills = 0, most = kTimes;  // how often one life passes the place
  for (int next = 0; kills < kTimes && !HasFailure(); ++next) {
    const int hit = 1 + next % most;
    SCOPED_TRACE("the time " + std::to_string(hit));
    if (kill_at(hit, options)) {
      ++kills;
    } else {
      ASSERT_GT(hit, 1) << "never reached";
      most = hit - 1;
    }
  }
  std::cout << kills << " kills at " << GetParam().name << ", 0 acknowledged events lost\n";
}

INSTANTIATE_TEST_SUITE_P(Journal, KillPoints,
                         ::testing::Values(Place{"create-before-rename", false}, Place{"create-renamed", false},
                                           Place{"migration-step", true}, Place{"migration-before-commit", true},
                                           Place{"migration-committed", true}, Place{"journal-before-commit", true},
                                           Place{"journal-committed", true},
                                           Place{"erasure-request-before-rename", true},
                                           Place{"erasure-request-after-rename", true}, Place{"erasure-marking", true},
                                           Place{"erasure-marked", true}, Place{"erasure-cleaning", true},
                                           Place{"erasure-cleaned", true}, Place{"erasure-log-cut", true},
                                           Place{"erasure-request-removed", true}),
                         [](const auto& place) {
                           std::string name = place.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(KillPoint, ACheckpointThatIsKilledLosesNothing) {
  JournalOptions options;
  options.durability = Durability::kOs;
  options.group_events = 1;
  options.group_delay_ms = 0;
  options.block_timeout_ms = 60'000;
  int hits = 0;
  for (int time = 0; time < kTimes; ++time) {
    const TempDir folder;
    const fs::path file = folder / "a.db";
    const Life life = run("journal-before-checkpoint", 1, file, folder.path(), 1'000, false, kLongLife, options);
    hits += life.was_killed;
    check(file, life.stored, false);
    if (HasFailure()) return;
    ASSERT_EQ(run(nullptr, 0, file, folder.path(), 20'000, false, kEvents, options).exit_code, 0);
    check(file, life.stored, false);
  }
  EXPECT_EQ(hits, kTimes);
  std::cout << hits << " kills before a checkpoint, 0 acknowledged events lost\n";
}

}  // namespace
}  // namespace tactful::test
