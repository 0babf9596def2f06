#include "random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tactful/stats/single_proportion.hpp"

namespace tactful::simulation {
namespace {

// The engine and the transforms are portable: these values hold on every machine.
TEST(Random, IsTheSameEverywhere) {
  Random random(5489);
  EXPECT_EQ(random.bits(), 14514284786278117030ULL);
  EXPECT_EQ(random.uniform(), static_cast<double>(4620546740167642908ULL >> 11) * 0x1.0p-53);
}

TEST(Random, UniformAndBelowStayInRange) {
  Random random(1);
  std::vector<int> seen(7);
  for (int i = 0; i < 70'000; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++seen[random.below(seen.size())];
  }
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 6 * 93);  // six standard deviations
}

TEST(Random, TruncatedExponentialFollowsItsDistribution) {
  Random random(2);
  constexpr double kMean = 60.0;
  constexpr double kLimit = 168.0;
  constexpr int kDraws = 100'000;
  int under_day = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.truncated_exponential(kMean, kLimit);
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, kLimit);
    under_day += x < 24.0 ? 1 : 0;
  }
  const double expected = std::expm1(-24.0 / kMean) / std::expm1(-kLimit / kMean);
  EXPECT_NEAR(under_day / static_cast<double>(kDraws), expected, 6 * std::sqrt(expected * (1 - expected) / kDraws));
}

// Pearson's chi square of draws against the binomial's own probabilities, cells of at least 20 expected draws.
void expect_binomial(std::int64_t n, double p, std::uint64_t seed) {
  constexpr int kDraws = 40'000;
  Random random(seed);
  std::vector<double> seen(static_cast<std::size_t>(n) + 1);
  for (int i = 0; i < kDraws; ++i) {
    const std::int64_t k = random.binomial(n, p);
    ASSERT_GE(k, 0);
    ASSERT_LE(k, n);
    seen[static_cast<std::size_t>(k)] += 1.0;
  }
  double statistic = 0.0;
  double cell_seen = 0.0;
  double cell_expected = 0.0;
  int cells = 0;
  for (std::int64_t k = 0; k <= n; ++k) {
    cell_seen += seen[static_cast<std::size_t>(k)];
    cell_expected += kDraws * std::exp(stats::log_binomial_probability(k, n, p));
    if (cell_expected < 20.0 && k < n) continue;
    if (cell_expected > 0.0)
      statistic += (cell_seen - cell_expected) * (cell_seen - cell_expected) / std::max(cell_expected, 1.0);
    cell_seen = cell_expected = 0.0;
    ++cells;
  }
  const double freedom = cells - 1;
  EXPECT_LT(statistic, freedom + 6.0 * std::sqrt(2.0 * freedom) + 10.0) << "n " << n << " p " << p;
}

TEST(Random, BinomialFollowsItsDistribution) {
  expect_binomial(5, 0.3, 11);        // inversion
  expect_binomial(3'000, 0.003, 12);  // inversion, rare
  expect_binomial(40, 0.9, 13);       // mirrored
  expect_binomial(100, 0.12, 14);     // rejection, small
  expect_binomial(1'000, 0.3, 15);    // rejection
  expect_binomial(9'000, 0.06, 16);   // rejection, large
}

TEST(Random, BinomialAtTheEdges) {
  Random random(3);
  EXPECT_EQ(random.binomial(0, 0.5), 0);
  EXPECT_EQ(random.binomial(10, 0.0), 0);
  EXPECT_EQ(random.binomial(10, 1.0), 10);
  EXPECT_EQ(random.binomial(1'000'000'000, 1e-15), 0);
}

}  // namespace
}  // namespace tactful::simulation
