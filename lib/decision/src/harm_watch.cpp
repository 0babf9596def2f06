#include "harm_watch.hpp"

#include <algorithm>
#include <cmath>

#include "comparison.hpp"
#include "event_looks.hpp"
#include "spending.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/stats/anytime.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/rare_events.hpp"

namespace tactful {
namespace {

constexpr std::string_view kExact = "exact bounds on first events at planned looks, e-process at all others";
constexpr std::string_view kNormal = "group-sequential bounds at planned looks, confidence sequence at all others";
/// Events of each arm from which the normal confidence sequence says anything.
constexpr std::int64_t kFewestForSequence = 10;

/// Watches one metric of one variant.
class Watch {
 public:
  Watch(const Experiment& experiment, const Tally& tally, const LookData& data, BoundCache& bounds, std::size_t metric,
        std::size_t variant)
      : experiment_(experiment),
        metric_(experiment.metrics[metric]),
        tally_(tally),
        data_(data),
        bounds_(bounds),
        pair_(event_pair(experiment, metric, variant)) {}

  HarmWatch run(double level) {
    watch_.metric = metric_.key;
    watch_.variant = experiment_.variants[pair_.variant].key;
    watch_.level = level;
    watch_.fewer_is_worse = pair_.fewer_is_worse;
    if (data_.schedule.next) watch_.next_look = data_.schedule.next->at;
    if (!(pair_.worse_weight > 0.0 && pair_.other_weight > 0.0)) {
      watch_.unavailable = "a variant of weight 0 has no design share of events";
      return std::move(watch_);
    }
    watch_.log_e_needed = -std::log((1.0 - kPlannedHarmShare) * level);
    const auto& arms = tally_.margins[0].arms;
    const auto exposed = [&](std::size_t v) { return experiment_.is_clustered() ? arms[v].clusters : arms[v].units; };
    const EventCount events = events_at(pair_, *data_.now);
    if (is_counted(experiment_, metric_, events.all(), exposed(0) + exposed(pair_.variant))) {
      by_counts(events);
    } else {
      by_means();
    }
    return std::move(watch_);
  }

 private:
  void by_counts(const EventCount& events) {
    watch_.counts = true;
    watch_.method = kExact;
    watch_.control = pair_.fewer_is_worse ? events.worse : events.other;
    watch_.treatment = pair_.fewer_is_worse ? events.other : events.worse;
    planned_counts(events);
    unplanned_counts();
  }

  /// Exact bounds at the looks taken, and what the next one would need.
  void planned_counts(const EventCount& events) {
    const auto level = Level::make(kPlannedHarmShare * watch_.level);
    if (!level) return;
    std::vector<const LookTally*> looks = data_.taken;
    std::vector<double> times;
    for (const Look& look : data_.schedule.taken) times.push_back(look.calendar);
    if (data_.schedule.next) {
      looks.push_back(data_.now);
      times.push_back(data_.schedule.next->calendar);
    }
    if (looks.empty()) return;
    const stats::HarmSpending spending = harm_spending(experiment_.plan.spending.harm);
    const stats::HarmPlan plan{*level, spending, 1.0, stats::Alternative::kGreater};
    const auto monitor = stats::exact_harm_monitor(plan, event_looks(pair_, looks, times));
    if (!monitor) {
      watch_.unavailable = monitor.error().message;
      return;
    }
    const std::size_t taken = data_.taken.size();
    const std::size_t known = std::min(taken, monitor->looks.size());
    if (known > 0) watch_.spent = monitor->looks[known - 1].spent;
    if (monitor->stopped_at && static_cast<std::size_t>(*monitor->stopped_at) <= taken) {
      watch_.alarm = HarmAlarm::kPlanned;
      watch_.alarm_at = data_.schedule.taken[static_cast<std::size_t>(*monitor->stopped_at) - 1].at;
    }
    if (data_.schedule.is_planned() && known == taken) watch_.bound = monitor->looks[taken - 1].bound;
    if (data_.schedule.next && monitor->looks.size() > taken && monitor->looks[taken].more_until_bound) {
      watch_.next_bound = events.worse + *monitor->looks[taken].more_until_bound;
    }
    minimum_events(*level, spending, times.back());
  }

  /// Without an event of the other arm, m events have probability share^m, which the level spent by then must cover.
  void minimum_events(Level level, stats::HarmSpending spending, double time) {
    const stats::HarmPlan plan{level, spending, 1.0, stats::Alternative::kGreater};
    const std::vector<stats::HarmLook> nothing{{time, {{pair_.worse_weight, pair_.other_weight, 0, 0}}}};
    const auto monitor = stats::exact_harm_monitor(plan, nothing);
    if (monitor && !monitor->looks.empty()) watch_.minimum_events = monitor->looks[0].more_until_bound;
  }

  void unplanned_counts() {
    const auto level = Level::make((1.0 - kPlannedHarmShare) * watch_.level);
    if (!level) return;
    std::vector<const LookTally*> looks = data_.taken;
    if (!data_.schedule.is_planned()) looks.push_back(data_.now);
    const auto evidence =
        stats::harm_eprocess(*level, 1.0, event_looks(pair_, looks, std::vector<double>(looks.size(), 1.0)));
    if (!evidence || evidence->log_e.empty()) return;
    watch_.log_e = evidence->log_e.back();
    if (!evidence->first_rejection || watch_.alarm != HarmAlarm::kNone) return;
    watch_.alarm = HarmAlarm::kUnplanned;
    watch_.alarm_at = looks[static_cast<std::size_t>(*evidence->first_rejection) - 1]->at;
  }

  ArmInput arm(std::size_t v) const {
    const ArmTally& arm = tally_.margins[0].arms[v];
    return {&arm, &arm.metrics[pair_.metric], experiment_.variants[v].weight};
  }

  void by_means() {
    watch_.method = kNormal;
    const bool is_binary = metric_.aggregation == Aggregation::kAny;
    const auto comparison = compare(arm(0), arm(pair_.variant), is_binary, experiment_.is_clustered());
    if (!comparison) {
      watch_.unavailable = comparison.error().message;
      return;
    }
    const auto worse = pair_.fewer_is_worse ? stats::Alternative::kLess : stats::Alternative::kGreater;
    const auto test = (*comparison)->test_difference(0.0, worse);
    if (!test) {
      watch_.unavailable = test.error().message;
      return;
    }
    if (data_.schedule.is_planned()) planned_means(test->p);
    unplanned_means(**comparison);
  }

  void planned_means(double p) {
    const LookShape shape = shape_of(experiment_, data_, pair_.metric, pair_.variant, SpendingClock::kCalendar);
    const double alpha = kPlannedHarmShare * watch_.level;
    const auto nominal = bounds_.nominal(alpha, experiment_.plan.spending.harm, shape);
    if (!nominal) return;
    watch_.p_value = p;
    watch_.bound_p = *nominal;
    watch_.spent = stats::spent_alpha(group_spending(experiment_.plan.spending.harm), alpha, shape.times.back());
    if (p > *nominal) return;
    watch_.alarm = HarmAlarm::kPlanned;
    watch_.alarm_at = tally_.as_of;
  }

  /// A confidence sequence for the difference, which holds at any moment.
  void unplanned_means(const Comparison& comparison) {
    const auto level = Level::make((1.0 - kPlannedHarmShare) * watch_.level);
    const auto shown = Level::make(0.95);
    const auto interval = comparison.difference(*shown);
    const LookMetric& control = data_.now->arms[0][pair_.metric];
    const LookMetric& treatment = data_.now->arms[pair_.variant][pair_.metric];
    const std::int64_t n_c = mature_count(control, experiment_.is_clustered());
    const std::int64_t n_t = mature_count(treatment, experiment_.is_clustered());
    if (!level || !interval || std::min(n_c, n_t) < kFewestForSequence) return;
    const double se = (interval->high - interval->low) / (2.0 * stats::normal_upper_quantile(0.025));
    const double mature = planned_maturity(experiment_, metric_.window_ms, tally_.as_of);
    const auto n = static_cast<double>(n_c + n_t);
    if (!(se > 0.0)) return;
    const auto sequence = stats::asymptotic_sequence(interval->estimate, se, n, *level, n / std::max(mature, 0.01));
    if (!sequence) return;
    const bool is_worse = pair_.fewer_is_worse ? interval->estimate < 0.0 : interval->estimate > 0.0;
    watch_.log_e = is_worse ? sequence->log_e : 0.0;
    const bool alarm = pair_.fewer_is_worse ? sequence->upper_one_sided < 0.0 : sequence->lower_one_sided > 0.0;
    if (!alarm || watch_.alarm != HarmAlarm::kNone) return;
    watch_.alarm = HarmAlarm::kUnplanned;
    watch_.alarm_at = tally_.as_of;
  }

  const Experiment& experiment_;
  const Metric& metric_;
  const Tally& tally_;
  const LookData& data_;
  BoundCache& bounds_;
  EventPair pair_;
  HarmWatch watch_;
};

void apply_latched(const EvaluateOptions& options, std::vector<HarmWatch>& watches) {
  for (const LatchedAlarm& latched : options.latched) {
    for (HarmWatch& watch : watches) {
      if (watch.metric != latched.metric || watch.variant != latched.variant || watch.alarm != HarmAlarm::kNone)
        continue;
      watch.alarm = HarmAlarm::kLatched;
      watch.alarm_at = latched.at;
    }
  }
}

}  // namespace

std::vector<HarmWatch> watch_harm(const Experiment& experiment, const Tally& tally, const LookData& data,
                                  const EvaluateOptions& options, BoundCache& bounds) {
  std::vector<HarmWatch> watches;
  if (!data.has_calendar) return watches;
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
    const Metric& metric = experiment.metrics[m];
    const double level = experiment.plan.alpha.harm * harm_share_of(experiment, metric);
    if (!(level > 0.0)) continue;
    for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
      if (experiment.variants[v].weight == 0) continue;
      watches.push_back(Watch(experiment, tally, data, bounds, m, v).run(level));
    }
  }
  apply_latched(options, watches);
  return watches;
}

}  // namespace tactful
