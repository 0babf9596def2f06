#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/memory_source.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

// What a tally says over time, read off its definitions: every question goes through all events of a unit again, and
// what stood at a look is found by forgetting whatever happened at or after it.
namespace tactful::test {

class ReferenceTally {
 public:
  ReferenceTally(const Experiment& experiment, const MemorySource& source, std::string phase, TimeMs as_of,
                 std::optional<TimeMs> enrolment_end = std::nullopt)
      : experiment_(experiment),
        source_(source),
        phase_(std::move(phase)),
        as_of_(as_of),
        enrolment_end_(enrolment_end),
        lives_(lives(as_of)) {
    for (const auto& outcome : source.outcomes) outcomes_[outcome.unit].push_back(outcome);
    std::map<std::int64_t, TimeMs> first_of_day;
    for (const auto& [unit, life] : lives_) {
      const auto [day, is_new] = first_of_day.try_emplace(day_of(life.first.at), life.first.at);
      day->second = std::min(day->second, life.first.at);
    }
    for (const auto& [day, at] : first_of_day) {
      std::int32_t fraction = 0;
      for (const RampStep& step : experiment.ramp) {
        if (step.from <= at) fraction = step.fraction.millionths;
      }
      if (epochs.empty() || epochs.back().millionths != fraction) epochs.push_back({day, day, fraction});
      epochs.back().last_day = day;
    }
  }

  std::vector<Epoch> epochs;

  [[nodiscard]] LookMetric look(TimeMs at, const std::string& variant, const Metric& metric) const {
    LookMetric result;
    result.first_events.assign(epochs.size(), 0);
    struct Cluster {
      double size = 0, total = 0;
      bool has_event = false;
      TimeMs first = 0;
    };
    std::map<UnitId, Cluster> clusters;
    for (const auto& [unit, life] : lives(at)) {
      if (life.first.variant != variant) continue;
      const std::vector<MemorySource::Outcome> events = events_of(unit, life, metric, at);
      const bool is_closed = closes(life.first.at, life, metric, at);
      if (!is_closed) ++result.immature_units;
      if (!events.empty() && !experiment_.is_clustered()) ++result.first_events[epoch_of(life.first.at)];
      const bool is_analysed = is_closed && !(metric.aggregation == Aggregation::kFirst && events.empty());
      const double value = value_of(events, metric.aggregation);
      if (is_analysed) result.mature.add(value);
      if (!experiment_.is_clustered() || life.first.cluster == 0) continue;
      Cluster& cluster = clusters.try_emplace(life.first.cluster, Cluster{0, 0, false, life.first.at}).first->second;
      cluster.first = std::min(cluster.first, life.first.at);
      cluster.has_event = cluster.has_event || !events.empty();
      if (is_analysed) cluster.size += 1, cluster.total += value;
    }
    for (const auto& [id, cluster] : clusters) {
      if (cluster.size > 0) result.clusters.add(cluster.size, cluster.total);
      if (cluster.has_event) ++result.first_events[epoch_of(cluster.first)];
    }
    return result;
  }

  [[nodiscard]] AgeCounts ages(const std::string& variant, const Metric& metric) const {
    const auto days = static_cast<std::size_t>((metric.window_ms + kMillisecondsPerDay - 1) / kMillisecondsPerDay);
    AgeCounts result{std::vector<std::int64_t>(days), std::vector<std::int64_t>(days + 1)};
    for (const auto& [unit, life] : lives_) {
      if (life.first.variant != variant) continue;
      const auto events = events_of(unit, life, metric, as_of_);
      const TimeMs followed = std::min(as_of_, life.cut) - life.first.at;
      if (!events.empty()) {
        ++result.first_events[static_cast<std::size_t>((events.front().at - life.first.at) / kMillisecondsPerDay)];
      } else if (followed >= metric.window_ms) {
        ++result.leaving.back();
      } else {
        ++result.leaving[static_cast<std::size_t>(followed / kMillisecondsPerDay)];
      }
    }
    return result;
  }

  [[nodiscard]] ReminderCounts reminders(const std::string& variant, const Metric& metric) const {
    ReminderCounts result{std::vector<std::int64_t>(8), std::vector<std::int64_t>(8)};
    for (const auto& [unit, life] : lives_) {
      if (life.first.variant != variant) continue;
      const auto events = all_events_of(unit, metric, life.first.at, std::min(as_of_, life.cut));
      std::size_t n = 0;
      for (const TimeMs at : life.counted) {
        const std::size_t place = std::min<std::size_t>(n++, 7);
        if (!closes(at, life, metric, as_of_)) continue;
        ++result.reached[place];
        TimeMs end = at + metric.window_ms;
        for (const TimeMs other : life.counted) end = other > at ? std::min(end, other) : end;
        for (const TimeMs other : life.uncounted) end = other > at ? std::min(end, other) : end;
        if (std::any_of(events.begin(), events.end(), [&](const auto& e) { return e.at >= at && e.at < end; }))
          ++result.events[place];
      }
    }
    return result;
  }

  [[nodiscard]] StageCounts stages(const std::string& variant) const {
    const bool has_receipts = std::any_of(lives_.begin(), lives_.end(), [this](const auto& entry) {
      return has_stage(entry.first, entry.second, "delivered");
    });
    StageCounts result;
    for (const auto& [unit, life] : lives_) {
      if (life.first.variant != variant) continue;
      if (has_receipts ? has_stage(unit, life, "delivered") : was_sent(unit, life)) ++result.delivered;
      if (has_stage(unit, life, "connected")) ++result.connected;
      if (has_stage(unit, life, "responded")) ++result.responded;
    }
    return result;
  }

  [[nodiscard]] std::int64_t cut_units() const {
    return std::count_if(lives_.begin(), lives_.end(), [this](const auto& entry) { return entry.second.cut < as_of_; });
  }

 private:
  static constexpr TimeMs kNever = TimeMs{1} << 60;
  struct Life {
    MemorySource::Exposure first;
    std::set<TimeMs> counted;    // exposures of the phase
    std::set<TimeMs> uncounted;  // later ones that do not count for it
    TimeMs cut = kNever;
  };

  [[nodiscard]] bool counts(const MemorySource::Exposure& e) const {
    if (e.phase != phase_ || !experiment_.variant_index(e.variant)) return false;
    if (phase_ != "pilot") return !enrolment_end_ || e.at < *enrolment_end_;
    return e.at >= experiment_.pilot.start && e.at < experiment_.plan.enrolment_end;
  }

  [[nodiscard]] std::map<UnitId, Life> lives(TimeMs before) const {
    std::map<UnitId, Life> result;
    const auto rank = [this](const MemorySource::Exposure& e) {
      return std::make_tuple(e.at, *experiment_.variant_index(e.variant), e.cluster);
    };
    for (const auto& e : source_.exposures) {
      if (e.at >= before || !counts(e)) continue;
      const auto [place, is_new] = result.try_emplace(e.unit, Life{e, {}, {}});
      if (rank(e) < rank(place->second.first)) place->second.first = e;
      place->second.counted.insert(e.at);
    }
    for (const auto& e : source_.exposures) {
      const auto life = result.find(e.unit);
      if (e.at >= before || counts(e) || life == result.end() || e.at <= life->second.first.at) continue;
      life->second.uncounted.insert(e.at);
      if (e.phase != phase_) life->second.cut = std::min(life->second.cut, e.at);
    }
    return result;
  }

  [[nodiscard]] std::int64_t day_of(TimeMs at) const { return day_index(at, experiment_.utc_offset); }
  [[nodiscard]] std::size_t epoch_of(TimeMs at) const {
    std::size_t epoch = 0;
    while (epochs.at(epoch).last_day < day_of(at)) ++epoch;
    return epoch;
  }
  /// Whether the window of an exposure at `at` has closed by `moment`, by whole days, without having been cut off.
  [[nodiscard]] bool closes(TimeMs at, const Life& life, const Metric& metric, TimeMs moment) const {
    const TimeMs end_of_day = day_start(day_of(at) + 1, experiment_.utc_offset);
    return end_of_day + metric.window_ms <= moment && life.cut >= at + metric.window_ms;
  }

  /// By time, then value.
  [[nodiscard]] std::vector<MemorySource::Outcome> all_events_of(UnitId unit, const Metric& metric, TimeMs from,
                                                                 TimeMs to) const {
    std::vector<MemorySource::Outcome> events;
    const auto found = outcomes_.find(unit);
    if (found == outcomes_.end()) return events;
    for (const auto& outcome : found->second) {
      if (outcome.kind != metric.outcome || outcome.at < from || outcome.at >= to) continue;
      if (!metric.minimum_value || outcome.value >= *metric.minimum_value) events.push_back(outcome);
    }
    std::sort(events.begin(), events.end(),
              [](const auto& a, const auto& b) { return std::tie(a.at, a.value) < std::tie(b.at, b.value); });
    return events;
  }
  [[nodiscard]] std::vector<MemorySource::Outcome> events_of(UnitId unit, const Life& life, const Metric& metric,
                                                             TimeMs before) const {
    return all_events_of(unit, metric, life.first.at, std::min({life.first.at + metric.window_ms, life.cut, before}));
  }
  [[nodiscard]] static double value_of(const std::vector<MemorySource::Outcome>& events, Aggregation aggregation) {
    if (events.empty()) return 0.0;
    if (aggregation == Aggregation::kAny) return 1.0;
    if (aggregation == Aggregation::kCount) return static_cast<double>(events.size());
    if (aggregation == Aggregation::kFirst) return events.front().value;
    double sum = 0.0;
    for (const auto& event : events) sum += event.value;
    return sum;
  }

  [[nodiscard]] bool has_stage(UnitId unit, const Life& life, const std::string& kind) const {
    Metric metric;
    metric.outcome = kind;
    return !all_events_of(unit, metric, life.first.at, std::min(as_of_, life.cut)).empty();
  }
  [[nodiscard]] bool was_sent(UnitId unit, const Life& life) const {
    for (const auto& delivery : source_.deliveries) {
      if (delivery.unit != unit || delivery.phase != phase_ || delivery.variant.empty()) continue;
      if (delivery.at < life.first.at || delivery.at >= as_of_) continue;
      TimeMs latest = life.first.at;
      bool is_counted = true;
      for (const auto& e : source_.exposures) {
        if (e.unit != unit || e.phase != phase_ || e.at > delivery.at || e.at < latest) continue;
        is_counted = e.at == latest ? is_counted || counts(e) : counts(e);
        latest = e.at;
      }
      if (is_counted) return true;
    }
    return false;
  }

  const Experiment& experiment_;
  const MemorySource& source_;
  const std::string phase_;
  const TimeMs as_of_;
  const std::optional<TimeMs> enrolment_end_;
  const std::map<UnitId, Life> lives_;
  std::map<UnitId, std::vector<MemorySource::Outcome>> outcomes_;
};

}  // namespace tactful::test
