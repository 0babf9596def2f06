#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "made_looks.hpp"
#include "tactful/stats/harm_monitor.hpp"

// The rule as shipped over six weekly looks, on pilots simulated from tallies: four weeks of enrolment, complaints
// spread evenly over two weeks after exposure, payments at once. Bands allow four standard errors above the guaranteed
// level.
namespace tactful {
namespace {

using test::kStart;
using test::kWeekMs;
using test::MadeState;

constexpr int kWeeks = 4;
constexpr int kLooks = 6;
/// Of the complaints of a week's units, those seen by the end of that week, of the next, and of the one after it.
constexpr double kSeen[] = {0.25, 0.75, 1.0};

struct World {
  std::int64_t units = 2000;            ///< Per arm and week.
  std::vector<double> paid, complaint;  ///< By variant.
  int runs = 2000;
  std::uint64_t seed = 1;
};

struct Cohort {
  std::int64_t units = 0, paid = 0;
  std::int64_t complaints[3] = {0, 0, 0};  ///< Cumulative.
};

using Random = std::mt19937_64;

std::int64_t draw(std::int64_t n, double p, Random& random) {
  return std::binomial_distribution<std::int64_t>(n, p)(random);
}

std::vector<Cohort> make_week(const World& world, Random& random) {
  std::vector<Cohort> week;
  const std::size_t arms = world.paid.size();
  std::int64_t left = world.units * static_cast<std::int64_t>(arms);
  for (std::size_t v = 0; v < arms; ++v) {
    Cohort cohort;
    cohort.units = v + 1 == arms ? left : draw(left, 1.0 / static_cast<double>(arms - v), random);
    left -= cohort.units;
    cohort.paid = draw(cohort.units, world.paid[v], random);
    const std::int64_t all = draw(cohort.units, world.complaint[v], random);
    cohort.complaints[0] = draw(all, kSeen[0], random);
    cohort.complaints[1] = cohort.complaints[0] + draw(all - cohort.complaints[0], 2.0 / 3.0, random);
    cohort.complaints[2] = all;
    week.push_back(cohort);
  }
  return week;
}

test::MadeLook state_at(const std::vector<std::vector<Cohort>>& weeks, int look) {
  test::MadeLook made{kStart + look * kWeekMs, {}};
  for (std::size_t v = 0; v < weeks[0].size(); ++v) {
    MadeState paid;
    MadeState complaint;
    for (int week = 0; week < std::min(look, kWeeks); ++week) {
      const Cohort& cohort = weeks[static_cast<std::size_t>(week)][v];
      const int age = std::min(2, look - week - 1);
      const bool is_mature = week + 3 <= look;
      (is_mature ? paid.mature : paid.open) += cohort.units;
      (is_mature ? complaint.mature : complaint.open) += cohort.units;
      paid.first_events += cohort.paid;
      complaint.first_events += cohort.complaints[age];
      if (!is_mature) continue;
      paid.with_event += cohort.paid;
      complaint.with_event += cohort.complaints[2];
    }
    made.arms.push_back({paid, complaint});
  }
  return made;
}

struct Shares {
  double promoted = 0.0, stopped = 0.0, ended_early = 0.0;
  double exposed = 0.0;    ///< Units given a variant by the decision, on average.
  double e_process = 0.0;  ///< Pilots that an e-process with the whole level would have stopped.
};

/// Looks at every pilot week by week, until something is decided.
Shares simulate(const Experiment& experiment, const World& world) {
  Random random(world.seed);
  Shares shares;
  EvaluateOptions options;
  options.waived_checks = {"sample_ratio"};
  options.with_repeated_p = false;
  for (int run = 0; run < world.runs; ++run) {
    std::vector<std::vector<Cohort>> weeks;
    for (int week = 0; week < kWeeks; ++week) weeks.push_back(make_week(world, random));
    std::vector<test::MadeLook> looks;
    std::vector<stats::HarmLook> events;
    for (int look = 1; look <= kLooks; ++look) {
      looks.push_back(state_at(weeks, look));
      const auto card = evaluate(experiment, test::make_look_tally(experiment, looks), options);
      EXPECT_TRUE(card);
      if (!card) return shares;
      const Action action = card->recommendation.action;
      if (action == Action::kContinue) continue;
      EXPECT_NE(action, Action::kInvalid);
      shares.promoted += action == Action::kPromote ? 1.0 : 0.0;
      shares.stopped += action == Action::kStop ? 1.0 : 0.0;
      shares.ended_early += action == Action::kEndWithoutWinner && look < kLooks ? 1.0 : 0.0;
      shares.exposed += static_cast<double>(world.units) * std::min(look, kWeeks);
      break;
    }
    std::int64_t before[2] = {0, 0};
    for (int look = 1; look <= kLooks; ++look) {
      const test::MadeLook state = state_at(weeks, look);
      const std::int64_t c = state.arms[0][1].first_events;
      const std::int64_t t = state.arms[1][1].first_events;
      events.push_back({1.0, {{1, 1, t - before[1], c - before[0]}}});
      before[0] = c;
      before[1] = t;
    }
    const auto evidence = stats::harm_eprocess(Level::make(0.05).value(), 1.0, events);
    shares.e_process += evidence && evidence->first_rejection ? 1.0 : 0.0;
  }
  const auto runs = static_cast<double>(world.runs);
  for (double* share : {&shares.promoted, &shares.stopped, &shares.ended_early, &shares.exposed, &shares.e_process}) {
    *share /= runs;
  }
  std::printf("%-28s promoted %.4f stopped %.4f ended early %.4f exposed %.0f e-process %.4f\n",
              testing::UnitTest::GetInstance()->current_test_info()->name(), shares.promoted, shares.stopped,
              shares.ended_early, shares.exposed, shares.e_process);
  return shares;
}

double band(double level, const World& world) {
  return level + 4.0 * std::sqrt(level * (1.0 - level) / static_cast<double>(world.runs));
}

Experiment with_margin(Margin::Kind kind, double value, std::size_t treatments = 1) {
  Experiment experiment = test::make_weekly_experiment(treatments);
  experiment.metrics[1].margin = Margin{kind, value};
  return experiment;
}

TEST(LookRule, PromotesAViolatedRatioMargin) {
  const World world{5000, {0.2, 0.3}, {0.004, 0.006}, 2000, 1};
  EXPECT_LE(simulate(with_margin(Margin::Kind::kRatio, 1.5), world).promoted, band(0.05, world));
}

TEST(LookRule, PromotesAViolatedAbsoluteMargin) {
  const World world{2000, {0.2, 0.3}, {0.02, 0.03}, 2000, 2};
  EXPECT_LE(simulate(with_margin(Margin::Kind::kAbsolute, 0.01), world).promoted, band(0.05, world));
}

TEST(LookRule, PromotesWithoutTrueSuccess) {
  const World world{2000, {0.2, 0.2}, {0.02, 0.02}, 3000, 3};
  Experiment experiment = with_margin(Margin::Kind::kAbsolute, 0.3);
  experiment.plan.futility = 0.0;
  const Shares shares = simulate(experiment, world);
  EXPECT_LE(shares.promoted, band(0.025, world));
  EXPECT_GE(shares.promoted, 0.01) << "a level that is never used would pass for the wrong reason";
}

TEST(LookRule, PromotesOneOfThreeWithoutTrueSuccess) {
  const World world{1000, {0.2, 0.2, 0.2, 0.2}, {0.02, 0.02, 0.02, 0.02}, 1000, 4};
  EXPECT_LE(simulate(with_margin(Margin::Kind::kAbsolute, 0.3, 3), world).promoted, band(0.025, world));
}

TEST(LookRule, StopsWithoutHarm) {
  for (const double rate : {0.0005, 0.002, 0.01}) {
    const World world{2000, {0.2, 0.22}, {rate, rate}, 2000, 5};
    EXPECT_LE(simulate(with_margin(Margin::Kind::kRatio, 1.5), world).stopped, band(0.05, world)) << rate;
  }
}

TEST(LookRule, StopsWithoutHarmWhereComplaintsAreCommon) {
  const World world{1000, {0.2, 0.2}, {0.15, 0.15}, 2000, 6};
  Experiment experiment = with_margin(Margin::Kind::kAbsolute, 0.001);
  experiment.plan.futility = 0.0;
  EXPECT_LE(simulate(experiment, world).stopped, band(0.05, world));
}

TEST(LookRule, StopsHarmMoreOftenThanTheEProcessAlone) {
  Experiment experiment = with_margin(Margin::Kind::kRatio, 1.5);
  experiment.plan.futility = 0.0;
  for (const AlphaSpending spending : {AlphaSpending::kLinear, AlphaSpending::kObrienFleming, AlphaSpending::kPocock}) {
    experiment.plan.spending.harm = spending;
    for (const double ratio : {2.0, 3.0}) {
      const World world{2000, {0.2, 0.2}, {0.002, 0.002 * ratio}, 2000, 7};
      std::printf("%s, rate ratio %g: ", std::string(to_string(spending)).c_str(), ratio);
      const Shares shares = simulate(experiment, world);
      if (spending == AlphaSpending::kLinear) {
        EXPECT_GT(shares.stopped, shares.e_process + 0.05);
      }
    }
  }
}

TEST(LookRule, PromotesWhatItIsPlannedFor) {
  const World world{10000, {0.2, 0.22}, {0.003, 0.003}, 1000, 8};
  const Shares shares = simulate(with_margin(Margin::Kind::kRatio, 1.5), world);
  EXPECT_GT(shares.promoted, 0.6);
  EXPECT_LT(shares.ended_early, 0.02) << "what is there to be found is not given up";
}

}  // namespace
}  // namespace tactful
