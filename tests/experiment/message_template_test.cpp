#include "tactful/experiment/message_template.hpp"

#include <gmock/gmock.h>

namespace tactful {
namespace {

TEST(MessageTemplate, NamesItsFieldsOnceInOrder) {
  const auto parsed = MessageTemplate::parse("{b} and {a} and {b}");
  ASSERT_TRUE(parsed);
  EXPECT_THAT(parsed->fields(), ::testing::ElementsAre("b", "a"));
}

TEST(MessageTemplate, RendersFieldsAndBraces) {
  const auto parsed = MessageTemplate::parse("{{您好}} {name}，{due}到期{name}");
  ASSERT_TRUE(parsed);
  const Field values[] = {{"due", "5月14日"}, {"name", "{x}"}, {"unused", ""}};
  EXPECT_EQ(parsed->render(values).value(), "{您好} {x}，5月14日到期{x}");
  EXPECT_EQ(MessageTemplate::parse("")->render({}).value(), "");
  EXPECT_EQ(MessageTemplate::parse("{{{a}}}")->render(std::vector<Field>{{"a", "1"}}).value(), "{1}");
}

TEST(MessageTemplate, RefusesToRenderIncomplete) {
  const auto parsed = MessageTemplate::parse("{ticket} {deadline} {contact}");
  const Field values[] = {{"deadline", " \t"}, {"contact", "x"}};
  const auto message = parsed->render(values);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(message.error().message, ::testing::HasSubstr("ticket, deadline"));
}

TEST(MessageTemplate, SaysWhereItIsBroken) {
  for (const auto& [text, where] : std::vector<std::pair<std::string, std::string>>{{"Dear {name", "5"},
                                                                                    {"Dear {}", "5"},
                                                                                    {"a } b", "2"},
                                                                                    {"{Name}", "0"},
                                                                                    {"ab{a{b}}", "2"},
                                                                                    {"x\xff", "1"},
                                                                                    {"{", "0"}}) {
    const auto parsed = MessageTemplate::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidExperiment);
    EXPECT_EQ(parsed.error().where, where) << text;
  }
}

}  // namespace
}  // namespace tactful
