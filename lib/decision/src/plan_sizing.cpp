#include "plan_sizing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "comparison.hpp"
#include "event_looks.hpp"
#include "levels.hpp"
#include "spending.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/harm_power.hpp"
#include "tactful/stats/metric_plan.hpp"
#include "tactful/stats/planning.hpp"
#include "words.hpp"

namespace tactful {
namespace {

constexpr auto kManyEvents = static_cast<double>(kMostCounted);
/// How far the search for a size that suffices goes.
constexpr double kLargestScale = 1e4;
constexpr double kScaleStep = 1.02;

Error cannot(const Metric& metric, std::string why, std::string hint = {}) {
  return {ErrorCode::kInsufficientData, std::move(why), metric.key, std::move(hint)};
}

bool is_binary(const Metric& metric) { return metric.aggregation == Aggregation::kAny; }

}  // namespace

/// Everything about one test: the planned numbers of units and what is to be found.
struct PlanSizing::Inputs {
  const Metric* metric = nullptr;
  Baseline baseline;
  bool is_ratio = false;
  double target = 0.0;  ///< Effect, absolute margin or ratio margin.
  Level alpha;
  AlphaSpending spending = AlphaSpending::kObrienFleming;
  double n_control = 0.0, n_treatment = 0.0;  ///< By the last look, after the design effect.
};

PlanSizing::PlanSizing(const Experiment& experiment, const PlanAssumptions& assumptions)
    : experiment_(experiment),
      assumptions_(assumptions),
      accrual_(experiment, assumptions.weekly_units),
      looks_(experiment.plan.looks) {
  const TimeMs last = experiment.last_look();
  looks_.erase(std::remove_if(looks_.begin(), looks_.end(), [last](TimeMs at) { return at >= last; }), looks_.end());
  looks_.push_back(last);
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    const std::int64_t weight = experiment.variants[v].weight;
    const std::int64_t smallest = experiment.variants[treatment_].weight;
    if (weight > 0 && (smallest == 0 || weight < smallest)) treatment_ = v;
  }
  const auto guardrails = std::count_if(experiment.metrics.begin(), experiment.metrics.end(),
                                        [](const Metric& metric) { return metric.role == Role::kGuardrail; });
  wanted_power_ = 1.0 - (1.0 - experiment.plan.power) / static_cast<double>(guardrails + 1);
}

double PlanSizing::calendar(TimeMs at) const {
  const TimeMs start = experiment_.pilot.start;
  return std::clamp(static_cast<double>(at - start) / static_cast<double>(looks_.back() - start), 0.0, 1.0);
}

Result<PlanSizing::Inputs> PlanSizing::inputs(const Metric& metric) const {
  const auto& baselines = assumptions_.baselines;
  const auto known = std::find_if(baselines.begin(), baselines.end(),
                                  [&](const Baseline& baseline) { return baseline.metric == metric.key; });
  if (known == baselines.end()) {
    return cannot(metric, "no baseline is given",
                  "--baseline " + metric.key + "=RATE, plan.baselines in the file, or --store with earlier data");
  }
  const Levels levels = make_levels(experiment_);
  const bool is_success = metric.role == Role::kSuccess;
  const double level = is_success ? experiment_.plan.alpha.success * levels.success_share(experiment_, metric)
                                  : experiment_.plan.alpha.non_inferiority * levels.safety_share();
  auto alpha = Level::make(level, "alpha");
  if (!alpha) return cannot(metric, "the plan gives this metric no share of alpha");
  Inputs in{&metric, *known, false, 0.0, *alpha, AlphaSpending::kObrienFleming, 0.0, 0.0};
  in.spending = is_success ? experiment_.plan.spending.success : experiment_.plan.spending.guardrail;
  if (is_success) {
    if (!known->effect) {
      return cannot(metric, "the smallest effect worth finding is not given",
                    "--effect " + metric.key + "=DIFFERENCE or plan.baselines in the file");
    }
    in.target = *known->effect;
  } else {
    const Margin margin = metric.margin.value_or(Margin{});
    in.is_ratio = margin.kind == Margin::Kind::kRatio;
    in.target = margin.value;
  }
  if (!is_binary(metric) && !known->sd) {
    return cannot(metric, "a mean needs the standard deviation of a unit's value", "--sd " + metric.key + "=SD");
  }
  const double units = accrual_.enrolled(looks_.back()) / assumptions_.design_effect;
  in.n_control = units * accrual_.share(0);
  in.n_treatment = units * accrual_.share(treatment_);
  if (!(in.n_control > 0.0 && in.n_treatment > 0.0)) return cannot(metric, "the ramp admits nobody");
  return in;
}

std::vector<double> PlanSizing::new_events(const Metric& metric, double control_rate, double ratio) const {
  const double rate =
      accrual_.share(0) * control_rate + accrual_.share(treatment_) * std::min(1.0, control_rate * ratio);
  std::vector<double> events;
  double before = 0.0;
  for (const TimeMs at : looks_) {
    const double upto = accrual_.followed(at, metric.window_ms) / assumptions_.design_effect * rate;
    events.push_back(std::max(0.0, upto - before));
    before = upto;
  }
  return events;
}

Result<std::optional<double>> PlanSizing::weeks_for(double per_arm) const {
  const double total = per_arm / accrual_.share(treatment_);
  return stats::duration_weeks(total, assumptions_.weekly_units, accrual_.weekly_fractions());
}

Status PlanSizing::size_by_events(const Inputs& in, PlannedTest& test) const {
  const auto power_at = [&](double scale) {
    std::vector<stats::ExpectedLook> expected;
    const std::vector<double> events = new_events(*in.metric, in.baseline.control, 1.0);
    for (std::size_t k = 0; k < looks_.size(); ++k) expected.push_back({calendar(looks_[k]), scale * events[k]});
    const stats::HarmPlan plan{in.alpha, harm_spending(in.spending), in.target, stats::Alternative::kLess};
    return stats::harm_power(plan, expected, accrual_.share(treatment_), accrual_.share(0), 1.0);
  };
  const auto planned = power_at(1.0);
  if (!planned) return planned.error();
  test.power = planned->power;
  test.method = "exact conditional test of first events, " + std::string(to_string(in.spending)) + " spending";
  // The smallest scale from which the wanted power is kept, up to the saw-tooth: the last failure going down from where
  // it surely suffices.
  double scale = 1.0;
  const auto reaches = [&](double s) {
    const auto power = power_at(s);
    return power && power->power >= wanted_power_;
  };
  while (scale < kLargestScale && planned->expected_events * scale < kManyEvents && !reaches(scale)) scale *= 1.25;
  if (!reaches(scale)) {
    // Beyond the exact range: by the normal formula.
    const auto needed = stats::events_for_ratio_margin(in.target, in.alpha, *Level::make(wanted_power_));
    if (!needed) return needed.error();
    scale = needed->normal / planned->expected_events;
  } else {
    while (planned->expected_events * scale > 1.0 && reaches(scale / kScaleStep)) scale /= kScaleStep;
  }
  test.per_arm = in.n_treatment * assumptions_.design_effect * scale;
  test.events = planned->expected_events * scale;
  return {};
}

Status PlanSizing::size_by_normal(const Inputs& in, PlannedTest& test) const {
  const bool is_success = in.metric->role == Role::kSuccess;
  const double sign = in.metric->direction == Direction::kIncrease ? 1.0 : -1.0;
  const double p = in.baseline.control;
  double variance_control = in.baseline.sd ? *in.baseline.sd * *in.baseline.sd : p * (1.0 - p);
  double variance_treatment = variance_control;
  double distance = in.target;
  if (is_success && is_binary(*in.metric)) {
    const double treated = p + sign * in.target;
    if (!(treated > 0.0 && treated < 1.0))
      return cannot(*in.metric, "the effect leads out of (0, 1): " + number(p) + " to " + number(treated));
    variance_treatment = treated * (1.0 - treated);
  } else if (in.is_ratio) {
    if (!(p > 0.0)) return cannot(*in.metric, "a ratio margin needs a control value above 0");
    distance = std::fabs(std::log(in.target));
    variance_control /= p * p;
    variance_treatment = variance_control;
  }
  const double se = std::sqrt(variance_control / in.n_control + variance_treatment / in.n_treatment);
  if (!(se > 0.0)) return cannot(*in.metric, "without variation nothing can be sized");

  stats::SequentialPlan plan{{}, {}, in.alpha, 1, group_spending(in.spending)};
  const double all = accrual_.mature(looks_.back(), in.metric->window_ms);
  for (const TimeMs at : looks_) {
    const double mature = accrual_.mature(at, in.metric->window_ms) / all;
    const double time = is_success ? mature : calendar(at);
    if (mature <= 0.0 ||
        (!plan.spending_times.empty() && (time <= plan.spending_times.back() || mature <= plan.information.back())))
      continue;
    plan.spending_times.push_back(time);
    plan.information.push_back(mature);
  }
  if (plan.spending_times.empty()) return cannot(*in.metric, "no window closes before the last look");
  plan.spending_times.back() = 1.0;
  plan.information.back() = 1.0;
  const auto bounds = stats::sequential_bounds(plan);
  if (!bounds) return bounds.error();
  const std::vector<double> never(bounds->z.size(), -std::numeric_limits<double>::infinity());
  const auto exits = stats::exit_probabilities(plan.information, bounds->z, never, distance / se);
  if (!exits) return exits.error();
  const auto design = stats::sequential_design(plan, *Level::make(wanted_power_));
  if (!design) return design.error();
  test.power = exits->power;
  const double scale = std::pow(design->drift * se / distance, 2.0);
  test.per_arm = in.n_treatment * assumptions_.design_effect * scale;
  test.events = is_binary(*in.metric) ? test.planned_events * scale : 0.0;
  test.method = std::string("normal, ") + std::string(to_string(in.spending)) + " spending";
  return {};
}

Result<PlannedTest> PlanSizing::size_inputs(const Inputs& in) const {
  const Metric& metric = *in.metric;
  PlannedTest test;
  test.metric = metric.key;
  test.role = metric.role;
  test.control = in.baseline.control;
  test.alpha = in.alpha.value();
  test.wanted_power = wanted_power_;
  test.planned_per_arm = in.n_treatment * assumptions_.design_effect;
  const bool is_increase = metric.direction == Direction::kIncrease;
  if (metric.role == Role::kSuccess) {
    test.question = std::string("treatment ") + (is_increase ? "> control by " : "< control by ") + number(in.target);
  } else if (in.is_ratio) {
    test.question = std::string("rate ratio ") + (is_increase ? "> " : "< ") + number(in.target);
  } else {
    test.question = std::string("treatment ") + (is_increase ? "> control - " : "< control + ") + number(in.target);
  }
  if (is_binary(metric)) {
    for (const double events : new_events(metric, in.baseline.control, 1.0)) test.planned_events += events;
  }
  const double events = test.planned_events;
  const bool is_rare = is_binary(metric) && in.is_ratio && !is_increase &&
                       (events < kFewestEventsForRatio || (events < kManyEvents && in.baseline.control < kRareShare));
  if (auto status = is_rare ? size_by_events(in, test) : size_by_normal(in, test); !status) return status.error();
  auto weeks = weeks_for(test.per_arm);
  if (!weeks) return weeks.error();
  test.weeks = *weeks;
  return test;
}

Result<PlannedTest> PlanSizing::size(const Metric& metric) const {
  const auto in = inputs(metric);
  if (!in) return in.error();
  return size_inputs(*in);
}

Result<PlannedTest> PlanSizing::size_with_margin(const Metric& metric, double ratio) const {
  auto in = inputs(metric);
  if (!in) return in.error();
  in->is_ratio = true;
  in->target = ratio;
  return size_inputs(*in);
}

std::optional<double> PlanSizing::testable_ratio(const Metric& metric, double power) const {
  constexpr double kLargest = 20.0;
  for (double ratio = 1.1; ratio <= kLargest; ratio += ratio < 3.0 ? 0.1 : 0.5) {
    const auto test = size_with_margin(metric, ratio);
    if (!test) return std::nullopt;
    if (test->power >= power) return ratio;
  }
  return std::nullopt;
}

Result<PlannedHarm> PlanSizing::harm(const Metric& metric, double ratio) const {
  const auto& baselines = assumptions_.baselines;
  const auto known = std::find_if(baselines.begin(), baselines.end(),
                                  [&](const Baseline& baseline) { return baseline.metric == metric.key; });
  if (known == baselines.end()) return cannot(metric, "no baseline is given");
  const double share = harm_share_of(experiment_, metric);
  const auto alpha = Level::make(experiment_.plan.alpha.harm * share * kPlannedHarmShare, "alpha");
  if (!alpha) return cannot(metric, "the plan gives this metric no share of the harm level");
  const stats::HarmPlan plan{*alpha, harm_spending(experiment_.plan.spending.harm), 1.0, stats::Alternative::kGreater};
  const std::vector<double> events = new_events(metric, known->control, ratio);
  std::vector<stats::ExpectedLook> expected;
  for (std::size_t k = 0; k < looks_.size(); ++k) expected.push_back({calendar(looks_[k]), events[k]});
  const auto power = stats::harm_power(plan, expected, accrual_.share(treatment_), accrual_.share(0), ratio);
  if (!power) return power.error();
  PlannedHarm harm{metric.key, ratio, power->crossed_by, {}};
  std::vector<stats::HarmLook> empty;
  for (const TimeMs at : looks_) {
    empty.push_back({calendar(at), {{accrual_.share(treatment_), accrual_.share(0), 0, 0}}});
    const auto monitor = stats::exact_harm_monitor(plan, empty);
    if (!monitor) return monitor.error();
    harm.fewest_to_stop.push_back(monitor->looks.back().more_until_bound);
  }
  return harm;
}

}  // namespace tactful
