#include <gtest/gtest.h>

#include "small_pilot.hpp"
#include "support/temp_dir.hpp"
#include "tactful/simulation/operating.hpp"

namespace tactful {
namespace {

Verdict verdict_of(const Scorecard& card, std::string_view metric, std::string_view variant) {
  for (const MetricResult& result : card.metrics) {
    if (result.metric == metric && result.variant == variant) return result.verdict;
  }
  return Verdict::kUnavailable;
}

// The story of the example, through the real path: the threat pays a little at once and is shown harmful, the helpful
// wording is promoted.
TEST(DemoWorld, EndsByPromotingTheHelpfulWording) {
  const test::TempDir folder;
  test::write_catalogue(folder / "catalogue", test::payment_reminder());
  const auto result = run_pilot(folder / "catalogue", "payment-reminder", payment_reminder_world(1), folder / "work");
  ASSERT_TRUE(result) << describe(result.error());
  const Scorecard& card = result->final_scorecard;
  EXPECT_EQ(card.recommendation.action, Action::kPromote) << to_json(card).dump(1);
  EXPECT_EQ(card.recommendation.variant, "helpful");
  EXPECT_EQ(verdict_of(card, "paid", "helpful"), Verdict::kBetter);
  EXPECT_EQ(verdict_of(card, "complaint", "helpful"), Verdict::kSafe);
  EXPECT_EQ(verdict_of(card, "repeat_contact", "helpful"), Verdict::kSafe);
  EXPECT_EQ(verdict_of(card, "complaint", "urgent"), Verdict::kHarmful);
}

// Not the luck of one seed: the harmful wording is stopped, or the helpful one promoted before it comes to that.
TEST(DemoWorld, StopsTheHarmfulOrPromotesTheHelpfulWording) {
  SimulationOptions options;
  options.pilots = 400;
  const auto result = simulate_decisions(test::payment_reminder(), payment_reminder_world(1), options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_GT(result->variants[0].stopped.low, 0.9);
  EXPECT_EQ(result->variants[0].promoted.count, 0);
  EXPECT_LT(result->variants[1].stopped.high, 0.05);
}

}  // namespace
}  // namespace tactful
