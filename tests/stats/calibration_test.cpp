// Does each default err as often as it says? Simulated with fixed seeds; every rate must lie in its designed band, the
// range the method promises widened by 4.5 binomial standard errors (a false alarm of about 3 in a million per line).
// The figures are recorded in docs/methods/calibration.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tactful/stats/anytime.hpp"
#include "tactful/stats/cluster.hpp"
#include "tactful/stats/dunnett.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/harm_monitor.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/multiplicity.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/paired_moments.hpp"
#include "tactful/stats/proportion_ratio.hpp"
#include "tactful/stats/rare_events.hpp"
#include "tactful/stats/sample_ratio.hpp"
#include "tactful/stats/single_proportion.hpp"
#include "tactful/stats/strata.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::stats {
namespace {

using Random = std::mt19937_64;

Level level(double value) { return Level::make(value).value(); }

// Counts how often something happened and holds the rate against [low, high].
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

class Binomial {
 public:
  Binomial(std::int64_t n, double p) : n_(n), distribution_(n, p) {}
  std::int64_t operator()(Random& random) { return distribution_(random); }
  [[nodiscard]] std::int64_t n() const { return n_; }

 private:
  std::int64_t n_;
  std::binomial_distribution<std::int64_t> distribution_;
};

ProportionPair draw(Binomial& control, Binomial& treatment, Random& random) {
  const std::int64_t x_c = control(random);
  const std::int64_t x_t = treatment(random);
  return make_pair_of_counts(x_c, control.n(), x_t, treatment.n()).value();
}

struct Setting {
  const char* name;
  std::int64_t n_c;
  double p_c;
  std::int64_t n_t;
  double p_t;
};

TEST(Calibration, ScoreTestOfADifference) {
  Random random(101);
  for (const Setting& s :
       {Setting{"score test, 1-sided 0.025, n 50, p 0.3", 50, 0.3, 50, 0.3},
        Setting{"score test, 1-sided 0.025, n 400 and 100, p 0.1", 400, 0.1, 100, 0.1},
        Setting{"score test, 1-sided 0.025, n 20,000, p 0.002", 20'000, 0.002, 20'000, 0.002},
        Setting{"score test, 1-sided 0.025, n 1,000,000, p 0.05", 1'000'000, 0.05, 1'000'000, 0.05}}) {
    Binomial c(s.n_c, s.p_c);
    Binomial t(s.n_t, s.p_t);
    Rate rate;
    for (int i = 0; i < 40'000; ++i) {
      const auto test = score_test_difference(draw(c, t, random), 0.0);
      rate.add(test && test->p.greater <= 0.025);
    }
    rate.expect(s.name, 0.018, 0.030);
  }
}

TEST(Calibration, NoninferiorityAtTheMargin) {
  Random random(102);
  for (const Setting& s :
       {Setting{"non-inferiority 0.05, 0.10 against margin 0.02, n 2,000", 2'000, 0.10, 2'000, 0.12},
        Setting{"non-inferiority 0.05, 0.002 against margin 0.001, n 10,000", 10'000, 0.002, 10'000, 0.003}}) {
    Binomial c(s.n_c, s.p_c);
    Binomial t(s.n_t, s.p_t);
    Rate rate;
    for (int i = 0; i < 40'000; ++i) {
      const auto test = score_test_difference(draw(c, t, random), s.p_t - s.p_c);
      rate.add(test && test->p.less <= 0.05);
    }
    rate.expect(s.name, 0.042, 0.056);
  }
}

TEST(Calibration, IntervalsCover) {
  Random random(103);
  for (const Setting& s :
       {Setting{"p 0.5, 0.5, n 30", 30, 0.5, 30, 0.5}, Setting{"p 0.1, 0.13, n 200", 200, 0.1, 200, 0.13},
        Setting{"p 0.0005, 0.001, n 10,000", 10'000, 0.0005, 10'000, 0.001}}) {
    Binomial c(s.n_c, s.p_c);
    Binomial t(s.n_t, s.p_t);
    Rate difference;
    Rate ratio;
    Rate single;
    for (int i = 0; i < 20'000; ++i) {
      const ProportionPair arms = draw(c, t, random);
      difference.add(difference_interval(arms, level(0.95)).interval.contains(s.p_t - s.p_c));
      ratio.add(ratio_interval(arms, level(0.95)).value().contains(s.p_t / s.p_c));
      single.add(proportion_interval(arms.treatment, level(0.95)).contains(s.p_t));
    }
    difference.expect((std::string("Miettinen-Nurminen difference 0.95, ") + s.name).c_str(), 0.940, 0.972);
    ratio.expect((std::string("Miettinen-Nurminen ratio 0.95, ") + s.name).c_str(), 0.940, 0.975);
    single.expect((std::string("Wilson 0.95, ") + s.name).c_str(), 0.930, 0.975);
  }
}

TEST(Calibration, StratifiedScoreTest) {
  Random random(104);
  Binomial parts[3][2] = {{Binomial(900, 0.02), Binomial(900, 0.02)},
                          {Binomial(300, 0.10), Binomial(900, 0.10)},
                          {Binomial(60, 0.40), Binomial(20, 0.40)}};
  Rate test_rate;
  Rate coverage;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<StratumCounts> strata;
    for (auto& part : parts) {
      const std::int64_t x_c = part[0](random);
      const std::int64_t x_t = part[1](random);
      strata.push_back({x_c, part[0].n(), x_t, part[1].n()});
    }
    const auto test = stratified_score_test(strata, 0.0);
    test_rate.add(test && test->p.greater <= 0.025);
    coverage.add(stratified_difference(strata, level(0.95)).value().interval.contains(0.0));
  }
  test_rate.expect("stratified score test, 1-sided 0.025, 3 strata", 0.019, 0.030);
  coverage.expect("stratified interval 0.95, 3 strata", 0.943, 0.960);
}

// Exact tests: the size itself, summed over every table, at the worst of a grid of rates.
TEST(Calibration, ExactTestsNeverExceedTheirLevel) {
  constexpr int kControl = 14;
  constexpr int kTreatment = 21;
  double fisher[100] = {};
  double boschloo[100] = {};
  double barnard[100] = {};
  for (int a = 0; a <= kControl; ++a) {
    for (int b = 0; b <= kTreatment; ++b) {
      const auto pair = make_pair_of_counts(a, kControl, b, kTreatment).value();
      const bool by_fisher = fisher_exact(pair).p_greater <= 0.05;
      const bool by_boschloo = boschloo_exact(pair).value().p.greater <= 0.05;
      const bool by_barnard = barnard_exact(pair).value().p.greater <= 0.05;
      for (int i = 1; i < 100; ++i) {
        const double p = i / 100.0;
        const double mass =
            std::exp(log_binomial_probability(a, kControl, p) + log_binomial_probability(b, kTreatment, p));
        if (by_fisher) fisher[i] += mass;
        if (by_boschloo) boschloo[i] += mass;
        if (by_barnard) barnard[i] += mass;
      }
    }
  }
  const double worst_fisher = *std::max_element(fisher, fisher + 100);
  const double worst_boschloo = *std::max_element(boschloo, boschloo + 100);
  const double worst_barnard = *std::max_element(barnard, barnard + 100);
  std::printf(
      "| exact size at 1-sided 0.05, n 14 and 21: Fisher %.4f, Boschloo %.4f, Barnard %.4f | | at most 0.05 | all |\n",
      worst_fisher, worst_boschloo, worst_barnard);
  EXPECT_LE(worst_fisher, 0.05);
  EXPECT_LE(worst_boschloo, 0.05);
  EXPECT_LE(worst_barnard, 0.05);
  EXPECT_GE(worst_boschloo, worst_fisher);
}

TEST(Calibration, RareEventsComparedExactly) {
  Random random(105);
  for (const double mean : {3.0, 30.0}) {
    Rate exact;
    Rate mid;
    Rate coverage;
    std::poisson_distribution<std::int64_t> control(mean);
    std::poisson_distribution<std::int64_t> treatment(mean);
    for (int i = 0; i < 20'000; ++i) {
      const EventCounts events{control(random), treatment(random), 1.0, 1.0};
      const auto test = compare_event_counts(events, 1.0, level(0.95));
      exact.add(test && test->p_greater <= 0.05);
      mid.add(test && test->midp_greater <= 0.05);
      coverage.add(!test || test->interval.contains(1.0));
    }
    const std::string name = "rare events, mean " + std::to_string(static_cast<int>(mean)) + " per arm, ";
    exact.expect((name + "exact 1-sided 0.05").c_str(), 0.0, 0.05);
    mid.expect((name + "mid-p 1-sided 0.05").c_str(), 0.02, 0.057);
    coverage.expect((name + "exact interval 0.95").c_str(), 0.95, 1.0);
  }
}

TEST(Calibration, MeansAndCuped) {
  Random random(106);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> skewed(1.0);
  Rate small;
  Rate heavy;
  Rate cuped;
  for (int i = 0; i < 20'000; ++i) {
    Moments c;
    Moments t;
    for (int k = 0; k < 8; ++k) c.add(normal(random));
    for (int k = 0; k < 20; ++k) t.add(3.0 * normal(random));
    small.add(welch_test(c, t, level(0.95))->interval.contains(0.0));
    if (i % 4 != 0) continue;
    Moments e_c;
    Moments e_t;
    PairedMoments p_c;
    PairedMoments p_t;
    for (int k = 0; k < 200; ++k) {
      e_c.add(skewed(random));
      e_t.add(skewed(random));
      const double before_c = normal(random);
      const double before_t = normal(random);
      p_c.add(before_c, before_c + normal(random));
      p_t.add(before_t, before_t + normal(random));
    }
    heavy.add(welch_test(e_c, e_t, level(0.95))->interval.contains(0.0));
    cuped.add(cuped_test(p_c, p_t, level(0.95))->test.interval.contains(0.0));
  }
  small.expect("Welch 0.95, n 8 and 20, sd 1 and 3", 0.943, 0.957);
  heavy.expect("Welch 0.95, exponential, n 200", 0.943, 0.957);
  cuped.expect("CUPED 0.95, correlation 0.7, n 200", 0.943, 0.957);
}

// Households of 1 to 5 with a shared tendency. Counting people singly is what the cluster test is there to prevent.
TEST(Calibration, ClustersAreAnalysedAsRandomised) {
  Random random(107);
  std::uniform_real_distribution<double> uniform;
  for (const int households : {15, 300}) {
    Rate clustered;
    Rate naive;
    for (int i = 0; i < 20'000; ++i) {
      ClusterMoments arms[2];
      std::int64_t people[2] = {0, 0};
      std::int64_t events[2] = {0, 0};
      for (int arm = 0; arm < 2; ++arm) {
        for (int h = 0; h < households; ++h) {
          const auto size = static_cast<std::int64_t>(1 + random() % 5);
          const double p = uniform(random) < 0.5 ? 0.1 : 0.5;
          std::int64_t total = 0;
          for (std::int64_t k = 0; k < size; ++k) total += uniform(random) < p ? 1 : 0;
          arms[arm].add(static_cast<double>(size), static_cast<double>(total));
          people[arm] += size;
          events[arm] += total;
        }
      }
      const auto test = cluster_test(arms[0], arms[1], level(0.95));
      clustered.add(test && test->p.two_sided <= 0.05);
      const auto plain = pooled_z_test(make_pair_of_counts(events[0], people[0], events[1], people[1]).value());
      naive.add(plain && plain->p.two_sided <= 0.05);
    }
    const std::string name = std::to_string(households) + " households per arm, two-sided 0.05: ";
    clustered.expect((name + "cluster test").c_str(), households < 50 ? 0.045 : 0.045, households < 50 ? 0.075 : 0.056);
    naive.expect((name + "people counted singly (wrong)").c_str(), 0.08, 0.20);
  }
}

struct HarmRates {
  Rate linear;
  Rate obrien_fleming;
  Rate evidence;
};

HarmRates watch_harm(double control_rate, double ratio, std::uint64_t seed) {
  Random random(seed);
  HarmRates rates;
  Binomial control(2'000, control_rate);
  Binomial treatment(2'000, control_rate * ratio);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<HarmLook> looks;
    for (int week = 1; week <= 6; ++week) {
      const std::int64_t x_t = treatment(random);
      looks.push_back({week / 6.0, {{0.5, 0.5, x_t, control(random)}}});
    }
    HarmPlan plan{level(0.05), HarmSpending::kLinear, 1.0, Alternative::kGreater};
    rates.linear.add(exact_harm_monitor(plan, looks)->stopped_at.has_value());
    plan.spending = HarmSpending::kObrienFleming;
    rates.obrien_fleming.add(exact_harm_monitor(plan, looks)->stopped_at.has_value());
    rates.evidence.add(harm_eprocess(level(0.05), 1.0, looks)->first_rejection.has_value());
  }
  return rates;
}

TEST(Calibration, HarmMonitorOverSixWeeks) {
  const HarmRates null = watch_harm(0.002, 1.0, 108);
  null.linear.expect("harm monitor, linear, 0.2 % complaints, no harm", 0.02, 0.05);
  null.obrien_fleming.expect("harm monitor, O'Brien-Fleming-like, no harm", 0.02, 0.05);
  null.evidence.expect("harm e-process, no harm", 0.0, 0.05);
  const HarmRates doubled = watch_harm(0.002, 2.0, 109);
  doubled.linear.expect("harm monitor, linear, complaints doubled (power)", 0.83, 0.87);
  doubled.obrien_fleming.expect("harm monitor, O'Brien-Fleming-like, complaints doubled (power)", 0.85, 0.89);
  doubled.evidence.expect("harm e-process, complaints doubled (power)", 0.52, 0.60);
}

// Weights throttled from 50 % to 10 %, complaints late: right when counted by the epoch of exposure.
TEST(Calibration, HarmMonitorUnderThrottledWeights) {
  Random random(110);
  Rate rate;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<HarmLook> looks;
    for (int week = 1; week <= 6; ++week) looks.push_back({week / 6.0, {{0.5, 0.5, 0, 0}, {0.1, 0.9, 0, 0}}});
    for (int week = 0; week < 6; ++week) {
      const bool early = week < 3;
      Binomial events(4'000, 0.003);
      const std::int64_t total = events(random);
      for (std::int64_t e = 0; e < total; ++e) {
        const auto arrival = static_cast<std::size_t>(week + static_cast<int>(random() % 4));
        if (arrival >= 6) continue;
        const bool treated = std::uniform_real_distribution<double>()(random) < (early ? 0.5 : 0.1);
        EventStratum& stratum = looks[arrival].strata[early ? 0 : 1];
        (treated ? stratum.treatment_events : stratum.control_events) += 1;
      }
    }
    const HarmPlan plan{level(0.05), HarmSpending::kLinear, 1.0, Alternative::kGreater};
    rate.add(exact_harm_monitor(plan, looks)->stopped_at.has_value());
  }
  rate.expect("harm monitor, weights throttled, complaints late, no harm", 0.02, 0.05);
}

TEST(Calibration, PlannedLooks) {
  Random random(111);
  std::normal_distribution<double> normal;
  const SequentialPlan plan{{0.2, 0.4, 0.6, 0.8, 1.0}, {}, level(0.025), 1, {Spending::Family::kObrienFleming, 1.0}};
  const auto bounds = sequential_bounds(plan);
  const auto design = sequential_design(plan, level(0.8));
  for (const bool effect : {false, true}) {
    Rate rate;
    Rate peeking;
    for (int i = 0; i < 100'000; ++i) {
      double b = 0.0;
      bool crossed = false;
      bool peeked = false;
      for (std::size_t k = 0; k < 5; ++k) {
        b += normal(random) * std::sqrt(0.2) + (effect ? 0.2 * design->drift : 0.0);
        const double z = b / std::sqrt(plan.spending_times[k]);
        crossed = crossed || z >= bounds->z[k];
        peeked = peeked || z >= 1.959964;
      }
      rate.add(crossed);
      peeking.add(peeked);
    }
    rate.expect(
        effect ? "five looks, O'Brien-Fleming-like, designed power 0.8" : "five looks, O'Brien-Fleming-like, 0.025",
        effect ? 0.8 : 0.025, effect ? 0.8 : 0.025);
    if (!effect) peeking.expect("five looks at a fixed 1.96 (wrong)", 0.06, 0.08);
  }
}

TEST(Calibration, AnytimeValidUnderConstantLooking) {
  Random random(112);
  std::normal_distribution<double> normal;
  Rate sequence;
  Rate mixture;
  Rate safe;
  Rate ratio;
  for (int i = 0; i < 20'000; ++i) {
    double sum = 0.0;
    bool by_sequence = false;
    bool by_mixture = false;
    for (int look = 1; look <= 100; ++look) {
      sum += normal(random) * std::sqrt(100.0);
      const double n = 100.0 * look;
      const double se = 2.0 / std::sqrt(n);
      const double estimate = 2.0 * sum / n;
      by_sequence = by_sequence || asymptotic_sequence(estimate, se, n, level(0.05), 5'000.0)->p_value <= 0.05;
      by_mixture = by_mixture || mixture_sprt(estimate, se, 0.01, level(0.05))->p_value <= 0.05;
    }
    sequence.add(by_sequence);
    mixture.add(by_mixture);
    std::vector<Block> blocks;
    auto srm = SequentialSampleRatio::make(std::vector<double>{0.5, 0.5}, 100.0).value();
    Binomial event(20, 0.1);
    Binomial half(200, 0.5);
    for (int look = 0; look < 60; ++look) {
      const std::int64_t y_a = event(random);
      blocks.push_back({20, 20, y_a, event(random)});
      const std::int64_t x = half(random);
      const std::vector<std::int64_t> counts{x, 200 - x};
      ASSERT_TRUE(srm.add(counts).ok());
    }
    safe.add(safe_two_proportions(blocks, {}, level(0.05))->first_rejection > 0);
    ratio.add(srm.p_value() <= 0.05);
  }
  sequence.expect("asymptotic sequence, 100 looks, 0.05", 0.0, 0.05);
  mixture.expect("mixture test, 100 looks, 0.05", 0.0, 0.05);
  safe.expect("safe test of proportions, 60 blocks, 0.05", 0.0, 0.05);
  ratio.expect("sequential sample ratio, 60 looks, 0.05", 0.0, 0.05);
}

TEST(Calibration, FamiliesOfTests) {
  Random random(113);
  std::normal_distribution<double> normal;
  const double critical = dunnett_critical_value({std::vector<double>(3, std::sqrt(0.5)),
                                                  std::numeric_limits<double>::infinity(), Alternative::kTwoSided},
                                                 level(0.95))
                              .value();
  Rate dunnett;
  Rate holm;
  Rate bonferroni;
  double false_share = 0.0;
  constexpr int kRounds = 200'000;
  for (int i = 0; i < kRounds; ++i) {
    const double control = normal(random);
    double largest = 0.0;
    std::vector<double> p;
    for (int k = 0; k < 3; ++k) {
      const double z = (normal(random) - control) / std::sqrt(2.0);
      largest = std::max(largest, std::abs(z));
      p.push_back(normal_two_sided(z));
    }
    dunnett.add(largest >= critical);
    const auto adjusted = adjust_p_values(p, Adjustment::kHolm).value();
    holm.add(*std::min_element(adjusted.begin(), adjusted.end()) <= 0.05);
    bonferroni.add(*std::min_element(p.begin(), p.end()) <= 0.05 / 3.0);
    // Ten tests, four with an effect: the expected share of false discoveries is at most 0.05 times 6/10.
    std::vector<double> many;
    for (int k = 0; k < 10; ++k) many.push_back(normal_two_sided(normal(random) + (k < 4 ? 3.0 : 0.0)));
    const auto found = adjust_p_values(many, Adjustment::kBenjaminiHochberg).value();
    int all = 0;
    int wrong = 0;
    for (std::size_t k = 0; k < 10; ++k) {
      if (found[k] > 0.05) continue;
      ++all;
      if (k >= 4) ++wrong;
    }
    if (all > 0) false_share += static_cast<double>(wrong) / all;
  }
  dunnett.expect("Dunnett, 3 variants, family 0.05", 0.05, 0.05);
  holm.expect("Holm, 3 variants, family 0.05", 0.04, 0.05);
  bonferroni.expect("Bonferroni, 3 variants, family 0.05", 0.04, 0.05);
  std::printf("| Benjamini-Hochberg, false discovery share | %.4f | 0.0300 | %d |\n", false_share / kRounds, kRounds);
  EXPECT_NEAR(false_share / kRounds, 0.03, 0.004);
}

}  // namespace
}  // namespace tactful::stats
