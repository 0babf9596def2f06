#include "tally_plan.hpp"

#include <algorithm>

#include "tactful/experiment/experiment_file.hpp"

namespace tactful {

std::uint64_t TallyPlan::mature_metrics(std::int64_t day) const noexcept {
  const TimeMs end = day_start(day + 1, experiment->utc_offset);
  std::uint64_t bits = 0;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (all_mature || end <= as_of - metrics[m].window_ms) bits |= std::uint64_t{1} << m;
  }
  return bits;
}

Result<TallyPlan> make_tally_plan(const Experiment& experiment, const EventSource& source, TimeMs as_of) {
  if (experiment.metrics.size() > kMaxTallyMetrics) {
    return Error{ErrorCode::kInvalidExperiment,
                 "an experiment has at most 64 metrics, this one has " + std::to_string(experiment.metrics.size()),
                 "/metrics", "split it, or leave out metrics that nobody decides by"};
  }
  TallyPlan plan;
  plan.experiment = &experiment;
  plan.as_of = as_of;
  plan.fingerprint = fingerprint(experiment);
  for (const Variant& variant : experiment.variants) plan.variant_codes.push_back(source.code(variant.key));
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
    const Metric& metric = experiment.metrics[m];
    auto kind = std::find_if(plan.kinds.begin(), plan.kinds.end(),
                             [&metric](const KindPlan& candidate) { return candidate.name == metric.outcome; });
    if (kind == plan.kinds.end()) {
      plan.kinds.push_back({metric.outcome, source.code(metric.outcome), {}});
      kind = plan.kinds.end() - 1;
    }
    kind->metrics.push_back(m);
    MetricPlan compiled;
    compiled.aggregation = metric.aggregation;
    compiled.window_ms = metric.window_ms;
    compiled.kind = static_cast<std::size_t>(kind - plan.kinds.begin());
    if (metric.aggregation != Aggregation::kAny) compiled.column = plan.columns++;
    plan.metrics.push_back(compiled);
  }
  return plan;
}

}  // namespace tactful
