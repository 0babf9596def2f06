#include "calc_input.hpp"
#include "tactful/stats/strata.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kTables[] = {{"x_c", FieldKind::kCounts},
                                 {"n_c", FieldKind::kCounts},
                                 {"x_t", FieldKind::kCounts},
                                 {"n_t", FieldKind::kCounts},
                                 {"conf", FieldKind::kLevel}};
constexpr std::span<const FieldInfo> kTablesOnly(kTables, 4);
constexpr FieldInfo kMeans[] = {{"mean_c", FieldKind::kNumbers}, {"sd_c", FieldKind::kNumbers},
                                {"n_c", FieldKind::kCounts},     {"mean_t", FieldKind::kNumbers},
                                {"sd_t", FieldKind::kNumbers},   {"n_t", FieldKind::kCounts},
                                {"conf", FieldKind::kLevel},     {"weights", FieldKind::kNumbers, false}};

Result<std::vector<StratumCounts>> strata_of(const Input& in) {
  const auto x_c = in.counts("x_c");
  const auto n_c = in.counts("n_c");
  const auto x_t = in.counts("x_t");
  const auto n_t = in.counts("n_t");
  if (x_c.size() != n_c.size() || x_c.size() != x_t.size() || x_c.size() != n_t.size()) {
    return invalid_argument("x_c", "x_c, n_c, x_t and n_t must have one value per stratum");
  }
  std::vector<StratumCounts> strata;
  for (std::size_t i = 0; i < x_c.size(); ++i) strata.push_back({x_c[i], n_c[i], x_t[i], n_t[i]});
  return strata;
}

Json pooled_json(const std::optional<PooledRatio>& ratio) {
  if (!ratio) return nullptr;
  Json out = Json::object();
  out.set("estimate", number(ratio->estimate)).set("se_log", number(ratio->se_log));
  return out.set("ci", list(ratio->interval));
}

Result<Json> cmh(const Input& in) {
  const auto strata = strata_of(in);
  if (!strata) return strata.error();
  const auto result = mantel_haenszel(*strata, in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("cmh_chi2", number(result->chi_square)).set("cmh_p", number(result->p));
  out.set("cmh_chi2_cc", number(result->chi_square_corrected)).set("cmh_p_cc", number(result->p_corrected));
  out.set("cmh_z", number(result->z)).set("mh_or", pooled_json(result->odds_ratio));
  out.set("mh_rr", pooled_json(result->risk_ratio));
  Json difference;
  if (result->risk_difference) {
    difference = Json::object();
    difference.set("estimate", number(result->risk_difference->estimate));
    difference.set("se_sato", number(result->risk_difference->se_sato));
    difference.set("ci_sato", list(result->risk_difference->interval_sato));
    difference.set("se_greenland_robins", number(result->risk_difference->se_greenland_robins));
  }
  return out.set("mh_rd", difference);
}

Json heterogeneity_json(const std::optional<Heterogeneity>& h) {
  if (!h) return nullptr;
  Json out = Json::object();
  out.set("k", h->strata).set("estimate", number(h->estimate)).set("se", number(h->se)).set("Q", number(h->q));
  out.set("df", h->df).set("p", number(h->p)).set("I2", number(h->i_squared));
  return out.set("tau2_DL", number(h->tau_squared));
}

Result<Json> heterogeneity(const Input& in) {
  const auto strata = strata_of(in);
  if (!strata) return strata.error();
  const auto result = stratum_heterogeneity(*strata);
  if (!result) return result.error();
  Json out = Json::object();
  out.set("rd", heterogeneity_json(result->risk_difference));
  out.set("skipped_zero_variance_strata", result->skipped_zero_variance);
  out.set("log_or", heterogeneity_json(result->log_odds_ratio));
  Json test;
  if (result->breslow_day) {
    test = Json::object();
    test.set("k", result->breslow_day->strata).set("chi2", number(result->breslow_day->chi_square));
    test.set("df", result->breslow_day->df).set("p", number(result->breslow_day->p));
    test.set("chi2_tarone", number(result->breslow_day->chi_square_tarone));
    test.set("p_tarone", number(result->breslow_day->p_tarone));
  }
  return out.set("breslow_day", test);
}

Result<std::vector<Moments>> moments_of(const Input& in, const char* mean, const char* sd, const char* n) {
  const auto means = in.numbers(mean);
  const auto sds = in.numbers(sd);
  const auto sizes = in.counts(n);
  if (means.size() != sds.size() || means.size() != sizes.size()) {
    return invalid_argument(mean, "means, standard deviations and sizes must have one value per stratum");
  }
  std::vector<Moments> moments;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const auto stratum = Moments::from_summary(sizes[i], means[i], sds[i]);
    if (!stratum) return stratum.error();
    moments.push_back(*stratum);
  }
  return moments;
}

Result<Json> poststratified(const Input& in) {
  const auto control = moments_of(in, "mean_c", "sd_c", "n_c");
  if (!control) return control.error();
  const auto treatment = moments_of(in, "mean_t", "sd_t", "n_t");
  if (!treatment) return treatment.error();
  const auto result = poststratified_difference(*control, *treatment, in.numbers("weights"), in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("weights", list(result->weights)).set("diff", number(result->difference)).set("se", number(result->se));
  out.set("z", number(result->z)).set("p_two_sided", number(result->p_two_sided)).set("ci", list(result->interval));
  out.set("crude_diff", number(result->crude_difference));
  out.set("standardized_control_mean", number(result->standardized_control_mean));
  out.set("relative", number(result->relative)).set("df_satterthwaite", number(result->df_satterthwaite));
  Json inverse;
  if (const auto& h = result->inverse_variance) {
    inverse = Json::object();
    inverse.set("diff", number(h->estimate)).set("se", number(h->se)).set("Q", number(h->q)).set("df", h->df);
    inverse.set("p", number(h->p)).set("I2", number(h->i_squared));
  }
  return out.set("inverse_variance", inverse);
}

Result<Json> simpson(const Input& in) {
  const auto strata = strata_of(in);
  if (!strata) return strata.error();
  const auto check = simpson_check(*strata);
  if (!check) return check.error();
  Json out = Json::object();
  out.set("crude_diff", number(check->crude_difference)).set("stratum_diffs", list(check->stratum_differences));
  out.set("standardized_diff", number(check->standardized_difference));
  out.set("se_standardized", number(check->se_standardized)).set("mh_rd", number(check->mh_risk_difference));
  out.set("crude_sign", check->crude_sign).set("standardized_sign", check->standardized_sign);
  out.set("reversal", check->reversal).set("all_strata_opposite_to_crude", check->all_strata_opposite);
  out.set("allocation_chi2_df", check->allocation_df);
  return out.set("allocation_chi2", number(check->allocation_chi_square));
}

constexpr Method kMethods[] = {
    {{"cmh_stratified", "Do proportions differ within strata?", kTables,
      "cmh_chi2 cmh_p cmh_chi2_cc cmh_p_cc cmh_z mh_or mh_rr mh_rd",
      "Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986; Sato 1989"},
     cmh},
    {{"stratum_heterogeneity", "Does the effect differ between strata?", kTables,
      "rd skipped_zero_variance_strata log_or breslow_day",
      "DerSimonian & Laird 1986; Breslow & Day 1980; Tarone 1985"},
     heterogeneity},
    {{"poststratified_diff", "Do means differ, weighted over strata?", kMeans,
      "weights diff se z p_two_sided ci crude_diff standardized_control_mean relative df_satterthwaite "
      "inverse_variance",
      "Miratrix, Sekhon & Yu 2013"},
     poststratified},
    {{"simpson_paradox", "Does the pooled comparison contradict the strata?", kTablesOnly,
      "crude_diff stratum_diffs standardized_diff se_standardized mh_rd crude_sign standardized_sign reversal "
      "all_strata_opposite_to_crude allocation_chi2_df allocation_chi2",
      "Simpson 1951"},
     simpson}};

}  // namespace

std::span<const Method> strata_methods() { return kMethods; }

}  // namespace tactful::stats::calc
