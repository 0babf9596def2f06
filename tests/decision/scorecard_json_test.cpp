#include <gtest/gtest.h>

#include <limits>

#include "made_tally.hpp"

namespace tactful {
namespace {

using test::make_experiment;
using test::make_tally;

Json json_of(const Tally& tally, const Experiment& experiment) { return to_json(*evaluate(experiment, tally)); }

TEST(ScorecardJson, has_the_contract_s_fields_in_order) {
  const Experiment experiment = make_experiment();
  const Json json = json_of(make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}}), experiment);
  std::vector<std::string> names;
  for (const auto& member : json.as_object()) names.push_back(member.first);
  EXPECT_EQ(names,
            (std::vector<std::string>{"schema",         "experiment", "title",       "fingerprint",  "data_fingerprint",
                                      "as_of",          "phase",      "source",      "planned_look", "randomised",
                                      "randomisation",  "plan",       "arms",        "look",         "is_last_look",
                                      "looks",          "harm",       "score",       "winner",       "time_course",
                                      "checks",         "metrics",    "sensitivity", "segments",     "segment_effects",
                                      "recommendation", "overrides"}));
  EXPECT_EQ(json.find("schema")->as_string(), "tactful/scorecard/1");
  const Json& metric = json.find("metrics")->as_array()[0];
  for (const char* name : {"metric", "role", "kind", "variant", "control", "treatment", "difference", "relative",
                           "p_value", "p_adjusted", "method", "verdict"}) {
    EXPECT_NE(metric.find(name), nullptr) << name;
  }
  EXPECT_EQ(metric.find("control")->find("units")->as_integer(), 4000);
  EXPECT_EQ(metric.find("difference")->find("estimate")->as_number(), 0.025);
  EXPECT_EQ(json.find("recommendation")->find("action")->as_string().empty(), false);
  EXPECT_TRUE(parse_json(json.dump()));
}

TEST(ScorecardJson, entries_that_could_not_be_computed_carry_no_numbers) {
  const Experiment experiment = make_experiment();
  Tally tally = make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}});
  tally.integrity.zero_weight_units = 3;
  const Json json = json_of(tally, experiment);
  for (const Json& metric : json.find("metrics")->as_array()) {
    ASSERT_NE(metric.find("unavailable"), nullptr);
    for (const auto& member : metric.as_object()) EXPECT_FALSE(member.second.is_number()) << member.first;
    EXPECT_EQ(metric.find("difference"), nullptr);
    EXPECT_EQ(metric.find("control"), nullptr);
  }
  EXPECT_EQ(json.find("recommendation")->find("action")->as_string(), "invalid");
  EXPECT_EQ(json.find("recommendation")->find("variant")->type(), Json::Type::kNull);
}

TEST(ScorecardJson, counts_have_no_dates) {
  const Experiment experiment = make_experiment();
  Tally tally = make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}});
  EXPECT_TRUE(json_of(tally, experiment).find("as_of")->is_string());
  tally.source = TallySource::kCounts;
  const Json json = json_of(tally, experiment);
  EXPECT_TRUE(json.find("as_of")->is_null());
  EXPECT_TRUE(json.find("plan")->find("last_look")->is_null());
}

TEST(ScorecardJson, infinite_bounds_are_null) {
  Scorecard card;
  MetricResult result;
  result.metric = "complaint";
  result.relative = EffectInterval{1.0, -1.0, std::numeric_limits<double>::infinity(), 0.95};
  card.metrics.push_back(result);
  const Json json = to_json(card);
  EXPECT_EQ(json.find("metrics")->as_array()[0].find("relative")->find("high")->type(), Json::Type::kNull);
  EXPECT_EQ(json.dump().find(":inf"), std::string::npos);
}

TEST(ScorecardJson, is_the_same_for_the_same_tally) {
  const Experiment experiment = make_experiment();
  const Tally tally = make_tally(experiment, {{4000, {800, 120}}, {4000, {900, 118}}});
  EXPECT_EQ(json_of(tally, experiment).dump(), json_of(tally, experiment).dump());
}

}  // namespace
}  // namespace tactful
