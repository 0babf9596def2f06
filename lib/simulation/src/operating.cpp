#include "tactful/simulation/operating.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tactful/decision/evaluate.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/stats/single_proportion.hpp"
#include "world.hpp"

namespace tactful {
namespace {

using simulation::Random;

constexpr std::int64_t kMostPilots = 1'000'000;
constexpr std::int64_t kDaysPerWeek = 7;

/// One day of enrolment: what is the same in every pilot.
struct DayPlan {
  std::int64_t day = 0;
  std::int64_t customers = 0;
  std::int32_t millionths = 0;
};

/// Draws tallies of one experiment in one world.
class TallyDraw {
 public:
  TallyDraw(const Experiment& experiment, const World& world) : experiment_(experiment), world_(world) {
    frame_.experiment = experiment.key;
    frame_.fingerprint = fingerprint(experiment);
    frame_.as_of = experiment.last_look();
    for (const Variant& variant : experiment.variants) {
      frame_.variants.push_back(variant.key);
      weights_ += variant.weight;
    }
    for (const Metric& metric : experiment.metrics) {
      frame_.metrics.push_back(metric.key);
      outcomes_.push_back(outcome_of(metric));
    }
    frame_.margins.resize(1);
    frame_.margins[0].arms = empty_arms();
    frame_.integrity.arms.resize(experiment.variants.size());
    plan_days();
  }

  [[nodiscard]] Tally draw(Random& random) const;

 private:
  [[nodiscard]] const SimulatedOutcome* outcome_of(const Metric& metric) const {
    for (const SimulatedOutcome& outcome : world_.outcomes) {
      if (outcome.kind == metric.outcome) return &outcome;
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<ArmTally> empty_arms() const {
    std::vector<ArmTally> arms(experiment_.variants.size());
    for (ArmTally& arm : arms) arm.metrics.resize(experiment_.metrics.size());
    return arms;
  }
  void plan_days();
  [[nodiscard]] ArmMetric draw_metric(std::size_t metric, std::size_t variant, const DayPlan& day, std::int64_t units,
                                      Random& random) const;
  void draw_arms(const DayPlan& plan, Random& random, DayTally& day) const;

  const Experiment& experiment_;
  const World& world_;
  Tally frame_;  // what every tally has in common
  std::int64_t weights_ = 0;
  std::vector<const SimulatedOutcome*> outcomes_;  // by metric; null: nobody ever has it
  std::vector<DayPlan> days_;
};

void TallyDraw::plan_days() {
  const std::int64_t first = day_index(experiment_.pilot.start, experiment_.utc_offset);
  const std::int64_t end = day_index(experiment_.plan.enrolment_end - 1, experiment_.utc_offset) + 1;
  for (std::int64_t day = first; day < end; ++day) {
    DayPlan plan{day, 0, 0};
    const std::int64_t in_week = (day - first) % kDaysPerWeek;
    plan.customers =
        world_.customers_per_week * (in_week + 1) / kDaysPerWeek - world_.customers_per_week * in_week / kDaysPerWeek;
    for (const RampStep& step : experiment_.ramp) {
      if (step.from <= day_start(day, experiment_.utc_offset)) plan.millionths = step.fraction.millionths;
    }
    days_.push_back(plan);
  }
}

// Values of `events` units: whole numbers, binomial between the outcome's lowest and highest.
void add_values(const SimulatedOutcome& outcome, double level, std::int64_t events, Random& random, UnitSums& sums) {
  const auto steps = static_cast<std::int64_t>(std::llround(outcome.highest - outcome.lowest));
  std::vector<double> weight;  // P(exactly this many steps)
  double coefficient = 1.0;
  for (std::int64_t k = 0; k <= steps; ++k) {
    weight.push_back(coefficient * std::pow(level, static_cast<double>(k)) *
                     std::pow(1.0 - level, static_cast<double>(steps - k)));
    coefficient *= static_cast<double>(steps - k) / static_cast<double>(k + 1);
  }
  double left = 1.0;
  std::int64_t remaining = events;
  for (std::int64_t k = 0; k <= steps && remaining > 0; ++k) {
    const double p = weight[static_cast<std::size_t>(k)];
    const std::int64_t here =
        k == steps ? remaining : random.binomial(remaining, left > 0.0 ? std::min(1.0, p / left) : 1.0);
    const double value = outcome.lowest + static_cast<double>(k);
    sums.sum.add_product(value, static_cast<double>(here));
    sums.squares.add_product(value * value, static_cast<double>(here));
    left -= p;
    remaining -= here;
  }
}

ArmMetric TallyDraw::draw_metric(std::size_t index, std::size_t variant, const DayPlan& day, std::int64_t units,
                                 Random& random) const {
  const Metric& metric = experiment_.metrics[index];
  const SimulatedOutcome* outcome = outcomes_[index];
  const TimeMs follow_up = frame_.as_of - day_start(day.day + 1, experiment_.utc_offset);
  const bool is_mature = follow_up >= metric.window_ms;
  const auto window = static_cast<double>(std::min(metric.window_ms, std::max<TimeMs>(follow_up, 0)));
  ArmMetric drawn;
  drawn.first_events = outcome ? random.binomial(units, simulation::probability_within(*outcome, variant, window)) : 0;
  if (!is_mature) {
    drawn.immature_units = units;
    return drawn;
  }
  drawn.mature.units = units;
  if (metric.aggregation == Aggregation::kFirst) {
    drawn.mature.units = drawn.first_events;
    drawn.missing_units = units - drawn.first_events;
  }
  const bool counts_events = metric.aggregation == Aggregation::kAny || metric.aggregation == Aggregation::kCount;
  if (counts_events) {
    drawn.mature.sum.add(static_cast<double>(drawn.first_events));
    drawn.mature.squares.add(static_cast<double>(drawn.first_events));
  } else if (outcome) {
    add_values(*outcome, outcome->level[variant], drawn.first_events, random, drawn.mature);
  }
  return drawn;
}

void TallyDraw::draw_arms(const DayPlan& plan, Random& random, DayTally& day) const {
  const double fraction = static_cast<double>(plan.millionths) / static_cast<double>(Fraction::kWhole);
  std::int64_t enrolled = random.binomial(plan.customers, fraction * (1.0 - world_.out_of_scope));
  std::int64_t weights = weights_;
  for (std::size_t v = 0; v < experiment_.variants.size(); ++v) {
    const std::int64_t weight = experiment_.variants[v].weight;
    ArmTally& arm = day.arms[v];
    if (weight > 0) {
      arm.units = random.binomial(enrolled, static_cast<double>(weight) / static_cast<double>(weights));
    }
    enrolled -= arm.units;
    weights -= weight;
    for (std::size_t m = 0; m < experiment_.metrics.size(); ++m)
      arm.metrics[m] = draw_metric(m, v, plan, arm.units, random);
  }
}

void merge(const ArmMetric& from, ArmMetric& to) {
  to.mature.merge(from.mature);
  to.immature_units += from.immature_units;
  to.missing_units += from.missing_units;
  to.first_events += from.first_events;
}

Tally TallyDraw::draw(Random& random) const {
  Tally tally = frame_;
  for (const DayPlan& plan : days_) {
    DayTally day{plan.day, plan.millionths, empty_arms()};
    draw_arms(plan, random, day);
    std::int64_t units = 0;
    for (std::size_t v = 0; v < day.arms.size(); ++v) {
      ArmTally& total = tally.margins[0].arms[v];
      units += day.arms[v].units;
      total.units += day.arms[v].units;
      for (std::size_t m = 0; m < total.metrics.size(); ++m) merge(day.arms[v].metrics[m], total.metrics[m]);
      tally.integrity.arms[v].deliveries += day.arms[v].units;
    }
    if (units == 0) continue;
    tally.integrity.exposures += units;
    tally.integrity.units += units;
    tally.integrity.deliveries += units;
    const TimeMs start = day_start(plan.day, experiment_.utc_offset);
    if (!tally.first_exposure) tally.first_exposure = start;
    tally.last_exposure = start + kMillisecondsPerDay - 1;
    tally.days.push_back(std::move(day));
  }
  tally.without_crossovers = tally.margins[0];
  return tally;
}

Result<SimulatedShare> make_share(std::int64_t count, std::int64_t pilots) {
  const auto observed = stats::BinomialCount::make(count, pilots);
  if (!observed) return observed.error();
  const auto confidence = Level::make(0.95);
  if (!confidence) return confidence.error();
  const Interval interval =
      stats::proportion_interval(*observed, *confidence, stats::ProportionInterval::kClopperPearson);
  return SimulatedShare{count, static_cast<double>(count) / static_cast<double>(pilots), interval.low(),
                        interval.high()};
}

/// How often each thing came out.
struct Counts {
  std::array<std::int64_t, 5> actions{};        // by Action
  std::vector<std::int64_t> promoted, stopped;  // by variant
};

Result<OperatingCharacteristics> summarise(const Experiment& experiment, const Counts& counts, std::int64_t pilots) {
  OperatingCharacteristics result;
  result.pilots = pilots;
  const auto put = [&](std::int64_t count, SimulatedShare& share) -> Status {
    auto made = make_share(count, pilots);
    if (!made) return made.error();
    share = *made;
    return {};
  };
  const auto of = [&](Action action) { return counts.actions[static_cast<std::size_t>(action)]; };
  if (auto status = put(of(Action::kPromote), result.promoted); !status) return status.error();
  if (auto status = put(of(Action::kStop), result.stopped); !status) return status.error();
  if (auto status = put(of(Action::kEndWithoutWinner), result.ended_without_winner); !status) return status.error();
  if (auto status = put(of(Action::kInvalid), result.invalid); !status) return status.error();
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    VariantCharacteristics variant;
    variant.variant = experiment.variants[v].key;
    if (auto status = put(counts.promoted[v], variant.promoted); !status) return status.error();
    if (auto status = put(counts.stopped[v], variant.stopped); !status) return status.error();
    result.variants.push_back(std::move(variant));
  }
  return result;
}

}  // namespace

Result<OperatingCharacteristics> simulate_decisions(const Experiment& experiment, const World& world,
                                                    std::int64_t pilots) {
  if (pilots < 1 || pilots > kMostPilots) {
    return Error{ErrorCode::kInvalidArgument,
                 "the number of pilots must be in [1, 1,000,000], not " + std::to_string(pilots), "pilots", ""};
  }
  if (experiment.is_clustered()) {
    return Error{ErrorCode::kInvalidArgument, "clusters are not drawn from counts", experiment.key,
                 "run whole pilots instead"};
  }
  const auto fitted = simulation::fit_world(world, experiment);
  if (!fitted) return fitted.error();
  if (auto status = simulation::check_scope(*fitted, experiment); !status) return status.error();

  Random random(world.seed);
  const TallyDraw drawing(experiment, *fitted);
  Counts counts;
  counts.promoted.resize(experiment.variants.size());
  counts.stopped.resize(experiment.variants.size());
  double units = 0.0;
  for (std::int64_t pilot = 0; pilot < pilots; ++pilot) {
    const Tally tally = drawing.draw(random);
    const auto card = evaluate(experiment, tally);
    if (!card) return card.error();
    units += static_cast<double>(tally.integrity.units);
    ++counts.actions[static_cast<std::size_t>(card->recommendation.action)];
    const auto variant = experiment.variant_index(card->recommendation.variant);
    if (!variant) continue;
    if (card->recommendation.action == Action::kPromote) ++counts.promoted[*variant];
    if (card->recommendation.action == Action::kStop) ++counts.stopped[*variant];
  }
  auto result = summarise(experiment, counts, pilots);
  if (!result) return result;
  result->seed = world.seed;
  result->mean_units = units / static_cast<double>(pilots);
  return result;
}

}  // namespace tactful
