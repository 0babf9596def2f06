// Many arms at once, bounds of rare harm and the metric that binds: laws and refusals.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tactful/stats/harm_sequence.hpp"
#include "tactful/stats/metric_plan.hpp"
#include "tactful/stats/sample_ratio.hpp"
#include "tactful/stats/shrinkage.hpp"
#include "tactful/stats/simultaneous.hpp"

namespace tactful::stats {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Level level(double value) { return Level::make(value).value(); }

const std::vector<ArmEffect> kArms{{0.12, 0.01}, {0.10, 0.012}, {0.15, 0.015}, {0.11, 0.01}, {0.2, 0.03}};

TEST(Shrinkage, DrawsEveryArmTowardsTheMeanAndFollowsAShift) {
  for (const BetweenVariance method : {BetweenVariance::kPauleMandel, BetweenVariance::kDerSimonianLaird}) {
    const Shrinkage result = shrink_effects(kArms, level(0.95), method).value();
    auto moved = kArms;
    for (ArmEffect& arm : moved) arm.estimate += 1e6;
    const Shrinkage shifted = shrink_effects(moved, level(0.95), method).value();
    for (std::size_t i = 0; i < kArms.size(); ++i) {
      EXPECT_LE(std::abs(result.effects[i].value - result.mean), std::abs(kArms[i].estimate - result.mean));
      EXPECT_TRUE(result.effects[i].interval.contains(result.effects[i].value));
      EXPECT_NEAR(shifted.effects[i].value - 1e6, result.effects[i].value, 1e-8);
    }
  }
}

TEST(Shrinkage, EqualArmsAreOneMean) {
  const std::vector<ArmEffect> same(6, ArmEffect{0.3, 0.1});
  const Shrinkage result = shrink_effects(same, level(0.95)).value();
  EXPECT_EQ(result.tau_squared, 0.0);
  EXPECT_EQ(result.james_stein_factor, 0.0);
  EXPECT_NEAR(result.effects[0].value, 0.3, 1e-15);
  EXPECT_LT(result.effects[0].interval.width(), 2 * 1.96 * 0.1);
}

TEST(Shrinkage, Refuses) {
  EXPECT_EQ(shrink_effects(std::span(kArms).first(3), level(0.95)).error().code, ErrorCode::kInsufficientData);
  auto bad = kArms;
  bad[1].se = 0.0;
  EXPECT_EQ(shrink_effects(bad, level(0.95)).error().where, "se");
  EXPECT_EQ(best_arm_estimate(bad, level(0.95)).error().where, "se");
  EXPECT_EQ(best_arm_estimate(kArms, level(0.95), -1.0).error().where, "shared_se");
  EXPECT_EQ(best_arm_estimate(std::span(kArms).first(1), level(0.95)).error().code, ErrorCode::kInsufficientData);
}

TEST(BestArm, CorrectsDownwardsAndVanishesForAClearWinner) {
  const BestArm result = best_arm_estimate(kArms, level(0.95)).value();
  EXPECT_EQ(result.best, 4u);
  EXPECT_LT(result.hybrid.value, result.naive.value);
  EXPECT_TRUE(result.hybrid.interval.contains(result.hybrid.value));
  auto clear = kArms;
  clear[4].estimate = 1.0;
  const BestArm far = best_arm_estimate(clear, level(0.95)).value();
  ASSERT_TRUE(far.conditional);
  EXPECT_NEAR(far.conditional->value, 1.0, 1e-9);
  EXPECT_NEAR(far.conditional->interval.low(), far.naive.interval.low(), 1e-9);
}

TEST(BestArm, ATieHasNoConditionalButAHybridEstimate) {
  const std::vector<ArmEffect> tied{{1.0, 0.5}, {1.0, 0.5}, {0.0, 0.5}};
  const BestArm result = best_arm_estimate(tied, level(0.95)).value();
  EXPECT_EQ(result.best, 0u);
  EXPECT_FALSE(result.conditional);
  EXPECT_TRUE(std::isfinite(result.hybrid.value));
  EXPECT_LT(result.hybrid.value, 1.0);
}

TEST(Simultaneous, DunnettIntervalsMatchTheDecision) {
  for (const Alternative side : {Alternative::kTwoSided, Alternative::kGreater, Alternative::kLess}) {
    const DunnettFamily family{{0.6, 0.7, 0.5}, 40.0, side};
    for (double z = -3.5; z <= 3.5; z += 0.1) {
      const std::vector<Comparison> c{{z, 1.0}, {0.5 * z, 0.5}, {1.0, 2.0}};
      const auto result = dunnett_intervals(c, family, level(0.95)).value();
      const auto holm = holm_intervals(c, 40.0, side, level(0.95)).value();
      for (std::size_t i = 0; i < c.size(); ++i) {
        EXPECT_EQ(!result.intervals[i].contains(0.0), result.p_adjusted[i] < 0.05) << z;
        const bool excluded = !holm.bonferroni.intervals[i].contains(0.0);
        EXPECT_TRUE(!excluded || holm.bonferroni.p_adjusted[i] <= 0.05) << z;
        EXPECT_LT(result.critical, holm.bonferroni.critical);
      }
    }
  }
}

TEST(Simultaneous, HolmCanRejectWhereTheIntervalHoldsZero) {
  const std::vector<Comparison> c{{4.0, 1.0}, {2.1, 1.0}};
  const auto holm = holm_intervals(c, kInf, Alternative::kTwoSided, level(0.95)).value();
  EXPECT_FALSE(holm.rejected_without_interval[0]);
  EXPECT_TRUE(holm.rejected_without_interval[1]);
  const std::vector<Comparison> none{{1.0, 0.0}};
  EXPECT_EQ(holm_intervals(none, kInf, Alternative::kTwoSided, level(0.95)).error().where, "se");
}

HarmLook look(std::int64_t treatment, std::int64_t control) { return {1.0, {{0.5, 0.5, treatment, control}}}; }

// At its own lower bound the e-process is exactly at its threshold; just below, it has alarmed.
TEST(HarmSequence, InvertsTheEProcess) {
  const std::vector<HarmLook> looks{look(4, 1), look(9, 2), look(1, 3)};
  const HarmSequence result = harm_confidence_sequence(level(0.05), 1.0, looks).value();
  const double bound = result.looks.back().lower;
  ASSERT_GT(bound, 0.0);
  EXPECT_TRUE(harm_eprocess(level(0.05), bound * (1 - 1e-9), looks)->first_rejection);
  EXPECT_FALSE(harm_eprocess(level(0.05), bound * (1 + 1e-9), looks)->first_rejection);
}

TEST(HarmSequence, SwappingArmsInvertsAndBoundsOnlyTighten) {
  std::vector<HarmLook> there;
  std::vector<HarmLook> back;
  for (int i = 1; i < 12; ++i) {
    there.push_back(look(i % 5, (3 * i) % 7));
    back.push_back(look((3 * i) % 7, i % 5));
  }
  const auto a = harm_confidence_sequence(level(0.1), 1.0, there).value();
  const auto b = harm_confidence_sequence(level(0.1), 1.0, back).value();
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (std::isfinite(a.looks[i].upper)) {
      EXPECT_NEAR(a.looks[i].upper * b.looks[i].lower, 1.0, 1e-9);
    }
    if (i == 0) continue;
    EXPECT_GE(a.looks[i].lower, a.looks[i - 1].lower);
    EXPECT_LE(a.looks[i].upper, a.looks[i - 1].upper);
  }
}

TEST(HarmSequence, TheEventsItAsksForAlarmAndOneFewerDoesNot) {
  std::vector<HarmLook> looks{look(2, 1), look(1, 2)};
  const auto more = harm_confidence_sequence(level(0.05), 1.0, looks)->more_until_alarm;
  ASSERT_TRUE(more);
  ASSERT_GT(*more, 1);
  looks.push_back(look(*more - 1, 0));
  EXPECT_FALSE(harm_eprocess(level(0.05), 1.0, looks)->first_rejection);
  looks.back() = look(*more, 0);
  EXPECT_TRUE(harm_eprocess(level(0.05), 1.0, looks)->first_rejection);
  EXPECT_EQ(harm_confidence_sequence(level(0.05), 1.0, looks)->more_until_alarm, 0);
  EXPECT_FALSE(harm_confidence_sequence(level(0.05), 1.0, {}).has_value());
}

MetricPlanSettings settings() { return {level(0.025), level(0.05), level(0.8), 2, 1.0, 1.0, 10'000.0, {}}; }

TEST(MetricPlan, EventsForARatioMargin) {
  EXPECT_NEAR(events_for_ratio_margin(1.5, level(0.05), level(0.9))->normal, 208.4, 0.05);
  EXPECT_NEAR(events_for_ratio_margin(2.0, level(0.05), level(0.9))->normal, 71.3, 0.05);
  EXPECT_EQ(events_for_ratio_margin(1.5, level(0.05), level(0.9))->exact, 227.0);
  EXPECT_EQ(events_for_ratio_margin(2.0, level(0.05), level(0.9))->exact, 81.0);
  EXPECT_FALSE(events_for_ratio_margin(1.01, level(0.05), level(0.9))->exact);
  EXPECT_EQ(events_for_ratio_margin(1.0, level(0.05), level(0.9)).error().where, "ratio");
}

TEST(MetricPlan, TheRarestGuardrailBindsAndMoreOfThemCostPower) {
  const std::vector<PlannedMetric> metrics{{MetricRole::kSuccess, 0.2, 0.22},
                                           {MetricRole::kGuardrailAbsolute, 0.1, 0.02},
                                           {MetricRole::kGuardrailRatio, 0.002, 1.5}};
  const MetricPlan plan = plan_metrics(metrics, settings()).value();
  EXPECT_EQ(plan.binding, 2u);
  EXPECT_NEAR(plan.metrics[0].alpha, 0.0125, 1e-15);
  EXPECT_NEAR(plan.metrics[1].power, 1.0 - 0.2 / 3.0, 1e-12);
  EXPECT_DOUBLE_EQ(plan.total, 3.0 * plan.per_arm);
  const MetricPlan fewer = plan_metrics(std::span(metrics).first(2), settings()).value();
  EXPECT_LT(fewer.metrics[0].per_arm, plan.metrics[0].per_arm);
  auto clustered = settings();
  clustered.design_effect = 1.5;
  EXPECT_NEAR(plan_metrics(metrics, clustered)->per_arm, 1.5 * plan.per_arm, 1e-6);
}

TEST(MetricPlan, Refuses) {
  EXPECT_EQ(plan_metrics({}, settings()).error().where, "metrics");
  const auto refused = [](PlannedMetric metric) {
    return plan_metrics(std::span(&metric, 1), settings()).error().where;
  };
  EXPECT_EQ(refused({MetricRole::kSuccess, 0.2, 0.2}), "target");
  EXPECT_EQ(refused({MetricRole::kGuardrailAbsolute, 0.2, 0.0}), "target");
  EXPECT_EQ(refused({MetricRole::kGuardrailRatio, 0.2, 1.0}), "target");
  EXPECT_EQ(refused({MetricRole::kSuccess, 0.0, 0.2}), "control_rate");
}

TEST(SampleRatio, PracticalNeedsBothSignificanceAndSize) {
  const std::vector<double> even{1.0, 1.0};
  const auto practical = [&](std::vector<std::int64_t> counts, double floor) {
    return sample_ratio_practical(counts, even, floor, level(0.001)).value();
  };
  EXPECT_TRUE(practical({500'000, 510'000}, 0.01).practical);
  EXPECT_FALSE(practical({500'000, 503'600}, 0.01).practical);
  EXPECT_TRUE(practical({500'000, 503'600}, 0.01).significant);
  EXPECT_FALSE(practical({50, 60}, 0.01).practical);
  EXPECT_NEAR(practical({90, 100}, 0.01).missing_fraction, 0.1, 1e-15);
  const std::vector<std::int64_t> counts{1, 2};
  EXPECT_EQ(sample_ratio_practical(counts, even, 1.0, level(0.05)).error().where, "floor");
}

}  // namespace
}  // namespace tactful::stats
