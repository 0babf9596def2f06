// Journals of every released version, as tests/golden/journal keeps them for ever: they open, read the same, and their
// next owner brings them to the newest version.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "golden_events.hpp"
#include "journal_schema.hpp"
#include "tactful/core/file.hpp"
#include "tactful/journal/erasure.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kGolden = fs::path(TACTFUL_SOURCE_DIR) / "tests" / "golden" / "journal";

std::string line_of(JournalReader& reader, const StoredEvent& e) {
  const auto text = [&](std::int32_t code) { return reader.text(code).value(); };
  std::array<char, 40> value;
  std::snprintf(value.data(), value.size(), "%.17g", e.value);
  std::ostringstream line;
  line << e.sequence << '\t' << to_string(e.type) << '\t' << e.unit << '\t' << e.cluster << '\t' << e.at << '\t'
       << e.recorded_at << '\t' << e.event;
  for (const std::int32_t code : {e.source, e.experiment, e.experiment_fingerprint, e.variant, e.wording_fingerprint,
                                  e.phase, e.reason, e.channel, e.kind, e.segments}) {
    line << '\t' << text(code);
  }
  line << '\t' << value.data() << '\t' << e.ticket << '\t' << e.assignee << '\t' << text(e.ticket_before) << '\t'
       << text(e.ticket_after) << '\n';
  return line.str();
}

std::string lines_of(const fs::path& file) {
  const auto reader = JournalReader::open(file);
  EXPECT_TRUE(reader.has_value()) << describe(reader.error());
  const std::vector<StoredEvent> events = (*reader)->read(0, 1'000).value();
  std::string lines;
  for (const StoredEvent& event : events) lines += line_of(**reader, event);
  return lines;
}

int version_of(const fs::path& file) {
  return SQLite::Database(file.string()).execAndGet("PRAGMA user_version").getInt();
}

// By nothing but the documents: a program in another language.
std::string lines_of_python(const fs::path& file) {
  const std::string command = "python3 '" + (fs::path(TACTFUL_SOURCE_DIR) / "tests/journal/read_journal.py").string() +
                              "' '" + file.string() + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string lines;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) lines.append(buffer.data(), size);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return lines;
}

class JournalVersions : public ::testing::TestWithParam<std::string> {
 protected:
  JournalVersions() {
    for (const char* part : {".db", ".db-wal"}) {
      if (fs::exists(kGolden / (GetParam() + part)))
        fs::copy_file(kGolden / (GetParam() + part), folder_ / ("a" + std::string(part)));
    }
  }
  TempDir folder_;
  FixedClock clock_;
  const fs::path file_ = folder_ / "a.db";
  const std::string golden_ = read_file(kGolden / (GetParam() + ".txt")).value();
};

TEST_P(JournalVersions, ReadsAsItAlwaysDidAndStaysAsItIs) {
  const int version = version_of(file_);
  EXPECT_EQ(lines_of(file_), golden_);
  EXPECT_EQ(version_of(file_), version) << "a reader changes nothing";
}

TEST_P(JournalVersions, ItsNextOwnerMigratesItAndGoesOn) {
  {
    const auto journal = open_or_fail(file_, clock_);
    EXPECT_EQ(lines_of(file_), golden_);
    Event contact = outcome("customer-9");
    contact.type = EventType::kContact;
    contact.kind = {};
    contact.value.reset();
    contact.ticket = "ticket-9";
    contact.ticket_after = "closed";
    ASSERT_TRUE(journal->record_with_future(contact).get().ok());
  }
  EXPECT_EQ(version_of(file_), kJournalSchemaVersion);
  const auto rows = read_all(file_);
  const auto reader = JournalReader::open(file_).value();
  ASSERT_GT(rows.size(), 1u);
  EXPECT_EQ(rows.back().sequence, rows[rows.size() - 2].sequence + 1);
  EXPECT_EQ(rows.size(), static_cast<std::size_t>(std::count(golden_.begin(), golden_.end(), '\n')) + 1);
  EXPECT_EQ(rows.back().ticket, pseudonymizer().ticket("ticket-9"));
  EXPECT_EQ(reader->text(rows.back().ticket_after).value(), "closed");
  EXPECT_EQ(SQLite::Database(file_.string()).execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST_P(JournalVersions, AReaderThatIsOpenWhileItIsMigratedReadsTheNewFieldsToo) {
  const auto reader = JournalReader::open(file_).value();
  const auto before = reader->read(0, 1'000).value();
  const auto journal = open_or_fail(file_, clock_);
  Event contact = outcome("customer-9");
  contact.type = EventType::kContact;
  contact.kind = {};
  contact.value.reset();
  contact.assignee = "clerk-1";
  ASSERT_TRUE(journal->record_with_future(contact).get().ok());
  const auto after = reader->read(before.back().sequence, 1'000).value();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].assignee, pseudonymizer().assignee("clerk-1"));
  EXPECT_EQ(reader->losses().value(), JournalLosses());
}

TEST_P(JournalVersions, ANewFileLooksLikeOneThatGrew) {
  open_or_fail(file_, clock_).reset();
  open_or_fail(folder_ / "new.db", clock_).reset();
  const auto schema = [](const fs::path& file) {
    SQLite::Database database(file.string());
    SQLite::Statement statement(database, "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name");
    std::string all;
    while (statement.executeStep()) all += statement.getColumn(0).getString() + "\n";
    return all;
  };
  EXPECT_EQ(schema(file_), schema(folder_ / "new.db"));
}

TEST_P(JournalVersions, AnotherLanguageReadsTheSameByTheDocuments) {
  if (std::system("python3 -c 'import sqlite3' 2>/dev/null") != 0) GTEST_SKIP() << "no python3 with sqlite3";
  EXPECT_EQ(lines_of_python(file_), golden_);
  open_or_fail(file_, clock_).reset();
  EXPECT_EQ(lines_of_python(file_), golden_) << "migrated";
}

class ForgettingVersions : public JournalVersions {};  // version 1 knew no erasure

TEST_P(ForgettingVersions, WhoWasForgottenStaysForgotten) {
  const std::vector<UnitId> unit{pseudonymizer().unit(kGoldenForgotten)};
  EXPECT_TRUE(JournalReader::open(file_).value()->has_erased(unit).value());
  ASSERT_EQ(JournalReader::open(file_).value()->erasures()->size(), 1u);
  EXPECT_EQ(JournalReader::open(file_).value()->erasures()->front().events, 1);
  const auto journal = open_or_fail(file_, clock_);
  const Status stored = journal->record_with_future(outcome(kGoldenForgotten)).get();
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, ErrorCode::kRefused);
}

// What this version writes reads as its golden files do. A new version's are made once, when it is released, by
//   TACTFUL_GOLDEN=tests/golden/journal journal_test --gtest_filter='*ThisVersionWrites*'
TEST(JournalVersionsMade, WhatThisVersionWritesReadsAsItsGoldenFiles) {
  const char* made = std::getenv("TACTFUL_GOLDEN");
  const std::string name = "version-" + std::to_string(kJournalSchemaVersion);
  const TempDir folder;
  const FixedClock clock;
  const fs::path file = folder / "a.db";
  const auto check = [&](const std::string& as, std::vector<std::string> parts) {
    if (made == nullptr) {
      EXPECT_EQ(lines_of(file), read_file(kGolden / (as + ".txt")).value());
      return;
    }
    for (const std::string& part : parts)  // never over one that is released
      ASSERT_NO_THROW(fs::copy_file(file.string() + part, fs::path(made) / (as + ".db" + part)));
    std::ofstream(fs::path(made) / (as + ".txt")) << lines_of(file);
  };
  {
    const auto journal = open_or_fail(file, clock);
    record_golden_events(*journal, 1);
    record_golden_events(*journal, 2);
    record_golden_events_2(*journal);
  }
  ASSERT_TRUE(request_erasure(file, std::vector{pseudonymizer().unit(kGoldenForgotten)}));
  ASSERT_TRUE(apply_erasures(file));
  check(name, {""});
  const auto journal = open_or_fail(file, clock);
  ASSERT_TRUE(journal->record_with_future(outcome("customer-1", "outcome-5", 2.0)).get().ok());
  check(name + "-killed", {"", "-wal"});  // as a kill leaves them: the last commit is in the log only
}

const auto kNameOf = [](const auto& name) {
  std::string text = name.param;
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
};
INSTANTIATE_TEST_SUITE_P(Released, JournalVersions,
                         ::testing::Values("version-1", "version-1-killed", "version-2", "version-2-killed"), kNameOf);
INSTANTIATE_TEST_SUITE_P(Released, ForgettingVersions, ::testing::Values("version-2", "version-2-killed"), kNameOf);

}  // namespace
}  // namespace tactful::test
