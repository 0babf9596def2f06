// Scenarios, agreement of channels, costs and comparison of variants.
#include "tactful/wording/wording_check.hpp"

#include <gmock/gmock.h>

#include "sample.hpp"

namespace tactful {
namespace {

using test::places;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::shared_ptr<const Wording> wording(const std::string& body) {
  WordingFile file = parse_wording(R"({"schema": "tactful/wording/1", "key": "k", )" + body + "}");
  EXPECT_TRUE(file.wording) << describe(file.diagnostics, "k");
  return file.wording;
}

const std::string kFields =
    R"("fields": {"day": {"type": "date", "is": "deadline"}, "phone": {"type": "phone", "is": "contact"},
  "link": {"type": "url", "everywhere": false}},
  "options": [{"key": "a", "text": {"zh": "今天付"}, "time": {"zh": "今天"}}, {"key": "b", "text": {"zh": "明天付"}, "time": {"zh": "明天"}}], )";

ScenarioBook book() {
  ScenarioFile file = parse_scenarios(
      R"({"schema": "tactful/scenarios/1", "scenarios": {"pay": {"structure": ["goal"], "text": ["deadline", "options", "help"], "least_options": 2}}})");
  EXPECT_TRUE(file.scenarios);
  return *file.scenarios;
}

TEST(CheckWording, SaysWhatTheScenarioMisses) {
  const auto one =
      wording(R"("scenario": "pay", )" + kFields +
              R"("texts": {"zh": {"sms": ["{phone} {option:a}", {"when": {"s": "x"}, "text": "{day}"}]}})");
  const ScenarioBook scenarios = book();
  EXPECT_THAT(places(check_wording(*one, &scenarios, nullptr)),
              ElementsAre("structure-missing /structure/goal", "element-missing /texts/zh/sms",
                          "element-missing /texts/zh/sms", "few-options /texts/zh/sms"));
  const auto whole =
      wording(R"("scenario": "pay", "structure": {"goal": "g"}, )" + kFields +
              R"("texts": {"zh": {"sms": ["{phone} {options} {day}", {"is": "help", "text": "可以帮您"}]}})");
  EXPECT_THAT(check_wording(*whole, &scenarios, nullptr), IsEmpty());
  const auto unknown = wording(R"("scenario": "pya", "texts": {"zh": {"sms": "您好"}})");
  const Diagnostics findings = check_wording(*unknown, &scenarios, nullptr);
  ASSERT_THAT(places(findings), ElementsAre("scenario /scenario"));
  EXPECT_THAT(findings[0].hint, HasSubstr("pay"));
}

TEST(CheckWording, ChannelsAgreeOnFactsDeadlineAndOptions) {
  const auto one = wording(
      kFields +
      R"("texts": {"zh": {"sms": "{phone} {day} {options} 24小时 {link}", "call": "{phone} {option:a} 48小时", "chat": "{day} {options} 24小时"}})");
  EXPECT_THAT(places(check_wording(*one, nullptr, nullptr)),
              UnorderedElementsAre("deadline-differs /texts/zh/call", "deadline-differs /texts/zh/call",
                                   "options-differ /texts/zh/call", "fields-differ /texts/zh/chat",
                                   "numbers-differ /texts/zh/call"));
  const auto same = wording(
      kFields + R"("texts": {"zh": {"sms": "{phone} {day} {options} {link}", "call": "{day}，{options}，{phone}"}})");
  EXPECT_THAT(check_wording(*same, nullptr, nullptr), IsEmpty());
}

TEST(CheckWording, RulesSeeEverySegmentsText) {
  const auto rules = test::built_in_rules();
  const std::string text =
      R"("texts": {"zh": {"chat": ["您好。", {"when": {"tenure": "new", "value": ["low", "high"]}, "text": "您必须付款", "otherwise": "谢谢您"}]}})";
  const Diagnostics findings = check_wording(*wording(text), nullptr, rules.get(), "zh");
  ASSERT_THAT(places(findings), ElementsAre("coercion/must /texts/zh/chat"));
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_THAT(findings[0].message, HasSubstr("\"必须\"（客户属性 tenure=new, value=low）"));
  EXPECT_THAT(findings[0].hint, HasSubstr("您可以"));
  const std::string allow =
      R"("allow": [{"rule": "coercion/must", "reason": "law", "by": "compliance"}, {"rule": "coercion/shame", "reason": "r", "by": "b"}, {"rule": "x/y", "reason": "r", "by": "b"}], )";
  const Diagnostics accepted = check_wording(*wording(allow + text), nullptr, rules.get());
  ASSERT_THAT(places(accepted),
              ElementsAre("coercion/must /texts/zh/chat", "allow-unused /allow/1", "allow-unknown /allow/2"));
  EXPECT_EQ(accepted[0].severity, Severity::kNote);
  EXPECT_FALSE(has_errors(accepted));
}

TEST(Previews, AreOneForEachDifferentText) {
  const auto one = wording(
      R"("texts": {"zh": {"chat": ["您好", {"when": {"a": ["1", "2"]}, "text": "甲"}, {"when": {"b": "1"}, "text": "乙"}]}})");
  std::vector<std::string> messages;
  for (const WordingPreview& preview : previews(*one)) messages.push_back(preview.message);
  EXPECT_THAT(messages, UnorderedElementsAre("您好", "您好甲", "您好乙", "您好甲乙"));
  std::string many = R"("texts": {"zh": {"chat": ["您好")";
  for (int i = 0; i < 20; ++i)
    many += R"(, {"when": {"a)" + std::to_string(i) + R"(": "1"}, "text": ")" + std::to_string(i) + R"(。"})";
  EXPECT_EQ(previews(*wording(many + "]}}")).size(), 21U);
}

TEST(CompareVariants, ReportsCostTextsAndFieldsThatDiffer) {
  const auto control =
      wording(R"("fields": {"a": {"type": "text"}}, "texts": {"zh": {"sms": "您好{a}", "chat": "您好{a}"}})");
  std::string longer = "您好";
  for (int i = 0; i < 80; ++i) longer += "好";
  const auto variant =
      wording(R"("fields": {"a": {"type": "text"}, "b": {"type": "text"}}, "texts": {"zh": {"sms": ")" + longer +
              R"({a}{b}"}})");
  const std::vector<VariantWording> both{{"control", control.get()}, {"long", variant.get()}};
  std::vector<std::string> ids;
  for (const Diagnostic& one : compare_variants(both)) ids.push_back(one.rule);
  EXPECT_THAT(ids, UnorderedElementsAre("fields-needed", "text-missing", "segments-differ", "reading-differs"));
  const std::vector<VariantWording> same{{"control", control.get()}, {"same", control.get()}};
  EXPECT_THAT(compare_variants(same), IsEmpty());
  EXPECT_THAT(compare_variants({}), IsEmpty());
  const std::vector<TextCost> list = costs(*variant);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].longest.segments, 2U);
  EXPECT_EQ(list[0].columns, 82U * 2 + 12);
}

TEST(Scenarios, EveryMistakeIsReportedWithItsPlace) {
  const ScenarioFile file = parse_scenarios(
      R"({"schema": "tactful/scenarios/1", "scenarios": {"P": {"text": ["dedline"]}, "q": {"structure": 3, "least_options": 99, "title": {"x": 1}}, "r": 1}})");
  EXPECT_FALSE(file.scenarios);
  for (const std::string place : {"key /scenarios/P", "choice /scenarios/P/text", "type /scenarios/q/structure",
                                  "range /scenarios/q/least_options", "language /scenarios/q/title/x",
                                  "type /scenarios/q/title/x", "type /scenarios/r"}) {
    EXPECT_THAT(places(file.diagnostics), Contains(place));
  }
  EXPECT_THAT(places(parse_scenarios(R"({"schema": "tactful/scenarios/1", "scenarios": {}})").diagnostics),
              Contains("empty /scenarios"));
  EXPECT_THAT(places(parse_scenarios(R"({"schema": "tactful/scenarios/1"})").diagnostics),
              Contains("missing /scenarios"));
}

}  // namespace
}  // namespace tactful
