#include <gtest/gtest.h>

#include <cmath>

#include "reference_tally.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

// Looks, epochs, ages, reminders and stages of random streams, against the definitions and against evaluating earlier.
namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using test::MemorySource;
using test::ReferenceTally;

constexpr TimeMs kHour = kMillisecondsPerHour;

struct Shape {
  std::uint64_t seed;
  bool is_clustered, has_receipts;
  std::string phase;
  std::optional<TimeMs> enrolment_end = std::nullopt;  // of a later phase
};

struct World {
  Experiment experiment = test::make_experiment();
  MemorySource source;
};

Experiment make_experiment(const Shape& shape) {
  Experiment experiment = test::make_experiment();
  if (shape.is_clustered) experiment.cluster = "household";
  experiment.utc_offset = *UtcOffset::parse(shape.seed % 2 != 0 ? "+08:00" : "-05:30");
  experiment.metrics.push_back(test::make_metric("severe", Aggregation::kAny, 14 * kDay));
  experiment.metrics.back().outcome = "complaint";
  experiment.metrics.back().minimum_value = 600.0;
  experiment.metrics.push_back(test::make_metric("soon", Aggregation::kAny, 36 * kHour));
  experiment.metrics.back().outcome = "converted";
  experiment.metrics.push_back(test::make_metric("at_once", Aggregation::kCount, 2 * kHour));
  experiment.metrics.back().outcome = "calls";
  experiment.metrics.push_back(test::make_metric("high_score", Aggregation::kFirst, 5 * kDay));
  experiment.metrics.back().outcome = "csat";
  experiment.metrics.back().minimum_value = 300.0;
  experiment.ramp = {{kStart, Fraction{100'000}},
                     {kStart + 7 * kDay + 5 * kHour, Fraction{500'000}},
                     {kStart + 12 * kDay, Fraction{100'000}},
                     {kStart + 15 * kDay, Fraction{Fraction::kWhole}}};
  experiment.plan.looks = {kStart + 9 * kDay + 5 * kHour, kStart + 16 * kDay, kStart + 23 * kDay + 1};
  return experiment;
}

/// Units with one to many exposures of three phases on an hourly grid, so that equal times and window edges are common.
World make_world(const Shape& shape) {
  World world;
  world.experiment = make_experiment(shape);
  std::mt19937_64 random(shape.seed);
  const auto below = [&random](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  const char* variants[] = {"control", "friendly", "brief", "retired", "unknown"};
  const char* kinds[] = {"converted", "complaint", "calls",     "order_value",
                         "csat",      "connected", "responded", "delivered"};
  const char* later[] = {"rollout-1", "rollout-1", "holdout"};
  for (UnitId unit = 1; unit <= 700; ++unit) {
    TimeMs at = kStart - kDay + below(28 * 24) * kHour;
    const std::int64_t exposures = below(3) == 0 ? 1 + below(11) : 1;
    for (std::int64_t i = 0; i < exposures; ++i) {
      const auto variant = below(25) == 0 ? below(5) : unit % 3;
      world.source.exposures.push_back({unit, variants[variant], at, below(30) == 0 ? 0 : 1 + unit / 3});
      if (below(2) == 0)
        world.source.deliveries.push_back({unit, below(9) == 0 ? "" : variants[variant], at + below(3) * kHour});
      at += below(4) * 12 * kHour;
    }
    if (below(3) == 0) {
      world.source.exposures.push_back(
          {unit, variants[below(3)], at + below(15) * kDay, 1 + unit / 3, "", "", later[below(3)]});
    }
    for (std::int64_t i = below(9); i > 0; --i) {
      const TimeMs edge = i % 2 == 0 ? 7 * kDay : 36 * kHour;
      const TimeMs when = below(4) == 0 ? at + edge - below(2) : at - 2 * kDay + below(12 * 24) * kHour;
      world.source.outcomes.push_back(
          {unit, kinds[below(shape.has_receipts ? 8 : 7)], when, static_cast<double>(below(1000))});
    }
  }
  return world;
}

void expect_near(const PreciseSum& got, const PreciseSum& expected) {
  EXPECT_NEAR(got.value(), expected.value(), 1e-9 * (1 + std::abs(expected.value())));
}

void expect_same(const LookMetric& got, const LookMetric& expected) {
  EXPECT_EQ(got.mature.units, expected.mature.units);
  EXPECT_EQ(got.immature_units, expected.immature_units);
  EXPECT_EQ(got.first_events, expected.first_events);
  expect_near(got.mature.sum, expected.mature.sum);
  expect_near(got.mature.squares, expected.mature.squares);
  EXPECT_EQ(got.clusters.clusters, expected.clusters.clusters);
  expect_near(got.clusters.size, expected.clusters.size);
  expect_near(got.clusters.total, expected.clusters.total);
  expect_near(got.clusters.size_squares, expected.clusters.size_squares);
  expect_near(got.clusters.total_squares, expected.clusters.total_squares);
  expect_near(got.clusters.size_total, expected.clusters.size_total);
}

void expect_agreement(const World& world, const Tally& tally, std::optional<TimeMs> enrolment_end) {
  const ReferenceTally reference(world.experiment, world.source, tally.phase, tally.as_of, enrolment_end);
  EXPECT_EQ(tally.epochs, reference.epochs);
  EXPECT_EQ(tally.integrity.cut_units, reference.cut_units());
  for (std::size_t v = 0; v < tally.variants.size(); ++v) {
    const std::string& variant = tally.variants[v];
    EXPECT_EQ(tally.margins[0].arms[v].stages, reference.stages(variant)) << variant;
    for (std::size_t m = 0; m < tally.metrics.size(); ++m) {
      SCOPED_TRACE(variant + "/" + tally.metrics[m]);
      const Metric& metric = world.experiment.metrics[m];
      const ArmMetric& got = tally.margins[0].arms[v].metrics[m];
      for (const LookTally& look : tally.looks) {
        SCOPED_TRACE("at " + format_time(look.at));
        expect_same(look.arms[v][m], reference.look(look.at, variant, metric));
      }
      EXPECT_EQ(got.ages, reference.ages(variant, metric));
      EXPECT_EQ(got.reminders, reference.reminders(variant, metric));
    }
  }
}

class TallyHistory : public testing::TestWithParam<Shape> {};

TEST_P(TallyHistory, agrees_with_its_definitions) {
  World world = make_world(GetParam());
  const bool is_pilot = GetParam().phase == "pilot";
  for (const TimeMs as_of : {kStart + 13 * kDay + 5 * kHour, kStart + 60 * kDay}) {
    SCOPED_TRACE(format_time(as_of));
    for (const auto& [partitions, threads] : {std::pair<std::size_t, int>{1, 1}, {3, 5}}) {
      world.source.block_rows = 97;
      world.source.seal(partitions);
      TallyOptions options{as_of, GetParam().phase, threads};
      if (!is_pilot) options.looks = {kStart + 30 * kDay, kStart + 20 * kDay + 1, kStart + 20 * kDay + 1};
      options.enrolment_end = GetParam().enrolment_end;
      const auto tally = tally_events(world.experiment, world.source, options);
      ASSERT_TRUE(tally) << describe(tally.error());
      EXPECT_GT(tally->integrity.units, 0);
      EXPECT_EQ(tally->looks.back().at, as_of);
      expect_agreement(world, *tally, options.enrolment_end);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(shapes, TallyHistory,
                         testing::Values(Shape{1, false, true, "pilot"}, Shape{2, false, false, "pilot"},
                                         Shape{3, true, true, "pilot"}, Shape{4, true, false, "pilot"},
                                         Shape{5, false, true, "rollout-1"}, Shape{6, true, false, "rollout-1"},
                                         Shape{8, false, true, "rollout-1", kStart + 11 * kDay + 5 * kHour}));

/// The random streams would prove little if they lacked what makes the rules differ.
TEST(TallyHistoryStream, holds_every_case) {
  World world = make_world({1, false, true, "pilot"});
  world.source.seal(1);
  const auto tally = tally_events(world.experiment, world.source, {kStart + 60 * kDay, "pilot", 1});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->epochs.size(), 4u);
  EXPECT_EQ(tally->looks.size(), 5u);
  EXPECT_GT(tally->integrity.cut_units, 20);
  EXPECT_GT(tally->integrity.units_in_two_variants, 20);
  EXPECT_GT(tally->integrity.outside_enrolment_exposures, 10);
  const ArmMetric& converted = tally->margins[0].arms[0].metrics[0];
  EXPECT_GT(converted.reminders.events[0], 0);
  EXPECT_GT(converted.reminders.events[1], 0);
  EXPECT_GT(converted.reminders.reached[7], 0);
  EXPECT_GT(converted.immature_units, 0) << "cut";
  EXPECT_LT(tally->margins[0].arms[0].metrics[5].first_events, tally->margins[0].arms[0].metrics[1].first_events)
      << "severe complaints are fewer";
}

TEST(TallyHistoryStream, adds_up) {
  World world = make_world({7, true, true, "pilot"});
  world.source.seal(2);
  const auto tally = tally_events(world.experiment, world.source, {kStart + 25 * kDay, "pilot", 2});
  ASSERT_TRUE(tally);
  for (std::size_t v = 0; v < tally->variants.size(); ++v) {
    const ArmTally& arm = tally->margins[0].arms[v];
    StageCounts of_days;
    for (const DayTally& day : tally->days) {
      of_days.delivered += day.arms[v].stages.delivered;
      of_days.connected += day.arms[v].stages.connected;
      of_days.responded += day.arms[v].stages.responded;
    }
    EXPECT_EQ(of_days, arm.stages);
    for (std::size_t m = 0; m < tally->metrics.size(); ++m) {
      std::int64_t units = 0, with_event = 0, clusters_with_event = 0;
      for (const std::int64_t count : arm.metrics[m].ages.first_events) with_event += count;
      units = with_event;
      for (const std::int64_t count : arm.metrics[m].ages.leaving) units += count;
      EXPECT_EQ(units, arm.units) << "every unit has an event or leaves";
      std::int64_t of_days_with_event = 0;
      for (const DayTally& day : tally->days) of_days_with_event += day.arms[v].metrics[m].first_events;
      EXPECT_EQ(with_event, of_days_with_event) << "ages count units";
      const LookMetric& last = tally->looks.back().arms[v][m];
      for (const std::int64_t count : last.first_events) clusters_with_event += count;
      EXPECT_EQ(clusters_with_event, arm.metrics[m].first_events) << "looks count clusters";
      EXPECT_EQ(last.mature, arm.metrics[m].mature);
      EXPECT_EQ(last.clusters, arm.metrics[m].clusters);
      EXPECT_EQ(last.immature_units, arm.metrics[m].immature_units);
      EXPECT_TRUE(tally->without_crossovers.arms[v].metrics[m].ages.leaving.empty());
    }
  }
}

}  // namespace
}  // namespace tactful
