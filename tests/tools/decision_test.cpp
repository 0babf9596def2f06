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
  void review() const {
    const RunResult run = run_program({"review", file_, "--store", store_, "--by", "Wang Wei", "--as-of", "2026-06-02",
                                       "--randomised", "coin flips"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  RunResult promote(std::vector<std::string> more) const {
    more.insert(more.begin(), {"promote", file_, "--store", store_, "--variant", "kind", "--by", "Wang Wei",
                               "--randomised", "coin flips"});
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
  EXPECT_THAT(promote({"--yes"}).err, HasSubstr("a review is due"));
  review();
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
  const RunResult run = promote({"--yes", "--holdback", "0.3", "--json"});
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
  EXPECT_NEAR(static_cast<double>(held), 1500.0, 195.0);  // 6 standard deviations
}

TEST_F(Decide, ADryRunMeetsWhatTheRealCallMeets) {
  import_winner();
  review();
  ASSERT_EQ(approve().exit_code, 0);
  EXPECT_EQ(promote({"--dry-run", "--holdback", "1"}).exit_code, 2);
  const RunResult nobody = run_program({"promote", file_, "--store", store_, "--variant", "kind", "--by", "",
                                        "--randomised", "coin flips", "--dry-run"});
  EXPECT_EQ(nobody.exit_code, 2) << nobody.out;
  ASSERT_EQ(promote({"--dry-run"}).exit_code, 0);
  ASSERT_EQ(promote({"--yes"}).exit_code, 0);
  const RunResult again = promote({"--dry-run"});
  EXPECT_EQ(again.exit_code, 4);  // the next step rests on its phase's data, and there are none yet
  EXPECT_THAT(again.err, HasSubstr("rollout-1"));
  EXPECT_THAT(promote({"--dry-run", "--phase", "pilot"}).err, HasSubstr("the experiment is in phase rollout-1"));
  ASSERT_EQ(run_program({"stop", file_, "--by", "Li Na", "--reason", "r"}).exit_code, 0);
  const RunResult stopped = promote({"--dry-run"});
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_THAT(stopped.err, HasSubstr("is stopped"));
}

TEST_F(Decide, ThePromotionSaysWhatItRestsOn) {
  import_winner();
  review();
  ASSERT_EQ(approve().exit_code, 0);
  const RunResult run = promote({"--yes", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json entry = json_of(run.out);
  const Json* body = entry.find("body");
  const Json copy = body == nullptr ? Json::object() : *body;
  ASSERT_NE(copy.find("as_of"), nullptr);
  EXPECT_EQ(copy.find("as_of")->as_string(), "2026-06-02T00:00:00.000Z");
  EXPECT_EQ(copy.find("randomisation")->as_string(), "coin flips");
  EXPECT_TRUE(copy.find("waived")->as_array().empty());
}

TEST_F(Decide, AMomentStillToComeIsNoReview) {
  import_winner();
  ASSERT_EQ(approve().exit_code, 0);
  for (const char* command : {"evaluate", "promote"}) {
    std::vector<std::string> words = {command,      file_,          "--store",    store_,  "--as-of",
                                      "9000-01-01", "--randomised", "coin flips", "--json"};
    if (words.front() == "promote") words.insert(words.end(), {"--variant", "kind", "--by", "Wang Wei", "--yes"});
    const RunResult run = run_program(words);
    EXPECT_EQ(run.exit_code, 2) << run.out;
    EXPECT_THAT(run.err, HasSubstr("still to come"));
  }
  EXPECT_EQ(ledger().find("state")->as_string(), "pilot");
}

TEST_F(Decide, TheOwnerCannotApprove) {
  const RunResult run = run_program(
      {"approve", file_, "--variant", "kind", "--role", "compliance", "--by", "LI NA, compliance", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(json_of(run.err).find("code")->as_string(), "refused");
  EXPECT_EQ(ledger().find("entries")->as_integer(), 0);
}

TEST_F(Decide, APolicyWithoutRolesStillTakesASecondPerson) {
  import_winner();
  folder_.write("late-fee.json", replaced(small_experiment(), R"(["compliance"])", "[]"));
  review();
  EXPECT_THAT(promote({"--yes"}).err, HasSubstr("two people"));
  ASSERT_EQ(approve("kind", "head").exit_code, 0);
  EXPECT_EQ(promote({"--yes"}).exit_code, 0);
}

TEST_F(Decide, ABrokenFileDoesNotKeepAnybodyFromStopping) {
  const std::string good = small_experiment();
  folder_.write("late-fee.json", replaced(good, "\"window\": \"7d\"", "\"window\": \"soon\""));
  const RunResult run = run_program({"stop", file_, "--by", "Li Na", "--reason", "投诉", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("mend it, or take it out"));
  EXPECT_EQ(json_of(run.out).find("experiment")->as_string(), "late-fee");
  folder_.write("late-fee.json", good);
  EXPECT_EQ(ledger().find("state")->as_string(), "stopped");
  EXPECT_THAT(run_program({"assign", file_, "C-1", "--at", "2026-05-20"}).out, HasSubstr("C-1,control,stopped,false"));
  // A name that is mistyped is no experiment to stop.
  EXPECT_EQ(run_program({"stop", folder_.file("late-fe.json"), "--by", "Li Na", "--reason", "r"}).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("late-fe.ledger.jsonl")));
}

TEST_F(Decide, ADamagedLedgerTellsHowToStopByHand) {
  ASSERT_EQ(approve().exit_code, 0);
  const std::string path = folder_.file("late-fee.ledger.jsonl");
  folder_.write("late-fee.ledger.jsonl", replaced(read_file(path).value(), "赵敏", "孙杰"));
  const RunResult run = run_program({"stop", file_, "--by", "Li Na", "--reason", "r"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, ::testing::AllOf(HasSubstr("NOT stopped"), HasSubstr("mv "), HasSubstr("out of the folder")));
  std::filesystem::rename(path, path + ".damaged");
  EXPECT_EQ(run_program({"stop", file_, "--by", "Li Na", "--reason", "r"}).exit_code, 0);
  EXPECT_EQ(ledger().find("state")->as_string(), "stopped");
}

TEST_F(Decide, RefusesWithReasonsWhatIsNotRecommended) {
  import_winner(200);
  review();
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
