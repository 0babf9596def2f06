// Forgetting units: what is gone, what stays out, and what a kill in between leaves.
#include <sqlite3.h>

#include <bit>
#include <set>

#include "block.hpp"
#include "golden_store.hpp"
#include "import_fixture.hpp"
#include "kill_points.hpp"
#include "tactful/journal/erasure.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful {
namespace {

using namespace store_test;

constexpr UnitId kGone[] = {1'000'003LL * 8, 1'000'003LL * 60, 5'000'011LL * 2};

bool is_gone(UnitId unit) { return std::find(std::begin(kGone), std::end(kGone), unit) != std::end(kGone); }

/// As fill_golden(), without those units: what must be left after forgetting them. Pseudonyms that no event shares a
/// byte pattern with by chance: large and irregular.
UnitId spread(UnitId unit) {
  return static_cast<UnitId>((static_cast<std::uint64_t>(unit) * 0x9E3779B97F4A7C15u) >> 1) | 0x0101'0000'0000'0000;
}

std::vector<IngestEvent> events_of_units(int units, bool with_gone) {
  std::vector<IngestEvent> events;
  for (int i = 1; i <= units; ++i) {
    if (!with_gone && i % 50 == 0) continue;
    events.push_back(exposure(spread(i), i, 1'000 + i));
    if (i % 3 == 0 || i % 50 == 0) events.push_back(outcome(spread(i), 10'000 + i, 2'000 + i));
  }
  return events;
}

IngestWide wide_of_units(int units, bool with_gone) {
  IngestWide wide;
  wide.experiment = "survey";
  wide.outcomes.push_back({"converted", {}, {}});
  for (int i = 1; i <= units; ++i) {
    if (!with_gone && i % 50 == 0) continue;
    wide.unit.push_back(spread(i));
    wide.variant.push_back(i % 2 == 0 ? "a" : "b");
    wide.outcomes[0].value.push_back(i % 5);
    wide.outcomes[0].present.push_back(1);
  }
  return wide;
}

void fill(Store& store, int units, bool with_gone) {
  ASSERT_TRUE(store.ingest(events_of_units(units, with_gone), "b").has_value());
  ASSERT_TRUE(store.ingest_wide(wide_of_units(units, with_gone), with_gone ? "units:1" : "units:2", false).has_value());
  std::vector<IngestEvent> rivals = {outcome(spread(3), 10'003, 9'000)};
  if (with_gone) rivals.push_back(outcome(spread(50), 10'050, 9'000));
  ASSERT_TRUE(store.ingest(rivals, "c").has_value());
}

std::vector<UnitId> gone_units(int units) {
  std::vector<UnitId> gone;
  for (int i = 50; i <= units; i += 50) gone.push_back(spread(i));
  return gone;
}

std::string files_of(const std::filesystem::path& store) {
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(store.parent_path())) {
    if (entry.path().filename().string().starts_with(store.filename().string()) && entry.is_regular_file())
      bytes += read_bytes(entry.path());
  }
  return bytes;
}

std::string as_bytes(std::uint64_t number, bool big_endian) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[big_endian ? 7 - i : i] = static_cast<char>(number >> (8 * i));
  return bytes;
}

/// Every form in which a unit lies in a file: its number both ways round, and its differences to the bases of the
/// blocks.
std::vector<std::string> forms_of(UnitId unit, const std::set<std::uint64_t>& bases) {
  const auto number = static_cast<std::uint64_t>(unit);
  std::vector<std::string> forms = {as_bytes(number, false), as_bytes(number, true)};
  for (const std::uint64_t base : bases) {
    if (number - base > (std::uint64_t{1} << 40)) forms.push_back(as_bytes(number - base, false));
  }
  return forms;
}

/// The bases of all blocks of units that the file holds, and every unit in them, from the bytes of the blocks.
void read_blocks(const std::filesystem::path& file, std::set<std::uint64_t>& bases, std::multiset<UnitId>& units) {
  sqlite3* db = nullptr;
  sqlite3_stmt* query = nullptr;
  ASSERT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_prepare_v2(db, "SELECT data, rows FROM columns JOIN segments ON id = segment WHERE column = 1", -1,
                               &query, nullptr),
            SQLITE_OK);
  while (sqlite3_step(query) == SQLITE_ROW) {
    const std::string block(static_cast<const char*>(sqlite3_column_blob(query, 0)),
                            static_cast<std::size_t>(sqlite3_column_bytes(query, 0)));
    std::vector<std::int64_t> values;
    store_detail::decode_block(block, static_cast<std::size_t>(sqlite3_column_int64(query, 1)), values);
    units.insert(values.begin(), values.end());
    std::uint64_t base = 0;
    std::memcpy(&base, block.data() + 8, 8);
    bases.insert(base);
  }
  sqlite3_finalize(query);
  sqlite3_close(db);
}

std::size_t hits_of(const std::vector<UnitId>& units, const std::set<std::uint64_t>& bases, const std::string& bytes) {
  std::size_t hits = 0;
  for (const UnitId unit : units) {
    for (const std::string& form : forms_of(unit, bases)) hits += bytes.find(form) != std::string::npos ? 1 : 0;
  }
  return hits;
}

class ErasureTest : public testing::Test {
 protected:
  static constexpr int kUnits = 400;
  MemoryDir folder_;
  std::filesystem::path file_ = folder_ / "s.db";
  std::vector<UnitId> gone_ = gone_units(kUnits);

  std::string expected_print() {
    const auto clean = open_store(folder_ / "clean.db");
    fill(*clean, kUnits, false);
    return clean->data_fingerprint().value();
  }
};

TEST_F(ErasureTest, LeavesWhatAStoreWouldBeThatNeverHeldThem) {
  const auto store = open_store(file_);
  fill(*store, kUnits, true);
  const auto before = store->data_fingerprint().value();
  const auto dry = store->forget(gone_, 70'000, true).value();
  EXPECT_EQ(store->data_fingerprint().value(), before) << "a dry run changes nothing";
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->forget(gone_, 70'000, true).value(), dry);
  std::vector<UnitId> asked = gone_;
  asked.push_back(gone_.front());  // named twice
  asked.push_back(4711);           // unknown
  const auto receipt = store->forget(asked, 70'000).value();
  EXPECT_EQ(receipt.units, 9);
  EXPECT_EQ(receipt.units_found, 8);
  EXPECT_EQ(receipt.events, 16);
  EXPECT_EQ(receipt.wide_rows, 8);
  EXPECT_EQ(receipt.quarantined, 1);
  EXPECT_EQ(receipt.segments_rewritten, 3);
  EXPECT_TRUE(receipt.bytes_gone);
  EXPECT_EQ(std::tie(dry.units_found, dry.events, dry.wide_rows, dry.quarantined),
            std::tie(receipt.units_found, receipt.events, receipt.wide_rows, receipt.quarantined));
  EXPECT_EQ(store->data_fingerprint().value(), expected_print());
  EXPECT_EQ(store->totals()->quarantined, 1);
  for (const UnitId unit : gone_)
    EXPECT_EQ(store->subject(unit)->canonical(), R"({"events":[],"quarantined":[],"wide_rows":[]})");
  const auto again = store->forget(asked, 80'000).value();
  EXPECT_EQ(again.events + again.wide_rows + again.quarantined + again.units_found, 0);
  const auto history = store->history().value();
  ASSERT_EQ(history.erasures.size(), 1u) << "what changed nothing is no erasure";
  EXPECT_EQ(history.erasures[0], (ErasedUnits{70'000, 8, {{"landing", 8}, {"survey", 8}}}));
  EXPECT_EQ(history.erased_units_since(70'000, "landing"), 8);
  EXPECT_EQ(history.erased_units_since(70'001), 0);
}

TEST_F(ErasureTest, NoByteOfThemStays) {
  auto store = open_store(file_);
  fill(*store, kUnits, true);
  store.reset();
  std::set<std::uint64_t> bases;
  std::multiset<UnitId> units;
  read_blocks(file_, bases, units);
  EXPECT_EQ(units.count(gone_.front()), 3u);
  EXPECT_GE(hits_of(gone_, bases, files_of(file_)), gone_.size()) << "the search can see them";
  const std::vector<UnitId> others = {spread(1), spread(2), spread(51)};
  store = open_store(file_, Store::Mode::kReadWrite);
  ASSERT_TRUE(store->forget(gone_, 70'000)->bytes_gone);
  EXPECT_EQ(hits_of(gone_, bases, files_of(file_)), 0u) << "while the store is open";
  store.reset();
  read_blocks(file_, bases, units = {});
  for (const UnitId unit : gone_) EXPECT_EQ(units.count(unit), 0u);
  EXPECT_EQ(units.count(others[0]), 2u);
  EXPECT_EQ(hits_of(gone_, bases, files_of(file_)), 0u);
  EXPECT_GE(hits_of(others, bases, files_of(file_)), 1u) << "the search still sees others";
}

TEST_F(ErasureTest, LateEventsAndImportsStayOut) {
  const auto store = open_store(file_);
  fill(*store, kUnits, true);
  ASSERT_TRUE(store->forget(gone_, 70'000).has_value());
  const auto late =
      store->ingest(std::vector{outcome(gone_[0], 77'777, 90'000), outcome(spread(1), 77'778, 90'000)}, "late").value();
  EXPECT_EQ(late, (IngestSummary{2, 1, 0, 0, 1, 0}));
  const auto table = store->ingest_wide(wide_of_units(kUnits, true), "units:3", true).value();
  EXPECT_EQ(table, (IngestSummary{kUnits, 0, kUnits - 8, 0, 8, 0})) << "the others are there already";
  EXPECT_EQ(store->ingest(events_of_units(kUnits, true), "b")->forgotten, 16);
  EXPECT_EQ(store->history()->refused_forgotten, 1 + 8 + 16);
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->history()->refused_forgotten, 25);
}

TEST_F(ErasureTest, KilledAnywhereItIsDoneByTheSameAgain) {
  auto store = open_store(file_);
  fill(*store, kUnits, true);
  const std::string before = store->data_fingerprint().value();
  store.reset();
  const std::string after = expected_print();
  std::set<std::uint64_t> bases;
  std::multiset<UnitId> units;
  read_blocks(file_, bases, units);
  const auto copy = folder_ / "copy.db";
  bool was_before = false;
  bool was_after = false;
  const int points = kill_at_every_point(
      file_, copy, [this](Store& open) { return open.forget(gone_, 70'000).has_value(); },
      [&] {
        {
          const auto reader = open_store(copy, Store::Mode::kReadOnly);
          ASSERT_NE(reader, nullptr);
          const std::string print = reader->data_fingerprint().value();
          was_before = was_before || print == before;
          was_after = was_after || print == after;
          EXPECT_TRUE(print == before || print == after) << "all or nothing";
        }
        auto writer = open_store(copy, Store::Mode::kReadWrite);
        ASSERT_NE(writer, nullptr);
        if (writer->data_fingerprint().value() == after) {
          EXPECT_EQ(hits_of(gone_, bases, files_of(copy)), 0u) << "opening it finished what was begun";
        }
        ASSERT_TRUE(writer->forget(gone_, 70'000)->units == 8);
        EXPECT_EQ(writer->data_fingerprint().value(), after);
        EXPECT_EQ(writer->history()->erased_units_since(0), 8);
        writer.reset();
        EXPECT_EQ(hits_of(gone_, bases, files_of(copy)), 0u);
      });
  EXPECT_GE(points, 9);
  EXPECT_TRUE(was_before && was_after) << "the blows fell on both sides of the commit";
}

TEST_F(ErasureTest, AReaderKeepsTheBytesUntilItGoes) {
  auto store = open_store(file_);
  fill(*store, kUnits, true);
  store.reset();
  std::set<std::uint64_t> bases;
  std::multiset<UnitId> units;
  read_blocks(file_, bases, units);
  auto reader = open_store(file_, Store::Mode::kReadOnly);
  store = open_store(file_, Store::Mode::kReadWrite);
  const auto receipt = store->forget(gone_, 70'000).value();
  EXPECT_FALSE(receipt.bytes_gone);
  EXPECT_NE(receipt.bytes_kept_by.find("reader"), std::string::npos);
  EXPECT_FALSE(reader->subject(gone_[0])->find("events")->as_array().empty()) << "it sees the state of its moment";
  reader.reset();
  store.reset();
  open_store(file_, Store::Mode::kReadWrite).reset();
  EXPECT_EQ(hits_of(gone_, bases, files_of(file_)), 0u);
}

// Each rebuilding writes the whole store into the log.
TEST_F(ErasureTest, WhileAReaderStaysNothingIsBuiltAnewAgain) {
  auto store = open_store(file_);
  fill(*store, kUnits, true);
  store.reset();
  const auto reader = open_store(file_, Store::Mode::kReadOnly);
  ASSERT_FALSE(open_store(file_, Store::Mode::kReadWrite)->forget(gone_, 70'000)->bytes_gone);
  const auto wal = [this] { return std::filesystem::file_size(file_.string() + "-wal"); };
  const auto before = wal();
  for (int i = 0; i < 5; ++i) open_store(file_, Store::Mode::kReadWrite).reset();
  EXPECT_LT(wal(), before + 100'000) << "of " << std::filesystem::file_size(file_) << " bytes of store";
}

// Nothing is found of them any more, but the bytes are there.
TEST_F(ErasureTest, BytesOfWhatWasDroppedBeforeGoToo) {
  for (const bool by_decision : {false, true}) {
    const auto file = folder_ / (by_decision ? "d.db" : "w.db");
    const auto store = open_store(file);
    const std::vector<UnitId> lone = {spread(70)};
    ASSERT_TRUE(store->ingest(events_of_units(40, true), "b").has_value());
    if (by_decision) {
      const IngestEvent first = outcome(spread(70), 1, 2'000), rival = outcome(spread(70), 1, 9'000);
      ASSERT_TRUE(store->ingest(std::vector{first, rival}, "c").has_value());
    } else {
      ASSERT_TRUE(store->ingest_wide(wide_of_units(70, true), "units:1", false).has_value());
    }
    const auto reader = open_store(file, Store::Mode::kReadOnly);
    if (by_decision) {
      const std::string handle = store->quarantine()->at(0).handle;
      ASSERT_TRUE(store->decide(handle, QuarantineAction::kDropped, "ann", "", 1));
    } else {
      ASSERT_TRUE(store->ingest_wide(wide_of_units(40, true), "units:2", true).has_value());
      const auto nothing = store->forget(lone, 70'000).value();
      EXPECT_EQ(nothing.events + nothing.wide_rows, 0);
      EXPECT_FALSE(nothing.bytes_gone) << "the reader's log still has the earlier table";
    }
    std::string state;
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    sqlite3_exec(
        db, "SELECT value FROM meta WHERE name = 'unfinished_removal'",
        [](void* to, int, char** values, char**) {
          *static_cast<std::string*>(to) = values[0];
          return 0;
        },
        &state, nullptr);
    sqlite3_close(db);
    EXPECT_EQ(state, "2") << "built anew, and the log is to be cut";
  }
}

TEST_F(ErasureTest, WhatIsNoUnitIsRefused) {
  const auto store = open_store(file_);
  const UnitId none[] = {0};
  EXPECT_EQ(store->forget(none, 1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->forget({}, 1)->units, 0);
  const UnitId one[] = {1};
  EXPECT_EQ(open_store(file_, Store::Mode::kReadOnly)->forget(one, 1).error().code, ErrorCode::kInvalidArgument)
      << "open for reading";
}

TEST(GoldenErasureTest, EveryTypeOfEventGoes) {
  const MemoryDir folder;
  const auto store = open_store(folder / "s.db");
  fill_golden(*store);
  // Unit 8: exposure, delivery, complaint, and a quarantined rival; 60: with a contact, a conversion; the third: a wide
  // row.
  const auto receipt = store->forget(kGone, 1).value();
  EXPECT_EQ(receipt.events, 3 + 4);
  EXPECT_EQ(receipt.wide_rows, 1);
  EXPECT_EQ(receipt.quarantined, 1);
  for (const auto& [unit, at, variant] : exposures_of(*store, "landing")) EXPECT_FALSE(is_gone(unit));
  const auto compacted = store->compact();
  ASSERT_TRUE(compacted.has_value());
  EXPECT_EQ(store->history()->erased_units_since(0), 3);
}

class StillClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return 50'000; }
};

class JournalErasureTest : public ImportTest {};

TEST_F(JournalErasureTest, AJournalReadAgainAddsNothingOfThem) {
  const StillClock clock;
  std::filesystem::path file;
  {
    auto journal = Journal::open(folder_ / "j", pseudonymizer_, clock).value();
    for (int i = 0; i < 20; ++i) {
      const std::string id = "customer " + std::to_string(i);
      Event event;
      event.unit = id;
      event.at = 1'000 + i;
      event.event_id = id;
      event.source = "crm";
      event.kind = "converted";
      ASSERT_TRUE(journal->record(event));
    }
    Event wrong;
    EXPECT_FALSE(journal->record(wrong));
    ASSERT_TRUE(journal->flush());
    file = journal->file();
  }
  const auto copy = folder_ / "copy.db";
  std::filesystem::copy_file(file, copy);
  ASSERT_EQ(store_->collect(file)->added, 20);
  EXPECT_EQ(store_->history()->refused, 1) << "what the sender counted";
  EXPECT_EQ(store_->history()->journals, 1);
  const UnitId last[] = {unit("customer 19")};
  ASSERT_EQ(store_->forget(last, 60'000)->events, 1);
  ASSERT_TRUE(request_erasure(file, last).has_value());
  ASSERT_TRUE(apply_erasures(file).has_value());
  // The event at the watermark is a hull now; that is no journal that was put back.
  EXPECT_EQ(store_->collect(file).value(), IngestSummary{});
  // Another store that is told to forget first, and reads a copy from before.
  const auto other = open_store(folder_ / "other.db");
  ASSERT_TRUE(other->forget(last, 60'000).has_value());
  EXPECT_EQ(other->collect(copy).value(), (IngestSummary{20, 19, 0, 0, 1, 0}));
  EXPECT_EQ(other->data_fingerprint().value(), store_->data_fingerprint().value());
}

}  // namespace
}  // namespace tactful
