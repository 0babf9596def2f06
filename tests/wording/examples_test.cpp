// The example reminders: six that have nothing against them, and the same six done badly, each failing for the reasons
// it was written for and no others. The findings of the bad ones are what a person who writes wordings reads, in
// English and in Chinese.
#include <gmock/gmock.h>

#include <map>

#include "sample.hpp"
#include "tactful/wording/text_length.hpp"
#include "tactful/wording/wording_check.hpp"

namespace tactful {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

class Examples : public testing::Test {
 protected:
  void SetUp() override {
    ScenarioFile file = parse_scenarios(test::read_all(test::experiments() / "scenarios/standard.json"));
    ASSERT_TRUE(file.scenarios) << describe(file.diagnostics, "standard.json");
    scenarios_ = *std::move(file.scenarios);
    rules_ = test::built_in_rules();
  }
  static std::map<std::string, std::shared_ptr<const Wording>> in(const std::filesystem::path& folder) {
    std::map<std::string, std::shared_ptr<const Wording>> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      const WordingFile file = parse_wording(test::read_all(entry.path()));
      EXPECT_THAT(file.diagnostics, IsEmpty()) << describe(file.diagnostics, entry.path().string());
      if (!file.wording) continue;
      EXPECT_EQ(file.wording->key() + ".json", entry.path().filename().string());
      all.emplace(file.wording->key(), file.wording);
    }
    return all;
  }
  [[nodiscard]] Diagnostics check(const Wording& wording, std::string_view language = "en") const {
    return check_wording(wording, &scenarios_, rules_.get(), language);
  }

  ScenarioBook scenarios_;
  std::shared_ptr<const RuleSet> rules_;
};

// Two of each industry: after-sales, renewal, repayment.
const std::vector<std::string> kSix{"return-parcel",       "refund-or-exchange",    "renewal-inform-help-choose",
                                    "renewal-trial-first", "payment-three-options", "payment-missed-help"};

TEST_F(Examples, SixCompleteRemindersInChineseAndEnglishOnSeveralChannelsPass) {
  const auto good = in(test::experiments() / "wordings");
  for (const auto& [key, wording] : good) {
    const Diagnostics findings = check(*wording);
    EXPECT_THAT(findings, IsEmpty()) << describe(findings, key);
  }
  for (const std::string& key : kSix) {
    ASSERT_TRUE(good.contains(key)) << key;
    std::map<std::string, int> channels;
    for (const WordingText& text : good.at(key)->texts()) ++channels[text.language];
    EXPECT_GE(channels["zh"], 2) << key;
    EXPECT_GE(channels["en"], 2) << key;
  }
}

const std::map<std::string, std::vector<std::string>> kFaults{
    {"return-parcel",
     {"structure-missing /structure/agent_action", "structure-missing /structure/responsible",
      "structure-missing /structure/log", "element-missing /texts/zh/sms", "element-missing /texts/zh/sms",
      "element-missing /texts/zh/sms", "element-missing /texts/zh/sms", "element-missing /texts/zh/sms",
      "few-options /texts/zh/sms", "element-missing /texts/en/sms", "element-missing /texts/en/sms",
      "element-missing /texts/en/sms", "element-missing /texts/en/sms", "element-missing /texts/en/sms",
      "few-options /texts/en/sms", "clarity/vague-action /texts/zh/sms", "clarity/vague-action /texts/en/sms"}},
    {"refund-or-exchange",
     {"element-missing /texts/zh/call", "element-missing /texts/zh/call", "few-options /texts/zh/call",
      "deadline-differs /texts/zh/call", "deadline-differs /texts/zh/call", "options-differ /texts/zh/call",
      "numbers-differ /texts/zh/call", "coercion/or-else /texts/zh/sms", "clarity/no-choice /texts/zh/call",
      "clarity/tone-mixed /texts/zh/call", "coercion/or-else /texts/en/sms"}},
    {"renewal-inform-help-choose",
     {"element-missing /texts/zh/sms", "few-options /texts/zh/sms", "element-missing /texts/en/sms",
      "few-options /texts/en/sms", "cn-sms/opt-out /texts/zh/sms", "coercion/must /texts/zh/sms",
      "coercion/or-else /texts/zh/sms", "coercion/sanction /texts/zh/sms", "clarity/exclamation /texts/zh/sms",
      "urgency/false-urgency /texts/zh/sms", "opt-out/missing /texts/en/sms", "coercion/must /texts/en/sms",
      "coercion/or-else /texts/en/sms", "coercion/sanction /texts/en/sms", "urgency/false-urgency /texts/en/sms"}},
    {"renewal-trial-first",
     {"urgency/scarcity /texts/zh/sms", "pressure/selling /texts/zh/sms", "urgency/false-urgency /texts/zh/sms",
      "urgency/scarcity /texts/zh/sms", "pressure/add-ons /texts/zh/sms", "cn-sms/obstructed /texts/zh/sms",
      "urgency/scarcity /texts/en/sms", "pressure/selling /texts/en/sms", "pressure/add-ons /texts/en/sms",
      "opt-out/obstructed /texts/en/sms"}},
    {"payment-three-options",
     {"element-missing /texts/zh/sms", "few-options /texts/zh/sms", "element-missing /texts/zh/chat",
      "element-missing /texts/zh/chat", "few-options /texts/zh/chat", "element-missing /texts/en/sms",
      "few-options /texts/en/sms", "deadline-differs /texts/zh/chat", "cn-sms/signature /texts/zh/sms",
      "clarity/vague-action /texts/zh/sms", "urgency/false-urgency /texts/zh/chat", "clarity/tone-mixed /texts/zh/chat",
      "clarity/vague-action /texts/en/sms"}},
    {"payment-missed-help",
     {"element-missing /texts/zh/sms", "few-options /texts/zh/sms", "element-missing /texts/zh/call",
      "few-options /texts/zh/call", "element-missing /texts/en/sms", "few-options /texts/en/sms",
      "coercion/or-else /texts/zh/sms", "coercion/sanction /texts/zh/sms", "cn-collections/third-party /texts/zh/sms",
      "cn-collections/impersonation /texts/zh/call", "coercion/shame /texts/zh/call", "coercion/or-else /texts/zh/call",
      "cn-collections/threat /texts/zh/call", "coercion/shame /texts/en/sms", "coercion/or-else /texts/en/sms",
      "coercion/sanction /texts/en/sms"}},
};

TEST_F(Examples, TheSameSixDoneBadlyFailForTheirReasons) {
  const auto bad = in(test::experiments() / "bad/wordings");
  EXPECT_EQ(bad.size(), kSix.size());
  for (const std::string& key : kSix) {
    ASSERT_TRUE(bad.contains(key)) << key;
    const Diagnostics findings = check(*bad.at(key));
    EXPECT_TRUE(has_errors(findings)) << key;
    const auto expected = kFaults.find(key);
    ASSERT_NE(expected, kFaults.end()) << key;
    EXPECT_THAT(test::places(findings), ElementsAreArray(expected->second)) << describe(findings, key);
  }
}

TEST_F(Examples, FindingsAreSaidInTheLanguageOfTheReader) {
  for (const auto& [key, wording] : in(test::experiments() / "bad/wordings")) {
    const Diagnostics english = check(*wording, "en"), chinese = check(*wording, "zh");
    EXPECT_EQ(test::places(english), test::places(chinese));
    for (std::size_t i = 0; i < english.size(); ++i) {
      EXPECT_NE(english[i].message, chinese[i].message);
      EXPECT_NE(english[i].hint, chinese[i].hint);
      EXPECT_GT(reading_length(chinese[i].message).ideographs, 0U) << chinese[i].message;
      EXPECT_GT(reading_length(chinese[i].hint).ideographs, 0U) << chinese[i].hint;
    }
  }
}

}  // namespace
}  // namespace tactful
