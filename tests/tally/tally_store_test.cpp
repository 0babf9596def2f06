#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tactful/store/store.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

// The tally of a real store: what one floor writes is what the other reads.
namespace tactful {
namespace {

using test::kDay;
using test::kStart;

class TallyStore : public testing::Test {
 protected:
  void add(EventType type, UnitId unit, TimeMs at, std::string_view variant, std::string_view reason = {},
           std::string_view phase = "pilot") {
    IngestEvent event{};
    event.event.type = type;
    event.event.unit = unit;
    event.event.event = event.event.sequence = static_cast<std::int64_t>(events_.size()) + 1;
    event.event.at = event.event.recorded_at = at;
    event.source = "sender";
    event.experiment = experiment_.key;
    event.variant = variant;
    event.reason = reason;
    event.phase = phase;
    events_.push_back(event);
  }
  Integrity integrity(const std::string& phase = "pilot") {
    auto store = Store::open(folder_ / "events.tactful", Store::Mode::kCreate);
    EXPECT_TRUE(store) << (store ? "" : describe(store.error()));
    if (!store) return {};
    const auto summary = (*store)->ingest(events_, "test");
    EXPECT_TRUE(summary) << (summary ? "" : describe(summary.error()));
    const auto tally = tally_events(experiment_, **store, {kStart + 60 * kDay, phase, 1});
    EXPECT_TRUE(tally) << (tally ? "" : describe(tally.error()));
    return tally ? tally->integrity : Integrity{};
  }

  test::TempDir folder_;
  Experiment experiment_ = test::make_experiment();
  std::vector<IngestEvent> events_;
};

TEST_F(TallyStore, counts_holds_by_the_variant_assigned) {
  for (UnitId unit = 1; unit <= 6; ++unit) {
    const std::string_view variant = unit <= 3 ? "control" : "friendly";
    add(EventType::kExposure, unit, kStart + unit, variant);
    const bool held = unit >= 5;
    add(held ? EventType::kHold : EventType::kDelivery, unit, kStart + unit, variant, held ? "missing-field" : "");
  }
  add(EventType::kHold, 77, kStart, "control", "quiet-hours");
  const Integrity found = integrity();
  EXPECT_EQ(found.deliveries, 6) << "the hold of a unit never exposed is no delivery of the experiment";
  EXPECT_EQ(found.held, 2);
  EXPECT_EQ(found.arms[0].held, 0);
  EXPECT_EQ(found.arms[0].deliveries, 3);
  EXPECT_EQ(found.arms[1].held, 2);
  EXPECT_EQ(found.arms[1].deliveries, 3);
  EXPECT_EQ(found.degraded, 0);
  EXPECT_EQ(found.delivered_other_variant, 0);
}

TEST_F(TallyStore, keeps_the_deliveries_of_a_promotion_out_of_the_pilot) {
  for (UnitId unit = 1; unit <= 4; ++unit) {
    const std::string_view variant = unit % 2 == 0 ? "control" : "friendly";
    add(EventType::kExposure, unit, kStart, variant);
    add(EventType::kDelivery, unit, kStart, variant);
    add(EventType::kExposure, unit, kStart + 40 * kDay, "friendly", "", "rollout-1");
    add(EventType::kDelivery, unit, kStart + 40 * kDay, "friendly", "", "rollout-1");
  }
  const Integrity pilot = integrity();
  EXPECT_EQ(pilot.deliveries, 4);
  EXPECT_EQ(pilot.delivered_other_variant, 0);
  const Integrity rollout = integrity("rollout-1");
  EXPECT_EQ(rollout.arms[1].deliveries, 4);
  EXPECT_EQ(rollout.delivered_other_variant, 0);
}

}  // namespace
}  // namespace tactful
