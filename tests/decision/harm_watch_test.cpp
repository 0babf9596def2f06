#include "harm_watch.hpp"

#include <gmock/gmock.h>

#include "made_looks.hpp"
#include "tactful/stats/harm_monitor.hpp"

namespace tactful {
namespace {

using test::find_result;
using test::find_watch;
using test::kStart;
using test::kWeekMs;
using test::MadeLook;
using testing::HasSubstr;

/// A pilot of six weekly looks whose planned part of the harm level is the 0.05 of the published example.
class HarmWatchTest : public testing::Test {
 protected:
  HarmWatchTest() { experiment.plan.alpha.harm = 0.0625; }

  /// Adds a look after `week` weeks with this many complaints so far.
  void look(double week, std::int64_t control, std::int64_t treatment) {
    const TimeMs at = kStart + static_cast<TimeMs>(week * static_cast<double>(kWeekMs));
    const auto units = static_cast<std::int64_t>(2000.0 * std::min(4.0, week));
    const auto mature = static_cast<std::int64_t>(2000.0 * std::max(0.0, std::min(4.0, week - 2.0)));
    const auto arm = [&](std::int64_t events, std::int64_t paid) {
      const std::int64_t seen = mature == 0 ? 0 : events;
      return std::vector<test::MadeState>{{mature, mature / 5, units - mature, paid},
                                          {mature, seen, units - mature, events}};
    };
    looks.push_back({at, {arm(control, units / 5), arm(treatment, units / 5)}});
  }
  Scorecard card(const EvaluateOptions& options = {}) {
    auto result = evaluate(experiment, test::make_look_tally(experiment, looks), options);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }
  const HarmWatch watch(const EvaluateOptions& options = {}) { return *find_watch(card(options), "complaint"); }

  Experiment experiment = test::make_weekly_experiment();
  std::vector<MadeLook> looks;
};

TEST_F(HarmWatchTest, in_the_first_week_an_alarm_takes_seven_complaints_all_of_the_variant) {
  look(1, 0, 6);
  const HarmWatch six = watch();
  EXPECT_EQ(six.alarm, HarmAlarm::kNone);
  EXPECT_FALSE(six.bound) << "no number of six could stop";
  looks.clear();
  look(1, 0, 7);
  EXPECT_EQ(watch().alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(watch().alarm_at, kStart + kWeekMs);
  EXPECT_EQ(card().recommendation.action, Action::kStop);
  EXPECT_EQ(card().recommendation.variant, "a");
  EXPECT_THAT(card().recommendation.reasons.front(), HasSubstr("complaint"));
  looks.clear();
  look(1, 1, 7);
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
}

TEST_F(HarmWatchTest, before_the_first_look_the_read_out_says_what_it_would_take) {
  look(0.5, 0, 2);
  const HarmWatch before = watch();
  EXPECT_EQ(before.minimum_events, 7);
  EXPECT_EQ(before.next_look, kStart + kWeekMs);
  EXPECT_EQ(before.next_bound, 7);
  EXPECT_THAT(before.reading, HasSubstr("under 7 events: no verdict possible"));
  EXPECT_THAT(before.reading, HasSubstr("stop if a has 7 or more while control stays at 0"));
}

TEST_F(HarmWatchTest, bounds_over_the_looks_are_those_of_the_exact_monitor) {
  look(1, 2, 3);
  look(2, 5, 6);
  look(3, 8, 11);
  const std::vector<stats::HarmLook> direct{
      {1.0 / 6, {{1, 1, 3, 2}}}, {2.0 / 6, {{1, 1, 3, 3}}}, {3.0 / 6, {{1, 1, 5, 3}}}, {4.0 / 6, {{1, 1, 0, 0}}}};
  stats::HarmPlan plan{Level::make(0.05).value()};
  const auto monitor = stats::exact_harm_monitor(plan, direct);
  ASSERT_TRUE(monitor);
  const HarmWatch now = watch();
  EXPECT_EQ(now.bound, monitor->looks[2].bound);
  EXPECT_NEAR(now.spent, monitor->looks[2].spent, 1e-15);
  EXPECT_EQ(now.next_bound, 11 + *monitor->looks[3].more_until_bound);
  EXPECT_EQ(now.control, 8);
  EXPECT_EQ(now.treatment, 11);
  // The read-out keeps its word.
  look(4, 8, *now.next_bound - 1);
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
  looks.pop_back();
  look(4, 8, *now.next_bound);
  EXPECT_EQ(watch().alarm, HarmAlarm::kPlanned);
}

TEST_F(HarmWatchTest, a_missed_look_leaves_its_level_to_the_next) {
  look(1, 0, 0);
  look(2, 0, 6);
  EXPECT_EQ(watch().alarm, HarmAlarm::kPlanned) << "what the first look did not spend is carried on";
  EvaluateOptions only_now;
  only_now.taken_is_known = true;
  EXPECT_EQ(watch(only_now).bound, 6);
  // Harm that the first look would have stopped counts only when that look was taken.
  looks.clear();
  look(1, 0, 7);
  look(2, 9, 9);
  EXPECT_EQ(watch().alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(watch(only_now).alarm, HarmAlarm::kNone);
}

TEST_F(HarmWatchTest, between_looks_the_e_process_alarms_and_only_stops) {
  look(1, 3, 4);
  look(1.5, 3, 30);
  const HarmWatch extra = watch();
  EXPECT_EQ(extra.alarm, HarmAlarm::kUnplanned);
  const std::vector<stats::HarmLook> direct{{1, {{1, 1, 4, 3}}}, {1, {{1, 1, 26, 0}}}};
  const auto evidence = stats::harm_eprocess(Level::make(0.0125).value(), 1.0, direct);
  EXPECT_DOUBLE_EQ(extra.log_e, evidence->log_e.back());
  EXPECT_DOUBLE_EQ(extra.log_e_needed, -std::log(0.0125));
  EXPECT_EQ(card().look, 0);
  EXPECT_EQ(card().recommendation.action, Action::kStop);
  looks.pop_back();
  look(1.5, 3, 12);
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
  EXPECT_EQ(card().recommendation.action, Action::kContinue);
}

TEST_F(HarmWatchTest, an_alarm_of_few_events_stands_when_the_metric_becomes_common) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, 1.001};
  look(1, 0, 7);
  look(2, 500, 507);
  look(3, 900, 907);
  const HarmWatch now = watch();
  EXPECT_EQ(now.alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(now.alarm_at, kStart + kWeekMs);
  EXPECT_TRUE(now.exact) << "every first event falls on an arm by its share, whatever the rate";
  EXPECT_EQ(now.control, 900);
  EXPECT_EQ(now.treatment, 907);
  looks[0].arms[1][1].first_events = 5;
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
}

TEST_F(HarmWatchTest, many_events_are_tested_as_rates_and_still_counted_between_looks) {
  look(1, 100, 100);
  look(1.5, 2'600, 3'100);
  const HarmWatch extra = watch();
  EXPECT_EQ(extra.alarm, HarmAlarm::kUnplanned) << "though no window has closed";
  EXPECT_FALSE(extra.exact);
  EXPECT_TRUE(extra.counts);
  EXPECT_EQ(extra.treatment, 3'100);
  EXPECT_TRUE(extra.unavailable.empty());
  looks.pop_back();
  look(1.5, 2'850, 2'850);
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
  EXPECT_LT(watch().log_e, 0.0);
}

TEST_F(HarmWatchTest, an_alarm_of_rates_at_an_earlier_look_is_not_lost) {
  const auto rates = [&](int week, std::int64_t mature, std::int64_t control, std::int64_t treatment) {
    const auto arm = [&](std::int64_t events) {
      return std::vector<test::MadeState>{{mature, mature / 5, 10'000, mature / 5}, {mature, events, 10'000, 6'000}};
    };
    looks.push_back({kStart + week * kWeekMs, {arm(control), arm(treatment)}});
  };
  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, 1.001};
  rates(3, 10'000, 4'000, 4'400);
  rates(4, 20'000, 8'000, 8'010);
  EvaluateOptions taken;
  taken.taken = {{3, kStart + 3 * kWeekMs}};
  HarmWatch now = watch(taken);
  EXPECT_EQ(now.alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(now.alarm_at, kStart + 3 * kWeekMs);
  EXPECT_GT(*now.p_value, *now.bound_p) << "the look of now would not raise it";
  // Of means, too.
  experiment.metrics[1].aggregation = Aggregation::kCount;
  now = watch(taken);
  EXPECT_EQ(now.alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(now.alarm_at, kStart + 3 * kWeekMs);
  EXPECT_FALSE(now.counts);
}

TEST_F(HarmWatchTest, no_verdict_is_possible_under_the_fewest_events_of_both_ways_to_stop) {
  experiment.plan.spending.harm = AlphaSpending::kObrienFleming;
  look(0.5, 0, 2);
  const HarmWatch before = watch();
  ASSERT_TRUE(before.minimum_events);
  const auto e_process = [](std::int64_t events) {
    const std::vector<stats::HarmLook> look{{1.0, {{1, 1, events, 0}}}};
    return stats::harm_eprocess(Level::make(0.0125).value(), 1.0, look)->first_rejection.has_value();
  };
  EXPECT_TRUE(e_process(*before.minimum_events)) << "a bound that hardly spends anything yet needs more";
  EXPECT_FALSE(e_process(*before.minimum_events - 1));
  looks.clear();
  look(0.5, 0, *before.minimum_events);
  EXPECT_EQ(watch().alarm, HarmAlarm::kUnplanned);
  looks.clear();
  look(0.5, 0, *before.minimum_events - 1);
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
  EXPECT_THAT(watch().reading, HasSubstr("no verdict possible"));
}

TEST_F(HarmWatchTest, over_a_million_events_the_same_evidence_goes_on) {
  look(1, 40, 40);
  look(1.5, 600'000, 600'060);
  const HarmWatch now = watch();
  EXPECT_LT(now.log_e, now.log_e_needed);
  looks.pop_back();
  look(1.5, 600'000, 900'000);
  EXPECT_GT(watch().log_e, watch().log_e_needed);
  const stats::HarmLook all{1.0, {{1, 1, 900'000, 600'000}}};
  const auto evidence = stats::harm_eprocess(Level::make(0.05).value(), 1.0, std::vector{all});
  ASSERT_TRUE(evidence) << describe(evidence.error());
  EXPECT_NEAR(watch().log_e, evidence->log_e[0], 1e-6) << "counted to the end";
}

TEST_F(HarmWatchTest, an_alarm_that_a_review_entered_stays) {
  look(1, 5, 5);
  EvaluateOptions options;
  options.latched = {{"a", "complaint", kStart + 3}};
  EXPECT_EQ(watch(options).alarm, HarmAlarm::kLatched);
  EXPECT_EQ(card(options).recommendation.action, Action::kStop);
}

TEST_F(HarmWatchTest, harm_outranks_invalid_data_and_stays_in_sight) {
  look(1, 0, 9);
  Tally tally = test::make_look_tally(experiment, looks);
  tally.integrity.zero_weight_units = 5;
  const auto card = evaluate(experiment, tally);
  ASSERT_TRUE(card);
  EXPECT_EQ(card->recommendation.action, Action::kStop);
  EXPECT_THAT(card->recommendation.reasons, testing::Contains(HasSubstr("invalid as well")));
  EXPECT_EQ(find_watch(*card, "complaint")->treatment, 9);
}

TEST_F(HarmWatchTest, the_share_of_a_metric_is_the_plan_s) {
  Metric severe = test::make_metric("severe", Role::kMonitor);
  severe.direction = Direction::kDecrease;
  experiment.metrics.push_back(severe);
  experiment.plan.harm_shares = {{"complaint", 0.5}, {"severe", 0.5}};
  look(1, 0, 0);
  for (auto& arm : looks.back().arms) arm.push_back({0, 0, 2000, 0});
  looks.back().arms[1].back().first_events = 8;
  EXPECT_EQ(find_watch(card(), "severe")->alarm, HarmAlarm::kPlanned) << "half of 1/6 of 0.05 takes eight events";
  EXPECT_DOUBLE_EQ(find_watch(card(), "severe")->level, 0.03125);
  EXPECT_EQ(card().recommendation.action, Action::kStop);
  experiment.plan.harm_shares.clear();
  EXPECT_EQ(find_watch(card(), "severe"), nullptr);
  EXPECT_EQ(card().recommendation.action, Action::kContinue);
}

TEST_F(HarmWatchTest, a_metric_that_should_rise_is_watched_for_falling) {
  experiment.metrics[1].direction = Direction::kIncrease;
  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, 0.5};
  look(1, 7, 0);
  const HarmWatch fallen = watch();
  EXPECT_EQ(fallen.alarm, HarmAlarm::kPlanned);
  EXPECT_TRUE(fallen.fewer_is_worse);
  EXPECT_EQ(fallen.control, 7);
  looks.clear();
  look(1, 0, 7);
  EXPECT_EQ(watch().alarm, HarmAlarm::kNone);
}

TEST_F(HarmWatchTest, worse_within_an_accepted_margin_is_no_reason_to_stop) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.02};
  for (int week = 1; week <= 6; ++week) look(week, 20 * week, 32 * week);
  const Scorecard result = card();
  EXPECT_EQ(find_result(result, "complaint")->verdict, Verdict::kSafeButWorse);
  EXPECT_EQ(find_watch(result, "complaint")->alarm, HarmAlarm::kNone);
  EXPECT_TRUE(find_watch(result, "complaint")->within_margin);
  EXPECT_NE(result.recommendation.action, Action::kStop);
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.0001};
  EXPECT_EQ(find_watch(card(), "complaint")->alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(card().recommendation.action, Action::kStop);
}

TEST_F(HarmWatchTest, between_looks_a_margin_that_no_planned_look_showed_settles_no_alarm) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.1};
  look(1, 3, 4);
  look(1.5, 3, 30);
  for (auto& arm : looks.back().arms) arm[1].mature = 2'000;  // enough to show the margin at the whole level
  EXPECT_EQ(watch().alarm, HarmAlarm::kUnplanned);
  EXPECT_FALSE(watch().within_margin);
}

TEST_F(HarmWatchTest, invalid_data_settle_no_alarm) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.02};
  for (int week = 1; week <= 6; ++week) look(week, 20 * week, 32 * week);
  Tally tally = test::make_look_tally(experiment, looks);
  ASSERT_TRUE(find_watch(*evaluate(experiment, tally), "complaint")->within_margin);
  tally.integrity.zero_weight_units = 5;
  const auto invalid = evaluate(experiment, tally);
  ASSERT_TRUE(invalid);
  EXPECT_EQ(find_watch(*invalid, "complaint")->alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(invalid->recommendation.action, Action::kStop);
}

}  // namespace
}  // namespace tactful
