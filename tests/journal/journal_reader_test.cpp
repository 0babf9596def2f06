#include "tactful/journal/journal_reader.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <fstream>

#include "journal_fixture.hpp"
#include "journal_lock.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ReaderTest : public ::testing::Test {
 protected:
  void record(Journal& journal, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(journal.record(outcome("u")).ok());
    ASSERT_TRUE(journal.flush().ok());
  }
  TempDir folder_;
  FixedClock clock_;
  const fs::path file_ = folder_ / "a.db";
};

TEST_F(ReaderTest, FollowsALiveWriter) {
  const auto journal = open_or_fail(file_, clock_);
  const auto reader = JournalReader::open(file_).value();
  EXPECT_TRUE(reader->read(0, 10).value().empty());
  std::int64_t after = 0;
  for (int round = 1; round <= 5; ++round) {
    record(*journal, 10);
    const auto rows = reader->read(after, 100).value();
    ASSERT_EQ(rows.size(), 10U);
    EXPECT_EQ(rows.front().sequence, after + 1);
    after = rows.back().sequence;
    EXPECT_EQ(reader->text(rows.front().kind).value(), "converted");
  }
}

TEST_F(ReaderTest, ReadsInPartsInOrder) {
  const auto journal = open_or_fail(file_, clock_);
  record(*journal, 25);
  const auto reader = JournalReader::open(file_).value();
  EXPECT_EQ(reader->read(0, 0).value().size(), 0U);
  EXPECT_EQ(reader->read(20, 3).value().size(), 3U);
  EXPECT_EQ(reader->read(20, 3).value().front().sequence, 21);
  EXPECT_EQ(reader->read(23, SIZE_MAX).value().size(), 2U);
  EXPECT_TRUE(reader->read(25, 10).value().empty());
}

// A reader that stays connected neither blocks the writer nor keeps its log from being moved into the database.
TEST_F(ReaderTest, LeavesTheWriterAlone) {
  JournalOptions options;
  options.durability = Durability::kOs;
  options.group_events = 10;  // many small commits make a long log
  options.block_timeout_ms = 60'000;
  const auto journal = open_or_fail(file_, clock_, options);
  const auto reader = JournalReader::open(file_).value();
  record(*journal, 10);
  ASSERT_EQ(reader->read(0, 10).value().size(), 10U);
  const auto main_size = fs::file_size(file_);
  record(*journal, 50'000);
  EXPECT_GT(fs::file_size(file_), main_size) << "the log was moved into the database while the reader was connected";
  EXPECT_LT(fs::file_size(file_.string() + "-wal"), 64U << 20);
  EXPECT_EQ(reader->read(50'000, 100).value().size(), 10U);
}

TEST_F(ReaderTest, OfALiveJournalDoesNotCheckpointWhenItCloses) {
  const auto journal = open_or_fail(file_, clock_);
  record(*journal, 100);
  const auto main_size = fs::file_size(file_), log_size = fs::file_size(file_.string() + "-wal");
  JournalReader::open(file_).value().reset();
  EXPECT_EQ(fs::file_size(file_), main_size);
  EXPECT_EQ(fs::file_size(file_.string() + "-wal"), log_size);
}

TEST_F(ReaderTest, ClosingAJournalUnderAReaderLosesNothing) {
  auto journal = open_or_fail(file_, clock_);
  const auto reader = JournalReader::open(file_).value();
  record(*journal, 10);
  ASSERT_EQ(reader->read(0, 100).value().size(), 10U);
  ASSERT_TRUE(journal->record(outcome("u")).ok());
  journal.reset();
  EXPECT_EQ(reader->read(0, 100).value().size(), 11U);
  EXPECT_EQ(read_all(file_).size(), 11U);
  EXPECT_TRUE(open_or_fail(file_, clock_)->record_with_future(outcome("u")).get().ok());
}

TEST_F(ReaderTest, KeepsTheIdentityOfAMovedFile) {
  open_or_fail(file_, clock_).reset();
  const std::string writer = JournalReader::open(file_).value()->writer();
  fs::rename(file_, folder_ / "moved.db");
  EXPECT_EQ(JournalReader::open(folder_ / "moved.db").value()->writer(), writer);
  open_or_fail(folder_ / "other.db", clock_).reset();
  EXPECT_NE(JournalReader::open(folder_ / "other.db").value()->writer(), writer);
}

TEST_F(ReaderTest, ReportsWhatIsNotThere) {
  EXPECT_EQ(JournalReader::open(folder_ / "absent.db").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(JournalReader::open(folder_.path()).error().code, ErrorCode::kInvalidInput);
  const auto journal = open_or_fail(file_, clock_);
  const auto reader = JournalReader::open(file_).value();
  const auto unknown = reader->text(1'000);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(unknown.error().message, HasSubstr("1000"));
}

// As a kill leaves it in the moment in which an owner opens or closes: half a transaction, and what undoes it.
TEST_F(ReaderTest, RollsBackWhatADeadOwnerLeftHalfDone) {
  {
    const auto journal = open_or_fail(file_, clock_);
    record(*journal, 5'000);
  }
  const fs::path hot = folder_ / "hot.db";
  {
    SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA cache_size = 1; BEGIN; UPDATE events SET value = 99;");
    fs::copy_file(file_.string() + "-journal", hot.string() + "-journal");
    fs::copy_file(file_, hot);
  }
  {
    const auto owner = JournalLock::acquire(hot);
    ASSERT_TRUE(owner.has_value());
    EXPECT_EQ(JournalReader::open(hot).error().code, ErrorCode::kUnavailable) << "its owner is at it";
  }
  const auto rows = read_all(hot);
  ASSERT_EQ(rows.size(), 5'000U);
  for (const StoredEvent& row : rows) ASSERT_EQ(row.value, 1.0);
}

TEST_F(ReaderTest, ReportsDamage) {
  {
    const auto journal = open_or_fail(file_, clock_);
    record(*journal, 2'000);
  }
  const auto size = fs::file_size(file_);
  fs::resize_file(file_, size / 2);
  const auto reader = JournalReader::open(file_);
  if (reader) {
    const auto rows = (*reader)->read(0, 10'000);
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().code, ErrorCode::kStorage);
  } else {
    EXPECT_EQ(reader.error().code, ErrorCode::kStorage);
  }
}

TEST_F(ReaderTest, ReportsAnEventOfUnknownTypeAndAMissingIdentity) {
  {
    const auto journal = open_or_fail(file_, clock_);
    record(*journal, 2);
  }
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE).exec("UPDATE events SET type = 9 WHERE sequence = 2");
  const auto reader = JournalReader::open(file_).value();
  EXPECT_EQ(reader->read(0, 1).value().size(), 1U);
  EXPECT_EQ(reader->read(0, 2).error().code, ErrorCode::kInvalidInput);
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE).exec("DELETE FROM meta WHERE name = 'writer'");
  EXPECT_EQ(JournalReader::open(file_).error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace tactful::test
