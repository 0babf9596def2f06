#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tactful/tally/tally.hpp"

namespace tactful {
namespace {

TEST(PreciseSum, keeps_what_a_double_loses) {
  PreciseSum sum;
  sum.add(1e16);
  for (int i = 0; i < 10; ++i) sum.add(0.1);
  sum.add(-1e16);
  EXPECT_NEAR(sum.value(), 1.0, 1e-15);
}

TEST(PreciseSum, adds_exact_products) {
  PreciseSum sum;
  sum.add_product(1e9 + 1, 1e9 + 1);
  sum.add(-1e18);
  EXPECT_EQ(sum.value(), 2e9 + 1);
}

TEST(PreciseSum, merges_in_any_order) {
  std::mt19937_64 random(20260514);
  std::vector<double> values;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 60) - 60) *
                     (i % 2 ? 1 : -1));
  }
  PreciseSum forward;
  for (const double value : values) forward.add(value);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(values.begin(), values.end(), random);
    PreciseSum parts[7], all;
    for (std::size_t i = 0; i < values.size(); ++i) parts[i % 7].add(values[i]);
    for (const PreciseSum& part : parts) all.merge(part);
    EXPECT_NEAR(all.value(), forward.value(), 1e-15 * std::abs(forward.value()));
  }
}

TEST(UnitSums, keeps_the_variance_of_values_far_from_zero) {
  UnitSums sums;
  for (const double value : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) sums.add(value);
  PreciseSum centred = sums.squares;
  const double mean = sums.sum.value() / 4;
  centred.add_product(-mean, sums.sum.value());
  EXPECT_EQ(sums.units, 4);
  EXPECT_DOUBLE_EQ(centred.value() / 3, 30.0);
}

TEST(ClusterSums, adds_and_merges) {
  ClusterSums a, b, both;
  a.add(2, 1), both.add(2, 1);
  b.add(3, 2), both.add(3, 2);
  a.merge(b);
  EXPECT_EQ(a, both);
  EXPECT_EQ(a.clusters, 2);
  EXPECT_EQ(a.size_total.value(), 8);
  EXPECT_EQ(a.size_squares.value(), 13);
}

}  // namespace
}  // namespace tactful
