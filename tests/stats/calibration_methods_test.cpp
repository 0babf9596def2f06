// Coverage of the intervals for odds ratios, times, clusters, many arms and rare harm, by simulation with fixed seeds.
// Bands as in calibration_test.cpp: what the method promises, widened by 4.5 binomial standard errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "tactful/stats/clustered.hpp"
#include "tactful/stats/follow_up.hpp"
#include "tactful/stats/harm_sequence.hpp"
#include "tactful/stats/interaction.hpp"
#include "tactful/stats/odds_ratio.hpp"
#include "tactful/stats/shrinkage.hpp"
#include "tactful/stats/simultaneous.hpp"

namespace tactful::stats {
namespace {

using Random = std::mt19937_64;

Level level(double value) { return Level::make(value).value(); }

class Rate {
 public:
  void add(bool hit) {
    ++trials_;
    if (hit) ++hits_;
  }
  void expect(const char* what, double low, double high) const {
    const double n = static_cast<double>(trials_);
    const double rate = static_cast<double>(hits_) / n;
    const auto slack = [&](double p) { return 4.5 * std::sqrt(p * (1.0 - p) / n); };
    std::printf("| %s | %.4f | %.4f to %.4f | %d |\n", what, rate, low, high, trials_);
    EXPECT_GE(rate, low - slack(low)) << what;
    EXPECT_LE(rate, high + slack(high)) << what;
  }

 private:
  int hits_ = 0;
  int trials_ = 0;
};

TEST(Calibration, OddsRatioIntervals) {
  Random random(301);
  std::binomial_distribution<std::int64_t> control(80, 0.1);
  std::binomial_distribution<std::int64_t> treatment(90, 0.18);
  const double truth = 0.18 / 0.82 / (0.1 / 0.9);
  Rate score;
  Rate exact;
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t x_c = control(random);
    const std::int64_t x_t = treatment(random);
    const auto arms = make_pair_of_counts(x_c, 80, x_t, 90).value();
    const auto interval = odds_ratio_interval(arms, level(0.95));
    score.add(!interval || interval->contains(truth));
    const auto wide = odds_ratio_interval(arms, level(0.95), OddsRatioInterval::kConditionalExact);
    exact.add(!wide || wide->contains(truth));
  }
  score.expect("odds ratio 0.95, score, n 80 and 90, p 0.1 and 0.18", 0.940, 0.970);
  exact.expect("odds ratio 0.95, conditional exact, the same", 0.950, 0.990);
}

FollowUp waiting(Random& random, int n, double hazard, double closing) {
  std::geometric_distribution<int> event(hazard);
  std::geometric_distribution<int> close(closing);
  std::uniform_int_distribution<int> followed(10, 40);
  std::vector<std::int64_t> events(60), competing(60), censored(60);
  for (int i = 0; i < n; ++i) {
    const int e = event(random);
    const int c = closing > 0.5 ? 1'000'000 : close(random);
    const int f = followed(random);
    if (e <= f && e <= c) {
      ++events[static_cast<std::size_t>(e)];
    } else if (c <= f) {
      ++competing[static_cast<std::size_t>(c)];
    } else {
      ++censored[static_cast<std::size_t>(f)];
    }
  }
  return FollowUp::make(events, censored, competing).value();
}

TEST(Calibration, TimeToTheFirstEvent) {
  Random random(302);
  constexpr int kHorizon = 14;
  const auto mean = [](double hazard) {  // sum of (1 - h)^(d + 1)
    return (1.0 - hazard) * (1.0 - std::pow(1.0 - hazard, kHorizon)) / hazard;
  };
  // Daily: the event first with h, else closing with g.
  const double h = 0.03;
  const double g = 0.05;
  const double incidence = h * (1.0 - std::pow((1.0 - h) * (1.0 - g), kHorizon + 1)) / (1.0 - (1.0 - h) * (1.0 - g));
  Rate difference;
  Rate curve;
  for (int i = 0; i < 10'000; ++i) {
    const auto test =
        restricted_mean_test(waiting(random, 300, 0.03, 0.9), waiting(random, 250, 0.05, 0.9), kHorizon, level(0.95))
            .value();
    difference.add(test.interval.contains(mean(0.05) - mean(0.03)));
    curve.add(cumulative_incidence(waiting(random, 300, h, g), kHorizon, level(0.95))
                  .value()
                  .event.interval.contains(incidence));
  }
  difference.expect("restricted mean difference 0.95, 300 and 250 units, 14 days", 0.940, 0.960);
  curve.expect("cumulative incidence 0.95, 300 units, competing event", 0.940, 0.965);
}

TEST(Calibration, ClusteredQuantileAndInteraction) {
  Random random(303);
  std::normal_distribution<double> normal;
  const auto sample = [&](double shift) {
    std::vector<ClusteredValue> rows;
    for (int g = 0; g < 40; ++g) {
      const double centre = shift + normal(random);
      for (int i = 0; i < 1 + g % 4; ++i) rows.push_back({centre + normal(random), g});
    }
    return rows;
  };
  Rate median;
  for (int i = 0; i < 3'000; ++i) {
    const auto result = clustered_quantile_difference(sample(0.0), sample(0.4), level(0.5), level(0.95),
                                                      {static_cast<std::uint64_t>(i), 400});
    median.add(result.value().interval.contains(0.4));
  }
  median.expect("median difference 0.95, 40 clusters per arm, cluster bootstrap", 0.930, 0.970);
  Rate interaction;
  for (int i = 0; i < 20'000; ++i) {
    const auto cell = [&](std::int64_t n, double p) {
      const double rate =
          static_cast<double>(std::binomial_distribution<std::int64_t>(n, p)(random)) / static_cast<double>(n);
      return ArmMean{rate, rate * (1.0 - rate) / static_cast<double>(n), static_cast<double>(n)};
    };
    const SegmentArms without{cell(600, 0.1), cell(500, 0.12)};
    const SegmentArms with{cell(300, 0.2), cell(350, 0.25)};
    interaction.add(interaction_test(without, with, level(0.95)).value().interval.contains(0.03));
  }
  interaction.expect("interaction 0.95, cells of 300 to 600", 0.944, 0.956);
}

// Eight arms of equal error around a common spread; and the winner among them.
TEST(Calibration, ManyArms) {
  Random random(304);
  std::normal_distribution<double> normal;
  for (const double spread : {0.0, 0.5, 1.5}) {
    Rate shrunk, naive_above, conditional_above, hybrid_above, naive_cover, conditional_cover, hybrid_cover;
    for (int i = 0; i < 10'000; ++i) {
      std::vector<double> truth;
      std::vector<ArmEffect> arms;
      for (int k = 0; k < 8; ++k) {
        truth.push_back(spread * normal(random));
        arms.push_back({truth.back() + normal(random), 1.0});
      }
      const auto result = shrink_effects(arms, level(0.95)).value();
      for (std::size_t k = 0; k < arms.size(); ++k) shrunk.add(result.effects[k].interval.contains(truth[k]));
      const BestArm best = best_arm_estimate(arms, level(0.95)).value();
      const double value = truth[best.best];
      naive_above.add(best.naive.value > value);
      naive_cover.add(best.naive.interval.contains(value));
      hybrid_above.add(best.hybrid.value > value);
      hybrid_cover.add(best.hybrid.interval.contains(value));
      if (!best.conditional) continue;
      conditional_above.add(best.conditional->value > value);
      conditional_cover.add(best.conditional->interval.contains(value));
    }
    std::printf("(spread of the true effects %.1f standard errors)\n", spread);
    shrunk.expect("empirical-Bayes intervals 0.95, 8 arms, on average", 0.935, 0.995);
    naive_above.expect("winner's own estimate above its truth (biased: half would be right)", 0.600, 1.000);
    naive_cover.expect("winner's own interval 0.95 (wrong)", 0.600, 0.949);
    conditional_above.expect("winner, conditional estimate above its truth", 0.500, 0.500);
    conditional_cover.expect("winner, conditional interval 0.95", 0.950, 0.950);
    hybrid_above.expect("winner, hybrid estimate above its truth", 0.4975, 0.5025);
    hybrid_cover.expect("winner, hybrid interval 0.95", 0.950, 0.960);
  }
}

TEST(Calibration, BestArmAgainstASharedControl) {
  Random random(305);
  std::normal_distribution<double> normal;
  Rate above, cover;
  for (int i = 0; i < 10'000; ++i) {
    const double control = 0.8 * normal(random);
    std::vector<ArmEffect> arms;
    for (int k = 0; k < 5; ++k) arms.push_back({normal(random) - control, 1.0});
    const BestArm best = best_arm_estimate(arms, level(0.95), 0.8).value();
    above.add(best.hybrid.value > 0.0);
    cover.add(best.hybrid.interval.contains(0.0));
  }
  above.expect("winner against a shared control, hybrid estimate above its truth", 0.4975, 0.5025);
  cover.expect("winner against a shared control, hybrid interval 0.95", 0.950, 0.960);
}

TEST(Calibration, SimultaneousIntervals) {
  Random random(306);
  std::normal_distribution<double> normal;
  const double se_control = 0.8;
  const std::vector<double> own{1.0, 0.7, 1.3};
  Rate dunnett, bonferroni;
  for (int i = 0; i < 10'000; ++i) {
    const double control = se_control * normal(random);
    std::vector<Comparison> comparisons;
    DunnettFamily family{{}, std::numeric_limits<double>::infinity(), Alternative::kTwoSided};
    for (const double se : own) {
      const double whole = std::sqrt(se * se + se_control * se_control);
      comparisons.push_back({0.5 + se * normal(random) - control, whole});
      family.lambda.push_back(se_control / whole);
    }
    const auto all = [](const SimultaneousIntervals& result) {
      return std::all_of(result.intervals.begin(), result.intervals.end(),
                         [](const Interval& interval) { return interval.contains(0.5); });
    };
    dunnett.add(all(dunnett_intervals(comparisons, family, level(0.95)).value()));
    bonferroni.add(all(holm_intervals(comparisons, family.df, family.alternative, level(0.95)).value().bonferroni));
  }
  dunnett.expect("Dunnett intervals 0.95, all three cover", 0.950, 0.950);
  bonferroni.expect("Bonferroni intervals beside Holm 0.95, all three cover", 0.950, 0.970);
}

TEST(Calibration, HarmConfidenceSequence) {
  Random random(307);
  const double truth = 1.6;
  Rate lower_fails, upper_fails;
  for (int i = 0; i < 2'000; ++i) {
    std::vector<HarmLook> looks;
    for (int k = 0; k < 30; ++k) {
      const double w = k < 10 ? 0.2 : 0.5;  // weights change on the way
      const auto n = std::poisson_distribution<std::int64_t>(5.0)(random);
      const auto x =
          n == 0 ? 0 : std::binomial_distribution<std::int64_t>(n, w * truth / (w * truth + 1.0 - w))(random);
      looks.push_back({1.0, {{w, 1.0 - w, x, n - x}}});
    }
    const auto result = harm_confidence_sequence(level(0.05), 1.0, looks).value();
    lower_fails.add(result.looks.back().lower > truth);
    upper_fails.add(result.looks.back().upper < truth);
  }
  lower_fails.expect("harm sequence 0.95, lower bound ever above the true ratio, 30 looks", 0.0, 0.05);
  upper_fails.expect("harm sequence 0.95, upper bound ever below the true ratio, 30 looks", 0.0, 0.05);
}

}  // namespace
}  // namespace tactful::stats
