#include "tactful/simulation/pilot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "small_pilot.hpp"
#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"
#include "tactful/store/store.hpp"

namespace tactful {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kCustomersPerWeek = 1'500;

std::int64_t units_of(const Scorecard& card) {
  return std::accumulate(card.arms.begin(), card.arms.end(), std::int64_t{0},
                         [](std::int64_t sum, const ScorecardArm& arm) { return sum + arm.units; });
}

const MetricResult* find_result(const Scorecard& card, std::string_view metric, std::string_view variant) {
  for (const MetricResult& result : card.metrics) {
    if (result.metric == metric && result.variant == variant) return &result;
  }
  return nullptr;
}

/// One pilot of the small world, run once for every test of the suite.
class SmallPilot : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TempDir>();
    test::write_catalogue(*folder_ / "catalogue", test::payment_reminder());
    auto result = run_pilot(*folder_ / "catalogue", "payment-reminder", test::small_world(7, kCustomersPerWeek),
                            *folder_ / "work", [](const WeekReport& week) { seen_.push_back(week.week); });
    ASSERT_TRUE(result) << describe(result.error());
    result_ = std::make_unique<PilotResult>(std::move(*result));
  }
  static void TearDownTestSuite() {
    result_.reset();
    folder_.reset();
    seen_.clear();
  }

  static std::unique_ptr<test::TempDir> folder_;
  static std::unique_ptr<PilotResult> result_;
  static std::vector<int> seen_;
};

std::unique_ptr<test::TempDir> SmallPilot::folder_;
std::unique_ptr<PilotResult> SmallPilot::result_;
std::vector<int> SmallPilot::seen_;

TEST_F(SmallPilot, ReportsEveryWeekUpToTheLastLook) {
  ASSERT_EQ(result_->weeks.size(), 6U);
  EXPECT_EQ(seen_, (std::vector<int>{1, 2, 3, 4, 5, 6}));
  const Experiment experiment = test::payment_reminder();
  for (std::size_t i = 0; i < result_->weeks.size(); ++i) {
    EXPECT_EQ(result_->weeks[i].as_of, experiment.pilot.start + static_cast<TimeMs>(i + 1) * 7 * kMillisecondsPerDay);
  }
  EXPECT_EQ(result_->final_scorecard.as_of, experiment.last_look());
  EXPECT_TRUE(result_->final_scorecard.planned_look);
}

TEST_F(SmallPilot, EveryMessageSentIsAUnitOfTheScorecard) {
  std::int64_t sent = 0;
  for (const WeekReport& week : result_->weeks) {
    sent += week.sent;
    EXPECT_EQ(units_of(week.scorecard), sent) << "week " << week.week;
  }
  // A tenth of the traffic in the first week, all in the next three, a tenth of the customers out of scope.
  const double expected = kCustomersPerWeek * 0.9 * 3.1;
  EXPECT_NEAR(static_cast<double>(sent), expected, 6 * std::sqrt(expected));
  EXPECT_EQ(result_->weeks[4].sent, 0);
  EXPECT_EQ(result_->weeks[5].sent, 0);
}

TEST_F(SmallPilot, ContinuesUntilTheEndAndThenDecides) {
  for (const WeekReport& week : result_->weeks) {
    EXPECT_NE(week.scorecard.recommendation.action, Action::kInvalid) << "week " << week.week;
    EXPECT_TRUE(week.week == 6 || week.scorecard.recommendation.action != Action::kPromote) << "week " << week.week;
  }
  EXPECT_NE(result_->final_scorecard.recommendation.action, Action::kContinue);
}

TEST_F(SmallPilot, RatesAreThoseOfTheWorld) {
  const World world = test::small_world(7, kCustomersPerWeek);
  for (std::size_t v = 1; v < world.variants.size(); ++v) {
    const MetricResult* paid = find_result(result_->final_scorecard, "paid", world.variants[v]);
    ASSERT_NE(paid, nullptr);
    ASSERT_EQ(paid->unavailable, "");
    EXPECT_EQ(paid->immature_treatment, 0);
    const double p = world.outcomes[0].probability[v];
    EXPECT_NEAR(paid->treatment.value, p, 6 * std::sqrt(p * (1 - p) / static_cast<double>(paid->treatment.units)));
    const double control = world.outcomes[0].probability[0];
    EXPECT_NEAR(paid->control.value, control,
                6 * std::sqrt(control * (1 - control) / static_cast<double>(paid->control.units)));
  }
}

TEST_F(SmallPilot, EachWeekIsAJournalOfItsOwnInOneStore) {
  std::size_t journals = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder_ / "work" / "journals")) {
    journals += entry.path().extension() == ".db" ? 1 : 0;
  }
  EXPECT_EQ(journals, 6U);
  const auto store = Store::open(*folder_ / "work" / "store.db", Store::Mode::kReadOnly);
  ASSERT_TRUE(store) << describe(store.error());
  const auto totals = (*store)->totals();
  ASSERT_TRUE(totals) << describe(totals.error());
  EXPECT_EQ(totals->journals, 6);
  EXPECT_EQ(totals->exposures, units_of(result_->final_scorecard));
  EXPECT_EQ(totals->deliveries, totals->exposures);
  EXPECT_EQ(totals->quarantined, 0);
  EXPECT_GT(totals->outcomes, 0);
}

TEST_F(SmallPilot, TheSameSeedGivesTheSameScorecards) {
  const test::TempDir folder;
  const auto again =
      run_pilot(*folder_ / "catalogue", "payment-reminder", test::small_world(7, kCustomersPerWeek), folder / "work");
  ASSERT_TRUE(again) << describe(again.error());
  ASSERT_EQ(again->weeks.size(), result_->weeks.size());
  for (std::size_t i = 0; i < again->weeks.size(); ++i) {
    EXPECT_EQ(to_json(again->weeks[i].scorecard).dump(), to_json(result_->weeks[i].scorecard).dump());
  }
}

TEST_F(SmallPilot, AnotherSeedGivesAnotherPilot) {
  const test::TempDir folder;
  const auto other = run_pilot(*folder_ / "catalogue", "payment-reminder", test::small_world(8, 300), folder / "work");
  ASSERT_TRUE(other) << describe(other.error());
  EXPECT_NE(to_json(other->final_scorecard).dump(), to_json(result_->final_scorecard).dump());
}

TEST_F(SmallPilot, AFolderWithAnEarlierRunIsRefused) {
  const auto again =
      run_pilot(*folder_ / "catalogue", "payment-reminder", test::small_world(7, 100), *folder_ / "work");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

struct Unfit {
  const char* name;
  void (*spoil)(World&);
  const char* where;
};

class UnfitWorld : public testing::TestWithParam<Unfit> {};

TEST_P(UnfitWorld, IsRefusedByName) {
  const test::TempDir folder;
  test::write_catalogue(folder / "catalogue", test::payment_reminder());
  World world = test::small_world(1, 100);
  GetParam().spoil(world);
  const auto result = run_pilot(folder / "catalogue", "payment-reminder", world, folder / "work");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument) << describe(result.error());
  EXPECT_EQ(result.error().where, GetParam().where);
  EXPECT_FALSE(std::filesystem::exists(folder / "work")) << "nothing is written for a world that does not fit";
}

INSTANTIATE_TEST_SUITE_P(
    All, UnfitWorld,
    testing::Values(
        Unfit{"variants", [](World& w) { w.variants[2] = "unknown"; }, "variants"},
        Unfit{"too_few", [](World& w) { w.outcomes[0].probability.pop_back(); }, "outcomes/converted/probability"},
        Unfit{"no_probability", [](World& w) { w.outcomes[1].probability[1] = 1.5; }, "outcomes/complaint/probability"},
        Unfit{"not_a_number", [](World& w) { w.outcomes[1].probability[1] = std::nan(""); },
              "outcomes/complaint/probability"},
        Unfit{"delay", [](World& w) { w.outcomes[0].mean_delay_hours = 0.0; }, "outcomes/converted"},
        Unfit{"horizon", [](World& w) { w.outcomes[0].horizon_hours = -1.0; }, "outcomes/converted"},
        Unfit{"twice", [](World& w) { w.outcomes.push_back(w.outcomes[0]); }, "outcomes/converted"},
        Unfit{"customers", [](World& w) { w.customers_per_week = 0; }, "customers_per_week"},
        Unfit{"share", [](World& w) { w.out_of_scope = 1.0; }, "out_of_scope"},
        Unfit{"scope", [](World& w) { w.region = "north"; }, "region"},
        Unfit{"attribute",
              [](World& w) {
                w.attributes.push_back({"region", {"x"}});
              },
              "attributes/region"},
        Unfit{"value", [](World& w) { w.attributes[0].values.clear(); }, "attributes/product"}),
    [](const testing::TestParamInfo<Unfit>& info) { return std::string(info.param.name); });

TEST(RunPilot, AnUnknownExperimentIsNamed) {
  const test::TempDir folder;
  test::write_catalogue(folder / "catalogue", test::payment_reminder());
  const auto result = run_pilot(folder / "catalogue", "renewal", test::small_world(1, 100), folder / "work");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(result.error().message, HasSubstr("renewal"));
}

TEST(RunPilot, AClusteredExperimentIsRandomisedByCluster) {
  const test::TempDir folder;
  Experiment experiment = test::payment_reminder();
  experiment.cluster = "household";
  test::write_catalogue(folder / "catalogue", experiment);
  const auto result = run_pilot(folder / "catalogue", "payment-reminder", test::small_world(3, 600), folder / "work");
  ASSERT_TRUE(result) << describe(result.error());
  for (const ScorecardArm& arm : result->final_scorecard.arms) {
    EXPECT_GT(arm.clusters, 0);
    EXPECT_LT(arm.clusters, arm.units);
  }
}

}  // namespace
}  // namespace tactful
