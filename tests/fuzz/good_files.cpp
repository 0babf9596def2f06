#include "good_files.hpp"

#include <array>
#include <vector>

#include "database.hpp"
#include "fuzz_target.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful {
namespace {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return 1'780'000'000'000; }
};

void record_some(Journal& journal) {
  const std::pair<std::string_view, std::string_view> segments[] = {{"region", "east"}, {"tenure", "new"}};
  for (int i = 0; i < 40; ++i) {
    const std::string unit = "C-" + std::to_string(i % 12), id = "e" + std::to_string(i);
    Event event;
    event.type = static_cast<EventType>(1 + i % 5);
    event.unit = unit;
    event.event_id = id;
    event.at = 1'779'999'000'000 + i;
    event.experiment = "payment-reminder";
    event.experiment_fingerprint = "0123456789abcdef0123456789abcdef";
    event.phase = "pilot";
    event.variant = i % 2 == 0 ? "control" : "three-options";
    event.reason = "assigned";
    event.channel = "sms";
    if (event.type == EventType::kOutcome) event.kind = "converted";
    if (event.type == EventType::kExposure) event.segments = segments;
    fuzz::require(journal.record(event).ok(), "a good event is taken");
  }
  fuzz::require(journal.flush().ok(), "and stored");
}

}  // namespace

const std::string& fuzz::good_journal() {
  static const std::string bytes = [] {
    const auto file = fuzz::work_folder() / "good" / "journal.db";
    std::array<unsigned char, 32> key{};
    key.fill(9);
    static const FixedClock clock;
    {
      auto journal = Journal::open(file, Pseudonymizer::from_key(key, "reminders").value(), clock);
      fuzz::require(journal.has_value(), "a new journal");
      record_some(**journal);
    }
    return fuzz::file_bytes(file);
  }();
  return bytes;
}

IngestEvent fuzz::made_event(EventType type, std::int64_t i) {
  IngestEvent made{};
  made.event.type = type;
  made.event.unit = 1'000 + i % 20;
  made.event.event = 7'000 + i;
  made.event.at = 1'780'000'000'000 + i * 1'000;
  made.event.recorded_at = made.event.at + 5;
  made.event.sequence = i + 1;
  made.event.value = 1.0;
  made.source = "sender";
  if (type == EventType::kOutcome) {
    made.kind = i % 2 == 0 ? "converted" : "complaint";
    return made;
  }
  made.experiment = "landing";
  made.variant = i % 2 == 0 ? "control" : "treatment";
  made.phase = "pilot";
  made.segments = R"({"region":"east"})";
  return made;
}

const std::string& fuzz::good_store() {
  static const std::string bytes = [] {
    const auto folder = fuzz::work_folder() / "good";
    std::filesystem::create_directories(folder);
    {
      const auto store = Store::open(folder / "store.db", Store::Mode::kCreate);
      fuzz::require(store.has_value(), "a new store");
      std::vector<IngestEvent> events;
      for (std::int64_t i = 0; i < 60; ++i)
        events.push_back(made_event(i % 3 == 0   ? EventType::kExposure
                                    : i % 3 == 1 ? EventType::kDelivery
                                                 : EventType::kOutcome,
                                    i));
      fuzz::require((*store)->ingest(events, "first").has_value(), "good events");
      events.resize(1);
      events[0].event.at += 1;  // the same identity, another payload: quarantined
      fuzz::require((*store)->ingest(events, "second").has_value(), "a conflict");
      IngestWide wide;
      wide.experiment = "wide";
      wide.unit = {1, 2, 3};
      wide.variant = {"control", "treatment", "control"};
      wide.outcomes = {{"converted", {1.0, 0.0, 0.0}, {1, 1, 0}}};
      wide.segments = {{"region", {"east", "", "west"}}};
      fuzz::require((*store)->ingest_wide(wide, "table", false).has_value(), "a good table");
    }
    return fuzz::file_bytes(folder / "store.db");
  }();
  return bytes;
}

}  // namespace tactful
