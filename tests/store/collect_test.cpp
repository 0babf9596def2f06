#include <sqlite3.h>

#include "import_fixture.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::ElementsAre;
using testing::HasSubstr;

class StillClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return now; }
  TimeMs now = 50'000;
};

class LogTexts final : public LogSink {
 public:
  void log(LogLevel, std::string_view message) noexcept override { text.append(message).push_back('\n'); }
  std::string text;
};

class CollectTest : public ImportTest {
 protected:
  std::unique_ptr<Journal> journal(std::string_view folder) {
    auto journal = Journal::open(folder_ / folder, pseudonymizer_, clock_);
    if (!journal) {
      ADD_FAILURE() << describe(journal.error());
      return nullptr;
    }
    return std::move(journal).value();
  }
  static Event exposed(std::string_view unit, std::string_view id, std::string_view variant = "control") {
    Event event;
    event.type = EventType::kExposure;
    event.unit = unit;
    event.cluster = "h1";
    event.at = 1'000;
    event.event_id = id;
    event.experiment = "landing";
    event.experiment_fingerprint = "0123abcd";
    event.variant = variant;
    event.phase = "pilot";
    event.reason = "assigned";
    return event;
  }
  static Event happened(std::string_view unit, std::string_view id, double value = 1.0) {
    Event event;
    event.unit = unit;
    event.at = 2'000;
    event.event_id = id;
    event.source = "crm";
    event.kind = "converted";
    event.value = value;
    return event;
  }
  std::filesystem::path record(std::string_view folder, const std::vector<Event>& events) {
    auto open = journal(folder);
    for (const Event& event : events) EXPECT_TRUE(open->record(event));
    EXPECT_TRUE(open->flush());
    return open->file();
  }

  StillClock clock_;
};

TEST_F(CollectTest, GoesByTheWatermark) {
  auto live = journal("j");
  std::pair<std::string_view, std::string_view> region{"region", "north"};
  Event first = exposed("u1", "e1");
  first.segments = {&region, 1};
  ASSERT_TRUE(live->record(first));
  ASSERT_TRUE(live->record(happened("u1", "o1")));
  ASSERT_TRUE(live->flush());
  EXPECT_EQ(store_->collect(live->file()).value(), (IngestSummary{2, 2, 0, 0})) << "also while its sender lives";
  EXPECT_EQ(store_->collect(live->file()).value(), IngestSummary{});
  ASSERT_TRUE(live->record(happened("u1", "o1")));
  ASSERT_TRUE(live->record(happened("u2", "o1")));
  ASSERT_TRUE(live->flush());
  EXPECT_EQ(store_->collect(live->file()).value(), (IngestSummary{2, 1, 1, 0}));
  EXPECT_THAT(exposures_of(*store_, "landing"), ElementsAre(std::tuple(unit("u1"), 1'000, "control")));
  EXPECT_EQ(outcomes_of(*store_, {"converted"}).size(), 2u);
  EXPECT_EQ(store_->totals().value().journals, 1);
  EXPECT_EQ(store_->complete_until(), 50'000);
  EXPECT_EQ(store_->key_id(), pseudonymizer_.key_id());
  ASSERT_TRUE(store_->scan_exposures(0, store_->code("landing").value(), kForever, [&](const ExposureBlock& block) {
    EXPECT_EQ(block.cluster[0], pseudonymizer_.cluster("h1"));
    EXPECT_EQ(store_->text(block.segments[0]), R"({"region":"north"})");
    EXPECT_EQ(store_->text(block.fingerprint[0]), "0123abcd");
    EXPECT_EQ(store_->text(block.reason[0]), "assigned");
  }));
}

TEST_F(CollectTest, AnyOrderOfJournalsIsTheSameStore) {
  std::vector<std::filesystem::path> files;
  clock_.now = 70'000;
  files.push_back(record("a", {exposed("u1", "e1"), happened("u1", "o1", 5.0), happened("u2", "o1")}));
  clock_.now = 60'000;
  files.push_back(record("b", {exposed("u1", "e1", "B"), happened("u1", "o1", 7.0)}));
  clock_.now = 80'000;
  files.push_back(record("c", {exposed("u1", "e1", "B"), happened("u1", "o1", 9.0), exposed("u3", "e1")}));
  std::sort(files.begin(), files.end());
  std::optional<std::string> print;
  std::vector<std::string> held;
  int number = 0;
  do {
    auto store = open_store(folder_ / ("order" + std::to_string(++number) + ".db"));
    for (const auto& file : files) ASSERT_TRUE(store->collect(file).has_value());
    EXPECT_THAT(outcomes_of(*store, {"converted"}), testing::Contains(std::tuple(unit("u1"), 2'000, "converted", 7.0)));
    if (!print) {
      print = store->data_fingerprint().value();
      held = quarantine_of(*store);
      EXPECT_EQ(held.size(), 3u);
    }
    EXPECT_EQ(store->data_fingerprint().value(), *print);
    EXPECT_EQ(quarantine_of(*store), held);
  } while (std::next_permutation(files.begin(), files.end()));
}

TEST_F(CollectTest, AMovedJournalIsStillTheSame) {
  const auto file = record("a", {happened("u1", "o1")});
  ASSERT_TRUE(store_->collect(file).has_value());
  std::filesystem::rename(file, folder_ / "moved.db");
  EXPECT_EQ(store_->collect(folder_ / "moved.db").value(), IngestSummary{});
  EXPECT_EQ(store_->totals().value().journals, 1);
}

TEST_F(CollectTest, AJournalPutBackToAnEarlierCopyIsReadAgain) {
  const auto file = record("a", {happened("u1", "o1"), happened("u2", "o2")});
  const auto copy = folder_ / "copy.db";
  std::filesystem::copy_file(file, copy);
  const auto add = [&](const std::vector<Event>& events) {
    auto open = Journal::open(file, pseudonymizer_, clock_);
    ASSERT_TRUE(open.has_value());
    for (const Event& event : events) ASSERT_TRUE((*open)->record(event));
  };
  const auto put_back = [&] {
    std::filesystem::copy_file(copy, file, std::filesystem::copy_options::overwrite_existing);
  };
  LogTexts log;
  store_.reset();
  auto store = Store::open(folder_ / "s.db", Store::Mode::kReadWrite, &log).value();
  add({happened("u3", "o3"), happened("u4", "o4")});
  EXPECT_EQ(store->collect(file).value(), (IngestSummary{4, 4, 0, 0}));
  EXPECT_EQ(log.text, "");
  put_back();
  add({happened("u5", "o5")});
  EXPECT_EQ(store->collect(file).value(), (IngestSummary{3, 1, 2, 0})) << "the journal is shorter than it was";
  EXPECT_THAT(log.text, HasSubstr("earlier copy"));
  put_back();
  add({happened("u6", "o6"), happened("u7", "o7")});
  EXPECT_EQ(store->collect(file).value(), (IngestSummary{4, 2, 2, 0})) << "the journal is longer, with other events";
  EXPECT_EQ(outcomes_of(*store, {"converted"}).size(), 7u);
  add({happened("u8", "o8")});
  EXPECT_EQ(store->collect(file).value(), (IngestSummary{1, 1, 0, 0})) << "and goes by its watermark again";
}

TEST_F(CollectTest, WhatNoJournalHoldsIsRefused) {
  const auto sound = record("a", {exposed("u1", "e1"), happened("u1", "o1")});
  const auto refuse = [&](const std::string& change, std::string_view why) {
    const auto file = folder_ / "hostile.db";
    std::filesystem::copy_file(sound, file, std::filesystem::copy_options::overwrite_existing);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, change.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << change;
    sqlite3_close(db);
    const auto result = store_->collect(file);
    ASSERT_FALSE(result.has_value()) << change;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput) << change;
    EXPECT_EQ(result.error().where, file.string()) << change;
    EXPECT_THAT(result.error().message, HasSubstr(std::string(why))) << change;
    EXPECT_EQ(store_->totals().value().exposures + store_->totals().value().outcomes, 0) << change;
  };
  refuse("UPDATE events SET unit = 0 WHERE sequence = 2", "event 2 lacks its unit");
  refuse("UPDATE events SET unit = -5 WHERE sequence = 1", "event 1 lacks its unit");
  refuse("UPDATE events SET source = 0", "source");
  refuse("UPDATE events SET kind = 0", "kind");
  refuse("UPDATE events SET variant = 0", "variant");
  refuse("UPDATE events SET experiment = 0", "experiment");
  refuse("UPDATE events SET value = 9e999", "finite");
  refuse("UPDATE events SET type = 258", "type");
  refuse("UPDATE events SET kind = 99", "code 99");
  refuse("UPDATE events SET kind = 4294967297", "code");
  for (const char* code : {"2000000000", "-1", "65537"}) {
    refuse("INSERT INTO dictionary VALUES(" + std::string(code) + ", 'far'); UPDATE events SET variant = " + code,
           "code");
  }
}

TEST_F(CollectTest, AnOutcomeInJournalAndFileIsOne) {
  ASSERT_TRUE(store_->collect(record("a", {happened("u1", "o1")})).has_value());
  EventsImport request;
  request.source = "crm";
  EXPECT_EQ(events("", "unit,kind,at,value,event_id\nu1,converted,1970-01-01T00:00:02Z,1,o1\n", request).value(),
            (IngestSummary{1, 0, 1, 0}));
}

TEST_F(CollectTest, WrongJournals) {
  EXPECT_EQ(store_->collect(folder_ / "absent.db").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->collect(folder_ / "s.db").error().code, ErrorCode::kInvalidInput) << "a store is no journal";
  ASSERT_TRUE(store_->collect(record("a", {happened("u1", "o1")})).has_value());
  pseudonymizer_ = test_pseudonymizer("research");
  const auto other = store_->collect(record("b", {happened("u1", "o2")}));
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::kRefused);
  EXPECT_EQ(store_->totals().value().outcomes, 1);
}

}  // namespace
}  // namespace tactful
