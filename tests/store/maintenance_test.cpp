// Purging, quarantine decisions and compaction.
#include <sqlite3.h>

#include <random>

#include "golden_store.hpp"
#include "kill_points.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::ElementsAre;
using testing::HasSubstr;

class MaintenanceTest : public testing::Test {
 protected:
  MemoryDir folder_;
  std::filesystem::path file_ = folder_ / "s.db";
};

TEST_F(MaintenanceTest, PurgeKeepsWhatIsYoungerAndTheAggregates) {
  auto store = open_store(file_);
  fill_golden(*store);
  const auto exposures = exposures_of(*store, "landing");
  const Aggregate kept[] = {{"landing", 1'200, 0, R"({"units":300})"}};
  const auto dry = store->purge(1'200, 9'000, kept, true).value();
  EXPECT_EQ(exposures_of(*store, "landing"), exposures);
  const auto purged = store->purge(1'200, 9'000, kept).value();
  EXPECT_EQ(purged.events, dry.events);
  EXPECT_EQ(purged.aggregates, 1);
  EXPECT_TRUE(purged.bytes_gone);
  std::size_t younger = 0;
  for (const auto& [unit, at, variant] : exposures) younger += at >= 1'200 ? 1 : 0;
  EXPECT_EQ(exposures_of(*store, "landing").size(), younger);
  EXPECT_EQ(exposures_of(*store, "landing", 1'200).size(), 0u);
  EXPECT_EQ(store->totals()->wide_rows, 40) << "a table without times has no age";
  EXPECT_EQ(store->aggregates().value(), (std::vector<Aggregate>{{"landing", 1'200, 9'000, R"({"units":300})"}}));
  // Again, with what is left: nothing changes, and the aggregate of then stays.
  const std::string print = store->data_fingerprint().value();
  const Aggregate later[] = {{"landing", 1'200, 0, R"({"units":101})"}};
  EXPECT_EQ(store->purge(1'200, 9'500, later).value(), (StorePurge{0, 0, 0, 0, 0, 0, true, {}}));
  EXPECT_EQ(store->data_fingerprint().value(), print);
  EXPECT_EQ(store->aggregates()->front().content, R"({"units":300})");
  // Old events do not come back.
  const auto again = store->ingest(std::vector{exposure(9, 9, 1'199), exposure(9, 10, 1'200)}, "again").value();
  EXPECT_EQ(again, (IngestSummary{2, 1, 0, 0, 0, 1}));
  EXPECT_EQ(store->history()->purged_before, 1'200);
  EXPECT_EQ(store->history()->refused_expired, 1);
  EXPECT_EQ(store->purge(9'001, 9'000, {}).error().code, ErrorCode::kInvalidArgument);
  store.reset();
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->history()->purged_before, 1'200);
}

TEST_F(MaintenanceTest, PurgeTakesOldRowsOfTablesWithTimes) {
  const auto store = open_store(file_);
  IngestWide wide;
  wide.experiment = "survey";
  wide.unit = {11, 12, 13};
  wide.variant = {"a", "b", "a"};
  wide.at = {100, 200, 300};
  ASSERT_TRUE(store->ingest_wide(wide, "units:1", false).has_value());
  EXPECT_EQ(store->purge(250, 1'000, {})->wide_rows, 2);
  EXPECT_EQ(store->totals()->wide_rows, 1);
  EXPECT_EQ(store->ingest_wide(wide, "units:2", true)->expired, 2);
}

TEST_F(MaintenanceTest, PurgeKilledAnywhereIsAllOrNothing) {
  auto store = open_store(file_);
  fill_golden(*store);
  const std::string before = store->data_fingerprint().value();
  store.reset();
  const Aggregate kept[] = {{"landing", 1'200, 0, "{}"}};
  const auto purge = [&kept](Store& open) { return open.purge(1'200, 9'000, kept).has_value(); };
  const auto reference = folder_ / "reference.db";
  std::filesystem::copy_file(file_, reference);
  store = open_store(reference, Store::Mode::kReadWrite);
  ASSERT_TRUE(purge(*store));
  const std::string after = store->data_fingerprint().value();
  const auto copy = folder_ / "copy.db";
  const int points = kill_at_every_point(file_, copy, purge, [&] {
    const auto open = open_store(copy, Store::Mode::kReadWrite);
    ASSERT_NE(open, nullptr);
    const std::string print = open->data_fingerprint().value();
    EXPECT_EQ(open->aggregates()->size(), print == after ? 1u : 0u) << "what goes and what is kept are one change";
    EXPECT_TRUE(print == before || print == after);
    EXPECT_TRUE(purge(*open));
    EXPECT_EQ(open->data_fingerprint().value(), after);
    EXPECT_EQ(open->aggregates()->size(), 1u);
  });
  EXPECT_GE(points, 8);
}

TEST_F(MaintenanceTest, ADecisionStandsOverTheOrder) {
  const auto store = open_store(file_);
  const IngestEvent first = outcome(5, 1, 2'000, "converted", 10.0);
  const IngestEvent second = outcome(5, 1, 3'000, "converted", 20.0);
  ASSERT_TRUE(store->ingest(std::vector{first, second}, "b").has_value());
  ASSERT_EQ(outcomes_of(*store, {"converted"}),
            (std::vector{std::tuple{UnitId{5}, TimeMs{2'000}, std::string("converted"), 10.0}}));
  const auto held = store->quarantine().value();
  ASSERT_EQ(held.size(), 1u);
  EXPECT_THAT(held[0].why, HasSubstr("differs in at, value"));
  EXPECT_EQ(store->decide(held[0].handle, QuarantineAction::kStands, "", "", 1).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->decide("zz", QuarantineAction::kStands, "ann", "", 1).error().code, ErrorCode::kNotFound);
  const auto reader = open_store(file_, Store::Mode::kReadOnly);
  EXPECT_TRUE(reader->decide(held[0].handle, QuarantineAction::kDropped, "ann", "", 76, true));
  EXPECT_EQ(reader->decide("zz", QuarantineAction::kDropped, "ann", "", 76, true).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store->decide(held[0].handle, QuarantineAction::kDropped, "ann", "", 76, true));
  EXPECT_EQ(store->quarantine()->size() + store->decisions()->size(), 1u) << "a dry run changes nothing";
  ASSERT_TRUE(
      store->decide(held[0].handle.substr(0, 6), QuarantineAction::kStands, "ann", "typing error in the first", 77));
  EXPECT_EQ(std::get<3>(outcomes_of(*store, {"converted"}).at(0)), 20.0);
  const auto swapped = store->quarantine().value();
  ASSERT_EQ(swapped.size(), 1u);
  EXPECT_EQ(swapped[0].event.value, 10.0);
  // Both come again, and a third: the decision stands.
  EXPECT_EQ(store->ingest(std::vector{first, second, outcome(5, 1, 500, "converted", 5.0)}, "b").value(),
            (IngestSummary{3, 0, 2, 1}));
  EXPECT_EQ(std::get<3>(outcomes_of(*store, {"converted"}).at(0)), 20.0);
  EXPECT_EQ(store->quarantine()->size(), 2u);
  // What was dropped is known when it comes again.
  const auto drop = [&](double value) {
    const auto listed = store->quarantine().value();
    for (const auto& one : listed) {
      if (one.event.value == value) return store->decide(one.handle, QuarantineAction::kDropped, "ann", "", 78);
    }
    return Status(Error{ErrorCode::kNotFound, "", "", ""});
  };
  ASSERT_TRUE(drop(10.0));
  EXPECT_EQ(store->ingest(std::vector{first}, "b").value(), (IngestSummary{1, 0, 1, 0}));
  EXPECT_EQ(store->quarantine()->size(), 1u);
  const auto trail = store->decisions().value();
  ASSERT_EQ(trail.size(), 2u);
  EXPECT_EQ(trail[0],
            (QuarantineDecision{77, "ann", "typing error in the first", QuarantineAction::kStands, held[0].handle}));
  EXPECT_EQ(trail[1].action, QuarantineAction::kDropped);
  // A second thought: the other one after all.
  ASSERT_TRUE(store->decide(store->quarantine()->front().handle, QuarantineAction::kStands, "bob", "", 79));
  EXPECT_EQ(std::get<3>(outcomes_of(*store, {"converted"}).at(0)), 5.0);
  // Forgetting takes the decisions along.
  const UnitId unit[] = {5};
  ASSERT_TRUE(store->forget(unit, 80).has_value());
  EXPECT_TRUE(store->decisions()->empty());
}

TEST_F(MaintenanceTest, WhatWasDroppedStaysAwayAfterAPurgeOfWhatStood) {
  const auto store = open_store(file_);
  const IngestEvent stood = outcome(5, 1, 100, "converted", 10.0), dropped = outcome(5, 1, 300, "converted", 20.0);
  const IngestEvent to_come = outcome(6, 2, 9'000, "converted", 20.0);  // dated after the decision
  ASSERT_TRUE(store->ingest(std::vector{stood, dropped, outcome(6, 2, 100), to_come}, "b").has_value());
  for (int left = 2; left > 0; --left)
    ASSERT_TRUE(store->decide(store->quarantine()->front().handle, QuarantineAction::kDropped, "ann", "", 310));
  ASSERT_EQ(store->purge(400, 500, {})->events, 2);
  EXPECT_EQ(store->ingest(std::vector{to_come}, "b").value(), (IngestSummary{1, 0, 1, 0}));
  EXPECT_TRUE(outcomes_of(*store, {"converted"}).empty());
  // An earlier purge, so that the dropped one is young enough to come in again; and with it one that nobody dropped.
  const auto other = open_store(folder_ / "other.db");
  ASSERT_TRUE(other->ingest(std::vector{stood, dropped}, "b").has_value());
  ASSERT_TRUE(other->decide(other->quarantine()->front().handle, QuarantineAction::kDropped, "ann", "", 310));
  ASSERT_EQ(other->purge(200, 500, {})->events, 1);
  EXPECT_EQ(other->ingest(std::vector{dropped}, "b").value(), (IngestSummary{1, 0, 1, 0}));
  EXPECT_TRUE(outcomes_of(*other, {"converted"}).empty());
  const IngestEvent later = outcome(5, 1, 350, "converted", 30.0);
  EXPECT_EQ(other->ingest(std::vector{dropped, later}, "b").value(), (IngestSummary{2, 1, 1, 0}));
  EXPECT_EQ(std::get<3>(outcomes_of(*other, {"converted"}).at(0)), 30.0) << "not the dropped one, though it came first";
  EXPECT_TRUE(other->quarantine()->empty());
}

TEST_F(MaintenanceTest, WhatAPersonDecidedAgainstStaysAwayAfterAPurge) {
  const auto store = open_store(file_);
  const IngestEvent right = outcome(5, 1, 100, "converted", 10.0), wrong = outcome(5, 1, 300, "converted", 20.0);
  IngestEvent first = wrong;
  first.event.recorded_at = 50;
  ASSERT_TRUE(store->ingest(std::vector{first, right}, "b").has_value());
  ASSERT_TRUE(store->decide(store->quarantine()->front().handle, QuarantineAction::kStands, "ann", "", 310));
  EXPECT_EQ(store->purge(200, 500, {})->reinstated, 0);
  EXPECT_EQ(store->ingest(std::vector{wrong}, "b").value(), (IngestSummary{1, 0, 1, 0}));
  EXPECT_EQ(store->ingest(std::vector{outcome(5, 1, 350, "converted", 30.0)}, "b").value(),
            (IngestSummary{1, 0, 0, 1}));
  EXPECT_TRUE(outcomes_of(*store, {"converted"}).empty());
  ASSERT_EQ(store->quarantine()->size(), 2u) << "until somebody decides again";
  const auto held = store->quarantine().value();
  ASSERT_TRUE(store->decide(held.front().handle, QuarantineAction::kStands, "bob", "", 320));
  EXPECT_EQ(outcomes_of(*store, {"converted"}).size(), 1u);
}

TEST_F(MaintenanceTest, AnEarlyStoreOfVersion2GetsTheTimeOfWhatWasDecided) {
  auto store = open_store(file_);
  ASSERT_TRUE(store->ingest(std::vector{outcome(5, 1, 100), outcome(5, 1, 300)}, "b").has_value());
  store.reset();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "ALTER TABLE decisions DROP COLUMN event_at", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_TRUE(open_store(file_, Store::Mode::kReadOnly)->decisions()->empty());
  store = open_store(file_, Store::Mode::kReadWrite);
  ASSERT_TRUE(store->decide(store->quarantine()->front().handle, QuarantineAction::kDropped, "ann", "", 310));
  EXPECT_EQ(store->purge(320, 500, {})->events, 1);
  EXPECT_TRUE(store->decisions()->empty()) << "what it was about is too old to come again";
}

TEST_F(MaintenanceTest, PurgedBeforeOrAfterTheEventsCameIsTheSameStore) {
  std::mt19937_64 random(20'261'122);
  for (int round = 0; round < 8; ++round) {
    std::vector<IngestEvent> events;
    for (int i = 0; i < 300; ++i) {
      const auto pick = [&random](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
      events.push_back(outcome(1 + pick(30), 1 + pick(5), 1'000 + 100 * pick(4)));
      events.back().event.recorded_at = 2'000 + pick(40);
      events.back().event.sequence = i;
    }
    const auto after = open_store(folder_ / ("after" + std::to_string(round)));
    const auto before = open_store(folder_ / ("before" + std::to_string(round)));
    ASSERT_TRUE(after->ingest(events, "b").has_value());
    const auto dry = after->purge(1'200, 9'000, {}, true).value();
    const auto purged = after->purge(1'200, 9'000, {}).value();
    EXPECT_EQ(purged.reinstated, dry.reinstated);
    EXPECT_GT(purged.reinstated, 0);
    ASSERT_TRUE(before->purge(1'200, 9'000, {}).has_value());
    ASSERT_TRUE(before->ingest(events, "b").has_value());
    EXPECT_EQ(after->data_fingerprint().value(), before->data_fingerprint().value()) << round;
    EXPECT_EQ(quarantine_of(*after), quarantine_of(*before)) << round;
    EXPECT_EQ(after->ingest(events, "b")->added, 0);
    EXPECT_EQ(quarantine_of(*after), quarantine_of(*before)) << "coming again changes nothing";
  }
}

TEST_F(MaintenanceTest, ManyPayloadsUnderOneIdAreNoSquare) {
  const auto store = open_store(file_);
  std::vector<IngestEvent> rivals;
  constexpr int kRivals = 30'000;  // compared with one another: 450 million comparisons, minutes
  for (int i = 0; i < kRivals; ++i) rivals.push_back(outcome(5, 1, 2'000 + i, "converted", i));
  ASSERT_EQ(store->ingest(rivals, "b").value(), (IngestSummary{kRivals, 1, 0, kRivals - 1}));
  EXPECT_EQ(store->ingest(rivals, "b").value(), (IngestSummary{kRivals, 0, kRivals, 0}));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(store->ingest(std::vector{outcome(5, 1, 90'000 + i, "converted", i)}, "c")->conflicts, 1)
        << "one at a time is no full rewrite either";
  }
  EXPECT_EQ(std::get<3>(outcomes_of(*store, {"converted"}).at(0)), 0.0);
  EXPECT_EQ(store->totals()->quarantined, kRivals - 1 + 200);
}

std::vector<IngestEvent> scattered(int from, int count) {
  std::vector<IngestEvent> events;
  for (int i = from; i < from + count; ++i) {
    const UnitId unit = 1 + (i * 7'919LL) % 100'003;
    events.push_back(i % 2 == 0 ? exposure(unit, i, 1'000 + i) : outcome(unit, i, 2'000 + i));
  }
  return events;
}

/// Whether scans visit the units of each partition in an order that never descends.
bool is_in_order(const Store& store, std::string_view experiment) {
  bool in_order = true;
  for (std::size_t partition = 0; partition < store.partitions(); ++partition) {
    UnitId last = 0;
    const auto follow = [&](const auto& block) {
      for (const UnitId unit : block.unit) {
        in_order = in_order && unit >= last;
        last = unit;
      }
    };
    EXPECT_TRUE(store.scan_exposures(partition, store.code(experiment).value(), kForever, follow));
    last = 0;
    const std::int32_t kinds[] = {store.code("converted").value()};
    EXPECT_TRUE(store.scan_outcomes(partition, kinds, -kForever, kForever, follow));
  }
  return in_order;
}

TEST_F(MaintenanceTest, CompactionSortsAndChangesNothingElse) {
  const auto store = open_store(file_);
  for (int batch = 0; batch < 5; ++batch)
    ASSERT_TRUE(store->ingest(scattered(batch * 40'000, 40'000), std::to_string(batch)).has_value());
  const std::string print = store->data_fingerprint().value();
  const auto exposures = exposures_of(*store, "landing");
  const auto outcomes = outcomes_of(*store, {"converted"});
  EXPECT_FALSE(is_in_order(*store, "landing"));
  const auto done = store->compact().value();
  EXPECT_EQ(done.rows_sorted, 200'000);
  EXPECT_LE(done.segments_after, done.segments_before);
  EXPECT_EQ(done.segments_after, 4);
  EXPECT_EQ(store->data_fingerprint().value(), print);
  EXPECT_EQ(exposures_of(*store, "landing"), exposures);
  EXPECT_EQ(outcomes_of(*store, {"converted"}), outcomes);
  EXPECT_TRUE(is_in_order(*store, "landing"));
  EXPECT_EQ(store->compact()->rows_sorted, 0) << "what is in order is left alone";
  ASSERT_EQ(store->ingest(scattered(0, 40'000), "again")->duplicates, 40'000);
  EXPECT_TRUE(is_in_order(*store, "landing"));
  ASSERT_TRUE(store->ingest(scattered(200'000, 1'000), "more").has_value());
  EXPECT_FALSE(is_in_order(*store, "landing")) << "new events come as they come";
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->compact().error().code, ErrorCode::kInvalidArgument)
      << "open for reading";
  EXPECT_EQ(store->compact()->rows_sorted, 201'000);
  EXPECT_TRUE(is_in_order(*store, "landing"));
}

TEST_F(MaintenanceTest, CompactionKilledAnywhereLosesNothing) {
  auto store = open_store(file_);
  fill_golden(*store);
  std::vector<IngestEvent> more = scattered(50'000, 3'000);
  ASSERT_TRUE(store->ingest(more, "more").has_value());
  const std::string print = store->data_fingerprint().value();
  const auto quarantined = quarantine_of(*store);
  store.reset();
  const auto copy = folder_ / "copy.db";
  const int points = kill_at_every_point(
      file_, copy, [](Store& open) { return open.compact().has_value(); },
      [&] {
        auto open = open_store(copy, Store::Mode::kReadWrite);
        ASSERT_NE(open, nullptr);
        EXPECT_EQ(open->data_fingerprint().value(), print);
        EXPECT_TRUE(open->compact().has_value());
        EXPECT_EQ(open->data_fingerprint().value(), print);
        EXPECT_EQ(quarantine_of(*open), quarantined);
        EXPECT_TRUE(is_in_order(*open, "landing"));
      });
  EXPECT_GE(points, 8);
}

}  // namespace
}  // namespace tactful
