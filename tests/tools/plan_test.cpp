#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

class Plan : public ::testing::Test {
 protected:
  RunResult plan(std::vector<std::string> more) const {
    more.insert(more.begin(), {"plan", file_});
    return run_program(more);
  }
  std::vector<std::string> known(std::vector<std::string> more = {}) const {
    std::vector<std::string> flags{"--weekly", "20000",     "--baseline", "paid=0.3",
                                   "--effect", "paid=0.02", "--baseline", "complaint=0.01"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
};

TEST_F(Plan, PrintsOnePageForSignOff) {
  const RunResult run = plan(known());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* part : {"Plan of late-fee", "What each metric needs", "Binding:", "Reviews", "Signed (name, date)"})
    EXPECT_THAT(run.out, HasSubstr(part));
  const Json json = json_of(plan(known({"--json"})).out);
  EXPECT_EQ(json.find("schema")->as_string(), "tactful/plan/1");
  for (const Json& test : json.find("tests")->as_array()) {
    EXPECT_GT(test.find("power")->as_number(), 0.0);
    EXPECT_LE(test.find("power")->as_number(), 1.0);
  }
}

TEST_F(Plan, RefusesWhatTheEventsCannotTest) {
  const RunResult run =
      plan({"--weekly", "40", "--baseline", "paid=0.3", "--effect", "paid=0.02", "--baseline", "complaint=0.02"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("Why this plan cannot answer"));
  EXPECT_THAT(run.err, HasSubstr("the plan is refused: complaint"));
  EXPECT_THAT(run.err, HasSubstr("units a week"));
}

TEST_F(Plan, SaysWhatIsMissingOrWrong) {
  EXPECT_THAT(plan({}).err, HasSubstr("--weekly"));
  EXPECT_EQ(plan({"--weekly", "100"}).exit_code, 4);
  EXPECT_THAT(plan(known({"--baseline", "complaimt=0.1"})).err, HasSubstr("did you mean complaint?"));
  EXPECT_EQ(plan(known({"--baseline", "complaint=1.5"})).exit_code, 2);
  EXPECT_EQ(plan(known({"--effect", "paid=much"})).exit_code, 2);
  EXPECT_EQ(plan(known({"--icc", "2"})).exit_code, 2);
  EXPECT_EQ(plan(known({"--from", file_})).exit_code, 2);
  EXPECT_EQ(plan({"--weekly", "100", "--effect", "paid=0.1"}).exit_code, 2) << "an effect of what?";
}

}  // namespace
}  // namespace tactful::test
