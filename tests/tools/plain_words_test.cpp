// What the program says to somebody who has never seen it: numbers, plurals, mistakes and their way out.
#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PlainWords : public ::testing::Test {
 protected:
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
  const std::string store_ = folder_.file("pilot.db");
};

TEST_F(PlainWords, OneIsSingular) {
  const RunResult run = run_program({"check", folder_.write("bad/x.json", "[1]")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, EndsWith("1 file, 1 error, 0 warnings\n"));
}

TEST_F(PlainWords, AFileThatIsNoJson) {
  EXPECT_THAT(run_program({"check", folder_.write("zh.json", "这不是实验")}).out, HasSubstr("this is no JSON"));
  EXPECT_THAT(run_program({"check", folder_.write("gb.json", "{\"key\": \"\xB6\xD4\"}")}).out, HasSubstr("not UTF-8"));
  EXPECT_THAT(run_program({"check", folder_.write("bin.json", std::string_view("\0\1\2", 3))}).out, HasSubstr("NUL"));
  EXPECT_THAT(run_program({"ledger", "verify", folder_.path().string()}).err, HasSubstr("it is a folder"));
}

TEST_F(PlainWords, ImportSaysOnlyWhatThereWas) {
  const std::string units = folder_.write("units.csv", "unit,variant,converted,complaint\nC-1,control,1,0\n");
  const std::vector<std::string> words = {"import", "--units", units, "--experiment", file_, "--store", store_};
  EXPECT_EQ(run_program(words).out, "read 1 row: 1 new\n");
  const std::string events = folder_.write("exposures.csv", "unit,variant,at\nC-1,control,2026-05-12T08:00:00\n");
  const std::vector<std::string> exposures = {"import", "--exposures", events, "--experiment",
                                              "other",  "--store",     store_};
  const RunResult refused = run_program(exposures);
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.err, HasSubstr("is not a time: it has no zone"));
  EXPECT_THAT(refused.err, HasSubstr("--zone +08:00"));
  auto zoned = exposures;
  zoned.insert(zoned.end(), {"--zone", "+08:00"});
  EXPECT_EQ(run_program(zoned).out, "read 1 event: 1 new\n");
  EXPECT_EQ(run_program(zoned).out, "read 1 event: 0 new, 1 already there\n");
}

TEST_F(PlainWords, ATableWithoutIdsHasItsFlag) {
  const std::string units = folder_.write("units.csv", "variant,converted,complaint\ncontrol,1,0\nkind,0,0\n");
  std::vector<std::string> words = {"import", "--units", units, "--experiment", file_, "--store", store_};
  EXPECT_THAT(run_program(words).err, HasSubstr("--row-is-unit"));
  words.push_back("--row-is-unit");
  EXPECT_EQ(run_program(words).out, "read 2 rows: 2 new\n");
  EXPECT_EQ(run_program({"import", "--exposures", units, "--experiment", file_, "--store", store_, "--row-is-unit"})
                .exit_code,
            2);
}

TEST_F(PlainWords, WhoeverMistypesAJournalMakesNoStore) {
  const RunResult run = run_program({"collect", "--store", store_, folder_.file("jurnals")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("jurnals: no such journal or folder"));
  EXPECT_FALSE(std::filesystem::exists(store_));
}

TEST_F(PlainWords, ALedgerWithoutEntriesIsNoTable) {
  const RunResult run = run_program({"ledger", "show", file_});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, StartsWith("no entries yet; state pilot, phase pilot\nhead 0000"));
}

TEST_F(PlainWords, ImportedDataWithoutRandomisationShowBothWaysOut) {
  const std::string events = folder_.write("exposures.csv", "unit,variant,at\nC-1,control,2026-05-12T08:00:00Z\n");
  ASSERT_EQ(run_program({"import", "--exposures", events, "--experiment", file_, "--store", store_}).exit_code, 0);
  const RunResult run = run_program({"evaluate", file_, "--store", store_});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("write in `randomisation` how"));
  EXPECT_THAT(run.err, HasSubstr("--randomised 'HOW'"));
}

TEST_F(PlainWords, AnExperimentThatACountsFileLacksIsAnsweredWithThoseItHas) {
  const std::string counts =
      folder_.write("counts.csv", "experiment,metric,variant,n,successes\nspring,paid,a,10,5\nspring,paid,b,10,5\n");
  const RunResult run = run_program({"evaluate", "--counts", counts, "--experiment", "unlike-any"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("it has spring"));
}

TEST(CalcWords, SevenDigitsForPeopleAllOfThemForPrograms) {
  const std::vector<std::string> words = {"calc",  "prop_diff_ci", "--x_c", "45",   "--n_c",  "1000",
                                          "--x_t", "62",           "--n_t", "1000", "--conf", "0.95"};
  const RunResult shown = run_program(words);
  EXPECT_THAT(shown.out, HasSubstr("-0.002710164 to 0.03671016"));
  auto json = words;
  json.push_back("--json");
  EXPECT_THAT(run_program(json).out, HasSubstr("0.036710164179824006"));
}

TEST(CalcWords, MistakesNameTheFlag) {
  EXPECT_THAT(run_program({"calc", "prop_diff_ci", "--x_c", "45"}).err, StartsWith("tactful: --n_c: "));
  EXPECT_THAT(run_program({"hash", "--scheme", "nope", "--seed", "a", "x"}).err, StartsWith("tactful: --scheme: "));
}

TEST(DoctorWords, AFolderThatIsNoneIsOneFinding) {
  const TempFolder folder;
  const RunResult absent = run_program({"doctor", "--folder", folder.file("absent")});
  EXPECT_EQ(absent.exit_code, 5);
  EXPECT_THAT(absent.out, HasSubstr("no such folder"));
  EXPECT_THAT(absent.out, Not(HasSubstr("writing")));
  EXPECT_THAT(run_program({"doctor", "--folder", folder.write("file", "")}).out, HasSubstr("is no folder"));
}

TEST(DoctorWords, AStoreThatIsStillToBeMadeNeedsNoKey) {
  const TempFolder folder;
  const RunResult fresh = run_program({"doctor", "--folder", folder.path().string(), "--store", folder.file("new.db")});
  EXPECT_EQ(fresh.exit_code, 0) << fresh.out;
  EXPECT_THAT(fresh.out, HasSubstr("no such store yet"));
  (void)folder.write("old.db", "x");
  EXPECT_EQ(run_program({"doctor", "--folder", folder.path().string(), "--store", folder.file("old.db")}).exit_code, 5);
}

}  // namespace
}  // namespace tactful::test
