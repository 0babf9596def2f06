#include <algorithm>
#include <iterator>
#include <utility>

#include "calc_input.hpp"
#include "tactful/stats/shrinkage.hpp"
#include "tactful/stats/significance_filter.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kShrink[] = {{"estimate", FieldKind::kNumbers},
                                 {"se", FieldKind::kNumbers},
                                 {"conf", FieldKind::kLevel},
                                 {"method", FieldKind::kText, false}};
constexpr FieldInfo kVariance[] = {{"estimate", FieldKind::kNumbers}, {"se", FieldKind::kNumbers}};
constexpr FieldInfo kPooling[] = {
    {"estimate", FieldKind::kNumbers}, {"se", FieldKind::kNumbers}, {"conf", FieldKind::kLevel}};
constexpr FieldInfo kFilter[] = {{"z", FieldKind::kNumber},
                                 {"bound", FieldKind::kNumber},
                                 {"se", FieldKind::kPositive},
                                 {"half_width", FieldKind::kPositive}};
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

constexpr std::pair<std::string_view, BetweenVariance> kVariances[] = {
    {"paule_mandel", BetweenVariance::kPauleMandel},
    {"dersimonian_laird", BetweenVariance::kDerSimonianLaird},
    {"reml", BetweenVariance::kRestricted}};

void set_effects(Json& out, const std::vector<Estimate>& drawn) {
  Json effects = Json::array();
  Json intervals = Json::array();
  for (const Estimate& effect : drawn) {
    effects.push_back(number(effect.value));
    intervals.push_back(list(effect.interval));
  }
  out.set("shrunk", effects).set("ci", intervals);
}

Result<Json> variance(const Input& in) {
  const auto arms = arms_of(in);
  if (!arms) return arms.error();
  Json out = Json::object();
  for (const auto& [name, method] : kVariances) {
    const auto tau_squared = between_variance(*arms, method);
    if (!tau_squared) return tau_squared.error();
    out.set(std::string(name), number(*tau_squared));
  }
  return out;
}

Result<Json> pooling(const Input& in) {
  const auto arms = arms_of(in);
  if (!arms) return arms.error();
  const auto result = partial_pooling(*arms, in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("mean", number(result->mean)).set("tau2", number(result->tau_squared));
  out.set("q", number(result->q)).set("q_p", number(result->q_p));
  set_effects(out, result->effects);
  return out.set("weight_on_mean", list(result->weight_on_mean));
}

Result<Json> shrink(const Input& in) {
  const auto arms = arms_of(in);
  if (!arms) return arms.error();
  const std::string_view method = in.text("method", "paule_mandel");
  const auto known = std::find_if(std::begin(kVariances), std::end(kVariances),
                                  [&](const auto& entry) { return entry.first == method; });
  if (known == std::end(kVariances)) {
    return invalid_argument(
        "method", "method is " + std::string(method) + ", it must be paule_mandel, dersimonian_laird or reml");
  }
  const auto result = shrink_effects(*arms, in.level("conf"), known->second);
  if (!result) return result.error();
  Json out = Json::object();
  out.set("mean", number(result->mean)).set("mean_se", number(result->mean_se));
  out.set("tau2", number(result->tau_squared)).set("q", number(result->q)).set("q_p", number(result->q_p));
  set_effects(out, result->effects);
  out.set("weight_on_mean", list(result->weight_on_mean));
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

Result<Json> filter(const Input& in) {
  const auto result =
      significance_filtered(in.number("z"), in.number("bound"), in.number("se"), in.number("half_width"));
  if (!result) return result.error();
  Json out = Json::object();
  return out.set("conditional", number(result->conditional)).set("hybrid", number(result->hybrid));
}

constexpr Method kMethods[] = {
    {{"between_variance", "How much do true effects differ, beyond what chance explains?", kVariance,
      "paule_mandel dersimonian_laird reml",
      "Paule & Mandel 1982; DerSimonian & Laird 1986; Patterson & Thompson 1971"},
     variance},
    {{"partial_pooling", "What are a few segments' effects, drawn together as far as they agree?", kPooling,
      "mean tau2 q q_p shrunk ci weight_on_mean", "Rubin 1981; Gelman 2006"},
     pooling},
    {{"significance_filter", "How large is an effect that is told because it crossed a bound?", kFilter,
      "conditional hybrid", "Zhong & Prentice 2008; Andrews, Kitagawa & McCloskey 2024"},
     filter},
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
