// Rule packs and what they find.
#include "tactful/wording/rule_set.hpp"

#include <gmock/gmock.h>

#include <array>
#include <random>

#include "sample.hpp"

namespace tactful {
namespace {

using test::places;
using test::rules_of;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kWords = R"("reason": {"en": "r", "zh": "理"}, "suggestion": {"en": "s"})";

std::string rule(const std::string& body) { return R"([{"id": "one", )" + body + ", " + std::string(kWords) + "}]"; }

std::vector<std::string> matches(const std::string& rules, std::string_view text,
                                 RuleContext context = {"zh", "sms", "service"}) {
  std::vector<std::string> list;
  const auto set = rules_of(rules);
  if (!set) return {"no rules"};
  for (const RuleFinding& finding : set->check(text, context)) list.push_back(finding.matched);
  return list;
}

TEST(RuleSet, FindsPhrasesWholeInTheWrittenText) {
  const std::string rules = rule(R"("forbid": {"phrases": ["必须", "must", "or else", "最后 机会"]})");
  EXPECT_THAT(matches(rules, "您必*须 pay，MUST！ mustard"), ElementsAre("必*须", "MUST"));
  EXPECT_THAT(matches(rules, "Or-Else, orelse, or elsewhere"), ElementsAre("Or-Else", "orelse"));
  EXPECT_THAT(matches(rules, "最后机会"), ElementsAre("最后机会"));
  EXPECT_THAT(matches(rules, "不必，须知"), IsEmpty());
}

TEST(RuleSet, OverlappingMatchesOfARuleAreOneFinding) {
  EXPECT_THAT(
      matches(rule(R"("forbid": {"phrases": ["立即冻结", "冻结账户"], "patterns": ["即冻"]})"), "将立即冻结账户"),
      ElementsAre("立即冻结账户"));
}

TEST(RuleSet, ExceptionsAreLocalAndUnlessIsGlobal) {
  const std::string except = rule(R"("forbid": {"phrases": ["必须"]}, "except": {"phrases": ["不是必须"]})");
  EXPECT_THAT(matches(except, "不是必须的，但您必须知道"), ElementsAre("必须"));
  const std::string unless = rule(R"("forbid": {"phrases": ["尽快"]}, "unless": {"patterns": ["https?://"]})");
  EXPECT_THAT(matches(unless, "请尽快办理 https://a.cn"), IsEmpty());
  EXPECT_THAT(matches(unless, "请尽快办理"), ElementsAre("尽快"));
}

TEST(RuleSet, RequiresWordsWhereTheRuleSpeaks) {
  const std::string rules = rule(R"("require": {"patterns": ["回复r"]}, "when": {"phrases": ["优惠"]})");
  const auto set = rules_of(rules);
  EXPECT_THAT(set->check("账单到期", {"zh", "sms"}), IsEmpty());
  EXPECT_THAT(set->check("优惠，拒收回复 R", {"zh", "sms"}), IsEmpty());
  const auto findings = set->check("优惠", {"zh", "sms"});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].range, (ByteRange{0, 6}));
  EXPECT_EQ(in_language(findings[0].rule->reason, "zh-CN"), "理");
  EXPECT_EQ(in_language(findings[0].rule->suggestion, "zh"), "s");
}

TEST(RuleSet, MixingMarksTheRarerSide) {
  const std::string rules =
      rule(R"("mix": [{"phrases": ["您"]}, {"phrases": ["你"]}], "except": {"phrases": ["迷你"]})");
  const auto set = rules_of(rules);
  EXPECT_THAT(set->check("您好，您的迷你音箱", {"zh"}), IsEmpty());
  const auto findings = set->check("你好，您的账单，您可以", {"zh"});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].matched, "你");
}

TEST(RuleSet, LimitsCount) {
  EXPECT_THAT(matches(rule(R"("forbid": {"phrases": ["保险", "会员"]}, "limit": {"measure": "matches", "most": 1})"),
                      "保险和保险"),
              IsEmpty());
  EXPECT_THAT(matches(rule(R"("forbid": {"phrases": ["保险", "会员"]}, "limit": {"measure": "matches", "most": 1})"),
                      "保险和会员"),
              ElementsAre("会员"));
  EXPECT_EQ(matches(rule(R"("limit": {"measure": "characters", "most": 3})"), "一 二三四").size(), 1U);
  EXPECT_THAT(matches(rule(R"("limit": {"measure": "characters", "most": 4})"), "一 二三四"), IsEmpty());
  EXPECT_EQ(matches(rule(R"("limit": {"measure": "segments", "most": 1})"), std::string(161, 'a')).size(), 1U);
  EXPECT_EQ(matches(rule(R"("limit": {"measure": "seconds", "most": 1})"), "一二三四五六七八").size(), 1U);
  EXPECT_EQ(matches(rule(R"("limit": {"measure": "sentence", "most": 2})"), "一二。三四五。").size(), 1U);
}

TEST(RuleSet, LooksOnlyAtItsLanguagesChannelsAndPurposes) {
  const std::string rules =
      rule(R"("forbid": {"phrases": ["x"]}, "languages": ["zh"], "channels": ["sms"], "purposes": ["commercial"])");
  EXPECT_EQ(matches(rules, "x", {"zh-Hans", "sms", "commercial"}).size(), 1U);
  EXPECT_THAT(matches(rules, "x", {"en", "sms", "commercial"}), IsEmpty());
  EXPECT_THAT(matches(rules, "x", {"zh", "call", "commercial"}), IsEmpty());
  EXPECT_THAT(matches(rules, "x", {"zh", "sms"}), IsEmpty());
}

TEST(RuleSet, AnUnknownChannelOrPurposeMayBeAnyOfThem) {
  const std::string rules = rule(R"("forbid": {"phrases": ["x"]}, "channels": ["sms"], "purposes": ["commercial"])");
  for (const std::string_view channel : {"", "SMS", "wechat"}) {
    EXPECT_EQ(matches(rules, "x", {"zh", channel, "commercial"}).size(), 1U) << channel;
  }
  for (const std::string_view purpose : {"", "reminder"})
    EXPECT_EQ(matches(rules, "x", {"zh", "sms", purpose}).size(), 1U) << purpose;
  EXPECT_THAT(matches(rules, "x", {"zh", "app", "reminder"}), IsEmpty()) << "the channel is known";
}

// Two rules: a warning about exclamation marks, and an error about a threat, with and without an exception.
std::shared_ptr<const RuleSet> mark_and_threat() {
  return rules_of(R"([{"id": "marks", "severity": "warning", "forbid": {"patterns": ["!"]}, )" + std::string(kWords) +
                  R"(}, {"id": "threat", "severity": "error", "forbid": {"phrases": ["冻结"]}, )" +
                  R"("except": {"phrases": ["冻结肩"]}, )" + std::string(kWords) +
                  R"(}, {"id": "signed", "severity": "error", "require": {"phrases": ["某某银行"]}, )" +
                  std::string(kWords) + "}]");
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

int count_of(const std::vector<RuleFinding>& findings, std::string_view id) {
  return static_cast<int>(
      std::count_if(findings.begin(), findings.end(), [&](const RuleFinding& one) { return one.rule->id == id; }));
}

TEST(RuleSet, WarningsDoNotCrowdOutWhatForbidsSending) {
  const auto set = mark_and_threat();
  const auto findings = set->check(repeated("! a ", 2000) + "立即冻结", {"zh"});
  EXPECT_EQ(count_of(findings, "test/threat"), 1);
  EXPECT_EQ(count_of(findings, "test/signed"), 1);
  EXPECT_EQ(count_of(findings, "test/marks"), 100) << "of one rule";
  EXPECT_EQ(findings.back().matched, "冻结") << "by place all the same";
}

TEST(RuleSet, ManyErrorsLeaveEveryRuleAWord) {
  std::string rules = "[";
  for (int i = 0; i < 30; ++i)
    rules += R"({"id": "r)" + std::to_string(i) + R"(", "severity": "error", "forbid": {"patterns": ["!"]}, )" +
             std::string(kWords) + "},";
  rules += R"({"id": "last", "severity": "error", "forbid": {"phrases": ["冻结"]}, )" + std::string(kWords) + "}]";
  const auto set = rules_of(rules);  // findings point to its rules
  const auto findings = set->check(repeated("! a ", 200) + "冻结", {"zh"});
  EXPECT_EQ(count_of(findings, "test/last"), 1);
  EXPECT_LE(findings.size(), 1100U);
}

TEST(RuleSet, ExceptionsDoNotCrowdOutAMatch) {
  const auto set = mark_and_threat();
  const std::string excepted = repeated("冻结肩，", 3000);
  EXPECT_EQ(count_of(set->check(excepted, {"zh"}), "test/threat"), 0);
  EXPECT_EQ(count_of(set->check(excepted + "立即冻结", {"zh"}), "test/threat"), 1);
}

TEST(RuleSet, MoreWordsThanAreLookedAtAreAFinding) {
  const auto set = mark_and_threat();
  const std::string text = repeated("冻结肩", 100'001);
  const auto findings = set->check(text, {"zh"});
  ASSERT_EQ(count_of(findings, "test/threat"), 1);
  EXPECT_EQ(findings.front().range, (ByteRange{0, text.size()}));
}

TEST(RuleSet, FingerprintIsOfTheRulesWords) {
  const auto one = rules_of(rule(R"("forbid": {"phrases": ["x"]})"));
  EXPECT_EQ(one->fingerprint(), rules_of(rule(R"("forbid": {"phrases": ["x"]}, "note": "n")"))->fingerprint());
  EXPECT_NE(one->fingerprint(), rules_of(rule(R"("forbid": {"patterns": ["x"]})"))->fingerprint());
  EXPECT_NE(one->fingerprint(), rules_of(rule(R"("forbid": {"phrases": ["x"]}, "severity": "error")"))->fingerprint());
  EXPECT_EQ(one->find("test/one")->id, "test/one");
  EXPECT_EQ(one->find("test/two"), nullptr);
}

TEST(RuleSet, TwoPacksOfOneNameAreRefused) {
  const RulePackFile pack = parse_rule_pack(R"({"schema":"tactful/rules/1","key":"p","rules":)" +
                                            rule(R"("forbid": {"phrases": ["x"]})") + "}");
  ASSERT_TRUE(pack.pack);
  const auto set = RuleSet::compile({*pack.pack, *pack.pack});
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(RuleSet::compile({}).has_value());
}

TEST(RulePack, EveryMistakeIsReportedWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"("forbid": {"patterns": ["("]})", "pattern /rules/0/forbid/patterns/0"},
      {R"x("forbid": {"patterns": ["(?=x)"]})x", "pattern /rules/0/forbid/patterns/0"},
      {R"("forbid": {"patterns": ["x*"]})", "pattern /rules/0/forbid/patterns/0"},
      {R"("forbid": {"patterns": ["((a{1,100}){1,100}){1,100}"]})", "pattern /rules/0/forbid/patterns/0"},
      {R"("forbid": {"phrases": ["ok", "​"]})", "phrase /rules/0/forbid/phrases/1"},
      {R"("forbid": {"phrases": ["ok", "ok"]})", "duplicate /rules/0/forbid/phrases/1"},
      {R"("forbid": {"phrases": ["ok", 3]})", "type /rules/0/forbid/phrases/1"},
      {R"("forbid": {"phrases": [""]})", "empty /rules/0/forbid/phrases/0"},
      {R"("forbid": {})", "empty /rules/0/forbid"},
      {R"("forbid": {"phrase": ["x"]})", "unknown-field /rules/0/forbid/phrase"},
      {R"("severity": "fatal", "forbid": {"phrases": ["x"]})", "choice /rules/0/severity"},
      {R"("channels": ["fax"], "forbid": {"phrases": ["x"]})", "choice /rules/0/channels"},
      {R"("languages": ["zh-CN"], "forbid": {"phrases": ["x"]})", "language /rules/0/languages"},
      {R"("severity": "note")", "rule-kind /rules/0"},
      {R"("forbid": {"phrases": ["x"]}, "require": {"phrases": ["y"]})", "rule-kind /rules/0"},
      {R"("limit": {"measure": "matches", "most": 1})", "rule-kind /rules/0"},
      {R"("limit": {"measure": "metres", "most": 1})", "choice /rules/0/limit/measure"},
      {R"("limit": {"measure": "seconds"})", "missing /rules/0/limit/most"},
      {R"("limit": {"measure": "seconds", "most": -1})", "range /rules/0/limit/most"},
      {R"("mix": [{"phrases": ["x"]}])", "range /rules/0/mix"},
      {R"("id": "two", "forbid": {"phrases": ["x"]})", "json "},
  };
  for (const auto& [body, place] : cases) {
    const RulePackFile file = parse_rule_pack(R"({"schema":"tactful/rules/1","key":"p","rules":)" + rule(body) + "}");
    EXPECT_FALSE(file.pack) << body;
    EXPECT_THAT(places(file.diagnostics), Contains(place)) << body;
  }
  const RulePackFile many = parse_rule_pack(
      R"({"schema":"tactful/rules/1","purposes":["x"],"rules":[{"id":"A","forbid":{"phrases":["x"]}},3,{"id":"b","reason":{"zh":"r"}}]})");
  for (const std::string place :
       {"missing /key", "choice /purposes", "key /rules/0/id", "missing /rules/0/reason", "missing /rules/0/suggestion",
        "type /rules/1", "missing /rules/2/reason/en", "rule-kind /rules/2"}) {
    EXPECT_THAT(places(many.diagnostics), Contains(place));
  }
}

TEST(BuiltIn, RulesHaveChineseWordsAndRegulatoryOnesTheirSource) {
  for (const RulePack& pack : test::built_in_packs()) {
    for (const WordingRule& rule : pack.rules) {
      EXPECT_TRUE(rule.reason.contains("zh") && rule.suggestion.contains("zh")) << rule.id;
      const bool regulatory = pack.key.starts_with("cn-") || pack.key == "opt-out";
      EXPECT_TRUE(!regulatory || rule.id == "cn-sms/length" || !rule.source.empty()) << rule.id;
    }
  }
}

// Words of the packs, torn by what senders use to slip past filters, are still found, and at the same place.
TEST(BuiltIn, EvasionsAreFoundWhereTheyStand) {
  const auto rules = test::built_in_rules();
  const std::array<std::string, 6> chinese{"必须", "后果自负", "最后机会", "列入黑名单", "手慢无", "别无选择"};
  const std::array<std::string, 8> gaps{" ", ".", "*", "\u200B", "😀", "　", "_", "\u00AD\u200D"};
  std::mt19937 random(99);
  for (int round = 0; round < 600; ++round) {
    const std::string& word = chinese[random() % chinese.size()];
    std::string torn;
    for (std::size_t at = 0; at < word.size(); at += 3)
      torn += (at > 0 ? gaps[random() % gaps.size()] : "") + word.substr(at, 3);
    const std::string text = "尊敬的客户，" + torn + "，祝好。";
    bool found = false;
    for (const RuleFinding& finding : rules->check(text, {"zh", "chat"})) {
      ASSERT_LE(finding.range.end, text.size());
      EXPECT_EQ(finding.matched, text.substr(finding.range.begin, finding.range.end - finding.range.begin));
      found = found || (finding.range.begin == 18 && finding.range.end == 18 + torn.size());
    }
    EXPECT_TRUE(found) << text;
  }
}

TEST(BuiltIn, TraditionalTextIsFoundToo) {
  const auto rules = test::built_in_rules();
  for (const std::string text : {"您必須付款", "後果自負", "帳戶將被凍結", "最後機會", "名額有限", "請盡快處理"})
    EXPECT_FALSE(rules->check(text, {"zh-Hant", "chat"}).empty()) << text;
}

}  // namespace
}  // namespace tactful
