#include <algorithm>

#include "look_comparison.hpp"
#include "metric_results.hpp"

namespace tactful {
namespace {

LookTest make_test(const ResultInput& input, std::size_t m, std::size_t v) {
  const Experiment& experiment = input.experiment;
  const Levels& levels = input.levels;
  const Metric& metric = experiment.metrics[m];
  LookTest test;
  test.metric = m;
  test.variant = v;
  test.look = input.data.has_calendar ? input.data.schedule.current : 1;
  if (metric.role == Role::kMonitor) return test;
  const bool is_success = metric.role == Role::kSuccess;
  test.share = is_success ? levels.success_share(experiment, metric) : levels.safety_share();
  test.alpha = test.share * (is_success ? experiment.plan.alpha.success : experiment.plan.alpha.non_inferiority);
  const EventPair pair = event_pair(experiment, m, v);
  if (!is_success && has_margin_watch(experiment, input.tally, input.data, pair)) {
    test.margin = watch_margin(experiment, input.tally, input.data, pair, test.alpha, input.with_repeated_p);
    test.nominal = test.margin->bound_p;
    return test;
  }
  if (input.data.has_calendar && !input.data.schedule.is_planned()) return test;
  test.shape = shape_of(experiment, input.data, m, v, is_success ? SpendingClock::kMaturity : SpendingClock::kCalendar);
  const SpendingPlan& spending = experiment.plan.spending;
  test.nominal = input.bounds.nominal(test.alpha, is_success ? spending.success : spending.guardrail, test.shape);
  return test;
}

}  // namespace

std::vector<LookTest> look_tests(const ResultInput& input, const std::vector<HarmWatch>& harm) {
  const Experiment& experiment = input.experiment;
  std::vector<LookTest> tests;
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
    for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
      if (experiment.variants[v].weight == 0 && input.tally.margins[0].arms[v].units == 0) continue;
      LookTest test = make_test(input, m, v);
      for (const HarmWatch& watch : harm) {
        if (watch.metric == experiment.metrics[m].key && watch.variant == experiment.variants[v].key) {
          test.is_worse = watch.alarm != HarmAlarm::kNone;
        }
      }
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

bool is_within_margin(const ResultInput& input, const LookTest& test) {
  const Experiment& experiment = input.experiment;
  const Metric& metric = experiment.metrics[test.metric];
  if (!metric.margin) return false;
  if (test.margin) return test.margin->follow_up >= kFollowUpNeeded && test.margin->p && *test.margin->p <= test.alpha;
  const std::vector<ArmTally>& arms = input.tally.margins[0].arms;
  const auto arm = [&](std::size_t v) {
    return ArmInput{&arms[v], &arms[v].metrics[test.metric], experiment.variants[v].weight};
  };
  const auto comparison =
      compare(arm(0), arm(test.variant), metric.aggregation == Aggregation::kAny, experiment.is_clustered());
  if (!comparison) return false;
  const auto outcome = margin_test(metric, **comparison);
  return outcome && outcome->p <= test.alpha;
}

bool was_within_margin(const ResultInput& input, const LookTest& test) {
  const Experiment& experiment = input.experiment;
  const Metric& metric = experiment.metrics[test.metric];
  if (!metric.margin || !input.data.has_calendar || input.data.taken.empty()) return false;
  if (test.margin) {
    const EventPair pair = event_pair(experiment, test.metric, test.variant);
    return was_within_margin(experiment, input.tally, input.data, pair, test.alpha);
  }
  const LookShape shape = shape_of(experiment, input.data, test.metric, test.variant, SpendingClock::kCalendar);
  const auto nominal = input.bounds.nominal(test.alpha, experiment.plan.spending.guardrail, shape);
  const auto state = compare_at(experiment, *input.data.taken.back(), test.metric, test.variant);
  if (!nominal || !state) return false;
  const auto outcome = margin_test(metric, *(*state)->comparison);
  return outcome && outcome->p <= *nominal;
}

}  // namespace tactful
