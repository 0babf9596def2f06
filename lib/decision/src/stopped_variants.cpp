#include "stopped_variants.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "checks.hpp"
#include "look_data.hpp"
#include "metric_results.hpp"

namespace tactful {
namespace {

constexpr std::string_view kPilotPhase = "pilot";

/// What a look keeps of an arm. Clusters are not counted at looks; they came as the units did.
ArmTally arm_at(const std::vector<LookMetric>& then, const ArmTally& now) {
  ArmTally arm;
  for (const LookMetric& state : then) {
    ArmMetric metric;
    metric.mature = state.mature;
    metric.clusters = state.clusters;
    metric.immature_units = state.immature_units;
    metric.first_events = first_events(state);
    arm.units = std::max(arm.units, state.mature.units + state.immature_units);
    arm.metrics.push_back(std::move(metric));
  }
  if (now.units > 0)
    arm.clusters = std::llround(static_cast<double>(now.clusters) *
                                std::min(1.0, static_cast<double>(arm.units) / static_cast<double>(now.units)));
  return arm;
}

/// The tally as it stood at one of its looks.
Result<Tally> tally_at(const Experiment& experiment, const Tally& tally, const VariantStop& stop) {
  const auto look =
      std::find_if(tally.looks.begin(), tally.looks.end(), [&](const LookTally& one) { return one.at == stop.at; });
  if (look == tally.looks.end() || look->arms.size() != tally.margins[0].arms.size()) {
    return Error{ErrorCode::kConflict,
                 "the tally does not know how things stood when " + stop_words(stop, experiment.utc_offset),
                 experiment.key, "tally the events again with the stops that the ledger tells of"};
  }
  Tally then = tally;
  then.as_of = stop.at;
  then.looks.assign(tally.looks.begin(), look + 1);
  then.days.clear();
  then.integrity = Integrity{};
  then.integrity.arms.resize(experiment.variants.size());
  then.margins.assign(1, MarginTally{});
  for (std::size_t v = 0; v < look->arms.size(); ++v)
    then.margins[0].arms.push_back(arm_at(look->arms[v], tally.margins[0].arms[v]));
  then.without_crossovers = then.margins[0];
  return then;
}

/// How the variant stood when it was stopped, beside what was still tested then.
Result<Scorecard> card_at(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options,
                          const VariantStop& stop) {
  EvaluateOptions then = options;
  then.as_review = false;
  then.as_extra = true;
  then.with_repeated_p = false;
  const auto is_later = [&](const VariantStop& one) { return one.at >= stop.at; };
  then.stopped.erase(std::remove_if(then.stopped.begin(), then.stopped.end(), is_later), then.stopped.end());
  const auto state = tally_at(experiment, tally, stop);
  if (!state) return state.error();
  return evaluate_running(experiment, *state, then);
}

void take_over(const VariantStop& stop, const Scorecard& then, Scorecard& card) {
  const std::string words = "as of when " + stop_words(stop, card.utc_offset);
  const bool is_valid = invalidating(card.checks) == nullptr;
  for (MetricResult& result : card.metrics) {
    if (result.variant != stop.variant || !is_valid) continue;
    const auto same = [&](const MetricResult& one) {
      return one.variant == result.variant && one.metric == result.metric;
    };
    const auto found = std::find_if(then.metrics.begin(), then.metrics.end(), same);
    if (found == then.metrics.end()) continue;
    result = *found;
    if (result.unavailable.empty()) result.reading += (result.reading.empty() ? "" : "; ") + words;
  }
  for (HarmWatch watch : then.harm) {
    if (watch.variant != stop.variant) continue;
    watch.next_look.reset();
    watch.next_bound.reset();
    watch.minimum_events.reset();
    const bool is_shown = watch.alarm != HarmAlarm::kNone || watch.within_margin;
    watch.reading = (is_shown ? watch.reading : "no harm was shown") + "; " + words;
    card.harm.push_back(std::move(watch));
  }
}

/// By metric, then variant.
void sort_harm(const Experiment& experiment, std::vector<HarmWatch>& harm) {
  const auto place = [&](const HarmWatch& watch) {
    const auto metric = std::find_if(experiment.metrics.begin(), experiment.metrics.end(),
                                     [&](const Metric& one) { return one.key == watch.metric; });
    return std::tuple(metric - experiment.metrics.begin(), experiment.variant_index(watch.variant).value_or(0));
  };
  std::stable_sort(harm.begin(), harm.end(),
                   [&](const HarmWatch& a, const HarmWatch& b) { return place(a) < place(b); });
}

}  // namespace

const VariantStop* find_stop(const std::vector<VariantStop>& stopped, std::string_view variant) noexcept {
  const auto found =
      std::find_if(stopped.begin(), stopped.end(), [&](const VariantStop& one) { return one.variant == variant; });
  return found == stopped.end() ? nullptr : &*found;
}

std::string stop_words(const VariantStop& stop, UtcOffset offset) {
  return stop.variant + " was stopped by itself on " + format_date(stop.at, offset);
}

EvaluateOptions without_later_stops(const Tally& tally, EvaluateOptions options) {
  if (tally.source != TallySource::kEvents) return options;
  auto& stopped = options.stopped;
  const auto is_later = [&](const VariantStop& one) { return one.at >= tally.as_of; };
  stopped.erase(std::remove_if(stopped.begin(), stopped.end(), is_later), stopped.end());
  return options;
}

Experiment still_tested(const Experiment& experiment, const std::vector<VariantStop>& stopped) {
  Experiment copy = experiment;
  for (Variant& variant : copy.variants) {
    if (find_stop(stopped, variant.key) != nullptr) variant.weight = 0;
  }
  return copy;
}

void blank_stopped(const std::vector<VariantStop>& stopped, Scorecard& card) {
  const auto blank_in = [&](std::vector<MetricResult>& results) {
    for (MetricResult& result : results) {
      const VariantStop* stop = find_stop(stopped, result.variant);
      if (stop == nullptr) continue;
      result.unavailable.clear();
      blank(result, stop_words(*stop, card.utc_offset) + ": its arm is not comparable since");
    }
  };
  blank_in(card.metrics);
  blank_in(card.sensitivity);
  for (SegmentResult& segment : card.segments) blank_in(segment.metrics);
}

Status add_stopped(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options, Scorecard& card) {
  for (ScorecardArm& arm : card.arms) {
    if (const VariantStop* stop = find_stop(options.stopped, arm.variant)) arm.stopped_at = stop->at;
  }
  // A table without times, or counts, cannot tell what was before.
  if (tally.source != TallySource::kEvents || tally.phase != kPilotPhase) return {};
  for (const VariantStop& stop : options.stopped) {
    if (!experiment.variant_index(stop.variant)) continue;
    const auto then = card_at(experiment, tally, options, stop);
    if (!then && then.error().code == ErrorCode::kInsufficientData) continue;
    if (!then) return then.error();
    take_over(stop, *then, card);
  }
  sort_harm(experiment, card.harm);
  return {};
}

}  // namespace tactful
