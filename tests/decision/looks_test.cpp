#include "tactful/decision/looks.hpp"

#include <gmock/gmock.h>

#include "made_looks.hpp"

namespace tactful {
namespace {

using test::kStart;
using test::kWeekMs;
using Taken = std::vector<TakenLook>;

constexpr TimeMs kDay = kMillisecondsPerDay;

/// Looks after 1, 2, 4 weeks.
const LookPlan kPlan{kStart, {kStart + kWeekMs, kStart + 2 * kWeekMs, kStart + 4 * kWeekMs}};

LookSchedule at(TimeMs as_of, const std::optional<Taken>& taken = std::nullopt, bool as_review = false) {
  const auto schedule = schedule_looks(kPlan, as_of, taken, as_review);
  EXPECT_TRUE(schedule) << (schedule ? "" : describe(schedule.error()));
  return schedule ? *schedule : LookSchedule{};
}

std::vector<int> numbers(const LookSchedule& schedule) {
  std::vector<int> result;
  for (const Look& look : schedule.taken) result.push_back(look.planned);
  return result;
}

TEST(Looks, ThePlanEndsWithTheDerivedLastLook) {
  const Experiment experiment = test::make_weekly_experiment();
  const LookPlan plan = look_plan(experiment);
  ASSERT_EQ(plan.looks.size(), 6u);
  EXPECT_EQ(plan.looks.back(), experiment.last_look());
  Experiment written = experiment;
  written.plan.looks.push_back(written.last_look());
  EXPECT_EQ(look_plan(written), plan) << "a last look that is written out is the same one";
}

TEST(Looks, AReviewWithinADayOfADateTakesThatLook) {
  const Taken none;
  EXPECT_EQ(at(kStart + kWeekMs, none, true).current, 1);
  EXPECT_EQ(at(kStart + kWeekMs - kDay, none, true).current, 1);
  EXPECT_EQ(at(kStart + kWeekMs + kDay, std::nullopt, true).current, 1);
  EXPECT_EQ(at(kStart + kDay, none, true).current, 0);
  EXPECT_DOUBLE_EQ(at(kStart + kWeekMs, none, true).taken.back().calendar, 0.25);
  EXPECT_DOUBLE_EQ(at(kStart + kWeekMs + kDay, none, true).taken.back().calendar, 8.0 / 28.0)
      << "moved, it spends what is over";
}

TEST(Looks, AnEvaluationIsAPlannedLookOnlyAsOfItsDate) {
  EXPECT_EQ(at(kStart + kWeekMs).current, 1);
  for (const TimeMs off : {TimeMs{1}, kDay / 2, kDay, -TimeMs{1}, -kDay}) {
    EXPECT_EQ(at(kStart + kWeekMs + off).current, 0) << off;
    EXPECT_EQ(at(kStart + kWeekMs + off, Taken{}).current, 0) << off;
  }
  EXPECT_THAT(numbers(at(kStart + kWeekMs + 1)), testing::ElementsAre(1)) << "and counts as taken on its date";
  EXPECT_EQ(at(kStart + 4 * kWeekMs + 1).current, 3) << "but for the last";
}

TEST(Looks, UnknownHistoryCountsEveryEarlierDateAsTaken) {
  EXPECT_THAT(numbers(at(kStart + 3 * kWeekMs)), testing::ElementsAre(1, 2));
  EXPECT_THAT(numbers(at(kStart + 4 * kWeekMs)), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(at(kStart + 2 * kWeekMs + kDay / 2)), testing::ElementsAre(1, 2));
}

TEST(Looks, MissedLooksSpendNothing) {
  EXPECT_THAT(numbers(at(kStart + 2 * kWeekMs, Taken{})), testing::ElementsAre(2));
  EXPECT_THAT(numbers(at(kStart + 3 * kWeekMs, Taken{{1, kStart + kWeekMs}})), testing::ElementsAre(1));
  EXPECT_EQ(at(kStart + 2 * kWeekMs, Taken{{2, kStart + 2 * kWeekMs - 3}}).current, 0)
      << "taken already: an extra look";
}

TEST(Looks, AReviewTakesWhatIsDueLateAndWhatIsNearEarly) {
  const Taken none;
  EXPECT_EQ(at(kStart + 10 * kDay, none, false).current, 0);
  EXPECT_EQ(at(kStart + 10 * kDay, none, true).current, 1);
  EXPECT_DOUBLE_EQ(at(kStart + 10 * kDay, none, true).taken.back().calendar, 10.0 / 28.0);
  EXPECT_EQ(at(kStart + 20 * kDay, none, true).current, 2) << "of two that are due the later one";
  const Taken first{{1, kStart + 7 * kDay}};
  EXPECT_EQ(at(kStart + 9 * kDay, first, true).current, 0) << "nearer to the look before";
  EXPECT_EQ(at(kStart + 12 * kDay, first, true).current, 2) << "nearer to the next one";
}

TEST(Looks, FromTheEndOnItIsAlwaysTheLastLook) {
  for (const TimeMs later : {TimeMs{0}, 5 * kDay, 50 * kDay}) {
    const LookSchedule schedule =
        at(kStart + 4 * kWeekMs + later, Taken{{1, kStart + kWeekMs}, {3, kStart + 4 * kWeekMs}});
    EXPECT_TRUE(schedule.is_last());
    EXPECT_THAT(numbers(schedule), testing::ElementsAre(1, 3)) << "taken again with what is known now";
    EXPECT_EQ(schedule.taken.back().calendar, 1.0);
    EXPECT_FALSE(schedule.next);
  }
}

TEST(Looks, TheNextLookIsTheOneToCome) {
  EXPECT_EQ(at(kStart + 3 * kDay).next->planned, 1);
  EXPECT_EQ(at(kStart + kWeekMs).next->planned, 2);
  EXPECT_EQ(at(kStart + 3 * kWeekMs).next->at, kStart + 4 * kWeekMs);
  const LookSchedule overdue = at(kStart + 10 * kDay, Taken{}, false);
  EXPECT_EQ(overdue.next->planned, 1);
  EXPECT_EQ(overdue.next->at, kStart + 10 * kDay);
}

TEST(Looks, WhatIsNoPlanIsRefused) {
  EXPECT_EQ(schedule_looks({kStart, {}}, kStart, {}, false).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(schedule_looks({kStart, {kStart}}, kStart, {}, false));
  EXPECT_FALSE(schedule_looks({kStart, {kStart + 2, kStart + 2}}, kStart, {}, false));
  EXPECT_FALSE(schedule_looks(kPlan, kStart + kWeekMs, Taken{{4, kStart + 1}}, false));
  EXPECT_FALSE(schedule_looks(kPlan, kStart + 3 * kWeekMs, Taken{{2, kStart + 9}, {1, kStart + 10}}, false));
}

TEST(Looks, TallyTimesAreThoseOfTheLooks) {
  EXPECT_EQ(look_times(kPlan, kStart + 3 * kWeekMs, std::nullopt),
            (std::vector<TimeMs>{kStart + kWeekMs, kStart + 2 * kWeekMs}));
  EXPECT_EQ(look_times(kPlan, kStart + 3 * kWeekMs, Taken{{1, kStart + 8 * kDay}}),
            (std::vector<TimeMs>{kStart + 8 * kDay}));
}

TEST(PlannedMaturity, FollowsTheRampTheDaysAndTheWindow) {
  Experiment experiment = test::make_experiment();  // four weeks, windows of two
  const TimeMs window = experiment.metrics[0].window_ms;
  EXPECT_EQ(planned_maturity(experiment, window, kStart + 14 * kDay), 0.0);
  EXPECT_DOUBLE_EQ(planned_maturity(experiment, window, kStart + 15 * kDay), 1.0 / 28.0);
  EXPECT_DOUBLE_EQ(planned_maturity(experiment, window, kStart + 15 * kDay + kDay / 2), 1.0 / 28.0) << "whole days";
  EXPECT_DOUBLE_EQ(planned_maturity(experiment, window, kStart + 28 * kDay), 0.5);
  EXPECT_EQ(planned_maturity(experiment, window, experiment.last_look()), 1.0);
  // A tenth of the traffic in the first two weeks.
  experiment.ramp = {{kStart, Fraction{100'000}}, {kStart + 14 * kDay, Fraction{Fraction::kWhole}}};
  EXPECT_DOUBLE_EQ(planned_maturity(experiment, window, kStart + 28 * kDay), 0.1 / 1.1);
  EXPECT_NEAR(planned_follow_up(experiment, window, kStart + 28 * kDay), (0.1 + 0.5) / 1.1, 0.01);
}

}  // namespace
}  // namespace tactful
