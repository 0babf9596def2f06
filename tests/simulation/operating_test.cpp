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
  return result.promoted.share + result.stopped.share + result.ended_without_winner.share + result.invalid.share +
         result.undecided.share;
}

SimulationOptions pilots(std::int64_t count) {
  SimulationOptions options;
  options.pilots = count;
  return options;
}

TEST(Operating, WordsThatDoNothingAreRarelyPromotedOrStopped) {
  const auto result =
      simulate_decisions(test::payment_reminder(), same_everywhere(payment_reminder_world(21)), pilots(400));
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
  const auto result = simulate_decisions(test::payment_reminder(), world, pilots(200));
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
  const auto result = simulate_decisions(test::payment_reminder(), world, pilots(200));
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->variants[0].variant, "urgent");
  EXPECT_EQ(result->variants[0].promoted.count, 0);
}

TEST(Operating, UnitsAreThoseOfTheRampAndTheScope) {
  // Nobody is enrolled twice, and nobody before the ramp lets them in.
  SimulationOptions options = pilots(20);
  options.reviews = {{test::payment_reminder().last_look(), true}};
  const auto result = simulate_decisions(test::payment_reminder(), payment_reminder_world(24), options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_NEAR(result->mean_units, 27'000 * 0.9 * 3.1, 400.0);  // six standard errors of the mean of 20
  EXPECT_EQ(result->seed, 24U);
}

TEST(Operating, HarmIsStoppedBeforeTheEndAndSparesCustomers) {
  World world = same_everywhere(payment_reminder_world(26));
  world.outcomes[1].probability = {0.003, 0.012, 0.003};  // complaints of `urgent` four times as many
  const auto result = simulate_decisions(test::payment_reminder(), world, pilots(50));
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->variants[0].stopped.count, 50);
  EXPECT_EQ(result->variants[1].stopped.count, 0);
  EXPECT_LT(result->mean_days, 30.0) << "of 42";
  std::int64_t decided = 0;
  for (const std::int64_t count : result->decided_at) decided += count;
  EXPECT_EQ(decided, 50);
}

TEST(Operating, SomebodyWhoOnlyLooksTakesNoLook) {
  World world = same_everywhere(payment_reminder_world(27));
  SimulationOptions looking = pilots(20);
  for (const TimeMs at : {15, 16, 17}) {
    looking.reviews.push_back({test::payment_reminder().pilot.start + (at + 1) * kMillisecondsPerDay + 1, false});
  }
  const auto result = simulate_decisions(test::payment_reminder(), world, looking);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->promoted.count, 0);
  EXPECT_GE(result->undecided.count, 19) << "an extra look can only stop";
}

TEST(Operating, LostExposuresOfOneArmAreFound) {
  World world = same_everywhere(payment_reminder_world(28));
  world.lost = {0.0, 0.2, 0.0};
  const auto result = simulate_decisions(test::payment_reminder(), world, pilots(20));
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->invalid.count, 20);
}

TEST(Calibrate, ProvesTheLevelsOfThePlan) {
  const auto result = calibrate(test::payment_reminder(), payment_reminder_world(29), pilots(60));
  ASSERT_TRUE(result) << describe(result.error());
  // Nothing changes: promotions and false stops of two variants; two guardrails at their margin in two variants.
  ASSERT_EQ(result->corners.size(), 3U + 4U);
  for (const CalibrationCorner& corner : result->corners) {
    EXPECT_TRUE(corner.holds || corner.seen.low <= corner.allowed) << corner.name << ": " << corner.seen.count;
  }
  EXPECT_GT(result->world.variants[0].stopped.count, 50) << "urgent triples complaints";
}

TEST(Operating, TheSameSeedGivesTheSameShares) {
  const World world = payment_reminder_world(25);
  const auto a = simulate_decisions(test::payment_reminder(), world, pilots(20));
  const auto b = simulate_decisions(test::payment_reminder(), world, pilots(20));
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->promoted.count, b->promoted.count);
  EXPECT_EQ(a->mean_units, b->mean_units);
}

TEST(Operating, RefusesWhatItCannotDraw) {
  const World world = payment_reminder_world(1);
  SimulationOptions backwards = pilots(10);
  backwards.reviews = {{2, true}, {1, true}};
  World unfit = world;
  unfit.lost = {0.5};
  for (const auto& result : {simulate_decisions(test::payment_reminder(), world, pilots(0)),
                             simulate_decisions(test::payment_reminder(), world, pilots(1'000'001)),
                             simulate_decisions(test::payment_reminder(), world, backwards),
                             simulate_decisions(test::payment_reminder(), unfit, pilots(10))}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tactful
