#include <gmock/gmock.h>

#include <cmath>

#include "made_looks.hpp"
#include "margin_watch.hpp"
#include "outlook.hpp"
#include "sequential_test.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful {
namespace {

using test::find_result;
using test::kStart;
using test::kWeekMs;
using testing::HasSubstr;

/// Six weekly looks; 1,000 units per arm and week for four weeks, windows of two weeks.
class LookDecisions : public testing::Test {
 protected:
  void look(int week, double paid_control, double paid_treatment, std::int64_t complaints_control = 0,
            std::int64_t complaints_treatment = 0) {
    const std::int64_t units = 1000 * std::min(4, week);
    const std::int64_t mature = 1000 * std::max(0, std::min(4, week - 2));
    const auto arm = [&](double rate, std::int64_t complaints) {
      const auto paid = static_cast<std::int64_t>(rate * static_cast<double>(mature));
      return std::vector<test::MadeState>{{mature, paid, units - mature, paid},
                                          {mature, mature > 0 ? complaints : 0, units - mature, complaints}};
    };
    looks.push_back(
        {kStart + week * kWeekMs, {arm(paid_control, complaints_control), arm(paid_treatment, complaints_treatment)}});
  }
  Scorecard card(const EvaluateOptions& options = {}) {
    auto result = evaluate(experiment, test::make_look_tally(experiment, looks), options);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }

  Experiment experiment = test::make_weekly_experiment();
  std::vector<test::MadeLook> looks;
};

TEST_F(LookDecisions, a_success_is_held_against_the_bound_of_its_look) {
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.25);
  const MetricResult paid = *find_result(card(), "paid");
  // Nothing of a window of two weeks is mature before the third look: of these looks only the third and fourth exist.
  const stats::SequentialPlan plan{{0.25, 0.5}, {}, Level::make(0.025).value(), 1, {}};
  const auto bounds = stats::sequential_bounds(plan);
  ASSERT_TRUE(bounds);
  EXPECT_EQ(paid.look, 4);
  EXPECT_NEAR(*paid.bound_p, bounds->nominal_p[1], 1e-12);
  EXPECT_NEAR(paid.difference->level, 1.0 - 2.0 * *paid.bound_p, 1e-15) << "the repeated interval";
  const auto pair = stats::make_pair_of_counts(400, 2000, 500, 2000);
  EXPECT_DOUBLE_EQ(*paid.p_value, stats::score_test_difference(*pair, 0.0)->p.greater);
  const auto repeated = stats::repeated_p_value(plan, 2, stats::normal_upper_quantile(*paid.p_value));
  ASSERT_TRUE(repeated);
  EXPECT_NEAR(*paid.p_repeated / *repeated, 1.0, 1e-5);
  EXPECT_DOUBLE_EQ(*paid.p_adjusted, *paid.p_repeated);
  EXPECT_EQ(paid.verdict, Verdict::kBetter);
}

TEST_F(LookDecisions, before_anything_may_be_spent_nothing_is_shown) {
  look(1, 0.2, 0.2);
  EXPECT_EQ(find_result(card(), "paid")->verdict, Verdict::kUnavailable);
  looks.clear();
  experiment.metrics[0].window_ms = kMillisecondsPerDay;
  experiment.plan.looks.insert(experiment.plan.looks.begin(), kStart + 2 * kMillisecondsPerDay);
  looks.push_back(
      {kStart + 2 * kMillisecondsPerDay, {{{150, 30, 0, 30}, {0, 0, 150, 0}}, {{150, 45, 0, 45}, {0, 0, 150, 0}}}});
  const MetricResult paid = *find_result(card(), "paid");
  EXPECT_EQ(paid.verdict, Verdict::kUnavailable);
  EXPECT_THAT(paid.unavailable, HasSubstr("not valid yet"));
  EXPECT_FALSE(paid.difference || paid.p_value || paid.bound_p);
}

TEST_F(LookDecisions, a_missed_look_does_not_spend) {
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.22);
  EvaluateOptions fresh;
  fresh.taken_is_known = true;
  EXPECT_GT(*find_result(card(fresh), "paid")->bound_p, *find_result(card(), "paid")->bound_p);
  EXPECT_NEAR(*find_result(card(fresh), "paid")->bound_p, stats::spent_alpha({}, 0.025, 0.5), 1e-15);
}

TEST_F(LookDecisions, the_last_look_has_the_whole_level_where_nothing_was_looked_at_before) {
  for (int week = 1; week <= 6; ++week) look(week, 0.2, 0.22, 30, 30);
  EvaluateOptions fresh;
  fresh.taken_is_known = true;
  EXPECT_NEAR(*find_result(card(fresh), "paid")->bound_p, 0.025, 1e-15);
  EXPECT_DOUBLE_EQ(*find_result(card(fresh), "paid")->p_repeated, *find_result(card(fresh), "paid")->p_value);
  EXPECT_LT(*find_result(card(), "paid")->bound_p, 0.025);
  EXPECT_TRUE(card().is_last_look);
  EXPECT_NE(card().recommendation.action, Action::kContinue);
}

TEST_F(LookDecisions, an_extra_look_neither_tests_nor_promotes) {
  for (int week = 1; week <= 5; ++week) look(week, 0.2, 0.35, 300, 250);
  looks.push_back(looks.back());
  looks.back().at += 3 * kMillisecondsPerDay;
  const Scorecard extra = card();
  EXPECT_EQ(extra.look, 0);
  EXPECT_EQ(extra.recommendation.action, Action::kContinue);
  EXPECT_THAT(extra.recommendation.reasons.front(), HasSubstr("not a planned look"));
  const MetricResult paid = *find_result(extra, "paid");
  EXPECT_EQ(paid.verdict, Verdict::kShownOnly);
  EXPECT_FALSE(paid.p_value || paid.p_repeated || paid.bound_p);
  ASSERT_TRUE(paid.difference);
  EXPECT_THAT(paid.method, HasSubstr("always-valid"));
  const auto fixed =
      stats::difference_interval(*stats::make_pair_of_counts(600, 3000, 1050, 3000), Level::make(0.95).value());
  EXPECT_LT(paid.difference->low, fixed.interval.low()) << "wider than an interval for one look";
}

TEST_F(LookDecisions, an_early_look_can_promote_what_wins_and_is_safe) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.05};
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.3, 100 * std::max(0, week - 2), 90 * std::max(0, week - 2));
  EXPECT_EQ(card().recommendation.action, Action::kPromote);
  EXPECT_FALSE(card().is_last_look);
  experiment.plan.minimum_days = 35;
  EXPECT_EQ(card().recommendation.action, Action::kContinue);
  EXPECT_THAT(card().recommendation.reasons.back(), HasSubstr("minimum duration"));
}

TEST_F(LookDecisions, going_on_says_what_is_missing_and_its_chance) {
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.215, 6 * week, 6 * week);
  const Recommendation on = card().recommendation;
  EXPECT_EQ(on.action, Action::kContinue);
  ASSERT_TRUE(on.chance);
  EXPECT_GT(*on.chance, 0.0);
  EXPECT_LT(*on.chance, 1.0);
  ASSERT_TRUE(on.chance_low);
  EXPECT_LT(*on.chance_low, *on.chance) << "two parts are missing";
  EXPECT_THAT(on.reasons[1], HasSubstr("paid is not shown better yet (chance "));
  EXPECT_THAT(on.reasons[1], HasSubstr("complaint is not shown safe yet"));
}

TEST_F(LookDecisions, parts_of_the_same_customers_give_a_range) {
  Outlook outlook{"a", {}, 0.9, 0.9, 0.9, 0.9};
  add_part(outlook, 0.8);
  EXPECT_NEAR(*outlook.chance, 0.8, 1e-12) << "where both go together";
  EXPECT_NEAR(*outlook.chance_low, 0.7, 1e-12) << "where one holds when the other fails";
  add_part(outlook, 0.2);
  EXPECT_NEAR(*outlook.chance, 0.2, 1e-12);
  EXPECT_EQ(*outlook.chance_low, 0.0);
  add_part(outlook, std::nullopt);
  EXPECT_FALSE(outlook.chance);
  EXPECT_FALSE(outlook.chance_low);
}

TEST_F(LookDecisions, what_is_shown_now_must_hold_at_the_look_that_promotes) {
  // Shown better and not yet shown safe: the guardrail is not all that can fail.
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.245, 8 * week, 8 * week);
  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, 6.0};
  const Scorecard shown = card();
  ASSERT_EQ(find_result(shown, "paid")->verdict, Verdict::kBetter);
  ASSERT_EQ(shown.recommendation.action, Action::kContinue);
  const Recommendation& on = shown.recommendation;
  EXPECT_EQ(on.chance_of, "a");
  const double z = stats::normal_upper_quantile(*find_result(shown, "paid")->p_value);
  const double most = predictive_chance(z, 0.5, stats::normal_upper_quantile(0.025));
  ASSERT_LT(most, 0.999) << "half of the customers are still to come";
  EXPECT_LT(*on.chance, most) << "at most the chance that it stays better, whatever the guardrail does";
  EXPECT_GT(*on.chance, 0.9);
}

TEST_F(LookDecisions, the_chance_is_that_of_the_variant_that_it_names) {
  experiment = test::make_weekly_experiment(2);
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.2, 10 * week, 10 * week);
  for (test::MadeLook& one : looks) one.arms.push_back(one.arms[0]);
  for (test::MadeState& state : looks.back().arms[2]) state.with_event = state.with_event * 21 / 20;
  const Scorecard nearer = card();
  ASSERT_EQ(nearer.recommendation.action, Action::kContinue);
  EXPECT_EQ(nearer.recommendation.chance_of, "b");
  EXPECT_EQ(to_json(nearer).find("recommendation")->find("chance_of")->as_string(), "b");
}

TEST_F(LookDecisions, futility_asks_for_the_most_that_any_success_may_have) {
  // Two metrics with the same small chance: no one knows whether together they have as much or twice that.
  experiment.metrics.insert(experiment.metrics.begin() + 1, experiment.metrics[0]);
  experiment.metrics[1].key = experiment.metrics[1].outcome = "answered";
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.208, 60, 60);
  for (test::MadeLook& one : looks)
    for (auto& arm : one.arms) arm.insert(arm.begin() + 1, arm[0]);
  experiment.plan.futility = 0.0;
  const std::string missing = card().recommendation.reasons[1];
  ASSERT_THAT(missing, testing::ContainsRegex("chance [0-9]+ to [0-9]+ % by the last look"));
  const auto at = missing.find("(chance ") + 8;
  const double least = std::stod(missing.substr(at));
  const double most = std::stod(missing.substr(missing.find(" to ", at) + 4));
  ASSERT_LT(least + 1.0, most);
  experiment.plan.futility = (least + 0.8) / 100.0;
  EXPECT_EQ(card().recommendation.action, Action::kContinue) << missing;
  experiment.plan.futility = (most + 0.8) / 100.0;
  EXPECT_EQ(card().recommendation.action, Action::kEndWithoutWinner);
  EXPECT_FALSE(card().recommendation.chance) << "of a promotion nothing is told that was not computed";
}

TEST_F(LookDecisions, a_chance_that_cannot_be_computed_is_not_told) {
  look(1, 0.2, 0.2);  // no window has closed
  const Recommendation on = card().recommendation;
  EXPECT_EQ(on.action, Action::kContinue) << "not futile either, as long as nobody knows";
  EXPECT_FALSE(on.chance);
  EXPECT_THAT(on.reasons[1], HasSubstr("paid is not shown better yet"));
  EXPECT_THAT(on.reasons[1], testing::Not(HasSubstr("yet (chance")));
}

TEST_F(LookDecisions, after_an_early_review_the_next_date_is_that_of_the_look_after_it) {
  look(1, 0.2, 0.2);
  look(2, 0.2, 0.2);
  looks.back().at -= 2 * kMillisecondsPerDay;
  EvaluateOptions early;
  early.taken = {{1, looks.front().at}};
  early.as_review = true;
  const Scorecard taken = card(early);
  ASSERT_EQ(taken.look, 2);
  EXPECT_THAT(taken.recommendation.reasons.front(),
              HasSubstr(format_date(kStart + 3 * kWeekMs, experiment.utc_offset)));
}

TEST_F(LookDecisions, hopeless_experiments_may_end_early_unless_the_plan_forbids_it) {
  for (int week = 1; week <= 5; ++week) look(week, 0.2, 0.19, 60, 60);
  EXPECT_EQ(card().recommendation.action, Action::kEndWithoutWinner);
  EXPECT_THAT(card().recommendation.reasons.front(), HasSubstr("futility"));
  experiment.plan.futility = 0.0;
  EXPECT_EQ(card().recommendation.action, Action::kContinue);
}

TEST_F(LookDecisions, a_rare_guardrail_waits_for_four_fifths_of_its_follow_up) {
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.3, 40 * week, 20 * week);
  MetricResult complaint = *find_result(card(), "complaint");
  EXPECT_EQ(complaint.verdict, Verdict::kNotProvenSafe);
  EXPECT_FALSE(complaint.p_value) << "no p before it is valid";
  EXPECT_THAT(complaint.reading, HasSubstr("within the margin so far"));
  EXPECT_THAT(complaint.reading, HasSubstr("follow-up 75 %"));
  look(5, 0.2, 0.3, 180, 90);
  complaint = *find_result(card(), "complaint");
  EXPECT_EQ(complaint.verdict, Verdict::kSafe);
  const std::vector<stats::HarmLook> direct{{5.0 / 6.0, {{1, 1, 90, 180}}}};
  const stats::HarmPlan plan{Level::make(0.05).value(), stats::HarmSpending::kObrienFleming, 1.5,
                             stats::Alternative::kLess};
  const auto monitor = stats::exact_harm_monitor(plan, direct);
  ASSERT_TRUE(monitor && monitor->stopped_at);
  EXPECT_LE(*complaint.p_value, *complaint.bound_p);
  EXPECT_LT(*complaint.p_repeated, 0.05);
}

TEST_F(LookDecisions, the_exact_margin_crosses_exactly_where_the_monitor_does) {
  for (std::int64_t treatment = 60; treatment <= 100; treatment += 2) {
    looks.clear();
    for (int week = 1; week <= 5; ++week) look(week, 0.2, 0.3, 16 * week, treatment * week / 5);
    look(6, 0.2, 0.3, 96, treatment * 6 / 5);
    const std::vector<stats::HarmLook> direct{{5.0 / 6.0, {{1, 1, treatment, 80}}},
                                              {1.0, {{1, 1, treatment * 6 / 5 - treatment, 16}}}};
    const stats::HarmPlan plan{Level::make(0.05).value(), stats::HarmSpending::kObrienFleming, 1.5,
                               stats::Alternative::kLess};
    const auto monitor = stats::exact_harm_monitor(plan, direct);
    const bool safe = find_result(card(), "complaint")->verdict == Verdict::kSafe;
    EXPECT_EQ(safe, monitor->stopped_at.has_value()) << treatment;
  }
}

TEST_F(LookDecisions, a_protected_segment_must_be_safe_as_well) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.05};
  experiment.segments = {"region"};
  experiment.plan.protected_segments = {{"region", "north"}};
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.3, 100 * std::max(0, week - 2), 90 * std::max(0, week - 2));
  const auto with = [&](std::int64_t complaints) {
    Tally tally = test::make_look_tally(experiment, looks);
    MarginTally north = tally.margins[0];
    north.segment = "region";
    north.value = "north";
    north.arms[1].metrics[1] = test::make_binary(2000, complaints);
    tally.margins.push_back(north);
    return evaluate(experiment, tally)->recommendation;
  };
  EXPECT_EQ(with(180).action, Action::kPromote);
  EXPECT_NE(with(290).action, Action::kPromote);
  EXPECT_NE(card().recommendation.action, Action::kPromote) << "nobody of the segment was exposed";
}

TEST_F(LookDecisions, a_tally_without_the_looks_taken_is_refused) {
  for (int week = 1; week <= 4; ++week) look(week, 0.2, 0.3);
  looks.erase(looks.begin() + 1);
  EXPECT_EQ(evaluate(experiment, test::make_look_tally(experiment, looks)).error().code, ErrorCode::kConflict);
  EvaluateOptions wrong;
  wrong.taken = {{9, kStart + kWeekMs}};
  EXPECT_EQ(evaluate(experiment, test::make_look_tally(experiment, looks), wrong).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(BoundCache, one_look_spends_what_the_function_says_and_equal_information_is_one_look) {
  BoundCache bounds;
  EXPECT_DOUBLE_EQ(*bounds.nominal(0.025, AlphaSpending::kLinear, {{0.4}, {10.0}}), 0.01);
  EXPECT_FALSE(bounds.nominal(0.025, AlphaSpending::kObrienFleming, {{0.05}, {10.0}}));
  EXPECT_FALSE(bounds.nominal(0.025, AlphaSpending::kLinear, {}));
  const LookShape two{{0.5, 1.0}, {100.0, 300.0}};
  const stats::SequentialPlan plan{
      {0.5, 1.0}, {1.0 / 3.0, 1.0}, Level::make(0.05).value(), 1, {stats::Spending::Family::kPocock, 1.0}};
  EXPECT_NEAR(*bounds.nominal(0.05, AlphaSpending::kPocock, two), stats::sequential_bounds(plan)->nominal_p[1], 1e-12);
  for (const double p : {0.4, 0.03, 1e-4, 1e-9}) {
    const double repeated = bounds.repeated_p(p, AlphaSpending::kPocock, two);
    EXPECT_NEAR(repeated / *stats::repeated_p_value(plan, 2, stats::normal_upper_quantile(p)), 1.0, 1e-4) << p;
  }
}

TEST(PredictiveChance, is_a_probability_between_now_and_then) {
  EXPECT_NEAR(predictive_chance(2.0, 0.999999, 2.5), 0.0, 1e-6);
  EXPECT_NEAR(predictive_chance(2.6, 0.999999, 2.5), 1.0, 1e-6);
  EXPECT_NEAR(predictive_chance(0.0, 0.5, 0.0), 0.5, 1e-12);
  // Half of the information and z at bound / sqrt(2): the trend points exactly at the bound.
  EXPECT_NEAR(predictive_chance(2.0 * std::sqrt(0.5), 0.5, 2.0), 0.5, 1e-12);
  const EventCount few{10, 10};
  EXPECT_LT(rare_chance(few, 0.5, 0.6, 0.5, 0.05), 0.35);
  EXPECT_GT(rare_chance({300, 300}, 0.5, 0.6, 0.5, 0.05), 0.99);
}

}  // namespace
}  // namespace tactful
