// approve, promote, stop and the ledger.
#include <gmock/gmock.h>

#include "run_program.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

class Decide : public ::testing::Test {
 protected:
  RunResult approve(const std::string& variant = "kind", const std::string& role = "compliance") const {
    return run_program({"approve", file_, "--variant", variant, "--role", role, "--by", "赵敏"});
  }
  Json ledger() const { return json_of(run_program({"ledger", "show", file_, "--json"}).out); }

  // A pilot in which `kind` clearly wins and complaints are equal.
  void import_winner(int units = 6000) const {
    std::string exposures = "unit,variant,at\n", outcomes = "unit,kind,at\n";
    for (int unit = 0; unit < units; ++unit) {
      const bool kind = unit % 2 == 1;
      const std::string id = "C-" + std::to_string(unit), at = "2026-05-" + std::to_string(11 + unit / 2 % 14);
      exposures += id + (kind ? ",kind," : ",control,") + at + "T10:00:00Z\n";
      if (unit / 2 % 10 < (kind ? 3 : 2)) outcomes += id + ",converted," + at + "T12:00:00Z\n";
      if (unit / 2 % 100 == 99) outcomes += id + ",complaint," + at + "T13:00:00Z\n";
    }
    const RunResult run =
        run_program({"import", "--experiment", file_, "--store", store_, "--exposures",
                     folder_.write("e.csv", exposures), "--outcomes", folder_.write("o.csv", outcomes)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  RunResult promote(std::vector<std::string> more) const {
    more.insert(more.begin(), {"promote", file_, "--store", store_, "--variant", "kind", "--by", "Wang Wei", "--as-of",
                               "2026-06-02", "--randomised", "coin flips"});
    return run_program(more);
  }

  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
  const std::string store_ = folder_.file("pilot.db");
};

TEST_F(Decide, ApprovalsAreChainedInTheLedger) {
  const RunResult run = approve();
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("赵敏 (compliance) approved promoting kind"));
  ASSERT_EQ(approve().exit_code, 0);
  const Json json = ledger();
  EXPECT_EQ(json.find("entries")->as_integer(), 2);
  EXPECT_EQ(json.find("state")->as_string(), "pilot");
  const Json& second = json.find("ledger")->as_array().at(1);
  EXPECT_EQ(second.find("action")->as_string(), "approve");
  EXPECT_EQ(second.find("body")->find("variant")->as_string(), "kind");
  EXPECT_EQ(second.find("previous")->as_string(), json.find("ledger")->as_array().at(0).find("hash")->as_string());
  EXPECT_EQ(run_program({"ledger", "verify", file_}).exit_code, 0);
}

TEST_F(Decide, UnknownVariantsAndRolesNameTheNearest) {
  const RunResult variant = approve("kidn");
  EXPECT_EQ(variant.exit_code, 1);
  EXPECT_THAT(variant.err, HasSubstr("did you mean kind?"));
  const RunResult role = approve("kind", "complianse");
  EXPECT_EQ(role.exit_code, 2);
  EXPECT_THAT(role.err, HasSubstr("did you mean compliance?"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("late-fee.ledger.jsonl")));
}

TEST_F(Decide, AnEditedLedgerFailsVerification) {
  ASSERT_EQ(approve().exit_code, 0);
  ASSERT_EQ(approve().exit_code, 0);
  const std::string head = ledger().find("head")->as_string();
  EXPECT_EQ(run_program({"ledger", "verify", file_, "--head", head}).exit_code, 0);
  const std::string path = folder_.file("late-fee.ledger.jsonl");
  const std::string whole = read_file(path).value();
  folder_.write("late-fee.ledger.jsonl", replaced(whole, "赵敏", "孙杰"));
  const RunResult edited = run_program({"ledger", "verify", file_, "--json"});
  EXPECT_EQ(edited.exit_code, 3);
  EXPECT_EQ(json_of(edited.err).find("code")->as_string(), "invalid_experiment");
  folder_.write("late-fee.ledger.jsonl", whole.substr(0, whole.find('\n') + 1));
  EXPECT_EQ(run_program({"ledger", "verify", file_}).exit_code, 0);
  EXPECT_EQ(run_program({"ledger", "verify", file_, "--head", head}).exit_code, 3);
  EXPECT_EQ(run_program({"ledger", "forge", file_}).exit_code, 2);
}

TEST_F(Decide, StopGivesEveryoneControl) {
  const RunResult dry = run_program({"stop", file_, "--by", "Li Na", "--reason", "投诉", "--dry-run"});
  EXPECT_EQ(dry.exit_code, 0);
  EXPECT_EQ(ledger().find("entries")->as_integer(), 0);
  const RunResult run = run_program({"stop", file_, "--by", "Li Na", "--reason", "投诉", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json_of(run.out).find("action")->as_string(), "stop");
  EXPECT_EQ(ledger().find("state")->as_string(), "stopped");
  EXPECT_THAT(run_program({"assign", file_, "C-1", "--at", "2026-05-20"}).out, HasSubstr("C-1,control,stopped,false"));
  EXPECT_EQ(run_program({"stop", file_, "--by", "", "--reason", "r"}).exit_code, 2);
}

TEST_F(Decide, PromotesWhatIsRecommendedAndApproved) {
  import_winner();
  const RunResult early = promote({"--yes"});
  EXPECT_EQ(early.exit_code, 1) << early.out;
  EXPECT_THAT(early.err, HasSubstr("the role compliance has not approved"));
  ASSERT_EQ(approve().exit_code, 0);
  const RunResult dry = promote({"--dry-run"});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("80 % of the customers in scope get kind"));
  EXPECT_EQ(ledger().find("state")->as_string(), "pilot");
  const RunResult asking = promote({});
  EXPECT_EQ(asking.exit_code, 2);
  EXPECT_THAT(asking.err, HasSubstr("--yes"));
  EXPECT_EQ(ledger().find("state")->as_string(), "pilot");
  const RunResult run = promote({"--yes", "--holdback", "0.1", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(json_of(run.out).find("promoted")->as_bool());
  const Json after = ledger();
  EXPECT_EQ(after.find("state")->as_string(), "promoted");
  EXPECT_EQ(after.find("variant")->as_string(), "kind");
  std::string input;
  for (int unit = 0; unit < 5000; ++unit) input += "new-" + std::to_string(unit) + "\n";
  const std::string shares = run_program({"assign", file_}, input).out;
  std::int64_t held = 0;
  for (std::size_t at = shares.find(",control,holdback,true,"); at != std::string::npos;
       at = shares.find(",control,holdback,true,", at + 1))
    ++held;
  EXPECT_NEAR(static_cast<double>(held), 500.0, 130.0);  // 6 standard deviations
}

TEST_F(Decide, RefusesWithReasonsWhatIsNotRecommended) {
  import_winner(200);
  ASSERT_EQ(approve().exit_code, 0);
  const RunResult run = promote({"--yes", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  const Json error = json_of(run.err);
  EXPECT_EQ(error.find("code")->as_string(), "refused");
  EXPECT_THAT(error.find("message")->as_string(), HasSubstr("not promote"));
  EXPECT_EQ(ledger().find("state")->as_string(), "pilot");
  EXPECT_EQ(promote({"--yes", "--holdback", "1.5"}).exit_code, 2);
}

}  // namespace
}  // namespace tactful::test
