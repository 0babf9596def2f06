// The store against a model: whatever duplicates, conflicts and order of arrival, the same set of events is the same
// store.
#include <random>

#include "store_fixture.hpp"

namespace tactful {
namespace {

using namespace store_test;

using Identity = std::tuple<std::string, UnitId, std::int64_t>;
using Payload = std::tuple<int, TimeMs, std::string, double>;
using Order = std::tuple<TimeMs, std::string, std::int64_t>;

/// What a writer sent. `batch` is the writer that the store sees.
struct Sent {
  IngestEvent event;
  std::string batch;
};

Identity identity_of(const IngestEvent& e) { return {std::string(e.source), e.event.unit, e.event.event}; }
Payload payload_of(const IngestEvent& e) {
  return {static_cast<int>(e.event.type), e.event.at, std::string(e.variant) + std::string(e.kind), e.event.value};
}

/// Of each identity every payload with its least order; the payload with the least order counts.
class Model {
 public:
  void add(const Sent& sent) {
    const Order order{sent.event.event.recorded_at, sent.batch, sent.event.event.sequence};
    const auto [place, fresh] = versions_[identity_of(sent.event)].emplace(payload_of(sent.event), order);
    if (!fresh) place->second = std::min(place->second, order);
    ++read_;
  }
  [[nodiscard]] std::vector<std::tuple<UnitId, TimeMs, std::string, double>> outcomes() const {
    std::vector<std::tuple<UnitId, TimeMs, std::string, double>> found;
    for (const auto& [identity, versions] : versions_) {
      const Payload& payload = winner(versions)->first;
      if (std::get<0>(payload) != static_cast<int>(EventType::kOutcome)) continue;
      found.emplace_back(std::get<1>(identity), std::get<1>(payload), std::get<2>(payload), std::get<3>(payload));
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  /// Orders of the losers, as the quarantine tells them.
  [[nodiscard]] std::multiset<Order> losers() const {
    std::multiset<Order> orders;
    for (const auto& [identity, versions] : versions_) {
      for (const auto& [payload, order] : versions) {
        if (payload != winner(versions)->first) orders.insert(order);
      }
    }
    return orders;
  }
  [[nodiscard]] IngestSummary summary() const {
    const auto added = static_cast<std::int64_t>(versions_.size());
    const auto conflicts = static_cast<std::int64_t>(losers().size());
    return {read_, added, read_ - added - conflicts, conflicts};
  }

 private:
  using Versions = std::map<Payload, Order>;
  static Versions::const_iterator winner(const Versions& versions) {
    return std::min_element(versions.begin(), versions.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; });
  }
  std::map<Identity, Versions> versions_;
  std::int64_t read_ = 0;
};

std::vector<Sent> random_events(std::mt19937_64& random, int count) {
  static constexpr std::string_view kKinds[] = {"converted", "complaint"};
  static constexpr std::string_view kSources[] = {"crm", "sender"};
  std::vector<Sent> events;
  for (int i = 0; i < count; ++i) {
    const auto pick = [&random](std::uint64_t n) { return random() % n; };
    // Few units and ids, so that identities meet; few payloads, so that they are often equal.
    IngestEvent e = outcome(static_cast<UnitId>(1 + pick(30)), static_cast<std::int64_t>(1 + pick(6)),
                            static_cast<TimeMs>(1'000 + pick(2)), kKinds[pick(2)]);
    if (pick(4) == 0) e = exposure(e.event.unit, e.event.event, e.event.at, pick(2) == 0 ? "A" : "B");
    e.source = kSources[pick(2)];
    e.event.recorded_at = static_cast<TimeMs>(2'000 + pick(5));
    e.event.sequence = i;  // unique, as in a journal
    events.push_back({e, "journal-" + std::to_string(pick(3))});
  }
  return events;
}

struct Outcome {
  IngestSummary summary;
  std::string print;
  std::vector<std::string> quarantine;
  std::vector<std::tuple<UnitId, TimeMs, std::string, double>> outcomes;
  std::multiset<Order> losers;
};

/// Brings the events in, in this order, cut into ingests at random.
Outcome run(const std::filesystem::path& file, const std::vector<Sent>& events, std::mt19937_64& random) {
  auto store = open_store(file);
  Outcome outcome;
  std::size_t at = 0;
  while (at < events.size()) {
    std::vector<IngestEvent> slice;
    const std::string& batch = events[at].batch;
    const std::size_t most = 1 + random() % 40;
    for (; at < events.size() && slice.size() < most && events[at].batch == batch; ++at)
      slice.push_back(events[at].event);
    const auto summary = store->ingest(slice, batch);
    EXPECT_TRUE(summary.has_value());
    outcome.summary.read += summary->read;
    outcome.summary.added += summary->added;
    outcome.summary.duplicates += summary->duplicates;
    outcome.summary.conflicts += summary->conflicts;
    if (random() % 10 == 0) {
      store.reset();
      store = open_store(file, Store::Mode::kReadWrite);
    }
  }
  outcome.print = store->data_fingerprint().value();
  outcome.quarantine = quarantine_of(*store);
  outcome.outcomes = outcomes_of(*store, {"converted", "complaint"});
  const auto quarantined = store->quarantine().value();
  for (const auto& held : quarantined)
    outcome.losers.insert({held.event.recorded_at, held.writer, held.event.sequence});
  return outcome;
}

class StorePropertyTest : public testing::TestWithParam<unsigned> {};

TEST_P(StorePropertyTest, AnyOrderIsTheSameStoreAsTheModel) {
  std::mt19937_64 random(GetParam());
  const MemoryDir folder;
  std::vector<Sent> events = random_events(random, 300);
  Model model;
  for (const Sent& sent : events) model.add(sent);
  std::optional<Outcome> first;
  for (int order = 0; order < 3; ++order) {
    const Outcome outcome = run(folder / (std::to_string(order) + ".db"), events, random);
    EXPECT_EQ(outcome.summary, model.summary()) << "seed " << GetParam();
    EXPECT_EQ(outcome.outcomes, model.outcomes()) << "seed " << GetParam();
    EXPECT_EQ(outcome.losers, model.losers()) << "seed " << GetParam();
    if (first) {
      EXPECT_EQ(outcome.print, first->print) << "seed " << GetParam();
      EXPECT_EQ(outcome.quarantine, first->quarantine) << "seed " << GetParam();
    }
    if (!first) first = outcome;
    std::shuffle(events.begin(), events.end(), random);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StorePropertyTest, testing::Range(1u, 9u));

}  // namespace
}  // namespace tactful
