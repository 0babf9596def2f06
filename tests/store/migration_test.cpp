// Stores of every released version, and a migration that is interrupted.
#include <sqlite3.h>
#include <zlib.h>

#include "golden_store.hpp"
#include "kill_points.hpp"

namespace tactful {
namespace {

using namespace store_test;

class MigrationTest : public testing::TestWithParam<int> {
 protected:
  std::filesystem::path unpacked(int version) const {
    const std::string packed =
        std::string(TACTFUL_SOURCE_DIR "/tests/store/golden/store-v") + std::to_string(version) + ".db.gz";
    std::string bytes;
    gzFile file = gzopen(packed.c_str(), "rb");
    if (file == nullptr) {
      ADD_FAILURE() << "no " << packed;
      return {};
    }
    std::array<char, 65'536> part{};
    for (int got = 0; (got = gzread(file, part.data(), part.size())) > 0;)
      bytes.append(part.data(), static_cast<std::size_t>(got));
    gzclose(file);
    return folder_.write("v" + std::to_string(version) + ".db", bytes);
  }
  static void fill(Store& store, int version) { version == 1 ? fill_golden(store) : fill_golden_2(store); }

  /// Everything that a store answers with.
  static void expect_equal(const Store& left, const Store& right) {
    EXPECT_EQ(left.data_fingerprint().value(), right.data_fingerprint().value());
    EXPECT_EQ(exposures_of(left, "landing"), exposures_of(right, "landing"));
    EXPECT_EQ(outcomes_of(left, {"converted", "complaint"}), outcomes_of(right, {"converted", "complaint"}));
    EXPECT_EQ(quarantine_of(left), quarantine_of(right));
    EXPECT_EQ(left.decisions().value(), right.decisions().value());
    EXPECT_EQ(left.aggregates().value(), right.aggregates().value());
    EXPECT_EQ(left.history().value(), right.history().value());
    EXPECT_EQ(left.complete_until(), right.complete_until());
    for (const UnitId unit : {1'000'003LL * 4, 1'000'003LL * 7, 1'000'003LL * 8, 1'000'003LL * 12, 5'000'011LL * 2}) {
      EXPECT_EQ(left.subject(unit)->canonical(), right.subject(unit)->canonical()) << unit;
    }
    const auto a = left.totals().value();
    const auto b = right.totals().value();
    EXPECT_EQ(std::tie(a.exposures, a.deliveries, a.outcomes, a.holds, a.contacts, a.wide_rows, a.quarantined),
              std::tie(b.exposures, b.deliveries, b.outcomes, b.holds, b.contacts, b.wide_rows, b.quarantined));
  }
  static int version_of(const std::filesystem::path& file) {
    sqlite3* db = nullptr;
    sqlite3_stmt* query = nullptr;
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &query, nullptr);
    const int version = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int(query, 0) : -1;
    sqlite3_finalize(query);
    sqlite3_close(db);
    return version;
  }

  MemoryDir folder_;
};

TEST_P(MigrationTest, AFileOfThatVersionHoldsWhatItHeld) {
  if (const char* out = std::getenv("TACTFUL_MAKE_GOLDEN"); out != nullptr && GetParam() == 2)
    fill(*open_store(out), 2);
  const auto fresh = open_store(folder_ / "fresh.db");
  fill(*fresh, GetParam());
  if (HasFatalFailure()) return;
  const auto file = unpacked(GetParam());
  {
    const auto reader = open_store(file, Store::Mode::kReadOnly);
    ASSERT_NE(reader, nullptr);
    expect_equal(*reader, *fresh);
  }
  EXPECT_EQ(version_of(file), GetParam()) << "a reader changes nothing";
  {
    const auto writer = open_store(file, Store::Mode::kReadWrite);
    ASSERT_NE(writer, nullptr);
    expect_equal(*writer, *fresh);
    // What came in before the migration is known after it.
    const std::vector<IngestEvent> again = {exposure(1'000'003LL * 100, 100, 1'100, "kind")};
    EXPECT_EQ(writer->ingest(again, "again")->conflicts, 1) << "another payload under a known id";
    EXPECT_EQ(writer->ingest(again, "again")->duplicates, 1);
  }
  EXPECT_EQ(version_of(file), 2);
  EXPECT_EQ(open_store(file, Store::Mode::kReadOnly)->totals()->quarantined, fresh->totals()->quarantined + 1);
}

INSTANTIATE_TEST_SUITE_P(EveryRelease, MigrationTest, testing::Values(1, 2),
                         [](const auto& info) { return "Version" + std::to_string(info.param); });

TEST_F(MigrationTest, InterruptedAnywhereItIsDoneByTheNextOpening) {
  const auto original = unpacked(1);
  const auto copy = folder_ / "copy.db";
  const std::string before = open_store(original, Store::Mode::kReadOnly)->data_fingerprint().value();
  const auto quarantined = quarantine_of(*open_store(original, Store::Mode::kReadOnly));
  ASSERT_EQ(quarantined.size(), 6u);
  const int points = kill_at_every_point(
      original, copy, [](Store&) { return true; },
      [&] {
        {
          const auto reader = open_store(copy, Store::Mode::kReadOnly);
          ASSERT_NE(reader, nullptr);
          EXPECT_EQ(reader->data_fingerprint().value(), before);
        }
        const auto writer = open_store(copy, Store::Mode::kReadWrite);
        ASSERT_NE(writer, nullptr);
        EXPECT_EQ(writer->data_fingerprint().value(), before);
        EXPECT_EQ(quarantine_of(*writer), quarantined);
        EXPECT_TRUE(writer->history().has_value());
      });
  EXPECT_EQ(points, 5);
}

TEST_F(MigrationTest, TicketsOfContactsStay) {
  const auto store = open_store(folder_ / "s.db");
  fill_golden_2(*store);
  const Json subject = store->subject(1'000'003LL * 12).value();
  const std::string text = subject.canonical();
  for (const char* part : {R"("ticket":"000000000000032c")", R"("assignee":"0000000000000390")",
                           R"("ticket_before":"open")", R"("ticket_after":"promised")"}) {
    EXPECT_THAT(text, testing::HasSubstr(part));
  }
  // The payload includes them: another state of the ticket is another version.
  IngestEvent contact{};
  contact.event.type = EventType::kContact;
  contact.event.unit = 1'000'003LL * 12;
  contact.event.event = 50'012;
  contact.event.at = 3'012;
  contact.event.recorded_at = 3'013;
  contact.event.ticket = 812;
  contact.event.assignee = 912;
  contact.source = "sender";
  contact.channel = "call";
  contact.ticket_before = "open";
  contact.ticket_after = "promised";
  EXPECT_EQ(store->ingest(std::vector{contact}, "contacts")->duplicates, 1);
  contact.ticket_after = "paid";
  EXPECT_EQ(store->ingest(std::vector{contact}, "contacts")->conflicts, 1);
  EXPECT_THAT(quarantine_of(*store).back() + quarantine_of(*store).front() + quarantine_of(*store)[1],
              testing::HasSubstr("ticket_after"));
}

}  // namespace
}  // namespace tactful
