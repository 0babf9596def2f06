// Planned looks, unplanned looks, several arms.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tactful/stats/anytime.hpp"
#include "tactful/stats/dunnett.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/harm_monitor.hpp"
#include "tactful/stats/multiplicity.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/sample_ratio.hpp"

namespace tactful::stats {
namespace {

Level level(double value) { return Level::make(value).value(); }

SequentialPlan plan(std::vector<double> times, double alpha, int sides, Spending::Family family) {
  return {std::move(times), {}, level(alpha), sides, {family, 1.0}};
}

// O'Brien-Fleming-like bounds of five equal looks as gsDesign prints them (ldbounds, coarser, has 3.3569).
TEST(Bounds, ReproduceThePublishedTable) {
  const auto bounds = sequential_bounds(plan({0.2, 0.4, 0.6, 0.8, 1.0}, 0.05, 2, Spending::Family::kObrienFleming));
  ASSERT_TRUE(bounds.has_value());
  const double expected[] = {4.8769, 3.3570, 2.6803, 2.2898, 2.0310};
  for (std::size_t k = 0; k < 5; ++k) EXPECT_NEAR(bounds->z[k], expected[k], 6e-5);
}

TEST(Bounds, SpendExactlyWhatTheySay) {
  for (const auto family :
       {Spending::Family::kObrienFleming, Spending::Family::kPocock, Spending::Family::kHwangShihDeCani}) {
    const std::vector<double> times{0.1, 0.101, 0.3, 0.75, 0.76, 1.0};
    for (const int sides : {1, 2}) {
      const auto bounds = sequential_bounds(plan(times, 0.05, sides, family));
      ASSERT_TRUE(bounds.has_value());
      std::vector<double> lower;
      for (const double z : bounds->z) lower.push_back(sides == 2 ? -z : -std::numeric_limits<double>::infinity());
      const auto exits = exit_probabilities(times, bounds->z, lower, 0.0);
      ASSERT_TRUE(exits.has_value());
      EXPECT_NEAR(exits->power * sides, 0.05, 1e-9);
      for (std::size_t k = 0; k < times.size(); ++k) {
        EXPECT_NEAR(exits->cumulative_upper[k] * sides, bounds->cumulative_alpha[k], 1e-9);
      }
    }
  }
}

TEST(Bounds, OneLookIsTheFixedTest) {
  const auto bounds = sequential_bounds(plan({1.0}, 0.025, 1, Spending::Family::kPocock));
  EXPECT_NEAR(bounds->z[0], normal_upper_quantile(0.025), 1e-12);
  EXPECT_FALSE(sequential_bounds(plan({}, 0.025, 1, Spending::Family::kPocock)).has_value());
  EXPECT_FALSE(sequential_bounds(plan({0.5, 0.5}, 0.025, 1, Spending::Family::kPocock)).has_value());
}

TEST(Analysis, RepeatedPCrossesWithTheBound) {
  for (const auto family : {Spending::Family::kObrienFleming, Spending::Family::kPocock}) {
    const SequentialPlan design = plan({0.3, 0.6, 1.0}, 0.025, 1, family);
    const auto bounds = sequential_bounds(design);
    for (int stage = 1; stage <= 3; ++stage) {
      const double z = bounds->z[static_cast<std::size_t>(stage - 1)];
      EXPECT_NEAR(repeated_p_value(design, stage, z).value(), 0.025, 1e-7);
      EXPECT_LT(repeated_p_value(design, stage, z + 0.1).value(), 0.025);
      EXPECT_GT(repeated_p_value(design, stage, z - 0.1).value(), 0.025);
      const auto analysis = sequential_analysis(design, stage, z + 0.2, 2.0);
      ASSERT_TRUE(analysis.has_value());
      EXPECT_TRUE(analysis->crossed);
      EXPECT_GT(analysis->repeated_interval->low(), 0.0);
      EXPECT_GT(analysis->stagewise_interval.low(), 0.0);
      EXPECT_TRUE(analysis->stagewise_interval.contains(analysis->median_unbiased_estimate));
    }
    EXPECT_EQ(repeated_p_value(design, 2, -3.0).value(), 1.0);
  }
}

TEST(Design, InflationIsModestForObrienFleming) {
  const auto design =
      sequential_design(plan({0.25, 0.5, 0.75, 1.0}, 0.025, 1, Spending::Family::kObrienFleming), level(0.9));
  ASSERT_TRUE(design.has_value());
  EXPECT_GT(design->inflation_factor, 1.0);
  EXPECT_LT(design->inflation_factor, 1.03);
  EXPECT_LT(design->asn_ratio_h1, 1.0);
}

TEST(Design, ConditionalPowerIsCertainAtTheEnd) {
  EXPECT_EQ(conditional_power(2.1, 1.0, 2.0, 0.0), 1.0);
  EXPECT_EQ(conditional_power(1.9, 1.0, 2.0, 9.0), 0.0);
  EXPECT_NEAR(conditional_power(0.0, 0.5, 0.0, 0.0), 0.5, 1e-15);
}

HarmPlan harm_plan(Alternative side = Alternative::kGreater, double ratio = 1.0) {
  return {level(0.05), HarmSpending::kLinear, ratio, side};
}

HarmLook look(double fraction, std::int64_t treatment, std::int64_t control, double weight = 0.5) {
  return {fraction, {{weight, 1.0 - weight, treatment, control}}};
}

// In week 1 of 6 with linear spending the budget is 0.05/6, so seven complaints, all on treatment, are needed (2^-7).
TEST(HarmMonitor, NeedsSevenComplaintsInTheFirstWeek) {
  const std::vector<HarmLook> six{look(1.0 / 6.0, 6, 0)};
  const auto before = exact_harm_monitor(harm_plan(), six);
  ASSERT_TRUE(before.has_value());
  EXPECT_FALSE(before->stopped_at.has_value());
  EXPECT_FALSE(before->looks[0].bound.has_value());
  EXPECT_EQ(before->looks[0].more_until_bound, 1);
  const std::vector<HarmLook> seven{look(1.0 / 6.0, 7, 0)};
  const auto after = exact_harm_monitor(harm_plan(), seven);
  EXPECT_EQ(after->stopped_at, 1);
  EXPECT_DOUBLE_EQ(after->looks[0].spent, 1.0 / 128.0);
}

// The chance to stop under the null, added up over every path of two looks, is what was spent and below alpha.
TEST(HarmMonitor, SpendsWhatAllPathsAddUpTo) {
  constexpr int kFirst = 12;
  constexpr int kSecond = 9;
  for (const Alternative side : {Alternative::kGreater, Alternative::kLess}) {
    const double p1 = 0.5;
    const double p2 = 0.25;
    double stopped = 0.0;
    double spent = 0.0;
    for (int a = 0; a <= kFirst; ++a) {
      for (int b = 0; b <= kSecond; ++b) {
        const std::vector<HarmLook> looks{look(0.5, a, kFirst - a), look(1.0, b, kSecond - b, 0.25)};
        const auto monitor = exact_harm_monitor(harm_plan(side), looks);
        ASSERT_TRUE(monitor.has_value());
        const auto pmf = [](int n, int k, double p) {
          return std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) + k * std::log(p) +
                          (n - k) * std::log(1.0 - p));
        };
        if (monitor->stopped_at) stopped += pmf(kFirst, a, p1) * pmf(kSecond, b, p2);
        spent = std::max(spent, monitor->looks.back().spent);
      }
    }
    EXPECT_NEAR(stopped, spent, 1e-12);
    EXPECT_LE(stopped, 0.05);
    EXPECT_GT(stopped, 0.01);
  }
}

TEST(HarmMonitor, RefusesWhatItCannotMean) {
  EXPECT_FALSE(exact_harm_monitor(harm_plan(), {}).has_value());
  const std::vector<HarmLook> falling{look(0.5, 1, 1), look(0.4, 1, 1)};
  EXPECT_FALSE(exact_harm_monitor(harm_plan(), falling).has_value());
  const std::vector<HarmLook> negative{look(0.5, -1, 1)};
  EXPECT_FALSE(exact_harm_monitor(harm_plan(), negative).has_value());
  const std::vector<HarmLook> good{look(0.5, 1, 1)};
  EXPECT_FALSE(exact_harm_monitor(harm_plan(Alternative::kTwoSided), good).has_value());
}

// An e-process has mean 1 under the null: summed over all outcomes of one look.
TEST(HarmEvidence, HasMeanOneUnderTheNull) {
  constexpr int kEvents = 15;
  for (const double weight : {0.5, 0.2}) {
    double mean = 0.0;
    for (int k = 0; k <= kEvents; ++k) {
      const std::vector<HarmLook> looks{look(1.0, k, kEvents - k, weight)};
      const auto evidence = harm_eprocess(level(0.05), 1.0, looks);
      ASSERT_TRUE(evidence.has_value());
      mean += std::exp(evidence->log_e[0] + std::lgamma(kEvents + 1.0) - std::lgamma(k + 1.0) -
                       std::lgamma(kEvents - k + 1.0) + k * std::log(weight) + (kEvents - k) * std::log(1.0 - weight));
    }
    EXPECT_NEAR(mean, 1.0, 1e-12);
  }
}

TEST(SafeTest, HasMeanAtMostOneUnderTheNull) {
  for (const double p : {0.1, 0.5}) {
    double mean = 0.0;
    // All outcomes of a block after a fixed first one.
    for (std::int64_t a = 0; a <= 8; ++a) {
      for (std::int64_t b = 0; b <= 8; ++b) {
        const std::vector<Block> blocks{{5, 5, 1, 3}, {8, 8, a, b}};
        const auto test = safe_two_proportions(blocks, {}, level(0.05));
        const auto pmf = [&](std::int64_t k) {
          const double x = static_cast<double>(k);
          return std::exp(std::lgamma(9.0) - std::lgamma(x + 1.0) - std::lgamma(9.0 - x)) * std::pow(p, x) *
                 std::pow(1.0 - p, 8.0 - x);
        };
        mean += pmf(a) * pmf(b) * std::exp(test->log_e[1] - test->log_e[0]);
      }
    }
    EXPECT_LE(mean, 1.0 + 1e-12);
  }
}

TEST(SampleRatio, SequentialIsIncrementalAndValidates) {
  const std::vector<double> weights{0.5, 0.5};
  auto one = SequentialSampleRatio::make(weights);
  auto two = SequentialSampleRatio::make(weights);
  ASSERT_TRUE(one && two);
  const std::vector<std::int64_t> a{1'000, 1'100};
  const std::vector<std::int64_t> b{3'000, 2'500};
  const std::vector<std::int64_t> sum{4'000, 3'600};
  ASSERT_TRUE(one->add(a).ok() && one->add(b).ok() && two->add(sum).ok());
  EXPECT_NEAR(one->log_bayes_factor(), two->log_bayes_factor(), 1e-9);
  EXPECT_LE(one->p_value(), 1.0);
  const std::vector<std::int64_t> wrong{1};
  EXPECT_FALSE(one->add(wrong).ok());
  const std::vector<std::int64_t> negative{-1, 2};
  EXPECT_FALSE(one->add(negative).ok());
  EXPECT_EQ(one->counts()[0], 4'000);
  EXPECT_FALSE(SequentialSampleRatio::make(std::vector<double>{1.0}).has_value());
}

TEST(Multiplicity, OrderOfPowerAndBounds) {
  std::mt19937_64 random(15);
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 50; ++round) {
    std::vector<double> p(1 + random() % 12);
    for (double& value : p) value = std::pow(uniform(random), 3.0);
    const auto get = [&](Adjustment method) { return adjust_p_values(p, method).value(); };
    const auto bonferroni = get(Adjustment::kBonferroni);
    const auto holm = get(Adjustment::kHolm);
    const auto hochberg = get(Adjustment::kHochberg);
    const auto hommel = get(Adjustment::kHommel);
    const auto bh = get(Adjustment::kBenjaminiHochberg);
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_LE(holm[i], bonferroni[i]);
      EXPECT_LE(hochberg[i], holm[i] + 1e-15);
      EXPECT_LE(hommel[i], hochberg[i] + 1e-15);
      EXPECT_LE(bh[i], hochberg[i] + 1e-15);
      EXPECT_GE(bh[i], p[i] - 1e-15);
      EXPECT_LE(bonferroni[i], 1.0);
    }
  }
}

TEST(Dunnett, OneTreatmentIsTheTTestAndMoreCostMore) {
  DunnettFamily family{{std::sqrt(0.5)}, 12.0, Alternative::kTwoSided};
  EXPECT_NEAR(dunnett_exceedance(family, 2.0).value(), student_t_two_sided(2.0, 12.0), 1e-10);
  double before = 0.0;
  for (int k = 1; k <= 6; ++k) {
    family.lambda.assign(static_cast<std::size_t>(k), std::sqrt(0.5));
    const double critical = dunnett_critical_value(family, level(0.95)).value();
    EXPECT_GT(critical, before);
    EXPECT_NEAR(dunnett_exceedance(family, critical).value(), 0.05, 1e-9);
    before = critical;
  }
  // Nearly all units in treatment: a steep integrand, still exact for one arm.
  EXPECT_NEAR(dunnett_exceedance({{0.99999}, 1e18, Alternative::kGreater}, 3.0).value() / normal_upper_tail(3.0), 1.0,
              1e-8);
  EXPECT_NEAR(dunnett_exceedance({{0.7}, 1e7, Alternative::kGreater}, 4.0).value() / student_t_upper_tail(4.0, 1e7),
              1.0, 1e-9);
  EXPECT_NEAR(dunnett_exceedance({{0.7}, 1.5, Alternative::kTwoSided}, 500.0).value() / student_t_two_sided(500.0, 1.5),
              1.0, 1e-9);
  EXPECT_FALSE(dunnett_critical_value({{}, 5.0, Alternative::kGreater}, level(0.95)).has_value());
}

TEST(Anytime, MixtureAndAsymptoticSequenceAreOneMethod) {
  const auto sequence = asymptotic_sequence(0.02, 0.006, 5'000.0, level(0.05), 8'000.0);
  ASSERT_TRUE(sequence.has_value());
  const double tau2 = sequence->rho * sequence->rho * 5'000.0 * 0.006 * 0.006;
  const auto mixture = mixture_sprt(0.02, 0.006, tau2, level(0.05));
  ASSERT_TRUE(mixture.has_value());
  EXPECT_NEAR(mixture->half_width, sequence->half_width, 1e-12);
  EXPECT_NEAR(mixture->log_e, sequence->log_e, 1e-10);
  // The interval excludes the null exactly when p is below alpha.
  const auto edge = mixture_sprt(mixture->half_width, 0.006, tau2, level(0.05));
  EXPECT_NEAR(edge->p_value, 0.05, 1e-10);
}

}  // namespace
}  // namespace tactful::stats
