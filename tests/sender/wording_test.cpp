// A sender with wordings' files: which text a customer gets, what becomes of one that cannot be completed, and what is
// recorded of it.
#include <gmock/gmock.h>

#include "sender_fixture.hpp"

namespace tactful::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kPack = R"({"schema": "tactful/rules/1", "key": "house", "rules": [
  {"id": "threat", "severity": "error", "forbid": {"phrases": ["or else", "否则"]},
   "reason": {"en": "Threatens", "zh": "威胁"}, "suggestion": {"en": "Name the ways out", "zh": "给出选择"}}]})";
const char* const kHelpful = R"({"schema": "tactful/wording/1", "key": "payment-help",
  "fields": {"name": {"type": "text"}, "due": {"type": "date", "format": {"en": "d MMM", "zh": "M月d日"}},
             "amount": {"type": "money", "format": {"en": "CNY #,##0.00", "zh": "#,##0.00元"}}},
  "texts": {"en": {"sms": ["Hello {name}, {amount} is due on {due}.", {"when": {"tenure": "long"}, "text": " Thank you."}]},
            "zh": {"sms": ["{name}您好，{amount}将于{due}到期。", {"when": {"tenure": "long"}, "text": "感谢信任。"}]}}})";

class WordingSender : public SenderFixture {
 protected:
  void SetUp() override {
    write_words("wordings/payment-today.json", R"({"schema": "tactful/wording/1", "key": "payment-today",
      "fields": {"name": {"type": "text"}},
      "texts": {"en": {"sms": "Dear {name}", "email": "Dear {name}!"}, "zh": {"sms": "您好{name}"}}})");
    write_words("wordings/payment-help.json", kHelpful);
    write_words("rules/house.json", kPack);
    write(experiment("", ""));
  }
  void write_words(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((catalogue_ / name).parent_path());
    ASSERT_TRUE(write_file_atomically(catalogue_ / name, text).ok());
  }

  const std::vector<Field> fields_{{"name", "Wang"}, {"due", "2026-05-14"}, {"amount", "1280.5"}};
};

TEST_F(WordingSender, TheTextIsThatOfChannelLanguageAndSegment) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const std::array<Attribute, 2> chinese{
      {{"language", std::string_view("zh-Hans")}, {"tenure", std::string_view("long")}}};
  const Subject subject{unit, {}, {}}, customer{unit, {}, chinese};
  const Decision decision = sender->decide("payment", subject, kNow);
  const auto text = [&](const Subject& to, std::string_view channel, std::string_view language = {}) {
    return sender->render(decision, to, fields_, kNow, channel, language).value();
  };
  EXPECT_EQ(text(subject, "sms").text, "Hello Wang, CNY 1,280.50 is due on 14 May.") << "the file's first language";
  EXPECT_EQ(text(subject, "sms", "zh").text, "Wang您好，1,280.50元将于5月14日到期。");
  EXPECT_EQ(text(customer, "sms").text, "Wang您好，1,280.50元将于5月14日到期。感谢信任。");
  EXPECT_EQ(text(customer, "sms", "en").text, "Hello Wang, CNY 1,280.50 is due on 14 May. Thank you.");
  const Rendered mail = text(subject, "email", "en");
  EXPECT_EQ(mail.text, "Dear Wang!") << "only control has a text for the channel";
  EXPECT_TRUE(mail.degraded);
  EXPECT_EQ(stored(*sender).back().reason, "no_text");
  EXPECT_EQ(stored(*sender).back().variant, "control");
}

TEST_F(WordingSender, ExposuresAndDeliveriesCarryTheContentOfTheWords) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const std::string print = decision.experiment()->wordings[1]->fingerprint();
  ASSERT_TRUE(sender->expose(decision, subject, kNow, "sms").ok());
  ASSERT_TRUE(sender->render(decision, subject, fields_, kNow, "sms").has_value());
  for (const Stored& one : stored(*sender)) EXPECT_EQ(one.wording_fingerprint, print);
  std::string edited = kHelpful;
  edited.replace(edited.find("Hello"), 5, "Hi");
  write_words("wordings/payment-help.json", edited);
  ASSERT_TRUE(sender->reload().ok());
  const Decision after = sender->decide("payment", subject, kNow);
  EXPECT_NE(after.experiment()->wording_fingerprints[1], print) << "other words, another arm";
  EXPECT_NE(after.experiment()->fingerprint, decision.experiment()->fingerprint);
  EXPECT_EQ(sender->render(decision, subject, fields_, kNow, "sms", "en").value().text.substr(0, 5), "Hello")
      << "a decision keeps its version";
}

TEST_F(WordingSender, EveryFieldThatIsMissingOrIllTypedIsNamedAndControlIsSent) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const std::vector<Field> fields{{"name", "Wang"}, {"due", "14.5.2026"}};
  const Rendered rendered = sender->render(decision, subject, fields, kNow, "sms", "en").value();
  EXPECT_EQ(rendered.text, "Dear Wang");
  EXPECT_EQ(rendered.variant, "control");
  EXPECT_TRUE(rendered.degraded);
  EXPECT_THAT(rendered.why, AllOf(HasSubstr("amount"), HasSubstr("due"), Not(HasSubstr("14.5"))));
  EXPECT_EQ(stored(*sender).at(0).event.type, EventType::kDelivery);
  EXPECT_EQ(stored(*sender).at(0).reason, "missing_field");
}

TEST_F(WordingSender, AnExperimentMayHoldInsteadOfDegrading) {
  Json json = experiment("", "");
  json.set("policy", Json::object().set("incomplete", "hold"));
  write(json);
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const std::vector<Field> fields{{"name", "Wang"}};
  const auto rendered = sender->render(decision, subject, fields, kNow, "sms", "en");
  ASSERT_FALSE(rendered.has_value());
  EXPECT_EQ(rendered.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(stored(*sender).at(0).event.type, EventType::kHold);
  EXPECT_EQ(stored(*sender).at(0).variant, "helpful");
}

TEST_F(WordingSender, AValueThatBringsAForbiddenPhraseIsNotSent) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  for (const std::string_view name : {"Wang, or else", "Wang ｏｒ　ｅｌｓｅ", "否 则", "o​r else"}) {
    std::vector<Field> fields = fields_;
    fields[0].value = name;
    const auto rendered = sender->render(decision, subject, fields, kNow, "sms", "en");
    ASSERT_FALSE(rendered.has_value()) << rendered.value().text << ": control shows the name too";
    EXPECT_EQ(rendered.error().code, ErrorCode::kRefused);
    EXPECT_THAT(rendered.error().message, AllOf(HasSubstr("house/threat"), Not(HasSubstr("Wang"))));
    EXPECT_EQ(stored(*sender).back().event.type, EventType::kHold);
    EXPECT_EQ(stored(*sender).back().reason, "wording_rule");
  }
  std::vector<Field> fields = fields_;
  for (const std::string_view name :
       {"http://evil.example/pay", "www.evil.example", "evil.example/pay", "evil.com?id=1", "Booking.com", "{name}"}) {
    fields[0].value = name;
    const auto rendered = sender->render(decision, subject, fields, kNow, "sms", "en");
    ASSERT_FALSE(rendered.has_value()) << rendered.value().text;
    EXPECT_EQ(rendered.error().code, ErrorCode::kInvalidInput);
    EXPECT_THAT(rendered.error().message, Not(HasSubstr("evil")));
  }
  fields[0].value = "J. St.Louis, v2.1";
  EXPECT_TRUE(sender->render(decision, subject, fields, kNow, "sms", "en").has_value());
}

TEST_F(WordingSender, PlainTextsAreReadByTheRulesWithTheCustomersValues) {
  std::filesystem::remove_all(catalogue_ / "wordings");
  write(experiment());
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const std::vector<Field> hostile{{"name", "Wang"}, {"phone", "1, or else"}};
  const Rendered rendered = sender->render(decision, subject, hostile, kNow, "sms").value();
  EXPECT_EQ(rendered.text, "Dear Wang");
  EXPECT_EQ(stored(*sender).at(0).reason, "wording_rule");
}

TEST_F(WordingSender, WithoutAChannelThereIsNoText) {
  const auto sender = open();
  const Decision decision = sender->decide("payment", {"u", {}, {}}, kNow);
  const auto rendered = sender->render(decision, {"u", {}, {}}, fields_, kNow);
  ASSERT_FALSE(rendered.has_value());
  EXPECT_EQ(rendered.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tactful::test
