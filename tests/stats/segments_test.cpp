// Odds ratios, time to the first event, interactions, clustered quantiles and ratios: laws and refusals.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tactful/stats/cluster.hpp"
#include "tactful/stats/clustered.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/follow_up.hpp"
#include "tactful/stats/interaction.hpp"
#include "tactful/stats/odds_ratio.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::stats {
namespace {

using Random = std::mt19937_64;
using Counts = std::vector<std::int64_t>;

Level level(double value) { return Level::make(value).value(); }

ProportionPair table(std::int64_t x_c, std::int64_t n_c, std::int64_t x_t, std::int64_t n_t) {
  return make_pair_of_counts(x_c, n_c, x_t, n_t).value();
}

constexpr OddsRatioInterval kOddsMethods[] = {OddsRatioInterval::kScore, OddsRatioInterval::kWoolf,
                                              OddsRatioInterval::kConditionalExact};

TEST(OddsRatio, SwappingArmsOrOutcomesInverts) {
  for (const auto& t : {table(12, 100, 25, 110), table(3, 2000, 11, 1500), table(1, 30, 29, 31)}) {
    for (const OddsRatioInterval method : kOddsMethods) {
      const Interval direct = odds_ratio_interval(t, level(0.95), method).value();
      const Interval swapped = odds_ratio_interval({t.treatment, t.control}, level(0.95), method).value();
      const Interval inverted =
          odds_ratio_interval({t.control.inverted(), t.treatment.inverted()}, level(0.95), method).value();
      EXPECT_NEAR(direct.low() * swapped.high(), 1.0, 1e-9);
      EXPECT_NEAR(direct.high() * inverted.low(), 1.0, 1e-9);
      EXPECT_TRUE(direct.contains(odds_ratio(t).value()));
    }
  }
}

TEST(OddsRatio, ScoreIntervalIsDualToThePooledTest) {
  for (std::int64_t x = 1; x < 40; ++x) {
    const auto t = table(15, 60, x, 50);
    const bool excludes = !odds_ratio_interval(t, level(0.95)).value().contains(1.0);
    EXPECT_EQ(excludes, pooled_z_test(t)->p.two_sided < 0.05) << x;
  }
}

TEST(OddsRatio, ExactIntervalIsDualToFishersTails) {
  for (std::int64_t x = 0; x <= 25; ++x) {
    const auto t = table(8, 30, x, 25);
    const Interval interval = odds_ratio_interval(t, level(0.9), OddsRatioInterval::kConditionalExact).value();
    EXPECT_EQ(interval.low() > 1.0, fisher_exact(t).p_greater < 0.05) << x;
    EXPECT_EQ(interval.high() < 1.0, fisher_exact(t).p_less < 0.05) << x;
  }
}

TEST(OddsRatio, EmptyCellsAndMargins) {
  const auto zero = table(5, 50, 0, 40);
  EXPECT_EQ(odds_ratio(zero).value(), 0.0);
  EXPECT_EQ(odds_ratio_interval(zero, level(0.95)).value().low(), 0.0);
  EXPECT_EQ(odds_ratio_interval(zero, level(0.95), OddsRatioInterval::kWoolf).error().code,
            ErrorCode::kInsufficientData);
  for (const OddsRatioInterval method : kOddsMethods) {
    EXPECT_EQ(odds_ratio_interval(table(0, 5, 0, 9), level(0.95), method).error().code, ErrorCode::kInsufficientData);
  }
  EXPECT_EQ(odds_ratio(table(0, 5, 0, 9)).error().code, ErrorCode::kInsufficientData);
  const auto huge = table(3, 4'000'000'000, 14, 4'000'000'000);
  EXPECT_EQ(odds_ratio_interval(huge, level(0.95), OddsRatioInterval::kConditionalExact).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_GT(odds_ratio_interval(huge, level(0.95)).value().low(), 1.0);
}

FollowUp arm(const Counts& events, const Counts& censored, const Counts& competing = {}) {
  return FollowUp::make(events, censored, competing).value();
}

// Without censoring the area is the mean of min(T, horizon) and its variance that of a mean.
TEST(FollowUp, WithoutCensoringItIsTheMeanOfTheTimes) {
  const FollowUp all = arm({3, 5, 0, 7, 2, 13}, {});
  const std::vector<std::int64_t> events{3, 5, 0, 7, 2, 13};
  constexpr std::int64_t kHorizon = 4;
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t d = 0; d < events.size(); ++d) {
    const double t = std::min<double>(static_cast<double>(d), kHorizon);
    sum += static_cast<double>(events[d]) * t;
    squares += static_cast<double>(events[d]) * t * t;
  }
  const double mean = sum / 30.0;
  const RestrictedMean result = restricted_mean(all, kHorizon).value();
  EXPECT_NEAR(result.mean, mean, 1e-12);
  EXPECT_NEAR(result.variance, (squares / 30.0 - mean * mean) / 30.0, 1e-12);
}

TEST(FollowUp, WithoutCensoringIncidenceIsBinomial) {
  const auto result = cumulative_incidence(arm({4, 6, 2}, {0, 0, 0, 58}, {10, 5, 15}), 2, level(0.95)).value();
  EXPECT_NEAR(result.event.value, 0.12, 1e-15);
  EXPECT_NEAR(result.event.variance, 0.12 * 0.88 / 100.0, 1e-15);
  EXPECT_NEAR(result.competing.value, 0.30, 1e-15);
  EXPECT_NEAR(result.event.value + result.competing.value + result.event_free, 1.0, 1e-15);
}

TEST(FollowUp, MergingIsCountingTogetherAndSwappingFlips) {
  FollowUp a = arm({2, 1, 4}, {1, 0, 30});
  const FollowUp b = arm({1, 0, 2, 3}, {0, 5, 1, 20});
  const FollowUp both = arm({3, 1, 6, 3}, {1, 5, 31, 20});
  const auto there = restricted_mean_test(a, b, 3, level(0.95)).value();
  const auto back = restricted_mean_test(b, a, 3, level(0.95)).value();
  EXPECT_DOUBLE_EQ(there.test.z, -back.test.z);
  EXPECT_TRUE(there.interval.contains(there.test.estimate));
  ASSERT_TRUE(a.merge(b));
  EXPECT_EQ(a, both);
}

TEST(FollowUp, RefusesAHorizonNobodyReached) {
  const FollowUp young = arm({1, 0, 1}, {0, 3, 5});
  EXPECT_TRUE(restricted_mean(young, 3).has_value());
  EXPECT_EQ(restricted_mean(young, 4).error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(cumulative_incidence(young, 3, level(0.95)).error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(restricted_mean(young, 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(restricted_mean(FollowUp(), 1).error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(FollowUp::make(Counts{-1}, Counts{}).error().code, ErrorCode::kInvalidArgument);
  const FollowUp quiet = arm({}, {0, 0, 9});
  EXPECT_EQ(restricted_mean_test(quiet, quiet, 2, level(0.95)).error().code, ErrorCode::kInsufficientData);
}

TEST(Interaction, IsTheDifferenceOfDifferences) {
  const SegmentArms a{{0.10, 1e-4, 900.0}, {0.12, 2e-4, 800.0}};
  const SegmentArms b{{0.20, 3e-4, 700.0}, {0.26, 1e-4, 600.0}};
  const auto there = interaction_test(a, b, level(0.95)).value();
  const auto back = interaction_test(b, a, level(0.95)).value();
  EXPECT_NEAR(there.test.estimate, 0.04, 1e-15);
  EXPECT_NEAR(there.test.se, std::sqrt(7e-4), 1e-15);
  EXPECT_DOUBLE_EQ(there.test.z, -back.test.z);
  const SegmentArms still{{0.0, 0.0, 9.0}, {1.0, 0.0, 9.0}};
  EXPECT_EQ(interaction_test(still, still, level(0.95)).error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(interaction_test({{NAN, 0.0, 9.0}, a.treatment}, b, level(0.95)).error().code, ErrorCode::kInvalidArgument);
}

std::vector<ClusteredValue> sample(Random& random, int clusters, double shift) {
  std::normal_distribution<double> normal;
  std::vector<ClusteredValue> rows;
  for (int g = 0; g < clusters; ++g) {
    const double centre = shift + normal(random);
    for (int i = 0; i < 1 + g % 4; ++i) rows.push_back({centre + normal(random), g});
  }
  return rows;
}

TEST(Clustered, BootstrapIsRepeatableAndBlindToOrderAndLabels) {
  Random random(7);
  const auto c = sample(random, 20, 0.0);
  auto t = sample(random, 25, 0.5);
  const auto first = clustered_quantile_difference(c, t, level(0.5), level(0.95), {3, 400}).value();
  std::reverse(t.begin(), t.end());
  for (ClusteredValue& row : t) row.cluster = row.cluster * 10 + 5;
  const auto second = clustered_quantile_difference(c, t, level(0.5), level(0.95), {3, 400}).value();
  EXPECT_EQ(first.interval, second.interval);
  EXPECT_TRUE(first.interval.contains(first.difference));
  for (ClusteredValue& row : t) row.value += 10.0;
  const auto shifted = clustered_quantile_difference(c, t, level(0.5), level(0.95), {3, 400}).value();
  EXPECT_NEAR(shifted.interval.low(), first.interval.low() + 10.0, 1e-12);
}

TEST(Clustered, BootstrapRefuses) {
  Random random(8);
  const auto few = sample(random, 9, 0.0);
  const auto enough = sample(random, 10, 0.0);
  EXPECT_EQ(clustered_quantile_difference(few, enough, level(0.5), level(0.9), {}).error().code,
            ErrorCode::kInsufficientData);
  EXPECT_EQ(clustered_quantile_difference(enough, enough, level(0.5), level(0.9), {1, 100}).error().where,
            "replicates");
}

// With denominators of 1 the ratio is a mean, and its error differs from the sandwich's by its small-sample factor
// only.
TEST(Clustered, RatioOfUnitsIsTheClusterTest) {
  Random random(9);
  std::vector<ClusteredRatio> rows;
  ClusterMoments moments[2];
  for (int g = 0; g < 40; ++g) {
    std::normal_distribution<double> normal(g % 2, 1.0);
    double total = 0.0;
    for (int i = 0; i < 1 + g % 3; ++i) {
      rows.push_back({normal(random), 1.0, g % 2 == 1, g});
      total += rows.back().numerator;
    }
    moments[g % 2].add(1.0 + g % 3, total);
  }
  const ClusterSums sums = cluster_sums(rows).value();
  const auto ratio = ratio_metric_test(sums.control, sums.treatment, level(0.95)).value();
  const auto test = cluster_test(moments[0], moments[1], level(0.95)).value();
  EXPECT_NEAR(ratio.difference, test.difference, 1e-12);
  EXPECT_NEAR(ratio.se, test.se_cr0 * std::sqrt(20.0 / 19.0), 1e-12);
  rows[0].treated = !rows[0].treated;
  rows.push_back(rows[0]);
  rows.back().treated = !rows[0].treated;
  EXPECT_EQ(cluster_sums(rows).error().where, "cluster");
}

}  // namespace
}  // namespace tactful::stats
