#include "tactful/decision/evaluate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_tally.hpp"

namespace tactful {
namespace {

using test::find_check;
using test::find_result;
using test::make_experiment;
using test::make_tally;
using testing::HasSubstr;

class Evaluate : public testing::Test {
 protected:
  Scorecard card(const EvaluateOptions& options = {}) {
    tally.fingerprint = fingerprint(experiment);
    auto result = evaluate(experiment, tally, options);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }
  Error error(const EvaluateOptions& options = {}) {
    auto result = evaluate(experiment, tally, options);
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  Experiment experiment = make_experiment();
  Tally tally = make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}});
};

TEST_F(Evaluate, refuses_imported_data_that_do_not_say_how_they_were_randomised) {
  tally.imported = true;
  const Error refused = error();
  EXPECT_EQ(refused.code, ErrorCode::kInvalidExperiment);
  EXPECT_THAT(refused.hint, HasSubstr("no experiment"));
  EXPECT_EQ(card({{}, "drawn by lot in the billing system"}).randomisation, "drawn by lot in the billing system");
  experiment.randomisation = "coin";
  EXPECT_EQ(card().randomisation, "coin");
}

TEST_F(Evaluate, recorded_data_carry_their_randomisation) {
  EXPECT_THAT(card().randomisation, HasSubstr("tactful-1"));
  EXPECT_EQ(card().randomised, "customer");
}

TEST_F(Evaluate, refuses_a_tally_of_something_else) {
  Tally other = tally;
  other.experiment = "another";
  EXPECT_EQ(evaluate(experiment, other).error().code, ErrorCode::kConflict);
  other = tally;
  other.fingerprint = std::string(32, '0');
  EXPECT_EQ(evaluate(experiment, other).error().code, ErrorCode::kConflict);
  other = tally;
  other.margins[0].arms.pop_back();
  EXPECT_EQ(evaluate(experiment, other).error().code, ErrorCode::kConflict);
}

TEST_F(Evaluate, refuses_a_waiver_for_a_check_that_does_not_exist) {
  const Error refused = error({{"sample_ration"}, ""});
  EXPECT_EQ(refused.code, ErrorCode::kNotFound);
  EXPECT_THAT(refused.hint, HasSubstr("sample_ratio"));
}

TEST_F(Evaluate, needs_a_unit) {
  tally = make_tally(experiment, {{0, {0, 0}}, {0, {0, 0}}});
  EXPECT_EQ(error().code, ErrorCode::kInsufficientData);
}

TEST_F(Evaluate, before_the_planned_end_numbers_are_shown_and_nothing_is_tested) {
  tally.as_of = experiment.last_look() - 1;
  const Scorecard early = card();
  EXPECT_FALSE(early.planned_look);
  EXPECT_EQ(early.recommendation.action, Action::kContinue);
  EXPECT_THAT(early.recommendation.reasons.front(), HasSubstr("not a planned look"));
  EXPECT_THAT(early.recommendation.reasons.front(),
              HasSubstr(format_date(experiment.last_look(), experiment.utc_offset)));
  for (const MetricResult& result : early.metrics) {
    EXPECT_EQ(result.verdict, Verdict::kShownOnly);
    EXPECT_FALSE(result.p_value || result.p_adjusted || result.p_harm || result.alpha);
    EXPECT_TRUE(result.difference);
  }
  tally.as_of = experiment.last_look();
  EXPECT_TRUE(card().planned_look);
  EXPECT_NE(card().recommendation.action, Action::kContinue);
}

TEST_F(Evaluate, before_the_planned_end_a_failed_check_still_invalidates) {
  tally.as_of = experiment.last_look() - 1;
  tally.integrity.units_in_two_variants = 400;
  EXPECT_EQ(card().recommendation.action, Action::kInvalid);
}

TEST_F(Evaluate, wide_tables_and_counts_are_final) {
  tally.as_of = 0;
  tally.imported = true;
  experiment.randomisation = "lot";
  for (const TallySource source : {TallySource::kWide, TallySource::kCounts}) {
    tally.source = source;
    EXPECT_TRUE(card().planned_look);
  }
}

TEST_F(Evaluate, phases_after_the_pilot_have_no_planned_look_yet) {
  tally.phase = "rollout-1";
  EXPECT_FALSE(card().planned_look);
  EXPECT_EQ(card().recommendation.action, Action::kContinue);
}

TEST_F(Evaluate, breakdowns_never_decide) {
  MarginTally east = tally.margins[0];
  east.segment = "region";
  east.value = "east";
  tally.margins.push_back(east);
  const Scorecard with = card();
  ASSERT_EQ(with.segments.size(), 1u);
  for (const MetricResult& result : with.segments[0].metrics) {
    EXPECT_EQ(result.verdict, Verdict::kShownOnly);
    EXPECT_FALSE(result.p_value);
    EXPECT_EQ(result.difference->level, 0.95);
  }
}

TEST_F(Evaluate, sensitivity_without_crossovers_is_shown_when_there_are_some) {
  EXPECT_TRUE(card().sensitivity.empty());
  tally.integrity.units_in_two_variants = 3;
  EXPECT_EQ(card().sensitivity.size(), 2u);
  EXPECT_EQ(card().sensitivity[0].verdict, Verdict::kBetter);
}

TEST_F(Evaluate, a_failed_check_blanks_effects_but_keeps_complaints_in_sight) {
  tally.integrity.other_fingerprint_exposures = 1;
  MarginTally east = tally.margins[0];
  east.segment = "region";
  tally.margins.push_back(east);
  const Scorecard invalid = card();
  EXPECT_EQ(invalid.recommendation.action, Action::kInvalid);
  EXPECT_THAT(invalid.recommendation.reasons.front(), HasSubstr("fingerprint"));
  for (const MetricResult& result : invalid.metrics) {
    EXPECT_EQ(result.verdict, Verdict::kUnavailable);
    EXPECT_THAT(result.unavailable, HasSubstr("fingerprint"));
    EXPECT_FALSE(result.difference || result.relative || result.p_value || result.p_harm);
    EXPECT_TRUE(result.reading.empty());
  }
  EXPECT_FALSE(invalid.segments[0].metrics[0].difference);
  EXPECT_EQ(find_result(invalid, "complaint")->treatment.total, 118);
  EXPECT_THAT(find_check(invalid, "guardrail_counts")->detail, HasSubstr("a 118 of 4,000"));
  const Scorecard waived = card({{"fingerprint"}, ""});
  EXPECT_TRUE(find_check(waived, "fingerprint")->waived);
  EXPECT_EQ(find_check(waived, "fingerprint")->status, CheckStatus::kFail);
  EXPECT_TRUE(find_result(waived, "paid")->difference);
}

TEST_F(Evaluate, an_implausible_lift_warns) {
  tally = make_tally(experiment, {{4000, {200, 120}}, {4000, {500, 118}}});
  const Check check = *find_check(card(), "implausible_lift");
  EXPECT_EQ(check.status, CheckStatus::kWarn);
  EXPECT_THAT(check.detail, HasSubstr("paid of a +150 %"));
  EXPECT_FALSE(check.invalidating);
}

TEST(EvaluateHolds, RefusedContactsAreToldByReason) {
  const Experiment experiment = test::make_experiment();
  Tally tally = test::make_tally(experiment, {{4000, {800, 12}}, {4000, {801, 11}}});
  EXPECT_EQ(to_json(*evaluate(experiment, tally)).find("holds"), nullptr);
  tally.integrity.holds = {{"opted_out", 12}, {"quiet_hours", 40}};
  const Json holds = *to_json(*evaluate(experiment, tally)).find("holds");
  ASSERT_EQ(holds.as_array().size(), 2u);
  EXPECT_EQ(holds.as_array()[1].find("reason")->as_string(), "quiet_hours");
  EXPECT_EQ(holds.as_array()[1].find("count")->as_integer(), 40);
}

}  // namespace
}  // namespace tactful
