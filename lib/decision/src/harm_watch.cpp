#include "harm_watch.hpp"

#include <algorithm>
#include <cmath>

#include "event_looks.hpp"
#include "look_comparison.hpp"
#include "spending.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/stats/anytime.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/rare_events.hpp"

namespace tactful {
namespace {

constexpr std::string_view kExact = "exact bounds on first events at planned looks, e-process at all others";
constexpr std::string_view kCommon =
    "exact bounds while there were fewer events, then group-sequential tests of mature units, at planned looks; "
    "e-process on first events at all others";
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
    if (metric_.aggregation == Aggregation::kAny) {
      by_events();
    } else {
      by_values();
    }
    return std::move(watch_);
  }

 private:
  void alarm(HarmAlarm kind, TimeMs at) {
    if (watch_.alarm != HarmAlarm::kNone) return;
    watch_.alarm = kind;
    watch_.alarm_at = at;
  }
  TimeMs taken_at(std::size_t look) const { return data_.schedule.taken[look].at; }

  /// First events are counted at every rate: an alarm that they raised stands when the metric becomes common.
  void by_events() {
    const EventCount events = events_at(pair_, *data_.now);
    watch_.counts = true;
    watch_.control = pair_.fewer_is_worse ? events.worse : events.other;
    watch_.treatment = pair_.fewer_is_worse ? events.other : events.worse;
    std::size_t exact_looks = 0;
    while (exact_looks < data_.taken.size() && is_exact(*data_.taken[exact_looks])) ++exact_looks;
    watch_.exact = exact_looks == data_.taken.size() && is_exact(*data_.now);
    watch_.method = watch_.exact ? kExact : kCommon;
    planned_counts(events, exact_looks);
    planned_tests(exact_looks);
    unplanned_counts();
    least_unplanned_events();
  }

  void by_values() {
    watch_.method = kNormal;
    if (const auto now = compare_at(experiment_, *data_.now, pair_.metric, pair_.variant); !now) {
      watch_.unavailable = now.error().message;
    }
    planned_tests(0);
    unplanned_values();
  }

  bool is_exact(const LookTally& look) const {
    double clusters = 0.0;
    double units_now = 0.0;
    double units_then = 0.0;
    for (const std::size_t v : {std::size_t{0}, pair_.variant}) {
      const ArmTally& arm = tally_.margins[0].arms[v];
      const LookMetric& state = look.arms[v][pair_.metric];
      clusters += static_cast<double>(arm.clusters);
      units_now += static_cast<double>(arm.units);
      units_then += static_cast<double>(state.mature.units + state.immature_units);
    }
    // A look keeps no number of exposed clusters; they came as the units did.
    const double exposed = units_now > 0.0 ? clusters * std::min(1.0, units_then / units_now) : 0.0;
    return has_exact_bounds(experiment_, metric_, events_at(pair_, look).all(), exposed);
  }

  /// Exact bounds at the first `taken` looks, and what the next one would need.
  void planned_counts(const EventCount& events, std::size_t taken) {
    const auto level = Level::make(kPlannedHarmShare * watch_.level);
    if (!level) return;
    std::vector<const LookTally*> looks(data_.taken.begin(), data_.taken.begin() + static_cast<std::ptrdiff_t>(taken));
    std::vector<double> times;
    for (std::size_t i = 0; i < taken; ++i) times.push_back(data_.schedule.taken[i].calendar);
    if (watch_.exact && data_.schedule.next) {
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
    const std::size_t known = std::min(taken, monitor->looks.size());
    if (known > 0) watch_.spent = monitor->looks[known - 1].spent;
    if (monitor->stopped_at && static_cast<std::size_t>(*monitor->stopped_at) <= taken) {
      alarm(HarmAlarm::kPlanned, taken_at(static_cast<std::size_t>(*monitor->stopped_at) - 1));
    }
    if (!watch_.exact) return;
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

  /// The e-process may need fewer than the next look's bound.
  void least_unplanned_events() {
    const auto level = Level::make((1.0 - kPlannedHarmShare) * watch_.level);
    if (!level || !watch_.exact) return;
    const std::int64_t most = std::min(kMostCounted, watch_.minimum_events.value_or(kMostCounted));
    for (std::int64_t events = 1; events < most; ++events) {
      const std::vector<stats::HarmLook> look{{1.0, {{pair_.worse_weight, pair_.other_weight, events, 0}}}};
      const auto evidence = stats::harm_eprocess(*level, 1.0, look);
      if (!evidence) return;
      if (!evidence->first_rejection) continue;
      watch_.minimum_events = events;
      return;
    }
  }

  /// However many there are: a second test that began at some number would have to share the level.
  void unplanned_counts() {
    const auto level = Level::make((1.0 - kPlannedHarmShare) * watch_.level);
    if (!level) return;
    std::vector<const LookTally*> looks = data_.taken;
    if (!data_.schedule.is_planned()) looks.push_back(data_.now);
    const auto evidence =
        stats::harm_eprocess(*level, 1.0, event_looks(pair_, looks, std::vector<double>(looks.size(), 1.0)));
    if (!evidence || evidence->log_e.empty()) return;
    watch_.log_e = evidence->log_e.back();
    if (evidence->first_rejection) {
      alarm(HarmAlarm::kUnplanned, looks[static_cast<std::size_t>(*evidence->first_rejection) - 1]->at);
    }
  }

  /// Group-sequential tests on mature units at the looks taken from `first` on, with what the exact bounds before them
  /// have left.
  void planned_tests(std::size_t first) {
    const double alpha = kPlannedHarmShare * watch_.level;
    const AlphaSpending spending = experiment_.plan.spending.harm;
    const double gone = first > 0 ? watch_.spent : 0.0;
    for (std::size_t i = first; i < data_.taken.size(); ++i) {
      const LookShape shape =
          shape_of(experiment_, data_, pair_.metric, pair_.variant, SpendingClock::kCalendar, i + 1, first);
      const auto nominal = bounds_.nominal_of_rest(alpha, spending, gone, shape);
      const auto state = compare_at(experiment_, *data_.taken[i], pair_.metric, pair_.variant);
      if (!nominal || !state) continue;
      const auto p = p_of_harm(**state);
      if (!p) continue;
      watch_.spent = std::max(watch_.spent, stats::spent_alpha(group_spending(spending), alpha, shape.times.back()));
      if (data_.schedule.is_planned() && i + 1 == data_.taken.size()) {
        watch_.p_value = *p;
        watch_.bound_p = *nominal;
      }
      if (*p <= *nominal) alarm(HarmAlarm::kPlanned, taken_at(i));
    }
  }

  /// Of independent units with or without an event by Fisher's test: normal tails of unequal arms fall short of the
  /// true ones where levels are small, whatever the number of events.
  [[nodiscard]] std::optional<double> p_of_harm(const LookComparison& state) const {
    const auto worse = pair_.fewer_is_worse ? stats::Alternative::kLess : stats::Alternative::kGreater;
    const auto events = [](const ArmMetric& arm) { return std::llround(arm.mature.sum.value()); };
    if (metric_.aggregation == Aggregation::kAny && !experiment_.is_clustered()) {
      const auto pair = stats::make_pair_of_counts(events(state.control), state.control.mature.units,
                                                   events(state.treatment), state.treatment.mature.units);
      if (!pair || events(state.control) + events(state.treatment) == 0) return std::nullopt;
      const stats::FisherTest test = stats::fisher_exact(*pair);
      return worse == stats::Alternative::kGreater ? test.p_greater : test.p_less;
    }
    const auto test = state.comparison->test_difference(0.0, worse);
    return test ? std::optional(test->p) : std::nullopt;
  }

  /// A confidence sequence for the difference, which holds at any moment, at the looks taken and now.
  void unplanned_values() {
    std::vector<const LookTally*> looks = data_.taken;
    if (!data_.schedule.is_planned()) looks.push_back(data_.now);
    for (const LookTally* look : looks) unplanned_value(*look);
  }

  void unplanned_value(const LookTally& look) {
    const auto level = Level::make((1.0 - kPlannedHarmShare) * watch_.level);
    const auto shown = Level::make(0.95);
    const auto state = compare_at(experiment_, look, pair_.metric, pair_.variant);
    if (!level || !state) return;
    const auto interval = (*state)->comparison->difference(*shown);
    const std::int64_t n_c = mature_count(look.arms[0][pair_.metric], experiment_.is_clustered());
    const std::int64_t n_t = mature_count(look.arms[pair_.variant][pair_.metric], experiment_.is_clustered());
    if (!interval || std::min(n_c, n_t) < kFewestForSequence) return;
    const double se = (interval->high - interval->low) / (2.0 * stats::normal_upper_quantile(0.025));
    const double mature = planned_maturity(experiment_, metric_.window_ms, look.at);
    const auto n = static_cast<double>(n_c + n_t);
    if (!(se > 0.0)) return;
    const auto sequence = stats::asymptotic_sequence(interval->estimate, se, n, *level, n / std::max(mature, 0.01));
    if (!sequence) return;
    const bool is_worse = pair_.fewer_is_worse ? interval->estimate < 0.0 : interval->estimate > 0.0;
    watch_.log_e = is_worse ? sequence->log_e : 0.0;
    const bool is_alarm = pair_.fewer_is_worse ? sequence->upper_one_sided < 0.0 : sequence->lower_one_sided > 0.0;
    if (is_alarm) alarm(HarmAlarm::kUnplanned, look.at);
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
