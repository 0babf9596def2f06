#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "support/memory_source.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

// The join against the plainest possible reading of its contract, on random events in random order and partitioning.
namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using test::MemorySource;

struct World {
  Experiment experiment = test::make_experiment();
  MemorySource source;
};

World make_world(std::uint64_t seed) {
  World world;
  world.experiment.cluster = "household";
  world.experiment.segments = {"region", "tenure"};
  world.experiment.plan.looks = {kStart + 9 * kDay, kStart + 16 * kDay + 5};
  world.experiment.utc_offset = *UtcOffset::parse(seed % 2 ? "+08:00" : "-05:30");
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  const char* variants[] = {"control", "friendly", "brief", "retired", "unknown"};
  const char* kinds[] = {"converted", "complaint", "calls", "order_value", "csat", "elsewhere"};
  for (int i = 0; i < 3000; ++i) {
    const UnitId unit = 1 + below(1500);
    const bool odd = below(20) == 0;
    const auto variant = odd ? below(5) : unit % 3;
    const std::string region = below(4) == 0 ? ""
                                             : R"({"region":"r)" + std::to_string(below(3)) + R"(","tenure":"t)" +
                                                   std::to_string(below(2)) + "\"}";
    world.source.exposures.push_back({unit, variants[variant], kStart - kDay + below(31 * 24) * kMillisecondsPerHour,
                                      below(30) == 0 ? 0 : 1 + unit / 3, region});
    if (below(3) == 0)
      world.source.deliveries.push_back({unit, below(9) == 0 ? "" : variants[below(3)],
                                         kStart + below(40 * 24) * kMillisecondsPerHour, below(2) ? "why" : ""});
  }
  for (int i = 0; i < 4000; ++i) {
    world.source.outcomes.push_back({1 + below(1700), kinds[below(6)],
                                     kStart - kDay + below(45 * 24) * kMillisecondsPerHour,
                                     0.01 * static_cast<double>(below(100'000))});
  }
  return world;
}

/// Units, mature units with a value, and sum for every margin, variant and metric, by going through all events for each
/// unit.
std::map<std::string, double> brute_force(const World& world, TimeMs as_of) {
  const Experiment& experiment = world.experiment;
  std::map<UnitId, std::vector<const MemorySource::Exposure*>> exposed;
  for (const auto& e : world.source.exposures) {
    if (e.at < kStart || e.at >= experiment.plan.enrolment_end || e.at >= as_of || !experiment.variant_index(e.variant))
      continue;
    exposed[e.unit].push_back(&e);
  }
  std::map<std::string, double> result;
  for (const auto& [unit, exposures] : exposed) {
    const auto* first = exposures.front();
    std::set<std::string> seen;
    for (const auto* e : exposures) {
      seen.insert(e->variant);
      const auto rank = [&](const auto* x) {
        return std::make_tuple(x->at, *experiment.variant_index(x->variant), x->cluster);
      };
      if (rank(e) < rank(first)) first = e;
    }
    if (seen.size() > 1) ++result["crossed"];
    const TimeMs day_end = day_start(day_index(first->at, experiment.utc_offset) + 1, experiment.utc_offset);
    for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
      const Metric& metric = experiment.metrics[m];
      double count = 0, sum = 0;
      const MemorySource::Outcome* earliest = nullptr;
      for (const auto& o : world.source.outcomes) {
        if (o.unit != unit || o.kind != metric.outcome || o.at >= as_of || o.at < first->at ||
            o.at >= first->at + metric.window_ms)
          continue;
        ++count;
        sum += o.value;
        if (earliest == nullptr || std::tie(o.at, o.value) < std::tie(earliest->at, earliest->value)) earliest = &o;
      }
      const std::string arm = first->variant + "/" + metric.key;
      if (day_end + metric.window_ms > as_of) {
        ++result[arm + "/immature"];
        continue;
      }
      if (metric.aggregation == Aggregation::kFirst && earliest == nullptr) continue;
      const double value = metric.aggregation == Aggregation::kAny     ? (count > 0 ? 1.0 : 0.0)
                           : metric.aggregation == Aggregation::kCount ? count
                           : metric.aggregation == Aggregation::kSum   ? sum
                                                                       : earliest->value;
      ++result[arm + "/units"];
      result[arm + "/sum"] += value;
      result[arm + "/squares"] += value * value;
    }
  }
  return result;
}

double at_key(const std::map<std::string, double>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? 0.0 : found->second;
}

TEST(TallyProperty, agrees_with_going_through_all_events_for_each_unit) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    World world = make_world(seed);
    for (const TimeMs as_of : {kStart + 13 * kDay + 5, kStart + 60 * kDay}) {
      world.source.seal(1);
      const auto tally = tally_events(world.experiment, world.source, {as_of, "pilot", 1});
      ASSERT_TRUE(tally) << describe(tally.error());
      const auto expected = brute_force(world, as_of);
      EXPECT_EQ(static_cast<double>(tally->integrity.units_in_two_variants), at_key(expected, "crossed"));
      for (std::size_t v = 0; v < tally->variants.size(); ++v) {
        for (std::size_t m = 0; m < tally->metrics.size(); ++m) {
          const ArmMetric& got = tally->margins[0].arms[v].metrics[m];
          const std::string arm = tally->variants[v] + "/" + tally->metrics[m];
          EXPECT_EQ(static_cast<double>(got.mature.units), at_key(expected, arm + "/units")) << arm;
          EXPECT_EQ(static_cast<double>(got.immature_units), at_key(expected, arm + "/immature")) << arm;
          EXPECT_NEAR(got.mature.sum.value(), at_key(expected, arm + "/sum"), 1e-9) << arm;
          EXPECT_NEAR(got.mature.squares.value(), at_key(expected, arm + "/squares"),
                      1e-12 * (1 + at_key(expected, arm + "/squares")))
              << arm;
        }
      }
    }
  }
}

void expect_near(const PreciseSum& a, const PreciseSum& b) {
  EXPECT_NEAR(a.value(), b.value(), 1e-12 * std::abs(a.value()));
}

void expect_same(const std::vector<ArmTally>& a, const std::vector<ArmTally>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t v = 0; v < a.size(); ++v) {
    EXPECT_EQ(a[v].units, b[v].units);
    EXPECT_EQ(a[v].clusters, b[v].clusters);
    EXPECT_EQ(a[v].stages, b[v].stages);
    for (std::size_t m = 0; m < a[v].metrics.size(); ++m) {
      const ArmMetric &x = a[v].metrics[m], &y = b[v].metrics[m];
      EXPECT_EQ(x.mature.units, y.mature.units);
      EXPECT_EQ(x.immature_units, y.immature_units);
      EXPECT_EQ(x.missing_units, y.missing_units);
      EXPECT_EQ(x.first_events, y.first_events);
      EXPECT_EQ(x.clusters.clusters, y.clusters.clusters);
      EXPECT_EQ(x.ages, y.ages);
      EXPECT_EQ(x.reminders, y.reminders);
      expect_near(x.mature.sum, y.mature.sum);
      expect_near(x.mature.squares, y.mature.squares);
      expect_near(x.clusters.total, y.clusters.total);
      expect_near(x.clusters.total_squares, y.clusters.total_squares);
      expect_near(x.clusters.size_total, y.clusters.size_total);
    }
  }
}

void expect_same(const std::vector<LookTally>& a, const std::vector<LookTally>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    EXPECT_EQ(a[k].at, b[k].at);
    for (std::size_t v = 0; v < a[k].arms.size(); ++v) {
      for (std::size_t m = 0; m < a[k].arms[v].size(); ++m) {
        const LookMetric &x = a[k].arms[v][m], &y = b[k].arms[v][m];
        EXPECT_EQ(x.mature.units, y.mature.units);
        EXPECT_EQ(x.immature_units, y.immature_units);
        EXPECT_EQ(x.first_events, y.first_events);
        EXPECT_EQ(x.clusters.clusters, y.clusters.clusters);
        expect_near(x.mature.squares, y.mature.squares);
        expect_near(x.clusters.total_squares, y.clusters.total_squares);
      }
    }
  }
}

TEST(TallyProperty, does_not_depend_on_order_partitions_blocks_or_threads) {
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    SCOPED_TRACE(seed);
    World world = make_world(seed);
    world.source.seal(1);
    const TallyOptions once{kStart + 20 * kDay, "pilot", 1};
    const auto reference = tally_events(world.experiment, world.source, once);
    ASSERT_TRUE(reference);
    EXPECT_GT(reference->margins.size(), 4u);
    EXPECT_GT(reference->integrity.clusters_in_two_variants, 0);
    std::mt19937_64 random(seed);
    for (const std::size_t partitions : {1u, 2u, 7u}) {
      for (const int threads : {1, 2, 5}) {
        std::shuffle(world.source.exposures.begin(), world.source.exposures.end(), random);
        std::shuffle(world.source.outcomes.begin(), world.source.outcomes.end(), random);
        std::shuffle(world.source.deliveries.begin(), world.source.deliveries.end(), random);
        world.source.block_rows = 1 + random() % 500;
        world.source.seal(partitions);
        const auto tally = tally_events(world.experiment, world.source, {once.as_of, "pilot", threads});
        ASSERT_TRUE(tally);
        EXPECT_EQ(tally->integrity, reference->integrity);
        EXPECT_EQ(tally->first_exposure, reference->first_exposure);
        ASSERT_EQ(tally->margins.size(), reference->margins.size());
        for (std::size_t i = 0; i < tally->margins.size(); ++i) {
          EXPECT_EQ(tally->margins[i].value, reference->margins[i].value);
          expect_same(tally->margins[i].arms, reference->margins[i].arms);
        }
        expect_same(tally->without_crossovers.arms, reference->without_crossovers.arms);
        EXPECT_EQ(tally->epochs, reference->epochs);
        expect_same(tally->looks, reference->looks);
        ASSERT_EQ(tally->days.size(), reference->days.size());
        for (std::size_t i = 0; i < tally->days.size(); ++i) {
          EXPECT_EQ(tally->days[i].day, reference->days[i].day);
          EXPECT_EQ(tally->days[i].millionths, reference->days[i].millionths);
          expect_same(tally->days[i].arms, reference->days[i].arms);
        }
      }
    }
  }
}

/// The values 1e16, 1 and -1e16 in every order, as the outcomes of one unit or as the units of one cluster.
TEST(TallyProperty, sums_that_cancel_do_not_depend_on_order) {
  std::vector<int> order = {0, 1, 2, 3};
  const double values[] = {1e16, 1.0, -1e16, 0.5};
  do {
    World world;
    world.experiment.cluster = "household";
    for (const int i : order) {
      world.source.outcomes.push_back({1, "order_value", kStart + i, values[i]});
      world.source.exposures.push_back({10 + i, "friendly", kStart, 20});
      world.source.outcomes.push_back({10 + i, "order_value", kStart, values[i]});
    }
    world.source.exposures.push_back({1, "control", kStart, 10});
    world.source.seal(1);
    const auto tally = tally_events(world.experiment, world.source, {kStart + 60 * kDay, "pilot", 1});
    ASSERT_TRUE(tally) << describe(tally.error());
    constexpr std::size_t kOrderValue = 3;
    const ArmMetric& unit = tally->margins[0].arms[0].metrics[kOrderValue];
    EXPECT_EQ(unit.mature.sum.value(), 1.5);
    EXPECT_EQ(unit.mature.squares.value(), 2.25);
    EXPECT_EQ(unit.clusters.total.value(), 1.5);
    const ArmMetric& cluster = tally->margins[0].arms[1].metrics[kOrderValue];
    EXPECT_EQ(cluster.mature.sum.value(), 1.5);
    EXPECT_EQ(cluster.clusters.total.value(), 1.5);
    EXPECT_EQ(cluster.clusters.total_squares.value(), 2.25);
    EXPECT_EQ(cluster.clusters.size_total.value(), 6.0);
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace tactful
