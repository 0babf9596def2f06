#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_tally.hpp"

namespace tactful {
namespace {

using test::find_check;
using test::make_experiment;
using test::make_tally;
using testing::HasSubstr;

class Checks : public testing::Test {
 protected:
  Check check(std::string_view id) {
    tally.fingerprint = fingerprint(experiment);
    const auto card = evaluate(experiment, tally, {{}, "by lot"});
    EXPECT_TRUE(card) << (card ? "" : describe(card.error()));
    const Check* found = card ? find_check(*card, id) : nullptr;
    EXPECT_NE(found, nullptr) << id;
    action = card ? card->recommendation.action : Action::kContinue;
    if (found != nullptr && found->status != CheckStatus::kOk) {
      EXPECT_FALSE(found->likely_cause.empty());
      EXPECT_FALSE(found->next_step.empty());
    }
    return found == nullptr ? Check{} : *found;
  }
  CheckStatus status(std::string_view id) { return check(id).status; }

  Experiment experiment = make_experiment();
  Tally tally = make_tally(experiment, {{10000, {800, 120}}, {10000, {900, 118}}});
  Action action = Action::kContinue;
};

TEST_F(Checks, sound_data_pass_them_all) {
  for (const char* id : {"randomisation", "sample_ratio", "crossovers", "zero_weight", "unknown_variant", "fingerprint",
                         "outcomes_before_exposure", "outside_enrolment", "missing_outcomes", "guardrail_counts"}) {
    EXPECT_EQ(status(id), CheckStatus::kOk) << id;
  }
  EXPECT_NE(action, Action::kInvalid);
}

TEST_F(Checks, sample_ratio_compares_with_the_weights) {
  tally = make_tally(experiment, {{10000, {800, 120}}, {9400, {900, 118}}});
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kFail);
  EXPECT_EQ(action, Action::kInvalid);
  EXPECT_LT(*check("sample_ratio").p_value, 0.0005);
  experiment.variants[0].weight = 100;
  experiment.variants[1].weight = 94;
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kOk);
}

TEST_F(Checks, before_the_last_look_the_sample_ratio_is_tested_for_every_look) {
  tally = make_tally(experiment, {{10000, {800, 120}}, {9600, {900, 118}}});
  const double once = *check("sample_ratio").p_value;
  tally.as_of = experiment.last_look() - 10 * kMillisecondsPerDay;
  const Check early = check("sample_ratio");
  EXPECT_GT(*early.p_value, 3.0 * once) << "what holds at every look takes more";
  EXPECT_THAT(early.detail, HasSubstr("valid at every look"));
  EXPECT_EQ(early.status, CheckStatus::kOk);
  tally = make_tally(experiment, {{10000, {800, 120}}, {9000, {900, 118}}});
  tally.as_of = experiment.last_look() - 10 * kMillisecondsPerDay;
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kFail);
}

TEST_F(Checks, a_mismatch_in_one_segment_or_period_warns) {
  MarginTally north = tally.margins[0];
  north.segment = "region";
  north.value = "north";
  north.arms[0].units = 5000;
  north.arms[1].units = 5000;
  tally.margins.push_back(north);
  EXPECT_EQ(status("sample_ratio_parts"), CheckStatus::kOk);
  tally.margins[1].arms[1].units = 4500;
  EXPECT_EQ(status("sample_ratio_parts"), CheckStatus::kWarn);
  EXPECT_THAT(check("sample_ratio_parts").detail, HasSubstr("region = north (5,000 : 4,500)"));
  tally.margins.pop_back();
  tally.epochs = {{20'000, 20'006, 100'000}, {20'007, 20'013, 1'000'000}};
  for (std::int64_t day = 20'000; day <= 20'013; ++day) {
    DayTally one;
    one.day = day;
    one.arms.resize(2);
    one.arms[0].units = 700;
    one.arms[1].units = day < 20'007 ? 500 : 700;
    tally.days.push_back(one);
  }
  EXPECT_THAT(check("sample_ratio_parts").detail, HasSubstr("traffic 10 %"));
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kOk);
}

TEST_F(Checks, deliveries_that_differ_warn_and_responses_do_not) {
  for (ArmTally& arm : tally.margins[0].arms) arm.stages = {9900, 5000, 1000};
  EXPECT_EQ(status("stages"), CheckStatus::kOk);
  tally.margins[0].arms[1].stages.responded = 1500;
  EXPECT_EQ(status("stages"), CheckStatus::kOk) << "that is the wording's effect";
  tally.margins[0].arms[1].stages.delivered = 9700;
  EXPECT_EQ(status("stages"), CheckStatus::kWarn);
  EXPECT_NE(action, Action::kInvalid);
}

TEST_F(Checks, what_never_arrived_or_was_erased_warns) {
  EXPECT_EQ(status("lost_events"), CheckStatus::kOk);
  EXPECT_EQ(status("erased_units"), CheckStatus::kOk);
  tally.integrity.journal_dropped = 3;
  tally.integrity.erased_units = 2;
  EXPECT_THAT(check("lost_events").detail, HasSubstr("3 events dropped"));
  EXPECT_EQ(status("lost_events"), CheckStatus::kWarn);
  EXPECT_EQ(status("erased_units"), CheckStatus::kWarn);
}

TEST_F(Checks, effects_that_differ_between_segments_warn) {
  experiment.segments = {"region"};
  const auto part = [&](const char* value, std::int64_t control, std::int64_t treatment) {
    MarginTally margin = make_tally(experiment, {{5000, {control, 60}}, {5000, {treatment, 60}}}).margins[0];
    margin.segment = "region";
    margin.value = value;
    return margin;
  };
  tally = make_tally(experiment, {{10000, {800, 120}}, {10000, {900, 118}}});
  tally.margins.push_back(part("north", 400, 450));
  tally.margins.push_back(part("south", 400, 450));
  EXPECT_EQ(status("segment_heterogeneity"), CheckStatus::kOk);
  EXPECT_EQ(status("simpson"), CheckStatus::kOk);
  tally.margins[1] = part("north", 400, 650);
  tally.margins[2] = part("south", 400, 300);
  EXPECT_EQ(status("segment_heterogeneity"), CheckStatus::kWarn);
  EXPECT_THAT(check("segment_heterogeneity").detail,
              HasSubstr("paid of a by region (north +5 percentage points, south -2"));
}

TEST_F(Checks, an_effect_that_turns_around_within_segments_warns) {
  experiment.segments = {"region"};
  tally = make_tally(experiment, {{10000, {2000, 120}}, {10000, {3000, 118}}});
  const auto part = [&](const char* value, std::int64_t n_c, std::int64_t x_c, std::int64_t n_t, std::int64_t x_t) {
    MarginTally margin = make_tally(experiment, {{n_c, {x_c, 60}}, {n_t, {x_t, 60}}}).margins[0];
    margin.segment = "region";
    margin.value = value;
    return margin;
  };
  // Worse in both, better together: the treatment has more of the region where everyone pays.
  tally.margins.push_back(part("north", 9000, 1200, 3000, 300));
  tally.margins.push_back(part("south", 1000, 800, 7000, 2700));
  EXPECT_EQ(status("simpson"), CheckStatus::kWarn);
}

TEST_F(Checks, sample_ratio_leaves_out_variants_of_weight_zero) {
  experiment = make_experiment(2);
  experiment.variants[2].weight = 0;
  tally = make_tally(experiment, {{10000, {800, 120}}, {10000, {900, 118}}, {0, {0, 0}}});
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kOk);
}

TEST_F(Checks, sample_ratio_without_any_weight_is_not_testable) {
  for (Variant& variant : experiment.variants) variant.weight = 0;
  const Check found = check("sample_ratio");
  EXPECT_EQ(found.status, CheckStatus::kWarn);
  EXPECT_FALSE(found.p_value.has_value());
  EXPECT_THAT(found.detail, HasSubstr("not testable"));
}

TEST_F(Checks, sample_ratio_of_few_units_is_exact) {
  tally = make_tally(experiment, {{7, {1, 0}}, {0, {0, 0}}});
  EXPECT_NEAR(*check("sample_ratio").p_value, 2.0 / 128.0, 1e-12);
}

TEST_F(Checks, sample_ratio_forgives_what_could_not_change_the_decision) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.02};
  tally = make_tally(experiment, {{20'000'000, {800, 120}}, {19'970'000, {900, 118}}});
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kWarn) << "0.15 % missing against a margin of 2 %";
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.01};
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kFail);
}

TEST_F(Checks, sample_ratio_of_clusters_where_they_are_randomised) {
  experiment.cluster = "household";
  tally = make_tally(experiment, {{10000, {800, 120}}, {9000, {900, 118}}});
  tally.margins[0].arms[0].clusters = 5000;
  tally.margins[0].arms[1].clusters = 4990;
  EXPECT_EQ(status("sample_ratio"), CheckStatus::kOk) << "larger households are no mismatch";
  EXPECT_THAT(check("sample_ratio").detail, HasSubstr("household"));
}

TEST_F(Checks, crossovers_fail_above_half_a_percent) {
  tally.integrity.units_in_two_variants = 100;
  EXPECT_EQ(status("crossovers"), CheckStatus::kWarn);
  EXPECT_NE(action, Action::kInvalid);
  tally.integrity.units_in_two_variants = 101;
  EXPECT_EQ(status("crossovers"), CheckStatus::kFail);
  EXPECT_EQ(action, Action::kInvalid);
}

TEST_F(Checks, clusters_have_their_own) {
  experiment.cluster = "household";
  tally.margins[0].arms[0].clusters = tally.margins[0].arms[1].clusters = 5000;
  EXPECT_EQ(status("cluster_crossovers"), CheckStatus::kOk);
  EXPECT_EQ(status("missing_clusters"), CheckStatus::kOk);
  tally.integrity.clusters_in_two_variants = 51;
  EXPECT_EQ(status("cluster_crossovers"), CheckStatus::kFail);
  tally.integrity.missing_cluster_units = 1;
  EXPECT_EQ(status("missing_clusters"), CheckStatus::kFail);
}

TEST_F(Checks, traffic_where_there_should_be_none_fails) {
  tally.integrity.zero_weight_units = 1;
  EXPECT_EQ(status("zero_weight"), CheckStatus::kFail);
  EXPECT_EQ(action, Action::kInvalid);
}

TEST_F(Checks, an_unknown_variant_fails_when_recorded_and_warns_when_imported) {
  tally.integrity.unknown_variant_exposures = 5;
  EXPECT_EQ(status("unknown_variant"), CheckStatus::kFail);
  tally.imported = true;
  EXPECT_EQ(status("unknown_variant"), CheckStatus::kWarn);
}

TEST_F(Checks, earlier_outcomes_fail_only_where_variants_differ) {
  tally.integrity.outcomes_before_exposure = 900;
  tally.integrity.arms[0].units_with_earlier_outcomes = 450;
  tally.integrity.arms[1].units_with_earlier_outcomes = 450;
  EXPECT_EQ(status("outcomes_before_exposure"), CheckStatus::kOk);
  tally.integrity.arms[1].units_with_earlier_outcomes = 200;
  EXPECT_EQ(status("outcomes_before_exposure"), CheckStatus::kFail);
  EXPECT_EQ(action, Action::kInvalid);
}

TEST_F(Checks, deliveries_of_another_variant_warn_and_above_a_tenth_fail) {
  tally.integrity.deliveries = 20000;
  tally.integrity.arms[0].deliveries = tally.integrity.arms[1].deliveries = 10000;
  EXPECT_EQ(status("delivered_variant"), CheckStatus::kOk);
  tally.integrity.delivered_other_variant = 264;
  EXPECT_EQ(status("delivered_variant"), CheckStatus::kWarn);
  EXPECT_THAT(check("delivered_variant").detail, HasSubstr("264 of 20,000"));
  tally.integrity.delivered_other_variant = 2001;
  EXPECT_EQ(status("delivered_variant"), CheckStatus::kFail);
}

TEST_F(Checks, degraded_and_held_messages_warn) {
  tally.integrity.deliveries = 20000;
  tally.integrity.arms[0].deliveries = tally.integrity.arms[1].deliveries = 10000;
  tally.integrity.arms[1].degraded = 90;
  tally.integrity.arms[0].held = 300;
  tally.integrity.arms[1].held = 320;
  EXPECT_EQ(status("degraded"), CheckStatus::kOk);
  EXPECT_EQ(status("held"), CheckStatus::kOk);
  tally.integrity.arms[1].degraded = 120;
  tally.integrity.arms[1].held = 500;
  EXPECT_EQ(status("degraded"), CheckStatus::kWarn);
  EXPECT_EQ(status("held"), CheckStatus::kWarn);
}

TEST_F(Checks, missing_values_warn_where_variants_differ) {
  tally.margins[0].arms[0].metrics[0].missing_units = 500;
  tally.margins[0].arms[1].metrics[0].missing_units = 520;
  EXPECT_EQ(status("missing_outcomes"), CheckStatus::kOk);
  EXPECT_THAT(check("missing_outcomes").detail, HasSubstr("paid missing"));
  tally.margins[0].arms[1].metrics[0].missing_units = 900;
  EXPECT_EQ(status("missing_outcomes"), CheckStatus::kWarn);
}

TEST_F(Checks, exposures_outside_the_pilot_warn) {
  tally.integrity.outside_enrolment_exposures = 4;
  EXPECT_EQ(status("outside_enrolment"), CheckStatus::kWarn);
}

TEST_F(Checks, counts_do_not_claim_what_they_cannot_show) {
  tally.source = TallySource::kCounts;
  const auto card = evaluate(experiment, tally, {{}, "by lot"});
  ASSERT_TRUE(card);
  std::vector<std::string> ids;
  for (const Check& c : card->checks) ids.push_back(c.check);
  EXPECT_THAT(ids, testing::ElementsAre("randomisation", "sample_ratio", "zero_weight", "guardrail_counts",
                                        "implausible_lift"));
}

TEST_F(Checks, no_guardrail_warns) {
  experiment.metrics.pop_back();
  tally = make_tally(experiment, {{10000, {800}}, {10000, {900}}});
  EXPECT_EQ(status("guardrail_counts"), CheckStatus::kWarn);
}

}  // namespace
}  // namespace tactful
