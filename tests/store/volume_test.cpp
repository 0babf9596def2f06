// Many journals into one store, with exact counts. 5 million events by default; TACTFUL_VOLUME_EVENTS=50000000 for the
// long run.
#include <chrono>
#include <cstdlib>

#include "import_fixture.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful {
namespace {

using namespace store_test;

constexpr std::int64_t kJournals = 50;
constexpr std::int64_t kOverlap =
    1'000;  // events that a journal has in common with the next: a resend by another process
constexpr std::int64_t kUnits = 700'001;

class StillClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return 1'780'000'000'000; }
};

std::int64_t events_asked() {
  const char* text = std::getenv("TACTFUL_VOLUME_EVENTS");
  return text == nullptr ? 5'000'000 : std::max<std::int64_t>(kJournals * kOverlap * 2, std::atoll(text));
}

/// Event `number` of all: every fifth an outcome worth 1 to 9, the others exposures.
void record(Journal& journal, std::int64_t number) {
  const std::string unit = "u" + std::to_string(number * 7'919 % kUnits);
  const std::string id = "e" + std::to_string(number);
  Event event;
  event.unit = unit;
  event.event_id = id;
  event.at = 1'779'000'000'000 + number;
  if (number % 5 == 0) {
    event.source = "crm";
    event.kind = "converted";
    event.value = static_cast<double>(number % 9 + 1);
  } else {
    event.type = EventType::kExposure;
    event.experiment = "landing";
    event.variant = number % 2 == 0 ? "control" : "kind";
    event.phase = "pilot";
  }
  ASSERT_TRUE(journal.record(event));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST(VolumeTest, ManyJournalsGiveExactCounts) {
  const std::int64_t each = events_asked() / kJournals;
  const std::int64_t step = each - kOverlap;
  const std::int64_t distinct = step * kJournals + kOverlap;
  const MemoryDir folder;
  const StillClock clock;
  const auto pseudonymizer = test_pseudonymizer();
  const auto store = open_store(folder / "s.db");
  double recording = 0, collecting = 0;
  IngestSummary total;
  for (std::int64_t number = 0; number < kJournals; ++number) {
    auto start = std::chrono::steady_clock::now();
    JournalOptions options;
    options.durability = Durability::kOs;
    options.block_timeout_ms = 60'000;
    options.group_events = 8'192;
    auto journal = Journal::open(folder / "journals", pseudonymizer, clock, options).value();
    for (std::int64_t event = number * step; event < number * step + each; ++event) record(*journal, event);
    ASSERT_TRUE(journal->flush());
    ASSERT_EQ(journal->counters().recorded, each);
    recording += seconds_since(start);
    const auto file = journal->file();
    start = std::chrono::steady_clock::now();
    const auto summary = store->collect(file);  // also of a running sender
    collecting += seconds_since(start);
    ASSERT_TRUE(summary.has_value()) << describe(summary.error());
    total.read += summary->read;
    total.added += summary->added;
    total.duplicates += summary->duplicates;
    ASSERT_EQ(store->collect(file).value(), IngestSummary{});
    journal.reset();
    std::filesystem::remove(file);
  }
  EXPECT_EQ(total.read, each * kJournals);
  EXPECT_EQ(total.added, distinct);
  EXPECT_EQ(total.duplicates, kOverlap * (kJournals - 1));
  std::int64_t outcomes = 0;
  double value = 0;
  for (std::int64_t event = 0; event < distinct; event += 5) {
    ++outcomes;
    value += static_cast<double>(event % 9 + 1);
  }
  const auto check = [&] {
    const auto totals = store->totals().value();
    EXPECT_EQ(totals.outcomes, outcomes);
    EXPECT_EQ(totals.exposures, distinct - outcomes);
    EXPECT_EQ(totals.quarantined, 0);
    std::int64_t seen = 0;
    double sum = 0;
    const std::int32_t kinds[] = {store->code("converted").value()};
    for (std::size_t partition = 0; partition < store->partitions(); ++partition) {
      ASSERT_TRUE(store->scan_outcomes(partition, kinds, -kForever, kForever, [&](const OutcomeBlock& block) {
        seen += static_cast<std::int64_t>(block.value.size());
        for (const double one : block.value) sum += one;
      }));
    }
    EXPECT_EQ(seen, outcomes);
    EXPECT_EQ(sum, value);
  };
  check();
  const std::string print = store->data_fingerprint().value();
  ASSERT_TRUE(store->compact().has_value());
  EXPECT_EQ(store->data_fingerprint().value(), print);
  check();
  std::printf("%lld events in %lld journals: recorded at %.2f M/s, collected at %.2f M/s, %.1f bytes per event\n",
              static_cast<long long>(total.read), static_cast<long long>(kJournals),
              static_cast<double>(total.read) / recording / 1e6, static_cast<double>(total.read) / collecting / 1e6,
              static_cast<double>(store->totals()->bytes) / static_cast<double>(distinct));
}

}  // namespace
}  // namespace tactful
