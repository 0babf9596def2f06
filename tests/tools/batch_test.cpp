#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

const char kGood[] = R"({"id":"a","method":"srm_chi2","input":{"counts":[500,500],"weights":[1,1]}})";

TEST(CalcBatch, BadLinesGetErrorsAndTheRestGoOn) {
  const std::string input = std::string(kGood) + "\n" + "{broken\n" + "\n" + "[1]\n" + R"({"id":7})" + "\n" +
                            R"({"id":"m","method":"srm_chii2","input":{}})" + "\n" +
                            R"({"id":"r","method":"srm_chi2","input":{"counts":[-1,5],"weights":[1,1]}})" + "\n" +
                            kGood;
  const RunResult run = run_program({"calc", "--batch"}, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto answers = json_lines(run.out);
  ASSERT_EQ(answers.size(), 7u) << run.out;
  EXPECT_EQ(answers[0].find("id")->as_string(), "a");
  EXPECT_EQ(answers[0].find("method")->as_string(), "srm_chi2");
  EXPECT_DOUBLE_EQ(answers[0].find("output")->find("chi2")->as_number(), 0.0);
  for (std::size_t index = 1; index < 6; ++index) {
    const Json* error = answers[index].find("error");
    ASSERT_NE(error, nullptr) << answers[index].dump();
    EXPECT_NE(error->find("code"), nullptr);
    EXPECT_NE(error->find("message"), nullptr);
    EXPECT_EQ(answers[index].find("output"), nullptr);
  }
  EXPECT_TRUE(answers[1].find("id")->is_null());
  EXPECT_EQ(answers[3].find("id")->as_integer(), 7);
  EXPECT_EQ(answers[4].find("error")->find("code")->as_string(), "not_found");
  EXPECT_EQ(answers[6].dump(), answers[0].dump());
  EXPECT_THAT(run.err, HasSubstr("5 of 7 requests"));
}

TEST(CalcBatch, EmptyInputGivesNothing) {
  const RunResult run = run_program({"calc", "--batch"}, "");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out + run.err, "");
}

TEST(CalcBatch, ReadsCarriageReturnsMarksAndDuplicateKeys) {
  const RunResult run =
      run_program({"calc", "--batch"}, "\xEF\xBB\xBF" + std::string(kGood) + "\r\n{\"id\":1,\"id\":2}\r\n");
  const auto answers = json_lines(run.out);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_NE(answers[0].find("output"), nullptr) << run.out;
  EXPECT_NE(answers[1].find("error"), nullptr);
}

TEST(HashBatch, AnswersHashesAndConditions) {
  const std::string input = R"({"id":1,"scheme":"tactful-1","seed":"variant:x","unit":"客户-1"})"
                            "\n"
                            R"({"id":2,"condition":{"age":{"$gt":17}},"attributes":{"age":18}})"
                            "\n"
                            R"({"id":3,"scheme":"no-such","seed":"s","unit":"u"})"
                            "\n"
                            R"({"id":4,"condition":{"age":{"$gt":17}},"attributes":{"age":17}})";
  const RunResult run = run_program({"hash", "--batch"}, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto answers = json_lines(run.out);
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_NE(answers[0].find("bucket"), nullptr);
  EXPECT_GE(answers[0].find("value")->as_number(), 0.0);
  EXPECT_LT(answers[0].find("value")->as_number(), 1.0);
  EXPECT_TRUE(answers[1].find("match")->as_bool());
  EXPECT_NE(answers[2].find("error"), nullptr);
  EXPECT_FALSE(answers[3].find("match")->as_bool());
  for (std::size_t index = 0; index < answers.size(); ++index)
    EXPECT_EQ(answers[index].find("id")->as_integer(), static_cast<std::int64_t>(index) + 1);
}

TEST(Hash, FlagsAndBatchAgree) {
  const RunResult flags =
      run_program({"hash", "--scheme", "launchdarkly", "--seed", "hashKey.saltyA", "userKeyA", "--json"});
  ASSERT_EQ(flags.exit_code, 0) << flags.err;
  const Json row = json_of(flags.out).as_array().at(0);
  // LaunchDarkly's published example.
  EXPECT_NEAR(row.find("value")->as_number(), 0.42157587, 5e-8);
  const RunResult batch =
      run_program({"hash", "--batch"}, R"({"id":0,"scheme":"launchdarkly","seed":"hashKey.saltyA","unit":"userKeyA"})");
  EXPECT_EQ(json_of(batch.out).find("bucket")->dump(), row.find("bucket")->dump());
}

TEST(Hash, AWrongSchemeIsAUsageError) {
  const RunResult run = run_program({"hash", "--scheme", "tactful-2", "--seed", "s", "u"});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_EQ(run_program({"hash", "--scheme", "tactful-1", "u"}).exit_code, 2);
}

// A program at the other end gets each answer before it sends the next request.
TEST(CalcBatch, AnswersWhileTheInputStaysOpen) {
  const RunResult run = run_shell(
      "mkfifo \"$TMPDIR/ask\" \"$TMPDIR/tell\"\n"
      "\"$TACTFUL\" calc --batch < \"$TMPDIR/ask\" > \"$TMPDIR/tell\" &\n"
      "exec 3> \"$TMPDIR/ask\" 4< \"$TMPDIR/tell\"\n"
      "echo '" +
      std::string(kGood) +
      "' >&3\n"
      "read -r answer <&4 && echo \"got $answer\"\n"
      "echo '{}' >&3\n"
      "read -r answer <&4 && echo \"got $answer\"\n"
      "exec 3>&-\nwait $!\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("got {\"id\":\"a\""));
  EXPECT_THAT(run.out, HasSubstr("got {\"id\":null,\"error\""));
}

}  // namespace
}  // namespace tactful::test
