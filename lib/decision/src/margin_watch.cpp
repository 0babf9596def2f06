#include "margin_watch.hpp"

#include <algorithm>
#include <cmath>

#include "comparison.hpp"
#include "spending.hpp"
#include "tactful/stats/rare_events.hpp"

namespace tactful {
namespace {

/// The margin as a rate ratio of the arm in which more is worse to the other.
double margin_ratio(const Metric& metric, const EventPair& pair) {
  return pair.fewer_is_worse ? 1.0 / metric.margin->value : metric.margin->value;
}

/// Looks with enough follow-up, and how much of the level may be used by each.
struct FinalLooks {
  std::vector<const LookTally*> looks;
  std::vector<double> times;
};

FinalLooks final_looks(const Experiment& experiment, const Tally& tally, const LookData& data, const Metric& metric) {
  FinalLooks result;
  for (std::size_t i = 0; i < data.taken.size(); ++i) {
    const Look& look = data.schedule.taken[i];
    if (follow_up_at(experiment, tally, metric.window_ms, look.at) < kFollowUpNeeded) continue;
    result.looks.push_back(data.taken[i]);
    result.times.push_back(look.calendar);
  }
  return result;
}

/// Smallest level of the whole plan at which the monitor would have stopped by now.
std::optional<double> repeated_p(stats::HarmPlan plan, const std::vector<stats::HarmLook>& looks, double nominal) {
  if (looks.size() == 1 && looks[0].information_fraction >= 1.0) return nominal;
  double low = std::log(std::max(1e-12, 0.5 * nominal));  // looking more than once cannot help
  double high = std::log(0.8);
  const auto crosses = [&](double log_alpha) {
    const auto level = Level::make(std::exp(log_alpha));
    if (!level) return false;
    plan.alpha = *level;
    const auto monitor = stats::exact_harm_monitor(plan, looks);
    return monitor && monitor->stopped_at.has_value();
  };
  if (!crosses(high)) return 1.0;
  while (high - low > 1e-4) {
    const double middle = 0.5 * (low + high);
    (crosses(middle) ? high : low) = middle;
  }
  return std::exp(high);
}

}  // namespace

double follow_up_at(const Experiment& experiment, const Tally& tally, TimeMs window_ms, TimeMs at) {
  const double planned = planned_follow_up(experiment, window_ms, at);
  double units = 0.0;
  double seen = 0.0;
  for (const DayTally& day : tally.days) {
    const TimeMs middle = day_start(day.day, experiment.utc_offset) + kMillisecondsPerDay / 2;
    if (middle > at) continue;
    double of_day = 0.0;
    for (const ArmTally& arm : day.arms) of_day += static_cast<double>(arm.units);
    units += of_day;
    seen += of_day * std::clamp(static_cast<double>(at - middle) / static_cast<double>(window_ms), 0.0, 1.0);
  }
  if (units <= 0.0) return planned;
  const double enrolled = planned_follow_up(experiment, 1, at);
  return std::min(planned, seen / units * enrolled);
}

std::optional<ExactMarginTest> exact_margin_test(const Metric& metric, const EventPair& pair,
                                                 const EventCount& events) {
  const auto level = Level::make(0.95);
  const auto test = stats::compare_event_counts({events.other, events.worse, pair.other_weight, pair.worse_weight},
                                                margin_ratio(metric, pair), *level);
  if (!test) return std::nullopt;
  return ExactMarginTest{test->p_less, test->midp_less};
}

bool has_margin_watch(const Experiment& experiment, const Tally& tally, const LookData& data, const EventPair& pair) {
  const Metric& metric = experiment.metrics[pair.metric];
  if (!data.has_calendar || !metric.margin || metric.margin->kind != Margin::Kind::kRatio) return false;
  if (!(pair.worse_weight > 0.0 && pair.other_weight > 0.0)) return false;
  const auto& arms = tally.margins[0].arms;
  const auto exposed = [&](std::size_t v) { return experiment.is_clustered() ? arms[v].clusters : arms[v].units; };
  const EventCount events = events_at(pair, *data.now);
  if (!is_counted(experiment, metric, events.all(), exposed(0) + exposed(pair.variant))) return false;
  if (!experiment.is_clustered()) return true;
  // The ratio of clusters with an event is the ratio of rates only where such clusters have one event each.
  double total = 0.0;
  for (const std::size_t v : {std::size_t{0}, pair.variant})
    total += arms[v].metrics[pair.metric].clusters.total.value();
  return total <= kMostEventsPerCluster * static_cast<double>(events.all());
}

MarginWatch watch_margin(const Experiment& experiment, const Tally& tally, const LookData& data, const EventPair& pair,
                         double alpha, bool with_repeated_p) {
  const Metric& metric = experiment.metrics[pair.metric];
  MarginWatch watch;
  watch.follow_up = follow_up_at(experiment, tally, metric.window_ms, tally.as_of);
  watch.events = events_at(pair, *data.now);
  const auto test = exact_margin_test(metric, pair, watch.events);
  if (test) {
    watch.p = test->p;
    watch.p_mid = test->p_mid;
  }
  watch.is_final = data.schedule.is_planned() && watch.follow_up >= kFollowUpNeeded;
  const auto level = Level::make(alpha);
  if (!watch.is_final || !test || !level) return watch;
  const FinalLooks final = final_looks(experiment, tally, data, metric);
  const stats::HarmPlan plan{*level, harm_spending(experiment.plan.spending.guardrail), margin_ratio(metric, pair),
                             stats::Alternative::kLess};
  const std::vector<stats::HarmLook> looks = event_looks(pair, final.looks, final.times);
  const auto monitor = stats::exact_harm_monitor(plan, looks);
  if (!monitor || monitor->looks.empty()) return watch;
  if (const auto bound = monitor->looks.back().bound; bound && monitor->looks.size() == looks.size()) {
    const auto at_bound = exact_margin_test(metric, pair, {*bound, watch.events.all() - *bound});
    if (at_bound) watch.bound_p = at_bound->p;
  } else if (monitor->stopped_at) {
    watch.bound_p = alpha;  // crossed at an earlier look: it must not have been lost again
  }
  watch.is_within = monitor->stopped_at && watch.bound_p && watch.p <= *watch.bound_p;
  if (with_repeated_p) watch.p_repeated = repeated_p(plan, looks, *watch.p);
  return watch;
}

bool was_within_margin(const Experiment& experiment, const Tally& tally, const LookData& data, const EventPair& pair,
                       double alpha) {
  const Metric& metric = experiment.metrics[pair.metric];
  const FinalLooks final = final_looks(experiment, tally, data, metric);
  const auto level = Level::make(alpha);
  if (!level || final.looks.empty()) return false;
  const stats::HarmPlan plan{*level, harm_spending(experiment.plan.spending.guardrail), margin_ratio(metric, pair),
                             stats::Alternative::kLess};
  const auto monitor = stats::exact_harm_monitor(plan, event_looks(pair, final.looks, final.times));
  return monitor && monitor->stopped_at.has_value();
}

}  // namespace tactful
