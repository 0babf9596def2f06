#include "scenario.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tactful/decision/looks.hpp"
#include "world.hpp"

namespace tactful::study {
namespace {

constexpr TimeMs kDay = kMillisecondsPerDay;
constexpr TimeMs kStart = 20'454 * kDay;  // 2026-01-01
constexpr int kWeeks = 6;
constexpr double kConversion = 0.30;
constexpr double kHour = 1.0;
constexpr std::int64_t kNullRuns = 20'000;
constexpr std::int64_t kRuns = 5'000;

std::vector<RampStep> ramp_of(Traffic traffic) {
  const auto step = [](int week, double fraction) {
    return RampStep{kStart + week * 7 * kDay,
                    Fraction{static_cast<std::int32_t>(std::lround(fraction * Fraction::kWhole))}};
  };
  switch (traffic) {
    case Traffic::kConstant:
      return {step(0, 1.0)};
    case Traffic::kRampingUp:
      return {step(0, 0.1), step(1, 0.5), step(2, 1.0)};
    case Traffic::kThrottled:
      return {step(0, 1.0), step(2, 0.2)};
    case Traffic::kPaused:
      return {step(0, 1.0), step(2, 0.0), step(4, 1.0)};
  }
  return {};
}

Metric metric_of(std::string key, std::string outcome, Role role, std::int64_t days) {
  Metric metric;
  metric.key = std::move(key);
  metric.outcome = std::move(outcome);
  metric.role = role;
  metric.window_ms = days * kDay;
  metric.direction = role == Role::kGuardrail ? Direction::kDecrease : Direction::kIncrease;
  return metric;
}

Experiment experiment_of(const Factors& factors) {
  Experiment experiment;
  experiment.key = experiment.title = experiment.salt = "study";
  experiment.owner = "the study";
  experiment.scope = Json::object();
  for (int v = 0; v <= factors.treatments; ++v) {
    Variant variant;
    variant.key = v == 0 ? "control" : std::string(1, static_cast<char>('a' + v - 1));
    variant.wording = variant.key;
    experiment.variants.push_back(std::move(variant));
  }
  experiment.metrics = {metric_of("paid", "converted", Role::kSuccess, 7),
                        metric_of("complaint", "complaint", Role::kGuardrail, 14)};
  experiment.metrics[1].margin = Margin{Margin::Kind::kRatio, factors.margin};
  if (factors.household > 1) experiment.cluster = "household";
  experiment.ramp = ramp_of(factors.traffic);
  experiment.pilot.start = kStart;
  experiment.plan.futility = factors.futility;
  experiment.plan.enrolment_end = kStart + kWeeks * 7 * kDay;
  for (int week = 1; week <= kWeeks; ++week) experiment.plan.looks.push_back(kStart + week * 7 * kDay);
  experiment.pilot.end = experiment.last_look();
  return experiment;
}

double mean_delay(Delay delay) {
  switch (delay) {
    case Delay::kImmediate:
      return kHour;
    case Delay::kUniform30:
      return 24.0 * 366.0;  // over 30 days as good as even
    default:
      return 240.0;
  }
}

SimulatedOutcome complaints(const Factors& factors, const Experiment& experiment) {
  SimulatedOutcome outcome;
  outcome.kind = "complaint";
  outcome.horizon_hours = 30.0 * 24.0;
  outcome.mean_delay_hours = mean_delay(factors.delay);
  const std::size_t variants = experiment.variants.size();
  outcome.probability.assign(variants, 1.0);
  outcome.level.assign(variants, 0.5);
  if (factors.delay == Delay::kSoonerInTreatment) {
    outcome.delay_by_variant.assign(variants, 240.0);
    outcome.delay_by_variant[1] = 48.0;
  }
  if (factors.reversal) {
    outcome.late_after_hours = 7.0 * 24.0;
    outcome.late_factor.assign(variants, 1.0);
    outcome.late_factor[1] = 3.0;
  }
  // Rates are those within the window, whatever the delay; with a reversal those that control's delays give.
  const auto window = static_cast<double>(experiment.metrics[1].window_ms);
  for (std::size_t v = 0; v < variants; ++v) {
    const std::size_t scale_by = factors.reversal ? 0 : v;
    SimulatedOutcome unit = outcome;
    unit.probability.assign(variants, 1.0);
    const double within = simulation::probability_within(unit, scale_by, window);
    outcome.probability[v] = factors.complaint * (v == 1 ? factors.ratio : 1.0) / within;
  }
  return outcome;
}

World world_of(const Factors& factors, const Experiment& experiment) {
  const std::size_t variants = experiment.variants.size();
  World world;
  world.customers_per_week = factors.per_arm_week * static_cast<std::int64_t>(variants) * factors.household;
  world.out_of_scope = 0.0;
  world.customers_per_cluster = factors.household;
  world.cluster_alike = 0.3;
  world.seed = 2'026;  // the same for all: common random numbers
  SimulatedOutcome paid;
  paid.kind = "converted";
  paid.mean_delay_hours = 48.0;
  paid.horizon_hours = 7.0 * 24.0;
  paid.probability.assign(variants, kConversion);
  paid.probability[1] += factors.lift;
  paid.level.assign(variants, 0.5);
  world.outcomes = {paid, complaints(factors, experiment)};
  if (factors.lost > 0.0) {
    world.lost.assign(variants, 0.0);
    world.lost[1] = factors.lost;
  }
  return world;
}

std::vector<SimulatedReview> reviews_of(Calendar calendar, const Experiment& experiment) {
  const std::vector<TimeMs> looks = look_plan(experiment).looks;
  std::vector<SimulatedReview> reviews;
  for (std::size_t k = 0; k < looks.size(); ++k) {
    const bool is_last = k + 1 == looks.size();
    if (calendar == Calendar::kMissed && !is_last && k % 2 == 1) continue;
    const TimeMs late = calendar == Calendar::kLate && !is_last ? 3 * kDay : 0;
    reviews.push_back({looks[k] + late, true});
    if (calendar == Calendar::kExtra && !is_last) {
      reviews.push_back({looks[k] + 2 * kDay, false});
      reviews.push_back({looks[k] + 4 * kDay, false});
    }
  }
  return reviews;
}

std::string text(const char* format, double value) {
  char buffer[64];
  (void)std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string name_of(const Factors& f) {
  return std::to_string(f.per_arm_week) + "/arm/week, " + text("%g %%", 100.0 * f.complaint) + ", ratio " +
         text("%g", f.ratio) + ", lift " + text("%g", 100.0 * f.lift);
}

Scenario make(std::string group, std::string name, const Factors& factors, double scale) {
  Scenario scenario;
  scenario.group = std::move(group);
  scenario.name = name.empty() ? name_of(factors) : std::move(name);
  scenario.factors = factors;
  scenario.experiment = experiment_of(factors);
  scenario.world = world_of(factors, scenario.experiment);
  scenario.reviews = reviews_of(factors.calendar, scenario.experiment);
  scenario.violates_margin = factors.ratio >= factors.margin || factors.reversal;
  scenario.has_success = factors.lift > 0.0;
  scenario.is_harmless = factors.ratio <= 1.0 && !factors.reversal && factors.delay != Delay::kSoonerInTreatment;
  scenario.must_be_valid = factors.lost == 0.0;
  const bool is_null =
      (scenario.is_harmless && !scenario.has_success) || (factors.ratio == factors.margin && factors.lift == 0.03);
  scenario.runs = std::max<std::int64_t>(20, std::llround(scale * static_cast<double>(is_null ? kNullRuns : kRuns)));
  return scenario;
}

void add_core(double scale, std::vector<Scenario>& all) {
  for (const int treatments : {1, 3}) {
    const std::string group = treatments == 1 ? "One variant" : "Three variants";
    for (const std::int64_t units : {500, 2'000, 20'000}) {
      for (const double rate : {0.0005, 0.002, 0.01}) {
        for (const double ratio : {1.0, 1.5, 2.0, 3.0}) {
          if (treatments == 3 && (ratio == 3.0 || rate == 0.0005)) continue;
          Factors f;
          f.treatments = treatments;
          f.per_arm_week = units;
          f.complaint = rate;
          f.ratio = ratio;
          f.lift = ratio == 1.5 ? 0.03 : 0.0;
          all.push_back(make(group, "", f, scale));
        }
        Factors good;
        good.treatments = treatments;
        good.per_arm_week = units;
        good.complaint = rate;
        good.lift = 0.03;
        all.push_back(make(group, "", good, scale));
        good.lift = 0.01;
        if (treatments == 1) all.push_back(make(group, "", good, scale));
      }
    }
  }
}

/// One factor away from the middle at a time, in a world without effect, one at the margin, and one of doubled harm.
void add_variations(double scale, std::vector<Scenario>& all) {
  const auto add = [&](const std::string& name, auto change) {
    for (const double ratio : {1.0, 1.5, 2.0}) {
      Factors f;
      f.ratio = ratio;
      f.lift = ratio == 1.5 ? 0.03 : 0.0;
      change(f);
      all.push_back(make("Delays, traffic, households, calendars", name + ", ratio " + text("%g", ratio), f, scale));
    }
  };
  add("complaints at once", [](Factors& f) { f.delay = Delay::kImmediate; });
  add("complaints evenly over 30 days", [](Factors& f) { f.delay = Delay::kUniform30; });
  add("complaints sooner in a", [](Factors& f) { f.delay = Delay::kSoonerInTreatment; });
  add("ramping up", [](Factors& f) { f.traffic = Traffic::kRampingUp; });
  add("throttled to 20 %", [](Factors& f) { f.traffic = Traffic::kThrottled; });
  add("paused two weeks", [](Factors& f) { f.traffic = Traffic::kPaused; });
  add("households of 3", [](Factors& f) { f.household = 3; });
  add("every second review missed", [](Factors& f) { f.calendar = Calendar::kMissed; });
  add("reviews 3 days late", [](Factors& f) { f.calendar = Calendar::kLate; });
  add("two more looks a week", [](Factors& f) { f.calendar = Calendar::kExtra; });
  add("margin 2", [](Factors& f) {
    f.margin = 2.0;
    if (f.ratio == 2.0) f.lift = 0.03;
  });
  add("0.4 % of a lost", [](Factors& f) { f.lost = 0.004; });
  add("ended where success is hopeless (futility 5 %)", [](Factors& f) { f.futility = 0.05; });
  Factors turn;
  turn.reversal = true;
  turn.lift = 0.03;
  all.push_back(make("Delays, traffic, households, calendars", "complaints of a tripled after day 7", turn, scale));
  turn.per_arm_week = 20'000;
  all.push_back(make("Delays, traffic, households, calendars", "the same with 20,000 an arm and week", turn, scale));
}

}  // namespace

std::vector<Scenario> all_scenarios(double scale) {
  std::vector<Scenario> all;
  add_core(scale, all);
  add_variations(scale, all);
  return all;
}

}  // namespace tactful::study
