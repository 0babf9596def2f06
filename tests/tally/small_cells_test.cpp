// What a purge keeps tells of no group of a few.
#include "tactful/tally/small_cells.hpp"

#include <gmock/gmock.h>

#include "support/memory_source.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kLeast = 20;
constexpr std::size_t kConverted = 0, kCalls = 2, kCsat = 4;

/// 100 units of each of two variants on each of two days; add what shall be odd.
class SmallCells : public testing::Test {
 protected:
  SmallCells() {
    experiment_.variants.resize(2);
    experiment_.segments = {"region"};
    experiment_.ramp = {{kStart, Fraction{Fraction::kWhole}}};
    experiment_.plan.looks = {kStart + 12 * kDay};
    for (int i = 0; i < 400; ++i) expose_one(i % 2, i / 200, i % 4 < 2 ? "north" : "south");
  }
  /// One unit exposed once; with region "" it has none.
  void expose_one(int variant, int day, std::string region) {
    const UnitId unit = ++units_;
    if (!region.empty()) region = R"({"region":")" + region + "\"}";
    source_.exposures.push_back(
        {unit, variant == 0 ? "control" : "friendly", kStart + day * kDay + unit, 0, std::move(region)});
  }
  /// That many units of the first variant.
  void expose(int count, int day, const std::string& region) {
    for (int i = 0; i < count; ++i) expose_one(0, day, region);
  }
  Tally tally(TimeMs as_of = kStart + 40 * kDay) {
    source_.seal(1);
    return *tally_events(experiment_, source_, {as_of, "pilot", 1});
  }
  /// What is kept, as a reader gets it.
  Tally kept(const Tally& tally) {
    auto coarse = without_small_cells(tally, kLeast);
    withheld_ = coarse.cells_withheld;
    EXPECT_TRUE(coarse.tally.has_value());
    if (!coarse.tally) return {};
    const auto back = tally_from_json(to_json(*coarse.tally));
    EXPECT_TRUE(back.has_value()) << (back ? "" : describe(back.error()));
    EXPECT_EQ(back.value_or(Tally{}), *coarse.tally);
    return std::move(*coarse.tally);
  }
  static std::vector<std::string> values(const Tally& tally) {
    std::vector<std::string> values;
    for (const MarginTally& margin : tally.margins) values.push_back(margin.value);
    return values;
  }

  Experiment experiment_ = test::make_experiment();
  test::MemorySource source_;
  UnitId units_ = 0;
  std::int64_t withheld_ = 0;
};

TEST_F(SmallCells, LargeGroupsStayAsTheyAre) {
  for (UnitId unit = 1; unit <= 400; unit += 2) source_.outcomes.push_back({unit, "calls", kStart + 3 * kDay, 1});
  const Tally before = tally();
  ASSERT_EQ(before.looks.size(), 2u);
  EXPECT_EQ(kept(before), before) << "nobody is told of apart from at least 20 others";
  EXPECT_EQ(withheld_, 0);
}

TEST_F(SmallCells, FewAltogetherAreNotKept) {
  const auto coarse = without_small_cells(tally(), 201);
  EXPECT_FALSE(coarse.tally.has_value());
  EXPECT_EQ(coarse.cells_withheld, 1);
  EXPECT_FALSE(without_small_cells(Tally{}, kLeast).tally.has_value());
}

TEST_F(SmallCells, AgesAtWhichAFewHadTheirEventGo) {
  source_.outcomes.push_back({1, "calls", kStart + 3 * kDay, 1});
  const Tally before = tally();
  ASSERT_FALSE(before.margins[0].arms[1].metrics[kCalls].ages.leaving.empty());
  const Tally after = kept(before);
  for (const ArmTally& arm : after.margins[0].arms) {
    EXPECT_THAT(arm.metrics[kCalls].ages.leaving, IsEmpty()) << "of both variants";
    EXPECT_FALSE(arm.metrics[kConverted].ages.leaving.empty()) << "the others tell of nobody";
  }
  EXPECT_EQ(after.margins[0].arms[0].metrics[kCalls].first_events, 1) << "that is what it is about";
  EXPECT_EQ(withheld_, 1);
}

TEST_F(SmallCells, RemindersThatAFewGotGo) {
  source_.exposures.push_back({2, "friendly", kStart + 2 * kDay, 0, ""});
  const Tally after = kept(tally());
  for (const ArmTally& arm : after.margins[0].arms) {
    for (const ArmMetric& metric : arm.metrics) EXPECT_THAT(metric.reminders.reached, IsEmpty());
    EXPECT_FALSE(arm.metrics[kConverted].ages.leaving.empty());
  }
  EXPECT_EQ(withheld_, 5) << "one a metric";
}

TEST_F(SmallCells, WhatIsLeftOutTogetherIsNotFewEither) {
  expose(7, 0, "west");
  expose(40, 0, "east");
  const Tally before = tally();
  ASSERT_THAT(values(before), ElementsAre("", "east", "north", "south", "west"));
  EXPECT_THAT(values(kept(before)), ElementsAre("", "north", "south"))
      << "all units less the others would tell of the seven";
  EXPECT_EQ(withheld_, 2);
  expose(30, 0, "");
  EXPECT_THAT(values(kept(tally())), ElementsAre("", "east", "north", "south")) << "37 are enough";
}

TEST_F(SmallCells, DaysOfAFewGoAndTakeTheSmallestOtherAlong) {
  expose(7, 5, "north");
  expose(50, 1, "north");
  const Tally after = kept(tally());
  ASSERT_EQ(after.days.size(), 1u);
  EXPECT_EQ(after.days[0].day, kStart / kDay + 1);
}

TEST_F(SmallCells, UnitsInTwoVariantsAreNotToldByDifference) {
  source_.exposures.push_back({1, "friendly", kStart + 2 * kDay, 0, ""});
  const Tally before = tally();
  ASSERT_EQ(before.without_crossovers.arms[0].units, before.margins[0].arms[0].units - 1);
  const Tally after = kept(before);
  ASSERT_EQ(after.without_crossovers.arms.size(), 2u);
  for (const ArmTally& arm : after.without_crossovers.arms) EXPECT_EQ(arm.units + arm.metrics[0].mature.units, 0);
  EXPECT_EQ(after.integrity.units_in_two_variants, 1) << "an oddity of which nothing else is told";
}

TEST_F(SmallCells, LooksAreNotToldByDifference) {
  expose(7, 14, "north");  // after the first look
  const Tally before = tally();
  ASSERT_EQ(before.looks.size(), 2u);
  const Tally after = kept(before);
  ASSERT_EQ(after.looks.size(), 1u);
  EXPECT_EQ(after.looks[0], before.looks[1]) << "the last one tells no more than all units do";
}

TEST_F(SmallCells, FirstEventsOfASmallEpochAreNotTold) {
  experiment_.ramp.push_back({kStart + 4 * kDay, Fraction{500'000}});
  expose(7, 5, "north");
  const Tally before = tally();
  ASSERT_EQ(before.epochs.size(), 2u);
  EXPECT_THAT(kept(before).looks, IsEmpty());
}

TEST_F(SmallCells, AMetricThatAFewAnsweredIsUnavailable) {
  for (const UnitId unit : {1, 2, 3}) source_.outcomes.push_back({unit, "csat", kStart + 3 * kDay, 4});
  const Tally before = tally();
  ASSERT_EQ(before.margins[0].arms[0].metrics[kCsat].mature.units, 2);
  const Tally after = kept(before);
  EXPECT_THAT(after.unavailable, ElementsAre("csat"));
  EXPECT_EQ(after.margins[0].arms[0].metrics[kCsat], ArmMetric{});
  EXPECT_EQ(after.looks.back().arms[0][kCsat].mature.units, 0);
  EXPECT_EQ(after.margins[0].arms[0].metrics[kConverted].mature.units, 200);
}

TEST_F(SmallCells, ThoseStillFollowedUpAreNotToldByFirstEvents) {
  expose(7, 12, "north");
  for (UnitId unit = 401; unit <= 407; ++unit) source_.outcomes.push_back({unit, "calls", kStart + 13 * kDay, 1});
  const Tally before = tally(kStart + 15 * kDay);
  ASSERT_EQ(before.margins[0].arms[0].metrics[kCalls].immature_units, 7);
  ASSERT_EQ(before.margins[0].arms[0].metrics[kCalls].first_events, 7);
  const Tally after = kept(before);
  EXPECT_EQ(after.margins[0].arms[0].metrics[kCalls].first_events, 0);
  EXPECT_EQ(after.looks.back().arms[0][kCalls].first_events[0], 0);
  EXPECT_EQ(after.margins[0].arms[0].metrics[kCalls].mature.units, 200);
}

// Of one metric, all units less those of the segment values that tell something.
TEST_F(SmallCells, AFewAnalysedAreNotToldByDifference) {
  expose(1, 0, "west");    // analysed at day 13
  expose(30, 12, "west");  // followed up by then
  const Tally before = tally(kStart + 15 * kDay);
  ASSERT_EQ(values(before).back(), "west");
  ASSERT_EQ(before.margins.back().arms[0].metrics[kCalls].mature.units, 1);
  const Tally after = kept(before);
  std::int64_t rest = after.margins[0].arms[0].metrics[kCalls].mature.units;
  ASSERT_EQ(rest, 201);
  for (std::size_t i = 1; i < after.margins.size(); ++i) rest -= after.margins[i].arms[0].metrics[kCalls].mature.units;
  EXPECT_GE(rest, kLeast) << "201 less those of north and south is the one of west";
  EXPECT_LT(rest, 201) << "no more goes than must";
  std::int64_t days = 201;
  for (const DayTally& day : after.days) days -= day.arms[0].metrics[kCalls].mature.units;
  EXPECT_EQ(days, 0) << "of a list where nobody is few all stays";
}

TEST_F(SmallCells, AFewStillFollowedUpAreNotToldByDifference) {
  expose(25, 0, "west");
  expose(5, 12, "west");
  expose(40, 12, "north");
  expose(60, 12, "south");
  for (const UnitId unit : {426, 440, 480}) source_.outcomes.push_back({unit, "calls", kStart + 13 * kDay, 1});
  const Tally before = tally(kStart + 15 * kDay);
  ASSERT_EQ(before.margins.back().arms[0].metrics[kCalls].immature_units, 5);
  ASSERT_EQ(before.margins.back().arms[0].metrics[kCalls].first_events, 1);
  const Tally after = kept(before);
  EXPECT_EQ(after.margins[0].arms[0].metrics[kCalls].first_events, 3);
  ASSERT_EQ(values(after).size(), 4u);
  EXPECT_EQ(after.margins[3].arms[0].metrics[kCalls].first_events, 0) << "few: blank before, too";
  EXPECT_EQ(after.margins[1].arms[0].metrics[kCalls].first_events, 0) << "3 less one of each other would tell of west";
  EXPECT_EQ(after.margins[2].arms[0].metrics[kCalls].first_events, 1) << "45 are enough";
}

TEST_F(SmallCells, WhatAFewMoreAreIsNotToldByTheNextTally) {
  const Tally first = kept(tally());
  const auto next = [&](std::int64_t least) {
    return without_small_steps({kept(tally()), 0}, std::vector{first}, least).tally;
  };
  EXPECT_EQ(next(kLeast), first) << "the same again tells nothing";
  expose(7, 1, "north");
  EXPECT_FALSE(next(kLeast).has_value()) << "the one less the other would tell of the seven";
  EXPECT_TRUE(next(7).has_value());
  expose(23, 1, "south");
  const auto after = next(kLeast);
  ASSERT_TRUE(after.has_value()) << "30 are enough";
  EXPECT_EQ(after->margins[0].arms[0].units, 230);
  EXPECT_THAT(values(*after), ElementsAre("")) << "of north there are seven more";
  EXPECT_EQ(after->days.size(), 2u) << "30 more on one day";
  EXPECT_EQ(tally_from_json(to_json(*after)).value_or(Tally{}), *after);
}

TEST_F(SmallCells, AFewMoreAnalysedAreNotToldByTheNextTally) {
  expose(40, 5, "north");
  expose(10, 14, "north");
  const Tally first = kept(tally(kStart + 20 * kDay));
  ASSERT_EQ(first.margins[0].arms[0].metrics[kCalls].mature.units, 240);
  const Tally then = tally(kStart + 40 * kDay);
  ASSERT_EQ(then.margins[0].arms[0].metrics[kCalls].mature.units, 250);
  ASSERT_EQ(then.margins[0].arms[0].units, first.margins[0].arms[0].units);
  EXPECT_FALSE(without_small_steps(without_small_cells(then, kLeast), std::vector{first}, kLeast).tally.has_value());
}

}  // namespace
}  // namespace tactful
