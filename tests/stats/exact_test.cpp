#include "tactful/stats/exact.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tactful/stats/rare_events.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats {
namespace {

ProportionPair table(std::int64_t x_c, std::int64_t n_c, std::int64_t x_t, std::int64_t n_t) {
  return make_pair_of_counts(x_c, n_c, x_t, n_t).value();
}

// Binomial coefficients and sums in whole numbers: the definition itself, for small tables.
__extension__ using Wide = unsigned __int128;

Wide choose(int n, int k) {
  Wide value = 1;
  for (int i = 1; i <= k; ++i) value = value * static_cast<unsigned>(n - k + i) / static_cast<unsigned>(i);
  return value;
}

struct Enumerated {
  double greater = 0.0;
  double less = 0.0;
  double two_sided = 0.0;
};

Enumerated enumerate(int x_c, int n_c, int x_t, int n_t) {
  const int total = x_c + x_t;
  const auto weight = [&](int k) { return choose(n_t, k) * choose(n_c, total - k); };
  Wide all = 0;
  Wide greater = 0;
  Wide less = 0;
  Wide both = 0;
  for (int k = std::max(0, total - n_c); k <= std::min(total, n_t); ++k) {
    all += weight(k);
    if (k >= x_t) greater += weight(k);
    if (k <= x_t) less += weight(k);
    if (weight(k) <= weight(x_t)) both += weight(k);
  }
  const auto ratio = [&](Wide part) { return static_cast<double>(part) / static_cast<double>(all); };
  return {ratio(greater), ratio(less), ratio(both)};
}

TEST(FisherExact, AgreesWithEnumerationOfEverySmallTable) {
  for (int n_c = 1; n_c <= 9; ++n_c) {
    for (int n_t = 1; n_t <= 9; ++n_t) {
      for (int x_c = 0; x_c <= n_c; ++x_c) {
        for (int x_t = 0; x_t <= n_t; ++x_t) {
          const FisherTest test = fisher_exact(table(x_c, n_c, x_t, n_t));
          const Enumerated exact = enumerate(x_c, n_c, x_t, n_t);
          ASSERT_NEAR(test.p_greater, exact.greater, 1e-13) << x_c << "/" << n_c << " " << x_t << "/" << n_t;
          ASSERT_NEAR(test.p_less, exact.less, 1e-13) << x_c << "/" << n_c << " " << x_t << "/" << n_t;
          ASSERT_NEAR(test.p_two_sided, exact.two_sided, 1e-13) << x_c << "/" << n_c << " " << x_t << "/" << n_t;
        }
      }
    }
  }
}

// With arms of one size the mirrored table is as likely as the observed one, so both tails count. Value from exact
// rational arithmetic (Python fractions) over all tables.
TEST(FisherExact, EqualArmsTieExactly) {
  const FisherTest test = fisher_exact(table(100, 5000, 600, 5000));
  EXPECT_NEAR(test.p_two_sided / 1.3750137512435805e-93, 1.0, 1e-9);
  EXPECT_NEAR(test.p_greater / 6.875068756217902e-94, 1.0, 1e-9);
  for (const int n : {5, 9, 20, 31}) {
    for (int x = 0; x < n; ++x) {
      const FisherTest small = fisher_exact(table(x, n, x + 1, n));
      EXPECT_DOUBLE_EQ(small.p_two_sided, small.p_two_sided_doubled);
      EXPECT_NEAR(small.p_two_sided, enumerate(x, n, x + 1, n).two_sided, 1e-12);
    }
  }
}

TEST(FisherExact, TailsShareTheObservedTable) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 500; ++i) {
    const std::int64_t n_c = 1 + static_cast<std::int64_t>(random() % 5'000'000'000ULL);
    const std::int64_t n_t = 1 + static_cast<std::int64_t>(random() % 5'000'000'000ULL);
    const auto x_c =
        static_cast<std::int64_t>(random() % std::min<std::uint64_t>(static_cast<std::uint64_t>(n_c) + 1, 50));
    const auto x_t =
        static_cast<std::int64_t>(random() % std::min<std::uint64_t>(static_cast<std::uint64_t>(n_t) + 1, 50));
    const FisherTest test = fisher_exact(table(x_c, n_c, x_t, n_t));
    EXPECT_NEAR(test.p_greater + test.p_less, 1.0 + test.p_point, 1e-9);
    const FisherTest swapped = fisher_exact(table(x_t, n_t, x_c, n_c));
    EXPECT_NEAR(swapped.p_less, test.p_greater, 1e-9 * test.p_greater + 1e-300);
    EXPECT_LE(test.p_two_sided, 1.0);
    EXPECT_GE(test.p_two_sided, std::min(test.p_greater, test.p_less) * (1.0 - 1e-9));
  }
}

// The published example of Barnard's test whose floating point ties are often dropped; exact value by R's Exact.
TEST(Barnard, KeepsExactTies) {
  const auto test = barnard_exact(table(7, 15, 12, 15));
  ASSERT_TRUE(test.has_value());
  EXPECT_NEAR(test->p.two_sided, 0.0682, 5e-5);
}

TEST(Barnard, IsMoreExtremeThanNothing) {
  const auto none = barnard_exact(table(0, 20, 0, 20));
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->z_defined);
  EXPECT_DOUBLE_EQ(none->p.two_sided, 1.0);
}

TEST(Boschloo, NeverExceedsFisher) {
  for (int x_c = 0; x_c <= 12; ++x_c) {
    for (int x_t = 0; x_t <= 17; ++x_t) {
      const auto pair = table(x_c, 12, x_t, 17);
      const auto test = boschloo_exact(pair);
      const FisherTest fisher = fisher_exact(pair);
      ASSERT_TRUE(test.has_value());
      EXPECT_LE(test->p.greater, fisher.p_greater + 1e-12);
      EXPECT_LE(test->p.less, fisher.p_less + 1e-12);
    }
  }
}

TEST(Unconditional, RefusesWhatItCannotEnumerate) {
  const auto test = barnard_exact(table(1, 15'000, 2, 15'000));
  ASSERT_FALSE(test.has_value());
  EXPECT_EQ(test.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(boschloo_exact(table(1, 15'000, 2, 15'000)).has_value());
}

TEST(Unconditional, OrderOfPowerAtSeveralHundredPerArm) {
  const auto pair = table(30, 400, 45, 420);
  const auto barnard = barnard_exact(pair);
  const auto boschloo = boschloo_exact(pair);
  ASSERT_TRUE(barnard && boschloo);
  EXPECT_LT(boschloo->p.greater, fisher_exact(pair).p_greater);
  EXPECT_LT(barnard->p.greater, fisher_exact(pair).p_greater);
  EXPECT_NEAR(barnard->p.greater, 0.06, 0.02);
}

TEST(RareEvents, OneSidedTestAndIntervalAreDual) {
  for (const std::int64_t control : {0, 3, 18}) {
    for (const std::int64_t treatment : {1, 11, 40}) {
      const EventCounts events{control, treatment, 0.7, 0.3};
      const auto test = compare_event_counts(events, 1.0, Level::make(0.9).value());
      ASSERT_TRUE(test.has_value());
      const auto at_low = compare_event_counts(events, test->interval.low(), Level::make(0.9).value());
      ASSERT_TRUE(at_low.has_value());
      EXPECT_NEAR(at_low->p_greater, 0.05, 1e-9);
      const auto at_mid = compare_event_counts(events, test->midp_interval.low(), Level::make(0.9).value());
      EXPECT_NEAR(at_mid->midp_greater, 0.05, 1e-9);
      if (control > 0) {
        const auto at_high = compare_event_counts(events, test->interval.high(), Level::make(0.9).value());
        EXPECT_NEAR(at_high->p_less, 0.05, 1e-9);
      } else {
        EXPECT_TRUE(std::isinf(test->interval.high()));
      }
      EXPECT_LE(test->interval.low(), test->midp_interval.low());
    }
  }
}

// Seven complaints, all on treatment, at equal weights: 2^-7.
TEST(RareEvents, IsTheBinomial) {
  const auto test = compare_event_counts({0, 7, 1.0, 1.0}, 1.0, Level::make(0.95).value());
  ASSERT_TRUE(test.has_value());
  EXPECT_DOUBLE_EQ(test->p_greater, 1.0 / 128.0);
  EXPECT_DOUBLE_EQ(test->midp_greater, 1.0 / 256.0);
  EXPECT_DOUBLE_EQ(test->p_less, 1.0);
}

TEST(RareEvents, NoEventIsNoAnswer) {
  const auto none = compare_event_counts({0, 0, 1.0, 1.0}, 1.0, Level::make(0.95).value());
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kInsufficientData);
  EXPECT_FALSE(compare_event_counts({1, 1, 0.0, 1.0}, 1.0, Level::make(0.95).value()).has_value());
}

}  // namespace
}  // namespace tactful::stats
