// A few effects drawn together: the variance between them, and what the drawn ones are worth in simulation.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tactful/stats/shrinkage.hpp"

namespace tactful::stats {
namespace {

Level level(double value) { return Level::make(value).value(); }

/// Log relative risks of the thirteen trials of BCG vaccination (Colditz et al. 1994).
std::vector<ArmEffect> bcg() {
  constexpr double kTrials[][4] = {{4, 123, 11, 139},       {6, 306, 29, 303},        {3, 231, 11, 220},
                                   {62, 13598, 248, 12867}, {33, 5069, 47, 5808},     {180, 1541, 372, 1451},
                                   {8, 2545, 10, 629},      {505, 88391, 499, 88391}, {29, 7499, 45, 7277},
                                   {17, 1716, 65, 1665},    {186, 50634, 141, 27338}, {5, 2498, 3, 2341},
                                   {27, 16913, 29, 17854}};
  std::vector<ArmEffect> effects;
  for (const auto& t : kTrials) {
    effects.push_back(
        {std::log(t[0] / t[1]) - std::log(t[2] / t[3]), std::sqrt(1.0 / t[0] - 1.0 / t[1] + 1.0 / t[2] - 1.0 / t[3])});
  }
  return effects;
}

TEST(BetweenVariance, IsThatOfThePublishedExample) {
  EXPECT_NEAR(*between_variance(bcg(), BetweenVariance::kDerSimonianLaird), 0.3088, 5e-5);
  EXPECT_NEAR(*between_variance(bcg(), BetweenVariance::kPauleMandel), 0.3181, 5e-5);
  EXPECT_NEAR(*between_variance(bcg(), BetweenVariance::kRestricted), 0.3132, 5e-5);
}

TEST(BetweenVariance, FollowsTheScaleAndNotTheLevel) {
  for (const BetweenVariance method :
       {BetweenVariance::kPauleMandel, BetweenVariance::kDerSimonianLaird, BetweenVariance::kRestricted}) {
    auto moved = bcg();
    for (ArmEffect& effect : moved) effect = {1e-4 * effect.estimate + 5.0, 1e-4 * effect.se};
    const double tau_squared = *between_variance(bcg(), method);
    EXPECT_NEAR(*between_variance(moved, method), 1e-8 * tau_squared, 1e-14);
  }
}

TEST(PartialPooling, EightSchools) {
  const std::vector<ArmEffect> schools{{28, 15}, {8, 10}, {-3, 16}, {7, 11}, {-1, 9}, {1, 11}, {18, 10}, {12, 18}};
  const auto pooled = partial_pooling(schools, level(0.95)).value();
  EXPECT_EQ(pooled.tau_squared, 0.0) << "the highest point says equal";
  EXPECT_NEAR(pooled.effects[0].value, 11.4, 0.05) << "and the whole density does not";
  EXPECT_NEAR(pooled.mean, 7.9, 0.05);
}

TEST(PartialPooling, LeavesAloneWhatIsFarApartAndJoinsWhatAgrees) {
  const std::vector<ArmEffect> apart{{-30, 1}, {0, 1}, {40, 1}};
  const auto far = partial_pooling(apart, level(0.95)).value();
  EXPECT_LT(far.weight_on_mean[1], 0.01);
  EXPECT_NEAR(far.effects[2].value, 40.0, 0.2);
  const std::vector<ArmEffect> alike(30, ArmEffect{2.0, 1.0});
  const auto near = partial_pooling(alike, level(0.95)).value();
  EXPECT_GT(near.weight_on_mean[0], 0.85);
  EXPECT_NEAR(near.effects[0].value, 2.0, 1e-12);
  EXPECT_LT(near.effects[0].interval.width(), 0.6 * 2 * 1.96);
}

TEST(PartialPooling, Refuses) {
  EXPECT_EQ(partial_pooling(std::vector<ArmEffect>{{1, 1}, {2, 1}}, level(0.95)).error().code,
            ErrorCode::kInsufficientData);
  EXPECT_EQ(partial_pooling(std::vector<ArmEffect>{{1, 1}, {2, 0}, {3, 1}}, level(0.95)).error().where, "se");
  // Squares that no double holds, and errors so unequal that the grid would miss a part of the density.
  for (const std::vector<ArmEffect>& beyond : {std::vector<ArmEffect>{{1e150, 1}, {0, 1}, {-1e150, 1}},
                                               std::vector<ArmEffect>{{1e160, 1}, {0, 1}, {-1e160, 1}},
                                               std::vector<ArmEffect>{{1, 1e-160}, {2, 1e-160}, {3, 1e-160}},
                                               std::vector<ArmEffect>{{1, 1e-7}, {2, 1}, {3, 1}}}) {
    const auto refused = partial_pooling(beyond, level(0.95));
    ASSERT_FALSE(refused) << beyond[0].estimate << " " << beyond[0].se;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(partial_pooling(std::vector<ArmEffect>{{1, 1e-5}, {2, 1}, {3, 1}}, level(0.95)));
  EXPECT_EQ(between_variance(std::vector<ArmEffect>{{1, 1}}, BetweenVariance::kRestricted).error().code,
            ErrorCode::kInsufficientData);
}

struct World {
  std::size_t effects = 0;
  double tau = 0.0;
};

// Standard errors from half to twice the middle one; seed 11. Raw intervals cover 0.95; those at a single estimate of
// tau as little as 0.86.
TEST(PartialPooling, IsNearerToTheTruthThanTheRawEffectsAndItsIntervalsCover) {
  constexpr int kRuns = 3'000;
  constexpr double kErrors[] = {1.0, 0.7, 1.4, 1.0, 0.5, 2.0, 0.8, 1.2, 1.0, 1.5};
  for (const World world : {World{3, 0.0}, World{3, 1.0}, World{3, 3.0}, World{5, 0.0}, World{5, 0.5}, World{5, 2.0},
                            World{10, 0.0}, World{10, 1.0}}) {
    std::mt19937_64 engine(11);
    std::normal_distribution<double> draw;
    double raw = 0.0;
    double drawn = 0.0;
    int covered = 0;
    for (int run = 0; run < kRuns; ++run) {
      std::vector<ArmEffect> effects;
      std::vector<double> truth;
      for (std::size_t i = 0; i < world.effects; ++i) {
        truth.push_back(5.0 + world.tau * draw(engine));
        effects.push_back({truth[i] + kErrors[i] * draw(engine), kErrors[i]});
      }
      const auto pooled = partial_pooling(effects, level(0.95));
      ASSERT_TRUE(pooled);
      for (std::size_t i = 0; i < world.effects; ++i) {
        raw += std::pow(effects[i].estimate - truth[i], 2.0);
        drawn += std::pow(pooled->effects[i].value - truth[i], 2.0);
        covered += pooled->effects[i].interval.contains(truth[i]) ? 1 : 0;
      }
    }
    const double coverage = covered / (kRuns * static_cast<double>(world.effects));
    EXPECT_LT(drawn, (world.tau >= 2.0 ? 1.0 : 0.85) * raw) << world.effects << " effects, tau " << world.tau;
    EXPECT_GT(coverage, 0.935) << world.effects << " effects, tau " << world.tau;
    std::printf("%zu effects, tau %.1f: squared error %.3f of the raw one, coverage %.4f\n", world.effects, world.tau,
                drawn / raw, coverage);
  }
}

}  // namespace
}  // namespace tactful::stats
