#include "tactful/stats/calc.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tactful/core/json.hpp"

namespace tactful::stats {
namespace {

Json json(std::string_view text) {
  const auto parsed = parse_json(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *parsed : Json();
}

struct Refused {
  const char* method;
  const char* input;
  ErrorCode code;
  const char* where;
};

class CalcRefuses : public testing::TestWithParam<Refused> {};

TEST_P(CalcRefuses, NamingTheField) {
  const auto answer = calculate(GetParam().method, json(GetParam().input));
  ASSERT_FALSE(answer.has_value()) << answer->dump();
  EXPECT_EQ(answer.error().code, GetParam().code) << describe(answer.error());
  EXPECT_EQ(answer.error().where, GetParam().where) << describe(answer.error());
  EXPECT_FALSE(answer.error().message.empty());
}

constexpr auto kArgument = ErrorCode::kInvalidArgument;
constexpr auto kInput = ErrorCode::kInvalidInput;

INSTANTIATE_TEST_SUITE_P(
    Inputs, CalcRefuses,
    testing::Values(
        Refused{"prop_ztest_pooled", R"({"x_c":11,"n_c":10,"x_t":3,"n_t":10})", kArgument, "control"},
        Refused{"prop_ztest_pooled", R"({"x_c":1,"n_c":0,"x_t":3,"n_t":10})", kArgument, "n_c"},
        Refused{"prop_ztest_pooled", R"({"x_c":-1,"n_c":10,"x_t":3,"n_t":10})", kArgument, "x_c"},
        Refused{"prop_ztest_pooled", R"({"x_c":1.5,"n_c":10,"x_t":3,"n_t":10})", kArgument, "x_c"},
        Refused{"prop_ztest_pooled", R"({"x_c":"1","n_c":10,"x_t":3,"n_t":10})", kInput, "x_c"},
        Refused{"prop_ztest_pooled", R"({"x_c":1,"n_c":10,"x_t":3})", kInput, "n_t"},
        Refused{"prop_ztest_pooled", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"nt":3})", kInput, "nt"},
        Refused{"prop_ztest_pooled", R"([1])", kInput, "input"},
        Refused{"prop_diff_ci", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"conf":95})", kArgument, "conf"},
        Refused{"prop_diff_ci", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"conf":1})", kArgument, "conf"},
        Refused{"prop_diff_ci", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"conf":"NaN"})", kInput, "conf"},
        Refused{"prop_diff_ci", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"conf":null})", kInput, "conf"},
        Refused{"prop_noninferiority_diff", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"null_diff":1,"alternative":"less"})",
                kArgument, "null_diff"},
        Refused{"prop_noninferiority_diff", R"({"x_c":1,"n_c":10,"x_t":3,"n_t":10,"null_diff":0,"alternative":"up"})",
                kArgument, "alternative"},
        Refused{"prop_noninferiority_ratio",
                R"({"x_c":1,"n_c":9,"x_t":3,"n_t":9,"null_ratio":-1,"alternative":"less"})", kArgument, "null_ratio"},
        Refused{"welch_t", R"({"mean_c":1,"sd_c":-1,"n_c":10,"mean_t":1,"sd_t":1,"n_t":10,"conf":0.95})", kArgument,
                "sd_c"},
        Refused{"pvalue_adjust", R"({"p":[0.1,1.2]})", kArgument, "p[1]"},
        Refused{"pvalue_adjust", R"({"p":[]})", kArgument, "p"},
        Refused{"gs_boundaries", R"({"t":[0.5,0.5,1],"alpha":0.05,"sided":2,"spending":"of"})", kArgument, "t"},
        Refused{"gs_boundaries", R"({"t":[0.5,1],"alpha":0.05,"sided":3,"spending":"of"})", kArgument, "sided"},
        Refused{"gs_boundaries", R"({"t":[0.5,1],"alpha":0.05,"sided":2,"spending":"oaf"})", kArgument, "spending"},
        Refused{"gs_boundaries", R"({"t":[0.5,1],"alpha":0.05,"sided":2,"spending":"power"})", kInput, "param"},
        Refused{"gs_boundaries", R"({"t":[0.5,1],"alpha":0.05,"sided":2,"spending":"power","param":-1})", kArgument,
                "param"},
        Refused{"gs_boundaries", R"({"t":[0.5,1],"info":[0.5],"alpha":0.05,"sided":2,"spending":"of"})", kArgument,
                "info"},
        Refused{"gs_analysis", R"({"t":[0.5,1],"alpha":0.05,"spending":"of","stage":3,"z_obs":2,"se":1})", kArgument,
                "stage"},
        Refused{"srm_chi2", R"({"counts":[10,10],"weights":[0.5,-0.5]})", kArgument, "weights"},
        Refused{"srm_chi2", R"({"counts":[10,10],"weights":[1]})", kArgument, "weights"},
        Refused{"srm_chi2", R"({"counts":[10,10,10],"weights":[1,1]})", kArgument, "counts"},
        Refused{"srm_sequential", R"({"data":[[1,2],[3]],"weights":[0.5,0.5]})", kArgument, "counts"},
        Refused{"srm_exact_binomial", R"({"x":1,"n":2,"p":1.5})", kArgument, "p"},
        Refused{"dunnett", R"({"df":10,"alternative":"greater","conf":0.95,"t":[1]})", kInput, "lambda"},
        Refused{"dunnett", R"({"lambda":[1.5],"df":10,"alternative":"greater","conf":0.95,"t":[1]})", kArgument,
                "lambda"},
        Refused{"cuped", R"({"x_c":[1],"y_c":[1,2],"x_t":[1,2],"y_t":[1,2],"conf":0.95})", kArgument, "x_c"},
        Refused{"cluster_robust_diff", R"({"y":[1,2],"treat":[0,2],"cluster":[1,2],"conf":0.95})", kArgument, "treat"},
        Refused{"cmh_stratified", R"({"x_c":[1],"n_c":[10],"x_t":[11],"n_t":[10],"conf":0.95})", kArgument, "strata"},
        Refused{"asymptotic_cs", R"({"estimate":1,"se":0,"n":10,"alpha":0.05,"n_opt":10})", kArgument, "se"},
        Refused{"safe_two_proportion", R"({"n_a":[1],"n_b":[1],"y_a":[2],"y_b":[0],"prior":[1,1,1,1],"alpha":0.05})",
                kArgument, "blocks"},
        Refused{"bayes_beta_binomial", R"({"x_c":1,"n_c":2,"x_t":1,"n_t":2,"prior":[1,1,1,0],"conf":0.95})", kArgument,
                "prior"},
        Refused{"ss_two_proportion", R"({"p_c":0.1,"p_t":1.2,"alpha":0.05,"power":0.8,"sided":2,"ratio":1})", kArgument,
                "p_t"},
        Refused{"ss_two_proportion", R"({"p_c":0.1,"p_t":0.2,"alpha":0.05,"power":0.8,"sided":2,"ratio":0})", kArgument,
                "ratio"},
        Refused{"ss_two_proportion", R"({"p_c":0.1,"p_t":0.2,"alpha":0.05,"power":0.01,"sided":2})", kArgument,
                "power"},
        Refused{"exact_harm_monitor",
                R"({"alpha":0.05,"spending":"linear","null_rate_ratio":1,"alternative":"greater","looks":[]})",
                kArgument, "looks"},
        Refused{"harm_eprocess", R"({"alpha":0.05,"null_rate_ratio":1,"looks":[{"strata":[{"treatment_weight":0,
                "control_weight":1,"treatment_events":0,"control_events":0}]}]})",
                kArgument, "treatment_weight"},
        Refused{"harm_eprocess", R"({"alpha":0.05,"null_rate_ratio":1,"looks":[{"strata":[{"treatment_weight":1,
                "control_weight":1,"treatment_events":0}]}]})",
                kInput, "control_events"},
        Refused{"cluster_design_effect", R"({"n_individual":100,"icc":0.1})", kInput, "mean_cluster_size"},
        Refused{"interaction_diff", R"({"x_c":[1,2],"n_c":[10,10],"n_t":[10,10],"conf":0.95})", kInput, "x_t"},
        Refused{"interaction_diff", R"({"x_c":[1,2],"n_c":[10],"x_t":[1,2],"n_t":[10,10],"conf":0.95})", kArgument,
                "n_c"},
        Refused{"shrink_effects", R"({"estimate":[1,2,3,4],"se":[1,1,1,1],"conf":0.95,"method":"ml"})", kArgument,
                "method"},
        Refused{"simultaneous_intervals",
                R"({"estimate":[1],"se":[1],"se_control":2,"df":"Infinity","alternative":"greater","conf":0.95})",
                kArgument, "se"},
        Refused{"plan_metrics",
                R"({"success_rate":[0.2],"success_target":[],"alpha_success":0.025,"alpha_guardrail":0.05,"power":0.8,
                "variants":1,"weekly_traffic":100})",
                kArgument, "success_target"},
        Refused{"rmst_difference",
                R"({"events_c":[1],"censored_c":[2],"events_t":[1],"censored_t":[2],"horizon":0,"conf":0.95})",
                kArgument, "horizon"},
        Refused{"cluster_ratio_metric", R"({"num":[1,2],"treat":[0,2],"cluster":[1,2],"conf":0.95})", kArgument,
                "treat"},
        Refused{"srm_practical", R"({"counts":[10,20],"weights":[1,1],"floor":1,"alpha":0.001})", kArgument, "floor"},
        Refused{"no_such_method", R"({})", ErrorCode::kNotFound, "method"}));

TEST(Calc, SuggestsTheNearestName) {
  const auto answer = calculate("fisher_exakt", Json::object());
  ASSERT_FALSE(answer.has_value());
  EXPECT_NE(answer.error().hint.find("fisher_exact"), std::string::npos);
  const auto field = calculate("fisher_exact", json(R"({"x_c":1,"n_c":2,"xt":1,"n_t":2})"));
  ASSERT_FALSE(field.has_value());
  EXPECT_NE(field.error().hint.find("x_t"), std::string::npos);
}

TEST(Calc, MethodsAreSortedAndDescribed) {
  const auto all = methods();
  EXPECT_GE(all.size(), 61u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const MethodInfo& method : all) {
    EXPECT_FALSE(method.question.empty()) << method.name;
    EXPECT_FALSE(method.inputs.empty()) << method.name;
    EXPECT_FALSE(method.outputs.empty()) << method.name;
    EXPECT_FALSE(method.source.empty()) << method.name;
  }
}

TEST(Calc, InfinityAndUndefinedAreNotNumbers) {
  const auto ratio = calculate("prop_ratio_ci", json(R"({"x_c":0,"n_c":10,"x_t":1,"n_t":10,"conf":0.95})"));
  ASSERT_TRUE(ratio.has_value());
  EXPECT_EQ(ratio->find("ratio")->as_string(), "Infinity");
  EXPECT_TRUE(ratio->find("katz")->is_null());
  EXPECT_EQ(ratio->find("koopman")->as_array()[1].as_string(), "Infinity");
  const auto z = calculate("prop_ztest_pooled", json(R"({"x_c":0,"n_c":10,"x_t":0,"n_t":10})"));
  ASSERT_TRUE(z.has_value());
  EXPECT_TRUE(z->find("p_two_sided")->is_null());
}

// Extreme but legal input gives numbers without NaN, never a crash.
TEST(Calc, ExtremeInputsStayDefined) {
  for (const char* text : {R"({"x_c":3,"n_c":5000000000,"x_t":14,"n_t":4000000000})",
                           R"({"x_c":0,"n_c":1,"x_t":1,"n_t":1})", R"({"x_c":1,"n_c":1,"x_t":0,"n_t":5000000000})",
                           R"({"x_c":5000000000,"n_c":5000000000,"x_t":4999999999,"n_t":5000000000})",
                           R"({"x_c":2500000000,"n_c":5000000000,"x_t":2500100000,"n_t":5000000000})"}) {
    const Json table = json(text);
    for (const char* method : {"fisher_exact", "prop_ztest_pooled", "prop_ztest_unpooled"}) {
      const auto answer = calculate(method, table);
      ASSERT_TRUE(answer.has_value()) << method << text;
      for (const Json::Member& member : answer->as_object()) {
        if (member.first.substr(0, 1) != "p") continue;
        if (member.second.is_null()) continue;
        EXPECT_GE(member.second.as_number(), 0.0) << method << member.first;
        EXPECT_LE(member.second.as_number(), 1.0) << method << member.first;
      }
    }
  }
}

}  // namespace
}  // namespace tactful::stats
