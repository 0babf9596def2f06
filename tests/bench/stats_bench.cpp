// Statistics from sums: a whole scorecard (10 metrics, 5 variants: score tests, score intervals, ratio intervals and
// Holm) against the same comparisons by Wald alone, the least any scorecard can do; Boschloo and Fisher against the
// exact test by naive enumeration of all tables; Dunnett against Bonferroni. Links tactful::stats.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "tactful/stats/dunnett.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/multiplicity.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/odds_ratio.hpp"
#include "tactful/stats/proportion_ratio.hpp"
#include "tactful/stats/simultaneous.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::stats {
namespace {

constexpr std::int64_t kUnits = 50'000;
constexpr std::size_t kMetrics = 10;
constexpr std::size_t kVariants = 5;

Level level(double value) { return Level::make(value).value(); }

// Per metric a rate from 0.2 % to 30 %, per variant a count near it.
std::vector<std::vector<ProportionPair>> scorecard_counts() {
  std::mt19937_64 random(1);
  std::vector<std::vector<ProportionPair>> metrics;
  for (std::size_t m = 0; m < kMetrics; ++m) {
    const double rate = 0.002 * std::pow(1.75, static_cast<double>(m));
    std::binomial_distribution<std::int64_t> draw(kUnits, rate);
    const std::int64_t control = draw(random);
    std::vector<ProportionPair> row;
    for (std::size_t v = 0; v < kVariants; ++v) {
      row.push_back(make_pair_of_counts(control, kUnits, draw(random), kUnits).value());
    }
    metrics.push_back(row);
  }
  return metrics;
}

void ScorecardDefault(benchmark::State& state) {
  const auto counts = scorecard_counts();
  for (auto _ : state) {
    for (const auto& metric : counts) {
      std::vector<double> p;
      for (const ProportionPair& arms : metric) {
        p.push_back(score_test_difference(arms, 0.0)->p.greater);
        benchmark::DoNotOptimize(score_test_difference(arms, 0.01));
        benchmark::DoNotOptimize(difference_interval(arms, level(0.95)));
        benchmark::DoNotOptimize(ratio_interval(arms, level(0.95)));
      }
      benchmark::DoNotOptimize(adjust_p_values(p, Adjustment::kHolm));
    }
  }
}
BENCHMARK(ScorecardDefault)->Unit(benchmark::kMicrosecond);

void ScorecardByWaldAlone(benchmark::State& state) {
  const auto counts = scorecard_counts();
  for (auto _ : state) {
    for (const auto& metric : counts) {
      for (const ProportionPair& arms : metric) {
        const double p_c = arms.control.rate();
        const double p_t = arms.treatment.rate();
        const double se = std::sqrt((p_c * (1.0 - p_c) + p_t * (1.0 - p_t)) / static_cast<double>(kUnits));
        const double z = (p_t - p_c) / se;
        benchmark::DoNotOptimize(0.5 * std::erfc(z / std::sqrt(2.0)));
        benchmark::DoNotOptimize(p_t - p_c - 1.96 * se);
        benchmark::DoNotOptimize(p_t - p_c + 1.96 * se);
      }
    }
  }
}
BENCHMARK(ScorecardByWaldAlone)->Unit(benchmark::kMicrosecond);

ProportionPair ordinary(std::int64_t n) { return make_pair_of_counts(n / 10, n, n / 10 + n / 12, n).value(); }

void Boschloo(benchmark::State& state) {
  const ProportionPair arms = ordinary(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(boschloo_exact(arms));
}
BENCHMARK(Boschloo)->Arg(30)->Arg(100)->Arg(300)->Unit(benchmark::kMicrosecond);

// Boschloo's one-sided p as its definition says: Fisher's p of every table, then the largest probability of the tables
// at most as large over a grid of 1,000 common rates.
double naive_boschloo(const ProportionPair& arms) {
  const std::int64_t n = arms.control.trials();
  const double observed = fisher_exact(arms).p_greater * (1.0 + 1e-9);
  std::vector<double> log_choose;
  for (std::int64_t k = 0; k <= n; ++k) {
    const auto g = [](std::int64_t x) { return std::lgamma(static_cast<double>(x) + 1.0); };
    log_choose.push_back(g(n) - g(k) - g(n - k));
  }
  std::vector<double> by_successes(static_cast<std::size_t>(2 * n + 1), 0.0);
  for (std::int64_t c = 0; c <= n; ++c) {
    for (std::int64_t t = 0; t <= n; ++t) {
      if (fisher_exact(make_pair_of_counts(c, n, t, n).value()).p_greater > observed) continue;
      by_successes[static_cast<std::size_t>(c + t)] +=
          std::exp(log_choose[static_cast<std::size_t>(c)] + log_choose[static_cast<std::size_t>(t)] -
                   static_cast<double>(2 * n) * std::log(2.0));
    }
  }
  double largest = 0.0;
  for (int i = 1; i < 1000; ++i) {
    const double rate = i / 1000.0;
    double sum = 0.0;
    for (std::size_t s = 0; s < by_successes.size(); ++s) {
      if (by_successes[s] == 0.0) continue;
      sum += by_successes[s] * std::exp(static_cast<double>(s) * std::log(2.0 * rate) +
                                        static_cast<double>(by_successes.size() - 1 - s) * std::log(2.0 - 2.0 * rate));
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

void BoschlooByEnumeration(benchmark::State& state) {
  const ProportionPair arms = ordinary(state.range(0));
  if (std::abs(naive_boschloo(arms) / boschloo_exact(arms)->p.greater - 1.0) > 1e-3) {
    throw std::runtime_error("the reference disagrees");
  }
  for (auto _ : state) benchmark::DoNotOptimize(naive_boschloo(arms));
}
BENCHMARK(BoschlooByEnumeration)->Arg(30)->Arg(100)->Arg(300)->Unit(benchmark::kMicrosecond);

void OddsRatioExact(benchmark::State& state) {
  const ProportionPair arms = ordinary(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(odds_ratio_interval(arms, level(0.95), OddsRatioInterval::kConditionalExact));
  }
}
BENCHMARK(OddsRatioExact)->Arg(300)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void OddsRatioScore(benchmark::State& state) {
  const ProportionPair arms = ordinary(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(odds_ratio_interval(arms, level(0.95)));
}
BENCHMARK(OddsRatioScore)->Arg(300)->Arg(100'000)->Unit(benchmark::kMicrosecond);

std::vector<Comparison> comparisons(std::size_t variants) {
  std::vector<Comparison> all;
  for (std::size_t v = 0; v < variants; ++v) all.push_back({0.5 * static_cast<double>(v), 1.0});
  return all;
}

void Dunnett(benchmark::State& state) {
  const auto variants = static_cast<std::size_t>(state.range(0));
  const DunnettFamily family{std::vector<double>(variants, std::sqrt(0.5)), std::numeric_limits<double>::infinity(),
                             Alternative::kTwoSided};
  const auto all = comparisons(variants);
  for (auto _ : state) benchmark::DoNotOptimize(dunnett_intervals(all, family, level(0.95)));
}
BENCHMARK(Dunnett)->Arg(2)->Arg(5)->Unit(benchmark::kMicrosecond);

void BonferroniBesideHolm(benchmark::State& state) {
  const auto all = comparisons(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        holm_intervals(all, std::numeric_limits<double>::infinity(), Alternative::kTwoSided, level(0.95)));
  }
}
BENCHMARK(BonferroniBesideHolm)->Arg(2)->Arg(5)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tactful::stats
