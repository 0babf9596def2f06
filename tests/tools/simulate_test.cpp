#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

class Simulate : public ::testing::Test {
 protected:
  RunResult simulate(std::vector<std::string> more) const {
    more.insert(more.begin(), {"simulate", file_, "--pilots", "40", "--customers", "4000"});
    return run_program(more);
  }
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
};

TEST_F(Simulate, FindsABigDifferenceAndKeepsStillWithoutOne) {
  const RunResult big = simulate({"--outcome", "converted=0.2,0.3", "--outcome", "complaint=0.01,0.01", "--json"});
  ASSERT_EQ(big.exit_code, 0) << big.err;
  const Json found = json_of(big.out);
  EXPECT_EQ(found.find("pilots")->as_integer(), 40);
  EXPECT_GT(found.find("promoted")->find("share")->as_number(), 0.9);
  const Json none =
      json_of(simulate({"--outcome", "converted=0.2,0.2", "--outcome", "complaint=0.01,0.01", "--json"}).out);
  EXPECT_LT(none.find("promoted")->find("share")->as_number(), 0.2);
  const Json harm =
      json_of(simulate({"--outcome", "converted=0.2,0.3", "--outcome", "complaint=0.01,0.08", "--json"}).out);
  EXPECT_EQ(harm.find("promoted")->find("count")->as_integer(), 0);
}

TEST_F(Simulate, TheSameSeedGivesTheSameAnswerAndFilesAgreeWithFlags) {
  const std::vector<std::string> flags = {
      "--outcome", "converted=0.2,0.23", "--outcome", "complaint=0.01,0.01", "--seed", "5", "--json"};
  const RunResult first = simulate(flags);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(simulate(flags).out, first.out);
  const std::string world =
      folder_.write("world.json", R"({"outcomes": [{"kind": "complaint", "probability": [0.01, 0.01]},
                                     {"kind": "converted", "probability": {"kind": 0.23, "control": 0.2}}]})");
  const Json from_file = json_of(simulate({"--world", world, "--seed", "5", "--json"}).out);
  EXPECT_EQ(from_file.find("pilots")->as_integer(), 40);
  const RunResult table = simulate({"--world", world});
  EXPECT_THAT(table.out, HasSubstr("40 pilots, reviewed at every planned look"));
  EXPECT_THAT(table.out, HasSubstr("promote"));
}

TEST_F(Simulate, CustomersAreInScopeAndForgottenRatesAreNamed) {
  const std::string scoped =
      folder_.write("scoped/late-fee.json",
                    replaced(small_experiment(), R"("variants")", R"("scope": {"product": "loan"}, "variants")"));
  const RunResult run =
      run_program({"simulate", scoped, "--pilots", "5", "--outcome", "converted=0.2,0.3", "--outcome", "paid=0.1,0.1"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("no rate is given for complaint"));
  EXPECT_THAT(run.err, HasSubstr("no metric uses paid, so it changes nothing; metrics use converted, complaint"));
  const RunResult two = simulate({"--outcome", "converted=0.2,0.2,0.2"});
  EXPECT_THAT(two.err, HasSubstr("3 rates where the experiment has 2 variants"));
  EXPECT_THAT(two.err, HasSubstr("one rate for each of control, kind, in this order"));
}

TEST_F(Simulate, MistakesAreNamed) {
  EXPECT_EQ(simulate({}).exit_code, 2);
  EXPECT_EQ(simulate({"--outcome", "converted=0.2"}).exit_code, 2);
  EXPECT_EQ(simulate({"--outcome", "converted=0.2,1.3"}).exit_code, 2);
  EXPECT_EQ(simulate({"--outcome", "converted=0.2,0.2", "--delay", "complaint=3"}).exit_code, 2);
  EXPECT_EQ(run_program({"simulate", file_, "--pilots", "0", "--outcome", "converted=0.2,0.3"}).exit_code, 2);
  const auto broken = [&](const std::string& text) {
    const RunResult run = simulate({"--world", folder_.write("w.json", text), "--json"});
    EXPECT_EQ(run.exit_code, 4) << run.err;
    return json_of(run.err).find("where")->as_string();
  };
  EXPECT_THAT(broken("{"), HasSubstr("w.json:1"));
  EXPECT_THAT(broken(R"({"outcomes":[{"kind":"converted","probability":{"kidn":0.2}}]})"),
              HasSubstr("/outcomes/0/probability/kidn"));
  EXPECT_THAT(broken(R"({"custmers_per_week":3})"), HasSubstr("/custmers_per_week"));
}

}  // namespace
}  // namespace tactful::test
