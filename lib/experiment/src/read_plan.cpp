#include "plan_json.hpp"
#include "read_fields.hpp"

namespace tactful {
namespace {

/// A plain member that is a number; anything else is reported by whoever asked.
std::optional<double> number_in(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  return value.as_number();
}

void read_margins(const Json& margins, const std::string& pointer, Draft& draft, Findings& findings) {
  for (const Json::Member& member : margins.as_object()) {
    const std::string at = append_pointer(pointer, member.first);
    ObjectReader reader(member.second, at, {"absolute", "ratio"}, findings);
    const bool ratio = reader.has("ratio");
    if (ratio == reader.has("absolute")) {
      if (member.second.is_object()) {
        findings.error("margin", at, "a margin is either \"absolute\" or \"ratio\"",
                       "write {\"absolute\": 0.002} for 20 more per 10,000, or {\"ratio\": 1.5} for rare outcomes");
      }
      continue;
    }
    Margin margin;
    margin.kind = ratio ? Margin::Kind::kRatio : Margin::Kind::kAbsolute;
    margin.value = reader.between(ratio ? "ratio" : "absolute", 0.0, 0.0, ratio ? 1000.0 : 1e15);
    draft.margins.emplace_back(member.first, margin);
  }
}

std::vector<AlphaShare> read_shares(const Json& shares, const std::string& pointer, Findings& findings) {
  std::vector<AlphaShare> result;
  for (const Json::Member& member : shares.as_object()) {
    const auto share = number_in(member.second);
    if (share && *share > 0.0 && *share <= 1.0) {
      result.push_back({member.first, *share});
    } else {
      findings.error("range", append_pointer(pointer, member.first),
                     "a share of alpha is a number above 0 and at most 1", "");
    }
  }
  return result;
}

void read_spending(const Json& value, SpendingPlan& spending, Findings& findings) {
  ObjectReader reader(value, "/plan/spending", {"success", "guardrail", "harm"}, findings);
  const auto family = [&](std::string_view name, AlphaSpending fallback) {
    return reader.choice(name, fallback,
                         {AlphaSpending::kObrienFleming, AlphaSpending::kPocock, AlphaSpending::kLinear});
  };
  spending.success = family("success", spending.success);
  spending.guardrail = family("guardrail", spending.guardrail);
  spending.harm = family("harm", spending.harm);
}

void read_protected(const Json& list, Plan& plan, Findings& findings) {
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const Json& item = list.as_array()[i];
    ObjectReader reader(item, append_pointer("/plan/protected_segments", i), {"segment", "value"}, findings);
    if (item.is_object()) {
      reader.require("segment", "name one of the experiment's segments");
      reader.require("value", "say which value of the segment is protected");
    }
    plan.protected_segments.push_back({reader.label("segment"), reader.label("value")});
  }
}

void read_baselines(const Json& baselines, Plan& plan, Findings& findings) {
  for (const Json::Member& member : baselines.as_object()) {
    ObjectReader reader(member.second, append_pointer("/plan/baselines", member.first), {"control", "sd", "effect"},
                        findings);
    if (member.second.is_object()) reader.require("control", "write the rate or mean that control has today");
    Baseline baseline{member.first, reader.between("control", 0.0, -1e15, 1e15), {}, {}};
    if (reader.has("sd")) baseline.sd = reader.between("sd", 1.0, 0.0, 1e15);
    if (reader.has("effect")) baseline.effect = reader.between("effect", 1.0, 0.0, 1e15);
    plan.baselines.push_back(std::move(baseline));
  }
}

double read_futility(ObjectReader& reader, const Json& value, double fallback, Findings& findings) {
  const Json* given = value.find("futility");
  if (given == nullptr) return fallback;
  const auto chance = number_in(*given);
  if (chance && *chance >= 0.0 && *chance < 0.5) return *chance;
  findings.error("range", reader.pointer_to("futility"), "futility is a chance from 0 to below 0.5",
                 "write 0.05 to end when success has a chance below 5 %, or 0 to go on to the last look always");
  return fallback;
}

std::vector<Fraction> read_rollout(const Json& list, Findings& findings) {
  std::vector<Fraction> steps;
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const auto share = number_in(list.as_array()[i]);
    const auto exact = share ? to_fraction(*share) : std::nullopt;
    if (exact && exact->millionths > 0) {
      steps.push_back(*exact);
    } else {
      findings.error("fraction", append_pointer("/policy/rollout", i),
                     "a step is a share above 0 with at most six decimals", "write for example [0.1, 0.3]");
    }
  }
  return steps;
}

}  // namespace

void read_plan(const Json& value, Draft& draft, Findings& findings) {
  ObjectReader reader(value, "/plan",
                      {"alpha", "power", "enrolment_end", "looks", "shares", "margins", "minimum_days", "full_weeks",
                       "harm_shares", "spending", "protected_segments", "futility", "baselines", "weekly_units"},
                      findings);
  Plan& plan = draft.experiment.plan;
  const UtcOffset offset = draft.experiment.utc_offset;
  reader.require("enrolment_end", "say when the last unit is enrolled, for example \"2026-06-11\"");
  if (const Json* alpha = reader.object("alpha")) {
    ObjectReader levels(*alpha, "/plan/alpha", {"success", "non_inferiority", "harm"}, findings);
    plan.alpha.success = levels.between("success", plan.alpha.success, 0.0, 0.5);
    plan.alpha.non_inferiority = levels.between("non_inferiority", plan.alpha.non_inferiority, 0.0, 0.5);
    plan.alpha.harm = levels.between("harm", plan.alpha.harm, 0.0, 0.5);
  }
  plan.power = reader.between("power", plan.power, 0.0, 1.0);
  plan.enrolment_end = reader.time("enrolment_end", offset, kNoTime);
  if (const Json* looks = reader.array("looks")) {
    for (std::size_t i = 0; i < looks->as_array().size(); ++i) {
      const auto look = read_time(looks->as_array()[i], append_pointer("/plan/looks", i), offset, findings);
      plan.looks.push_back(look.value_or(kNoTime));
    }
  }
  if (const Json* shares = reader.object("shares")) plan.shares = read_shares(*shares, "/plan/shares", findings);
  if (const Json* shares = reader.object("harm_shares")) {
    plan.harm_shares = read_shares(*shares, "/plan/harm_shares", findings);
  }
  if (const Json* margins = reader.object("margins")) read_margins(*margins, "/plan/margins", draft, findings);
  if (const Json* spending = reader.object("spending")) read_spending(*spending, plan.spending, findings);
  if (const Json* list = reader.array("protected_segments")) read_protected(*list, plan, findings);
  plan.futility = read_futility(reader, value, plan.futility, findings);
  plan.minimum_days = reader.integer("minimum_days", plan.minimum_days, 0, 3650);
  plan.full_weeks = reader.boolean("full_weeks", plan.full_weeks);
  if (const Json* baselines = reader.object("baselines")) read_baselines(*baselines, plan, findings);
  if (reader.has("weekly_units")) plan.weekly_units = reader.between("weekly_units", 0.0, 0.0, 1e15);
}

Policy read_policy(const Json& value, Findings& findings) {
  ObjectReader reader(
      value, "/policy",
      {"approvals", "score_weights", "holdback", "final_holdback", "rollout", "horizon_weeks", "incomplete"}, findings);
  Policy policy;
  policy.approvals = reader.labels("approvals");
  if (const Json* weights = reader.object("score_weights")) {
    for (const Json::Member& member : weights->as_object()) {
      const auto weight = number_in(member.second);
      if (weight && *weight > 0.0 && *weight < 1e6) {
        policy.score_weights.emplace_back(member.first, *weight);
      } else {
        findings.error("range", append_pointer("/policy/score_weights", member.first),
                       "a weight of the score is a number above 0", "remove a metric that should not count");
      }
    }
  }
  policy.holdback = reader.fraction("holdback", policy.holdback);
  policy.final_holdback = reader.fraction("final_holdback", usual_final_holdback(policy.holdback));
  if (const Json* list = reader.array("rollout")) policy.rollout = read_rollout(*list, findings);
  policy.horizon_weeks = reader.integer("horizon_weeks", policy.horizon_weeks, 1, 260);
  policy.incomplete = reader.choice("incomplete", Incomplete::kControl, {Incomplete::kControl, Incomplete::kHold});
  return policy;
}

}  // namespace tactful
