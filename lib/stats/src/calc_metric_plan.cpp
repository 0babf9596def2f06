#include "calc_input.hpp"
#include "tactful/stats/metric_plan.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kPlan[] = {{"success_rate", FieldKind::kNumbers, false},
                               {"success_target", FieldKind::kNumbers, false},
                               {"absolute_rate", FieldKind::kNumbers, false},
                               {"absolute_margin", FieldKind::kNumbers, false},
                               {"ratio_rate", FieldKind::kNumbers, false},
                               {"ratio_margin", FieldKind::kNumbers, false},
                               {"alpha_success", FieldKind::kLevel},
                               {"alpha_guardrail", FieldKind::kLevel},
                               {"power", FieldKind::kLevel},
                               {"variants", FieldKind::kPositiveCount},
                               {"design_effect", FieldKind::kPositive, false},
                               {"sequential_inflation", FieldKind::kPositive, false},
                               {"weekly_traffic", FieldKind::kPositive},
                               {"ramp_fractions", FieldKind::kNumbers, false}};

Status add(std::vector<PlannedMetric>& metrics, const Input& in, MetricRole role, const std::string& rate,
           const std::string& target) {
  const auto rates = in.numbers(rate);
  const auto targets = in.numbers(target);
  if (rates.size() != targets.size()) return invalid_argument(target, rate + " and " + target + " differ in length");
  for (std::size_t i = 0; i < rates.size(); ++i) metrics.push_back({role, rates[i], targets[i]});
  return {};
}

Json described(const PlannedMetric& metric, const PlannedSize& size) {
  const char* role = metric.role == MetricRole::kSuccess             ? "success"
                     : metric.role == MetricRole::kGuardrailAbsolute ? "absolute_margin"
                                                                     : "ratio_margin";
  Json out = Json::object();
  out.set("role", role).set("alpha", number(size.alpha)).set("power", number(size.power));
  out.set("n_per_arm", number(size.per_arm)).set("control_events", number(size.control_events));
  out.set("events_normal", number(size.events_normal)).set("events_exact", number(size.events_exact));
  return out.set("weeks", number(size.weeks));
}

Result<Json> plan(const Input& in) {
  std::vector<PlannedMetric> metrics;
  for (const auto& status : {add(metrics, in, MetricRole::kSuccess, "success_rate", "success_target"),
                             add(metrics, in, MetricRole::kGuardrailAbsolute, "absolute_rate", "absolute_margin"),
                             add(metrics, in, MetricRole::kGuardrailRatio, "ratio_rate", "ratio_margin")}) {
    if (!status) return status.error();
  }
  if (in.count("variants") > 1000) return out_of_range("variants", real(in.count("variants")), "between 1 and 1000");
  const MetricPlanSettings settings{in.level("alpha_success"),
                                    in.level("alpha_guardrail"),
                                    in.level("power"),
                                    static_cast<int>(in.count("variants")),
                                    in.number("design_effect", 1.0),
                                    in.number("sequential_inflation", 1.0),
                                    in.number("weekly_traffic"),
                                    in.numbers("ramp_fractions")};
  const auto result = plan_metrics(metrics, settings);
  if (!result) return result.error();
  Json list_of_metrics = Json::array();
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    list_of_metrics.push_back(described(metrics[i], result->metrics[i]));
  }
  Json out = Json::object();
  out.set("metrics", list_of_metrics).set("binding", static_cast<std::int64_t>(result->binding));
  out.set("n_per_arm", number(result->per_arm)).set("n_total", number(result->total));
  return out.set("weeks", number(result->weeks));
}

constexpr Method kMethods[] = {{{"plan_metrics", "How many units does each metric need, and which decides?", kPlan,
                                 "metrics binding n_per_arm n_total weeks",
                                 "Farrington & Manning 1990; Schoenfeld 1983; Schultzberg, Ankargren & Franberg 2024"},
                                plan}};

}  // namespace

std::span<const Method> metric_plan_methods() { return kMethods; }

}  // namespace tactful::stats::calc
