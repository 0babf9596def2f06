#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Check, AGoodFileEndsWithZero) {
  const TempFolder folder;
  const RunResult run = run_program({"check", folder.write("late-fee.json", small_experiment())});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("late-fee.json: good, fingerprint "));
  EXPECT_THAT(run.out, HasSubstr("0 errors"));
}

TEST(Check, TheExampleOfTheRepositoryIsGood) {
  const RunResult run = run_program({"check", TACTFUL_SOURCE_DIR "/experiments/payment-reminder.json"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("0 errors"));
}

TEST(Check, AnExperimentWithoutAPolicyBesideOthersIsSaid) {
  const TempFolder folder;
  const std::string file = folder.write("late-fee.json", small_experiment());
  EXPECT_THAT(run_program({"check", file}).out, Not(HasSubstr("[no-contact]"))) << "there are none";
  std::filesystem::create_directory(folder.path() / "contact");
  folder.write("contact/p.json", R"({"schema": "tactful/contact/1", "key": "p", "fixed_offset": "Z"})");
  const RunResult said = run_program({"check", file});
  EXPECT_EQ(said.exit_code, 0) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("[no-contact]"));
  EXPECT_THAT(run_program({"check", file, "--lang", "zh"}).out, HasSubstr("联系策略"));
  folder.write("late-fee.json", replaced(small_experiment(), "{", R"({"contact": "p", )"));
  EXPECT_THAT(run_program({"check", file}).out, Not(HasSubstr("[no-contact]")));
}

TEST(Check, TextsThatNoRuleReadsAreSaidAsSendersSayIt) {
  const TempFolder folder;
  const std::string file = folder.write("late-fee.json", small_experiment());
  const RunResult said = run_program({"check", file});
  EXPECT_EQ(said.exit_code, 0) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("[no-rules]"));
  EXPECT_THAT(run_program({"check", folder.path().string()}).out, HasSubstr("[no-rules]"));
  EXPECT_THAT(run_program({"check", file, "--lang", "zh"}).out, HasSubstr("规则包"));
  // By rules from elsewhere it was checked here; senders load those beside the experiment all the same.
  EXPECT_THAT(run_program({"check", file, "--rules", TACTFUL_SOURCE_DIR "/experiments/rules"}).out,
              HasSubstr("[no-rules]"));
  std::filesystem::create_directory(folder.path() / "rules");
  EXPECT_THAT(run_program({"check", file}).out, HasSubstr("[no-rules]")) << "an empty folder holds no rules";
  std::filesystem::copy(TACTFUL_SOURCE_DIR "/experiments/rules/urgency.json", folder.path() / "rules/urgency.json");
  EXPECT_THAT(run_program({"check", file}).out, Not(HasSubstr("[no-rules]")));
  std::filesystem::remove_all(folder.path() / "rules");
  std::string bare =
      replaced(small_experiment(), R"("text": "Dear {name}, pay {amount} today.")", R"("wording": "today")");
  bare = replaced(bare, R"("text": "Dear {name}, {amount} is due; call us if the date does not suit you.")",
                  R"("wording": "kind")");
  folder.write("late-fee.json", bare);
  EXPECT_THAT(run_program({"check", file}).out, Not(HasSubstr("[no-rules]"))) << "no texts, nothing to read";
}

TEST(Check, EveryMistakeAtOnceWithItsPointer) {
  const TempFolder folder;
  std::string text = replaced(small_experiment(), "\"window\": \"7d\", \"role\": \"success\"",
                              "\"window\": \"soon\", \"role\": \"succes\"");
  text = replaced(text, "\"owner\"", "\"ownr\"");
  const RunResult run = run_program({"check", folder.write("late-fee.json", text)});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("/metrics/0/window"));
  EXPECT_THAT(run.out, HasSubstr("/metrics/0/role"));
  EXPECT_THAT(run.out, HasSubstr("/ownr"));
}

TEST(Check, JsonHasFindingsForPrograms) {
  const TempFolder folder;
  const std::string bad = folder.write("late-fee.json", replaced(small_experiment(), "\"7d\"", "\"soon\""));
  const RunResult run = run_program({"check", bad, "--json"});
  EXPECT_EQ(run.exit_code, 3);
  const Json json = json_of(run.out);
  ASSERT_NE(json.find("files"), nullptr);
  const Json& file = json.find("files")->as_array().at(0);
  EXPECT_FALSE(file.find("valid")->as_bool());
  const Json& finding = file.find("findings")->as_array().at(0);
  EXPECT_EQ(finding.find("severity")->as_string(), "error");
  EXPECT_EQ(finding.find("pointer")->as_string(), "/metrics/0/window");
  EXPECT_GE(json.find("errors")->as_integer(), 1);
}

TEST(Check, EmptyAndBrokenFilesAreFindings) {
  const TempFolder folder;
  EXPECT_EQ(run_program({"check", folder.write("empty.json", "")}).exit_code, 3);
  const RunResult broken = run_program({"check", folder.write("broken.json", "{\"key\": \"broken\",}")});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.out, HasSubstr("[json]"));
  EXPECT_EQ(run_program({"check", folder.write("latin.json", "{\"key\": \"\xE9\"}")}).exit_code, 3);
}

TEST(Check, ChineseTextsAreFine) {
  const TempFolder folder;
  std::string text =
      replaced(small_experiment(), "Dear {name}, pay {amount} today.", "尊敬的{name}，请于今天支付{amount}元。");
  text = replaced(text, "Late fee: a kinder reminder", "滞纳金提醒：更友好的措辞");
  EXPECT_EQ(run_program({"check", folder.write("late-fee.json", text)}).exit_code, 0);
}

TEST(Check, SeesWhatASenderWouldRefuse) {
  const TempFolder folder;
  const std::string scope =
      replaced(small_experiment(), "\"owner\"", "\"scope\": {\"age\": {\"$bogus\": 3}}, \"owner\"");
  const RunResult compiled = run_program({"check", folder.write("late-fee.json", scope)});
  EXPECT_EQ(compiled.exit_code, 3);
  EXPECT_THAT(compiled.out, HasSubstr("/scope"));

  folder.write("late-fee.json", small_experiment());
  folder.write("late-fee.ledger.jsonl", "{\"sequence\": 1}\n");
  const RunResult ledger = run_program({"check", folder.path().string()});
  EXPECT_EQ(ledger.exit_code, 3);
  EXPECT_THAT(ledger.out, HasSubstr("[ledger]"));
}

TEST(Check, AFolderChecksEveryFileAndOneWithoutFilesIsMissing) {
  const TempFolder folder;
  folder.write("in/late-fee.json", small_experiment());
  folder.write("in/other.json", "{}");
  const RunResult run = run_program({"check", folder.file("in")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("late-fee.json: good"));
  EXPECT_THAT(run.out, HasSubstr("other.json"));
  folder.write("nothing/readme.txt", "");
  EXPECT_EQ(run_program({"check", folder.file("nothing")}).exit_code, 1);
}

TEST(Check, CsvAndMarkdownCarryEveryFinding) {
  const TempFolder folder;
  const std::string bad = folder.write("late-fee.json", replaced(small_experiment(), "\"7d\"", "\"soon\""));
  EXPECT_THAT(run_program({"check", bad, "--format", "csv"}).out,
              HasSubstr("file,severity,rule,pointer,message,hint\n"));
  EXPECT_THAT(run_program({"check", bad, "--format", "md"}).out, HasSubstr("| file | severity |"));
}

}  // namespace
}  // namespace tactful::test
