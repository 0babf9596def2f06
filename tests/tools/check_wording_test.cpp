// `check` of wordings, rule packs, scenarios, and of what lies beside an experiment; `diff` of wordings.
#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kExamples = TACTFUL_SOURCE_DIR "/experiments";

// The file of an answer of `check --json` whose name ends so; a test fails when there is none.
Json file_of(const Json& answer, const std::string& name) {
  for (const Json& file : answer.find("files")->as_array()) {
    const std::string& path = file.find("file")->as_string();
    if (path.size() >= name.size() && path.compare(path.size() - name.size(), name.size(), name) == 0) return file;
  }
  ADD_FAILURE() << name << " is not in " << answer.dump(2);
  return Json::object().set("findings", Json::array()).set("valid", false).set("costs", Json::array());
}

// `severity rule pointer` of every finding, one a line.
std::string findings_of(const Json& file) {
  std::string list;
  for (const Json& one : file.find("findings")->as_array())
    list += one.find("severity")->as_string() + " " + one.find("rule")->as_string() + " " +
            one.find("pointer")->as_string() + "\n";
  return list;
}

const char* const kWording = R"({
  "schema": "tactful/wording/1", "key": "late", "scenario": "payment",
  "fields": {"due": {"type": "date", "is": "deadline", "sample": "2026-05-14"}},
  "texts": {"en": {"sms": "Your payment is due on {due}. Reply 1 to move it.", "email": "It is due on {due}."},
            "zh": {"sms": "您的账单将于{due}到期，回复1可改期。"}}})";
const char* const kRules = R"({"schema": "tactful/rules/1", "key": "house", "rules": [
  {"id": "shout", "severity": "error", "forbid": {"phrases": ["or else", "否则"]},
   "reason": {"en": "Threatens"}, "suggestion": {"en": "Name the ways out"}}]})";
const char* const kScenarios = R"({"schema": "tactful/scenarios/1", "scenarios": {
  "payment": {"title": {"en": "Payment"}, "text": ["deadline"]}}})";

class WordingFiles : public ::testing::Test {
 protected:
  WordingFiles() {
    folder_.write("rules/house.json", kRules);
    folder_.write("scenarios/ours.json", kScenarios);
  }
  const TempFolder folder_;
  const std::string file_ = folder_.write("wordings/late.json", kWording);
};

TEST_F(WordingFiles, AGoodOneShowsWhatItCosts) {
  const RunResult run = run_program({"check", file_});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("late.json: good, fingerprint "));
  EXPECT_THAT(run.out, HasSubstr("  en sms: 1 SMS segment (GSM-7, "));
  EXPECT_THAT(run.out, HasSubstr("  zh sms: 1 SMS segment (UCS-2, "));
  EXPECT_THAT(run.out, Not(HasSubstr("form-only")));
  const Json file = file_of(json_of(run_program({"check", file_, "--json"}).out), "late.json");
  EXPECT_EQ(file.find("kind")->as_string(), "wording");
  EXPECT_EQ(file.find("wording")->as_string(), "late");
  EXPECT_EQ(file.find("rules")->as_string().size(), 32u);
  ASSERT_EQ(file.find("costs")->as_array().size(), 3u);
  EXPECT_EQ(file.find("costs")->as_array()[1].find("sms"), nullptr) << "an e-mail has no segments";
  EXPECT_EQ(file.find("costs")->as_array()[2].find("sms")->find("encoding")->as_string(), "UCS-2");
}

TEST_F(WordingFiles, RulesAndScenariosBesideItSpeak) {
  std::string text = replaced(kWording, "回复1可改期", "否则停机");
  text = replaced(text, "\"is\": \"deadline\", ", "");
  folder_.write("wordings/late.json", text);
  const RunResult run = run_program({"check", file_, "--json"});
  EXPECT_EQ(run.exit_code, 3) << run.out;
  const std::string found = findings_of(file_of(json_of(run.out), "late.json"));
  EXPECT_THAT(found, HasSubstr("error house/shout /texts/zh/sms\n"));
  EXPECT_THAT(found, HasSubstr("error element-missing /texts/en/sms\n"));
  const std::string english =
      findings_of(file_of(json_of(run_program({"check", file_, "--texts", "en", "--json"}).out), "late.json"));
  EXPECT_THAT(english, Not(HasSubstr("/texts/zh")));
  EXPECT_THAT(english, HasSubstr("error element-missing /texts/en/email\n"));
}

TEST_F(WordingFiles, LanguageNarrowsAndOneThatIsNotThereIsSaid) {
  const RunResult chinese = run_program({"check", file_, "--texts", "zh-Hans"});
  EXPECT_THAT(chinese.out, HasSubstr("zh sms"));
  EXPECT_THAT(chinese.out, Not(HasSubstr("en sms")));
  const RunResult none = run_program({"check", file_, "--texts", "zn"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.out, HasSubstr("[no-language]"));
  EXPECT_THAT(none.out, HasSubstr("en/sms, en/email, zh/sms"));
}

TEST_F(WordingFiles, NamedFoldersStandForThoseBeside) {
  folder_.write("strict/strict.json", replaced(replaced(kRules, "house", "strict"), "or else", "reply 1"));
  const RunResult run = run_program({"check", file_, "--rules", folder_.file("strict")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("[strict/shout]"));
  folder_.write("other/none.json", replaced(kScenarios, "\"payment\"", "\"renewal\""));
  EXPECT_THAT(run_program({"check", file_, "--scenarios", folder_.file("other")}).out, HasSubstr("[scenario]"));
  for (const char* option : {"--rules", "--scenarios"}) {
    const RunResult missing = run_program({"check", file_, option, folder_.file("nowhere")});
    EXPECT_EQ(missing.exit_code, 1) << option;
    EXPECT_THAT(missing.err, HasSubstr("nowhere"));
    folder_.write("empty/readme.txt", "");
    EXPECT_EQ(run_program({"check", file_, option, folder_.file("empty")}).exit_code, 1) << option;
  }
}

TEST_F(WordingFiles, WithNothingBesideOnlyTheFormIsCheckedAndThatIsSaid) {
  const RunResult run = run_program({"check", folder_.write("alone/late.json", kWording)});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("[form-only]"));
}

TEST_F(WordingFiles, EveryMistakeOfTheFormAtOnceAndTheNameOfTheFile) {
  std::string text = replaced(kWording, "\"date\"", "\"dat\"");
  text = replaced(text, "\"scenario\"", "\"scenaro\"");
  const RunResult run = run_program({"check", folder_.write("wordings/late.json", text)});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("/fields/due/type"));
  EXPECT_THAT(run.out, HasSubstr("/scenaro"));
  EXPECT_THAT(run_program({"check", folder_.write("wordings/other.json", kWording)}).out, HasSubstr("[file-name]"));
}

TEST_F(WordingFiles, ABrokenRulePackHasItsPointerAndIsNotPassedOver) {
  std::string text = replaced(replaced(kRules, "house", "broken"), "phrases", "patterns");
  const std::string pack = folder_.write("rules/broken.json", replaced(text, "or else", "(or else"));
  const RunResult alone = run_program({"check", pack, "--json"});
  EXPECT_EQ(alone.exit_code, 3);
  const Json file = file_of(json_of(alone.out), "broken.json");
  EXPECT_EQ(file.find("kind")->as_string(), "rules");
  EXPECT_THAT(findings_of(file), HasSubstr("error pattern /rules/0/forbid/patterns/0\n"));
  const RunResult wording = run_program({"check", file_, "--json"});
  EXPECT_EQ(wording.exit_code, 3) << "a wording is not called good by fewer rules than there are";
  EXPECT_FALSE(file_of(json_of(wording.out), "broken.json").find("valid")->as_bool());
  const RunResult all = run_program({"check", folder_.path().string(), "--json"});
  EXPECT_EQ(json_of(all.out).find("errors")->as_integer(), 1) << "each error once: " << all.out;
  folder_.write("rules/broken.json", "{\"schema\": ");
  EXPECT_EQ(file_of(json_of(run_program({"check", pack, "--json"}).out), "broken.json").find("kind")->as_string(),
            "rules");
}

TEST_F(WordingFiles, PacksAndScenariosThatStandTwiceAreErrors) {
  folder_.write("rules/again.json", kRules);
  const RunResult rules = run_program({"check", file_});
  EXPECT_EQ(rules.exit_code, 3);
  EXPECT_THAT(rules.out, HasSubstr("[rule-packs]"));
  folder_.write("rules/again.json", replaced(kRules, "house", "again"));
  folder_.write("scenarios/twice.json", kScenarios);
  const RunResult scenarios = run_program({"check", file_});
  EXPECT_EQ(scenarios.exit_code, 3);
  EXPECT_THAT(scenarios.out, HasSubstr("/scenarios/payment"));
}

TEST_F(WordingFiles, AFolderIsCheckedWithItsFolders) {
  folder_.write("late-fee.json", small_experiment());
  const RunResult run = run_program({"check", folder_.path().string()});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  for (const char* name : {"late-fee.json: good", "late.json: good", "house.json: good", "ours.json: good"})
    EXPECT_THAT(run.out, HasSubstr(name));
  EXPECT_THAT(run.out, HasSubstr("4 files, 0 errors"));
  EXPECT_EQ(run_program({"check", folder_.file("rules")}).exit_code, 0) << "a folder of rules is no catalogue";
}

TEST_F(WordingFiles, WordsOfAnExperimentAreReadByTheRulesBeside) {
  std::string text = replaced(small_experiment(), "Dear {name}, pay {amount} today.", "请支付{amount}元，否则停机。");
  const std::string file = folder_.write("late-fee.json", text);
  const RunResult run = run_program({"check", file});
  EXPECT_EQ(run.exit_code, 3) << "senders refuse it: " << run.out;
  EXPECT_THAT(run.out, HasSubstr("error: Threatens: \"否则\" [house/shout]\n    Name the ways out"));
  EXPECT_THAT(run_program({"check", file, "--texts", "en"}).out, Not(HasSubstr("house/shout")));
  folder_.write("late-fee.json", replaced(small_experiment(), "{name}", "{or_else}"));
  EXPECT_THAT(run_program({"check", file}).out, Not(HasSubstr("house/shout"))) << "a field's name is no word";
}

TEST_F(WordingFiles, TheChannelOfAnExperimentIsSmsUnlessItsScopeSaysAnother) {
  folder_.write("rules/house.json", replaced(kRules, "\"forbid\"", "\"channels\": [\"sms\"], \"forbid\""));
  const std::string text = replaced(small_experiment(), "pay {amount} today.", "pay {amount} today, or else.");
  const std::string file = folder_.write("late-fee.json", text);
  EXPECT_THAT(run_program({"check", file}).out, HasSubstr("[house/shout]"));
  folder_.write("late-fee.json", replaced(text, "\"owner\"", "\"scope\": {\"channel\": \"email\"}, \"owner\""));
  const RunResult email = run_program({"check", file});
  EXPECT_EQ(email.exit_code, 0) << email.out;
  EXPECT_THAT(email.out, Not(HasSubstr("[house/shout]")));
}

// An experiment whose variants have their words in files.
std::string with_files() {
  std::string text = replaced(small_experiment(), "Dear {name}, pay {amount} today.", "");
  const auto at = text.find("\"key\": \"kind\"");
  const auto begin = text.find("\"text\": \"", at) + 9, end = text.find('"', begin);
  text.erase(begin, end - begin);
  return replaced(text, "\"key\": \"kind\"", "\"key\": \"kind\", \"wording\": \"friendly\"");
}

TEST_F(WordingFiles, ATextAndAFileForOneVariantAreTooMany) {
  const std::string file = folder_.write("late-fee.json", small_experiment());
  folder_.write("wordings/control.json", replaced(kWording, "\"late\"", "\"control\""));
  const RunResult run = run_program({"check", file});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("[two-texts]"));
}

TEST_F(WordingFiles, VariantsWithFilesAreComparedWithControl) {
  const std::string file = folder_.write("late-fee.json", with_files());
  folder_.write("wordings/control.json", replaced(kWording, "\"late\"", "\"control\""));
  EXPECT_THAT(run_program({"check", file}).out, HasSubstr("[no-words]")) << "one has words, the other none";
  const std::string friendly = replaced(kWording, "\"late\"", "\"friendly\"");
  folder_.write("wordings/friendly.json", replaced(friendly, ", \"email\": \"It is due on {due}.\"", ""));
  const RunResult run = run_program({"check", file, "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  const Json first = file_of(json_of(run.out), "late-fee.json");
  EXPECT_THAT(findings_of(first), HasSubstr("warning text-missing /variants\n"));
  folder_.write("wordings/friendly.json", replaced(friendly, "Reply 1", "Answer 1"));
  const Json second = file_of(json_of(run_program({"check", file, "--json"}).out), "late-fee.json");
  EXPECT_NE(*first.find("fingerprint"), *second.find("fingerprint")) << "other words, another version";
  folder_.write("wordings/friendly.json", "{}");
  const RunResult broken = run_program({"check", file});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.out, HasSubstr("/variants/1/wording: error"));
}

TEST_F(WordingFiles, MessagesAreInChineseWhereAsked) {
  const std::string text = replaced(kWording, "回复1可改期", "否则停机");
  folder_.write("wordings/late.json", replaced(text, "\"is\": \"deadline\", ", ""));
  const RunResult run = run_program({"check", file_, "--lang", "zh"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("：错误：正文没有向每位客户说明：时限（deadline） [element-missing]"));
  EXPECT_THAT(run.out, HasSubstr("1个文件，"));
  EXPECT_THAT(run.out, HasSubstr("条短信（UCS-2，"));
  folder_.write("wordings/late.json", replaced(kWording, "\"date\"", "\"dat\""));
  EXPECT_THAT(run_program({"check", file_, "--lang", "zh"}).out, HasSubstr("错误：不在允许的取值之中（"));
  EXPECT_EQ(run_program({"check", file_, "--lang", "fr"}).exit_code, 2);
}

TEST_F(WordingFiles, RulesOfTheFolderAboveServeAFolderWithoutItsOwn) {
  folder_.write("bad/wordings/late.json", replaced(kWording, "回复1可改期", "否则停机"));
  const RunResult run = run_program({"check", folder_.file("bad")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("[house/shout]"));
}

TEST_F(WordingFiles, TheLibraryFindsWhereEachVersionRan) {
  folder_.write("late-fee.json", with_files());
  folder_.write("wordings/control.json", replaced(kWording, "\"late\"", "\"control\""));
  const std::string friendly = replaced(kWording, "\"late\"", "\"friendly\"");
  folder_.write("wordings/friendly.json", friendly);
  const std::string folder = folder_.path().string();
  const RunResult kept = run_program({"wordings", folder, "--keep"});
  ASSERT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_THAT(kept.err, HasSubstr("history/friendly@"));
  const RunResult stop =
      run_program({"stop", folder_.file("late-fee.json"), "--by", "Li Na", "--reason", "complaints"});
  ASSERT_EQ(stop.exit_code, 0) << stop.err;
  folder_.write("wordings/friendly.json", replaced(friendly, "Reply 1", "Answer 1"));
  const RunResult run = run_program({"wordings", folder, "--wording", "friendly", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json answer = json_of(run.out);
  const auto& versions = answer.find("versions")->as_array();
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_TRUE(versions[0].find("current")->as_bool());
  EXPECT_FALSE(versions[1].find("current")->as_bool());
  const auto whats = [](const Json& version) {
    std::string list;
    for (const Json& one : version.find("results")->as_array()) list += one.find("what")->as_string() + " ";
    return list;
  };
  EXPECT_EQ(whats(versions[0]), "runs ");
  EXPECT_EQ(whats(versions[1]), "stop ") << "the decision was about the words of then";
  const std::string name = versions[1].find("file")->as_string();
  folder_.write("wordings/history/" + name.substr(name.rfind('/') + 1), replaced(friendly, "Reply 1", "Say 1"));
  EXPECT_EQ(run_program({"wordings", folder}).exit_code, 3) << "a kept version that was edited is noticed";
}

TEST(Examples, AllAreGoodAndTheBadOnesAreBad) {
  const RunResult good = run_program({"check", kExamples, "--json"});
  EXPECT_EQ(good.exit_code, 0) << good.out;
  const RunResult bad = run_program({"check", kExamples + "/bad", "--json"});
  EXPECT_EQ(bad.exit_code, 3);
  const Json answer = json_of(bad.out);
  EXPECT_EQ(answer.find("files")->as_array().size(), 6u);
  for (const Json& file : answer.find("files")->as_array()) EXPECT_FALSE(file.find("valid")->as_bool()) << file.dump(2);
}

TEST_F(WordingFiles, DiffShowsWordsSideBySide) {
  const std::string edited = folder_.write(
      "new/late.json",
      replaced(replaced(kWording, "is due on {due}. Reply", "falls due on {due}. Reply"), "\"email\"", "\"app\""));
  const RunResult run = run_program({"diff", file_, edited});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("before  Your payment [-is-] due on {due}."));
  EXPECT_THAT(run.out, HasSubstr("after   Your payment {+falls+} due on {due}."));
  EXPECT_THAT(run.out, HasSubstr("en email: removed"));
  EXPECT_THAT(run.out, HasSubstr("en app: added"));
  EXPECT_THAT(run.out, HasSubstr("zh sms: same"));
  const Json json = json_of(run_program({"diff", file_, edited, "--json"}).out);
  EXPECT_EQ(json.find("changed_texts")->as_integer(), 3);
  EXPECT_NE(*json.find("old_fingerprint"), *json.find("new_fingerprint"));
  const Json& text = json.find("texts")->as_array().at(0);
  std::string before, after;
  for (const Json& piece : text.find("pieces")->as_array()) {
    const std::string& kind = piece.find("kind")->as_string();
    if (kind != "added") before += piece.find("text")->as_string();
    if (kind != "removed") after += piece.find("text")->as_string();
  }
  EXPECT_EQ(before, text.find("before")->as_string());
  EXPECT_EQ(after, text.find("after")->as_string());
}

TEST_F(WordingFiles, DiffOfChineseAndOfTheSameWords) {
  const std::string edited = folder_.write("new/late.json", replaced(kWording, "可改期", "可分期"));
  EXPECT_THAT(run_program({"diff", file_, edited}).out, HasSubstr("after   您的账单将于{due}到期，回复1可{+分+}期。"));
  EXPECT_THAT(run_program({"diff", file_, file_}).out, HasSubstr("the same wording\n"));
  folder_.write("new/late.json", replaced(kWording, "\"scenario\"", "\"purpose\": \"collection\", \"scenario\""));
  EXPECT_THAT(run_program({"diff", file_, edited}).out, HasSubstr("the same words; what differs"));
}

TEST_F(WordingFiles, DiffRefusesWhatItCannotCompare) {
  const std::string experiment = folder_.write("late-fee.json", small_experiment());
  EXPECT_EQ(run_program({"diff", file_, experiment}).exit_code, 2);
  EXPECT_EQ(run_program({"diff", folder_.file("rules/house.json"), folder_.file("rules/house.json")}).exit_code, 2);
  EXPECT_EQ(run_program({"diff", file_, file_, "--not-running"}).exit_code, 2);
  EXPECT_EQ(run_program({"diff", file_, folder_.file("wordings/none.json")}).exit_code, 1);
  const std::string broken = folder_.write("new/late.json", replaced(kWording, "{due}. Reply", "{du}. Reply"));
  const RunResult run = run_program({"diff", file_, broken});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("/texts/en/sms"));
}

}  // namespace
}  // namespace tactful::test
