#include "metric_results.hpp"

#include <algorithm>

#include "comparison.hpp"
#include "words.hpp"

namespace tactful {
namespace {

using stats::Alternative;

constexpr double kShownLevel = 0.95;

bool is_binary(const Metric& metric) { return metric.aggregation == Aggregation::kAny; }

Alternative better(const Metric& metric) {
  return metric.direction == Direction::kIncrease ? Alternative::kGreater : Alternative::kLess;
}
Alternative worse(const Metric& metric) {
  return metric.direction == Direction::kIncrease ? Alternative::kLess : Alternative::kGreater;
}

/// One-sided test of a guardrail against its margin.
Result<Comparison::Test> margin_test(const Metric& metric, const Comparison& comparison) {
  const Margin margin = metric.margin.value_or(Margin{});
  if (margin.kind == Margin::Kind::kRatio) return comparison.test_ratio(margin.value, better(metric));
  return comparison.test_difference(metric.direction == Direction::kIncrease ? -margin.value : margin.value,
                                    better(metric));
}

std::string margin_hypothesis(const Metric& metric) {
  const Margin margin = metric.margin.value_or(Margin{});
  const bool is_increase = metric.direction == Direction::kIncrease;
  if (margin.kind == Margin::Kind::kRatio)
    return std::string("rate ratio ") + (is_increase ? "> " : "< ") + number(margin.value);
  return std::string("treatment ") + (is_increase ? "> control - " : "< control + ") + number(margin.value);
}

/// Fills in one result; the metric's role decides which tests.
class ResultMaker {
 public:
  ResultMaker(const Experiment& experiment, const Metric& metric, const Comparison& comparison, Depth depth)
      : experiment_(experiment),
        metric_(metric),
        comparison_(comparison),
        depth_(depth),
        levels_(make_levels(experiment)) {}

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
    result.method = comparison_.interval_method();
    intervals(result, kShownLevel);
  }

  void decide_success(MetricResult& result) const {
    const double share = levels_.success_share(experiment_, metric_);
    if (share <= 0.0) {
      show(result);
      harm(result);  // without a share it cannot win, but its fall still stands in the way
      if (result.p_harm && *result.p_harm <= experiment_.plan.alpha.harm) {
        result.verdict = Verdict::kWorse;
      } else {
        result.reading = "the plan gives this metric no share of alpha";
      }
      return;
    }
    const double alpha = experiment_.plan.alpha.success * share;
    intervals(result, 1.0 - 2.0 * alpha);
    result.alpha = alpha;
    result.hypothesis = metric_.direction == Direction::kIncrease ? "treatment > control" : "treatment < control";
    result.verdict = Verdict::kNoDifferenceShown;
    test(result, comparison_.test_difference(0.0, better(metric_)), share);
    harm(result);
    if (result.p_value && *result.p_value <= alpha) {
      result.verdict = Verdict::kBetter;
    } else if (result.p_harm && *result.p_harm <= experiment_.plan.alpha.harm) {
      result.verdict = Verdict::kWorse;
    }
  }

  void decide_guardrail(MetricResult& result) const {
    const double alpha = experiment_.plan.alpha.non_inferiority * levels_.safety_share();
    intervals(result, 1.0 - 2.0 * alpha);
    result.alpha = alpha;
    result.hypothesis = margin_hypothesis(metric_);
    test(result, margin_test(metric_, comparison_), levels_.safety_share());
    harm(result);
    const bool is_within = result.p_value && *result.p_value <= alpha;
    const bool is_worse = result.p_harm && *result.p_harm <= experiment_.plan.alpha.harm * levels_.harm_share();
    result.verdict = is_within ? (is_worse ? Verdict::kSafeButWorse : Verdict::kSafe)
                               : (is_worse ? Verdict::kHarmful : Verdict::kNotProvenSafe);
  }

  /// A test that cannot be done leaves its p-value out; it then shows nothing.
  void test(MetricResult& result, const Result<Comparison::Test>& outcome, double share) const {
    result.method = comparison_.interval_method();
    if (!outcome) {
      result.method += "; no test: " + outcome.error().message;
      return;
    }
    result.method = outcome->method + ", " + result.method;
    result.p_value = outcome->p;
    result.p_adjusted = std::min(1.0, outcome->p / share);
    result.p_mid = outcome->p_mid;
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

  const Experiment& experiment_;
  const Metric& metric_;
  const Comparison& comparison_;
  Depth depth_;
  Levels levels_;
};

void clear_numbers(MetricResult& result) {
  result.difference.reset();
  result.relative.reset();
  result.p_value.reset();
  result.p_adjusted.reset();
  result.p_mid.reset();
  result.p_harm.reset();
  result.verdict = Verdict::kUnavailable;
  result.reading.clear();
}

}  // namespace

std::vector<MetricResult> metric_results(const Experiment& experiment, const Tally& tally, const MarginTally& margin,
                                         Depth depth) {
  std::vector<MetricResult> results;
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
    const Metric& metric = experiment.metrics[m];
    const bool has_data =
        std::find(tally.unavailable.begin(), tally.unavailable.end(), metric.key) == tally.unavailable.end();
    const ArmInput control{&margin.arms[0], &margin.arms[0].metrics[m], experiment.variants[0].weight};
    for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
      const ArmTally& arm = margin.arms[v];
      if (experiment.variants[v].weight == 0 && arm.units == 0) continue;
      const ArmInput treatment{&arm, &arm.metrics[m], experiment.variants[v].weight};
      MetricResult result;
      result.metric = metric.key;
      result.role = metric.role;
      result.kind = is_binary(metric) ? "binary" : "mean";
      result.variant = experiment.variants[v].key;
      result.immature_control = control.metric->immature_units;
      result.immature_treatment = treatment.metric->immature_units;
      if (!has_data) {
        result.unavailable = "the data have no outcome " + metric.outcome;
      } else if (const auto comparison = compare(control, treatment, is_binary(metric), experiment.is_clustered());
                 !comparison) {
        result.unavailable = comparison.error().message;
      } else {
        ResultMaker(experiment, metric, **comparison, depth).fill(result);
      }
      if (!result.unavailable.empty()) clear_numbers(result);
      results.push_back(std::move(result));
    }
  }
  return results;
}

void blank(std::vector<MetricResult>& results, const std::string& why) {
  for (MetricResult& result : results) {
    clear_numbers(result);
    if (result.unavailable.empty()) result.unavailable = why;
    if (result.role == Role::kGuardrail) continue;
    result.control = {};
    result.treatment = {};
  }
}

}  // namespace tactful
