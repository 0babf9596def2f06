#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "made_tally.hpp"

// The rule as shipped, at the planned end, on simulated pilots: how often it promotes what it must not. Bands allow
// four standard errors above the guaranteed level, so that a correct rule fails once in about 30,000 runs of a test.
namespace tactful {
namespace {

using test::MadeArm;
using test::make_experiment;
using test::make_tally;

constexpr int kPilots = 8000;

struct Truth {
  std::int64_t units_per_arm = 0;
  std::vector<double> paid, complaint;  ///< By variant.
};

struct Counts {
  int promoted = 0;
  int stopped = 0;
};

Counts simulate(const Experiment& experiment, const Truth& truth, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::size_t variants = truth.paid.size();
  std::vector<double> weights(variants, 1.0);
  Counts counts;
  for (int pilot = 0; pilot < kPilots; ++pilot) {
    std::vector<MadeArm> arms;
    std::int64_t left = truth.units_per_arm * static_cast<std::int64_t>(variants);
    for (std::size_t v = 0; v < variants; ++v) {
      const std::int64_t n = v + 1 == variants ? left
                                               : std::binomial_distribution<std::int64_t>(
                                                     left, 1.0 / static_cast<double>(variants - v))(random);
      left -= n;
      arms.push_back({n,
                      {std::binomial_distribution<std::int64_t>(n, truth.paid[v])(random),
                       std::binomial_distribution<std::int64_t>(n, truth.complaint[v])(random)}});
    }
    const auto card = evaluate(experiment, make_tally(experiment, arms), {{"sample_ratio"}, ""});
    EXPECT_TRUE(card);
    if (!card) break;
    counts.promoted += card->recommendation.action == Action::kPromote ? 1 : 0;
    counts.stopped += card->recommendation.action == Action::kStop ? 1 : 0;
  }
  testing::Test::RecordProperty(
      "promoted_of_" + std::to_string(truth.units_per_arm) + "_at_" + std::to_string(truth.complaint[0]),
      counts.promoted);
  testing::Test::RecordProperty(
      "stopped_of_" + std::to_string(truth.units_per_arm) + "_at_" + std::to_string(truth.complaint[0]),
      counts.stopped);
  return counts;
}

double share(int count) { return static_cast<double>(count) / kPilots; }
double band(double level) { return level + 4.0 * std::sqrt(level * (1.0 - level) / kPilots); }

Experiment absolute_margin(std::size_t treatments, double margin) {
  Experiment experiment = make_experiment(treatments);
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, margin};
  return experiment;
}

TEST(DecisionRule, promotes_a_violated_ratio_margin_at_most_one_time_in_twenty) {
  for (const std::int64_t units : {2000, 20000, 100000}) {
    const Counts counts = simulate(make_experiment(), {units, {0.2, 0.4}, {0.004, 0.006}}, 1);
    EXPECT_LE(share(counts.promoted), band(0.05)) << units;
  }
}

TEST(DecisionRule, promotes_a_violated_absolute_margin_at_most_one_time_in_twenty) {
  for (const std::int64_t units : {1000, 20000}) {
    const Counts counts = simulate(absolute_margin(1, 0.01), {units, {0.2, 0.4}, {0.02, 0.03}}, 2);
    EXPECT_LE(share(counts.promoted), band(0.05)) << units;
  }
}

TEST(DecisionRule, three_variants_that_all_violate_their_margin_share_that_level) {
  const Counts counts = simulate(make_experiment(3), {20000, {0.2, 0.4, 0.4, 0.4}, {0.004, 0.006, 0.006, 0.006}}, 3);
  EXPECT_LE(share(counts.promoted), band(0.05));
}

TEST(DecisionRule, promotes_without_true_success_at_most_one_time_in_forty) {
  for (const std::int64_t units : {300, 2000, 20000}) {
    const Counts counts = simulate(absolute_margin(1, 0.3), {units, {0.2, 0.2}, {0.02, 0.02}}, 4);
    EXPECT_LE(share(counts.promoted), band(0.025)) << units;
    EXPECT_GE(share(counts.promoted), 0.005) << "a level that is never used would pass for the wrong reason";
  }
}

TEST(DecisionRule, rare_success_keeps_its_level) {
  for (const double rate : {0.0005, 0.002, 0.005}) {
    const Counts counts = simulate(absolute_margin(1, 0.3), {4000, {rate, rate}, {0.02, 0.02}}, 5);
    EXPECT_LE(share(counts.promoted), band(0.025)) << rate;
  }
}

TEST(DecisionRule, four_variants_without_true_success_share_that_level) {
  const Counts counts =
      simulate(absolute_margin(4, 0.3), {5000, {0.2, 0.2, 0.2, 0.2, 0.2}, {0.02, 0.02, 0.02, 0.02, 0.02}}, 6);
  EXPECT_LE(share(counts.promoted), band(0.025));
}

TEST(DecisionRule, stops_a_harmless_variant_at_most_one_time_in_twenty) {
  for (const double rate : {0.0005, 0.002, 0.03}) {
    const Counts counts = simulate(make_experiment(), {4000, {0.2, 0.2}, {rate, rate}}, 7);
    EXPECT_LE(share(counts.stopped), band(0.05)) << rate;
  }
}

TEST(DecisionRule, finds_what_it_is_planned_for) {
  const Counts winner = simulate(make_experiment(), {20000, {0.2, 0.215}, {0.01, 0.01}}, 8);
  EXPECT_GT(share(winner.promoted), 0.8);
  const Counts harm = simulate(make_experiment(), {20000, {0.2, 0.215}, {0.01, 0.02}}, 9);
  EXPECT_GT(share(harm.stopped), 0.99);
}

// Clusters whose members complain together (gamma-distributed rates): the margin is about units, whatever the clusters.
TEST(DecisionRule, clusters_keep_the_level_from_rare_to_frequent_complaints) {
  Experiment experiment = make_experiment();
  experiment.cluster = "household";
  struct World {
    std::int64_t clusters;
    int size;
    double rate;
  };
  constexpr int kRuns = 1500;
  for (const World world : {World{4000, 3, 0.004}, World{400, 10, 0.02}, World{60, 100, 0.05}}) {
    std::mt19937_64 random(11);
    int promoted = 0;
    for (int run = 0; run < kRuns; ++run) {
      const std::int64_t units = world.clusters * world.size;
      Tally tally = make_tally(experiment, {{units, {0, 0}}, {units, {0, 0}}});
      for (std::size_t v = 0; v < 2; ++v) {
        ArmTally& arm = tally.margins[0].arms[v];
        arm.clusters = world.clusters;
        for (std::size_t m = 0; m < 2; ++m) {
          const double mean = m == 0 ? (v == 0 ? 0.2 : 0.4) : world.rate * (v == 0 ? 1.0 : 1.5);
          std::gamma_distribution<double> rate(4.0, mean / 4.0);
          ArmMetric& metric = arm.metrics[m] = {};
          for (std::int64_t g = 0; g < world.clusters; ++g) {
            const int events = std::binomial_distribution<int>(world.size, std::min(1.0, rate(random)))(random);
            metric.clusters.add(world.size, events);
            metric.mature.units += world.size;
            metric.mature.sum.add(events);
            metric.mature.squares.add(events);
            metric.first_events += events > 0 ? 1 : 0;
          }
        }
      }
      const auto card = evaluate(experiment, tally);
      ASSERT_TRUE(card);
      promoted += card->recommendation.action == Action::kPromote ? 1 : 0;
    }
    EXPECT_LE(promoted, kRuns * (0.05 + 4.0 * std::sqrt(0.05 * 0.95 / kRuns))) << world.clusters;
    RecordProperty("promoted_of_" + std::to_string(world.clusters), promoted);
  }
}

}  // namespace
}  // namespace tactful
