#include "summary.hpp"

#include <algorithm>
#include <cmath>

#include "look_comparison.hpp"
#include "spending.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/shrinkage.hpp"
#include "tactful/stats/significance_filter.hpp"

namespace tactful {
namespace {

constexpr double kScoreLevel = 0.95;

/// Mean of an arm's mature units and the standard error of it; nothing for clusters, whose sums are another matter.
struct ArmMoments {
  double mean = 0.0, se = 0.0;
};
std::optional<ArmMoments> moments_of(const ResultInput& input, std::size_t variant, std::size_t metric) {
  if (input.experiment.is_clustered()) return std::nullopt;
  const UnitSums& sums = input.tally.margins[0].arms[variant].metrics[metric].mature;
  if (sums.units < 2) return std::nullopt;
  const auto n = static_cast<double>(sums.units);
  const double mean = sums.sum.value() / n;
  const double variance = std::max(0.0, sums.squares.value() / n - mean * mean);
  if (!(variance > 0.0)) return std::nullopt;
  return ArmMoments{mean, std::sqrt(variance / n)};
}

double sign_of(const Metric& metric) { return metric.direction == Direction::kIncrease ? 1.0 : -1.0; }

EffectInterval signed_effect(double sign, double value, double low, double high, double level) {
  return sign > 0.0 ? EffectInterval{value, low, high, level} : EffectInterval{-value, -high, -low, level};
}

/// Whether the bound was already crossed at an earlier look. What came after it was not chosen by this metric any more,
/// so the estimate of now is not the one that stopped.
bool crossed_before(const ResultInput& input, const LookTest& test) {
  const Experiment& experiment = input.experiment;
  const Metric& metric = experiment.metrics[test.metric];
  for (std::size_t i = 0; i + 1 < input.data.taken.size(); ++i) {
    const TimeMs at = input.data.schedule.taken[i].at;
    const double time = planned_maturity(experiment, metric.window_ms, at);
    LookShape shape;
    for (std::size_t k = 0; k < test.shape.times.size() && test.shape.times[k] <= time + 1e-12; ++k) {
      shape.times.push_back(test.shape.times[k]);
      shape.information.push_back(test.shape.information[k]);
    }
    const auto nominal = input.bounds.nominal(test.alpha, experiment.plan.spending.success, shape);
    if (!nominal) continue;
    const auto state = compare_at(experiment, *input.data.taken[i], test.metric, test.variant);
    if (!state) continue;
    const auto better =
        metric.direction == Direction::kIncrease ? stats::Alternative::kGreater : stats::Alternative::kLess;
    const auto outcome = (*state)->comparison->test_difference(0.0, better);
    if (outcome && outcome->p <= *nominal) return true;
  }
  return false;
}

std::optional<EffectInterval> for_stopping(const ResultInput& input, const LookTest& test, const MetricResult& result) {
  if (crossed_before(input, test)) return std::nullopt;
  const bool is_early = test.shape.times.size() > 1 || (!test.shape.times.empty() && test.shape.times.back() < 1.0);
  const auto level = Level::make(test.alpha);
  if (!is_early || !level || !result.p_value || !result.difference) return std::nullopt;
  const double z = stats::normal_upper_quantile(std::max(*result.p_value, 1e-300));
  const double sign = sign_of(input.experiment.metrics[test.metric]);
  const double estimate = sign * result.difference->estimate;
  if (!(z > 0.0 && estimate > 0.0)) return std::nullopt;
  stats::SequentialPlan plan{test.shape.times, {}, *level, 1, group_spending(input.experiment.plan.spending.success)};
  for (const double one : test.shape.information) plan.information.push_back(one / test.shape.information.back());
  const auto analysis = stats::sequential_analysis(plan, static_cast<int>(plan.spending_times.size()), z, estimate / z);
  if (!analysis) return std::nullopt;
  return signed_effect(sign, analysis->median_unbiased_estimate, analysis->stagewise_interval.low(),
                       analysis->stagewise_interval.high(), 1.0 - 2.0 * test.alpha);
}

/// A wording is only called the winner because it crossed its bound; the same luck that helped it across is in the
/// estimate. Only where the bound was crossed now for the first time.
std::optional<EffectInterval> for_crossing(const ResultInput& input, const LookTest& test, const MetricResult& result) {
  if (crossed_before(input, test)) return std::nullopt;
  const double sign = sign_of(input.experiment.metrics[test.metric]);
  const double estimate = sign * result.difference->estimate;
  if (!result.p_value || !result.bound_p || !(estimate > 0.0)) return std::nullopt;
  const double z = stats::normal_upper_quantile(std::max(*result.p_value, 1e-300));
  const double bound = stats::normal_upper_quantile(*result.bound_p);
  if (!(z > 0.0)) return std::nullopt;
  const double se = estimate / z;
  const double low = sign > 0.0 ? result.difference->low : -result.difference->high;
  const auto filtered = stats::significance_filtered(z, bound, se, (estimate - low) / se);
  if (!filtered) return std::nullopt;
  EffectInterval interval = *result.difference;
  interval.estimate = sign * filtered->hybrid;
  return interval;
}

std::optional<EffectInterval> for_selection(const ResultInput& input, const LookTest& test) {
  const Experiment& experiment = input.experiment;
  const double sign = sign_of(experiment.metrics[test.metric]);
  const auto control = moments_of(input, 0, test.metric);
  if (!control) return std::nullopt;
  std::vector<stats::ArmEffect> arms;
  std::optional<std::size_t> winner;
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    const auto arm = experiment.variants[v].weight > 0 ? moments_of(input, v, test.metric) : std::nullopt;
    if (!arm) continue;
    if (v == test.variant) winner = arms.size();
    arms.push_back({sign * (arm->mean - control->mean), arm->se});
  }
  const auto level = Level::make(1.0 - 2.0 * test.alpha);
  if (arms.size() < 2 || !winner || !level) return std::nullopt;
  const auto best = stats::best_arm_estimate(arms, *level, control->se);
  if (!best || best->best != *winner) return std::nullopt;
  return signed_effect(sign, best->hybrid.value, best->hybrid.interval.low(), best->hybrid.interval.high(),
                       level->value());
}

/// The logarithm of the ratio in the better direction, and its standard error.
struct LogRatio {
  bool exists = false;
  double value = 0.0, se = 0.0;
};
LogRatio log_ratio(const ResultInput& input, std::size_t metric, std::size_t variant, const MetricResult& result) {
  const double sign = sign_of(input.experiment.metrics[metric]);
  if (!(result.control.value > 0.0 && result.treatment.value > 0.0)) return {};
  const double value = sign * std::log(result.treatment.value / result.control.value);
  const auto control = moments_of(input, 0, metric);
  const auto treatment = moments_of(input, variant, metric);
  if (control && treatment) {
    return {true, value, std::hypot(control->se / control->mean, treatment->se / treatment->mean)};
  }
  // Clusters: from the interval of the lift, which is made on the logarithm.
  if (!result.relative || !std::isfinite(result.relative->high) || result.relative->low <= -1.0) return {};
  const double width = std::log1p(result.relative->high) - std::log1p(result.relative->low);
  return {true, value, width / (2.0 * stats::normal_upper_quantile(0.5 * (1.0 - result.relative->level)))};
}

ScoreResult score_of(const ResultInput& input, const std::vector<MetricResult>& results, std::size_t variant) {
  const Experiment& experiment = input.experiment;
  ScoreResult score;
  score.variant = experiment.variants[variant].key;
  double total = 0.0;
  for (const auto& [key, weight] : experiment.policy.score_weights) total += weight;
  double sum = 0.0;
  double variance = 0.0;
  for (const auto& [key, weight] : experiment.policy.score_weights) {
    for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
      if (experiment.metrics[m].key != key) continue;
      const std::string& name = experiment.metrics[m].key;
      const auto result = std::find_if(results.begin(), results.end(), [&](const MetricResult& one) {
        return one.metric == name && one.variant == score.variant;
      });
      const bool has_values = result != results.end() && result->unavailable.empty();
      const LogRatio ratio = has_values ? log_ratio(input, m, variant, *result) : LogRatio{};
      if (!ratio.exists) {
        score.unavailable = name + (has_values ? " has no ratio to control: an arm is at zero"
                                               : " is unavailable, and it is part of the score");
        return score;
      }
      sum += weight / total * ratio.value;
      variance += weight / total * weight / total * ratio.se * ratio.se;
    }
  }
  const double half = stats::normal_upper_quantile(0.5 * (1.0 - kScoreLevel)) * std::sqrt(variance);
  score.value = 100.0 * std::exp(sum);
  score.low = 100.0 * std::exp(sum - half);
  score.high = 100.0 * std::exp(sum + half);
  score.level = kScoreLevel;
  return score;
}

}  // namespace

std::optional<WinnerEstimate> winner_estimate(const ResultInput& input, const std::vector<LookTest>& tests,
                                              const std::vector<MetricResult>& results, const std::string& preferred) {
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const MetricResult& result = results[i];
    if (result.role != Role::kSuccess || result.verdict != Verdict::kBetter || !result.difference) continue;
    if (!preferred.empty() && result.variant != preferred) continue;
    const double sign = sign_of(input.experiment.metrics[tests[i].metric]);
    const bool is_larger = chosen && results[*chosen].metric == result.metric &&
                           sign * result.difference->estimate > sign * results[*chosen].difference->estimate;
    if (!chosen || is_larger) chosen = i;
  }
  if (!chosen) return std::nullopt;
  const MetricResult& result = results[*chosen];
  const auto stopping = for_stopping(input, tests[*chosen], result);
  const auto selection = for_selection(input, tests[*chosen]);
  WinnerEstimate winner{result.metric, result.variant, *result.difference, *result.difference, ""};
  const auto take = [&](const std::optional<EffectInterval>& estimate, std::string_view method) {
    const bool is_smaller =
        estimate && (winner.method.empty() || std::fabs(estimate->estimate) < std::fabs(winner.estimate.estimate));
    if (!is_smaller) return;
    winner.estimate = *estimate;
    winner.method = method;
  };
  take(stopping, "median-unbiased for deciding at this look");
  take(selection, "corrected for being the best of several");
  take(for_crossing(input, tests[*chosen], result), "corrected for having crossed its bound here");
  if (winner.method.empty()) winner.method = "shown at an earlier look already; all units since are in it";
  return winner;
}

std::vector<ScoreResult> scores(const ResultInput& input, const std::vector<MetricResult>& results) {
  std::vector<ScoreResult> list;
  if (input.experiment.policy.score_weights.empty()) return list;
  for (std::size_t v = 1; v < input.experiment.variants.size(); ++v) {
    if (input.experiment.variants[v].weight > 0) list.push_back(score_of(input, results, v));
  }
  return list;
}

}  // namespace tactful
