// Means, paired values, quantiles and clusters.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tactful/stats/cluster.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/paired_moments.hpp"
#include "tactful/stats/quantiles.hpp"

namespace tactful::stats {
namespace {

Level level(double value) { return Level::make(value).value(); }

std::vector<double> sample(std::size_t n, double offset, double sd, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0.0, sd);
  std::vector<double> values(n);
  for (double& value : values) value = offset + normal(random);
  return values;
}

// 1e9 +- 1: 2^30 apart from exact values that a sum of squares would lose entirely.
TEST(Moments, KeepTheVarianceAtALargeOffset) {
  std::vector<double> values;
  Moments added;
  for (int i = 0; i < 3'000; ++i) {
    values.push_back(1e9 + static_cast<double>(i % 3 - 1));
    added.add(values.back());
  }
  const double exact = 2'000.0 / 2'999.0;
  EXPECT_NEAR(Moments::of(values).variance(), exact, 1e-12);
  EXPECT_NEAR(added.variance(), exact, 1e-7);
  Moments merged;
  for (std::size_t i = 0; i < values.size(); i += 100) {
    merged.merge(Moments::of(std::span(values).subspan(i, 100)));
  }
  EXPECT_NEAR(merged.variance(), exact, 1e-7);
  EXPECT_DOUBLE_EQ(merged.mean(), 1e9);
}

TEST(Moments, MergeIsAssociativeAndCommutative) {
  const Moments a = Moments::of(sample(50, 3.0, 1.0, 1));
  const Moments b = Moments::of(sample(7, -100.0, 4.0, 2));
  const Moments c = Moments::of(sample(1'000, 1e6, 0.1, 3));
  Moments left = a;
  left.merge(b);
  left.merge(c);
  Moments right = c;
  Moments tail = b;
  tail.merge(a);
  right.merge(tail);
  EXPECT_EQ(left.count(), right.count());
  EXPECT_NEAR(left.mean(), right.mean(), 1e-12 * std::abs(right.mean()));
  EXPECT_NEAR(left.variance(), right.variance(), 1e-12 * right.variance());
  Moments empty;
  empty.merge(a);
  EXPECT_EQ(empty, a);
}

TEST(Moments, ExactSumsLoseNothing) {
  // One conversion in a billion units, in minor units of money at that.
  const auto moments = Moments::from_sums(1'000'000'000, 100, 10'000);
  ASSERT_TRUE(moments.has_value());
  EXPECT_NEAR(moments->variance(), (10'000.0 - 1e-5) / 999'999'999.0, 1e-20);
  EXPECT_FALSE(Moments::from_sums(2, 10, 1).has_value());
  EXPECT_FALSE(Moments::from_summary(5, 1.0, -1.0).has_value());
}

TEST(Welch, SwappingArmsFlipsTheSign) {
  const Moments c = Moments::of(sample(30, 5.0, 1.0, 4));
  const Moments t = Moments::of(sample(80, 5.5, 2.0, 5));
  const auto test = welch_test(c, t, level(0.95));
  const auto swapped = welch_test(t, c, level(0.95));
  ASSERT_TRUE(test.has_value() && swapped.has_value());
  EXPECT_DOUBLE_EQ(test->t, -swapped->t);
  EXPECT_DOUBLE_EQ(test->p.greater, swapped->p.less);
  EXPECT_DOUBLE_EQ(test->interval.low(), -swapped->interval.high());
  // The one-sided test and the interval agree.
  const auto at_low = welch_test(c, t, level(0.9), welch_test(c, t, level(0.9))->interval.low());
  EXPECT_NEAR(at_low->p.greater, 0.05, 1e-12);
  EXPECT_NEAR(welch_test(c, t, level(0.95), test->lower_one_sided)->p.greater, 0.05, 1e-12);
}

TEST(Welch, WithoutVarianceThereIsNoAnswer) {
  const Moments constant = Moments::of(std::vector<double>(5, 2.0));
  const auto test = welch_test(constant, constant, level(0.95));
  ASSERT_FALSE(test.has_value());
  EXPECT_EQ(test.error().code, ErrorCode::kInsufficientData);
  EXPECT_FALSE(welch_test(Moments::of(std::vector<double>{1.0}), constant, level(0.95)).has_value());
}

TEST(RelativeLift, FiellerContainsTheLiftAndOpensUp) {
  const Moments c = Moments::of(sample(400, 1.0, 3.0, 6));
  const Moments t = Moments::of(sample(400, 1.2, 3.0, 7));
  const auto lift = relative_lift(c, t, level(0.95));
  const auto set = fieller_set(c, t, level(0.95));
  ASSERT_TRUE(lift.has_value() && set.has_value());
  EXPECT_EQ(set->shape, FiellerSet::Shape::kBounded);
  EXPECT_LT(set->low, lift->lift);
  EXPECT_GT(set->high, lift->lift);
  const auto wide = fieller_set(c, t, level(0.99999999999999));
  EXPECT_NE(wide->shape, FiellerSet::Shape::kBounded);
  EXPECT_GT(wide->g, 1.0);
}

TEST(Cuped, PaysOffWithCorrelationAndKeepsTheEffect) {
  std::mt19937_64 random(8);
  std::normal_distribution<double> normal;
  PairedMoments c;
  PairedMoments t;
  for (int i = 0; i < 4'000; ++i) {
    const double before = normal(random);
    (i % 2 == 0 ? c : t).add(before, before + 0.5 * normal(random) + (i % 2 == 0 ? 0.0 : 0.3));
  }
  const auto test = cuped_test(c, t, level(0.95));
  ASSERT_TRUE(test.has_value());
  EXPECT_NEAR(test->theta, 1.0, 0.05);
  EXPECT_LT(test->variance_ratio, 0.25);
  EXPECT_TRUE(test->test.interval.contains(0.3));
  // A covariate that is constant changes nothing.
  const std::vector<double> flat(10, 1.0);
  const auto y = sample(10, 0.0, 1.0, 9);
  const auto same =
      cuped_test(PairedMoments::of(flat, y), PairedMoments::of(flat, sample(10, 0.0, 1.0, 10)), level(0.9));
  EXPECT_EQ(same->theta, 0.0);
  EXPECT_DOUBLE_EQ(same->variance_ratio, 1.0);
}

TEST(RatioMetric, NeedsADenominator) {
  const std::vector<double> zero(3, 0.0);
  const auto test = ratio_metric(PairedMoments::of(zero, sample(3, 1.0, 1.0, 11)));
  ASSERT_FALSE(test.has_value());
  EXPECT_EQ(test.error().code, ErrorCode::kInsufficientData);
}

TEST(Quantiles, ShiftMovesEverything) {
  const auto c = sample(101, 10.0, 2.0, 12);
  std::vector<double> t = c;
  for (double& value : t) value += 3.0;
  const auto result = quantile_difference(c, t, level(0.5), level(0.95));
  ASSERT_TRUE(result.has_value());
  EXPECT_NEAR(result->difference, 3.0, 1e-12);
  EXPECT_GE(result->control.coverage, 0.95);
  EXPECT_TRUE(result->interval_mover.contains(3.0));
  EXPECT_FALSE(quantile_difference({}, t, level(0.5), level(0.95)).has_value());
}

// Gerber, Green & Larimer 2008 (American Political Science Review 102:33), randomised by household: sums over the
// households of each arm of the public replication data. Expected figures by cluster-robust OLS over the 229,444 and
// 76,422 people (statsmodels).
ClusterMoments ggl(std::int64_t households, std::int64_t people, std::int64_t voted, std::int64_t people2,
                   std::int64_t voted2, std::int64_t product) {
  return ClusterMoments::from_sums({households, people, voted, people2, voted2, product}).value();
}

TEST(Cluster, ReproducesAPublishedHouseholdTrial) {
  const ClusterMoments control = ggl(99'999, 191'243, 56'730, 417'611, 97'646, 120'807);
  const ClusterMoments neighbors = ggl(20'000, 38'201, 14'438, 83'575, 25'296, 30'650);
  const auto test = cluster_test(control, neighbors, level(0.95));
  ASSERT_TRUE(test.has_value());
  EXPECT_NEAR(test->difference, 0.0813099129205131, 1e-15);
  EXPECT_NEAR(test->se_cr0 / 0.0033695260382867118, 1.0, 1e-11);
  EXPECT_NEAR(test->se_cr1_stata / 0.0033695474210769303, 1.0, 1e-11);
  EXPECT_NEAR(test->p.two_sided / 2.4070953215770137e-128, 1.0, 1e-7);
  EXPECT_NEAR(test->interval.low(), 0.07471, 5e-6);
  EXPECT_NEAR(test->interval.high(), 0.08791, 5e-6);
  const ClusterMoments civic = ggl(20'001, 38'218, 12'021, 83'664, 20'479, 25'371);
  const ClusterMoments hawthorne = ggl(20'002, 38'204, 12'316, 83'290, 21'204, 26'168);
  const auto close = cluster_test(civic, hawthorne, level(0.95));
  EXPECT_NEAR(close->p.two_sided, 0.0622, 5e-5);
}

TEST(Cluster, SumsRowsAndIncrementsAgree) {
  std::mt19937_64 random(13);
  std::vector<ClusterRow> rows;
  ClusterMoments added[2];
  ClusterMoments::Sums sums[2];
  for (std::int64_t cluster = 0; cluster < 60; ++cluster) {
    const int arm = static_cast<int>(cluster % 2);
    const auto size = static_cast<std::int64_t>(1 + random() % 5);
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      const auto outcome = static_cast<std::int64_t>(random() % 2);
      total += outcome;
      rows.push_back({static_cast<double>(outcome), arm == 1, cluster});
    }
    added[arm].add(static_cast<double>(size), static_cast<double>(total));
    sums[arm].clusters += 1;
    sums[arm].size += size;
    sums[arm].total += total;
    sums[arm].size_squared += size * size;
    sums[arm].total_squared += total * total;
    sums[arm].product += size * total;
  }
  const auto by_rows = cluster_test(rows, level(0.95));
  const auto by_moments = cluster_test(added[0], added[1], level(0.95));
  const auto by_sums =
      cluster_test(ClusterMoments::from_sums(sums[0]).value(), ClusterMoments::from_sums(sums[1]).value(), level(0.95));
  ASSERT_TRUE(by_rows && by_moments && by_sums);
  for (const auto* other : {&*by_moments, &*by_sums}) {
    EXPECT_NEAR(other->difference, by_rows->difference, 1e-14);
    EXPECT_NEAR(other->se, by_rows->se, 1e-13);
    EXPECT_NEAR(other->p.two_sided, by_rows->p.two_sided, 1e-11);
    EXPECT_EQ(other->clusters, 60);
  }
}

TEST(Cluster, MergeIsAssociativeAndLargeOffsetsCancelNothing) {
  std::mt19937_64 random(14);
  std::normal_distribution<double> normal;
  ClusterMoments parts[3];
  ClusterMoments all;
  ClusterMoments shifted;
  for (int i = 0; i < 300; ++i) {
    const double size = 1.0 + static_cast<double>(random() % 6);
    const double total = normal(random) * size;
    parts[i % 3].add(size, total);
    all.add(size, total);
    shifted.add(size, total + 1e9 * size);
  }
  ClusterMoments left = parts[0];
  left.merge(parts[1]);
  left.merge(parts[2]);
  ClusterMoments right = parts[2];
  ClusterMoments inner = parts[1];
  inner.merge(parts[0]);
  right.merge(inner);
  EXPECT_NEAR(left.residual_sum_of_squares() / all.residual_sum_of_squares(), 1.0, 1e-12);
  EXPECT_NEAR(right.residual_sum_of_squares() / all.residual_sum_of_squares(), 1.0, 1e-12);
  EXPECT_NEAR(left.mean(), right.mean(), 1e-14);
  EXPECT_NEAR(shifted.residual_sum_of_squares() / all.residual_sum_of_squares(), 1.0, 1e-6);
  EXPECT_NEAR(shifted.mean() - 1e9, all.mean(), 1e-6);
}

TEST(Cluster, RefusesImpossibleSumsAndTooFewClusters) {
  EXPECT_FALSE(ClusterMoments::from_sums({10, 5, 1, 100, 10, 10}).has_value());
  EXPECT_FALSE(ClusterMoments::from_sums({2, 10, 1, 10, 10, 10}).has_value());
  ClusterMoments one;
  one.add(3.0, 1.0);
  const auto test = cluster_test(one, one, level(0.95));
  ASSERT_FALSE(test.has_value());
  EXPECT_EQ(test.error().code, ErrorCode::kInsufficientData);
}

}  // namespace
}  // namespace tactful::stats
