// Stores that somebody wrote into: other types, missing columns, numbers that cannot be, under checksums that fit.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <xxhash.h>

#include "golden_store.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::HasSubstr;

class HostileStore : public testing::Test {
 protected:
  HostileStore() {
    const auto file = folder_ / "good.db";
    fill_golden(*open_store(file));
    good_ = read_bytes(file);
  }

  /// A store after this SQL, with the checksums of the descriptions made to fit again (docs/spec/store.md).
  std::filesystem::path spoilt(const std::string& sql) {
    const auto file = folder_ / "spoilt.db";
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
    folder_.write("spoilt.db", good_);
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << (message ? message : "");
    sqlite3_free(message);
    seal(db);
    sqlite3_close(db);
    return file;
  }
  static void seal(sqlite3* db) {
    sqlite3_stmt* rows = nullptr;
    sqlite3_stmt* update = nullptr;
    if (sqlite3_prepare_v2(
            db,
            "SELECT id, kind, partition, experiment, rows, min_at, max_at, min_unit, max_unit, min_kind, "
            "max_kind, max_recorded_at, print_low, print_high, flags FROM segments",
            -1, &rows, nullptr) != SQLITE_OK)
      return;  // a column is missing: there is nothing to seal
    ASSERT_EQ(sqlite3_prepare_v2(db, "UPDATE segments SET checksum = ? WHERE id = ?", -1, &update, nullptr), SQLITE_OK);
    std::vector<std::array<std::int64_t, 15>> all;
    while (sqlite3_step(rows) == SQLITE_ROW) {
      all.emplace_back();
      for (int i = 0; i < 15; ++i) all.back()[static_cast<std::size_t>(i)] = sqlite3_column_int64(rows, i);
    }
    sqlite3_finalize(rows);
    for (const auto& fields : all) {
      sqlite3_bind_int64(update, 1, static_cast<std::int64_t>(XXH3_64bits(fields.data(), sizeof fields)));
      sqlite3_bind_int64(update, 2, fields[0]);
      EXPECT_EQ(sqlite3_step(update), SQLITE_DONE);
      sqlite3_reset(update);
    }
    sqlite3_finalize(update);
  }

  /// Everything that one can ask of a store and do to it; the first error there is.
  static std::optional<Error> use(const std::filesystem::path& file) {
    auto reader = Store::open(file, Store::Mode::kReadOnly);
    if (!reader) return reader.error();
    std::optional<Error> first;
    const auto note = [&first](const auto& result) {
      if (!result && !first) first = result.error();
    };
    const auto experiment = (*reader)->code("landing").value_or(1);
    const std::int32_t kinds[] = {(*reader)->code("converted").value_or(1)};
    for (std::size_t partition = 0; partition < (*reader)->partitions(); ++partition) {
      note((*reader)->scan_exposures(partition, experiment, kForever, [](const ExposureBlock&) {}));
      note((*reader)->scan_deliveries(partition, experiment, kForever, [](const DeliveryBlock&) {}));
      note((*reader)->scan_outcomes(partition, kinds, -kForever, kForever, [](const OutcomeBlock&) {}));
      note((*reader)->scan_wide(partition, (*reader)->code("survey").value_or(1), [](const WideBlock&) {}));
    }
    note((*reader)->quarantine());
    note((*reader)->decisions());
    note((*reader)->history());
    note((*reader)->aggregates());
    note((*reader)->totals());
    note((*reader)->subject(8));
    reader = Error{};
    auto writer = Store::open(file, Store::Mode::kReadWrite);
    if (!writer) return first ? first : writer.error();
    note((*writer)->ingest(std::vector{outcome(8, 77'777), exposure(9, 77'778)}, "more"));
    note((*writer)->purge(1'100, 90'000, {}));
    const UnitId unit[] = {60};
    note((*writer)->forget(unit, 90'000));
    note((*writer)->compact());
    return first;
  }

  MemoryDir folder_;
  std::string good_;
};

TEST_F(HostileStore, TheGoodOneAnswersEverything) {
  const auto error = use(spoilt("SELECT 1"));
  EXPECT_FALSE(error.has_value()) << describe(*error);
}

TEST_F(HostileStore, DescriptionsThatCannotBeAreNamed) {
  for (const std::string change :
       {"rows = -1", "rows = -9223372036854775808", "rows = 65537", "rows = 4611686018427387904", "kind = 0",
        "kind = 7", "kind = -2", "kind = 'outcome'", "kind = x'02'", "partition = -1", "experiment = -1",
        "min_at = max_at + 1", "min_unit = max_unit + 1", "min_kind = max_kind + 1"}) {
    const auto error = use(spoilt("UPDATE segments SET " + change + " WHERE id = (SELECT min(id) FROM segments)"));
    ASSERT_TRUE(error.has_value()) << change;
    EXPECT_EQ(error->code, ErrorCode::kStorage) << change << ": " << describe(*error);
    EXPECT_THAT(error->message, HasSubstr("the description of segment")) << change;
    EXPECT_THAT(error->hint, HasSubstr("forget again"));
  }
  for (const std::string change : {"rows = 'many'", "rows = rows + 1", "rows = 0.5"}) {
    const auto error = use(spoilt("UPDATE segments SET " + change + " WHERE id = (SELECT min(id) FROM segments)"));
    ASSERT_TRUE(error.has_value()) << change << ": no block has so many rows";
    EXPECT_THAT(error->message, HasSubstr("its length does not match")) << change;
  }
}

TEST_F(HostileStore, ASegmentOutsideEveryPartitionIsNoSilentLoss) {
  const auto error = use(spoilt("UPDATE segments SET partition = 1"));
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("number of partitions"));
  for (const char* bits : {"-1", "9", "1000000000"}) {
    const auto damaged =
        use(spoilt("INSERT OR REPLACE INTO meta VALUES ('partition_bits', '" + std::string(bits) + "')"));
    ASSERT_TRUE(damaged.has_value()) << bits;
    EXPECT_EQ(damaged->code, ErrorCode::kStorage);
  }
}

TEST_F(HostileStore, MissingTablesAndColumnsAreErrors) {
  for (const std::string sql :
       {"ALTER TABLE segments DROP COLUMN rows", "ALTER TABLE segments DROP COLUMN flags",
        "ALTER TABLE columns DROP COLUMN checksum", "ALTER TABLE columns DROP COLUMN data",
        "ALTER TABLE dictionary DROP COLUMN text", "ALTER TABLE journals DROP COLUMN watermark; DROP TABLE journals",
        "ALTER TABLE quarantine DROP COLUMN value", "ALTER TABLE decisions DROP COLUMN who",
        "ALTER TABLE aggregates DROP COLUMN content", "DROP TABLE tombstones", "DROP TABLE decisions",
        "DROP TABLE losses", "DROP TABLE erasures", "DROP TABLE purges", "DROP TABLE meta", "DROP TABLE columns"}) {
    const auto error = use(spoilt(sql));
    ASSERT_TRUE(error.has_value()) << sql;
    EXPECT_EQ(error->code, ErrorCode::kStorage) << sql << ": " << describe(*error);
  }
}

TEST_F(HostileStore, ValuesOfOtherTypesAreErrorsOrNothing) {
  for (const std::string sql :
       {"UPDATE columns SET data = 'text' WHERE column = 1", "UPDATE columns SET data = 17 WHERE column = 6",
        "UPDATE columns SET data = x'' WHERE column = 2", "UPDATE columns SET checksum = 'sum'",
        "UPDATE dictionary SET text = 4711 WHERE code = 1", "UPDATE dictionary SET checksum = 1.5 WHERE code = 2",
        "INSERT INTO tombstones VALUES ('short')", "INSERT INTO tombstones VALUES (17)"}) {
    const auto error = use(spoilt(sql));
    ASSERT_TRUE(error.has_value()) << sql;
    EXPECT_EQ(error->code, ErrorCode::kStorage) << sql << ": " << describe(*error);
  }
  // Read for words of theirs only, or put right by the next change: nothing breaks.
  for (const std::string sql :
       {"UPDATE quarantine SET unit = 'x', value = x'00', writer = 'y'", "UPDATE decisions SET at = 'noon', action = 3",
        "UPDATE meta SET value = 'x' WHERE name = 'purged_before'", "UPDATE journals SET watermark = 'x'",
        "UPDATE batches SET experiment = 'x', rows = -1"}) {
    const auto error = use(spoilt(sql));
    if (error) {
      EXPECT_EQ(error->code, ErrorCode::kStorage) << sql << ": " << describe(*error);
    }
  }
}

TEST_F(HostileStore, CountsBelowNothingAreNotReported) {
  const auto file = spoilt(
      "INSERT INTO losses VALUES ('w', -5, -7, -9, -11); INSERT INTO erasures(at, units, events, wide_rows, "
      "quarantined) "
      "VALUES (1, -3, 0, 0, 0); INSERT OR REPLACE INTO meta VALUES ('refused_forgotten', '-4'), ('refused_expired', "
      "'-2')");
  const auto history = open_store(file, Store::Mode::kReadOnly)->history();
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().code, ErrorCode::kStorage);
}

}  // namespace
}  // namespace tactful
