#include <algorithm>
#include <cmath>

#include "calc_input.hpp"
#include "calc_spending.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/planning.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kProportions[] = {{"p_c", FieldKind::kProbability}, {"p_t", FieldKind::kProbability},
                                      {"alpha", FieldKind::kLevel},     {"power", FieldKind::kLevel},
                                      {"sided", FieldKind::kCount},     {"ratio", FieldKind::kPositive, false}};
constexpr FieldInfo kNoninferiority[] = {{"p_c", FieldKind::kProbability},      {"p_t", FieldKind::kProbability},
                                         {"null_diff", FieldKind::kNumber},     {"alternative", FieldKind::kText},
                                         {"alpha", FieldKind::kLevel},          {"power", FieldKind::kLevel},
                                         {"ratio", FieldKind::kPositive, false}};
constexpr FieldInfo kPower[] = {{"p_c", FieldKind::kProbability}, {"p_t", FieldKind::kProbability},
                                {"n_c", FieldKind::kPositive},    {"n_t", FieldKind::kPositive},
                                {"alpha", FieldKind::kLevel},     {"sided", FieldKind::kCount}};
constexpr FieldInfo kMdeProportion[] = {{"p_c", FieldKind::kProbability}, {"n_c", FieldKind::kPositive},
                                        {"n_t", FieldKind::kPositive},    {"alpha", FieldKind::kLevel},
                                        {"power", FieldKind::kLevel},     {"sided", FieldKind::kCount}};
constexpr FieldInfo kMeans[] = {{"sd_c", FieldKind::kPositive}, {"sd_t", FieldKind::kPositive},
                                {"effect", FieldKind::kNumber}, {"null_diff", FieldKind::kNumber, false},
                                {"alpha", FieldKind::kLevel},   {"power", FieldKind::kLevel},
                                {"sided", FieldKind::kCount},   {"ratio", FieldKind::kPositive, false}};
constexpr FieldInfo kMdeMean[] = {
    {"mean_c", FieldKind::kNumber}, {"sd_c", FieldKind::kPositive}, {"sd_t", FieldKind::kPositive},
    {"n_c", FieldKind::kPositive},  {"n_t", FieldKind::kPositive},  {"effect", FieldKind::kNumber},
    {"alpha", FieldKind::kLevel},   {"power", FieldKind::kLevel},   {"sided", FieldKind::kCount}};
constexpr FieldInfo kVariants[] = {{"variants", FieldKind::kPositiveCount},
                                   {"p_c", FieldKind::kProbability},
                                   {"p_t", FieldKind::kProbability},
                                   {"alpha", FieldKind::kLevel},
                                   {"power", FieldKind::kLevel},
                                   {"sided", FieldKind::kCount},
                                   {"looks", FieldKind::kPositiveCount},
                                   {"spending", FieldKind::kText},
                                   {"cuped_rho", FieldKind::kNumber},
                                   {"cluster_size", FieldKind::kPositive},
                                   {"icc", FieldKind::kProbability},
                                   {"param", FieldKind::kNumber, false}};
constexpr FieldInfo kDesignEffect[] = {{"n_individual", FieldKind::kPositive},
                                       {"icc", FieldKind::kProbability},
                                       {"mean_cluster_size", FieldKind::kPositive, false},
                                       {"cluster_size_cv", FieldKind::kNonNegative, false},
                                       {"cluster_sizes", FieldKind::kCounts, false}};
constexpr FieldInfo kDuration[] = {{"n_total", FieldKind::kNonNegative},
                                   {"weekly_traffic", FieldKind::kPositive},
                                   {"ramp_fractions", FieldKind::kNumbers}};

// Sizes are rounded up, but not for what rounding alone put above a whole number.
Json ceiling(double n) {
  const double rounded = std::ceil(n - 1e-9);
  return std::abs(rounded) < 9e15 ? Json(static_cast<std::int64_t>(rounded)) : number(rounded);
}

Result<ErrorRates> rates_of(const Input& in) {
  const auto sides = in.sides();
  if (!sides) return sides.error();
  return ErrorRates{in.level("alpha"), in.level("power"), *sides};
}

void set_sizes(Json& out, const std::string& name, double n, double ratio) {
  out.set("n_" + name, number(n));
  out.set("n_c_" + name + "_ceil", ceiling(n)).set("n_t_" + name + "_ceil", ceiling(ratio * n));
}

Result<Json> proportions(const Input& in) {
  const auto rates = rates_of(in);
  if (!rates) return rates.error();
  const double ratio = in.number("ratio", 1.0);
  const auto size = sample_size_proportions(in.number("p_c"), in.number("p_t"), *rates, ratio);
  if (is_mistake(size)) return size.error();
  Json out = Json::object();
  if (!size) {
    set_null(out, {"n_unpooled", "n_pooled", "n_fleiss_cc", "n_arcsine"});
    return out;
  }
  set_sizes(out, "unpooled", size->unpooled, ratio);
  set_sizes(out, "pooled", size->pooled, ratio);
  set_sizes(out, "fleiss_cc", size->corrected, ratio);
  set_sizes(out, "arcsine", size->arcsine, ratio);
  return out.set("cohen_h", number(size->cohen_h));
}

Result<Json> noninferiority(const Input& in) {
  const auto side = in.one_sided_alternative();
  if (!side) return side.error();
  const auto size = sample_size_noninferiority(in.number("p_c"), in.number("p_t"), in.number("null_diff"), *side,
                                               {in.level("alpha"), in.level("power"), 1}, in.number("ratio", 1.0));
  if (is_mistake(size)) return size.error();
  Json out = Json::object();
  if (!size) {
    set_null(out, {"n_unpooled", "n_farrington_manning"});
    return out;
  }
  out.set("p_c_null", number(size->p_c_null)).set("p_t_null", number(size->p_t_null));
  out.set("n_unpooled", number(size->unpooled)).set("n_unpooled_ceil", ceiling(size->unpooled));
  out.set("n_farrington_manning", number(size->farrington_manning));
  return out.set("n_farrington_manning_ceil", ceiling(size->farrington_manning));
}

Result<Json> power(const Input& in) {
  const auto sides = in.sides();
  if (!sides) return sides.error();
  const auto result = power_proportions(in.number("p_c"), in.number("p_t"), in.number("n_c"), in.number("n_t"),
                                        in.level("alpha"), *sides);
  if (!result) return result.error();
  Json out = Json::object();
  out.set("power_unpooled", number(result->unpooled)).set("power_pooled", number(result->pooled));
  return out.set("power_arcsine", number(result->arcsine));
}

Result<Json> mde_proportion(const Input& in) {
  const auto rates = rates_of(in);
  if (!rates) return rates.error();
  const auto mde = mde_proportions(in.number("p_c"), in.number("n_c"), in.number("n_t"), *rates);
  if (!mde) return mde.error();
  Json out = Json::object();
  out.set("mde_unpooled_up", number(mde->unpooled_up)).set("mde_unpooled_down", number(mde->unpooled_down));
  out.set("mde_pooled_up", number(mde->pooled_up)).set("mde_pooled_down", number(mde->pooled_down));
  return out.set("mde_simple", number(mde->simple));
}

Result<Json> means(const Input& in) {
  const auto rates = rates_of(in);
  if (!rates) return rates.error();
  const auto size = sample_size_means(in.number("sd_c"), in.number("sd_t"), in.number("effect"), in.number("null_diff"),
                                      *rates, in.number("ratio", 1.0));
  if (is_mistake(size)) return size.error();
  Json out = Json::object();
  if (!size) {
    set_null(out, {"n_z", "n_t_test"});
    return out;
  }
  out.set("n_z", number(size->normal)).set("n_z_ceil", ceiling(size->normal));
  return out.set("n_t_test", number(size->student));
}

Result<Json> mde_mean(const Input& in) {
  const auto rates = rates_of(in);
  if (!rates) return rates.error();
  const auto result = mde_means(in.number("mean_c"), in.number("sd_c"), in.number("sd_t"), in.number("n_c"),
                                in.number("n_t"), in.number("effect"), *rates);
  if (!result) return result.error();
  Json out = Json::object();
  out.set("mde", number(result->mde)).set("relative_mde", number(result->relative));
  return out.set("power_at_effect", number(result->power_at_effect));
}

Result<Json> variants(const Input& in) {
  const auto rates = rates_of(in);
  if (!rates) return rates.error();
  const auto spending = spending_of(in, "spending", "param");
  if (!spending) return spending.error();
  const auto small = [&](const char* name) {
    return static_cast<int>(std::min<std::int64_t>(in.count(name), 1'000'000));
  };
  const MultiVariantPlan plan{small("variants"), in.number("p_c"),       in.number("p_t"),          small("looks"),
                              *spending,         in.number("cuped_rho"), in.number("cluster_size"), in.number("icc")};
  const auto size = size_multi_variant(plan, *rates);
  if (is_mistake(size)) return size.error();
  Json out = Json::object();
  if (!size) {
    set_null(out, {"n_per_arm_bonferroni", "n_per_arm_sidak", "dunnett_critical", "n_per_arm_dunnett",
                   "sequential_inflation", "n_per_arm_final", "n_per_arm_final_ceil", "n_total"});
    return out;
  }
  out.set("n_per_arm_bonferroni", number(size->per_arm_bonferroni));
  out.set("n_per_arm_sidak", number(size->per_arm_sidak)).set("dunnett_critical", number(size->dunnett_critical));
  out.set("n_per_arm_dunnett", number(size->per_arm_dunnett));
  out.set("sequential_inflation", number(size->sequential_inflation));
  out.set("n_per_arm_final", number(size->per_arm_final)).set("n_per_arm_final_ceil", ceiling(size->per_arm_final));
  return out.set("n_total", ceiling(std::ceil(size->per_arm_final - 1e-9) * (plan.variants + 1)));
}

Result<Json> clusters(const Input& in) {
  double mean = in.number("mean_cluster_size");
  double cv = in.number("cluster_size_cv");
  if (in.has("cluster_sizes")) {
    const auto sizes = in.numbers("cluster_sizes");
    if (sizes.empty()) return invalid_argument("cluster_sizes", "cluster_sizes is empty");
    Moments moments;
    for (const double size : sizes) {
      if (!(size >= 1.0)) return out_of_range("cluster_sizes", size, "at least 1");
      moments.add(size);
    }
    mean = moments.mean();
    cv = std::sqrt(moments.sum_of_squares() / static_cast<double>(sizes.size())) / mean;
  } else if (!in.has("mean_cluster_size")) {
    return Error{
        ErrorCode::kInvalidInput, "either mean_cluster_size or cluster_sizes is needed", "mean_cluster_size", {}};
  }
  const auto effect = design_effect(mean, cv, in.number("icc"));
  if (!effect) return effect.error();
  const double n = in.number("n_individual");
  Json out = Json::object();
  out.set("mean_cluster_size", number(mean)).set("cluster_size_cv", number(cv));
  out.set("design_effect_equal", number(effect->equal)).set("design_effect", number(effect->effect));
  out.set("n_adjusted_raw", number(n * effect->effect)).set("n_adjusted", ceiling(n * effect->effect));
  out.set("clusters_needed", ceiling(n * effect->effect / mean));
  return out.set("effective_sample_size", number(n / effect->effect));
}

Result<Json> duration(const Input& in) {
  const auto weeks = duration_weeks(in.number("n_total"), in.number("weekly_traffic"), in.numbers("ramp_fractions"));
  if (!weeks) return weeks.error();
  Json out = Json::object();
  return out.set("weeks", number(*weeks)).set("weeks_full", *weeks ? ceiling(**weeks) : Json());
}

constexpr Method kMethods[] = {
    {{"ss_two_proportion", "How many units to find a difference of proportions?", kProportions,
      "n_unpooled n_c_unpooled_ceil n_t_unpooled_ceil n_pooled n_c_pooled_ceil n_t_pooled_ceil n_fleiss_cc "
      "n_c_fleiss_cc_ceil n_t_fleiss_cc_ceil n_arcsine n_c_arcsine_ceil n_t_arcsine_ceil cohen_h",
      "Fleiss, Levin & Paik 2003, ch. 4; Cohen 1988"},
     proportions},
    {{"ss_noninferiority_proportion", "How many units to show that a rate is not worse than a margin?", kNoninferiority,
      "p_c_null p_t_null n_unpooled n_unpooled_ceil n_farrington_manning n_farrington_manning_ceil",
      "Farrington & Manning 1990"},
     noninferiority},
    {{"power_two_proportion", "How likely is a difference of proportions to be found?", kPower,
      "power_unpooled power_pooled power_arcsine", "Fleiss, Levin & Paik 2003, ch. 4"},
     power},
    {{"mde_proportion", "Which difference of proportions can be found?", kMdeProportion,
      "mde_unpooled_up mde_unpooled_down mde_pooled_up mde_pooled_down mde_simple", "Bloom 1995"},
     mde_proportion},
    {{"ss_mean", "How many units to find a difference of means?", kMeans, "n_z n_z_ceil n_t_test",
      "Julious 2010, ch. 3"},
     means},
    {{"mde_mean", "Which difference of means can be found?", kMdeMean, "mde relative_mde power_at_effect",
      "Bloom 1995"},
     mde_mean},
    {{"planning_multi_variant", "How many units for several variants, looks, covariate and clusters?", kVariants,
      "n_per_arm_bonferroni n_per_arm_sidak dunnett_critical n_per_arm_dunnett sequential_inflation n_per_arm_final "
      "n_per_arm_final_ceil n_total",
      "Dunnett 1955; Jennison & Turnbull 2000; Deng et al. 2013"},
     variants},
    {{"cluster_design_effect", "How many more units do clusters need?", kDesignEffect,
      "mean_cluster_size cluster_size_cv design_effect_equal design_effect n_adjusted_raw n_adjusted clusters_needed "
      "effective_sample_size",
      "Donner & Klar 2000; Eldridge, Ashby & Kerry 2006"},
     clusters},
    {{"duration_weeks", "For how many weeks must it run?", kDuration, "weeks weeks_full", "arithmetic"}, duration}};

}  // namespace

std::span<const Method> planning_methods() { return kMethods; }

}  // namespace tactful::stats::calc
