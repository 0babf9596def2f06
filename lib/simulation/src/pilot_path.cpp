#include "pilot_path.hpp"

#include <algorithm>
#include <cmath>

#include "tactful/experiment/experiment_file.hpp"
#include "world.hpp"

namespace tactful::simulation {
namespace {

constexpr std::int64_t kDaysPerWeek = 7;
/// Below this many events each is given its age by itself; above, each age gets its number of events.
constexpr std::int64_t kFewEvents = 24;

/// P(k of n) of independent trials.
double binomial_probability(std::int64_t n, std::int64_t k, double p) {
  double value = std::pow(p, static_cast<double>(k)) * std::pow(1.0 - p, static_cast<double>(n - k));
  for (std::int64_t i = 0; i < k; ++i) value *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  return value;
}

/// P(value of an outcome is lowest + k).
std::vector<double> value_probabilities(const SimulatedOutcome& outcome, std::size_t variant) {
  const auto steps = static_cast<std::int64_t>(std::llround(outcome.highest - outcome.lowest));
  std::vector<double> probabilities;
  for (std::int64_t k = 0; k <= steps; ++k)
    probabilities.push_back(binomial_probability(steps, k, outcome.level[variant]));
  return probabilities;
}

/// Share of the outcomes that a metric counts: those of at least its minimum value.
double counted_share(const Metric& metric, const SimulatedOutcome& outcome, std::size_t variant) {
  if (!metric.minimum_value) return 1.0;
  const std::vector<double> probabilities = value_probabilities(outcome, variant);
  double share = 0.0;
  for (std::size_t k = 0; k < probabilities.size(); ++k) {
    if (outcome.lowest + static_cast<double>(k) >= *metric.minimum_value) share += probabilities[k];
  }
  return share;
}

bool has_values(const Metric& metric) {
  return metric.aggregation == Aggregation::kSum || metric.aggregation == Aggregation::kFirst;
}

/// Values of `events` units.
UnitSums draw_values(const SimulatedOutcome& outcome, const std::vector<double>& probabilities, std::int64_t events,
                     Random& random) {
  UnitSums sums;
  sums.units = events;
  double left = 1.0;
  std::int64_t remaining = events;
  for (std::size_t k = 0; k < probabilities.size() && remaining > 0; ++k) {
    const bool is_last = k + 1 == probabilities.size();
    const std::int64_t here =
        is_last ? remaining : random.binomial(remaining, left > 0.0 ? std::min(1.0, probabilities[k] / left) : 1.0);
    const double value = outcome.lowest + static_cast<double>(k);
    sums.sum.add_product(value, static_cast<double>(here));
    sums.squares.add_product(value * value, static_cast<double>(here));
    left -= probabilities[k];
    remaining -= here;
  }
  return sums;
}

}  // namespace

PilotPath::PilotPath(const Experiment& experiment, const World& world)
    : experiment_(experiment),
      world_(world),
      members_(experiment.is_clustered() ? world.customers_per_cluster : 1),
      first_day_(day_index(experiment.pilot.start, experiment.utc_offset)) {
  frame_.experiment = experiment.key;
  frame_.fingerprint = fingerprint(experiment);
  for (const Variant& variant : experiment.variants) frame_.variants.push_back(variant.key);
  for (const Metric& metric : experiment.metrics) {
    frame_.metrics.push_back(metric.key);
    const auto kind = std::find_if(world.outcomes.begin(), world.outcomes.end(),
                                   [&](const SimulatedOutcome& outcome) { return outcome.kind == metric.outcome; });
    outcomes_.push_back(kind == world.outcomes.end() ? nullptr : &*kind);
    window_days_.push_back((metric.window_ms + kMillisecondsPerDay - 1) / kMillisecondsPerDay);
  }
  plan_days();
  plan_chances();
  groups_.assign(days_.size(), std::vector<std::int64_t>(experiment.variants.size()));
  cells_.resize(days_.size() * experiment.variants.size() * experiment.metrics.size());
}

void PilotPath::plan_days() {
  const std::int64_t end = day_index(experiment_.plan.enrolment_end - 1, experiment_.utc_offset) + 1;
  for (std::int64_t day = first_day_; day < end; ++day) {
    Day plan;
    const std::int64_t in_week = (day - first_day_) % kDaysPerWeek;
    plan.customers =
        world_.customers_per_week * (in_week + 1) / kDaysPerWeek - world_.customers_per_week * in_week / kDaysPerWeek;
    for (const RampStep& step : experiment_.ramp) {
      if (step.from <= day_start(day, experiment_.utc_offset)) plan.millionths = step.fraction.millionths;
    }
    if (plan.millionths > 0) {
      if (frame_.epochs.empty() || frame_.epochs.back().millionths != plan.millionths)
        frame_.epochs.push_back({day, day, plan.millionths});
      frame_.epochs.back().last_day = day;
      plan.epoch = frame_.epochs.size() - 1;
    }
    days_.push_back(plan);
  }
}

PilotPath::Chance PilotPath::chance_of(const Metric& metric, std::size_t variant) const {
  const auto index = static_cast<std::size_t>(&metric - experiment_.metrics.data());
  const SimulatedOutcome* outcome = outcomes_[index];
  Chance chance;
  chance.groups.assign(static_cast<std::size_t>(members_) + 1, 0.0);
  chance.groups[0] = 1.0;
  if (outcome == nullptr) return chance;
  const auto window = static_cast<double>(metric.window_ms);
  const double in_window = probability_within(*outcome, variant, window);
  const double p = in_window * counted_share(metric, *outcome, variant);
  if (p <= 0.0) return chance;
  for (std::int64_t j = 0; j <= members_; ++j) {
    const double alike = j == 0 ? 1.0 - p : j == members_ ? p : 0.0;
    chance.groups[static_cast<std::size_t>(j)] =
        members_ == 1
            ? alike
            : world_.cluster_alike * alike + (1.0 - world_.cluster_alike) * binomial_probability(members_, j, p);
  }
  for (std::int64_t age = 0; age < window_days_[index]; ++age) {
    const double upto = std::min(window, static_cast<double>((age + 1) * kMillisecondsPerDay));
    chance.age_upto.push_back(std::min(1.0, probability_within(*outcome, variant, upto) / in_window));
  }
  chance.age_upto.back() = 1.0;
  return chance;
}

void PilotPath::plan_chances() {
  for (const Metric& metric : experiment_.metrics) {
    std::vector<Chance> by_variant;
    for (std::size_t v = 0; v < experiment_.variants.size(); ++v) by_variant.push_back(chance_of(metric, v));
    chances_.push_back(std::move(by_variant));
  }
}

void PilotPath::spread(const Chance& chance, std::int64_t events, Random& random,
                       std::vector<std::int64_t>& by_age) const {
  if (events <= kFewEvents) {
    for (std::int64_t i = 0; i < events; ++i) {
      const auto age = std::upper_bound(chance.age_upto.begin(), chance.age_upto.end() - 1, random.uniform());
      ++by_age[static_cast<std::size_t>(age - chance.age_upto.begin())];
    }
    return;
  }
  double before = 0.0;
  for (std::size_t age = 0; age < by_age.size() && events > 0; ++age) {
    const double left = 1.0 - before;
    const double share = left > 0.0 ? std::min(1.0, (chance.age_upto[age] - before) / left) : 1.0;
    const std::int64_t here = age + 1 == by_age.size() ? events : random.binomial(events, share);
    by_age[age] += here;
    events -= here;
    before = chance.age_upto[age];
  }
}

void PilotPath::draw_cell(const Metric& metric, const Chance& chance, std::int64_t groups, Random& random,
                          Cell& cell) const {
  const auto index = static_cast<std::size_t>(&metric - experiment_.metrics.data());
  cell.upto.assign(static_cast<std::size_t>(window_days_[index]), 0);
  cell.members = cell.member_squares = 0;
  cell.values = {};
  if (chance.age_upto.empty()) return;
  double left = 1.0 - chance.groups[0];
  std::int64_t with_event = random.binomial(groups, left);
  const std::int64_t events = with_event;
  for (std::int64_t j = 1; j <= members_ && with_event > 0; ++j) {
    const double share =
        j == members_ || left <= 0.0 ? 1.0 : std::min(1.0, chance.groups[static_cast<std::size_t>(j)] / left);
    const std::int64_t here = j == members_ ? with_event : random.binomial(with_event, share);
    cell.members += j * here;
    cell.member_squares += j * j * here;
    left -= chance.groups[static_cast<std::size_t>(j)];
    with_event -= here;
  }
  spread(chance, events, random, cell.upto);
  for (std::size_t age = 1; age < cell.upto.size(); ++age) cell.upto[age] += cell.upto[age - 1];
}

void PilotPath::draw(Random& random) {
  std::int64_t all_weights = 0;
  for (const Variant& variant : experiment_.variants) all_weights += variant.weight;
  std::size_t next = 0;
  for (std::size_t d = 0; d < days_.size(); ++d) {
    const double fraction = static_cast<double>(days_[d].millionths) / static_cast<double>(Fraction::kWhole);
    std::int64_t enrolled = random.binomial(days_[d].customers / members_, fraction * (1.0 - world_.out_of_scope));
    std::int64_t weights = all_weights;
    for (std::size_t v = 0; v < experiment_.variants.size(); ++v) {
      const std::int64_t weight = experiment_.variants[v].weight;
      const std::int64_t drawn =
          weight > 0 ? random.binomial(enrolled, static_cast<double>(weight) / static_cast<double>(weights)) : 0;
      enrolled -= drawn;
      weights -= weight;
      const double lost = world_.lost.empty() ? 0.0 : world_.lost[v];
      groups_[d][v] = lost > 0.0 ? drawn - random.binomial(drawn, lost) : drawn;
      for (std::size_t m = 0; m < experiment_.metrics.size(); ++m) {
        Cell& cell = cells_[next++];
        draw_cell(experiment_.metrics[m], chances_[m][v], groups_[d][v], random, cell);
        if (outcomes_[m] != nullptr && has_values(experiment_.metrics[m]))
          cell.values = draw_values(*outcomes_[m], value_probabilities(*outcomes_[m], v), cell.members, random);
      }
    }
  }
}

std::int64_t PilotPath::day_of(TimeMs at) const { return day_index(at, experiment_.utc_offset) - first_day_; }

const PilotPath::Cell& PilotPath::cell(std::size_t day, std::size_t variant, std::size_t metric) const {
  return cells_[(day * experiment_.variants.size() + variant) * experiment_.metrics.size() + metric];
}

std::int64_t PilotPath::events_before(const Cell& cell, std::int64_t exposure_day, std::int64_t day) const {
  const std::int64_t ages = std::min(day - exposure_day, static_cast<std::int64_t>(cell.upto.size()));
  return ages <= 0 ? 0 : cell.upto[static_cast<std::size_t>(ages - 1)];
}

bool PilotPath::is_mature(std::size_t metric, std::int64_t exposure_day, std::int64_t day) const {
  return exposure_day + 1 + window_days_[metric] <= day;
}

std::int64_t PilotPath::first_events(std::size_t variant, std::size_t metric, std::int64_t day) const {
  std::int64_t events = 0;
  for (std::size_t d = 0; d < days_.size(); ++d)
    events += events_before(cell(d, variant, metric), static_cast<std::int64_t>(d), day);
  return events;
}

std::int64_t PilotPath::units(std::size_t variant, std::int64_t day) const {
  std::int64_t units = 0;
  for (std::size_t d = 0; d < days_.size() && static_cast<std::int64_t>(d) < day; ++d)
    units += groups_[d][variant] * members_;
  return units;
}

void PilotPath::add_day(std::size_t exposure_day, std::size_t variant, std::size_t metric, std::int64_t day,
                        UnitSums& mature, ClusterSums& clusters, std::int64_t& immature) const {
  const std::int64_t groups = groups_[exposure_day][variant];
  if (!is_mature(metric, static_cast<std::int64_t>(exposure_day), day)) {
    immature += groups * members_;
    return;
  }
  const Cell& drawn = cell(exposure_day, variant, metric);
  const Metric& what = experiment_.metrics[metric];
  UnitSums sums;
  if (has_values(what)) {
    sums = drawn.values;
    if (what.aggregation == Aggregation::kSum) sums.units = groups * members_;
  } else {
    sums.units = groups * members_;
    sums.sum.add(static_cast<double>(drawn.members));
    sums.squares.add(static_cast<double>(drawn.members));
  }
  mature.merge(sums);
  if (members_ == 1 && !experiment_.is_clustered()) return;
  const auto n = static_cast<double>(groups);
  const auto size = static_cast<double>(members_);
  clusters.clusters += groups;
  clusters.size.add(n * size);
  clusters.size_squares.add(n * size * size);
  clusters.total.add(static_cast<double>(drawn.members));
  clusters.total_squares.add(static_cast<double>(drawn.member_squares));
  clusters.size_total.add(size * static_cast<double>(drawn.members));
}

LookTally PilotPath::look_at(std::int64_t day) const {
  LookTally look;
  look.at = day_start(first_day_ + day, experiment_.utc_offset);
  look.arms.assign(experiment_.variants.size(), std::vector<LookMetric>(experiment_.metrics.size()));
  for (std::size_t v = 0; v < experiment_.variants.size(); ++v) {
    for (std::size_t m = 0; m < experiment_.metrics.size(); ++m) {
      LookMetric& metric = look.arms[v][m];
      metric.first_events.assign(frame_.epochs.size(), 0);
      for (std::size_t d = 0; d < days_.size() && static_cast<std::int64_t>(d) < day; ++d) {
        add_day(d, v, m, day, metric.mature, metric.clusters, metric.immature_units);
        if (days_[d].millionths > 0)
          metric.first_events[days_[d].epoch] += events_before(cell(d, v, m), static_cast<std::int64_t>(d), day);
      }
    }
  }
  return look;
}

ArmMetric PilotPath::metric_at(std::size_t variant, std::size_t metric, std::int64_t day) const {
  ArmMetric result;
  const auto window = static_cast<std::size_t>(window_days_[metric]);
  if (members_ == 1) {
    result.ages.first_events.assign(window, 0);
    result.ages.leaving.assign(window + 1, 0);
  }
  for (std::size_t d = 0; d < days_.size() && static_cast<std::int64_t>(d) < day; ++d) {
    const Cell& drawn = cell(d, variant, metric);
    const auto exposure_day = static_cast<std::int64_t>(d);
    const std::int64_t events = events_before(drawn, exposure_day, day);
    add_day(d, variant, metric, day, result.mature, result.clusters, result.immature_units);
    if (is_mature(metric, exposure_day, day) && experiment_.metrics[metric].aggregation == Aggregation::kFirst)
      result.missing_units += groups_[d][variant] * members_ - drawn.members;
    result.first_events += events;
    if (members_ != 1) continue;
    const auto seen = static_cast<std::size_t>(std::min<std::int64_t>(day - exposure_day, window_days_[metric]));
    for (std::size_t age = 0; age < seen; ++age)
      result.ages.first_events[age] += drawn.upto[age] - (age == 0 ? 0 : drawn.upto[age - 1]);
    const auto age_now = static_cast<std::size_t>(std::min<std::int64_t>(day - exposure_day - 1, window_days_[metric]));
    result.ages.leaving[age_now] += groups_[d][variant] - events;
  }
  return result;
}

DayTally PilotPath::day_tally(std::size_t exposure_day, std::int64_t day) const {
  DayTally result;
  result.day = first_day_ + static_cast<std::int64_t>(exposure_day);
  result.millionths = days_[exposure_day].millionths;
  result.arms.resize(experiment_.variants.size());
  for (std::size_t v = 0; v < result.arms.size(); ++v) {
    ArmTally& arm = result.arms[v];
    arm.units = groups_[exposure_day][v] * members_;
    arm.clusters = experiment_.is_clustered() ? groups_[exposure_day][v] : 0;
    arm.metrics.resize(experiment_.metrics.size());
    for (std::size_t m = 0; m < arm.metrics.size(); ++m) {
      ClusterSums not_kept_by_day;
      add_day(exposure_day, v, m, day, arm.metrics[m].mature, not_kept_by_day, arm.metrics[m].immature_units);
      arm.metrics[m].first_events =
          events_before(cell(exposure_day, v, m), static_cast<std::int64_t>(exposure_day), day);
    }
  }
  return result;
}

Tally PilotPath::tally_at(std::int64_t day, std::span<const std::int64_t> looks) const {
  Tally tally = frame_;
  tally.as_of = day_start(first_day_ + day, experiment_.utc_offset);
  tally.margins.resize(1);
  tally.margins[0].arms.resize(experiment_.variants.size());
  tally.integrity.arms.resize(experiment_.variants.size());
  for (std::size_t v = 0; v < experiment_.variants.size(); ++v) {
    ArmTally& arm = tally.margins[0].arms[v];
    arm.units = units(v, day);
    arm.clusters = experiment_.is_clustered() ? arm.units / members_ : 0;
    for (std::size_t m = 0; m < experiment_.metrics.size(); ++m) arm.metrics.push_back(metric_at(v, m, day));
    arm.stages.delivered = arm.units;
    tally.integrity.units += arm.units;
    tally.integrity.arms[v].deliveries = arm.units;
  }
  tally.integrity.exposures = tally.integrity.deliveries = tally.integrity.units;
  for (std::size_t d = 0; d < days_.size() && static_cast<std::int64_t>(d) < day; ++d) {
    if (days_[d].millionths > 0) tally.days.push_back(day_tally(d, day));
  }
  if (!tally.days.empty()) {
    tally.first_exposure = day_start(tally.days.front().day, experiment_.utc_offset);
    tally.last_exposure = day_start(tally.days.back().day, experiment_.utc_offset) + kMillisecondsPerDay - 1;
  }
  // Epochs that have not begun are in no tally.
  while (tally.epochs.size() > 1 && tally.epochs.back().first_day >= first_day_ + day) tally.epochs.pop_back();
  if (!tally.epochs.empty())
    tally.epochs.back().last_day = std::min(tally.epochs.back().last_day, first_day_ + day - 1);
  for (const std::int64_t look : looks) {
    if (look < day) tally.looks.push_back(look_at(look));
  }
  tally.looks.push_back(look_at(day));
  for (LookTally& look : tally.looks) {
    for (auto& arm : look.arms) {
      for (LookMetric& metric : arm) metric.first_events.resize(tally.epochs.size());
    }
  }
  tally.without_crossovers = tally.margins[0];
  return tally;
}

}  // namespace tactful::simulation
