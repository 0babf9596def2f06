#include "plan_baselines.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "inputs.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/stats/planning.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful::tools {
namespace {

constexpr double kLargest = 1e12;

Baseline& baseline_of(PlanAssumptions& assumptions, const std::string& metric) {
  for (Baseline& baseline : assumptions.baselines) {
    if (baseline.metric == metric) return baseline;
  }
  Baseline& added = assumptions.baselines.emplace_back();
  added.metric = metric;
  return added;
}

Status check_metric(const Experiment& experiment, std::string_view option, const std::string& metric) {
  if (experiment.find_metric(metric) != nullptr) return {};
  std::vector<std::string> known;
  for (const Metric& one : experiment.metrics) known.push_back(one.key);
  const auto nearest = nearest_word(metric, known);
  return Error{ErrorCode::kNotFound, "the experiment has no metric " + printable(metric), std::string(option),
               nearest ? "did you mean " + printable(*nearest) + "?" : "see its metrics with tactful check"};
}

Result<double> value_of(std::string_view option, const std::string& metric, const std::string& text, double most) {
  double value = 0.0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc() && end == text.data() + text.size() && value > 0.0 && value < most) return value;
  return Error{ErrorCode::kInvalidArgument,
               "\"" + printable(text) + "\" is no number above 0" + (most <= 1.0 ? " and below 1" : ""),
               std::string(option) + " " + printable(metric), ""};
}

/// Reads `--baseline`, `--sd`, `--effect`: METRIC=NUMBER each.
template <typename Put>
Status read_pairs(const Arguments& arguments, const Experiment& experiment, std::string_view option, Put put) {
  const auto pairs = arguments.pairs(option);
  if (!pairs) return pairs.error();
  for (const auto& [metric, text] : *pairs) {
    if (auto status = check_metric(experiment, option, metric); !status) return status;
    const bool is_rate = experiment.find_metric(metric)->aggregation == Aggregation::kAny;
    const auto value = value_of(option, metric, text, is_rate ? 1.0 : kLargest);
    if (!value) return value.error();
    put(metric, *value);
  }
  return {};
}

/// Control of an earlier experiment: its rates, standard deviations and weekly units.
Status read_store(const Arguments& arguments, const Experiment& experiment, const Console& console,
                  PlanAssumptions& assumptions) {
  const std::string from = arguments.text_or("--from", *arguments.text("EXPERIMENT"));
  const auto earlier = load_experiment(from);
  if (!earlier) return earlier.error();
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  TallyOptions options;
  options.as_of = now_ms();
  const auto tally = tally_events(*earlier, **store, options);
  if (!tally) return tally.error();
  for (const Metric& metric : experiment.metrics) {
    for (std::size_t m = 0; m < earlier->metrics.size(); ++m) {
      const Metric& other = earlier->metrics[m];
      const bool is_same = other.outcome == metric.outcome && other.aggregation == metric.aggregation &&
                           other.window_ms == metric.window_ms && other.minimum_value == metric.minimum_value;
      const UnitSums& sums = tally->margins[0].arms[0].metrics[m].mature;
      if (!is_same || sums.units < 2) continue;
      const auto n = static_cast<double>(sums.units);
      const double mean = sums.sum.value() / n;
      if (!(mean > 0.0)) {
        console.warn("warning: " + metric.key + " never happened to control in the store; give --baseline " +
                     metric.key);
        continue;
      }
      Baseline& baseline = baseline_of(assumptions, metric.key);
      baseline.control = mean;
      if (metric.aggregation != Aggregation::kAny)
        baseline.sd = std::sqrt(std::max(0.0, sums.squares.value() / n - mean * mean) * n / (n - 1.0));
      console.note(metric.key + ": " + Json(mean).dump() + " in control, from " + grouped(sums.units) + " units");
    }
  }
  if (!tally->days.empty()) {
    const auto days = static_cast<double>(tally->days.back().day - tally->days.front().day + 1);
    assumptions.weekly_units = static_cast<double>(tally->integrity.units) / days * 7.0;
    console.note("weekly units: " + grouped(std::llround(assumptions.weekly_units)) + ", over " +
                 counted(static_cast<std::int64_t>(days), "day", "days"));
  }
  return {};
}

Status read_clusters(const Arguments& arguments, PlanAssumptions& assumptions) {
  const auto size = arguments.number("--cluster-size", 1.0, 1.0, 1e6);
  if (!size) return size.error();
  const auto icc = arguments.number("--icc", 0.0, 0.0, 1.0);
  if (!icc) return icc.error();
  const auto effect = stats::design_effect(*size, 0.0, *icc);
  if (!effect) return effect.error();
  assumptions.design_effect = effect->effect;
  return {};
}

}  // namespace

std::vector<OptionSpec> plan_options() {
  return {{"--baseline", "METRIC=VALUE", "Rate (or mean) of control to expect.", false, true},
          {"--effect", "METRIC=DIFFERENCE", "Smallest effect of a success metric worth finding.", false, true},
          {"--sd", "METRIC=SD", "Standard deviation of a unit's value, for means.", false, true},
          {"--weekly", "N", "Units in scope a week, before the ramp."},
          {"--store", "FILE", "Take rates and traffic from control in this store."},
          {"--from", "FILE", "The experiment file of that data; default EXPERIMENT."},
          {"--cluster-size", "M", "Mean units in a randomised cluster; default 1."},
          {"--icc", "R", "Correlation within clusters, 0 to 1; default 0."}};
}

Result<PlanAssumptions> read_assumptions(const Arguments& arguments, const Experiment& experiment,
                                         const Console& console) {
  PlanAssumptions assumptions;
  assumptions.baselines = experiment.plan.baselines;
  assumptions.weekly_units = experiment.plan.weekly_units;
  if (arguments.has("--store")) {
    if (auto status = read_store(arguments, experiment, console, assumptions); !status) return status.error();
  } else if (arguments.has("--from")) {
    return Error{ErrorCode::kInvalidArgument, "--from says whose data a store holds", "--from",
                 "give --store FILE too"};
  }
  const auto put = [&](auto member) {
    return [&assumptions, member](const std::string& metric, double value) {
      baseline_of(assumptions, metric).*member = value;
    };
  };
  if (auto status = read_pairs(arguments, experiment, "--baseline", put(&Baseline::control)); !status)
    return status.error();
  if (auto status = read_pairs(arguments, experiment, "--sd", put(&Baseline::sd)); !status) return status.error();
  if (auto status = read_pairs(arguments, experiment, "--effect", put(&Baseline::effect)); !status)
    return status.error();
  for (const Baseline& baseline : assumptions.baselines) {
    if (baseline.control > 0.0) continue;
    return Error{ErrorCode::kInvalidArgument, "an effect or deviation without the rate it is of",
                 "--baseline " + baseline.metric, "give --baseline " + baseline.metric + "=VALUE too"};
  }
  const auto weekly = arguments.number("--weekly", assumptions.weekly_units, 0.0, 1e9);
  if (!weekly) return weekly.error();
  assumptions.weekly_units = *weekly;
  if (auto status = read_clusters(arguments, assumptions); !status) return status.error();
  return assumptions;
}

}  // namespace tactful::tools
