#include <algorithm>
#include <cmath>

#include "calc_input.hpp"
#include "calc_spending.hpp"
#include "tactful/stats/group_sequential.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kBounds[] = {{"t", FieldKind::kNumbers},           {"alpha", FieldKind::kLevel},
                                 {"sided", FieldKind::kCount},         {"spending", FieldKind::kText},
                                 {"param", FieldKind::kNumber, false}, {"info", FieldKind::kNumbers, false}};
constexpr FieldInfo kExits[] = {{"t", FieldKind::kNumbers},
                                {"z", FieldKind::kNumbers},
                                {"sided", FieldKind::kCount},
                                {"drift", FieldKind::kNumber}};
constexpr FieldInfo kInflation[] = {{"t", FieldKind::kNumbers},   {"alpha", FieldKind::kLevel},
                                    {"sided", FieldKind::kCount}, {"spending", FieldKind::kText},
                                    {"power", FieldKind::kLevel}, {"param", FieldKind::kNumber, false}};
constexpr FieldInfo kAnalysis[] = {{"t", FieldKind::kNumbers},          {"alpha", FieldKind::kLevel},
                                   {"spending", FieldKind::kText},      {"stage", FieldKind::kPositiveCount},
                                   {"z_obs", FieldKind::kNumber},       {"se", FieldKind::kPositive},
                                   {"param", FieldKind::kNumber, false}};
constexpr FieldInfo kClassic[] = {{"shape", FieldKind::kText},
                                  {"K", FieldKind::kPositiveCount},
                                  {"alpha", FieldKind::kLevel},
                                  {"sided", FieldKind::kCount},
                                  {"delta", FieldKind::kNumber, false}};
constexpr FieldInfo kFutility[] = {{"t", FieldKind::kNumbers},
                                   {"alpha", FieldKind::kLevel},
                                   {"beta", FieldKind::kLevel},
                                   {"spending", FieldKind::kText},
                                   {"beta_spending", FieldKind::kText},
                                   {"param", FieldKind::kNumber, false},
                                   {"beta_param", FieldKind::kNumber, false}};

Result<SequentialPlan> plan_of(const Input& in, int sides) {
  const auto spending = spending_of(in, "spending", "param");
  if (!spending) return spending.error();
  return SequentialPlan{in.numbers("t"), in.numbers("info"), in.level("alpha"), sides, *spending};
}

Result<Json> bounds(const Input& in) {
  const auto sides = in.sides();
  if (!sides) return sides.error();
  const auto plan = plan_of(in, *sides);
  if (!plan) return plan.error();
  const auto result = sequential_bounds(*plan);
  if (!result) return result.error();
  Json out = Json::object();
  out.set("z", list(result->z)).set("nominal_p", list(result->nominal_p));
  return out.set("cumulative_alpha", list(result->cumulative_alpha));
}

Result<Json> exits(const Input& in) {
  const auto sides = in.sides();
  if (!sides) return sides.error();
  const auto z = in.numbers("z");
  std::vector<double> lower;
  for (const double bound : z) lower.push_back(*sides == 2 ? -bound : -kInfinity);
  const auto result = exit_probabilities(in.numbers("t"), z, lower, in.number("drift"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("upper_exit", list(result->upper)).set("lower_exit", list(result->lower));
  out.set("cumulative_upper", list(result->cumulative_upper)).set("power_upper", number(result->power));
  return out.set("expected_information_fraction", number(result->expected_information));
}

Result<Json> inflation(const Input& in) {
  const auto sides = in.sides();
  if (!sides) return sides.error();
  const auto plan = plan_of(in, *sides);
  if (!plan) return plan.error();
  const auto design = sequential_design(*plan, in.level("power"));
  if (!design) return design.error();
  Json out = Json::object();
  out.set("z", list(design->z)).set("drift", number(design->drift)).set("fixed_drift", number(design->fixed_drift));
  out.set("inflation_factor", number(design->inflation_factor));
  return out.set("asn_ratio_h0", number(design->asn_ratio_h0)).set("asn_ratio_h1", number(design->asn_ratio_h1));
}

Result<Json> analysis(const Input& in) {
  const auto plan = plan_of(in, 1);
  if (!plan) return plan.error();
  const std::int64_t stage = in.count("stage");
  if (stage > 1'000'000) return out_of_range("stage", static_cast<double>(stage), "at most the number of looks");
  const auto result = sequential_analysis(*plan, static_cast<int>(stage), in.number("z_obs"), in.number("se"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("boundary", number(result->boundary)).set("crossed", result->crossed);
  out.set("estimate", number(result->estimate)).set("repeated_ci", list(result->repeated_interval));
  out.set("repeated_p", number(result->repeated_p)).set("stagewise_p", number(result->stagewise_p));
  out.set("median_unbiased_estimate", number(result->median_unbiased_estimate));
  return out.set("stagewise_ci", list(result->stagewise_interval));
}

Result<Json> classic(const Input& in) {
  const auto sides = in.sides();
  if (!sides) return sides.error();
  const std::string_view shape = in.text("shape");
  double delta = in.number("delta");
  if (shape == "pocock") {
    delta = 0.5;
  } else if (shape == "of") {
    delta = 0.0;
  } else if (shape != "wt" || !in.has("delta")) {
    return invalid_argument("shape", "shape must be pocock, of, or wt (Wang-Tsiatis) with delta");
  }
  const std::int64_t looks = std::min<std::int64_t>(in.count("K"), 1'000'000);
  const auto result = classic_bounds(static_cast<int>(looks), in.level("alpha"), *sides, delta);
  if (!result) return result.error();
  Json out = Json::object();
  return out.set("c", number(result->c)).set("z", list(result->z));
}

Result<Json> futility(const Input& in) {
  const auto plan = plan_of(in, 1);
  if (!plan) return plan.error();
  const auto spending = spending_of(in, "beta_spending", "beta_param");
  if (!spending) return spending.error();
  const auto design = futility_design(*plan, in.level("beta"), *spending);
  if (!design) return design.error();
  Json out = Json::object();
  out.set("efficacy_z", list(design->efficacy_z)).set("futility_z", list(design->futility_z));
  out.set("drift", number(design->drift)).set("inflation_factor", number(design->inflation_factor));
  out.set("power", number(design->power)).set("type1_if_futility_binding", number(design->type1_if_binding));
  return out.set("prob_stop_futility_h0", list(design->futility_stop_h0));
}

constexpr Method kMethods[] = {
    {{"gs_boundaries", "Which z stops a test at each planned look?", kBounds, "z nominal_p cumulative_alpha",
      "Lan & DeMets 1983; Jennison & Turnbull 2000, ch. 7"},
     bounds},
    {{"gs_exit_probabilities", "How likely is a stop at each look, for given bounds?", kExits,
      "upper_exit lower_exit cumulative_upper power_upper expected_information_fraction",
      "Armitage, McPherson & Rowe 1969"},
     exits},
    {{"gs_design_inflation", "How much larger must a test with looks be?", kInflation,
      "z drift fixed_drift inflation_factor asn_ratio_h0 asn_ratio_h1", "Jennison & Turnbull 2000, ch. 7"},
     inflation},
    {{"gs_analysis", "What do the data say at this look?", kAnalysis,
      "boundary crossed estimate repeated_ci repeated_p stagewise_p median_unbiased_estimate stagewise_ci",
      "Jennison & Turnbull 2000, ch. 8 and 9"},
     analysis},
    {{"gs_classic_boundaries", "Pocock, O'Brien-Fleming and Wang-Tsiatis bounds", kClassic, "c z",
      "Pocock 1977; O'Brien & Fleming 1979; Wang & Tsiatis 1987"},
     classic},
    {{"gs_futility_nonbinding", "When to give up, without spending alpha on it?", kFutility,
      "efficacy_z futility_z drift inflation_factor power type1_if_futility_binding prob_stop_futility_h0",
      "Pampallona, Tsiatis & Kim 2001"},
     futility}};

}  // namespace

std::span<const Method> sequential_methods() { return kMethods; }

}  // namespace tactful::stats::calc
