#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_tally.hpp"

namespace tactful {
namespace {

using test::find_result;
using test::MadeArm;
using test::make_experiment;
using test::make_tally;
using testing::HasSubstr;

class Recommend : public testing::Test {
 protected:
  Scorecard card(const std::vector<MadeArm>& arms) {
    const auto result = evaluate(experiment, make_tally(experiment, arms));
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }
  Recommendation of(const std::vector<MadeArm>& arms) { return card(arms).recommendation; }

  Experiment experiment = make_experiment();
};

TEST_F(Recommend, promotes_what_wins_and_is_shown_safe) {
  const Scorecard result = card({{8000, {1600, 250}}, {8000, {1800, 240}}});
  EXPECT_EQ(result.recommendation.action, Action::kPromote);
  EXPECT_EQ(result.recommendation.variant, "a");
  EXPECT_THAT(result.recommendation.reasons.front(), HasSubstr("paid"));
  EXPECT_EQ(find_result(result, "complaint")->verdict, Verdict::kSafe);
  EXPECT_THAT(find_result(result, "complaint")->reading, HasSubstr("could still be up to"));
  EXPECT_THAT(find_result(result, "complaint")->reading, HasSubstr("more per 10,000"));
}

TEST_F(Recommend, a_win_without_proof_of_safety_is_no_promotion) {
  const Scorecard result = card({{8000, {1600, 6}}, {8000, {1800, 6}}});
  EXPECT_EQ(find_result(result, "complaint")->verdict, Verdict::kNotProvenSafe) << "few complaints prove nothing";
  EXPECT_EQ(result.recommendation.action, Action::kEndWithoutWinner);
  EXPECT_THAT(result.recommendation.reasons.front(), HasSubstr("not proven safe"));
}

TEST_F(Recommend, worse_within_the_margin_is_said_and_may_be_promoted) {
  const Scorecard result = card({{400000, {80000, 8000}}, {400000, {82000, 8400}}});
  EXPECT_EQ(find_result(result, "complaint")->verdict, Verdict::kSafeButWorse);
  EXPECT_EQ(result.recommendation.action, Action::kPromote);
  EXPECT_THAT(result.recommendation.reasons,
              testing::Contains(HasSubstr("the price: complaint: within the margin, but worse")));
}

TEST_F(Recommend, says_of_a_later_phase_that_it_has_no_planned_look) {
  Tally tally = make_tally(experiment, {{8000, {1600, 250}}, {8000, {1800, 240}}});
  tally.phase = "rollout-1";
  const auto result = evaluate(experiment, tally);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->recommendation.action, Action::kContinue);
  EXPECT_THAT(result->recommendation.reasons.front(), HasSubstr("rollout-1 has no planned look"));
}

TEST_F(Recommend, shown_harm_stops_even_a_winner) {
  const Scorecard result = card({{8000, {1600, 200}}, {8000, {1900, 320}}});
  EXPECT_EQ(find_result(result, "complaint")->verdict, Verdict::kHarmful);
  EXPECT_EQ(result.recommendation.action, Action::kStop);
  EXPECT_EQ(result.recommendation.variant, "a");
  EXPECT_THAT(result.recommendation.reasons.front(), HasSubstr("harm"));
}

TEST_F(Recommend, no_difference_ends_without_a_winner) {
  const Recommendation result = of({{8000, {1600, 250}}, {8000, {1610, 250}}});
  EXPECT_EQ(result.action, Action::kEndWithoutWinner);
  EXPECT_EQ(result.variant, "");
}

TEST_F(Recommend, a_success_metric_that_gets_worse_blocks) {
  experiment.metrics.insert(experiment.metrics.begin() + 1, test::make_metric("answered", Role::kSuccess));
  const Scorecard result = card({{8000, {1600, 800, 250}}, {8000, {1800, 690, 240}}});
  EXPECT_EQ(find_result(result, "answered")->verdict, Verdict::kWorse);
  EXPECT_EQ(result.recommendation.action, Action::kEndWithoutWinner);
}

TEST_F(Recommend, of_several_candidates_the_larger_effect_on_the_first_success_metric) {
  experiment = make_experiment(2);
  const Recommendation result = of({{8000, {1600, 250}}, {8000, {1800, 240}}, {8000, {1850, 240}}});
  EXPECT_EQ(result.action, Action::kPromote);
  EXPECT_EQ(result.variant, "b");
  EXPECT_THAT(result.reasons, testing::Contains(HasSubstr("a could be promoted as well")));
}

TEST_F(Recommend, promotes_one_variant_although_another_harms) {
  experiment = make_experiment(2);
  const Recommendation result = of({{8000, {1600, 250}}, {8000, {1800, 240}}, {8000, {1900, 400}}});
  EXPECT_EQ(result.action, Action::kPromote);
  EXPECT_EQ(result.variant, "a");
  EXPECT_THAT(result.reasons, testing::Contains(HasSubstr("b harms")));
}

TEST_F(Recommend, without_a_guardrail_nothing_is_promoted) {
  experiment.metrics.pop_back();
  const Recommendation result = of({{8000, {1600}}, {8000, {1800}}});
  EXPECT_EQ(result.action, Action::kEndWithoutWinner);
  EXPECT_THAT(result.reasons.front(), HasSubstr("guardrail"));
}

TEST_F(Recommend, wants_whole_weeks_and_the_minimum_duration) {
  experiment.plan.enrolment_end += kMillisecondsPerDay;
  EXPECT_THAT(of({{8000, {1600, 250}}, {8000, {1800, 240}}}).reasons.front(), HasSubstr("whole weeks"));
  experiment.plan.full_weeks = false;
  EXPECT_EQ(of({{8000, {1600, 250}}, {8000, {1800, 240}}}).action, Action::kPromote);
  experiment.plan.minimum_days = 100;
  EXPECT_THAT(of({{8000, {1600, 250}}, {8000, {1800, 240}}}).reasons.front(), HasSubstr("minimum duration"));
}

TEST_F(Recommend, guardrails_that_should_rise_are_judged_the_other_way) {
  experiment.metrics[1].direction = Direction::kIncrease;
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.02};
  EXPECT_EQ(find_result(card({{8000, {1600, 4000}}, {8000, {1800, 4050}}}), "complaint")->verdict, Verdict::kSafe);
  EXPECT_EQ(find_result(card({{8000, {1600, 4000}}, {8000, {1800, 3700}}}), "complaint")->verdict, Verdict::kHarmful);
  EXPECT_THAT(find_result(card({{8000, {1600, 4000}}, {8000, {1800, 3950}}}), "complaint")->reading,
              HasSubstr("fewer per 10,000"));
}

}  // namespace
}  // namespace tactful
