#include "tactful/simulation/operating.hpp"

#include <gtest/gtest.h>

#include "small_pilot.hpp"

namespace tactful {
namespace {

World same_everywhere(World world) {
  for (SimulatedOutcome& outcome : world.outcomes) {
    for (double& p : outcome.probability) p = outcome.probability[0];
    for (double& level : outcome.level) level = outcome.level[0];
  }
  return world;
}

double total(const OperatingCharacteristics& result) {
  return result.promoted.share + result.stopped.share + result.ended_without_winner.share + result.invalid.share;
}

TEST(Operating, WordsThatDoNothingAreRarelyPromotedOrStopped) {
  const auto result = simulate_decisions(test::payment_reminder(), same_everywhere(payment_reminder_world(21)), 400);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->pilots, 400);
  EXPECT_NEAR(total(*result), 1.0, 1e-12);
  // Promoting without true success: at most 0.025 together; the exact interval must not exclude it.
  EXPECT_LE(result->promoted.low, 0.025) << result->promoted.count << " of 400 promoted";
  EXPECT_LE(result->invalid.low, 0.001) << result->invalid.count << " of 400 invalid";
  for (const VariantCharacteristics& variant : result->variants) {
    EXPECT_LE(variant.stopped.low, 0.05) << variant.variant << ": " << variant.stopped.count << " of 400 stopped";
  }
}

TEST(Operating, AStrongWordingIsMostlyPromoted) {
  World world = same_everywhere(payment_reminder_world(22));
  world.outcomes[0].probability = {0.30, 0.30, 0.34};
  world.outcomes[1].probability = {0.003, 0.003, 0.002};
  world.outcomes[2].probability = {0.06, 0.06, 0.05};
  const auto result = simulate_decisions(test::payment_reminder(), world, 200);
  ASSERT_TRUE(result) << describe(result.error());
  ASSERT_EQ(result->variants.size(), 2U);
  EXPECT_EQ(result->variants[1].variant, "helpful");
  EXPECT_GT(result->variants[1].promoted.low, 0.7);
  EXPECT_LT(result->variants[0].promoted.high, 0.1);
}

TEST(Operating, AHarmfulWordingIsNotPromoted) {
  World world = same_everywhere(payment_reminder_world(23));
  world.outcomes[0].probability = {0.30, 0.34, 0.30};
  world.outcomes[1].probability = {0.003, 0.009, 0.003};
  const auto result = simulate_decisions(test::payment_reminder(), world, 200);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->variants[0].variant, "urgent");
  EXPECT_EQ(result->variants[0].promoted.count, 0);
}

TEST(Operating, UnitsAreThoseOfTheRampAndTheScope) {
  const auto result = simulate_decisions(test::payment_reminder(), payment_reminder_world(24), 20);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_NEAR(result->mean_units, 27'000 * 0.9 * 3.1, 400.0);  // six standard errors of the mean of 20
  EXPECT_EQ(result->seed, 24U);
}

TEST(Operating, TheSameSeedGivesTheSameShares) {
  const World world = payment_reminder_world(25);
  const auto a = simulate_decisions(test::payment_reminder(), world, 20);
  const auto b = simulate_decisions(test::payment_reminder(), world, 20);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->promoted.count, b->promoted.count);
  EXPECT_EQ(a->mean_units, b->mean_units);
}

TEST(Operating, RefusesWhatItCannotDraw) {
  const World world = payment_reminder_world(1);
  Experiment clustered = test::payment_reminder();
  clustered.cluster = "household";
  for (const auto& result :
       {simulate_decisions(test::payment_reminder(), world, 0),
        simulate_decisions(test::payment_reminder(), world, 1'000'001), simulate_decisions(clustered, world, 10)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tactful
