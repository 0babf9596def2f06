#include "calc_input.hpp"
#include "tactful/stats/shrinkage.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kShrink[] = {{"estimate", FieldKind::kNumbers},
                                 {"se", FieldKind::kNumbers},
                                 {"conf", FieldKind::kLevel},
                                 {"method", FieldKind::kText, false}};
constexpr FieldInfo kBest[] = {{"estimate", FieldKind::kNumbers},
                               {"se", FieldKind::kNumbers},
                               {"conf", FieldKind::kLevel},
                               {"shared_se", FieldKind::kNonNegative, false}};

Result<std::vector<ArmEffect>> arms_of(const Input& in) {
  const auto estimate = in.numbers("estimate");
  const auto se = in.numbers("se");
  if (estimate.size() != se.size()) return invalid_argument("se", "estimate and se must have one value per arm");
  std::vector<ArmEffect> arms;
  for (std::size_t i = 0; i < se.size(); ++i) arms.push_back({estimate[i], se[i]});
  return arms;
}

Result<Json> shrink(const Input& in) {
  const auto arms = arms_of(in);
  if (!arms) return arms.error();
  const std::string_view method = in.text("method", "paule_mandel");
  if (method != "paule_mandel" && method != "dersimonian_laird") {
    return invalid_argument("method",
                            "method is " + std::string(method) + ", it must be paule_mandel or dersimonian_laird");
  }
  const auto result =
      shrink_effects(*arms, in.level("conf"),
                     method == "paule_mandel" ? BetweenVariance::kPauleMandel : BetweenVariance::kDerSimonianLaird);
  if (!result) return result.error();
  Json effects = Json::array();
  Json intervals = Json::array();
  for (const Estimate& effect : result->effects) {
    effects.push_back(number(effect.value));
    intervals.push_back(list(effect.interval));
  }
  Json out = Json::object();
  out.set("mean", number(result->mean)).set("mean_se", number(result->mean_se));
  out.set("tau2", number(result->tau_squared)).set("q", number(result->q)).set("q_p", number(result->q_p));
  out.set("shrunk", effects).set("ci", intervals).set("weight_on_mean", list(result->weight_on_mean));
  out.set("james_stein_factor", number(result->james_stein_factor));
  return out.set("james_stein", list(result->james_stein));
}

Result<Json> best(const Input& in) {
  const auto arms = arms_of(in);
  if (!arms) return arms.error();
  const auto result = best_arm_estimate(*arms, in.level("conf"), in.number("shared_se"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("best", static_cast<std::int64_t>(result->best)).set("naive", number(result->naive.value));
  out.set("ci_naive", list(result->naive.interval)).set("threshold", number(result->threshold));
  out.set("conditional", result->conditional ? number(result->conditional->value) : Json());
  out.set("ci_conditional", result->conditional ? list(result->conditional->interval) : Json());
  return out.set("hybrid", number(result->hybrid.value)).set("ci_hybrid", list(result->hybrid.interval));
}

constexpr Method kMethods[] = {
    {{"shrink_effects", "What are many arms' effects, drawn together as far as they agree?", kShrink,
      "mean mean_se tau2 q q_p shrunk ci weight_on_mean james_stein_factor james_stein",
      "Morris 1983; Paule & Mandel 1982; DerSimonian & Laird 1986; Efron & Morris 1973"},
     shrink},
    {{"best_arm_estimate", "How good is the best arm really, having been chosen for looking best?", kBest,
      "best naive ci_naive threshold conditional ci_conditional hybrid ci_hybrid",
      "Andrews, Kitagawa & McCloskey 2024"},
     best}};

}  // namespace

std::span<const Method> shrinkage_methods() { return kMethods; }

}  // namespace tactful::stats::calc
