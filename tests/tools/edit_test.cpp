#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

class Edits : public ::testing::Test {
 protected:
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
};

TEST_F(Edits, ExplainSaysWhatAssignDoesAndWhy) {
  const RunResult assigned = run_program({"assign", file_, "C-1", "--at", "2026-05-20", "--json"});
  const Json row = json_of(assigned.out);
  const RunResult explained = run_program({"explain", file_, "C-1", "--at", "2026-05-20", "--json"});
  ASSERT_EQ(explained.exit_code, 0) << explained.err;
  const Json why = json_of(explained.out);
  for (const char* name : {"variant", "reason", "enrolled", "bucket"})
    EXPECT_EQ(*why.find(name), *row.find(name)) << name;
  EXPECT_TRUE(why.find("checks")->as_array().back().find("decided")->as_bool());
  const RunResult text = run_program({"explain", file_, "C-1", "--at", "2026-05-20"});
  EXPECT_THAT(text.out, HasSubstr("of 2^64"));
  EXPECT_EQ(run_program({"explain", file_}).exit_code, 2);
}

TEST_F(Edits, DiffCountsAndRefuses) {
  const std::string salted =
      folder_.write("b/late-fee.json", replaced(small_experiment(), "{", "{\"salt\": \"second\","));
  const std::string titled =
      folder_.write("c/late-fee.json", replaced(small_experiment(), "{", "{\"goal\": \"another goal\","));
  const std::string scoped =
      folder_.write("d/late-fee.json", replaced(small_experiment(), "{", "{\"cluster\": \"household\","));
  EXPECT_EQ(run_program({"diff", file_, titled}).exit_code, 0);
  EXPECT_THAT(run_program({"diff", file_, titled}).out, HasSubstr("edit: free"));
  const Json fresh = json_of(run_program({"diff", file_, salted, "--at", "2026-05-20", "--json"}).out);
  EXPECT_EQ(fresh.find("kind")->as_string(), "new_version");
  EXPECT_GT(fresh.find("switched_ppm")->as_number(), 0.0);
  const RunResult refused = run_program({"diff", file_, scoped, "--json"});
  EXPECT_EQ(refused.exit_code, 3) << refused.out;
  EXPECT_FALSE(json_of(refused.out).find("allowed_while_running")->as_bool());
  EXPECT_EQ(run_program({"diff", file_, scoped, "--not-running"}).exit_code, 0);
}

TEST_F(Edits, CheckNamesWhatExperimentsDoToEachOther) {
  const auto layered = [](const std::string& key, const std::string& slots) {
    std::string text = replaced(small_experiment(), "\"late-fee\"", "\"" + key + "\"");
    return replaced(text, "{", "{\"layer\": {\"key\": \"sms\", \"slots\": " + slots + ", \"of\": 10},");
  };
  const std::string a = folder_.write("e/first.json", layered("first", "[0, 5]"));
  const std::string b = folder_.write("e/second.json", layered("second", "[5, 9]"));
  const RunResult run = run_program({"check", a, b});
  EXPECT_EQ(run.exit_code, 3) << run.out;
  EXPECT_THAT(run.out, HasSubstr("layer-overlap"));
  const std::string apart = folder_.write("e/second.json", layered("second", "[6, 9]"));
  EXPECT_EQ(run_program({"check", a, apart}).exit_code, 0);
}

}  // namespace
}  // namespace tactful::test
