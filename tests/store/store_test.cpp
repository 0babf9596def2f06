#include <gmock/gmock.h>
#include <sqlite3.h>

#include <thread>

#include "store_fixture.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreTest : public testing::Test {
 protected:
  IngestSummary ingest(Store& store, const std::vector<IngestEvent>& events, std::string_view batch = "b1") {
    const auto summary = store.ingest(events, batch);
    EXPECT_TRUE(summary.has_value()) << (summary ? "" : describe(summary.error()));
    return summary.value_or(IngestSummary{});
  }
  void sql(const std::filesystem::path& file, const std::string& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, &message), SQLITE_OK) << (message ? message : "");
    sqlite3_close(db);
  }

  MemoryDir folder_;
  std::filesystem::path file_ = folder_ / "s.db";
};

TEST_F(StoreTest, KeepsEveryColumnThroughReopening) {
  IngestEvent e = exposure(7, 70, 1'234, "No E-Mail");
  e.event.cluster = 99;
  e.experiment_fingerprint = "fp";
  e.wording_fingerprint = "wf";
  e.reason = "assigned";
  e.channel = "sms";
  e.segments = R"({"city":"上海"})";
  IngestEvent other = e;
  other.event.recorded_at = 1;  // wins, so that `e` goes to quarantine with all it has
  other.variant = "B";
  {
    auto store = open_store(file_);
    EXPECT_EQ(ingest(*store, {e}), (IngestSummary{1, 1, 0, 0}));
  }
  auto store = open_store(file_, Store::Mode::kReadOnly);
  int visits = 0;
  ASSERT_TRUE(store->scan_exposures(0, store->code("landing").value(), kForever, [&](const ExposureBlock& block) {
    ++visits;
    ASSERT_EQ(block.unit.size(), 1u);
    EXPECT_EQ(block.unit[0], 7);
    EXPECT_EQ(block.cluster[0], 99);
    EXPECT_EQ(block.at[0], 1'234);
    EXPECT_EQ(store->text(block.variant[0]), "No E-Mail");
    EXPECT_EQ(store->text(block.phase[0]), "pilot");
    EXPECT_EQ(store->text(block.reason[0]), "assigned");
    EXPECT_EQ(store->text(block.fingerprint[0]), "fp");
    EXPECT_EQ(store->text(block.segments[0]), R"({"city":"上海"})");
  }));
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(store->complete_until(), 1'235);
  store.reset();
  store = open_store(file_);
  EXPECT_EQ(ingest(*store, {other}), (IngestSummary{1, 0, 0, 1}));
  const auto held = store->quarantine().value();
  ASSERT_EQ(held.size(), 1u);
  const StoredEvent& q = held[0].event;
  EXPECT_EQ(q.unit, 7);
  EXPECT_EQ(q.cluster, 99);
  EXPECT_EQ(q.event, 70);
  EXPECT_EQ(q.recorded_at, 1'235);
  EXPECT_EQ(store->text(q.wording_fingerprint), "wf");
  EXPECT_EQ(store->text(q.channel), "sms");
  EXPECT_EQ(store->text(q.source), "sender");
  EXPECT_EQ(held[0].writer, "b1");
  EXPECT_THAT(held[0].why, HasSubstr("differs in variant"));
}

TEST_F(StoreTest, NewStoreIsEmpty) {
  auto store = open_store(file_);
  EXPECT_EQ(store->key_id(), "");
  EXPECT_EQ(store->partitions(), 1u);
  EXPECT_EQ(store->text(0), "");
  EXPECT_EQ(store->code(""), 0);
  EXPECT_EQ(store->code("nothing"), std::nullopt);
  EXPECT_EQ(store->complete_until(), std::nullopt);
  EXPECT_THAT(exposures_of(*store, "landing"), IsEmpty());
  EXPECT_EQ(store->totals().value().segments, 0);
  EXPECT_EQ(ingest(*store, {}), IngestSummary{});
}

TEST_F(StoreTest, ScansPruneByExperimentKindAndTime) {
  auto store = open_store(file_);
  std::vector<IngestEvent> events{exposure(1, 1, 10), exposure(2, 2, 20, "B"), exposure(3, 3, 30)};
  events.push_back(exposure(1, 4, 5));
  events.back().experiment = "other";
  events.push_back(outcome(1, 5, 15));
  events.push_back(outcome(2, 6, 25, "csat", -2.5));
  IngestEvent delivery = exposure(2, 7, 21, "control");
  delivery.event.type = EventType::kDelivery;
  delivery.reason = "degraded";
  events.push_back(delivery);
  IngestEvent hold = exposure(3, 8, 31, "B");
  hold.event.type = EventType::kHold;
  hold.reason = "missing-field";
  hold.phase = "rollout-1";
  events.push_back(hold);
  EXPECT_EQ(ingest(*store, events), (IngestSummary{8, 8, 0, 0}));
  EXPECT_THAT(exposures_of(*store, "landing", 30), ElementsAre(std::tuple(1, 10, "control"), std::tuple(2, 20, "B")));
  EXPECT_THAT(exposures_of(*store, "other"), ElementsAre(std::tuple(1, 5, "control")));
  EXPECT_THAT(outcomes_of(*store, {"csat"}), ElementsAre(std::tuple(2, 25, "csat", -2.5)));
  EXPECT_THAT(outcomes_of(*store, {"csat", "converted"}, 15, 25), ElementsAre(std::tuple(1, 15, "converted", 1.0)));
  std::vector<std::tuple<UnitId, TimeMs, std::string, std::string, std::string>> found;
  const auto keep = [&](const DeliveryBlock& block) {
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      found.emplace_back(block.unit[i], block.at[i], store->text(block.variant[i]), store->text(block.phase[i]),
                         store->text(block.reason[i]));
    }
  };
  const std::int32_t code = store->code("landing").value();
  ASSERT_TRUE(store->scan_deliveries(0, code, kForever, keep));
  EXPECT_THAT(found, testing::UnorderedElementsAre(std::tuple(2, 21, "control", "pilot", "degraded"),
                                                   std::tuple(3, 31, "", "rollout-1", "missing-field")));
  found.clear();
  ASSERT_TRUE(store->scan_deliveries(0, code, 31, keep));
  EXPECT_EQ(found.size(), 1u) << "the hold is not before 31";
  found.clear();
  ASSERT_TRUE(store->scan_deliveries(0, code, 21, keep));
  EXPECT_TRUE(found.empty()) << "the delivery is not before 21";
  const auto totals = store->totals().value();
  EXPECT_EQ(totals.exposures, 4);
  EXPECT_EQ(totals.deliveries, 1);
  EXPECT_EQ(totals.outcomes, 2);
  EXPECT_GT(totals.bytes, 0);
}

TEST_F(StoreTest, EqualIdsOfOtherUnitsOrSourcesAreOtherEvents) {
  auto store = open_store(file_);
  std::vector<IngestEvent> events{outcome(1, 5), outcome(2, 5), outcome(1, 5), outcome(1, 6)};
  events[2].source = "call-centre";
  EXPECT_EQ(ingest(*store, events), (IngestSummary{4, 4, 0, 0}));
  EXPECT_EQ(ingest(*store, events), (IngestSummary{4, 0, 4, 0}));
}

TEST_F(StoreTest, LeastOrderWinsWhateverCameFirst) {
  std::vector<IngestEvent> versions{outcome(1, 5, 100, "converted", 1.0), outcome(1, 5, 100, "converted", 2.0),
                                    outcome(1, 5, 100, "converted", 1.0)};
  versions[0].event.recorded_at = 500;
  versions[1].event.recorded_at = 300;
  versions[2].event.recorded_at = 100;  // the payload of the first, but earlier than the second
  std::vector<int> order{0, 1, 2};
  std::optional<std::string> print;
  std::vector<std::string> held;
  do {
    const auto file = folder_ / ("order" + std::to_string(order[0]) + std::to_string(order[1]));
    auto store = open_store(file);
    for (const int index : order) ingest(*store, {versions[static_cast<std::size_t>(index)]});
    EXPECT_THAT(outcomes_of(*store, {"converted"}), ElementsAre(std::tuple(1, 100, "converted", 1.0)));
    if (!print) {
      print = store->data_fingerprint().value();
      held = quarantine_of(*store);
      EXPECT_EQ(held.size(), 1u);
    }
    EXPECT_EQ(store->data_fingerprint().value(), *print);
    EXPECT_EQ(quarantine_of(*store), held);
    auto in_one = open_store(file.string() + "-one");
    ingest(*in_one, {versions[static_cast<std::size_t>(order[0])], versions[static_cast<std::size_t>(order[1])],
                     versions[static_cast<std::size_t>(order[2])]});
    EXPECT_EQ(in_one->data_fingerprint().value(), *print);
    EXPECT_EQ(quarantine_of(*in_one), held);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(StoreTest, ConflictAcrossTypesMovesTheWinnerToItsSegments) {
  auto store = open_store(file_);
  IngestEvent late = exposure(1, 5);
  late.event.recorded_at = 900;
  late.source = "crm";
  IngestEvent early = outcome(1, 5);
  early.event.recorded_at = 100;
  ingest(*store, {late});
  EXPECT_EQ(ingest(*store, {early}), (IngestSummary{1, 0, 0, 1}));
  EXPECT_THAT(exposures_of(*store, "landing"), IsEmpty());
  EXPECT_EQ(outcomes_of(*store, {"converted"}).size(), 1u);
  EXPECT_EQ(store->totals().value().quarantined, 1);
}

TEST_F(StoreTest, ManySmallIngestsLeaveFewSegments) {
  const MemoryDir memory;
  auto store = open_store(memory / "s.db");
  for (int i = 0; i < 600; ++i) ingest(*store, {outcome(i + 1, i), outcome(i + 1, i + 10'000)});
  EXPECT_EQ(store->totals().value().outcomes, 1'200);
  EXPECT_LE(store->totals().value().segments, 12);
  auto at_once = open_store(folder_ / "other.db");
  std::vector<IngestEvent> events;
  for (int i = 0; i < 600; ++i) {
    events.push_back(outcome(i + 1, i + 10'000));
    events.push_back(outcome(i + 1, i));
  }
  ingest(*at_once, events);
  EXPECT_EQ(at_once->data_fingerprint().value(), store->data_fingerprint().value());
}

TEST_F(StoreTest, BadEventsAreRefusedAndNothingIsKept) {
  auto store = open_store(file_);
  const auto refused = [&](auto change) {
    std::vector<IngestEvent> events{outcome(1, 1), exposure(2, 2)};
    change(events[1]);
    const auto result = store->ingest(events, "b");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(result.error().message, HasSubstr("event 2 "));
  };
  refused([](IngestEvent& e) { e.event.unit = 0; });
  refused([](IngestEvent& e) { e.source = ""; });
  refused([](IngestEvent& e) { e.variant = ""; });
  refused([](IngestEvent& e) { e.experiment = ""; });
  refused([](IngestEvent& e) { e.event.type = EventType::kOutcome; });
  refused([](IngestEvent& e) { e.event.type = static_cast<EventType>(9); });
  refused([](IngestEvent& e) { e.event.value = 0.0 / 0.0; });
  EXPECT_EQ(store->totals().value().outcomes, 0);
  EXPECT_EQ(store->code("crm"), std::nullopt) << "texts of a refused batch are forgotten";
  EXPECT_EQ(ingest(*store, {outcome(1, 1)}).added, 1);
}

TEST_F(StoreTest, StreamErrorKeepsNothing) {
  auto store = open_store(file_);
  const std::vector<IngestEvent> slice{outcome(1, 1)};
  int calls = 0;
  const auto result = store->ingest_stream(
      [&]() -> Result<std::span<const IngestEvent>> {
        if (++calls < 3) return std::span<const IngestEvent>(slice);
        return Error{ErrorCode::kInvalidInput, "bad row", "f.csv:9:at", ""};
      },
      "b");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().where, "f.csv:9:at");
  EXPECT_EQ(store->totals().value().outcomes, 0);
}

TEST_F(StoreTest, KeyIsBoundOnce) {
  {
    auto store = open_store(file_);
    ASSERT_TRUE(store->bind_key("k1", "reminders"));
    ASSERT_TRUE(store->bind_key("k1", "reminders"));
    const Status other = store->bind_key("k2", "research");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::kRefused);
    EXPECT_THAT(other.error().message, HasSubstr("reminders"));
  }
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->key_id(), "k1");
}

TEST_F(StoreTest, ReaderKeepsItsStateWhileTheWriterGoesOn) {
  auto writer = open_store(file_);
  ingest(*writer, {outcome(1, 1)});
  auto reader = open_store(file_, Store::Mode::kReadOnly);
  ingest(*writer, {outcome(2, 2)}, "b2");
  EXPECT_EQ(outcomes_of(*reader, {"converted"}).size(), 1u);
  EXPECT_EQ(outcomes_of(*writer, {"converted"}).size(), 2u);
  EXPECT_EQ(outcomes_of(*open_store(file_, Store::Mode::kReadOnly), {"converted"}).size(), 2u);
  EXPECT_FALSE(reader->ingest(std::vector<IngestEvent>{outcome(3, 3)}, "b").has_value());
}

TEST_F(StoreTest, OneWriterOnly) {
  auto writer = open_store(file_);
  const auto second = Store::open(file_, Store::Mode::kReadWrite);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(::getpid())));
  writer.reset();
  EXPECT_TRUE(Store::open(file_, Store::Mode::kReadWrite).has_value());
}

TEST_F(StoreTest, LargeStoreSplitsAndGivesTheSameEvents) {
  auto store = open_store(file_);
  constexpr std::int64_t kRows = 1'100'000;
  const auto unit = [](std::int64_t i) {
    return static_cast<UnitId>((static_cast<std::uint64_t>(i + 1) * 0x9E3779B97F4A7C15u) >> 1);
  };
  IngestWide wide;
  wide.experiment = "survey";
  for (int i = 0; i < 100; ++i) {
    wide.unit.push_back(unit(i));
    wide.variant.push_back(i % 2 == 0 ? "A" : "B");
  }
  wide.outcomes.push_back({"csat", std::vector<double>(100, 4.0), std::vector<std::uint8_t>(100, 1)});
  ASSERT_TRUE(store->ingest_wide(wide, "w", false).has_value());
  const std::string before = store->data_fingerprint().value();
  std::vector<IngestEvent> slice;
  std::int64_t next = 0;
  const auto summary = store->ingest_stream(
      [&]() -> Result<std::span<const IngestEvent>> {
        slice.clear();
        for (; next < kRows && slice.size() < 50'000; ++next) slice.push_back(outcome(unit(next), next));
        return std::span<const IngestEvent>(slice);
      },
      "big");
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->added, kRows);
  EXPECT_EQ(store->partitions(), 2u);
  std::int64_t rows = 0;
  for (std::size_t partition = 0; partition < 2; ++partition) {
    const std::int32_t kind = store->code("converted").value();
    ASSERT_TRUE(store->scan_outcomes(partition, {&kind, 1}, 0, kForever, [&](const OutcomeBlock& block) {
      rows += static_cast<std::int64_t>(block.unit.size());
      for (const UnitId u : block.unit) ASSERT_EQ(static_cast<std::size_t>(u >> 62), partition);
    }));
    ASSERT_TRUE(store->scan_wide(partition, store->code("survey").value(), [&](const WideBlock& block) {
      for (const UnitId u : block.unit) ASSERT_EQ(static_cast<std::size_t>(u >> 62), partition);
    }));
  }
  EXPECT_EQ(rows, kRows);
  EXPECT_NE(store->data_fingerprint().value(), before);
  EXPECT_EQ(ingest(*store, {outcome(unit(5), 5), outcome(unit(5), kRows)}), (IngestSummary{2, 1, 1, 0}));
  store.reset();
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->partitions(), 2u);
}

TEST_F(StoreTest, ScansFromSeveralThreads) {
  auto store = open_store(file_);
  std::vector<IngestEvent> events;
  for (int i = 1; i <= 20'000; ++i) events.push_back(outcome(i, i, i));
  ingest(*store, events);
  std::vector<std::thread> threads;
  std::array<std::size_t, 4> found{};
  for (std::size_t t = 0; t < found.size(); ++t) {
    threads.emplace_back([&store, &found, t] {
      for (int round = 0; round < 10; ++round) found[t] = outcomes_of(*store, {"converted"}).size();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(found, testing::Each(20'000u));
}

TEST_F(StoreTest, WhatIsNoStoreOrNewer) {
  EXPECT_EQ(Store::open(folder_ / "absent.db", Store::Mode::kReadOnly).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Store::open(folder_ / "absent.db", Store::Mode::kReadWrite).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Store::open(folder_ / "no" / "folder.db", Store::Mode::kCreate).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Store::open(folder_.path(), Store::Mode::kReadOnly).error().code, ErrorCode::kInvalidInput);
  const auto text = folder_.write("text.db", std::string(5'000, 'x'));
  EXPECT_EQ(Store::open(text, Store::Mode::kReadOnly).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(Store::open(text, Store::Mode::kCreate).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(Store::open(folder_.write("empty.db", ""), Store::Mode::kReadOnly).error().code, ErrorCode::kInvalidInput);
  sql(folder_ / "foreign.db", "CREATE TABLE t(x)");
  EXPECT_EQ(Store::open(folder_ / "foreign.db", Store::Mode::kCreate).error().code, ErrorCode::kInvalidInput);
  open_store(file_).reset();
  sql(file_, "PRAGMA user_version=3");
  const auto newer = Store::open(file_, Store::Mode::kReadOnly);
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(Store::open(file_, Store::Mode::kReadWrite).error().code, ErrorCode::kUnsupportedVersion);
}

}  // namespace
}  // namespace tactful
