#include "tactful/journal/journal.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "journal_fixture.hpp"
#include "journal_lock.hpp"
#include "tactful/core/json.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(const fs::path& path, JournalOptions options = {}, JournalHooks hooks = {}) {
    return open_or_fail(path, clock_, options, std::move(hooks), &log_);
  }
  Error error_of(const fs::path& path, Pseudonymizer p = pseudonymizer(), JournalOptions options = {}) {
    const auto journal = Journal::open(path, std::move(p), clock_, options);
    if (journal) ADD_FAILURE() << "opened " << path;
    return journal ? Error{} : journal.error();
  }
  void execute(const fs::path& file, const std::string& sql) {
    SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

  TempDir folder_;
  FixedClock clock_;
  MemoryLog log_;
};

TEST_F(JournalTest, NamesFilesAfterHostProcessAndNumber) {
  const auto first = open(folder_ / "made" / "on-demand");
  const auto second = open(folder_ / "made" / "on-demand");
  const std::string stem = host_name() + "-" + std::to_string(::getpid()) + "-";
  EXPECT_EQ(first->file().filename(), stem + "1.db");
  EXPECT_EQ(second->file().filename(), stem + "2.db");
  EXPECT_THAT(first->file().parent_path().string(), EndsWith("made/on-demand"));
}

TEST_F(JournalTest, NeverTakesTheNameOfAFileThatExists) {
  const fs::path first = open(folder_.path())->file();
  const fs::path second = open(folder_.path())->file();
  EXPECT_NE(first, second);
  EXPECT_TRUE(fs::exists(first) && fs::exists(second));
}

TEST_F(JournalTest, StoresEveryFieldOfAnEvent) {
  const auto journal = open(folder_ / "all.db");
  const std::vector<std::pair<std::string_view, std::string_view>> segments{
      {"region", "No\"rth\\"}, {"age", "30–39"}, {"new", "true"}};
  Event event;
  event.type = EventType::kExposure;
  event.unit = "customer-1";
  event.cluster = "household-1";
  event.at = 1'779'999'999'123;
  event.event_id = "e-1";
  event.source = "sender";
  event.experiment = "payment-reminder";
  event.experiment_fingerprint = "abcdef0123456789";
  event.variant = "No E-Mail";
  event.wording_fingerprint = "0123";
  event.phase = "pilot";
  event.reason = "assigned";
  event.channel = "sms";
  event.kind = "first";
  event.segments = segments;
  ASSERT_TRUE(journal->record(event).ok());
  ASSERT_TRUE(journal->record(outcome("customer-1", "o-1", -2.5)).ok());
  ASSERT_TRUE(journal->flush().ok());

  const auto p = pseudonymizer();
  auto reader = JournalReader::open(journal->file()).value();
  EXPECT_EQ(reader->writer().size(), 32U);
  EXPECT_EQ(reader->key_id(), p.key_id());
  EXPECT_EQ(reader->purpose(), "reminders");
  const auto rows = reader->read(0, 10).value();
  ASSERT_EQ(rows.size(), 2U);
  const StoredEvent& row = rows[0];
  EXPECT_EQ(row.sequence, 1);
  EXPECT_EQ(row.type, EventType::kExposure);
  EXPECT_EQ(row.unit, p.unit("customer-1"));
  EXPECT_EQ(row.cluster, p.cluster("household-1"));
  EXPECT_EQ(row.at, event.at);
  EXPECT_EQ(row.recorded_at, clock_.now_ms());
  EXPECT_EQ(row.event, p.event("e-1"));
  EXPECT_EQ(row.value, 0.0);
  const auto text = [&](std::int32_t code) { return reader->text(code).value(); };
  EXPECT_EQ(text(row.source), "sender");
  EXPECT_EQ(text(row.experiment), "payment-reminder");
  EXPECT_EQ(text(row.experiment_fingerprint), "abcdef0123456789");
  EXPECT_EQ(text(row.variant), "No E-Mail");
  EXPECT_EQ(text(row.wording_fingerprint), "0123");
  EXPECT_EQ(text(row.phase), "pilot");
  EXPECT_EQ(text(row.reason), "assigned");
  EXPECT_EQ(text(row.channel), "sms");
  EXPECT_EQ(text(row.kind), "first");
  Json canonical = Json::object();
  for (const auto& segment : segments) canonical.set(std::string(segment.first), segment.second);
  EXPECT_EQ(text(row.segments), canonical.canonical());
  EXPECT_EQ(rows[1].sequence, 2);
  EXPECT_EQ(rows[1].type, EventType::kOutcome);
  EXPECT_EQ(rows[1].value, -2.5);
  EXPECT_EQ(rows[1].cluster, 0);
  EXPECT_EQ(rows[1].experiment, 0);
  EXPECT_EQ(text(rows[1].experiment), "");
}

TEST_F(JournalTest, MakesUniqueEventIdsAndAbsentValuesOne) {
  const auto journal = open(folder_ / "a.db");
  constexpr int kEvents = 1'000;
  for (int i = 0; i < kEvents; ++i) {
    Event event = outcome("u");
    event.value.reset();
    ASSERT_TRUE(journal->record(event).ok());
  }
  ASSERT_TRUE(journal->flush().ok());
  std::set<std::int64_t> ids;
  for (const StoredEvent& row : read_all(journal->file())) {
    ids.insert(row.event);
    EXPECT_EQ(row.value, 1.0);
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kEvents));
  EXPECT_GE(*ids.begin(), 1);
}

TEST_F(JournalTest, KeepsRepeatedEventIdsForTheCollector) {
  const auto journal = open(folder_ / "a.db");
  ASSERT_TRUE(journal->record(outcome("u", "same")).ok());
  ASSERT_TRUE(journal->record(outcome("u", "same")).ok());
  ASSERT_TRUE(journal->flush().ok());
  const auto rows = read_all(journal->file());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].event, rows[1].event);
}

TEST_F(JournalTest, GoesOnWhereAnEarlierOwnerEnded) {
  const fs::path file = folder_ / "a.db";
  std::string writer;
  for (int round = 0; round < 3; ++round) {
    const auto journal = open(file);
    ASSERT_TRUE(journal->record(outcome("u" + std::to_string(round))).ok());
    ASSERT_TRUE(journal->flush().ok());
    const auto reader = JournalReader::open(file).value();
    if (round > 0) {
      EXPECT_EQ(reader->writer(), writer);
    }
    writer = reader->writer();
  }
  const auto rows = read_all(file);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].sequence, 3);
  EXPECT_EQ(rows[2].kind, rows[0].kind) << "the same text keeps its code";
}

TEST_F(JournalTest, ClosingFlushesAndLeavesOneCompleteFile) {
  const fs::path file = folder_ / "a.db";
  {
    const auto journal = open(file);
    for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(journal->record(outcome("u")).ok());
  }
  EXPECT_FALSE(fs::exists(file.string() + "-wal"));
  EXPECT_FALSE(fs::exists(file.string() + "-shm"));
  EXPECT_EQ(read_all(file).size(), 1'000U);
}

TEST_F(JournalTest, CommitsInGroups) {
  FaultyDisk disk;
  JournalOptions options;
  options.group_delay_ms = 0;
  const auto journal = open(folder_ / "a.db", options, disk.hooks());
  disk.stall();
  ASSERT_TRUE(journal->record(outcome("first")).ok());
  disk.wait_for_commit();
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(journal->record(outcome("u")).ok());
  EXPECT_EQ(journal->counters().queued, 1'001);
  disk.work();
  ASSERT_TRUE(journal->flush().ok());
  const JournalCounters counters = journal->counters();
  EXPECT_EQ(counters.commits, 1 + 4) << "1,000 events in groups of 256";
  EXPECT_EQ(counters.recorded, 1'001);
  EXPECT_EQ(counters.queued, 0);
  EXPECT_EQ(counters.dropped, 0);
  EXPECT_EQ(counters.failed, 0);
}

TEST_F(JournalTest, AFullGroupDoesNotWaitForTheDelay) {
  JournalOptions options;
  options.group_delay_ms = 1'000;
  options.group_events = 8;
  const auto journal = open(folder_ / "a.db", options);
  std::future<Status> last;
  for (int i = 0; i < 8; ++i) last = journal->record_with_future(outcome("u"));
  EXPECT_TRUE(last.get().ok());
  EXPECT_EQ(journal->counters().commits, 1);
}

TEST_F(JournalTest, AnEventAloneIsCommittedAfterTheDelay) {
  JournalOptions options;
  options.durability = Durability::kOs;
  const auto journal = open(folder_ / "a.db", options);
  EXPECT_TRUE(journal->record_with_future(outcome("u")).get().ok());
  EXPECT_EQ(journal->counters().recorded, 1);
}

TEST_F(JournalTest, AcknowledgesInOrder) {
  const auto journal = open(folder_ / "a.db");
  std::vector<int> order;  // written by the writer thread alone, read after the flush
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_TRUE(journal
                    ->record(outcome("u"),
                             [&order, i](const Status& status) {
                               if (status.ok()) order.push_back(i);
                             })
                    .ok());
  }
  ASSERT_TRUE(journal->flush().ok());
  ASSERT_EQ(order.size(), 2'000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(JournalTest, SurvivesAnAcknowledgementThatThrows) {
  const auto journal = open(folder_ / "a.db");
  ASSERT_TRUE(journal->record(outcome("u"), [](const Status&) { throw std::runtime_error("no"); }).ok());
  ASSERT_TRUE(journal->flush().ok());
  EXPECT_TRUE(journal->record_with_future(outcome("u")).get().ok());
  EXPECT_THAT(log_.text(), HasSubstr("threw"));
}

TEST_F(JournalTest, FlushOfNothingReturns) { EXPECT_TRUE(open(folder_ / "a.db")->flush().ok()); }

TEST_F(JournalTest, RefusesOptionsOutOfRange) {
  const auto where = [&](auto change) {
    JournalOptions options;
    change(options);
    const Error error = error_of(folder_ / "o.db", pseudonymizer(), options);
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    return error.where;
  };
  EXPECT_EQ(where([](JournalOptions& o) { o.group_events = 0; }), "group_events");
  EXPECT_EQ(where([](JournalOptions& o) { o.group_delay_ms = -1; }), "group_delay_ms");
  EXPECT_EQ(where([](JournalOptions& o) { o.queue_events = (16 << 20) + 1; }), "queue_events");
  EXPECT_EQ(where([](JournalOptions& o) { o.block_timeout_ms = 60'001; }), "block_timeout_ms");
  EXPECT_EQ(where([](JournalOptions& o) { o.close_timeout_ms = -1; }), "close_timeout_ms");
  EXPECT_FALSE(fs::exists(folder_ / "o.db"));
}

TEST_F(JournalTest, ASecondOpenerIsRefusedAndToldWhoHoldsIt) {
  const auto journal = open(folder_ / "a.db");
  const Error error = error_of(folder_ / "a.db");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, AllOf(HasSubstr(std::to_string(::getpid())), HasSubstr(host_name())));
  EXPECT_TRUE(journal->record_with_future(outcome("u")).get().ok()) << "the owner is not disturbed";
}

TEST_F(JournalTest, ALockFileThatCannotBeOpenedIsReported) {
  fs::create_directory(folder_ / "a.db.lock");
  const Error error = error_of(folder_ / "a.db");
  EXPECT_EQ(error.code, ErrorCode::kStorage);
  EXPECT_THAT(error.where, EndsWith("a.db.lock"));
}

TEST_F(JournalTest, ASymbolicLinkDoesNotLeadAroundTheLock) {
  const auto journal = open(folder_ / "a.db");
  fs::create_symlink(folder_ / "a.db", folder_ / "link.db");
  EXPECT_EQ(error_of(folder_ / "link.db").code, ErrorCode::kUnavailable);
}

TEST_F(JournalTest, AHardLinkIsRefused) {
  open(folder_ / "a.db").reset();
  fs::create_hard_link(folder_ / "a.db", folder_ / "second.db");
  const Error error = error_of(folder_ / "second.db");
  EXPECT_EQ(error.code, ErrorCode::kStorage);
  EXPECT_THAT(error.message, HasSubstr("hard link"));
}

TEST_F(JournalTest, RefusesANewerVersion) {
  open(folder_ / "a.db").reset();
  execute(folder_ / "a.db", "PRAGMA user_version = 3");
  const Error error = error_of(folder_ / "a.db");
  EXPECT_EQ(error.code, ErrorCode::kUnsupportedVersion);
  EXPECT_THAT(error.message, HasSubstr("version 3"));
  EXPECT_EQ(JournalReader::open(folder_ / "a.db").error().code, ErrorCode::kUnsupportedVersion);
}

TEST_F(JournalTest, RefusesWhatIsNoJournal) {
  std::ofstream(folder_ / "text.db") << std::string(10'000, 'x');
  std::ofstream(folder_ / "empty.db").flush();
  execute(folder_ / "other.db", "CREATE TABLE t(a)");
  open(folder_ / "zero.db").reset();
  execute(folder_ / "zero.db", "PRAGMA user_version = 0");
  ASSERT_EQ(::mkfifo((folder_ / "fifo.db").c_str(), 0600), 0);
  for (const std::string name : {"text.db", "empty.db", "other.db", "zero.db", "fifo.db"}) {
    const Error error = error_of(folder_ / name);
    EXPECT_EQ(error.code, ErrorCode::kStorage) << name;
    EXPECT_THAT(error.message, HasSubstr("not a journal")) << name;
    EXPECT_THAT(error.where, HasSubstr(name));
    EXPECT_EQ(JournalReader::open(folder_ / name).error().code, ErrorCode::kInvalidInput) << name;
  }
}

TEST_F(JournalTest, RefusesAJournalWhoseTablesAreGone) {
  open(folder_ / "a.db").reset();
  execute(folder_ / "a.db", "DROP TABLE events");
  EXPECT_EQ(error_of(folder_ / "a.db").code, ErrorCode::kStorage);
}

TEST_F(JournalTest, RefusesAnotherKeyOrPurpose) {
  open(folder_ / "a.db").reset();
  const Error purpose = error_of(folder_ / "a.db", pseudonymizer("billing"));
  EXPECT_EQ(purpose.code, ErrorCode::kRefused);
  EXPECT_THAT(purpose.message, HasSubstr("billing"));
  const Error key = error_of(folder_ / "a.db", pseudonymizer("reminders", 8));
  EXPECT_EQ(key.code, ErrorCode::kRefused);
  EXPECT_THAT(key.message, HasSubstr("key"));
}

TEST_F(JournalTest, AFileInPlaceOfTheFolderIsReported) {
  std::ofstream(folder_ / "file").flush();
  EXPECT_EQ(error_of(folder_ / "file" / "below").code, ErrorCode::kStorage);
  EXPECT_EQ(error_of(folder_ / "file" / "a.db").code, ErrorCode::kStorage);
}

TEST_F(JournalTest, AReadOnlyFolderIsReportedAndItsJournalsStayReadable) {
  const TmpfsMount mount(folder_ / "ro", "size=4m");
  if (!mount.mounted()) GTEST_SKIP() << "no permission to mount a tmpfs";
  {
    const auto journal = open(folder_ / "ro" / "a.db");
    ASSERT_TRUE(journal->record(outcome("u")).ok());
  }
  ASSERT_TRUE(mount.make_read_only());
  EXPECT_EQ(error_of(folder_ / "ro").code, ErrorCode::kStorage);
  EXPECT_EQ(error_of(folder_ / "ro" / "a.db").code, ErrorCode::kStorage);
  EXPECT_EQ(read_all(folder_ / "ro" / "a.db").size(), 1U);
}

TEST_F(JournalTest, ALocalFolderIsTakenAndAMissingOneTold) {
  EXPECT_FALSE(is_on_user_file_system(folder_.path()));
  EXPECT_TRUE(check_file_system(folder_.path()).ok());
  EXPECT_EQ(check_file_system(folder_ / "absent").error().code, ErrorCode::kStorage);
}

TEST_F(JournalTest, AForkedChildIsRefusedAndDoesNoHarm) {
  auto journal = open(folder_ / "a.db");
  ASSERT_TRUE(journal->record_with_future(outcome("parent")).get().ok());
  const pid_t child = ::fork();
  if (child == 0) {
    const Status recorded = journal->record(outcome("child"));
    const Status flushed = journal->flush();
    const bool refused = !recorded.ok() && recorded.error().code == ErrorCode::kUnavailable && !flushed.ok() &&
                         flushed.error().code == ErrorCode::kUnavailable && journal->counters().recorded == 0 &&
                         !journal->record_with_future(outcome("child")).get().ok();
    journal.reset();
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(error_of(folder_ / "a.db").code, ErrorCode::kUnavailable) << "the child's end leaves the parent's lock";
  EXPECT_TRUE(journal->record_with_future(outcome("parent")).get().ok());
  journal.reset();
  EXPECT_EQ(read_all(folder_ / "a.db").size(), 2U);
}

TEST_F(JournalTest, AForkedChildMayOpenAJournalOfItsOwn) {
  const auto journal = open(folder_.path());
  const pid_t child = ::fork();
  if (child == 0) {
    auto own = Journal::open(folder_.path(), pseudonymizer(), clock_);
    const bool stored = own && (*own)->file() != journal->file() && (*own)->record_with_future(outcome("c")).get().ok();
    ::_exit(stored ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace tactful::test
