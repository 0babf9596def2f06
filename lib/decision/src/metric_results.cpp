#include "metric_results.hpp"

#include <algorithm>

#include "comparison.hpp"
#include "spending.hpp"
#include "tactful/stats/anytime.hpp"
#include "tactful/stats/normal.hpp"
#include "words.hpp"

namespace tactful {
namespace {

using stats::Alternative;

constexpr double kShownLevel = 0.95;
constexpr const char* kNotYet = "not valid yet: by this look the plan spends practically nothing of its level";

bool is_binary(const Metric& metric) { return metric.aggregation == Aggregation::kAny; }

Alternative better(const Metric& metric) {
  return metric.direction == Direction::kIncrease ? Alternative::kGreater : Alternative::kLess;
}
Alternative worse(const Metric& metric) {
  return metric.direction == Direction::kIncrease ? Alternative::kLess : Alternative::kGreater;
}

std::string margin_hypothesis(const Metric& metric) {
  const Margin margin = metric.margin.value_or(Margin{});
  const bool is_increase = metric.direction == Direction::kIncrease;
  if (margin.kind == Margin::Kind::kRatio)
    return std::string("rate ratio ") + (is_increase ? "> " : "< ") + number(margin.value);
  return std::string("treatment ") + (is_increase ? "> control - " : "< control + ") + number(margin.value);
}

void clear_numbers(MetricResult& result) {
  result.difference.reset();
  result.relative.reset();
  result.p_value.reset();
  result.p_adjusted.reset();
  result.p_mid.reset();
  result.p_harm.reset();
  result.p_repeated.reset();
  result.bound_p.reset();
  result.alpha.reset();
  result.look = 0;
  result.verdict = Verdict::kUnavailable;
  result.reading.clear();
}

/// Fills in one result; the metric's role decides which tests.
class ResultMaker {
 public:
  ResultMaker(const ResultInput& input, const LookTest& test, const Comparison& comparison, Depth depth, bool is_whole)
      : input_(input),
        experiment_(input.experiment),
        metric_(input.experiment.metrics[test.metric]),
        test_(test),
        comparison_(comparison),
        depth_(depth),
        is_whole_(is_whole) {}

  void fill(MetricResult& result) const {
    result.control = comparison_.control();
    result.treatment = comparison_.treatment();
    if (depth_ == Depth::kShow || metric_.role == Role::kMonitor) {
      show(result);
    } else if (metric_.role == Role::kSuccess) {
      decide_success(result);
    } else {
      decide_guardrail(result);
    }
    if (result.unavailable.empty() && result.reading.empty()) result.reading = reading_of(result, metric_);
  }

 private:
  void show(MetricResult& result) const {
    result.verdict = Verdict::kShownOnly;
    if (is_whole_ && input_.data.has_calendar && !input_.data.schedule.is_planned() && metric_.role != Role::kMonitor) {
      always_valid(result);
      return;
    }
    result.method = comparison_.interval_method();
    intervals(result, kShownLevel);
  }

  /// Between planned looks only an interval that holds at any moment is shown; nothing while there is too little for
  /// it.
  void always_valid(MetricResult& result) const {
    const auto level = Level::make(kShownLevel);
    const auto fixed = comparison_.difference(*level);
    const double events = result.control.total + result.treatment.total;
    const bool is_binary = metric_.aggregation == Aggregation::kAny;
    if (!fixed || (is_binary && events < 2.0 * kFewestExpectedEvents)) {
      result.reading = "too little for an interval that holds between planned looks";
      return;
    }
    const double se = (fixed->high - fixed->low) / (2.0 * stats::normal_upper_quantile(0.5 * (1.0 - kShownLevel)));
    const auto n = static_cast<double>(result.control.units + result.treatment.units);
    const double mature = planned_maturity(experiment_, metric_.window_ms, input_.tally.as_of);
    const auto error = Level::make(1.0 - kShownLevel);
    const auto sequence = stats::asymptotic_sequence(fixed->estimate, se, n, *error, n / std::max(mature, 0.01));
    if (!sequence) {
      result.reading = "too little for an interval that holds between planned looks";
      return;
    }
    result.method = "always-valid interval (asymptotic confidence sequence)";
    result.difference =
        EffectInterval{fixed->estimate, sequence->interval.low(), sequence->interval.high(), kShownLevel};
  }

  void decide_success(MetricResult& result) const {
    if (test_.share <= 0.0) {
      show_without_share(result);
      return;
    }
    if (!test_.nominal) return fail(result, kNotYet);
    result.alpha = result.bound_p = test_.nominal;
    result.look = test_.look;
    intervals(result, 1.0 - 2.0 * *test_.nominal);
    result.hypothesis = metric_.direction == Direction::kIncrease ? "treatment > control" : "treatment < control";
    result.verdict = Verdict::kNoDifferenceShown;
    test(result, comparison_.test_difference(0.0, better(metric_)), experiment_.plan.spending.success);
    harm(result);
    if (result.p_value && *result.p_value <= *test_.nominal) {
      result.verdict = Verdict::kBetter;
    } else if (result.p_harm && *result.p_harm <= experiment_.plan.alpha.harm) {
      result.verdict = Verdict::kWorse;
    }
  }

  void show_without_share(MetricResult& result) const {
    show(result);
    harm(result);  // without a share it cannot win, but its fall still stands in the way
    if (result.p_harm && *result.p_harm <= experiment_.plan.alpha.harm) {
      result.verdict = Verdict::kWorse;
    } else {
      result.reading = "the plan gives this metric no share of alpha";
    }
  }

  void decide_guardrail(MetricResult& result) const {
    result.hypothesis = margin_hypothesis(metric_);
    result.look = test_.look;
    harm(result);
    bool is_within = false;
    if (test_.margin && is_whole_) {
      is_within = by_events(result, *test_.margin);
    } else if (test_.nominal) {
      result.alpha = result.bound_p = test_.nominal;
      intervals(result, 1.0 - 2.0 * *test_.nominal);
      test(result, margin_test(metric_, comparison_), experiment_.plan.spending.guardrail);
      is_within = result.p_value && *result.p_value <= *test_.nominal;
    } else {
      return fail(result, kNotYet);
    }
    const bool is_worse = input_.data.has_calendar ? is_whole_ && test_.is_worse : is_worse_by_level(result);
    result.verdict = is_within ? (is_worse ? Verdict::kSafeButWorse : Verdict::kSafe)
                               : (is_worse ? Verdict::kHarmful : Verdict::kNotProvenSafe);
    if (result.reading.empty() && test_.margin && is_whole_ && !test_.margin->is_final && !is_worse) {
      result.reading = reading_so_far(metric_, *test_.margin, test_.alpha);
    }
  }

  [[nodiscard]] bool is_worse_by_level(const MetricResult& result) const {
    const double level = experiment_.plan.alpha.harm * harm_share_of(experiment_, metric_);
    return result.p_harm && *result.p_harm <= level;
  }

  /// The exact test on first events; before enough of the follow-up is over it decides nothing and shows no p.
  bool by_events(MetricResult& result, const MarginWatch& watch) const {
    result.method =
        "exact conditional test on first events over the looks, design weights, " + comparison_.interval_method();
    const double level = watch.bound_p.value_or(test_.alpha);
    if (watch.is_final) {
      result.p_value = watch.p;
      result.p_mid = watch.p_mid;
      result.alpha = level;
      result.bound_p = watch.bound_p;
      result.p_repeated = watch.p_repeated;
      if (watch.p_repeated) result.p_adjusted = std::min(1.0, *watch.p_repeated / test_.share);
    }
    intervals(result, 1.0 - 2.0 * level);
    return watch.is_within;
  }

  /// A test that cannot be done leaves its p-value out; it then shows nothing.
  void test(MetricResult& result, const Result<Comparison::Test>& outcome, AlphaSpending spending) const {
    result.method = comparison_.interval_method();
    if (!outcome) {
      result.method += "; no test: " + outcome.error().message;
      return;
    }
    result.method = outcome->method + ", " + result.method;
    result.p_value = outcome->p;
    result.p_mid = outcome->p_mid;
    if (!is_whole_ || !input_.with_repeated_p) return;
    result.p_repeated = input_.bounds.repeated_p(outcome->p, spending, test_.shape);
    result.p_adjusted = std::min(1.0, *result.p_repeated / test_.share);
  }
  void harm(MetricResult& result) const {
    const auto outcome = comparison_.test_difference(0.0, worse(metric_));
    if (outcome) result.p_harm = outcome->p;
  }
  void intervals(MetricResult& result, double confidence) const {
    const auto level = Level::make(confidence);
    if (!level) return fail(result, level.error().message);
    const auto difference = comparison_.difference(*level);
    if (!difference) return fail(result, difference.error().message);
    result.difference = *difference;
    result.relative = comparison_.relative(*level);
  }
  static void fail(MetricResult& result, const std::string& why) {
    if (result.unavailable.empty()) result.unavailable = why;
  }

  const ResultInput& input_;
  const Experiment& experiment_;
  const Metric& metric_;
  const LookTest& test_;
  const Comparison& comparison_;
  Depth depth_;
  bool is_whole_;
};

double follow_up_of(const ArmInput& control, const ArmInput& treatment) {
  const double mature = static_cast<double>(control.metric->mature.units + treatment.metric->mature.units);
  const double open = static_cast<double>(control.metric->immature_units + treatment.metric->immature_units);
  return mature + open > 0.0 ? mature / (mature + open) : 1.0;
}

MetricResult make_result(const ResultInput& input, const LookTest& test, const MarginTally& margin, Depth depth,
                         bool is_whole) {
  const Experiment& experiment = input.experiment;
  const Metric& metric = experiment.metrics[test.metric];
  const auto arm = [&](std::size_t v) {
    return ArmInput{&margin.arms[v], &margin.arms[v].metrics[test.metric], experiment.variants[v].weight};
  };
  const ArmInput control = arm(0);
  const ArmInput treatment = arm(test.variant);
  MetricResult result;
  result.metric = metric.key;
  result.role = metric.role;
  result.kind = is_binary(metric) ? "binary" : "mean";
  result.variant = experiment.variants[test.variant].key;
  result.immature_control = control.metric->immature_units;
  result.immature_treatment = treatment.metric->immature_units;
  result.follow_up = follow_up_of(control, treatment);
  const auto& missing = input.tally.unavailable;
  if (std::find(missing.begin(), missing.end(), metric.key) != missing.end()) {
    result.unavailable = "the data have no outcome " + metric.outcome;
  } else if (const auto comparison = compare(control, treatment, is_binary(metric), experiment.is_clustered());
             !comparison) {
    result.unavailable = comparison.error().message;
  } else {
    ResultMaker(input, test, **comparison, depth, is_whole).fill(result);
  }
  if (!result.unavailable.empty()) clear_numbers(result);
  return result;
}

}  // namespace

std::vector<MetricResult> metric_results(const ResultInput& input, const std::vector<LookTest>& tests,
                                         const MarginTally& margin, Depth depth, bool is_whole) {
  std::vector<MetricResult> results;
  results.reserve(tests.size());
  for (const LookTest& test : tests) results.push_back(make_result(input, test, margin, depth, is_whole));
  return results;
}

void blank(MetricResult& result, const std::string& why) {
  clear_numbers(result);
  if (result.unavailable.empty()) result.unavailable = why;
  if (result.role == Role::kGuardrail) return;
  result.control = {};
  result.treatment = {};
}

void blank(std::vector<MetricResult>& results, const std::string& why) {
  for (MetricResult& result : results) blank(result, why);
}

}  // namespace tactful
