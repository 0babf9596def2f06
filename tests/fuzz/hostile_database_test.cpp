// Journals and stores that are well-formed databases made to hurt: what answers without end, or takes all memory.
#include <gmock/gmock.h>

#include "database.hpp"
#include "good_files.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace tactful {
namespace {

constexpr const char* kEndless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ";

class HostileDatabase : public testing::Test {
 protected:
  std::filesystem::path spoilt(const std::string& good, std::initializer_list<std::string> statements) {
    const auto file = folder_ / "file.db";
    std::filesystem::remove(file);
    fuzz::write_file(file, good);
    fuzz::OpenDatabase database(file);
    for (const std::string& sql : statements) {
      EXPECT_EQ(sqlite3_exec(database.handle(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    }
    return file;
  }
  test::TempDir folder_;
};

TEST_F(HostileDatabase, AJournalWithAViewInPlaceOfATableIsNone) {
  for (const std::string table : {"meta", "dictionary", "events"}) {
    const auto file = spoilt(fuzz::good_journal(), {"DROP TABLE " + table, "CREATE VIEW " + table + " AS " + kEndless +
                                                                               "i AS name, 'x' AS value FROM n"});
    const auto reader = JournalReader::open(file);
    ASSERT_FALSE(reader.has_value()) << table;
    EXPECT_EQ(reader.error().code, ErrorCode::kInvalidInput);
  }
}

// Whoever reads on after the last sequence would read the same for ever.
TEST_F(HostileDatabase, AJournalWhoseSequencesAreNoneIsInvalid) {
  const std::string copy = "CREATE TABLE other AS SELECT * FROM events";
  const std::string swap = "ALTER TABLE other RENAME TO events";
  for (const std::string sequence : {"'x' || sequence", "0.5 + sequence / 100.0", "9 / 2"}) {
    const auto file =
        spoilt(fuzz::good_journal(), {copy, "UPDATE other SET sequence = " + sequence, "DROP TABLE events", swap});
    const auto reader = JournalReader::open(file);
    ASSERT_TRUE(reader.has_value()) << describe(reader.error());
    const auto events = (*reader)->read(0, 65'536);
    ASSERT_FALSE(events.has_value()) << sequence;
    EXPECT_EQ(events.error().code, ErrorCode::kInvalidInput);
  }
}

TEST_F(HostileDatabase, AJournalWithATextOfManyMegabytesIsAnErrorAndNoMemory) {
  const auto file =
      spoilt(fuzz::good_journal(), {"UPDATE dictionary SET text = CAST(zeroblob(50000000) AS TEXT) WHERE code = 1"});
  const auto reader = JournalReader::open(file);
  ASSERT_TRUE(reader.has_value()) << describe(reader.error());
  const auto text = (*reader)->text(1);
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::kStorage);
}

TEST_F(HostileDatabase, AStoreWithAViewInPlaceOfATableIsNone) {
  for (const std::string table : {"meta", "dictionary", "segments", "columns", "journals", "batches", "quarantine"}) {
    const auto file = spoilt(fuzz::good_store(), {"DROP TABLE " + table, "CREATE VIEW " + table + " AS " + kEndless +
                                                                             "i AS name, 'x' AS value FROM n"});
    for (const Store::Mode mode : {Store::Mode::kReadOnly, Store::Mode::kReadWrite}) {
      const auto store = Store::open(file, mode);
      ASSERT_FALSE(store.has_value()) << table;
      EXPECT_EQ(store.error().code, ErrorCode::kInvalidInput) << describe(store.error());
    }
  }
}

}  // namespace
}  // namespace tactful
