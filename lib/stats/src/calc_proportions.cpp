#include "calc_input.hpp"
#include "tactful/stats/proportion_ratio.hpp"
#include "tactful/stats/single_proportion.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kTable[] = {{"x_c", FieldKind::kCount},
                                {"n_c", FieldKind::kPositiveCount},
                                {"x_t", FieldKind::kCount},
                                {"n_t", FieldKind::kPositiveCount}};
constexpr FieldInfo kTableConf[] = {{"x_c", FieldKind::kCount},
                                    {"n_c", FieldKind::kPositiveCount},
                                    {"x_t", FieldKind::kCount},
                                    {"n_t", FieldKind::kPositiveCount},
                                    {"conf", FieldKind::kLevel}};
constexpr FieldInfo kArms[] = {{"x", FieldKind::kCounts}, {"n", FieldKind::kCounts}};
constexpr FieldInfo kNullDifference[] = {{"x_c", FieldKind::kCount},        {"n_c", FieldKind::kPositiveCount},
                                         {"x_t", FieldKind::kCount},        {"n_t", FieldKind::kPositiveCount},
                                         {"null_diff", FieldKind::kNumber}, {"alternative", FieldKind::kText}};
constexpr FieldInfo kNullRatio[] = {{"x_c", FieldKind::kCount},           {"n_c", FieldKind::kPositiveCount},
                                    {"x_t", FieldKind::kCount},           {"n_t", FieldKind::kPositiveCount},
                                    {"null_ratio", FieldKind::kPositive}, {"alternative", FieldKind::kText}};
constexpr FieldInfo kSingle[] = {
    {"x", FieldKind::kCount}, {"n", FieldKind::kPositiveCount}, {"conf", FieldKind::kLevel}};

Json z_output(const ProportionPair& pair, const Result<ZTest>& test, const char* se_name) {
  Json out = Json::object();
  out.set("diff", number(pair.difference()));
  if (!test) {
    out.set(se_name, 0.0);
    set_null(out, {"z", "p_two_sided", "p_greater", "p_less"});
    return out;
  }
  out.set(se_name, number(test->se)).set("z", number(test->z)).set("p_two_sided", number(test->p.two_sided));
  return out.set("p_greater", number(test->p.greater)).set("p_less", number(test->p.less));
}

Result<Json> pooled(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  return z_output(*pair, pooled_z_test(*pair), "se_pooled");
}

Result<Json> unpooled(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  return z_output(*pair, unpooled_z_test(*pair), "se");
}

Result<Json> chi_square(const Input& in) {
  const auto x = in.counts("x");
  const auto n = in.counts("n");
  if (x.size() != n.size()) return invalid_argument("x", "x and n must have one value per arm");
  std::vector<BinomialCount> arms;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto arm = BinomialCount::make(x[i], n[i], "arm " + std::to_string(i));
    if (!arm) return arm.error();
    arms.push_back(*arm);
  }
  const auto test = homogeneity_test(arms);
  if (is_mistake(test)) return test.error();
  Json out = Json::object();
  out.set("df", static_cast<std::int64_t>(arms.size()) - 1);
  if (!test) {
    set_null(out, {"chi2", "p_chi2", "g", "p_g", "chi2_yates", "p_yates"});
    return out;
  }
  out.set("chi2", number(test->chi_square)).set("p_chi2", number(test->p_chi_square));
  out.set("g", number(test->g)).set("p_g", number(test->p_g));
  if (arms.size() == 2) out.set("chi2_yates", number(test->chi_square_yates)).set("p_yates", number(test->p_yates));
  return out;
}

Result<Json> difference_ci(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const Level conf = in.level("conf");
  const auto interval = [&](DifferenceInterval method) {
    return list(difference_interval(*pair, conf, method).interval);
  };
  Json out = Json::object();
  out.set("diff", number(pair->difference()));
  out.set("wald", interval(DifferenceInterval::kWald));
  out.set("agresti_caffo", interval(DifferenceInterval::kAgrestiCaffo));
  out.set("newcombe", interval(DifferenceInterval::kNewcombe));
  out.set("miettinen_nurminen", interval(DifferenceInterval::kMiettinenNurminen));
  return out.set("mee", interval(DifferenceInterval::kMee));
}

Result<Json> ratio_ci(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const Level conf = in.level("conf");
  const auto interval = [&](RatioInterval method) {
    const auto result = ratio_interval(*pair, conf, method);
    return result ? list(*result) : Json();
  };
  const auto ratio = proportion_ratio(*pair);
  const bool infinite = !ratio && pair->treatment.successes() > 0;
  Json out = Json::object();
  out.set("ratio", infinite ? Json("Infinity") : number(ratio));
  out.set("katz", interval(RatioInterval::kKatz)).set("walter_half", interval(RatioInterval::kWalter));
  out.set("koopman", interval(RatioInterval::kKoopman));
  return out.set("miettinen_nurminen", interval(RatioInterval::kMiettinenNurminen));
}

// Adds z_<name> and the one-sided p_<name>; null where the test does not exist.
Status add_test(Json& out, const std::string& name, const Result<ZTest>& test, Alternative alternative) {
  if (is_mistake(test)) return test.error();
  out.set("z_" + name, test ? number(test->z) : Json());
  out.set("p_" + name, test ? number(test->p.of(alternative)) : Json());
  return {};
}

Result<Json> noninferiority_difference(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const auto side = in.one_sided_alternative();
  if (!side) return side.error();
  const double null = in.number("null_diff");
  if (!(null > -1.0 && null < 1.0)) return out_of_range("null_diff", null, "strictly between -1 and 1");
  const ConstrainedProportions fit = constrained_by_difference(*pair, null);
  Json out = Json::object();
  out.set("p_c_null", number(fit.control)).set("p_t_null", number(fit.treatment));
  for (const auto& [name, test] :
       {std::pair{"farrington_manning", score_test_difference(*pair, null, ScoreVariance::kFarringtonManning)},
        std::pair{"miettinen_nurminen", score_test_difference(*pair, null)},
        std::pair{"wald", wald_test_difference(*pair, null)}}) {
    if (auto status = add_test(out, name, test, *side); !status) return status.error();
  }
  return out;
}

Result<Json> noninferiority_ratio(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const auto side = in.one_sided_alternative();
  if (!side) return side.error();
  const double null = in.number("null_ratio");
  const ConstrainedProportions fit = constrained_by_ratio(*pair, null);
  Json out = Json::object();
  out.set("p_c_null", number(fit.control)).set("p_t_null", number(fit.treatment));
  for (const auto& [name, test] :
       {std::pair{"score", score_test_ratio(*pair, null, ScoreVariance::kFarringtonManning)},
        std::pair{"score_mn", score_test_ratio(*pair, null)}, std::pair{"log", log_test_ratio(*pair, null)},
        std::pair{"linear_wald", linear_test_ratio(*pair, null)}}) {
    if (auto status = add_test(out, name, test, *side); !status) return status.error();
  }
  return out;
}

Result<Json> single_ci(const Input& in) {
  const auto count = BinomialCount::make(in.count("x"), in.count("n"), "x");
  if (!count) return count.error();
  const Level conf = in.level("conf");
  const auto interval = [&](ProportionInterval method) { return list(proportion_interval(*count, conf, method)); };
  Json out = Json::object();
  out.set("p", number(count->rate())).set("wald", interval(ProportionInterval::kWald));
  out.set("wilson", interval(ProportionInterval::kWilson));
  out.set("wilson_cc", interval(ProportionInterval::kWilsonCorrected));
  out.set("agresti_coull", interval(ProportionInterval::kAgrestiCoull));
  out.set("clopper_pearson", interval(ProportionInterval::kClopperPearson));
  out.set("jeffreys", interval(ProportionInterval::kJeffreys));
  return out.set("jeffreys_bcd", interval(ProportionInterval::kJeffreysBoundary));
}

constexpr Method kMethods[] = {
    {{"prop_ztest_pooled", "Do two proportions differ (pooled z)?", kTable,
      "diff se_pooled z p_two_sided p_greater p_less", "Fleiss, Levin & Paik 2003, ch. 3"},
     pooled},
    {{"prop_ztest_unpooled", "Do two proportions differ (Wald z)?", kTable, "diff se z p_two_sided p_greater p_less",
      "Fleiss, Levin & Paik 2003, ch. 3"},
     unpooled},
    {{"prop_chi2_gtest", "Do several proportions differ (chi-square, G)?", kArms,
      "df chi2 p_chi2 g p_g chi2_yates p_yates", "Pearson 1900; Yates 1934; Sokal & Rohlf 1995"},
     chi_square},
    {{"prop_diff_ci", "How large is the difference of two proportions?", kTableConf,
      "diff wald agresti_caffo newcombe miettinen_nurminen mee", "Miettinen & Nurminen 1985; Newcombe 1998"},
     difference_ci},
    {{"prop_ratio_ci", "How large is the ratio of two proportions?", kTableConf,
      "ratio katz walter_half koopman miettinen_nurminen", "Koopman 1984; Miettinen & Nurminen 1985"},
     ratio_ci},
    {{"prop_noninferiority_diff", "Is the difference beyond a margin?", kNullDifference,
      "p_c_null p_t_null z_farrington_manning p_farrington_manning z_miettinen_nurminen p_miettinen_nurminen z_wald "
      "p_wald",
      "Farrington & Manning 1990; Miettinen & Nurminen 1985"},
     noninferiority_difference},
    {{"prop_noninferiority_ratio", "Is the ratio beyond a margin?", kNullRatio,
      "p_c_null p_t_null z_score p_score z_score_mn p_score_mn z_log p_log z_linear_wald p_linear_wald",
      "Koopman 1984; Gart & Nam 1988"},
     noninferiority_ratio},
    {{"prop_single_ci", "How large is one proportion?", kSingle,
      "p wald wilson wilson_cc agresti_coull clopper_pearson jeffreys jeffreys_bcd",
      "Wilson 1927; Clopper & Pearson 1934; Brown, Cai & DasGupta 2001"},
     single_ci}};

}  // namespace

std::span<const Method> proportion_methods() { return kMethods; }

}  // namespace tactful::stats::calc
