#include <gmock/gmock.h>

#include <cmath>

#include "made_looks.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/shrinkage.hpp"

namespace tactful {
namespace {

using test::find_result;
using test::kStart;
using test::kWeekMs;
using testing::HasSubstr;

class Summary : public testing::Test {
 protected:
  Scorecard card(const Tally& tally) {
    auto result = evaluate(experiment, tally);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }
  /// Four weekly looks at which the treatment's rate of 20 % is so many points higher.
  static std::vector<test::MadeLook> four_looks(std::int64_t points) {
    std::vector<test::MadeLook> looks;
    for (int week = 1; week <= 4; ++week) {
      const std::int64_t mature = 1000 * std::max(0, week - 2);
      const auto arm = [&](std::int64_t paid) {
        return std::vector<test::MadeState>{{mature, paid, 2000, paid}, {mature, mature / 10, 2000, mature / 10}};
      };
      looks.push_back({kStart + week * kWeekMs, {arm(mature / 5), arm(mature / 5 + mature * points / 100)}});
    }
    return looks;
  }
  Experiment experiment = test::make_experiment();
};

TEST_F(Summary, a_winner_is_freed_from_the_luck_of_having_crossed) {
  const Scorecard one = card(test::make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}}));
  ASSERT_TRUE(one.winner);
  EXPECT_LT(one.winner->estimate.estimate, one.winner->raw.estimate);
  EXPECT_GE(one.winner->estimate.estimate, one.winner->raw.low);
  EXPECT_THAT(one.winner->method, HasSubstr("crossed its bound"));
  const Scorecard clear = card(test::make_tally(experiment, {{40000, {8000, 1200}}, {40000, {9400, 1180}}}));
  EXPECT_NEAR(clear.winner->estimate.estimate, clear.winner->raw.estimate, 1e-6)
      << "far past it there is no luck in it";
  EXPECT_FALSE(card(test::make_tally(experiment, {{4000, {800, 120}}, {4000, {801, 118}}})).winner);
}

TEST_F(Summary, the_best_of_several_is_drawn_back) {
  experiment = test::make_experiment(3);
  const Scorecard best = card(
      test::make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}, {4000, {905, 118}}, {4000, {890, 118}}}));
  ASSERT_TRUE(best.winner);
  EXPECT_EQ(best.winner->variant, "b");
  EXPECT_LT(best.winner->estimate.estimate, best.winner->raw.estimate);
  const auto se = [](double rate) { return std::sqrt(rate * (1.0 - rate) / 4000.0); };
  const std::vector<stats::ArmEffect> arms{{0.025, se(0.225)}, {0.02625, se(0.22625)}, {0.0225, se(0.2225)}};
  const auto direct = stats::best_arm_estimate(arms, Level::make(1.0 - 0.05 / 3.0).value(), se(0.2));
  ASSERT_TRUE(direct);
  EXPECT_NEAR(best.winner->estimate.estimate, direct->hybrid.value, 1e-12);
  EXPECT_THAT(best.winner->method, HasSubstr("best of several"));
}

TEST_F(Summary, an_early_winner_is_drawn_back) {
  experiment = test::make_weekly_experiment();
  const std::vector<test::MadeLook> looks = four_looks(6);
  const Scorecard early = card(test::make_look_tally(experiment, looks));
  ASSERT_TRUE(early.winner);
  EXPECT_LT(early.winner->estimate.estimate, early.winner->raw.estimate);
  const MetricResult& paid = *find_result(early, "paid");
  const double z = stats::normal_upper_quantile(*paid.p_value);
  const stats::SequentialPlan plan{{0.25, 0.5}, {}, Level::make(0.025).value(), 1, {}};
  const auto direct = stats::sequential_analysis(plan, 2, z, paid.difference->estimate / z);
  ASSERT_TRUE(direct);
  EXPECT_LE(early.winner->estimate.estimate, direct->median_unbiased_estimate + 1e-9) << "the smallest that applies";
}

TEST_F(Summary, what_was_shown_at_an_earlier_look_stands_as_it_is) {
  experiment = test::make_weekly_experiment();
  std::vector<test::MadeLook> looks = four_looks(15);
  const Scorecard later = card(test::make_look_tally(experiment, looks));
  ASSERT_TRUE(later.winner);
  EXPECT_EQ(later.winner->estimate.estimate, later.winner->raw.estimate);
  EXPECT_THAT(later.winner->method, HasSubstr("earlier look"));
  looks.pop_back();
  const Scorecard first = card(test::make_look_tally(experiment, looks));
  EXPECT_LT(first.winner->estimate.estimate, first.winner->raw.estimate);
}

TEST_F(Summary, the_score_weighs_ratios_in_the_better_direction) {
  experiment.policy.score_weights = {{"paid", 3.0}, {"complaint", 2.0}};
  const Tally tally = test::make_tally(experiment, {{4000, {800, 120}}, {4000, {1000, 60}}});
  const Scorecard scored = card(tally);
  ASSERT_EQ(scored.score.size(), 1u);
  EXPECT_NEAR(scored.score[0].value, 100.0 * std::exp(0.6 * std::log(1.25) + 0.4 * std::log(2.0)), 1e-9);
  const double variance = 0.36 * (1.0 / 800 + 1.0 / 1000 - 2.0 / 4000) + 0.16 * (1.0 / 120 + 1.0 / 60 - 2.0 / 4000);
  EXPECT_NEAR(std::log(scored.score[0].high / scored.score[0].value), 1.959963985 * std::sqrt(variance), 1e-6);
  EXPECT_EQ(scored.score[0].level, 0.95);
  const Scorecard none = card(test::make_tally(experiment, {{4000, {800, 120}}, {4000, {1000, 0}}}));
  EXPECT_THAT(none.score[0].unavailable, HasSubstr("complaint has no ratio"));
  experiment.policy.score_weights.clear();
  EXPECT_TRUE(card(tally).score.empty());
}

}  // namespace
}  // namespace tactful
