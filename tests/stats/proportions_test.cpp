// Laws of the comparisons of two proportions.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tactful/stats/normal.hpp"
#include "tactful/stats/proportion_ratio.hpp"
#include "tactful/stats/single_proportion.hpp"
#include "tactful/stats/strata.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::stats {
namespace {

ProportionPair table(std::int64_t x_c, std::int64_t n_c, std::int64_t x_t, std::int64_t n_t) {
  return make_pair_of_counts(x_c, n_c, x_t, n_t).value();
}

Level level(double value) { return Level::make(value).value(); }

// Tables of every temper: tiny, rare at huge n, near one, full and empty cells.
std::vector<ProportionPair> tables() {
  std::vector<ProportionPair> all{table(3, 40'000, 11, 40'000),
                                  table(3, 1'000'000'000, 11, 1'000'000'000),
                                  table(0, 40'000, 5, 40'000),
                                  table(0, 1, 1, 1),
                                  table(1, 1, 0, 1),
                                  table(5, 10, 10, 10),
                                  table(999'999, 1'000'000, 999'990, 1'000'000),
                                  table(300, 1'000, 30'500, 100'000),
                                  table(0, 7, 0, 900)};
  std::mt19937_64 random(20240607);
  for (int i = 0; i < 120; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 9'000) / 1'000.0);
    const auto n_c = static_cast<std::int64_t>(1.0 + scale);
    const auto n_t = static_cast<std::int64_t>(1.0 + scale * (0.1 + static_cast<double>(random() % 30) / 10.0));
    const double p = std::pow(10.0, -static_cast<double>(random() % 5'000) / 1'000.0);
    const auto draw = [&](std::int64_t n) {
      std::binomial_distribution<std::int64_t> binomial(n, random() % 2 == 0 ? p : 1.0 - p);
      return binomial(random);
    };
    all.push_back(table(draw(n_c), n_c, draw(n_t), n_t));
  }
  return all;
}

TEST(DifferenceInterval, ContainsTheEstimateAndStaysInside) {
  for (const ProportionPair& arms : tables()) {
    for (const auto method :
         {DifferenceInterval::kMiettinenNurminen, DifferenceInterval::kMee, DifferenceInterval::kNewcombe}) {
      const Estimate estimate = difference_interval(arms, level(0.95), method);
      EXPECT_TRUE(estimate.interval.contains(estimate.value));
      EXPECT_GE(estimate.interval.low(), -1.0 - 1e-15);
      EXPECT_LE(estimate.interval.high(), 1.0 + 1e-15);
    }
  }
}

TEST(DifferenceInterval, IsDualToTheScoreTest) {
  for (const ProportionPair& arms : tables()) {
    const Interval interval = difference_interval(arms, level(0.9)).interval;
    if (interval.low() > -1.0) {
      const auto test = score_test_difference(arms, interval.low());
      if (test) {
        EXPECT_NEAR(test->p.greater, 0.05, 1e-6) << arms.control.successes() << "/" << arms.control.trials();
      }
    }
    if (interval.high() < 1.0) {
      const auto test = score_test_difference(arms, interval.high());
      if (test) {
        EXPECT_NEAR(test->p.less, 0.05, 1e-6) << arms.treatment.successes() << "/" << arms.treatment.trials();
      }
    }
  }
}

TEST(DifferenceInterval, SwappingArmsOrOutcomesFlipsTheSign) {
  for (const ProportionPair& arms : tables()) {
    const Interval interval = difference_interval(arms, level(0.95)).interval;
    const double scale = interval.width();
    for (const ProportionPair& other : {ProportionPair{arms.treatment, arms.control},
                                        ProportionPair{arms.control.inverted(), arms.treatment.inverted()}}) {
      const Interval flipped = difference_interval(other, level(0.95)).interval;
      EXPECT_NEAR(flipped.low(), -interval.high(), 1e-8 * scale);
      EXPECT_NEAR(flipped.high(), -interval.low(), 1e-8 * scale);
    }
  }
}

TEST(DifferenceInterval, NarrowsWithMoreUnitsAndLessConfidence) {
  double before = 3.0;
  for (std::int64_t k = 1; k <= 1'000'000; k *= 10) {
    const Interval interval = difference_interval(table(k, 10 * k, 2 * k, 10 * k), level(0.95)).interval;
    EXPECT_LT(interval.width(), before);
    EXPECT_LT(difference_interval(table(k, 10 * k, 2 * k, 10 * k), level(0.8)).interval.width(), interval.width());
    before = interval.width();
  }
}

TEST(ScoreTest, SatisfiesTheScoreEquation) {
  for (const ProportionPair& arms : tables()) {
    for (const double null : {-0.3, -1e-8, 1e-8, 0.02, 0.9}) {
      const ConstrainedProportions p = constrained_by_difference(arms, null);
      ASSERT_NEAR(p.treatment - p.control, null, 1e-12);
      ASSERT_GE(p.control, 0.0);
      ASSERT_LE(p.treatment, 1.0 + 1e-15);
      const auto likelihood = [&](double control) -> double {
        const auto part = [](double x, double q) { return x == 0.0 ? 0.0 : x * std::log(q); };
        const double treatment = control + null;
        if (control < 0.0 || control > 1.0 || treatment < 0.0 || treatment > 1.0)
          return -std::numeric_limits<double>::infinity();
        const auto d = [](std::int64_t value) { return static_cast<double>(value); };
        return part(d(arms.control.successes()), control) + part(d(arms.control.failures()), 1.0 - control) +
               part(d(arms.treatment.successes()), treatment) + part(d(arms.treatment.failures()), 1.0 - treatment);
      };
      const double best = likelihood(p.control);
      const double room = 1e-6 * std::abs(best) * 1e-6 + 1e-6;
      for (const double step : {0.999, 1.001}) EXPECT_LE(likelihood(p.control * step), best + room);
    }
  }
}

TEST(ScoreTest, RefusesAnImpossibleNull) {
  const auto test = score_test_difference(table(1, 10, 2, 10), 1.0);
  ASSERT_FALSE(test.has_value());
  EXPECT_EQ(test.error().code, ErrorCode::kInvalidArgument);
  const auto none = score_test_difference(table(0, 10, 0, 10), 0.0);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kInsufficientData);
}

TEST(RatioInterval, IsDualToTheScoreTestAndInvertsWithTheArms) {
  for (const ProportionPair& arms : tables()) {
    const auto interval = ratio_interval(arms, level(0.9));
    ASSERT_TRUE(interval.has_value());
    if (interval->low() > 0.0) {
      const auto test = score_test_ratio(arms, interval->low());
      if (test) {
        EXPECT_NEAR(test->p.greater, 0.05, 1e-6);
      }
    }
    if (std::isfinite(interval->high())) {
      const auto test = score_test_ratio(arms, interval->high());
      if (test) {
        EXPECT_NEAR(test->p.less, 0.05, 1e-6);
      }
    }
    const auto inverse = ratio_interval({arms.treatment, arms.control}, level(0.9));
    if (interval->low() > 0.0 && std::isfinite(inverse->high())) {
      EXPECT_NEAR(inverse->high() * interval->low(), 1.0, 1e-8);
    }
  }
}

TEST(Stratified, OneStratumIsThePlainTest) {
  for (const ProportionPair& arms : tables()) {
    const StratumCounts stratum{arms.control.successes(), arms.control.trials(), arms.treatment.successes(),
                                arms.treatment.trials()};
    const auto plain = score_test_difference(arms, 0.01);
    const auto stratified = stratified_score_test(std::span(&stratum, 1), 0.01);
    ASSERT_EQ(plain.has_value(), stratified.has_value());
    if (plain) {
      EXPECT_NEAR(stratified->z, plain->z, 1e-9 * std::abs(plain->z) + 1e-12);
    }
    const auto interval = stratified_difference(std::span(&stratum, 1), level(0.9));
    const Estimate expected = difference_interval(arms, level(0.9));
    ASSERT_TRUE(interval.has_value());
    EXPECT_NEAR(interval->interval.low(), expected.interval.low(), 1e-8 * expected.interval.width());
    EXPECT_NEAR(interval->interval.high(), expected.interval.high(), 1e-8 * expected.interval.width());
  }
}

TEST(Stratified, IntervalIsDualAndEmptyArmsAreSkipped) {
  const std::vector<StratumCounts> strata{{20, 1'000, 30, 900}, {5, 100, 2, 400}, {0, 0, 4, 50}, {1, 9, 0, 3}};
  const auto interval = stratified_difference(strata, level(0.9));
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(stratified_score_test(strata, interval->interval.low())->p.greater, 0.05, 1e-9);
  EXPECT_NEAR(stratified_score_test(strata, interval->interval.high())->p.less, 0.05, 1e-9);
  const std::vector<StratumCounts> empty{{0, 0, 4, 50}};
  ASSERT_FALSE(stratified_difference(empty, level(0.9)).has_value());
}

TEST(SingleProportion, EndsAreExactAndIntervalsContainTheRate) {
  for (const std::int64_t n : {1, 7, 1'000, 1'000'000'000}) {
    for (const std::int64_t x : {std::int64_t{0}, std::int64_t{1}, n / 2, n}) {
      if (x > n) continue;
      const auto count = BinomialCount::make(x, n).value();
      for (const auto method :
           {ProportionInterval::kWilson, ProportionInterval::kWilsonCorrected, ProportionInterval::kClopperPearson}) {
        const Interval interval = proportion_interval(count, level(0.95), method);
        EXPECT_TRUE(interval.contains(count.rate()));
        if (x == 0) {
          EXPECT_EQ(interval.low(), 0.0);
        }
        if (x == n) {
          EXPECT_EQ(interval.high(), 1.0);
        }
      }
    }
  }
}

TEST(Normal, TailsKeepRelativeAccuracy) {
  EXPECT_NEAR(normal_upper_tail(30.0) / 4.906713927148187e-198, 1.0, 1e-12);
  EXPECT_NEAR(normal_upper_quantile(1e-300), 37.0471, 1e-4);
  for (double z = -8.0; z < 37.0; z += 0.37) {
    const double p = normal_upper_tail(z);
    if (z > -6.0) {
      EXPECT_NEAR(normal_upper_quantile(p), z, 1e-9);
    }
    EXPECT_NEAR(log_normal_upper_tail(z), std::log(p), 1e-11 * std::abs(std::log(p)) + 1e-15);
  }
  EXPECT_NEAR(log_normal_upper_tail(100.0), -5005.524208694205, 1e-9);
  // Student t with one degree of freedom is Cauchy; far out its tail is df^(df/2) / (t^df ...).
  EXPECT_NEAR(student_t_upper_tail(1e6, 1.0) * 1e6 * 3.14159265358979, 1.0, 1e-9);
  EXPECT_NEAR(student_t_upper_tail(1e120, 1.0) * 1e120 * 3.14159265358979, 1.0, 1e-9);
  EXPECT_NEAR(student_t_upper_tail(2.5, 1e20), normal_upper_tail(2.5), 1e-15);
}

}  // namespace
}  // namespace tactful::stats
