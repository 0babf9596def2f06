#include "outlook.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "comparison.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/rare_events.hpp"
#include "words.hpp"

namespace tactful {
namespace {

using stats::Alternative;

/// P(Bin(n, p) <= k), summed from the mode outwards in logarithms; n up to some thousands.
double binomial_cdf(std::int64_t k, std::int64_t n, double p) {
  if (k < 0) return 0.0;
  if (k >= n) return 1.0;
  double sum = 0.0;
  const double log_odds = std::log(p) - std::log1p(-p);
  double log_term = static_cast<double>(n) * std::log1p(-p);
  for (std::int64_t i = 0; i <= k; ++i) {
    sum += std::exp(log_term);
    log_term += std::log(static_cast<double>(n - i)) - std::log(static_cast<double>(i + 1)) + log_odds;
  }
  return std::min(1.0, sum);
}

/// Largest count with P(Bin(n, p) <= count) <= alpha, or -1.
std::int64_t exact_bound(std::int64_t n, double p, double alpha) {
  double sum = 0.0;
  const double log_odds = std::log(p) - std::log1p(-p);
  double log_term = static_cast<double>(n) * std::log1p(-p);
  for (std::int64_t i = 0; i <= n; ++i) {
    sum += std::exp(log_term);
    if (sum > alpha) return i - 1;
    log_term += std::log(static_cast<double>(n - i)) - std::log(static_cast<double>(i + 1)) + log_odds;
  }
  return n;
}

std::string chance_text(double low, double high) {
  if (high < 0.01) return "chance under 1 % by the last look";
  if (low > 0.99) return "chance over 99 % by the last look";
  const std::string least = fixed(100.0 * low, 0);
  const std::string most = fixed(100.0 * high, 0);
  return "chance " + (least == most ? most : least + " to " + most) + " % by the last look";
}

/// Chance of a group-sequential test, from its statistic now.
std::optional<double> sequential_chance(const ResultInput& input, const LookTest& test, bool is_success) {
  const Experiment& experiment = input.experiment;
  const Metric& metric = experiment.metrics[test.metric];
  const std::vector<ArmTally>& arms = input.tally.margins[0].arms;
  const auto arm = [&](std::size_t v) {
    return ArmInput{&arms[v], &arms[v].metrics[test.metric], experiment.variants[v].weight};
  };
  const auto comparison =
      compare(arm(0), arm(test.variant), metric.aggregation == Aggregation::kAny, experiment.is_clustered());
  if (!comparison) return std::nullopt;
  const auto better = metric.direction == Direction::kIncrease ? Alternative::kGreater : Alternative::kLess;
  const auto outcome = is_success ? (*comparison)->test_difference(0.0, better) : margin_test(metric, **comparison);
  if (!outcome) return std::nullopt;
  const double t = planned_maturity(experiment, metric.window_ms, input.tally.as_of);
  if (!(t > 0.0 && t < 1.0)) return std::nullopt;
  const auto clock = is_success ? SpendingClock::kMaturity : SpendingClock::kCalendar;
  LookShape shape = shape_of(experiment, input.data, test.metric, test.variant, clock);
  const LookMetric& control = input.data.now->arms[0][test.metric];
  const LookMetric& treatment = input.data.now->arms[test.variant][test.metric];
  const auto n_c = static_cast<double>(mature_count(control, experiment.is_clustered()));
  const auto n_t = static_cast<double>(mature_count(treatment, experiment.is_clustered()));
  if (!(n_c > 0.0 && n_t > 0.0)) return std::nullopt;
  const double now = n_c * n_t / (n_c + n_t);
  // More came than planned, or earlier: what is known cannot be more than what will be.
  while (!shape.times.empty() && shape.times.back() >= 1.0) {
    shape.times.pop_back();
    shape.information.pop_back();
  }
  shape.times.push_back(1.0);
  shape.information.push_back(std::max(now / t, shape.information.empty() ? now : shape.information.back() * 1.0001));
  const SpendingPlan& spending = experiment.plan.spending;
  const auto bound = input.bounds.z_bound(test.alpha, is_success ? spending.success : spending.guardrail, shape);
  if (!bound) return std::nullopt;
  const double z = stats::normal_upper_quantile(std::clamp(outcome->p, 1e-300, 1.0 - 1e-16));
  return predictive_chance(z, t, *bound);
}

std::optional<double> margin_chance(const ResultInput& input, const LookTest& test) {
  if (!test.margin) return sequential_chance(input, test, false);
  const Metric& metric = input.experiment.metrics[test.metric];
  const EventPair pair = event_pair(input.experiment, test.metric, test.variant);
  const double ratio = pair.fewer_is_worse ? 1.0 / metric.margin->value : metric.margin->value;
  const double null_share = stats::treatment_share(pair.worse_weight, pair.other_weight, ratio);
  const double equal_share = stats::treatment_share(pair.worse_weight, pair.other_weight, 1.0);
  return rare_chance(test.margin->events, test.margin->follow_up, null_share, equal_share, test.alpha);
}

bool is_safe(Verdict verdict) { return verdict == Verdict::kSafe || verdict == Verdict::kSafeButWorse; }

/// What is shown now must hold again at the last look; of what is all in by plan it does.
std::optional<double> chance_to_hold(const ResultInput& input, const LookTest& test, bool is_shown,
                                     std::optional<double> chance) {
  const Metric& metric = input.experiment.metrics[test.metric];
  const bool is_all_in = planned_maturity(input.experiment, metric.window_ms, input.tally.as_of) >= 1.0;
  return is_shown && is_all_in ? std::optional(1.0) : chance;
}

void add_guardrail(const ResultInput& input, const LookTest& test, const MetricResult& result, Outlook& outlook) {
  const bool is_shown = is_safe(result.verdict);
  Missing missing{result.metric + " is not shown safe yet",
                  chance_to_hold(input, test, is_shown, margin_chance(input, test))};
  if (is_shown) return add_part(outlook, missing.chance);
  if (test.margin && test.margin->follow_up < kFollowUpNeeded) {
    missing.what +=
        ": follow-up is " + percent(test.margin->follow_up) + ", and a final word needs " + percent(kFollowUpNeeded);
  }
  if (missing.chance) missing.what += " (" + chance_text(*missing.chance, *missing.chance) + ")";
  add_part(outlook, missing.chance);
  outlook.missing.push_back(std::move(missing));
}

/// Two success metrics cross together or apart, nobody knows: at least the largest chance, at most their sum.
void add_successes(const ResultInput& input, const std::vector<LookTest>& tests,
                   const std::vector<MetricResult>& results, std::size_t variant, Outlook& outlook) {
  double largest = 0.0;
  double sum = 0.0;
  bool is_known = true;
  bool has_won = false;
  std::string waiting;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].variant != variant || input.experiment.metrics[tests[i].metric].role != Role::kSuccess) continue;
    if (tests[i].share <= 0.0) continue;
    const bool is_better = results[i].verdict == Verdict::kBetter;
    const auto chance = chance_to_hold(input, tests[i], is_better, sequential_chance(input, tests[i], true));
    is_known = is_known && chance;
    largest = std::max(largest, chance.value_or(0.0));
    sum += chance.value_or(0.0);
    has_won = has_won || is_better;
    waiting += (waiting.empty() ? "" : " or ") + results[i].metric;
  }
  if (is_known) {
    outlook.success_low = outlook.chance_low = largest;
    outlook.success_high = outlook.chance = std::min(1.0, sum);
  }
  if (has_won || waiting.empty()) return;
  const std::string chance = is_known ? " (" + chance_text(largest, *outlook.success_high) + ")" : "";
  outlook.missing.push_back({waiting + " is not shown better yet" + chance, outlook.success_low});
}

}  // namespace

void add_part(Outlook& outlook, std::optional<double> chance) noexcept {
  if (outlook.chance && outlook.chance_low && chance) {
    outlook.chance = std::min(*outlook.chance, *chance);
    outlook.chance_low = std::max(0.0, *outlook.chance_low + *chance - 1.0);
  } else {
    outlook.chance = outlook.chance_low = std::nullopt;
  }
}

double predictive_chance(double z, double t, double bound) noexcept {
  return stats::normal_cdf((z - bound * std::sqrt(t)) / std::sqrt(1.0 - t));
}

double rare_chance(const EventCount& events, double follow_up, double null_share, double equal_share, double alpha) {
  const double so_far = static_cast<double>(events.all());
  const double mean = follow_up > 0.0 && follow_up < 1.0 ? (so_far + 0.5) * (1.0 - follow_up) / follow_up : 0.0;
  // How many come is itself uncertain, by today's count and by chance: nine equally likely numbers.
  constexpr std::array<double, 9> kSteps{-1.593, -0.967, -0.589, -0.282, 0.0, 0.282, 0.589, 0.967, 1.593};
  const double sd = std::sqrt(mean + mean * mean / (so_far + 0.5));
  double sum = 0.0;
  for (const double step : kSteps) {
    const auto more = static_cast<std::int64_t>(std::llround(std::max(0.0, mean + step * sd)));
    const std::int64_t bound = exact_bound(events.all() + more, null_share, alpha);
    sum += binomial_cdf(bound - events.worse, more, equal_share);
  }
  return sum / static_cast<double>(kSteps.size());
}

std::vector<Outlook> make_outlooks(const ResultInput& input, const std::vector<LookTest>& tests,
                                   const std::vector<MetricResult>& results) {
  const Experiment& experiment = input.experiment;
  std::vector<Outlook> outlooks;
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    if (experiment.variants[v].weight == 0) continue;
    Outlook outlook;
    outlook.variant = experiment.variants[v].key;
    add_successes(input, tests, results, v, outlook);
    for (std::size_t i = 0; i < tests.size(); ++i) {
      if (tests[i].variant != v || experiment.metrics[tests[i].metric].role != Role::kGuardrail) continue;
      add_guardrail(input, tests[i], results[i], outlook);
    }
    outlooks.push_back(std::move(outlook));
  }
  return outlooks;
}

}  // namespace tactful
