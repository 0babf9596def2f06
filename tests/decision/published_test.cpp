#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "made_tally.hpp"
#include "support/temp_dir.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/tally/counts.hpp"

// The published trials that ship with the program give the papers' numbers.
namespace tactful {
namespace {

using test::find_check;
using test::find_result;

Scorecard published(const std::string& name) {
  const auto tallies = read_counts(std::filesystem::path(TACTFUL_SOURCE_DIR) / "experiments" / "published" / name);
  EXPECT_TRUE(tallies) << (tallies ? "" : describe(tallies.error()));
  if (!tallies) return {};
  const auto card = evaluate(tallies->front().experiment, tallies->front().tally);
  EXPECT_TRUE(card) << (card ? "" : describe(card.error()));
  return card ? *card : Scorecard{};
}

TEST(Published, gerber_green_larimer_2008) {
  const Scorecard card = published("gerber-green-larimer-2008.csv");
  EXPECT_EQ(find_check(card, "sample_ratio")->status, CheckStatus::kOk);
  EXPECT_NEAR(*find_check(card, "sample_ratio")->p_value, 0.9989763506110076, 1e-9);
  EXPECT_NEAR(find_result(card, "voted", "Neighbors")->difference->estimate, 0.0813099129205131, 1e-12);
  EXPECT_NEAR(find_result(card, "voted", "Civic Duty")->difference->estimate, 0.01789934408485283, 1e-12);
  for (const char* variant : {"Civic Duty", "Hawthorne", "Self", "Neighbors"}) {
    const MetricResult& result = *find_result(card, "voted", variant);
    EXPECT_EQ(result.verdict, Verdict::kBetter) << variant;
    EXPECT_DOUBLE_EQ(*result.alpha, 0.025 / 4);
  }
  EXPECT_EQ(card.recommendation.action, Action::kEndWithoutWinner);
  EXPECT_THAT(card.recommendation.reasons.front(), testing::HasSubstr("no guardrail"));
}

TEST(Published, hillstrom_2008) {
  const Scorecard card = published("hillstrom-2008.csv");
  EXPECT_EQ(find_check(card, "sample_ratio")->status, CheckStatus::kOk);
  EXPECT_NEAR(find_result(card, "visit", "Mens E-Mail")->control.value, 0.10617, 5e-6);
  EXPECT_NEAR(find_result(card, "visit", "Mens E-Mail")->treatment.value, 0.18276, 5e-6);
  EXPECT_NEAR(find_result(card, "visit", "Womens E-Mail")->treatment.value, 0.15140, 5e-6);
  EXPECT_NEAR(find_result(card, "conversion", "Mens E-Mail")->treatment.value, 0.01253, 5e-6);
  EXPECT_NEAR(find_result(card, "conversion", "Womens E-Mail")->treatment.value, 0.00884, 5e-6);
  EXPECT_EQ(find_result(card, "conversion", "Womens E-Mail")->verdict, Verdict::kBetter);
  EXPECT_EQ(card.arms[0].units, 21306);
  EXPECT_EQ(find_check(card, "implausible_lift")->status, CheckStatus::kWarn);
}

TEST(Published, the_default_margin_of_counts_is_named) {
  test::TempDir folder;
  std::ofstream(folder / "counts.csv")
      << "experiment,metric,variant,n,successes,role,direction\n"
         "x,paid,old,20000,6000,success,\nx,paid,new,20000,7000,success,\n"
         "x,complaint,old,20000,200,guardrail,\nx,complaint,new,20000,190,guardrail,\n"
         "x,kept,old,20000,9000,guardrail,increase\nx,kept,new,20000,9000,guardrail,increase\n"
         "x,opened,old,20000,500,monitor,\nx,opened,new,20000,500,monitor,\n";
  const auto tallies = read_counts(folder / "counts.csv");
  ASSERT_TRUE(tallies) << describe(tallies.error());
  Experiment experiment = tallies->front().experiment;
  auto card = evaluate(experiment, tallies->front().tally);
  ASSERT_TRUE(card) << describe(card.error());
  const std::string words =
      "counts declare no margins, so the default is used for complaint (rate ratio 1.5), kept (rate ratio 0.667)";
  EXPECT_EQ(card->recommendation.action, Action::kPromote);
  EXPECT_EQ(card->recommendation.reasons.back(), words);
  EXPECT_THAT(find_check(*card, "guardrail_counts")->detail, testing::EndsWith("; " + words));

  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, 1.2};  // declared by an embedder
  experiment.metrics[2].margin = Margin{Margin::Kind::kAbsolute, 0.01};
  Tally declared = tallies->front().tally;
  declared.fingerprint = fingerprint(experiment);
  card = evaluate(experiment, declared);
  ASSERT_TRUE(card) << describe(card.error());
  EXPECT_THAT(find_check(*card, "guardrail_counts")->detail, testing::Not(testing::HasSubstr("default")));
}

}  // namespace
}  // namespace tactful
