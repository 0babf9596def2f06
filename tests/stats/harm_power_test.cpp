#include "tactful/stats/harm_power.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tactful/stats/rare_events.hpp"

namespace tactful::stats {
namespace {

HarmPlan plan_of(HarmSpending spending, double ratio, Alternative alternative) {
  return {*Level::make(0.05), spending, ratio, alternative};
}

std::vector<ExpectedLook> six_weeks(double events_per_week) {
  std::vector<ExpectedLook> looks;
  for (int week = 1; week <= 6; ++week) looks.push_back({week / 6.0, events_per_week});
  return looks;
}

TEST(HarmPower, DoubledComplaintsOverSixWeeklyLooks) {
  // 2,000 sends an arm and week, 0.2 %, doubled: 4 + 8 complaints a week. By simulation with random totals 0.85 with
  // linear spending, 0.87 O'Brien-Fleming-like; at the expected totals the saw-tooth leaves up to 0.03.
  const auto linear =
      harm_power(plan_of(HarmSpending::kLinear, 1.0, Alternative::kGreater), six_weeks(12.0), 1.0, 1.0, 2.0);
  ASSERT_TRUE(linear);
  EXPECT_NEAR(linear->power, 0.85, 0.03);
  EXPECT_DOUBLE_EQ(linear->expected_events, 72.0);
  const auto late =
      harm_power(plan_of(HarmSpending::kObrienFleming, 1.0, Alternative::kGreater), six_weeks(12.0), 1.0, 1.0, 2.0);
  ASSERT_TRUE(late);
  EXPECT_NEAR(late->power, 0.87, 0.03);
  EXPECT_GT(linear->crossed_by[1], late->crossed_by[1]) << "linear spending finds it earlier";
}

TEST(HarmPower, IsTheLevelSpentWhereNothingIsWrong) {
  for (const HarmSpending spending : {HarmSpending::kLinear, HarmSpending::kObrienFleming, HarmSpending::kPocock}) {
    const auto power = harm_power(plan_of(spending, 1.0, Alternative::kGreater), six_weeks(30.0), 1.0, 2.0, 1.0);
    ASSERT_TRUE(power);
    EXPECT_LE(power->power, 0.05 + 1e-12);
    EXPECT_GT(power->power, 0.03) << "the budget is used, but for what whole numbers leave";
  }
}

TEST(HarmPower, OneLookIsTheBinomialTail) {
  // 208 events against a margin of 1.5: the normal formula promises 90 %.
  const std::vector<ExpectedLook> once{{1.0, 208.0}};
  const auto power = harm_power(plan_of(HarmSpending::kLinear, 1.5, Alternative::kLess), once, 1.0, 1.0, 1.0);
  ASSERT_TRUE(power);
  ASSERT_TRUE(power->bounds[0]);
  const auto at_bound =
      compare_event_counts({208 - *power->bounds[0], *power->bounds[0], 1.0, 1.0}, 1.5, *Level::make(0.95));
  const auto above =
      compare_event_counts({207 - *power->bounds[0], *power->bounds[0] + 1, 1.0, 1.0}, 1.5, *Level::make(0.95));
  ASSERT_TRUE(at_bound && above);
  EXPECT_LE(at_bound->p_less, 0.05);
  EXPECT_GT(above->p_less, 0.05);
  EXPECT_NEAR(power->power, 0.90, 0.02);
}

TEST(HarmPower, AgreesWithDrawnPaths) {
  const HarmPlan plan = plan_of(HarmSpending::kLinear, 1.0, Alternative::kGreater);
  const std::vector<ExpectedLook> looks{{0.3, 9.0}, {0.5, 0.0}, {1.0, 21.0}};
  const auto power = harm_power(plan, looks, 1.0, 2.0, 2.5);
  ASSERT_TRUE(power);
  std::mt19937_64 engine(20);
  std::bernoulli_distribution on_treatment(treatment_share(1.0, 2.0, 2.5));
  constexpr int kPaths = 4'000;
  int crossed = 0;
  for (int path = 0; path < kPaths; ++path) {
    std::vector<HarmLook> drawn;
    for (const ExpectedLook& look : looks) {
      EventStratum stratum{1.0, 2.0, 0, 0};
      for (int event = 0; event < static_cast<int>(look.events); ++event)
        ++(on_treatment(engine) ? stratum.treatment_events : stratum.control_events);
      drawn.push_back({look.information_fraction, {stratum}});
    }
    const auto monitor = exact_harm_monitor(plan, drawn);
    ASSERT_TRUE(monitor);
    crossed += monitor->stopped_at ? 1 : 0;
  }
  EXPECT_NEAR(power->power, static_cast<double>(crossed) / kPaths, 0.032) << "four standard errors";
}

TEST(HarmPower, RefusesWhatMeansNothing) {
  const HarmPlan plan = plan_of(HarmSpending::kLinear, 1.0, Alternative::kGreater);
  const std::vector<ExpectedLook> good{{1.0, 10.0}};
  const std::vector<ExpectedLook> negative{{1.0, -1.0}};
  EXPECT_FALSE(harm_power(plan, {}, 1.0, 1.0, 2.0));
  EXPECT_FALSE(harm_power(plan, negative, 1.0, 1.0, 2.0));
  EXPECT_FALSE(harm_power(plan, good, 0.0, 1.0, 2.0));
  EXPECT_FALSE(harm_power(plan, good, 1.0, 1.0, 0.0));
}

}  // namespace
}  // namespace tactful::stats
