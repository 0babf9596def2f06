#include "pilot_path.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "small_pilot.hpp"
#include "world.hpp"

namespace tactful::simulation {
namespace {

double rate(const UnitSums& sums) { return sums.sum.value() / static_cast<double>(sums.units); }

class Paths : public testing::Test {
 protected:
  Paths() : experiment_(test::payment_reminder()), world_(*fit_world(payment_reminder_world(5), experiment_)) {}
  Experiment experiment_;
  World world_;
};

TEST_F(Paths, TheLastLookHasTheWorldsRates) {
  PilotPath path(experiment_, world_);
  Random random(5);
  path.draw(random);
  const Tally tally = path.tally_at(path.day_of(experiment_.last_look()), {});
  const auto& arms = tally.margins[0].arms;
  const double truth[] = {0.300, 0.315, 0.325};
  for (std::size_t v = 0; v < 3; ++v) {
    EXPECT_EQ(arms[v].metrics[0].immature_units, 0);
    EXPECT_EQ(arms[v].metrics[0].mature.units, arms[v].units);
    const double se = std::sqrt(truth[v] * (1.0 - truth[v]) / static_cast<double>(arms[v].units));
    EXPECT_NEAR(rate(arms[v].metrics[0].mature), truth[v], 4.5 * se);
    EXPECT_EQ(static_cast<double>(arms[v].metrics[0].first_events), arms[v].metrics[0].mature.sum.value());
  }
}

TEST_F(Paths, EveryReviewSeesTheSameCustomers) {
  PilotPath path(experiment_, world_);
  Random random(6);
  path.draw(random);
  const std::vector<std::int64_t> days{14, 21, 28};
  const Tally late = path.tally_at(35, days);
  ASSERT_EQ(late.looks.size(), 4U);
  for (std::size_t k = 0; k < days.size(); ++k) {
    const Tally then = path.tally_at(days[k], {});
    for (std::size_t v = 0; v < 3; ++v) {
      for (std::size_t m = 0; m < experiment_.metrics.size(); ++m) {
        const LookMetric& seen = late.looks[k].arms[v][m];
        const ArmMetric& was = then.margins[0].arms[v].metrics[m];
        EXPECT_EQ(seen.mature, was.mature);
        EXPECT_EQ(seen.immature_units, was.immature_units);
        std::int64_t events = 0;
        for (const std::int64_t in_epoch : seen.first_events) events += in_epoch;
        EXPECT_EQ(events, was.first_events);
        EXPECT_EQ(events, path.first_events(v, m, days[k]));
      }
    }
  }
}

TEST_F(Paths, AgesSumToTheUnits) {
  PilotPath path(experiment_, world_);
  Random random(7);
  path.draw(random);
  const Tally tally = path.tally_at(20, {});
  for (const ArmTally& arm : tally.margins[0].arms) {
    for (const ArmMetric& metric : arm.metrics) {
      std::int64_t all = 0;
      for (const std::int64_t count : metric.ages.first_events) all += count;
      EXPECT_EQ(all, metric.first_events);
      for (const std::int64_t count : metric.ages.leaving) all += count;
      EXPECT_EQ(all, arm.units);
    }
  }
}

TEST_F(Paths, EpochsFollowTheRamp) {
  PilotPath path(experiment_, world_);
  Random random(8);
  path.draw(random);
  EXPECT_EQ(path.tally_at(7, {}).epochs.size(), 1U);
  const Tally later = path.tally_at(14, {});
  ASSERT_EQ(later.epochs.size(), 2U);
  EXPECT_EQ(later.epochs[0].millionths, 100'000);
  EXPECT_EQ(later.epochs[1].last_day - later.epochs[1].first_day, 6);
}

TEST_F(Paths, LateFactorsTurnAnEffectWithAge) {
  SimulatedOutcome& complaint = world_.outcomes[1];
  complaint.probability = {0.02, 0.02, 0.02};
  complaint.mean_delay_hours = 8'000.0;
  complaint.late_after_hours = 7.0 * 24.0;
  complaint.late_factor = {1.0, 3.0, 0.0};
  const auto at_day = [&](std::size_t v, double days) {
    return probability_within(complaint, v, days * static_cast<double>(kMillisecondsPerDay));
  };
  EXPECT_DOUBLE_EQ(at_day(0, 7.0), at_day(1, 7.0));
  EXPECT_NEAR(at_day(1, 14.0) - at_day(1, 7.0), 3.0 * (at_day(0, 14.0) - at_day(0, 7.0)), 1e-12);
  EXPECT_DOUBLE_EQ(at_day(2, 14.0), at_day(2, 7.0));
  // The delays of single customers follow the same law.
  Random random(9);
  int early = 0;
  int all = 0;
  constexpr int kDraws = 400'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto hours = draw_delay(complaint, 1, random);
    all += hours ? 1 : 0;
    early += hours && *hours < 7.0 * 24.0 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(all) / kDraws, at_day(1, 14.0), 0.0015);
  EXPECT_NEAR(static_cast<double>(early) / kDraws, at_day(1, 7.0), 0.0012);
}

TEST_F(Paths, HouseholdsAreCountedOnceAndAllTheirMembersSummed) {
  experiment_.cluster = "household";
  world_.customers_per_cluster = 3;
  world_.cluster_alike = 1.0;
  world_.outcomes[1].probability = {0.05, 0.05, 0.05};
  PilotPath path(experiment_, world_);
  Random random(10);
  path.draw(random);
  const Tally tally = path.tally_at(path.day_of(experiment_.last_look()), {});
  for (const ArmTally& arm : tally.margins[0].arms) {
    EXPECT_EQ(arm.units, 3 * arm.clusters);
    const ArmMetric& complaint = arm.metrics[1];
    EXPECT_EQ(complaint.clusters.clusters, arm.clusters);
    EXPECT_EQ(complaint.clusters.total.value(), 3.0 * static_cast<double>(complaint.first_events)) << "all or none";
    EXPECT_EQ(complaint.clusters.total_squares.value(), 9.0 * static_cast<double>(complaint.first_events));
    EXPECT_EQ(complaint.mature.units, arm.units);
  }
}

}  // namespace
}  // namespace tactful::simulation
