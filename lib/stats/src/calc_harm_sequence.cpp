#include "calc_input.hpp"
#include "calc_spending.hpp"
#include "tactful/stats/harm_power.hpp"
#include "tactful/stats/harm_sequence.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kSequence[] = {
    {"alpha", FieldKind::kLevel}, {"null_rate_ratio", FieldKind::kPositive}, {"looks", FieldKind::kLooks}};

Result<Json> sequence(const Input& in) {
  const auto result = harm_confidence_sequence(in.level("alpha"), in.number("null_rate_ratio"), in.looks("looks"));
  if (!result) return result.error();
  Json lower = Json::array();
  Json upper = Json::array();
  for (const HarmBounds& look : result->looks) {
    lower.push_back(number(look.lower));
    upper.push_back(number(look.upper));
  }
  Json out = Json::object();
  out.set("lower", lower).set("upper", upper).set("log_e", number(result->log_e)).set("alarmed", result->alarmed);
  return out.set("more_until_alarm", result->more_until_alarm ? Json(*result->more_until_alarm) : Json());
}

constexpr FieldInfo kPower[] = {
    {"alpha", FieldKind::kLevel},      {"spending", FieldKind::kText}, {"null_rate_ratio", FieldKind::kPositive},
    {"alternative", FieldKind::kText}, {"t", FieldKind::kNumbers},     {"events", FieldKind::kNumbers},
    {"w_t", FieldKind::kPositive},     {"w_c", FieldKind::kPositive},  {"rate_ratio", FieldKind::kPositive}};

Result<Json> power(const Input& in) {
  const auto plan = harm_plan_of(in);
  if (!plan) return plan.error();
  const auto t = in.numbers("t");
  const auto events = in.numbers("events");
  if (t.size() != events.size()) return invalid_argument("events", "t and events must have one value per look");
  std::vector<ExpectedLook> looks;
  for (std::size_t i = 0; i < t.size(); ++i) looks.push_back({t[i], events[i]});
  const auto result = harm_power(*plan, looks, in.number("w_t"), in.number("w_c"), in.number("rate_ratio"));
  if (!result) return result.error();
  Json bounds = Json::array();
  for (const auto& bound : result->bounds) bounds.push_back(bound ? Json(*bound) : Json());
  Json out = Json::object();
  out.set("bounds", bounds).set("crossed_by", list(result->crossed_by)).set("power", number(result->power));
  return out.set("expected_events", number(result->expected_events));
}

constexpr Method kMethods[] = {
    {{"harm_power", "How likely do planned looks find harm of rare events, or exclude a margin?", kPower,
      "bounds crossed_by power expected_events", "Jennison & Turnbull 2000, ch. 12"},
     power},
    {{"harm_confidence_sequence", "How large is the rate ratio of rare events, at any look?", kSequence,
      "lower upper log_e alarmed more_until_alarm", "Ville 1939; Ramdas, Grunwald, Vovk & Shafer 2023"},
     sequence}};

}  // namespace

std::span<const Method> harm_sequence_methods() { return kMethods; }

}  // namespace tactful::stats::calc
