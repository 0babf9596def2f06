#include "tactful/decision/plan_sheet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "made_tally.hpp"
#include "tactful/stats/metric_plan.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful {
namespace {

using test::kStart;
using test::make_experiment;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

PlanAssumptions assumptions(double weekly, double complaint_rate) {
  PlanAssumptions given;
  given.weekly_units = weekly;
  given.baselines = {{"paid", 0.3, std::nullopt, 0.02}, {"complaint", complaint_rate, std::nullopt, std::nullopt}};
  return given;
}

TEST(PlanSheet, OneLookWithoutRampIsTheTextbook) {
  const Experiment experiment = make_experiment();
  const auto sheet = make_plan_sheet(experiment, assumptions(10'000.0, 0.003));
  ASSERT_TRUE(sheet) << describe(sheet.error());
  EXPECT_DOUBLE_EQ(sheet->units, 40'000.0);
  ASSERT_EQ(sheet->looks.size(), 1U);
  EXPECT_DOUBLE_EQ(sheet->looks[0].mature_share, 1.0);
  const PlannedTest& paid = sheet->tests[0];
  // Unpooled: (z_a + z_b)^2 (pq + pq')/d^2 at alpha 0.025 and power 1 - 0.2/2.
  const double z = stats::normal_upper_quantile(0.025) + stats::normal_quantile(0.9);
  EXPECT_NEAR(paid.per_arm, z * z * (0.3 * 0.7 + 0.32 * 0.68) / (0.02 * 0.02), 1.0);
  EXPECT_DOUBLE_EQ(paid.wanted_power, 0.9);
  const double se = std::sqrt((0.3 * 0.7 + 0.32 * 0.68) / 20'000.0);
  EXPECT_NEAR(paid.power, stats::normal_cdf(0.02 / se - stats::normal_upper_quantile(0.025)), 1e-6);
}

TEST(PlanSheet, ARareGuardrailNeedsTheExactNumberOfEvents) {
  const Experiment experiment = make_experiment();
  const auto sheet = make_plan_sheet(experiment, assumptions(10'000.0, 0.003));
  ASSERT_TRUE(sheet);
  const PlannedTest& complaint = sheet->tests[1];
  const auto needed = stats::events_for_ratio_margin(1.5, *Level::make(0.05), *Level::make(0.9));
  ASSERT_TRUE(needed);
  EXPECT_NEAR(complaint.planned_events, 120.0, 1e-6);
  // The saw-tooth: what is found lies between the first size that reaches the power and the last that fails it.
  EXPECT_GT(complaint.events, 0.9 * needed->normal);
  EXPECT_LE(complaint.events, 1.05 * *needed->exact);
  EXPECT_EQ(sheet->tests[*sheet->binding].metric, "complaint");
  EXPECT_THAT(complaint.method, HasSubstr("exact"));
}

TEST(PlanSheet, AMarginThatItsEventsCannotTestIsRefusedWithWhatWouldMendIt) {
  const Experiment experiment = make_experiment();
  const auto sheet = make_plan_sheet(experiment, assumptions(2'000.0, 0.002));
  ASSERT_TRUE(sheet);
  ASSERT_EQ(sheet->obstacles.size(), 1U);
  EXPECT_THAT(sheet->obstacles[0], HasSubstr("complaint (rate ratio < 1.5)"));
  EXPECT_THAT(sheet->obstacles[0], HasSubstr("16 events"));
  EXPECT_THAT(sheet->obstacles[0], HasSubstr("weeks of enrolment at this traffic"));
  EXPECT_THAT(sheet->obstacles[0], HasSubstr("units a week"));
  EXPECT_THAT(sheet->obstacles[0], HasSubstr("a margin of"));
  // What is said to mend it does.
  PlanAssumptions more = assumptions(2'000.0, 0.002);
  more.weekly_units *= sheet->tests[1].per_arm / sheet->tests[1].planned_per_arm;
  const auto mended = make_plan_sheet(experiment, more);
  ASSERT_TRUE(mended);
  EXPECT_THAT(mended->obstacles, IsEmpty());
  EXPECT_GE(mended->tests[1].power, 0.88) << "but for the saw-tooth";
}

TEST(PlanSheet, LooksCostALittleAndSpendAsThePlanSays) {
  Experiment experiment = make_experiment();
  const auto once = make_plan_sheet(experiment, assumptions(10'000.0, 0.003));
  for (int week = 1; week <= 5; ++week) experiment.plan.looks.push_back(kStart + week * 7 * kMillisecondsPerDay);
  const auto often = make_plan_sheet(experiment, assumptions(10'000.0, 0.003));
  ASSERT_TRUE(once && often);
  ASSERT_EQ(often->looks.size(), 6U);
  EXPECT_EQ(often->looks[0].mature_share, 0.0);
  EXPECT_GT(often->looks[3].mature_share, 0.0);
  EXPECT_DOUBLE_EQ(often->looks.back().harm_level, 1.0);
  EXPECT_GT(often->tests[0].per_arm, once->tests[0].per_arm);
  EXPECT_LT(often->tests[0].per_arm, 1.06 * once->tests[0].per_arm);
  ASSERT_EQ(often->harm.size(), 1U);
  EXPECT_EQ(often->harm[0].stopped_by.size(), 6U);
  EXPECT_GT(often->harm[0].stopped_by[2], often->harm[0].stopped_by[1]);
  // 0.04 of level spent linearly over six weeks: seven or eight complaints of one arm at the first.
  EXPECT_NEAR(static_cast<double>(often->harm[0].fewest_to_stop[0].value_or(0)), 8.0, 1.0);
}

TEST(PlanSheet, ALargerMarginCostsLess) {
  const auto sheet = make_plan_sheet(make_experiment(), assumptions(10'000.0, 0.003));
  ASSERT_TRUE(sheet);
  ASSERT_EQ(sheet->margins.size(), 4U);
  for (std::size_t i = 1; i < sheet->margins.size(); ++i) {
    EXPECT_LT(sheet->margins[i].events, sheet->margins[i - 1].events);
    EXPECT_LT(*sheet->margins[i].weeks, *sheet->margins[i - 1].weeks);
  }
  EXPECT_TRUE(sheet->margins[1].is_declared);
}

TEST(PlanSheet, ClustersAndVariantsCostUnits) {
  PlanAssumptions clustered = assumptions(10'000.0, 0.003);
  clustered.design_effect = 1.5;
  const auto single = make_plan_sheet(make_experiment(), assumptions(10'000.0, 0.003));
  const auto grouped = make_plan_sheet(make_experiment(), clustered);
  const auto three = make_plan_sheet(make_experiment(3), assumptions(10'000.0, 0.003));
  ASSERT_TRUE(single && grouped && three);
  EXPECT_NEAR(grouped->tests[0].per_arm, 1.5 * single->tests[0].per_arm, 1e-6 * single->tests[0].per_arm);
  EXPECT_GT(three->tests[0].per_arm, 1.2 * single->tests[0].per_arm);
  EXPECT_LT(three->tests[0].planned_per_arm, single->tests[0].planned_per_arm);
}

TEST(PlanSheet, WhatIsNotKnownIsNamed) {
  PlanAssumptions given = assumptions(10'000.0, 0.003);
  given.baselines.pop_back();
  const auto sheet = make_plan_sheet(make_experiment(), given);
  ASSERT_TRUE(sheet);
  EXPECT_THAT(sheet->tests[1].unavailable, HasSubstr("--baseline complaint=RATE"));
  EXPECT_THAT(sheet->warnings, Not(IsEmpty()));
  const Json json = to_json(*sheet);
  EXPECT_NE(json.find("tests")->as_array()[1].find("unavailable"), nullptr);
  EXPECT_EQ(json.find("tests")->as_array()[1].find("power"), nullptr);

  given.baselines.clear();
  EXPECT_EQ(make_plan_sheet(make_experiment(), given).error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(make_plan_sheet(make_experiment(), assumptions(0.0, 0.003)).error().code, ErrorCode::kInvalidArgument);
}

TEST(PlanSheet, WithoutAGuardrailNothingCanBePromoted) {
  Experiment experiment = make_experiment();
  experiment.metrics.pop_back();
  const auto sheet = make_plan_sheet(experiment, assumptions(10'000.0, 0.003));
  ASSERT_TRUE(sheet);
  ASSERT_EQ(sheet->obstacles.size(), 1U);
  EXPECT_THAT(sheet->obstacles[0], HasSubstr("no guardrail"));
}

}  // namespace
}  // namespace tactful
