#include "tactful/tally/tally_events.hpp"

#include <gtest/gtest.h>

#include "support/memory_source.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "test_experiment.hpp"

namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using test::MemorySource;

constexpr std::size_t kConverted = 0, kComplaint = 1, kCalls = 2, kOrderValue = 3, kCsat = 4;
constexpr TimeMs kHour = kMillisecondsPerHour;

class TallyEvents : public testing::Test {
 protected:
  Tally tally(TimeMs as_of = kStart + 60 * kDay, std::size_t partitions = 1, int threads = 1) {
    source.seal(partitions);
    auto result = tally_events(experiment, source, {as_of, "pilot", threads});
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Tally{};
  }
  Error error(TallyOptions options = {kStart + 60 * kDay, "pilot", 1}) {
    source.seal(1);
    auto result = tally_events(experiment, source, options);
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  Experiment experiment = test::make_experiment();
  MemorySource source;
};

TEST_F(TallyEvents, counts_outcomes_within_the_window_only) {
  source.exposures = {{1, "control", kStart}, {2, "friendly", kStart}, {3, "friendly", kStart}};
  source.outcomes = {{1, "converted", kStart},                 // the same millisecond counts
                     {2, "converted", kStart + 7 * kDay - 1},  // the last one that counts
                     {3, "converted", kStart + 7 * kDay},      // the first that does not
                     {9, "converted", kStart + kHour}};        // never exposed
  const Tally t = tally();
  EXPECT_EQ(t.margins[0].arms[0].metrics[kConverted].mature.sum.value(), 1);
  EXPECT_EQ(t.margins[0].arms[1].metrics[kConverted].mature.sum.value(), 1);
  EXPECT_EQ(t.margins[0].arms[1].metrics[kConverted].mature.units, 2);
  EXPECT_EQ(t.margins[0].arms[1].metrics[kConverted].first_events, 1);
  EXPECT_EQ(t.integrity.exposures, 3);
  EXPECT_EQ(t.integrity.units, 3);
  EXPECT_EQ(t.data_fingerprint, std::string(32, '7'));
  EXPECT_EQ(t.fingerprint, fingerprint(experiment));
}

TEST_F(TallyEvents, a_unit_counts_once_by_its_first_exposure) {
  source.exposures = {{1, "friendly", kStart + kDay}, {1, "friendly", kStart}, {1, "friendly", kStart + 3 * kDay}};
  source.outcomes = {{1, "converted", kStart + 2 * kDay}, {1, "converted", kStart + 3 * kDay}};
  const Tally t = tally();
  EXPECT_EQ(t.margins[0].arms[1].units, 1);
  EXPECT_EQ(t.margins[0].arms[1].metrics[kConverted].mature.sum.value(), 1);
  EXPECT_EQ(t.integrity.exposures, 3);
  EXPECT_EQ(t.integrity.units_in_two_variants, 0);
  ASSERT_EQ(t.days.size(), 1u);
  EXPECT_EQ(t.first_exposure, kStart);
  EXPECT_EQ(t.last_exposure, kStart);
}

TEST_F(TallyEvents, a_unit_in_two_variants_is_analysed_by_the_first_and_left_out_of_the_sensitivity_analysis) {
  source.exposures = {
      {1, "friendly", kStart + 1}, {1, "control", kStart + 2}, {2, "brief", kStart}, {2, "control", kStart}};
  source.outcomes = {{1, "converted", kStart + kHour}};
  const Tally t = tally();
  EXPECT_EQ(t.integrity.units_in_two_variants, 2);
  EXPECT_EQ(t.margins[0].arms[1].units, 1);
  EXPECT_EQ(t.margins[0].arms[0].units, 1) << "equal times: the lower variant index";
  EXPECT_EQ(t.margins[0].arms[2].units, 0);
  for (const ArmTally& arm : t.without_crossovers.arms) EXPECT_EQ(arm.units, 0);
}

TEST_F(TallyEvents, matures_by_whole_exposure_day) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart + kDay - 1}, {3, "control", kStart + kDay}};
  source.outcomes = {{1, "converted", kStart + 1}, {3, "converted", kStart + kDay + 1}};
  const TimeMs day_is_over = kStart + 8 * kDay;
  const Tally before = tally(day_is_over - 1);
  EXPECT_EQ(before.margins[0].arms[0].metrics[kConverted].mature.units, 0);
  EXPECT_EQ(before.margins[0].arms[0].metrics[kConverted].immature_units, 3);
  EXPECT_EQ(before.margins[0].arms[0].metrics[kConverted].first_events, 2) << "first events count at once";
  const Tally at = tally(day_is_over);
  EXPECT_EQ(at.margins[0].arms[0].metrics[kConverted].mature.units, 2);
  EXPECT_EQ(at.margins[0].arms[0].metrics[kConverted].mature.sum.value(), 1);
  EXPECT_EQ(at.margins[0].arms[0].metrics[kConverted].immature_units, 1);
}

TEST_F(TallyEvents, days_are_those_of_the_experiment_s_offset) {
  experiment.utc_offset = *UtcOffset::parse("+08:00");
  source.exposures = {{1, "control", kStart + 15 * kHour}, {2, "control", kStart + 16 * kHour}};
  const Tally t = tally(kStart + 7 * kDay + 16 * kHour);
  ASSERT_EQ(t.days.size(), 2u);
  EXPECT_EQ(t.days[0].day + 1, t.days[1].day);
  EXPECT_EQ(t.margins[0].arms[0].metrics[kConverted].mature.units, 1);
}

TEST_F(TallyEvents, days_carry_the_traffic_fraction) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart + 10 * kDay}};
  const Tally t = tally();
  ASSERT_EQ(t.days.size(), 2u);
  EXPECT_EQ(t.days[0].millionths, 100'000);
  EXPECT_EQ(t.days[1].millionths, 1'000'000);
  EXPECT_EQ(t.days[1].arms[0].units, 1);
}

TEST_F(TallyEvents, events_at_as_of_do_not_count) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart + kDay}};
  source.outcomes = {{1, "converted", kStart + kDay}};
  const Tally t = tally(kStart + kDay);
  EXPECT_EQ(t.integrity.units, 1);
  EXPECT_EQ(t.margins[0].arms[0].metrics[kConverted].first_events, 0);
}

TEST_F(TallyEvents, aggregates_counts_sums_and_first_values) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart}};
  source.outcomes = {{1, "calls", kStart + 1},
                     {1, "calls", kStart + 2},
                     {1, "calls", kStart + 9 * kDay},
                     {1, "order_value", kStart + 1, 12.5},
                     {1, "order_value", kStart + 2, -2.5},
                     {1, "csat", kStart + 5, 2},
                     {1, "csat", kStart + 4, 5},
                     {1, "csat", kStart + 6, 1}};
  const ArmTally arm = tally().margins[0].arms[0];
  EXPECT_EQ(arm.metrics[kCalls].mature.sum.value(), 2);
  EXPECT_EQ(arm.metrics[kCalls].mature.squares.value(), 4);
  EXPECT_EQ(arm.metrics[kCalls].mature.units, 2);
  EXPECT_EQ(arm.metrics[kOrderValue].mature.sum.value(), 10);
  EXPECT_EQ(arm.metrics[kOrderValue].mature.squares.value(), 100);
  EXPECT_EQ(arm.metrics[kCsat].mature.sum.value(), 5);
  EXPECT_EQ(arm.metrics[kCsat].mature.units, 1) << "a unit that gave no score is missing, not zero";
  EXPECT_EQ(arm.metrics[kCsat].missing_units, 1);
}

TEST_F(TallyEvents, two_metrics_may_count_one_outcome_over_different_windows) {
  experiment.metrics = {test::make_metric("week", Aggregation::kAny, 7 * kDay),
                        test::make_metric("month", Aggregation::kAny, 28 * kDay)};
  experiment.metrics[0].outcome = experiment.metrics[1].outcome = "converted";
  source.exposures = {{1, "control", kStart}};
  source.outcomes = {{1, "converted", kStart + 10 * kDay}};
  const ArmTally arm = tally().margins[0].arms[0];
  EXPECT_EQ(arm.metrics[0].mature.sum.value(), 0);
  EXPECT_EQ(arm.metrics[1].mature.sum.value(), 1);
}

TEST_F(TallyEvents, counts_outcomes_before_the_exposure_by_variant) {
  source.exposures = {{1, "friendly", kStart + 2 * kDay}, {2, "control", kStart + 2 * kDay}};
  source.outcomes = {{1, "complaint", kStart + kDay}, {1, "complaint", kStart + 1}, {2, "complaint", kStart - 1}};
  const Tally t = tally();
  EXPECT_EQ(t.integrity.outcomes_before_exposure, 2) << "those before the pilot are history, not a fault";
  EXPECT_EQ(t.integrity.arms[1].units_with_earlier_outcomes, 1);
  EXPECT_EQ(t.integrity.arms[0].units_with_earlier_outcomes, 0);
  EXPECT_EQ(t.margins[0].arms[1].metrics[kComplaint].mature.sum.value(), 0);
}

TEST_F(TallyEvents, leaves_out_and_counts_what_does_not_belong) {
  source.exposures = {{1, "control", kStart},
                      {2, "nobody-knows", kStart},
                      {3, "control", kStart - 1},
                      {4, "control", kStart + 28 * kDay},
                      {5, "retired", kStart},
                      {6, "control", kStart, 0, "", "other"},
                      {7, "control", kStart, 0, "", "", "rollout-1"},
                      {8, "control", kStart, 0, "", "", "pilot", "another"}};
  const Tally t = tally();
  EXPECT_EQ(t.integrity.exposures, 6);
  EXPECT_EQ(t.integrity.unknown_variant_exposures, 1);
  EXPECT_EQ(t.integrity.outside_enrolment_exposures, 2);
  EXPECT_EQ(t.integrity.zero_weight_units, 1);
  EXPECT_EQ(t.integrity.other_fingerprint_exposures, 1);
  EXPECT_EQ(t.margins[0].arms[0].units, 2);
  EXPECT_TRUE(t.imported);
}

TEST_F(TallyEvents, a_recorded_exposure_is_no_import) {
  source.exposures = {{1, "control", kStart, 0, "", fingerprint(experiment)}};
  const Tally t = tally();
  EXPECT_FALSE(t.imported);
  EXPECT_EQ(t.integrity.other_fingerprint_exposures, 0);
}

TEST_F(TallyEvents, takes_the_phase_asked_for) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart, 0, "", "", "rollout-1"}};
  source.seal(1);
  const auto t = tally_events(experiment, source, {kStart + kDay, "rollout-1", 1});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->integrity.units, 1);
  EXPECT_EQ(t->phase, "rollout-1");
}

TEST_F(TallyEvents, a_later_phase_enrols_up_to_the_end_that_is_given) {
  source.exposures = {{1, "control", kStart + 90 * kDay - 1, 0, "", "", "rollout-1"},
                      {2, "friendly", kStart + 90 * kDay, 0, "", "", "rollout-1"},
                      {3, "control", kStart + 300 * kDay, 0, "", "", "rollout-1"}};
  source.outcomes = {{1, "complaint", kStart + 90 * kDay}, {2, "complaint", kStart + 91 * kDay}};
  source.seal(1);
  TallyOptions options{kStart + 400 * kDay, "rollout-1", 1};
  EXPECT_EQ(tally_events(experiment, source, options)->integrity.units, 3) << "no end is known";
  options.enrolment_end = kStart + 90 * kDay;
  const auto ended = tally_events(experiment, source, options);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->integrity.units, 1);
  EXPECT_EQ(ended->integrity.outside_enrolment_exposures, 2);
  EXPECT_EQ(ended->margins[0].arms[1].units, 0);
  EXPECT_EQ(ended->margins[0].arms[0].metrics[kComplaint].first_events, 1);
}

TEST_F(TallyEvents, breaks_down_by_declared_segments_of_the_first_exposure) {
  experiment.segments = {"region"};
  source.exposures = {{1, "control", kStart, 0, R"({"region":"east","tenure":"new"})"},
                      {1, "control", kStart + 1, 0, R"({"region":"west"})"},
                      {2, "friendly", kStart, 0, R"({"region":"west"})"},
                      {3, "friendly", kStart, 0, ""}};
  source.outcomes = {{1, "converted", kStart + 1}};
  const Tally t = tally();
  ASSERT_EQ(t.margins.size(), 3u);
  EXPECT_EQ(t.margins[1].value, "east");
  EXPECT_EQ(t.margins[1].arms[0].metrics[kConverted].mature.sum.value(), 1);
  EXPECT_EQ(t.margins[2].segment, "region");
  EXPECT_EQ(t.margins[2].value, "west");
  EXPECT_EQ(t.margins[2].arms[1].units, 1);
  EXPECT_EQ(t.margins[2].arms[0].units, 0);
  EXPECT_EQ(t.margins[0].arms[1].units, 2);
}

TEST_F(TallyEvents, groups_units_by_cluster) {
  experiment.cluster = "household";
  experiment.segments = {"region"};
  source.exposures = {{1, "control", kStart, 101, R"({"region":"east"})"},
                      {2, "control", kStart, 101, R"({"region":"west"})"},
                      {3, "control", kStart, 102, R"({"region":"east"})"},
                      {4, "friendly", kStart, 103},
                      {5, "friendly", kStart, 0},
                      {6, "control", kStart, 104},
                      {7, "friendly", kStart, 104}};
  source.outcomes = {{1, "converted", kStart + 1}, {2, "converted", kStart + 1}, {1, "calls", kStart + 1}};
  const Tally t = tally(kStart + 60 * kDay, 3, 2);
  const ArmTally& control = t.margins[0].arms[0];
  EXPECT_EQ(control.units, 4);
  EXPECT_EQ(control.clusters, 3);
  EXPECT_EQ(control.metrics[kConverted].clusters.clusters, 3);
  EXPECT_EQ(control.metrics[kConverted].clusters.size.value(), 4);
  EXPECT_EQ(control.metrics[kConverted].clusters.total.value(), 2);
  EXPECT_EQ(control.metrics[kConverted].clusters.total_squares.value(), 4);
  EXPECT_EQ(control.metrics[kConverted].clusters.size_total.value(), 4);
  EXPECT_EQ(control.metrics[kConverted].first_events, 1) << "one household";
  EXPECT_EQ(control.metrics[kCsat].clusters.clusters, 0) << "nobody gave a score";
  EXPECT_EQ(t.integrity.missing_cluster_units, 1);
  EXPECT_EQ(t.integrity.clusters_in_two_variants, 1);
  ASSERT_EQ(t.margins.size(), 3u);
  EXPECT_EQ(t.margins[1].arms[0].clusters, 2) << "household 101 has a member in each region";
  EXPECT_EQ(t.margins[2].arms[0].clusters, 1);
}

TEST_F(TallyEvents, counts_deliveries_by_what_was_assigned) {
  source.exposures = {{1, "friendly", kStart}, {2, "control", kStart}, {3, "friendly", kStart},
                      {4, "brief", kStart},    {5, "control", kStart}, {5, "friendly", kStart + 10}};
  source.deliveries = {
      {1, "friendly", kStart + 1},        {2, "friendly", kStart + 1}, {3, "control", kStart + 1, "missing-field"},
      {4, "", kStart + 1, "quiet-hours"}, {5, "control", kStart + 1},  {5, "friendly", kStart + 11},
      {5, "control", kStart + 12},        {9, "friendly", kStart},     {2, "unheard-of", kStart + 2}};
  const Integrity i = tally().integrity;
  EXPECT_EQ(i.deliveries, 8);
  EXPECT_EQ(i.delivered_other_variant, 3);
  EXPECT_EQ(i.degraded, 1);
  EXPECT_EQ(i.held, 1);
  EXPECT_EQ(i.arms[0].delivered_other_variant, 2);
  EXPECT_EQ(i.arms[1].delivered_other_variant, 1) << "unit 5 was in friendly when it got control";
  EXPECT_EQ(i.arms[1].degraded, 1);
  EXPECT_EQ(i.arms[2].held, 1);
}

TEST_F(TallyEvents, takes_no_delivery_of_another_phase) {
  source.exposures = {{1, "friendly", kStart}, {1, "control", kStart + 30 * kDay, 0, "", "", "rollout-1"}};
  source.deliveries = {{1, "friendly", kStart}, {1, "control", kStart + 30 * kDay, "", "rollout-1"}};
  const Integrity pilot = tally().integrity;
  EXPECT_EQ(pilot.deliveries, 1);
  EXPECT_EQ(pilot.delivered_other_variant, 0) << "after a promotion everybody gets the same";
  const auto rollout = tally_events(experiment, source, {kStart + 60 * kDay, "rollout-1", 1});
  ASSERT_TRUE(rollout) << describe(rollout.error());
  EXPECT_EQ(rollout->integrity.arms[0].deliveries, 1);
  EXPECT_EQ(rollout->integrity.delivered_other_variant, 0);
}

TEST_F(TallyEvents, takes_deliveries_that_follow_a_counted_exposure) {
  const TimeMs end = kStart + 28 * kDay;
  source.exposures = {{1, "friendly", kStart + kHour}, {1, "control", end},      {2, "control", kStart - kHour},
                      {2, "friendly", kStart + kHour}, {3, "friendly", kStart},  {3, "unheard-of", kStart + kDay},
                      {3, "brief", kStart + 2 * kDay}, {4, "friendly", end - 1}, {5, "friendly", kStart},
                      {5, "unheard-of", kStart}};
  source.deliveries = {{1, "brief", kStart},                 // before the first exposure
                       {1, "friendly", kStart + kHour},      // counts
                       {1, "control", end},                  // of the exposure after the enrolment
                       {2, "control", kStart},               // of the exposure before the pilot
                       {2, "friendly", kStart + 2 * kHour},  // counts
                       {3, "friendly", kStart + 1},          // counts
                       {3, "unheard-of", kStart + kDay},     // of the exposure to a variant that the experiment lacks
                       {3, "brief", kStart + 2 * kDay},      // counts
                       {4, "friendly", end + kDay},          // counts: sent late, exposed in time
                       {5, "friendly", kStart}};             // counts: of two at one millisecond the counted one
  const Integrity i = tally().integrity;
  EXPECT_EQ(i.deliveries, 6);
  EXPECT_EQ(i.delivered_other_variant, 0);
  EXPECT_EQ(i.arms[1].deliveries, 5);
  EXPECT_EQ(i.arms[2].deliveries, 1);
}

TEST_F(TallyEvents, only_the_pilot_has_an_enrolment_period) {
  const TimeMs later = experiment.plan.enrolment_end + 10 * kDay;
  source.exposures = {{1, "control", later, 0, "", "", "rollout-1"}, {2, "friendly", later, 0, "", "", "rollout-1"}};
  source.outcomes = {{2, "converted", later + kHour}};
  source.seal(1);
  const auto t = tally_events(experiment, source, {later + 30 * kDay, "rollout-1", 1});
  ASSERT_TRUE(t) << describe(t.error());
  EXPECT_EQ(t->integrity.units, 2);
  EXPECT_EQ(t->integrity.outside_enrolment_exposures, 0);
  EXPECT_EQ(t->margins[0].arms[1].metrics[kConverted].mature.sum.value(), 1);
}

TEST_F(TallyEvents, says_why_there_is_nothing_to_tally) {
  EXPECT_EQ(error().code, ErrorCode::kInsufficientData);
  source.exposures = {{1, "control", kStart, 0, "", "", "rollout-1"}};
  EXPECT_EQ(error().code, ErrorCode::kInsufficientData);
  source.exposures = {{1, "control", kStart}};
  EXPECT_EQ(error({kStart, "pilot", 1}).code, ErrorCode::kInsufficientData);
  EXPECT_EQ(error({kStart + 1, "pilot", 0}).code, ErrorCode::kInvalidArgument);
}

TEST_F(TallyEvents, passes_on_errors_of_the_source) {
  source.exposures = {{1, "control", kStart}};
  source.outcomes = {{1, "converted", kStart}};
  source.failure = Error{ErrorCode::kStorage, "segment 7 is damaged", "store.db", ""};
  EXPECT_EQ(error(), *source.failure);
}

TEST_F(TallyEvents, refuses_broken_segments) {
  experiment.segments = {"region"};
  source.exposures = {{1, "control", kStart, 0, "{\"region\":7}"}};
  EXPECT_EQ(error().code, ErrorCode::kInvalidInput);
}

TEST_F(TallyEvents, refuses_more_metrics_than_it_can_count) {
  experiment.metrics.assign(65, test::make_metric("converted", Aggregation::kAny, kDay));
  source.exposures = {{1, "control", kStart}};
  EXPECT_EQ(error().code, ErrorCode::kInvalidExperiment);
}

}  // namespace
}  // namespace tactful
