#include "tally_plan.hpp"

#include <algorithm>
#include <limits>

#include "tactful/experiment/experiment_file.hpp"

namespace tactful {

namespace {

struct StageKind {
  std::string_view name;
  Stage stage;
};
constexpr StageKind kStageKinds[] = {
    {"delivered", kStageDelivered}, {"connected", kStageConnected}, {"responded", kStageResponded}};

KindPlan& kind_named(std::string_view name, const EventSource& source, TallyPlan& plan) {
  for (KindPlan& kind : plan.kinds) {
    if (kind.name == name) return kind;
  }
  plan.kinds.push_back({std::string(name), source.code(name), {}, kStageNone});
  return plan.kinds.back();
}

std::vector<TimeMs> looks_of(const Experiment& experiment, const TallyOptions& options) {
  std::vector<TimeMs> looks = options.looks.value_or(std::vector<TimeMs>{});
  if (!options.looks && options.phase == "pilot") {
    looks = experiment.plan.looks;
    looks.push_back(experiment.last_look());
  }
  if (options.phase == "pilot") {
    for (const VariantStop& stop : options.stopped) looks.push_back(stop.at);
  }
  looks.erase(std::remove_if(looks.begin(), looks.end(), [&](TimeMs look) { return look >= options.as_of; }),
              looks.end());
  looks.push_back(options.as_of);
  std::sort(looks.begin(), looks.end());
  looks.erase(std::unique(looks.begin(), looks.end()), looks.end());
  return looks;
}

void add_stops(const Experiment& experiment, const TallyOptions& options, TallyPlan& plan) {
  plan.stopped_at.assign(experiment.variants.size(), std::numeric_limits<TimeMs>::max());
  if (!plan.is_pilot) return;
  for (const VariantStop& stop : options.stopped) {
    const auto variant = experiment.variant_index(stop.variant);
    if (!variant) continue;
    plan.stopped_at[*variant] = std::min(plan.stopped_at[*variant], stop.at);
    plan.last_of_epoch.push_back(day_index(stop.at, experiment.utc_offset));
  }
}

MetricPlan compiled(const Metric& metric) {
  MetricPlan plan;
  plan.aggregation = metric.aggregation;
  plan.window_ms = metric.window_ms;
  plan.minimum = metric.minimum_value.value_or(-std::numeric_limits<double>::infinity());
  plan.ends_within_day = metric.window_ms % kMillisecondsPerDay != 0;
  const std::int64_t days = metric.window_ms / kMillisecondsPerDay + (plan.ends_within_day ? 1 : 0);
  plan.age_days = static_cast<std::size_t>(std::clamp<std::int64_t>(days, 1, kMaxAgeDays));
  return plan;
}

}  // namespace

std::uint64_t TallyPlan::mature_metrics(std::int64_t day) const noexcept {
  std::uint64_t bits = 0;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (is_mature(m, day, as_of)) bits |= std::uint64_t{1} << m;
  }
  return bits;
}

Result<TallyPlan> make_tally_plan(const Experiment& experiment, const EventSource& source,
                                  const TallyOptions& options) {
  if (experiment.metrics.size() > kMaxTallyMetrics) {
    return Error{ErrorCode::kInvalidExperiment,
                 "an experiment has at most 64 metrics, this one has " + std::to_string(experiment.metrics.size()),
                 "/metrics", "split it, or leave out metrics that nobody decides by"};
  }
  TallyPlan plan;
  plan.experiment = &experiment;
  plan.as_of = options.as_of;
  plan.is_pilot = options.phase == "pilot";
  plan.fingerprint = fingerprint(experiment);
  plan.looks = looks_of(experiment, options);
  add_stops(experiment, options, plan);
  if (plan.looks.size() > kMaxTallyLooks) {
    return Error{
        ErrorCode::kInvalidArgument,
        "a tally has at most " + std::to_string(kMaxTallyLooks) + " looks, not " + std::to_string(plan.looks.size()),
        "looks", "ask for fewer moments"};
  }
  for (const Variant& variant : experiment.variants) plan.variant_codes.push_back(source.code(variant.key));
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
    KindPlan& kind = kind_named(experiment.metrics[m].outcome, source, plan);
    kind.metrics.push_back(m);
    plan.metrics.push_back(compiled(experiment.metrics[m]));
    plan.metrics.back().kind = static_cast<std::size_t>(&kind - plan.kinds.data());
    if (plan.metrics.back().aggregation != Aggregation::kAny) plan.metrics.back().column = plan.columns++;
  }
  for (const StageKind& stage : kStageKinds) kind_named(stage.name, source, plan).stage = stage.stage;
  return plan;
}

}  // namespace tactful
