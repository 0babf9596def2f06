// Erasing units from journals: by a live owner, by whoever takes a dead owner's lock, exactly, and to the last byte.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "eraser.hpp"
#include "journal_fixture.hpp"
#include "journal_lock.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string customer(int i) { return "customer-" + std::to_string(i); }
UnitId unit(int i) { return pseudonymizer().unit(customer(i)); }

// How SQLite writes a number of eight bytes.
std::string bytes_of(std::int64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift);
  return bytes;
}

// How many files of the folder hold the pseudonym, as SQLite or as text would write it.
int files_with(const fs::path& folder, UnitId unit) {
  int found = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string content = read_file(entry.path(), 1u << 30).value();
    const bool has =
        content.find(bytes_of(unit)) != std::string::npos || content.find(std::to_string(unit)) != std::string::npos;
    found += has;
  }
  return found;
}

class JournalErasure : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(JournalOptions options = {}) {
    JournalHooks hooks = disk_.hooks();
    hooks.idle = std::chrono::milliseconds(5);
    return open_or_fail(file_, clock_, options, std::move(hooks), &log_);
  }
  // `events` events of customers 0 to `customers` - 1 in turn.
  static void record(Journal& journal, int events, int customers) {
    for (int i = 0; i < events; ++i) {
      ASSERT_TRUE(journal.record(outcome(customer(i % customers), "e" + std::to_string(i), i)).ok());
    }
    ASSERT_TRUE(journal.flush().ok());
  }
  std::string request(std::vector<UnitId> units) {
    const auto name = request_erasure(folder_.path(), units);
    EXPECT_TRUE(name.has_value()) << describe(name.error());
    return name.value_or("");
  }
  // What is not there after a minute does not come.
  bool finished() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end) {
      const auto pending = pending_erasures(folder_.path());
      if (pending && pending->empty()) return true;
      std::this_thread::yield();
    }
    return false;
  }
  std::vector<ErasureReceipt> receipts() { return JournalReader::open(file_).value()->erasures().value(); }

  TempDir folder_;
  FixedClock clock_;
  MemoryLog log_;
  FaultyDisk disk_;
  const fs::path file_ = folder_ / "a.db";
};

TEST_F(JournalErasure, ALiveOwnerErasesToTheLastByteAndRefusesWhatComesLate) {
  const auto journal = open();
  record(*journal, 1'000, 100);
  ASSERT_GT(files_with(folder_.path(), unit(7)), 0) << "the search can find what is there";
  const std::string name = request({unit(7), unit(99), unit(7)});
  ASSERT_TRUE(finished());
  EXPECT_EQ(receipts(), (std::vector<ErasureReceipt>{{name, 2, 20, true}}));
  EXPECT_EQ(files_with(folder_.path(), unit(7)), 0);
  EXPECT_EQ(files_with(folder_.path(), unit(99)), 0);
  EXPECT_GT(files_with(folder_.path(), unit(8)), 0);

  const Status late = journal->record_with_future(outcome(customer(7), "late")).get();
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kRefused);
  EXPECT_EQ(describe(late.error()).find("customer"), std::string::npos);
  EXPECT_TRUE(journal->record_with_future(outcome(customer(8), "later")).get().ok());
  EXPECT_EQ(journal->counters().withheld, 1);
  EXPECT_EQ(journal->counters().recorded, 1'001);
  EXPECT_EQ(files_with(folder_.path(), unit(7)), 0);
  EXPECT_FALSE(fs::exists(file_.string() + ".erasures"));

  const auto reader = JournalReader::open(file_).value();
  EXPECT_EQ(reader->losses().value(), (JournalLosses{0, 0, 0, 1}));
  EXPECT_TRUE(reader->is_erased(8).value());
  EXPECT_FALSE(reader->is_erased(9).value());
  EXPECT_FALSE(reader->is_erased(2'000).value());
  const auto rows = read_all(file_);
  ASSERT_EQ(rows.size(), 981U);
  for (const StoredEvent& row : rows) {
    ASSERT_NE(row.unit, unit(7));
    if (row.sequence <= 1'000) {
      ASSERT_EQ(row.value, static_cast<double>(row.sequence - 1)) << "what stays is as it was";
    }
  }
  EXPECT_EQ(rows.back().sequence, 1'001) << "no gap where the late one was withheld";
  EXPECT_THAT(log_.text(), HasSubstr("erased 20 events of 2 units"));
}

TEST_F(JournalErasure, ErasesInStepsBetweenTheCommits) {
  JournalOptions options;
  options.group_events = 4'096;
  options.block_timeout_ms = 60'000;
  constexpr int kCustomers = 5'000, kEvents = 300'000;  // five slices
  const auto journal = open(options);
  record(*journal, kEvents / 2, kCustomers);
  std::vector<UnitId> units;
  for (int i = 0; i < kCustomers; i += 10) units.push_back(unit(i));
  const std::string name = request(units);
  std::atomic<std::int64_t> stored = 0, withheld = 0;
  for (int i = 0; i < kEvents / 2; ++i) {
    ASSERT_TRUE(journal
                    ->record(outcome(customer(i % kCustomers)),
                             [&](const Status& status) { ++(status.ok() ? stored : withheld); })
                    .ok());
  }
  ASSERT_TRUE(journal->flush().ok());
  ASSERT_TRUE(finished());
  const auto receipt = receipts().at(0);
  EXPECT_TRUE(receipt.finished);
  EXPECT_EQ(receipt.events + withheld, kEvents / 10) << "each was erased or withheld";
  EXPECT_EQ(stored + withheld, kEvents / 2);
  EXPECT_EQ(read_all(file_).size(), static_cast<std::size_t>(kEvents - kEvents / 10));
  EXPECT_EQ(journal->counters().withheld, withheld);
  EXPECT_EQ(journal->counters().recorded, kEvents - withheld);
  EXPECT_EQ(files_with(folder_.path(), unit(4'990)), 0);
}

TEST_F(JournalErasure, ADeadOwnersJournalIsErasedUnderItsLock) {
  auto journal = open();
  record(*journal, 100, 10);
  const std::string name = request({unit(3)});
  journal.reset();  // it may have noticed or not
  const std::string again = request({unit(4)});
  {
    const auto owner = JournalLock::acquire(file_);
    const auto left = apply_erasures(file_);
    ASSERT_TRUE(left.has_value()) << describe(left.error());
    EXPECT_TRUE(left->applied.empty());
    ASSERT_GE(left->pending.size(), 1U);
    EXPECT_EQ(left->pending.back().journal, fs::canonical(file_));
    EXPECT_GT(files_with(folder_.path(), unit(4)), 0);
  }
  const auto done = apply_erasures(file_);
  ASSERT_TRUE(done.has_value()) << describe(done.error());
  EXPECT_TRUE(done->pending.empty());
  EXPECT_THAT(done->applied, ::testing::Contains(ErasureReceipt{again, 1, 10, true}));
  EXPECT_EQ(receipts().size(), 2U);
  EXPECT_EQ(files_with(folder_.path(), unit(3)) + files_with(folder_.path(), unit(4)), 0);
  EXPECT_EQ(read_all(file_).size(), 80U);
  EXPECT_FALSE(fs::exists(file_.string() + "-wal")) << "complete by itself again";
  EXPECT_TRUE(apply_erasures(file_)->applied.empty()) << "nothing is left";
}

TEST_F(JournalErasure, ItsNextOwnerErasesBeforeItStoresAnything) {
  auto journal = open();
  record(*journal, 100, 10);
  journal.reset();
  request({unit(9)});
  journal = open();
  EXPECT_EQ(journal->record_with_future(outcome(customer(9))).get().error().code, ErrorCode::kRefused);
  ASSERT_TRUE(finished());
  journal.reset();
  journal = open();
  EXPECT_EQ(journal->record_with_future(outcome(customer(9))).get().error().code, ErrorCode::kRefused)
      << "tombstones stay";
  ASSERT_TRUE(journal->record_with_future(outcome(customer(8))).get().ok());
  EXPECT_EQ(read_all(file_).back().sequence, 101) << "the sequence of the erased last event is not given again";
  journal.reset();
  EXPECT_EQ(JournalReader::open(file_).value()->losses().value().withheld, 2) << "of both owners";
}

TEST_F(JournalErasure, AReaderDelaysTheCutButNotTheWriter) {
  const auto journal = open();
  record(*journal, 100, 10);
  {
    SQLite::Database slow(file_.string(), SQLite::OPEN_READONLY);
    slow.exec("BEGIN");
    slow.execAndGet("SELECT count(*) FROM events");
    const std::string name = request({unit(3)});
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(journal->record_with_future(outcome(customer(1))).get().ok());
    EXPECT_EQ(pending_erasures(file_)->size(), 1U) << "the log still has the bytes, and so the request stays";
    EXPECT_EQ(receipts().at(0).events, 10) << "but the rows are gone for whoever reads now";
  }
  ASSERT_TRUE(finished());
  EXPECT_EQ(files_with(folder_.path(), unit(3)), 0);
}

TEST_F(JournalErasure, AReaderOfADeadOwnersJournalIsNamed) {
  open().reset();
  { record(*open(), 10, 10); }
  request({unit(3)});
  {
    auto journal = open();  // puts the file into log mode, so that a reader keeps it
    auto slow = std::make_unique<SQLite::Database>(file_.string(), SQLite::OPEN_READONLY);
    slow->exec("BEGIN");
    slow->execAndGet("SELECT count(*) FROM events");
    request({unit(4)});
    journal.reset();
    const auto blocked = apply_erasures(file_);
    ASSERT_FALSE(blocked.has_value());
    EXPECT_EQ(blocked.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(blocked.error().message, HasSubstr("reader"));
  }
  ASSERT_TRUE(apply_erasures(file_).has_value());
  EXPECT_TRUE(pending_erasures(file_)->empty());
  EXPECT_EQ(read_all(file_).size(), 8U);
}

TEST_F(JournalErasure, AskingTwiceCountsOnce) {
  const auto journal = open();
  record(*journal, 100, 10);
  const std::string first = request({unit(3)});
  ASSERT_TRUE(finished());
  const std::string second = request({unit(3), unit(4)});
  ASSERT_TRUE(finished());
  for (const ErasureReceipt& receipt : receipts()) EXPECT_EQ(receipt.events, 10);
  EXPECT_NE(first, second);
  EXPECT_EQ(receipts().size(), 2U);
}

TEST_F(JournalErasure, ARequestThatCannotBeReadKeepsNoOtherFromBeingDone) {
  auto journal = open();
  record(*journal, 100, 10);
  fs::create_directory(file_.string() + ".erasures");
  const std::string bad_name(32, '0');  // before every other
  std::ofstream(folder_ / "a.db.erasures" / (bad_name + ".request")) << "tactful erasure 1\n12\nnonsense\nend\n";
  const std::vector<PendingErasure> bad_alone{{fs::canonical(file_), bad_name, 0}};
  EXPECT_EQ(pending_erasures(folder_.path()).value(), bad_alone) << "told, with no units";
  const auto erased = [&](int i) {
    const std::string name = request({unit(i)});
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (pending_erasures(file_).value() != bad_alone && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    return receipts();
  };
  EXPECT_EQ(erased(2).size(), 1U) << "by a live owner";
  EXPECT_EQ(erased(3).size(), 2U);
  EXPECT_TRUE(journal->record_with_future(outcome(customer(1))).get().ok());
  EXPECT_EQ(read_all(file_).size(), 81U);
  const std::string words = log_.text();
  const auto told = words.find("no erasure request");
  ASSERT_NE(told, std::string::npos);
  EXPECT_EQ(words.find("no erasure request", told + 1), std::string::npos) << "once";
  journal.reset();
  const std::string name = request({unit(4)});
  const auto applied = apply_erasures(file_);
  ASSERT_TRUE(applied.has_value()) << describe(applied.error());
  EXPECT_EQ(applied->applied, (std::vector<ErasureReceipt>{{name, 1, 10, true}})) << "without an owner";
  EXPECT_EQ(applied->pending, bad_alone);
}

TEST_F(JournalErasure, AFileThatCannotBeLookedAtIsNotPassedOver) {
  open().reset();
  std::ofstream(folder_ / "short.db") << "no journal";
  fs::create_directory(folder_ / "folder.db");
  fs::create_symlink("nowhere", folder_ / "dangling.db");
  EXPECT_EQ(find_journals(folder_.path())->size(), 1U);
  fs::create_symlink("loop.db", folder_ / "loop.db");
  EXPECT_EQ(find_journals(folder_.path()).error().code, ErrorCode::kStorage);
  EXPECT_EQ(request_erasure(folder_.path(), std::vector{unit(1)}).error().code, ErrorCode::kStorage);
}

TEST_F(JournalErasure, ManyUnitsAreKeptOutAndKeepTheLogSmall) {
  constexpr int kUnits = static_cast<int>(kMaxErasureUnits);
  auto journal = open();
  record(*journal, 100, 10);
  std::vector<UnitId> units;
  for (int i = 0; i < kUnits; ++i) units.push_back(unit(i + 5));
  std::uintmax_t longest = 0;
  request(units);
  while (!pending_erasures(file_)->empty()) {
    std::error_code none;
    const std::uintmax_t log = fs::file_size(file_.string() + "-wal", none);
    if (!none) longest = std::max(longest, log);
  }
  EXPECT_LT(longest, std::uintmax_t{8} << 20) << "the tombstones are 1.6 MB";
  ASSERT_EQ(receipts().size(), 1U);
  EXPECT_EQ(receipts().front().units, kUnits);
  EXPECT_EQ(receipts().front().events, 50) << "customers 5 to 9";
  EXPECT_TRUE(JournalReader::open(file_).value()->has_erased(units).value());
  EXPECT_FALSE(journal->record_with_future(outcome(customer(kUnits + 4))).get().ok()) << "the last of the last slice";
  EXPECT_TRUE(journal->record_with_future(outcome(customer(kUnits + 5))).get().ok());
  units.push_back(unit(1));
  EXPECT_EQ(request_erasure(file_, units).error().code, ErrorCode::kInvalidArgument) << "one more than a request takes";
}

TEST_F(JournalErasure, TellsWhetherThereIsAnythingToAskFor) {
  auto journal = open();
  record(*journal, 100, 10);
  const auto has_erased = [&](std::vector<UnitId> units) {
    return JournalReader::open(file_).value()->has_erased(units).value();
  };
  EXPECT_FALSE(has_erased({unit(3)})) << "it has events";
  EXPECT_FALSE(has_erased({unit(77)})) << "it has none, but would take them";
  request({unit(3), unit(77)});
  ASSERT_TRUE(finished());
  EXPECT_TRUE(has_erased({unit(3), unit(77)}));
  EXPECT_FALSE(has_erased({unit(3), unit(4)}));
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE events SET type = 5, unit = " + std::to_string(unit(3)) + " WHERE sequence = 4");
  EXPECT_FALSE(has_erased({unit(3)})) << "a mark alone is not enough";
}

TEST_F(JournalErasure, RequestsAreForTheOwnerAlone) {
  open().reset();
  const std::string name = request({unit(2)});
  const fs::path written = folder_ / "a.db.erasures" / (name + ".request");
  struct stat info {};
  ASSERT_EQ(::stat(written.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(read_file(written).value(), "tactful erasure 1\n" + std::to_string(unit(2)) + "\nend\n");
  EXPECT_EQ(pending_erasures(folder_.path()).value(), (std::vector<PendingErasure>{{fs::canonical(file_), name, 1}}));
}

TEST_F(JournalErasure, WhatAKilledAskerLeftIsSweptAway) {
  const auto journal = open();
  fs::create_directory(file_.string() + ".erasures");
  const std::string half = "a.db.erasures/" + std::string(32, '0') + ".request.x7Yz12";
  std::ofstream(folder_ / half) << "tactful erasure 1\n" << unit(1);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto left = [&] { return fs::exists(file_.string() + ".erasures"); };
  while (left() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_FALSE(left());
  EXPECT_TRUE(receipts().empty());
}

// An owner that looks all the time and finds the folder empty must not keep an asker from putting a request into it.
TEST_F(JournalErasure, AskingIsNotStarvedByAnOwnerThatSweeps) {
  JournalOptions options;
  options.durability = Durability::kOs;
  options.group_events = 1;
  options.group_delay_ms = 0;
  options.block_timeout_ms = 60'000;
  const auto journal = open(options);
  std::atomic<bool> done = false;
  std::thread sender([&] {
    while (!done) (void)journal->record_with_future(outcome(customer(1))).get();
  });
  for (int i = 10; i < 40; ++i) request({unit(i)});
  done = true;
  sender.join();
  ASSERT_TRUE(finished());
  EXPECT_EQ(receipts().size(), 30U);
}

TEST_F(JournalErasure, EachJournalOfAFolderIsAskedByTheSameName) {
  open_or_fail(folder_ / "b.db", clock_).reset();
  open_or_fail(folder_ / "c.db", clock_).reset();
  std::ofstream(folder_ / "notes.db") << "no journal";
  const std::string name = request({unit(1)});
  const auto pending = pending_erasures(folder_.path()).value();
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(pending[0].request, name);
  EXPECT_EQ(pending[1].request, name);
  EXPECT_EQ(request_erasure(folder_ / "b.db", std::vector<UnitId>{unit(2)}).has_value(), true);
  EXPECT_EQ(pending_erasures(folder_.path())->size(), 3U);
  EXPECT_EQ(find_journals(folder_.path())->size(), 2U);
}

TEST_F(JournalErasure, RefusesWhatNobodyCanErase) {
  open().reset();
  const auto code = [&](const fs::path& where, std::vector<UnitId> units) {
    return request_erasure(where, units).error().code;
  };
  EXPECT_EQ(code(folder_.path(), {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(folder_.path(), {unit(1), 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(folder_ / "absent", {unit(1)}), ErrorCode::kNotFound);
  std::ofstream(folder_ / "notes.db") << "no journal";
  EXPECT_EQ(code(folder_ / "notes.db", {unit(1)}), ErrorCode::kNotFound);
  EXPECT_EQ(apply_erasures(folder_.path()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(apply_erasures(folder_ / "absent.db").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(pending_erasures(folder_ / "absent").error().code, ErrorCode::kNotFound);
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  request({unit(1)});
  EXPECT_EQ(apply_erasures(file_).error().code, ErrorCode::kUnsupportedVersion);
}

TEST_F(JournalErasure, ATombstoneDoesNotRevealThePseudonym) {
  EXPECT_NE(Eraser::mark_of(unit(1)), unit(1));
  EXPECT_NE(Eraser::mark_of(unit(1)), Eraser::mark_of(unit(2)));
  EXPECT_GT(Eraser::mark_of(unit(1)), 0);
  EXPECT_EQ(Eraser::mark_of(1), 6522973926805467545) << "as docs/spec/journal.md describes it";
}

TEST_F(JournalErasure, WhatWasCountedReachesWhoeverCollects) {
  JournalOptions options;
  options.queue_events = 10;
  options.when_full = WhenFull::kDropNewest;
  auto journal = open(options);
  const auto losses = [&] { return JournalReader::open(file_).value()->losses().value(); };
  disk_.stall();
  ASSERT_TRUE(journal->record(outcome("u")).ok());
  disk_.wait_for_commit();
  for (int i = 0; i < 12; ++i) (void)journal->record(outcome("u"));
  Event wrong = outcome("u");
  wrong.kind = "No Key";
  EXPECT_FALSE(journal->record(wrong).ok());
  disk_.work();
  ASSERT_TRUE(journal->flush().ok());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (losses() != JournalLosses{3, 0, 1, 0} && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(losses(), (JournalLosses{3, 0, 1, 0})) << "without another event";
  EXPECT_FALSE(journal->record(wrong).ok());
  journal.reset();
  EXPECT_EQ(losses(), (JournalLosses{3, 0, 2, 0})) << "at the close";
  journal = open(options);
  EXPECT_FALSE(journal->record(wrong).ok());
  journal.reset();
  EXPECT_EQ(losses(), (JournalLosses{3, 0, 3, 0})) << "added to what an earlier owner counted";
}

}  // namespace
}  // namespace tactful::test
