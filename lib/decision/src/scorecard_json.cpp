#include <cmath>

#include "scorecard_parts_json.hpp"
#include "tactful/decision/scorecard.hpp"

namespace tactful {
namespace {

constexpr std::string_view kSources[] = {"events", "wide", "counts"};

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

/// Counts have no dates; those of the experiment that they imply mean nothing.
Json date_or_null(const Scorecard& card, TimeMs time) {
  return card.source == TallySource::kCounts ? Json() : Json(format_time(time, card.utc_offset));
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json effect_or_null(const std::optional<EffectInterval>& effect) { return effect ? to_json(*effect) : Json(); }

Json to_json(const ArmValue& arm) {
  return Json::object().set("units", arm.units).set("value", finite(arm.value)).set("total", finite(arm.total));
}

Json to_json(const Check& check) {
  Json json = Json::object();
  json.set("check", check.check).set("status", to_string(check.status));
  if (check.p_value) json.set("p_value", *check.p_value);
  json.set("detail", check.detail);
  if (check.status != CheckStatus::kOk) json.set("likely_cause", check.likely_cause).set("next_step", check.next_step);
  json.set("invalidating", check.invalidating).set("waived", check.waived);
  return json;
}

Json to_json(const MetricResult& result) {
  Json json = Json::object();
  json.set("metric", result.metric)
      .set("role", to_string(result.role))
      .set("kind", result.kind)
      .set("variant", result.variant);
  json.set("verdict", to_string(result.verdict));
  if (!result.unavailable.empty()) return std::move(json.set("unavailable", result.unavailable));
  json.set("control", to_json(result.control)).set("treatment", to_json(result.treatment));
  json.set("difference", effect_or_null(result.difference)).set("relative", effect_or_null(result.relative));
  json.set("p_value", or_null(result.p_value))
      .set("p_adjusted", or_null(result.p_adjusted))
      .set("p_mid", or_null(result.p_mid))
      .set("p_harm", or_null(result.p_harm));
  json.set("alpha", or_null(result.alpha)).set("hypothesis", result.hypothesis).set("method", result.method);
  json.set("reading", result.reading);
  json.set("immature",
           Json::object().set("control", result.immature_control).set("treatment", result.immature_treatment));
  json.set("follow_up", result.follow_up).set("look", result.look);
  json.set("bound_p", or_null(result.bound_p)).set("p_repeated", or_null(result.p_repeated));
  return json;
}

Json to_json(const std::vector<MetricResult>& results) {
  Json json = Json::array();
  for (const MetricResult& result : results) json.push_back(to_json(result));
  return json;
}

Json plan_json(const Scorecard& card) {
  const Plan& plan = card.plan;
  Json looks = Json::array();
  for (const TimeMs look : plan.looks) looks.push_back(format_time(look, card.utc_offset));
  Json shares = Json::object();
  for (const AlphaShare& share : plan.shares) shares.set(share.metric, share.share);
  Json harm_shares = Json::object();
  for (const AlphaShare& share : plan.harm_shares) harm_shares.set(share.metric, share.share);
  return Json::object()
      .set("alpha", Json::object()
                        .set("success", plan.alpha.success)
                        .set("non_inferiority", plan.alpha.non_inferiority)
                        .set("harm", plan.alpha.harm))
      .set("power", plan.power)
      .set("enrolment_end", date_or_null(card, plan.enrolment_end))
      .set("looks", std::move(looks))
      .set("shares", std::move(shares))
      .set("minimum_days", plan.minimum_days)
      .set("full_weeks", plan.full_weeks)
      .set("spending", Json::object()
                           .set("success", to_string(plan.spending.success))
                           .set("guardrail", to_string(plan.spending.guardrail))
                           .set("harm", to_string(plan.spending.harm)))
      .set("harm_shares", std::move(harm_shares))
      .set("futility", plan.futility)
      .set("last_look", date_or_null(card, card.last_look));
}

}  // namespace

std::string_view to_string(CheckStatus value) noexcept {
  switch (value) {
    case CheckStatus::kOk:
      return "ok";
    case CheckStatus::kWarn:
      return "warn";
    case CheckStatus::kFail:
      return "fail";
  }
  return "fail";
}

std::string_view to_string(Verdict value) noexcept {
  switch (value) {
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kNoDifferenceShown:
      return "no_difference_shown";
    case Verdict::kSafe:
      return "safe";
    case Verdict::kSafeButWorse:
      return "safe_but_worse";
    case Verdict::kNotProvenSafe:
      return "not_proven_safe";
    case Verdict::kHarmful:
      return "harmful";
    case Verdict::kShownOnly:
      return "shown_only";
    case Verdict::kUnavailable:
      return "unavailable";
  }
  return "unavailable";
}

std::string_view to_string(Action value) noexcept {
  switch (value) {
    case Action::kPromote:
      return "promote";
    case Action::kContinue:
      return "continue";
    case Action::kStop:
      return "stop";
    case Action::kEndWithoutWinner:
      return "end_without_winner";
    case Action::kInvalid:
      return "invalid";
  }
  return "invalid";
}

std::string_view to_string(HarmAlarm value) noexcept {
  switch (value) {
    case HarmAlarm::kNone:
      return "none";
    case HarmAlarm::kPlanned:
      return "planned";
    case HarmAlarm::kUnplanned:
      return "unplanned";
    case HarmAlarm::kLatched:
      return "latched";
  }
  return "none";
}

Json to_json(const Scorecard& card) {
  Json json = Json::object();
  json.set("schema", "tactful/scorecard/1").set("experiment", card.experiment).set("title", card.title);
  json.set("fingerprint", card.fingerprint).set("data_fingerprint", card.data_fingerprint);
  json.set("as_of", date_or_null(card, card.as_of)).set("phase", card.phase);
  json.set("source", kSources[static_cast<std::size_t>(card.source)]).set("planned_look", card.planned_look);
  json.set("randomised", card.randomised).set("randomisation", card.randomisation);
  json.set("plan", plan_json(card));
  Json arms = Json::array();
  for (const ScorecardArm& arm : card.arms) {
    Json entry = Json::object().set("variant", arm.variant).set("units", arm.units).set("weight", arm.weight);
    if (arm.clusters > 0) entry.set("clusters", arm.clusters);
    if (arm.stopped_at) entry.set("stopped_at", date_or_null(card, *arm.stopped_at));
    arms.push_back(std::move(entry));
  }
  json.set("arms", std::move(arms)).set("look", card.look).set("is_last_look", card.is_last_look);
  json.set("looks", looks_json(card)).set("harm", harm_json(card));
  json.set("score", score_json(card)).set("winner", winner_json(card)).set("time_course", time_course_json(card));
  Json checks = Json::array();
  for (const Check& check : card.checks) checks.push_back(to_json(check));
  json.set("checks", std::move(checks))
      .set("metrics", to_json(card.metrics))
      .set("sensitivity", to_json(card.sensitivity));
  Json segments = Json::array();
  for (const SegmentResult& segment : card.segments) {
    segments.push_back(Json::object()
                           .set("segment", segment.segment)
                           .set("value", segment.value)
                           .set("protected", segment.is_protected)
                           .set("metrics", to_json(segment.metrics)));
  }
  json.set("segments", std::move(segments)).set("segment_effects", segment_effects_json(card));
  Json reasons = Json::array();
  for (const std::string& reason : card.recommendation.reasons) reasons.push_back(reason);
  Json recommendation =
      Json::object()
          .set("action", to_string(card.recommendation.action))
          .set("variant", card.recommendation.variant.empty() ? Json() : Json(card.recommendation.variant))
          .set("reasons", std::move(reasons))
          .set("chance", or_null(card.recommendation.chance))
          .set("chance_low", or_null(card.recommendation.chance_low));
  if (!card.recommendation.chance_of.empty()) recommendation.set("chance_of", card.recommendation.chance_of);
  if (!card.recommendation.continuing.empty()) {
    Json continuing = Json::array();
    for (const std::string& variant : card.recommendation.continuing) continuing.push_back(variant);
    recommendation.set("continuing", std::move(continuing));
  }
  json.set("recommendation", std::move(recommendation));
  json.set("overrides", overrides_json(card));
  if (!card.holds.empty()) {
    Json holds = Json::array();
    for (const HoldCount& hold : card.holds)
      holds.push_back(Json::object().set("reason", hold.reason).set("count", hold.count));
    json.set("holds", std::move(holds));
  }
  return json;
}

}  // namespace tactful
