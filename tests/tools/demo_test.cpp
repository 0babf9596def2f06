#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Demo, TellsAPilotFromQuestionToPromotedMessage) {
  const TempFolder folder;
  const RunResult run = run_program({"demo", "--folder", folder.file("demo")}, "", {{"TERM", "dumb"}});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, IsEmpty());
  for (const char* part :
       {"The question", "The wordings", "The rules", "Week 1", "Week 6", "The last review", "The decision", "approves.",
        "10,000 fresh customers", "(promoted)", "(holdback)", "reads:", "What to try next"})
    EXPECT_THAT(run.out, HasSubstr(part)) << part;
  EXPECT_THAT(run.out, HasSubstr("paid within 7 days must get better"));
  EXPECT_THAT(run.out, HasSubstr("helpful (promoted)"));

  // What it leaves behind is what the other commands read.
  const std::string file = folder.file("demo/experiments/payment-reminder.json");
  const Json ledger = json_of(run_program({"ledger", "show", file, "--json"}).out);
  EXPECT_EQ(ledger.find("state")->as_string(), "promoted");
  EXPECT_EQ(ledger.find("entries")->as_integer(), 5 + 2 + 1) << "reviews, approvals, the promotion";
  const RunResult evaluated =
      run_program({"evaluate", file, "--store", folder.file("demo/store.db"), "--as-of", "2026-06-22", "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const Json scorecard = json_of(evaluated.out);
  EXPECT_EQ(scorecard.find("recommendation")->find("action")->as_string(), "promote");
  EXPECT_EQ(scorecard.find("recommendation")->find("variant")->as_string(), ledger.find("variant")->as_string());
  // Collecting the same journals again finds nothing new.
  const RunResult again =
      run_program({"collect", "--store", folder.file("demo/store.db"), folder.file("demo/journals"), "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json_of(again.out).find("total")->find("added")->as_integer(), 0);
}

TEST(Demo, ATemporaryFolderIsRemovedAndAFullOneIsLeftAlone) {
  const TempFolder folder;
  const RunResult full = run_program({"demo", "--folder", folder.path().string()});
  EXPECT_EQ(full.exit_code, 0) << full.err;
  const RunResult again = run_program({"demo", "--folder", folder.path().string(), "--quick"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("not empty"));
  const RunResult quick = run_program({"demo", "--quick"}, "", {{"TMPDIR", folder.path().string()}});
  EXPECT_EQ(quick.exit_code, 0) << quick.err;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().filename().string().find("tactful-demo"), std::string::npos);
}

}  // namespace
}  // namespace tactful::test
