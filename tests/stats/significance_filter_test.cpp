#include "tactful/stats/significance_filter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

constexpr double kBound = 1.96;

TEST(SignificanceFilter, FarPastTheBoundNothingIsTakenOff) {
  const auto far = significance_filtered(9.0, kBound, 0.01, kBound);
  ASSERT_TRUE(far);
  EXPECT_NEAR(far->conditional, 0.09, 1e-6);
  EXPECT_EQ(far->conditional, far->hybrid);
}

TEST(SignificanceFilter, SolvesItsEquation) {
  for (const double z : {2.2, 2.6, 3.0, 4.0}) {
    const auto filtered = significance_filtered(z, kBound, 1.0, 50.0);
    ASSERT_TRUE(filtered);
    const double d = filtered->conditional;
    EXPECT_NEAR(normal_upper_tail(z - d) / normal_upper_tail(kBound - d), 0.5, 1e-9);
    EXPECT_LT(d, z);
  }
}

TEST(SignificanceFilter, AtTheBoundTheIntervalEndsTheFall) {
  const auto at = significance_filtered(kBound, kBound, 2.0, kBound);
  ASSERT_TRUE(at);
  EXPECT_LT(at->conditional, -10.0);
  EXPECT_NEAR(at->hybrid, 0.0, 1e-12);
}

TEST(SignificanceFilter, IsBelowTheTruthHalfOfTheTimeAmongTheWinners) {
  std::mt19937_64 engine(7);
  for (const double truth : {0.5, 1.5, 3.0}) {
    std::normal_distribution<double> draw(truth, 1.0);
    int crossed = 0;
    int below = 0;
    double raw = 0.0;
    double hybrid = 0.0;
    while (crossed < 4'000) {
      const double z = draw(engine);
      if (z < kBound) continue;
      ++crossed;
      const auto filtered = significance_filtered(z, kBound, 1.0, kBound);
      ASSERT_TRUE(filtered);
      below += filtered->conditional < truth ? 1 : 0;
      raw += z - truth;
      hybrid += filtered->hybrid - truth;
    }
    EXPECT_NEAR(below / 4'000.0, 0.5, 0.032) << truth;
    EXPECT_LT(hybrid, raw);
    if (truth < 2.0) {
      EXPECT_LT(std::fabs(hybrid), 0.5 * std::fabs(raw)) << truth << ": much less biased than the raw one";
    }
  }
}

TEST(SignificanceFilter, RefusesWhatDidNotCross) {
  EXPECT_FALSE(significance_filtered(1.0, kBound, 1.0, 1.0));
  EXPECT_FALSE(significance_filtered(2.0, kBound, 0.0, 1.0));
  EXPECT_FALSE(significance_filtered(2.0, kBound, 1.0, 0.0));
}

}  // namespace
}  // namespace tactful::stats
