#include <gmock/gmock.h>

#include <cmath>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

Json calculated(const std::vector<std::string>& words) {
  std::vector<std::string> all = {"calc", "--json"};
  all.insert(all.end(), words.begin(), words.end());
  const RunResult run = run_program(all);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return json_of(run.out);
}

TEST(Calc, WelchOfSummaries) {
  // R: t.test from means 10 and 11, sd 2 and 3, n 30 and 40: t = 1.6666667, df = 67.272...
  const Json json = calculated({"welch_t", "--mean_c", "10", "--sd_c", "2", "--n_c", "30", "--mean_t", "11", "--sd_t",
                                "3", "--n_t", "40", "--conf", "0.95", "--null_diff", "0"});
  const double a = 4.0 / 30, b = 9.0 / 40;
  EXPECT_NEAR(json.find("t")->as_number(), 1.0 / std::sqrt(a + b), 1e-12);
  EXPECT_NEAR(json.find("df")->as_number(), (a + b) * (a + b) / (a * a / 29 + b * b / 39), 1e-9);
}

TEST(Calc, ListsAndNegativeNumbersOnFlags) {
  EXPECT_DOUBLE_EQ(calculated({"srm_chi2", "--counts", "60,40", "--weights", "1,1"}).find("chi2")->as_number(), 4.0);
  EXPECT_DOUBLE_EQ(calculated({"srm_chi2", "--counts", "[60, 40]", "--weights=[1,1]"}).find("chi2")->as_number(), 4.0);
  const Json margin = calculated({"prop_noninferiority_diff", "--x-c", "50", "--n-c", "100", "--x-t", "50", "--n-t",
                                  "100", "--null-diff", "-0.1", "--alternative", "greater"});
  EXPECT_NEAR(margin.find("z_wald")->as_number(), 0.1 / std::sqrt(0.005), 1e-12);
}

TEST(Calc, ExplainsItselfToAPerson) {
  const RunResult run =
      run_program({"calc", "prop_ztest_pooled", "--x_c", "45", "--n_c", "1000", "--x_t", "62", "--n_t", "1000"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("prop_ztest_pooled: "));
  EXPECT_THAT(run.out, HasSubstr("x_c = 45"));
  EXPECT_THAT(run.out, HasSubstr("treatment minus control"));
  EXPECT_THAT(run.out, HasSubstr("Source: "));
}

TEST(Calc, WhatIsNotDefinedIsSaidAndNeverANumber) {
  const std::vector<std::string> words = {
      "prop_ztest_pooled", "--x_c", "0", "--n_c", "10", "--x_t", "0", "--n_t", "10"};
  std::vector<std::string> shown = {"calc"};
  shown.insert(shown.end(), words.begin(), words.end());
  EXPECT_THAT(run_program(shown).out, HasSubstr("not defined: the data cannot answer"));
  EXPECT_TRUE(calculated(words).find("z")->is_null());
}

TEST(Calc, MistakesOnTheLineAreUsageErrors) {
  const auto failing = [](const std::vector<std::string>& words, const std::string& says) {
    std::vector<std::string> all = {"calc"};
    all.insert(all.end(), words.begin(), words.end());
    const RunResult run = run_program(all);
    EXPECT_EQ(run.exit_code, 2) << run.out << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.err, HasSubstr(says));
  };
  failing({"prop_diff_c"}, "did you mean prop_diff_ci?");
  failing({"srm_chi2", "--countz", "1,2", "--weights", "1,1"}, "did you mean --counts?");
  failing({"srm_chi2", "--counts", "1,2"}, "weights");
  failing({"srm_chi2", "--counts", "1,x", "--weights", "1,1"}, "counts");
  failing({"srm_chi2", "--counts", "1,2", "--counts", "1,2", "--weights", "1,1"}, "twice");
  failing({"srm_chi2", "--counts"}, "no value");
  failing({"prop_single_ci", "--x", "5", "--n", "10", "--conf", "95"}, "conf");
  failing({"prop_single_ci", "--x", "11", "--n", "10", "--conf", "0.95"}, "x");
  failing({}, "--list");
}

TEST(Calc, ListAndMethodHelp) {
  const RunResult list = run_program({"calc", "--list"});
  EXPECT_EQ(list.exit_code, 0);
  for (const char* method : {"prop_diff_ci", "exact_harm_monitor", "srm_sequential", "gs_boundaries"})
    EXPECT_THAT(list.out, HasSubstr(method));
  const Json methods = json_of(run_program({"calc", "--list", "--json"}).out);
  ASSERT_TRUE(methods.is_array());
  EXPECT_GE(methods.as_array().size(), 20u);
  EXPECT_NE(methods.as_array().front().find("outputs"), nullptr);
  const RunResult help = run_program({"calc", "prop_single_ci"});
  EXPECT_THAT(help.out, HasSubstr("--conf"));
  EXPECT_THAT(help.out, HasSubstr("0.95, never 95"));
}

}  // namespace
}  // namespace tactful::test
