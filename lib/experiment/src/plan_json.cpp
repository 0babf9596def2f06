#include "plan_json.hpp"

#include <algorithm>

#include "tactful/core/time.hpp"
#include "traffic_json.hpp"

namespace tactful {
namespace {

Json shares_json(const std::vector<AlphaShare>& shares) {
  Json json = Json::object();
  for (const AlphaShare& share : shares) json.set(share.metric, share.share);
  return json;
}

Json margins_json(const Experiment& experiment) {
  Json margins = Json::object();
  for (const Metric& metric : experiment.metrics) {
    if (!metric.margin) continue;
    const char* kind = metric.margin->kind == Margin::Kind::kAbsolute ? "absolute" : "ratio";
    margins.set(metric.key, Json::object().set(kind, metric.margin->value));
  }
  return margins;
}

Json spending_json(const SpendingPlan& spending) {
  return Json::object()
      .set("success", to_string(spending.success))
      .set("guardrail", to_string(spending.guardrail))
      .set("harm", to_string(spending.harm));
}

Json segments_json(const std::vector<ProtectedSegment>& segments) {
  Json list = Json::array();
  for (const ProtectedSegment& one : segments) {
    list.push_back(Json::object().set("segment", one.segment).set("value", one.value));
  }
  return list;
}

Json baselines_json(const std::vector<Baseline>& baselines) {
  Json json = Json::object();
  for (const Baseline& one : baselines) {
    Json entry = Json::object().set("control", one.control);
    if (one.sd) entry.set("sd", *one.sd);
    if (one.effect) entry.set("effect", *one.effect);
    json.set(one.metric, std::move(entry));
  }
  return json;
}

}  // namespace

Json plan_json(const Experiment& experiment, UtcOffset offset, PlanPart part) {
  const Plan& plan = experiment.plan;
  const Plan plain;
  Json looks = Json::array();
  for (const TimeMs look : plan.looks) looks.push_back(format_time(look, offset));
  Json json = Json::object();
  json.set("alpha", Json::object()
                        .set("success", plan.alpha.success)
                        .set("non_inferiority", plan.alpha.non_inferiority)
                        .set("harm", plan.alpha.harm))
      .set("power", plan.power)
      .set("enrolment_end", format_time(plan.enrolment_end, offset))
      .set("looks", looks)
      .set("shares", shares_json(plan.shares))
      .set("margins", margins_json(experiment))
      .set("minimum_days", plan.minimum_days)
      .set("full_weeks", plan.full_weeks);
  if (!plan.harm_shares.empty()) json.set("harm_shares", shares_json(plan.harm_shares));
  if (!(plan.spending == plain.spending)) json.set("spending", spending_json(plan.spending));
  if (!plan.protected_segments.empty()) json.set("protected_segments", segments_json(plan.protected_segments));
  if (plan.futility != plain.futility) json.set("futility", plan.futility);
  if (part == PlanPart::kIdentity) return json;
  if (!plan.baselines.empty()) json.set("baselines", baselines_json(plan.baselines));
  if (plan.weekly_units > 0.0) json.set("weekly_units", plan.weekly_units);
  return json;
}

Fraction usual_final_holdback(Fraction holdback) {
  return Fraction{std::min(Policy{}.final_holdback.millionths, holdback.millionths)};
}

Json policy_json(const Policy& policy) {
  const Policy plain;
  Json weights = Json::object();
  for (const auto& [metric, weight] : policy.score_weights) weights.set(metric, weight);
  Json approvals = Json::array();
  for (const std::string& role : policy.approvals) approvals.push_back(role);
  Json object = Json::object();
  object.set("approvals", approvals).set("score_weights", weights).set("holdback", decimal(policy.holdback));
  if (policy.final_holdback != usual_final_holdback(policy.holdback))
    object.set("final_holdback", decimal(policy.final_holdback));
  if (!policy.rollout.empty()) {
    Json steps = Json::array();
    for (const Fraction& step : policy.rollout) steps.push_back(decimal(step));
    object.set("rollout", steps);
  }
  if (policy.horizon_weeks != plain.horizon_weeks) object.set("horizon_weeks", policy.horizon_weeks);
  if (policy.incomplete != Incomplete::kControl) object.set("incomplete", to_string(policy.incomplete));
  return object;
}

}  // namespace tactful
