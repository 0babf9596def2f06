// The wording file, its contract and rendering.
#include "tactful/wording/wording.hpp"

#include <gmock/gmock.h>

#include <array>

#include "sample.hpp"
#include "tactful/wording/wording_check.hpp"

namespace tactful {
namespace {

using test::places;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kGood = R"({
  "schema": "tactful/wording/1", "key": "sample",
  "fields": {
    "name": {"type": "text", "max_characters": 10},
    "n": {"type": "integer", "min": 1, "max": 99},
    "amount": {"type": "money", "is": "state", "format": {"zh": "#,##0.00元", "en": "¥#,##0.##"}},
    "day": {"type": "date", "is": "deadline", "format": {"zh": "M月d日EEE", "en": "EEEE, d MMM yyyy"}},
    "at": {"type": "time", "format": {"zh": "ah:mm", "en": "h:mm a"}},
    "phone": {"type": "phone", "is": "contact"},
    "url": {"type": "url"},
    "way": {"type": "choice", "choices": {"call": {"zh": "电话", "en": "phone"}, "mail": {"zh": "邮件", "en": "mail"}}}
  },
  "options": [
    {"key": "a", "text": {"zh": "A {day}付", "en": "A pay on {day}"}, "time": {"field": "day"}},
    {"key": "b", "text": {"zh": "B 24小时内回电", "en": "B call within 24 hours"}, "time": {"zh": "24小时内", "en": "within 24 hours"}}
  ],
  "texts": {
    "zh": {"sms": ["{name}，{n}笔共{amount}，{day}{at}，{phone} {url} {way}。{options}",
                   {"when": {"segment": ["price", "value"]}, "text": "省{amount}", "otherwise": "谢谢"}]},
    "en": {"sms": ["{name}: {n}, {amount}, {day} {at}, {phone} {url} {way}. {option:a}; {option:b} {{ok}} ",
                   {"when": {"segment": ["price", "value"]}, "text": "save {amount}", "otherwise": "thanks"}]}
  }
})";

std::shared_ptr<const Wording> good(std::string_view text = kGood) {
  WordingFile file = parse_wording(text);
  EXPECT_TRUE(file.wording) << describe(file.diagnostics, "sample");
  return file.wording;
}

std::vector<FieldValue> values() {
  return {{"name", "李娜"},          {"n", "3"},      {"amount", "1280.5"},
          {"day", "2026-05-14"},     {"at", "15:05"}, {"phone", "+86 400-123"},
          {"url", "https://a.cn/x"}, {"way", "mail"}, {"unused", "{x}"}};
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Render, WritesEachTypeInTheLanguage) {
  const auto wording = good();
  ASSERT_TRUE(wording);
  const auto zh = wording->render("zh-Hans-CN", "sms", values());
  ASSERT_TRUE(zh.has_value()) << describe(zh.error());
  EXPECT_EQ(*zh,
            "李娜，3笔共1,280.50元，5月14日周四下午3:05，+86 400-123 https://a.cn/x 邮件。A 5月14日周四付；B "
            "24小时内回电谢谢");
  const std::array<FieldValue, 1> segment{FieldValue{"segment", "value"}};
  const auto en = wording->render("en", "sms", values(), segment);
  ASSERT_TRUE(en.has_value());
  EXPECT_EQ(*en,
            "李娜: 3, ¥1,280.5, Thursday, 14 May 2026 3:05 pm, +86 400-123 https://a.cn/x mail. A pay on Thursday, 14 "
            "May 2026; "
            "B call within 24 hours {ok} save ¥1,280.5");
}

TEST(Render, NamesEveryFieldThatCannotBeFilledInAndNoValue) {
  const auto wording = good();
  ASSERT_TRUE(wording);
  std::vector<FieldValue> bad{{"name", "Very Secret Customer"},
                              {"n", "100"},
                              {"amount", "12.345"},
                              {"day", "2026-02-29"},
                              {"at", "25:00"},
                              {"phone", "call me"},
                              {"url", "ftp://secret"}};
  std::string message = "old";
  const Status status = wording->render_into(message, "zh", "sms", bad);
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(message.empty());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidInput);
  const std::string text = status.error().message;
  for (const std::string part : {"8 fields", "name (text) is longer than 10", "n (integer) is outside 1 to 99",
                                 "amount (money) has more decimals", "day (date) is no date", "at (time) is no time",
                                 "phone (phone) is no phone", "url (url) is no address", "way (choice) is missing"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  for (const std::string secret : {"Secret", "12.345", "02-29", "25:00", "call me", "ftp"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST(Render, UnfilledFieldsOfOtherSystemsAndControlCharactersAreRefused) {
  const auto wording = good();
  ASSERT_TRUE(wording);
  for (const std::string bad : {"", "  ", "{name}", "a}b", "a\nb", "a\x1b[31m", "a\u202E", "\xff", "a\u0085"}) {
    auto given = values();
    given[0].value = bad;
    const auto message = wording->render("zh", "sms", given);
    ASSERT_FALSE(message.has_value()) << bad;
    EXPECT_THAT(message.error().message, HasSubstr("1 field cannot be filled in: name (text)"));
  }
}

TEST(Render, UnknownTextListsThoseThereAre) {
  const auto message = good()->render("fr", "sms", values());
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(message.error().hint, HasSubstr("zh/sms, en/sms"));
  EXPECT_FALSE(good()->render("zh", "email", values()).has_value());
}

TEST(Render, UsesTheCallersMemory) {
  const auto wording = good();
  std::string message;
  message.reserve(1000);
  const char* memory = message.data();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(wording->render_into(message, "en", "sms", values()).ok());
    EXPECT_EQ(message.data(), memory);
  }
}

struct TypeCase {
  WordingFieldType type;
  std::vector<std::string> good, bad;
};

TEST(Field, TakesWhatItsTypeSaysAndNothingElse) {
  const std::vector<TypeCase> cases{
      {WordingFieldType::kInteger,
       {"0", "12", "007", " 5 "},
       {"-1", "1.0", "1e3", "+1", "一", "1234567890123456", "-"}},
      {WordingFieldType::kMoney, {"0", "1280.50", "3.1234"}, {"-1", ".5", "5.", "1,280", "1.23456", "NaN", "￥5"}},
      {WordingFieldType::kDate,
       {"2024-02-29", "2026-12-31"},
       {"2026-2-1", "2026-13-01", "2026-04-31", "2100-02-29", "1899-01-01", "14/05/2026", "2026-05-14T00:00"}},
      {WordingFieldType::kTime, {"00:00", "23:59", "09:30:59"}, {"24:00", "9:30", "09:60", "09:30:60", "09-30"}},
      {WordingFieldType::kPhone,
       {"110", "+86 138-0000-0000", "(020) 123"},
       {"12", "1+2345", "123a", "123456789012345678901"}},
      {WordingFieldType::kUrl,
       {"https://a", "http://a.b/c?d=e#f"},
       {"a.b", "https://", "https:///x", "javascript:alert(1)", "https://a b", "https://a/\"x", "https://中.cn"}},
      {WordingFieldType::kText, {"a", "您好"}, {"", "\t", "a\tb"}}};
  for (const TypeCase& one : cases) {
    WordingField field;
    field.type = one.type;
    for (const std::string& value : one.good)
      EXPECT_EQ(find_fault(field, value), std::nullopt) << to_string(one.type) << " " << value;
    for (const std::string& value : one.bad)
      EXPECT_NE(find_fault(field, value), std::nullopt) << to_string(one.type) << " " << value;
  }
}

TEST(Field, MoneyIsNeverRounded) {
  const auto wording = good(replaced("#,##0.00元", "#.##0元"));
  ASSERT_TRUE(wording);
  auto given = values();
  EXPECT_FALSE(wording->render("zh", "sms", given).has_value());
  given[2].value = "1234567.00";
  const auto message = wording->render("zh", "sms", given);
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(*message, HasSubstr("共1.234.567元"));
}

TEST(WordingFile, FingerprintIsOfWordsAndFieldsAlone) {
  const std::string base = good()->fingerprint();
  EXPECT_EQ(base.size(), 32U);
  EXPECT_EQ(good()->fingerprint(), base);
  EXPECT_EQ(good(replaced("\"key\": \"sample\"", "\"title\": \"t\", \"key\": \"sample\""))->fingerprint(), base);
  EXPECT_EQ(good(replaced("\"is\": \"state\"", "\"note\": \"n\", \"is\": [\"state\"]"))->fingerprint(), base);
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"谢谢", "谢了"},
                                                        {"\"value\"]", "\"worth\"]"},
                                                        {"\"max\": 99", "\"max\": 98"},
                                                        {"#,##0.00元", "#,##0.0元"},
                                                        {"邮件", "信件"},
                                                        {"24小时内回电", "24小时内致电"},
                                                        {"\"key\": \"sample\"", "\"key\": \"other\""}}) {
    EXPECT_NE(good(replaced(from, to))->fingerprint(), base) << from;
  }
}

TEST(WordingFile, SourceShowsFieldsAndConditions) {
  const auto wording = good();
  EXPECT_THAT(wording->source(wording->texts()[1]),
              HasSubstr("{{ok}} [when segment=price|value: save {amount} / otherwise: thanks]"));
}

struct BadFile {
  std::string from, to;
  std::vector<std::string> expected;
};

TEST(WordingFile, EveryMistakeIsReportedWithItsPlace) {
  const std::vector<BadFile> cases{
      {"\"tactful/wording/1\"", "\"tactful/wording/2\"", {"schema /schema"}},
      {"\"schema\": \"tactful/wording/1\", ", "", {"missing /schema"}},
      {"\"key\": \"sample\"", "\"key\": \"Sample\"", {"key /key"}},
      {"\"key\": \"sample\"", "\"kye\": \"sample\"", {"unknown-field /kye", "missing /key"}},
      {"\"key\": \"sample\"", "\"key\": \"sample\", \"purpose\": \"sales\"", {"choice /purpose"}},
      {"\"key\": \"sample\"",
       "\"key\": \"sample\", \"structure\": {\"goals\": \"x\", \"goal\": \" \"}",
       {"choice /structure/goals", "empty /structure/goal"}},
      {"\"type\": \"money\"", "\"type\": \"cash\"", {"choice /fields/amount/type"}},
      {"\"type\": \"money\", ", "", {"missing /fields/amount/type"}},
      {"\"min\": 1, \"max\": 99", "\"min\": 9, \"max\": 1", {"range /fields/n"}},
      {"\"max_characters\": 10", "\"max_characters\": 0", {"range /fields/name/max_characters"}},
      {"\"max_characters\": 10", "\"min\": 1", {"unused /fields/name"}},
      {"#,##0.00元", "0.00.0元", {"format /fields/amount/format/zh"}},
      {"M月d日EEE", "Y年", {"format /fields/day/format/zh"}},
      {"\"zh\": \"M月d日EEE\"", "\"fr\": \"d MMM\"", {"language /fields/day/format/fr"}},
      {"\"en\": \"phone\"", "\"en\": \"{phone}\"", {"template /fields/way/choices/call"}},
      {"{\"zh\": \"电话\", \"en\": \"phone\"}", "{\"zh\": \"电话\"}", {"missing /fields/way/choices/call/en"}},
      {"\"max\": 99}", "\"max\": 99, \"sample\": \"0\"}", {"sample /fields/n/sample"}},
      {"\"name\": {\"type\": \"text\", \"max_characters\": 10}",
       "\"Name\": {\"type\": \"text\"}",
       {"key /fields/Name", "unknown-name /texts/zh/sms/0", "unknown-name /texts/en/sms/0"}},
      {"{name}，", "{nmae}，", {"unknown-name /texts/zh/sms/0"}},
      {"{name}，", "{name，", {"template /texts/zh/sms/0"}},
      {"{name}，", "name}，", {"template /texts/zh/sms/0"}},
      {"{name}，", "{}，", {"template /texts/zh/sms/0"}},
      {"{name}，", "{name}\u200B，", {"invisible-character /texts/zh/sms/0"}},
      {"{option:a}", "{option:z}", {"unknown-name /texts/en/sms/0"}},
      {"\"key\": \"b\"", "\"key\": \"a\"", {"duplicate /options/1/key"}},
      {"A {day}付", "A {options}付", {"template /options/0/text/zh"}},
      {"A {day}付", "A 到期付", {"option-time /options/0/time/zh"}},
      {"B call within 24 hours", "B we call", {"option-time /options/1/time/en"}},
      {", \"time\": {\"field\": \"day\"}", "", {"missing /options/0/time"}},
      {"{\"field\": \"day\"}", "{\"field\": \"date\"}", {"unknown-name /options/0/time/field"}},
      {"\"otherwise\": \"谢谢\"", "\"otherwize\": \"谢谢\"", {"unknown-field /texts/zh/sms/1/otherwize"}},
      {"{\"when\": {\"segment\": [\"price\", \"value\"]}, \"text\": \"省",
       "{\"text\": \"省",
       {"unused /texts/zh/sms/1/otherwise"}},
      {"[\"price\", \"value\"]", "[]", {"empty /texts/zh/sms/1/when/segment"}},
      {"{\"segment\": [\"price\", \"value\"]}", "{}", {"empty /texts/zh/sms/1/when"}},
      {"\"zh\": {\"sms\": [", "\"zh\": {\"fax\": [", {"unknown-field /texts/zh/fax"}},
      {"\"zh\": {\"sms\": [", "\"z\": {\"sms\": [", {"language /texts/z"}},
      {"\"texts\": {",
       "\"allow\": [{\"rule\": \"\"}], \"texts\": {",
       {"missing /allow/0/reason", "missing /allow/0/by", "empty /allow/0/rule"}},
  };
  for (const BadFile& one : cases) {
    const WordingFile file = parse_wording(replaced(one.from, one.to));
    EXPECT_FALSE(file.wording) << one.to;
    for (const std::string& expected : one.expected)
      EXPECT_THAT(places(file.diagnostics), Contains(expected)) << one.to;
    for (const Diagnostic& diagnostic : file.diagnostics) EXPECT_FALSE(diagnostic.message.empty());
  }
  for (const std::string text :
       {"", "[]", "{", "{\"schema\": 1}", "{\"schema\": \"tactful/wording/1\", \"key\": \"a\", \"key\": \"b\"}", "\xff",
        "null"}) {
    const WordingFile file = parse_wording(text);
    EXPECT_FALSE(file.wording) << text;
    EXPECT_TRUE(has_errors(file.diagnostics)) << text;
  }
}

TEST(WordingFile, ManyMistakesAtOnce) {
  const WordingFile file = parse_wording(
      R"({"schema": "tactful/wording/1", "key": 7, "fields": {"a": {"type": "x"}, "b": 3}, "texts": {"zh": {"sms": "{c}", "call": 5}, "q": {}}})");
  EXPECT_FALSE(file.wording);
  for (const std::string place : {"type /key", "choice /fields/a/type", "type /fields/b", "unknown-name /texts/zh/sms",
                                  "type /texts/zh/call", "language /texts/q"}) {
    EXPECT_THAT(places(file.diagnostics), Contains(place));
  }
}

TEST(WordingFile, NobodyGetsAnEmptyText) {
  const WordingFile file = parse_wording(
      R"({"schema": "tactful/wording/1", "key": "k", "texts": {"zh": {"sms": [{"when": {"a": "b"}, "text": "x"}]}}})");
  EXPECT_THAT(places(file.diagnostics), Contains("empty /texts/zh/sms"));
}

TEST(WordingFile, WarnsOfWhatIsNeverUsed) {
  const WordingFile file =
      parse_wording(R"({"schema": "tactful/wording/1", "key": "k", "fields": {"a": {"type": "text"}},
    "options": [{"key": "o", "text": {"zh": "今天"}, "time": {"zh": "今天"}}], "texts": {"zh": {"sms": "您好"}}})");
  ASSERT_TRUE(file.wording);
  EXPECT_THAT(places(file.diagnostics), ElementsAre("unused /fields/a", "unused /options/0"));
}

}  // namespace
}  // namespace tactful
