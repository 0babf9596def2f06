#include "tactful/experiment/plan.hpp"

#include <gmock/gmock.h>

#include "sample.hpp"

namespace tactful {
namespace {

using sample::with;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Json json(const char* text) { return parse_json(text).value(); }

std::vector<std::string> findings(const Json& file) {
  std::vector<std::string> result;
  for (const Diagnostic& d : parse_experiment(file.dump()).diagnostics) {
    result.push_back(std::string(to_string(d.severity)) + " " + d.rule + " " + d.pointer);
  }
  return result;
}

/// A file that uses every field of the plan and the policy.
Json rich() {
  Json file = with(sample::file(), "/metrics/-",
                   json(R"({"key":"complaint_severe","outcome":"complaint","window":"14d","minimum_value":3})"));
  file = with(file, "/segments", json(R"(["region"])"));
  file = with(file, "/plan/spending", json(R"({"success":"pocock","guardrail":"linear","harm":"obrien_fleming"})"));
  file = with(file, "/plan/harm_shares", json(R"({"complaint":0.75,"complaint_severe":0.25})"));
  file = with(file, "/plan/protected_segments", json(R"([{"segment":"region","value":"north"}])"));
  file = with(file, "/plan/futility", 0.1);
  file = with(file, "/plan/baselines",
              json(R"({"converted":{"control":0.3,"effect":0.02},"complaint":{"control":0.002}})"));
  file = with(file, "/plan/weekly_units", 4000);
  return with(file, "/policy",
              json(R"({"holdback":0.1,"final_holdback":0.02,"rollout":[0.1,0.3],"horizon_weeks":13})"));
}

TEST(Plan, EveryFieldIsReadAndWritten) {
  ASSERT_THAT(findings(rich()), IsEmpty());
  const Experiment e = sample::experiment(rich());
  EXPECT_EQ(e.metrics[2].minimum_value, 3.0);
  EXPECT_EQ(e.metrics[2].direction, Direction::kDecrease);
  EXPECT_EQ(e.plan.spending,
            (SpendingPlan{AlphaSpending::kPocock, AlphaSpending::kLinear, AlphaSpending::kObrienFleming}));
  EXPECT_THAT(e.plan.harm_shares, ElementsAre(AlphaShare{"complaint", 0.75}, AlphaShare{"complaint_severe", 0.25}));
  EXPECT_THAT(e.plan.protected_segments, ElementsAre(ProtectedSegment{"region", "north"}));
  EXPECT_EQ(e.plan.futility, 0.1);
  ASSERT_EQ(e.plan.baselines.size(), 2u);
  EXPECT_EQ(e.plan.baselines[0], (Baseline{"converted", 0.3, std::nullopt, 0.02}));
  EXPECT_EQ(e.plan.weekly_units, 4000.0);
  EXPECT_EQ(e.policy.final_holdback.millionths, 20'000);
  EXPECT_THAT(e.policy.rollout, ElementsAre(Fraction{100'000}, Fraction{300'000}));
  EXPECT_EQ(e.policy.horizon_weeks, 13);
  EXPECT_EQ(parse_experiment(to_json(e).dump()).experiment.value(), e);
}

TEST(Plan, DefaultsAreWrittenNowhereAndKeepOldFingerprints) {
  const Experiment plain = sample::experiment();
  EXPECT_EQ(plain.plan.futility, 0.05);
  EXPECT_EQ(plain.policy.final_holdback.millionths, 50'000);
  const std::string text = to_json(plain).dump();
  for (const char* field : {"spending", "harm_shares", "protected_segments", "futility", "baselines", "weekly_units",
                            "rollout", "final_holdback", "horizon_weeks", "minimum_value"}) {
    EXPECT_EQ(text.find(field), std::string::npos) << field;
  }
  // A default that is spelt out is the same experiment.
  const Json spelt =
      with(with(sample::file(), "/plan/spending", json(R"({"success":"obrien_fleming"})")), "/plan/futility", 0.05);
  EXPECT_EQ(fingerprint(sample::experiment(spelt)), fingerprint(plain));
  // A holdback smaller than the usual final one stays valid.
  EXPECT_EQ(sample::experiment(with(sample::file(), "/policy/holdback", 0.02)).policy.final_holdback.millionths,
            20'000);
}

TEST(Plan, WhatDecidesIsInTheFingerprintAndWhatPlansIsNot) {
  const std::string base = fingerprint(sample::experiment());
  for (const auto& [pointer, value] :
       std::vector<std::pair<std::string, Json>>{{"/plan/baselines", json(R"({"converted":{"control":0.3}})")},
                                                 {"/plan/weekly_units", 10},
                                                 {"/policy/rollout", json("[0.1]")},
                                                 {"/policy/final_holdback", 0.01},
                                                 {"/policy/horizon_weeks", 4}}) {
    EXPECT_EQ(fingerprint(sample::experiment(with(sample::file(), pointer, value))), base) << pointer;
  }
  for (const auto& [pointer, value] :
       std::vector<std::pair<std::string, Json>>{{"/plan/spending", json(R"({"harm":"pocock"})")},
                                                 {"/plan/harm_shares", json(R"({"complaint":0.9})")},
                                                 {"/plan/futility", 0},
                                                 {"/metrics/1/minimum_value", 2}}) {
    EXPECT_NE(fingerprint(sample::experiment(with(sample::file(), pointer, value))), base) << pointer;
  }
}

TEST(Plan, FaultsAreNamedAtTheirPlace) {
  const auto finds = [](const std::string& pointer, const char* value) {
    return findings(with(rich(), pointer, json(value)));
  };
  EXPECT_THAT(finds("/plan/harm_shares", R"({"complaint":0.9,"complaint_severe":0.2})"),
              ElementsAre("error share-sum /plan/harm_shares"));
  EXPECT_THAT(finds("/plan/harm_shares", R"({"complaint":0.9,"complant":0.1})"),
              ElementsAre("error unknown-metric /plan/harm_shares/complant"));
  EXPECT_THAT(finds("/plan/harm_shares", R"({"complaint":0.9,"converted":0.1})"),
              ElementsAre("error share-role /plan/harm_shares/converted"));
  EXPECT_THAT(finds("/plan/harm_shares", R"({"complaint_severe":0.1})"),
              ElementsAre("warning share-missing /plan/harm_shares"));
  EXPECT_THAT(finds("/plan/harm_shares/complaint", "0"),
              ::testing::Contains("error range /plan/harm_shares/complaint"));
  EXPECT_THAT(finds("/plan/spending/harm", R"("bonferroni")"), ElementsAre("error choice /plan/spending/harm"));
  EXPECT_THAT(finds("/plan/protected_segments/0/segment", R"("regoin")"),
              ElementsAre("error unknown-segment /plan/protected_segments/0/segment"));
  EXPECT_THAT(finds("/plan/protected_segments/-", R"({"segment":"region","value":"north"})"),
              ElementsAre("error duplicate /plan/protected_segments/1"));
  EXPECT_THAT(finds("/plan/futility", "0.5"), ElementsAre("error range /plan/futility"));
  EXPECT_THAT(finds("/plan/baselines/converted/control", "1.5"),
              ::testing::Contains("error range /plan/baselines/converted/control"));
  EXPECT_THAT(finds("/plan/baselines/converted/effect", "0.8"),
              ElementsAre("error range /plan/baselines/converted/effect"));
  EXPECT_THAT(finds("/plan/baselines/complaint/effect", "0.001"),
              ElementsAre("error baseline /plan/baselines/complaint/effect"));
  EXPECT_THAT(finds("/plan/baselines/converted/sd", "1"), ElementsAre("error baseline /plan/baselines/converted/sd"));
  EXPECT_THAT(finds("/plan/baselines/nothing", R"({"control":0.1})"),
              ElementsAre("error unknown-metric /plan/baselines/nothing"));
  EXPECT_THAT(finds("/policy/final_holdback", "0.2"), ElementsAre("error holdback /policy/final_holdback"));
  EXPECT_THAT(finds("/policy/rollout", "[0.3,0.3]"), ElementsAre("error rollout /policy/rollout/1"));
  EXPECT_THAT(finds("/policy/rollout", "[0.3,0.9]"), ElementsAre("error rollout /policy/rollout/1"));
  EXPECT_THAT(finds("/policy/rollout", "[0]"), ElementsAre("error fraction /policy/rollout/0"));
  EXPECT_THAT(finds("/policy/horizon_weeks", "0"), ElementsAre("error range /policy/horizon_weeks"));
}

}  // namespace
}  // namespace tactful
