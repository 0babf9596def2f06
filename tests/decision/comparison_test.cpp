#include <gtest/gtest.h>

#include <random>

#include "made_tally.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/rare_events.hpp"
#include "tactful/stats/two_proportions.hpp"

// Which method each metric gets, and that the scorecard's numbers are that method's.
namespace tactful {
namespace {

using test::find_result;
using test::make_experiment;
using test::make_tally;

Scorecard card_of(const Experiment& experiment, const Tally& tally) {
  const auto card = evaluate(experiment, tally);
  EXPECT_TRUE(card) << (card ? "" : describe(card.error()));
  return card ? *card : Scorecard{};
}

TEST(Comparison, many_events_are_tested_by_score) {
  const Experiment experiment = make_experiment();
  const Scorecard card = card_of(experiment, make_tally(experiment, {{4000, {800, 300}}, {4000, {900, 310}}}));
  const MetricResult& paid = *find_result(card, "paid");
  const auto pair = stats::make_pair_of_counts(800, 4000, 900, 4000);
  EXPECT_DOUBLE_EQ(*paid.p_value, stats::score_test_difference(*pair, 0.0)->p.greater);
  const auto level = Level::make(0.95);
  EXPECT_DOUBLE_EQ(paid.difference->low, stats::difference_interval(*pair, *level).interval.low());
  EXPECT_EQ(paid.difference->level, 0.95);
  EXPECT_EQ(paid.verdict, Verdict::kBetter);
  EXPECT_EQ(paid.hypothesis, "treatment > control");
  EXPECT_FALSE(paid.p_mid);
  const MetricResult& complaint = *find_result(card, "complaint");
  EXPECT_NE(complaint.method.find("score test of the ratio"), std::string::npos);
  EXPECT_DOUBLE_EQ(complaint.difference->level, 0.90);
}

TEST(Comparison, few_events_are_tested_exactly_by_a_rule_on_their_total) {
  const Experiment experiment = make_experiment();
  const Scorecard card = card_of(experiment, make_tally(experiment, {{4000, {7, 99}}, {4000, {12, 100}}}));
  const auto pair = stats::make_pair_of_counts(7, 4000, 12, 4000);
  EXPECT_DOUBLE_EQ(*find_result(card, "paid")->p_value, stats::fisher_exact(*pair).p_greater);
  EXPECT_DOUBLE_EQ(*find_result(card, "paid")->p_mid, stats::fisher_exact(*pair).midp_greater);
  const auto level = Level::make(0.95);
  const auto events = stats::compare_event_counts({99, 100, 1.0, 1.0}, 1.5, *level);
  EXPECT_DOUBLE_EQ(*find_result(card, "complaint")->p_mid, events->midp_less);
  EXPECT_DOUBLE_EQ(*find_result(card, "complaint")->p_value, events->p_less);
  // 200 events of 8,000 units are still rare; 5 in a hundred are not.
  const Scorecard rare = card_of(experiment, make_tally(experiment, {{4000, {10, 100}}, {4000, {10, 100}}}));
  EXPECT_NE(find_result(rare, "complaint")->method.find("exact conditional test"), std::string::npos);
  const Scorecard more = card_of(experiment, make_tally(experiment, {{4000, {10, 200}}, {4000, {10, 200}}}));
  EXPECT_NE(find_result(more, "paid")->method.find("score test of the difference"), std::string::npos);
  EXPECT_NE(find_result(more, "complaint")->method.find("score test of the ratio"), std::string::npos);
}

TEST(Comparison, rare_events_are_split_by_the_design_weights) {
  Experiment experiment = make_experiment();
  experiment.variants[0].weight = 3;
  const Scorecard card = card_of(experiment, make_tally(experiment, {{6000, {60, 30}}, {2000, {20, 10}}}));
  const auto level = Level::make(0.95);
  EXPECT_DOUBLE_EQ(*find_result(card, "complaint")->p_value,
                   stats::compare_event_counts({30, 10, 3.0, 1.0}, 1.5, *level)->p_less);
}

TEST(Comparison, without_any_event_there_is_no_p_value_but_an_interval) {
  const Experiment experiment = make_experiment();
  const Scorecard card = card_of(experiment, make_tally(experiment, {{4000, {0, 0}}, {4000, {0, 0}}}));
  const MetricResult& paid = *find_result(card, "paid");
  EXPECT_FALSE(paid.p_value);
  EXPECT_FALSE(paid.relative);
  EXPECT_EQ(paid.verdict, Verdict::kNoDifferenceShown);
  ASSERT_TRUE(paid.difference);
  EXPECT_GT(paid.difference->high, 0.0);
  EXPECT_EQ(find_result(card, "complaint")->verdict, Verdict::kNotProvenSafe)
      << "no complaint at all says nothing about their ratio";
}

TEST(Comparison, an_absolute_margin_is_tested_on_the_difference) {
  Experiment experiment = make_experiment();
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.002};
  const Scorecard card = card_of(experiment, make_tally(experiment, {{40000, {800, 40}}, {40000, {900, 44}}}));
  const auto pair = stats::make_pair_of_counts(40, 40000, 44, 40000);
  const MetricResult& complaint = *find_result(card, "complaint");
  EXPECT_DOUBLE_EQ(*complaint.p_value, stats::score_test_difference(*pair, 0.002)->p.less);
  EXPECT_EQ(complaint.verdict, Verdict::kSafe);
  EXPECT_EQ(complaint.hypothesis, "treatment < control + 0.002");
  EXPECT_EQ(complaint.verdict == Verdict::kSafe, complaint.difference->high < 0.002) << "test and interval agree";
}

TEST(Comparison, means_are_tested_by_welch) {
  Experiment experiment = make_experiment();
  experiment.metrics[0].aggregation = Aggregation::kSum;
  Tally tally = make_tally(experiment, {{5, {0, 0}}, {4, {0, 0}}});
  const std::vector<double> control = {1, 2, 3, 4, 10}, treatment = {5, 6, 9, 12};
  for (std::size_t v = 0; v < 2; ++v) {
    ArmMetric& metric = tally.margins[0].arms[v].metrics[0];
    metric = {};
    for (const double value : v == 0 ? control : treatment) metric.mature.add(value);
  }
  const MetricResult paid = *find_result(card_of(experiment, tally), "paid");
  const auto level = Level::make(0.95);
  const auto welch = stats::welch_test(stats::Moments::of(control), stats::Moments::of(treatment), *level);
  EXPECT_NEAR(*paid.p_value, welch->p.greater, 1e-14);
  EXPECT_NEAR(paid.difference->low, welch->interval.low(), 1e-12);
  EXPECT_EQ(paid.kind, "mean");
}

TEST(Comparison, shares_of_alpha_are_fixed_and_the_interval_matches_the_test) {
  Experiment experiment = make_experiment(2);
  experiment.metrics.push_back(test::make_metric("answered", Role::kSuccess));
  Tally tally = make_tally(experiment, {{4000, {800, 200, 50}}, {4000, {840, 200, 50}}, {4000, {900, 200, 60}}});
  const Scorecard card = card_of(experiment, tally);
  const MetricResult& paid = *find_result(card, "paid", "a");
  EXPECT_DOUBLE_EQ(*paid.alpha, 0.025 / 4);
  EXPECT_DOUBLE_EQ(paid.difference->level, 1 - 0.05 / 4);
  EXPECT_DOUBLE_EQ(*paid.p_adjusted, std::min(1.0, *paid.p_value * 4));
  EXPECT_DOUBLE_EQ(*find_result(card, "complaint", "b")->alpha, 0.05 / 2);
  experiment.plan.shares = {{"paid", 0.8}};
  tally.fingerprint = fingerprint(experiment);
  const Scorecard shared = card_of(experiment, tally);
  EXPECT_DOUBLE_EQ(*find_result(shared, "paid", "b")->alpha, 0.025 * 0.8 / 2);
  EXPECT_EQ(find_result(shared, "answered", "b")->verdict, Verdict::kShownOnly) << "the plan gives it no share";
  EXPECT_FALSE(find_result(shared, "answered", "b")->p_value);
}

TEST(Comparison, interval_and_test_agree_for_random_counts) {
  const Experiment experiment = make_experiment();
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    const auto n = static_cast<std::int64_t>(500 + random() % 4000);
    const auto x = static_cast<std::int64_t>(60 + random() % 300), y = static_cast<std::int64_t>(60 + random() % 300);
    const Scorecard card = card_of(experiment, make_tally(experiment, {{n, {x, 1}}, {n, {y, 1}}}));
    const MetricResult& paid = *find_result(card, "paid");
    EXPECT_EQ(*paid.p_value <= *paid.alpha, paid.difference->low >= 0.0) << n << ' ' << x << ' ' << y;
    EXPECT_LE(paid.difference->low, paid.difference->estimate);
    EXPECT_GE(paid.difference->high, paid.difference->estimate);
    EXPECT_NEAR(paid.relative->estimate, static_cast<double>(y) / static_cast<double>(x) - 1, 1e-12);
  }
}

TEST(Comparison, arms_without_mature_units_are_unavailable) {
  const Experiment experiment = make_experiment();
  Tally tally = make_tally(experiment, {{40, {8, 4}}, {40, {9, 4}}});
  tally.margins[0].arms[1].metrics[0] = {};
  tally.margins[0].arms[1].metrics[0].immature_units = 40;
  tally.unavailable = {"complaint"};
  const Scorecard card = card_of(experiment, tally);
  const MetricResult& paid = *find_result(card, "paid");
  EXPECT_EQ(paid.verdict, Verdict::kUnavailable);
  EXPECT_NE(paid.unavailable.find("no unit"), std::string::npos);
  EXPECT_FALSE(paid.difference || paid.p_value || paid.p_harm);
  EXPECT_EQ(paid.immature_treatment, 40);
  EXPECT_NE(find_result(card, "complaint")->unavailable.find("no outcome"), std::string::npos);
  EXPECT_EQ(card.recommendation.action, Action::kEndWithoutWinner);
}

TEST(Comparison, clusters_are_the_unit_of_analysis) {
  Experiment experiment = make_experiment();
  experiment.cluster = "household";
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.05};
  Tally tally = make_tally(experiment, {{2000, {600, 200}}, {2000, {700, 200}}});
  std::mt19937_64 random(3);
  for (std::size_t v = 0; v < 2; ++v) {
    ArmTally& arm = tally.margins[0].arms[v];
    arm.clusters = 500;
    for (ArmMetric& metric : arm.metrics) {
      // Whole households of four act alike, as far as the total allows.
      const auto total = static_cast<std::int64_t>(metric.mature.sum.value());
      for (std::int64_t g = 0; g < 500; ++g) metric.clusters.add(4, g < total / 4 ? 4 : 0);
      metric.first_events = total / 4;
    }
  }
  const Scorecard card = card_of(experiment, tally);
  const MetricResult& paid = *find_result(card, "paid");
  EXPECT_EQ(card.randomised, "household");
  EXPECT_NEAR(paid.difference->estimate, 0.05, 1e-12);
  const auto pair = stats::make_pair_of_counts(600, 2000, 700, 2000);
  const double naive = stats::score_test_difference(*pair, 0.0)->se;
  EXPECT_NEAR((paid.difference->high - paid.difference->low) / (2 * 1.96 * naive), 2.0, 0.05)
      << "fully alike households of four: twice as wide";
  EXPECT_NE(paid.method.find("cluster-robust"), std::string::npos);
  EXPECT_TRUE(find_result(card, "complaint")->relative);
}

// One arm of clusters, all of `size` units, `events` of them in each cluster that has any.
void set_clusters(ArmTally& arm, std::size_t metric_index, std::int64_t clusters, std::int64_t size,
                  std::int64_t with_events, std::int64_t events) {
  ArmMetric& metric = arm.metrics[metric_index];
  metric = {};
  arm.units = clusters * size;
  arm.clusters = clusters;
  for (std::int64_t g = 0; g < clusters; ++g) {
    const std::int64_t here = g < with_events ? events : 0;
    metric.clusters.add(static_cast<double>(size), static_cast<double>(here));
    metric.mature.units += size;
    metric.mature.sum.add(static_cast<double>(here));
    metric.mature.squares.add(static_cast<double>(here));
    metric.first_events += here > 0 ? 1 : 0;
  }
}

TEST(Comparison, clusters_that_nearly_all_have_an_event_do_not_hide_a_rate_four_times_as_high) {
  Experiment experiment = make_experiment();
  experiment.cluster = "household";
  Tally tally = make_tally(experiment, {{6000, {600, 300}}, {6000, {900, 1200}}});
  for (std::size_t v = 0; v < 2; ++v) {
    set_clusters(tally.margins[0].arms[v], 0, 60, 100, 60, v == 0 ? 10 : 15);
    set_clusters(tally.margins[0].arms[v], 1, 60, 100, 58, v == 0 ? 5 : 20);
  }
  const Scorecard card = card_of(experiment, tally);
  const MetricResult& complaint = *find_result(card, "complaint");
  EXPECT_EQ(complaint.verdict, Verdict::kHarmful);
  EXPECT_NE(complaint.method.find("cluster-robust"), std::string::npos) << complaint.method;
  EXPECT_EQ(card.recommendation.action, Action::kStop);
}

TEST(Comparison, few_clusters_with_many_events_each_leave_a_ratio_margin_unjudged) {
  Experiment experiment = make_experiment();
  experiment.cluster = "household";
  Tally tally = make_tally(experiment, {{6000, {600, 40}}, {6000, {900, 40}}});
  for (std::size_t v = 0; v < 2; ++v) {
    set_clusters(tally.margins[0].arms[v], 0, 600, 10, 300, 2);
    set_clusters(tally.margins[0].arms[v], 1, 600, 10, 5, 8);
  }
  const MetricResult complaint = *find_result(card_of(experiment, tally), "complaint");
  EXPECT_EQ(complaint.verdict, Verdict::kNotProvenSafe);
  EXPECT_FALSE(complaint.p_value);
}

TEST(Comparison, fewer_than_ten_clusters_in_an_arm_are_not_tested) {
  Experiment experiment = make_experiment();
  experiment.cluster = "household";
  Tally tally = make_tally(experiment, {{9000, {2700, 90}}, {9000, {3600, 90}}});
  for (std::size_t v = 0; v < 2; ++v) {
    set_clusters(tally.margins[0].arms[v], 0, 9, 1000, 9, v == 0 ? 300 : 400);
    set_clusters(tally.margins[0].arms[v], 1, 9, 1000, 9, 10);
  }
  const MetricResult paid = *find_result(card_of(experiment, tally), "paid");
  EXPECT_FALSE(paid.p_value);
  EXPECT_NE(paid.method.find("too few for a test"), std::string::npos) << paid.method;
}

TEST(Comparison, a_success_metric_without_a_share_still_stands_in_the_way_when_it_falls) {
  Experiment experiment = make_experiment();
  experiment.metrics.push_back(test::make_metric("responded", Role::kSuccess));
  experiment.plan.shares = {{"paid", 1.0}};
  const Scorecard card =
      card_of(experiment, make_tally(experiment, {{8000, {1600, 250, 2400}}, {8000, {1800, 240, 800}}}));
  EXPECT_EQ(find_result(card, "responded")->verdict, Verdict::kWorse);
  EXPECT_NE(card.recommendation.action, Action::kPromote);
}

}  // namespace
}  // namespace tactful
