#include "calc_input.hpp"
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

constexpr Method kMethods[] = {
    {{"harm_confidence_sequence", "How large is the rate ratio of rare events, at any look?", kSequence,
      "lower upper log_e alarmed more_until_alarm", "Ville 1939; Ramdas, Grunwald, Vovk & Shafer 2023"},
     sequence}};

}  // namespace

std::span<const Method> harm_sequence_methods() { return kMethods; }

}  // namespace tactful::stats::calc
