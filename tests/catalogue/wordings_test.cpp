// The words beside the experiments: which are read, what refuses a load, and how they become part of an experiment's
// identity.
#include "tactful/catalogue/wordings.hpp"

#include <gmock/gmock.h>

#include "sample.hpp"
#include "support/temp_dir.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const char* const kRules = R"({"schema": "tactful/rules/1", "key": "house", "rules": [
  {"id": "threat", "severity": "error", "forbid": {"phrases": ["or else"]},
   "reason": {"en": "Threatens", "zh": "威胁"}, "suggestion": {"en": "Name the ways out", "zh": "给出选择"}},
  {"id": "signed", "severity": "error", "channels": ["sms"], "require": {"phrases": ["Farhill"]},
   "reason": {"en": "Unsigned"}, "suggestion": {"en": "Sign"}}]})";
const char* const kScenarios = R"({"schema": "tactful/scenarios/1", "scenarios": {
  "payment": {"title": {"en": "Payment"}, "text": ["deadline"]}}})";

std::string wording(const std::string& key, const std::string& text = "Farhill: due on {due}.") {
  return R"({"schema": "tactful/wording/1", "key": ")" + key + R"(", "scenario": "payment",
    "fields": {"due": {"type": "date", "is": "deadline"}}, "texts": {"en": {"sms": ")" +
         text + "\"}}}";
}

class WordingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Json file = sample::with(sample::file(), "/variants/0/text", "");
    file = sample::with(file, "/variants/0/wording", "due-plain");
    file = sample::with(file, "/variants/1/text", "");
    file = sample::with(file, "/variants/1/wording", "due-kind");
    write("renewal.json", file.dump(2));
    write("rules/house.json", kRules);
    write("scenarios/ours.json", kScenarios);
    write("wordings/due-plain.json", wording("due-plain"));
    write("wordings/due-kind.json", wording("due-kind", "Farhill: good day, due on {due}."));
  }
  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    ASSERT_TRUE(write_file_atomically(folder_ / name, text));
  }
  [[nodiscard]] Result<std::unique_ptr<Catalogue>> open() const { return Catalogue::open(folder_.path()); }
  static std::vector<std::string> list(const std::vector<FileFindings>& findings) {
    std::vector<std::string> result;
    for (const FileFindings& file : findings)
      for (const Diagnostic& d : file.diagnostics)
        result.push_back(file.file.filename().string() + " " + std::string(to_string(d.severity)) + " " + d.rule);
    return result;
  }
  [[nodiscard]] std::vector<std::string> findings() const { return list(load_wordings(folder_.path())->findings); }

  test::TempDir folder_;
};

TEST_F(WordingsTest, AreCompiledWithTheExperimentAndNameItsWords) {
  const auto catalogue = open();
  ASSERT_TRUE(catalogue) << describe(catalogue.error());
  const auto snapshot = (*catalogue)->snapshot();
  const CompiledExperiment& compiled = *snapshot->find("renewal");
  ASSERT_NE(compiled.wordings[1], nullptr);
  EXPECT_EQ(compiled.wordings[1]->key(), "due-kind");
  EXPECT_EQ(compiled.wording_fingerprints[1], compiled.wordings[1]->fingerprint());
  EXPECT_EQ(compiled.experiment.variants[1].content, compiled.wordings[1]->fingerprint());
  EXPECT_EQ(compiled.fingerprint, fingerprint(compiled.experiment));
  EXPECT_EQ(compiled.rules, snapshot->wordings().rules) << "one set for all";
  EXPECT_TRUE(snapshot->wordings().scenarios->contains("payment"));
}

TEST_F(WordingsTest, EditedWordsAreAnotherVersionOfTheExperiment) {
  const auto catalogue = open();
  const std::string before = (*catalogue)->snapshot()->find("renewal")->fingerprint;
  EXPECT_EQ(fingerprint(*read_experiment_with_wordings(folder_ / "renewal.json")->experiment), before)
      << "the program and the senders see one version";
  write("wordings/due-kind.json", wording("due-kind", "Farhill: good evening, due on {due}."));
  ASSERT_TRUE((*catalogue)->reload());
  const CompiledExperiment& after = *(*catalogue)->snapshot()->find("renewal");
  EXPECT_NE(after.fingerprint, before);
  EXPECT_EQ(fingerprint(*read_experiment_with_wordings(folder_ / "renewal.json")->experiment), after.fingerprint);
}

TEST_F(WordingsTest, APromotionOfOtherWordsIsRefused) {
  LedgerEntry entry;
  entry.at = 1'780'000'000'000;
  entry.by = "Li Na";
  entry.action = LedgerAction::kPromote;
  entry.experiment = "renewal";
  entry.fingerprint = (*open())->snapshot()->find("renewal")->fingerprint;
  entry.body = Json::object().set("variant", sample::experiment().variants[1].key).set("holdback", 0.2);
  ASSERT_TRUE(Ledger::append(Ledger::path_of(folder_.path(), "renewal"), entry));
  ASSERT_TRUE(open());
  write("wordings/due-kind.json", wording("due-kind", "Farhill: now, due on {due}."));
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("promoted-other-version"));
}

TEST_F(WordingsTest, ARunningPilotRefusesOtherWordsWhereAskedTo) {
  CatalogueOptions options;
  options.refuse_breaking_edits = true;
  const auto catalogue = Catalogue::open(folder_.path(), options);
  write("wordings/due-kind.json", wording("due-kind", "Farhill: now, due on {due}."));
  EXPECT_FALSE((*catalogue)->reload());
  EXPECT_THAT(list((*catalogue)->findings()), Contains("renewal.json error breaking-edit"));
}

TEST_F(WordingsTest, OneThatBreaksARuleOrLacksWhatItsScenarioAsksRefusesTheWholeLoad) {
  const auto catalogue = open();
  const std::string served = (*catalogue)->snapshot()->find("renewal")->fingerprint;
  for (const auto& [text, rule] :
       std::vector<std::pair<std::string, std::string>>{{"Farhill: due on {due}, or else.", "house/threat"},
                                                        {"Due on {due}.", "house/signed"},
                                                        {"Farhill: pay.", "unused"},
                                                        {"Farhill: due on {deu}.", "unknown-name"}}) {
    write("wordings/due-kind.json", wording("due-kind", text));
    EXPECT_FALSE((*catalogue)->reload()) << text;
    std::string all;
    for (const std::string& one : list((*catalogue)->findings())) all += one + "\n";
    EXPECT_THAT(all, HasSubstr("due-kind.json ")) << text;
    EXPECT_THAT(all, HasSubstr(rule)) << text;
    EXPECT_EQ((*catalogue)->snapshot()->find("renewal")->fingerprint, served);
  }
  write("wordings/due-kind.json", R"({"schema": "tactful/wording/1", "key": "due-kind", "scenario": "payment",
    "texts": {"en": {"sms": "Farhill: pay."}}})");
  EXPECT_THAT(findings(), ElementsAre("due-kind.json error element-missing"));
  EXPECT_FALSE((*catalogue)->reload());
}

TEST_F(WordingsTest, WhatPeopleHaveAcceptedIsNoObstacle) {
  const std::string accepted =
      R"("allow": [{"rule": "house/threat", "reason": "court order", "by": "Li Na"}], "scenario")";
  std::string text = wording("due-kind", "Farhill: due on {due}, or else.");
  text.replace(text.find("\"scenario\""), 10, accepted);
  write("wordings/due-kind.json", text);
  EXPECT_TRUE(open());
  EXPECT_THAT(findings(), ElementsAre("due-kind.json note house/threat"));
}

TEST_F(WordingsTest, BrokenPacksScenariosAndNamesRefuseToo) {
  write("rules/broken.json", "{");
  write("scenarios/again.json", kScenarios);
  write("wordings/other.json", wording("another"));
  EXPECT_FALSE(open());
  EXPECT_THAT(findings(), ::testing::UnorderedElementsAre("broken.json error json", "ours.json error duplicate",
                                                          "other.json error file-name"));
  std::filesystem::remove(folder_ / "rules/broken.json");
  write("rules/second.json", kRules);
  EXPECT_THAT(findings(), Contains("rules error rule-packs"));
}

TEST_F(WordingsTest, EarlierVersionsBelowAreNotRead) {
  write("wordings/history/due-kind@0123456789ab.json", wording("due-kind", "or else {due}"));
  EXPECT_TRUE(open());
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(WordingsTest, WordsWithoutRulesAreSaid) {
  std::filesystem::remove_all(folder_ / "rules");
  EXPECT_THAT(findings(), ElementsAre("wordings warning no-rules"));
  EXPECT_TRUE(open());
}

TEST_F(WordingsTest, PlainTextsWithoutRulesAreSaidToo) {
  std::filesystem::remove_all(folder_ / "rules");
  std::filesystem::remove_all(folder_ / "wordings");
  write("renewal.json", sample::with(sample::file(), "/variants/1/text", "Pay {name}").dump());
  EXPECT_THAT(list((*open())->findings()), Contains(HasSubstr("warning no-rules")));
}

TEST_F(WordingsTest, ARulesFolderThatCannotBeLookedIntoIsNoEmptyOne) {
  for (const char* name : {"rules", "scenarios", "wordings", "contact"}) {
    const std::filesystem::path folder = folder_ / name, aside = folder_ / "aside";
    const bool was_there = std::filesystem::exists(folder);
    if (was_there) std::filesystem::rename(folder, aside);
    for (const char* target : {name, "nowhere", "renewal.json"}) {  // a loop, a link to nothing, a file
      std::filesystem::create_symlink(target, folder);
      const auto refused = open();
      ASSERT_FALSE(refused) << name << " -> " << target;
      EXPECT_EQ(refused.error().code, ErrorCode::kStorage);
      EXPECT_THAT(refused.error().where, HasSubstr(name));
      std::filesystem::remove(folder);
    }
    if (was_there) std::filesystem::rename(aside, folder);
  }
  EXPECT_TRUE(open());
}

TEST_F(WordingsTest, AReloadThatLosesTheRulesKeepsThem) {
  std::string other = kRules;
  other.replace(other.find("house"), 5, "other");
  write("rules/other.json", other);
  const auto catalogue = open();
  ASSERT_TRUE(catalogue) << describe(catalogue.error());
  std::filesystem::remove(folder_ / "rules/other.json");
  ASSERT_TRUE((*catalogue)->reload()) << "some are still there";
  EXPECT_THAT(list((*catalogue)->findings()), ElementsAre("rules warning rules-lost"));
  std::filesystem::rename(folder_ / "rules", folder_ / "aside");
  const Status lost = (*catalogue)->reload();
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("rules-lost"));
  EXPECT_NE((*catalogue)->snapshot()->find("renewal")->rules, nullptr);
  std::filesystem::rename(folder_ / "aside", folder_ / "rules");
  ASSERT_TRUE((*catalogue)->reload());
  EXPECT_THAT((*catalogue)->findings(), IsEmpty());
}

TEST_F(WordingsTest, WordsForAnotherPurposeAreRefusedAndAnUnknownOneIsSaid) {
  Json file = parse_json(read_file(folder_ / "renewal.json").value()).value();
  file.set("purpose", "commercial");
  write("renewal.json", file.dump());
  const auto refused = open();
  ASSERT_FALSE(refused) << "the files are for service";
  EXPECT_THAT(refused.error().message, HasSubstr("purpose-differs"));
  std::filesystem::remove_all(folder_ / "wordings");
  Json plain = sample::with(sample::file(), "/variants/1/text", "Farhill: pay {name}");
  plain.set("purpose", "commercial");
  write("renewal.json", plain.dump());
  EXPECT_THAT(list((*open())->findings()), Not(Contains(HasSubstr("purpose"))));
  plain.set("purpose", "marketing");
  write("renewal.json", plain.dump());
  EXPECT_THAT(list((*open())->findings()), Contains("renewal.json warning purpose-unknown"));
}

TEST_F(WordingsTest, RulesOfAnyChannelWarnWhereTheScopeNamesNone) {
  std::filesystem::remove_all(folder_ / "wordings");
  std::string rules = kRules;
  rules.replace(rules.find("\"sms\""), 5, "\"call\"");
  write("rules/house.json", rules);
  write("renewal.json", sample::with(sample::file(), "/variants/1/text", "Pay {name}").dump());
  EXPECT_THAT(list((*open())->findings()), Contains("renewal.json warning house/signed"));
}

TEST_F(WordingsTest, AnExperimentWithoutAPolicyBesideOthersIsSaid) {
  write("contact/gentle.json", R"({"schema": "tactful/contact/1", "key": "gentle", "fixed_offset": "+08:00"})");
  const auto catalogue = open();
  ASSERT_TRUE(catalogue) << describe(catalogue.error());
  EXPECT_THAT(list((*catalogue)->findings()), Contains("renewal.json warning no-contact"));
  Json file = parse_json(read_file(folder_ / "renewal.json").value()).value();
  file.set("contact", "gentle");
  write("renewal.json", file.dump());
  ASSERT_TRUE((*catalogue)->reload());
  EXPECT_THAT(list((*catalogue)->findings()), Not(Contains(HasSubstr("no-contact"))));
}

TEST_F(WordingsTest, ATextHereAndAFileThereIsAnError) {
  write("renewal.json", sample::with(parse_json(read_file(folder_ / "renewal.json").value()).value(),
                                     "/variants/1/text", "Farhill: hello")
                            .dump());
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("two-texts"));
}

TEST_F(WordingsTest, PlainTextsAreReadByTheRules) {
  std::filesystem::remove_all(folder_ / "wordings");
  Json file = sample::with(sample::file(), "/variants/1/text", "Farhill: pay {name}, or else");
  write("renewal.json", file.dump());
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("house/threat"));
  // The channel is a guess here, so a rule of one channel only warns; where the scope names it, it refuses.
  file = sample::with(file, "/variants/1/text", "Pay {name}");
  write("renewal.json", file.dump());
  EXPECT_THAT(list((*open())->findings()), Contains("renewal.json warning house/signed"));
  write("renewal.json", sample::with(file, "/scope", parse_json(R"({"channel": "sms"})").value()).dump());
  EXPECT_FALSE(open());
  write("renewal.json", sample::with(file, "/scope", parse_json(R"({"channel": "email"})").value()).dump());
  EXPECT_THAT(list((*open())->findings()), ::testing::Not(Contains(HasSubstr("house/signed"))));
}

TEST_F(WordingsTest, AFileThatCannotBeUsedIsAnErrorOfTheExperimentForTheProgram) {
  write("wordings/due-kind.json", "{");
  const auto read = read_experiment_with_wordings(folder_ / "renewal.json");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->experiment);
  ASSERT_EQ(read->diagnostics.back().rule, "wording-file");
  EXPECT_EQ(read->diagnostics.back().pointer, "/variants/1/wording");
}

TEST_F(WordingsTest, TheLastGoodCopyHoldsTheWordsToo) {
  const test::TempDir store;
  CatalogueOptions options;
  options.last_good = store.path();
  std::string served;
  {
    const auto first = Catalogue::open(folder_.path(), options);
    ASSERT_TRUE(first);
    served = (*first)->snapshot()->find("renewal")->fingerprint;
  }
  write("wordings/due-kind.json", wording("due-kind", "Farhill: due on {due}, or else."));
  const auto second = Catalogue::open(folder_.path(), options);
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_TRUE((*second)->snapshot()->is_last_good());
  EXPECT_EQ((*second)->snapshot()->find("renewal")->fingerprint, served);
  EXPECT_NE((*second)->snapshot()->find("renewal")->wordings[1], nullptr);
  ASSERT_FALSE((*second)->findings().empty());
  EXPECT_EQ((*second)->findings().front().file, folder_ / "wordings/due-kind.json") << "the live file is named";
}

TEST_F(WordingsTest, ForbiddingNamesWhatMayNotBeSent) {
  const auto loaded = load_wordings(folder_.path());
  const RuleSet* rules = loaded->wordings.rules.get();
  EXPECT_EQ(forbidding(rules, "Pay, or else", nullptr, {"en", "email", "service"}).size(), 1u);
  EXPECT_EQ(forbidding(rules, "Pay, or else", nullptr, {"en", "sms", "service"}).size(), 2u);
  EXPECT_TRUE(forbidding(nullptr, "or else", nullptr, {}).empty());
  EXPECT_EQ(language_of("您好 Li"), "zh");
  EXPECT_EQ(language_of("hello"), "en");
}

}  // namespace
}  // namespace tactful
