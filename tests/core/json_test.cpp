#include "tactful/core/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace tactful {
namespace {

TEST(ParseJson, KeepsOrderAndKinds) {
  const auto json = parse_json(R"({"b":1,"a":[true,null,-2.5,"x\u4e2d"],"big":9223372036854775807})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->as_object()[0].first, "b");
  EXPECT_TRUE(json->find("b")->is_integer());
  const Json& list = *json->find("a");
  EXPECT_TRUE(list.as_array()[0].as_bool());
  EXPECT_TRUE(list.as_array()[1].is_null());
  EXPECT_EQ(list.as_array()[2].as_number(), -2.5);
  EXPECT_EQ(list.as_array()[3].as_string(), "x中");
  EXPECT_EQ(json->find("big")->as_integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(json->find("absent"), nullptr);
  EXPECT_EQ(list.find("b"), nullptr);
}

TEST(ParseJson, SaysWhatIsNoText) {
  const auto error = [](std::string_view text) { return parse_json(text, "x.json").error(); };
  EXPECT_EQ(error("这不是实验").message, "this is no JSON: invalid literal") << "no half of a character is shown";
  EXPECT_EQ(error("[ oops]").message, "this is no JSON: invalid literal; last read: '[ o'");
  EXPECT_EQ(error("{\"a\": ").where, "x.json:1:7");
  EXPECT_EQ(error("{\"a\":\n \"\xB6\xD4\"}").message, "text that is not UTF-8");
  EXPECT_EQ(error("{\"a\":\n \"\xB6\xD4\"}").where, "x.json:2:3");
  EXPECT_EQ(error(std::string_view("{\0}", 3)).message, "a NUL byte where JSON text was expected");
}

TEST(ParseJson, SkipsAByteOrderMark) { EXPECT_TRUE(parse_json("\xEF\xBB\xBF{}")); }

TEST(ParseJson, RefusesDuplicateKeysAtTheirPlace) {
  const auto error = parse_json("{\n  \"a\": 1,\n  \"a\": 2\n}", "x.json").error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error.message, "the key \"a\" stands twice in one object");
  EXPECT_EQ(error.where.substr(0, 8), "x.json:3");
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])"));
}

TEST(ParseJson, LocatesSyntaxErrors) {
  const auto error = parse_json("{\n  \"a\": 1,\n  oops\n}", "x.json").error();
  EXPECT_EQ(error.where.substr(0, 9), "x.json:3:");
  for (const char* bad :
       {"", "  \n", "{", "[1,]", "{\"a\":}", "nul", "1 2", "{\"a\":1}}", "\"\xff\"", "1e999", "{'a':1}"}) {
    EXPECT_FALSE(parse_json(bad)) << bad;
  }
}

TEST(ParseJson, RefusesDeepNestingInsteadOfOverflowingTheStack) {
  const std::string deep(100'000, '[');
  EXPECT_NE(parse_json(deep).error().message.find("deeper than 100"), std::string::npos);
  EXPECT_TRUE(parse_json(std::string(100, '[') + std::string(100, ']')));
}

TEST(JsonDump, RoundTripsEveryKind) {
  const std::string text = R"({"b":1,"a":[true,null,-2.5,0.1,"x\"\n中"],"o":{}})";
  EXPECT_EQ(parse_json(text)->dump(), text);
  EXPECT_EQ(*parse_json(parse_json(text)->dump(2)), *parse_json(text));
}

TEST(JsonDump, PrintsDoublesThatReadBackEqual) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-300, 1.7976931348623157e308, -0.0, 5e-324, 123456789.123456789}) {
    const auto again = parse_json(Json(value).dump());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->as_number(), value);
  }
}

TEST(JsonCanonical, IsIndependentOfMemberOrder) {
  EXPECT_EQ(parse_json(R"({"b":{"d":1,"c":2},"a":3})")->canonical(), R"({"a":3,"b":{"c":2,"d":1}})");
}

TEST(Json, BuildsObjectsAndArrays) {
  Json json = Json::object();
  json.set("n", 3).set("list", Json::array().push_back("x").push_back(2.5)).set("n", std::size_t{4});
  EXPECT_EQ(json.dump(), R"({"n":4,"list":["x",2.5]})");
  EXPECT_EQ(Json(std::numeric_limits<std::uint64_t>::max()).type(), Json::Type::kNumber);
}

TEST(JsonPointer, EscapesTokens) {
  EXPECT_EQ(append_pointer("/variants/0", "a/b~c"), "/variants/0/a~1b~0c");
  EXPECT_EQ(append_pointer("", std::size_t{2}), "/2");
}

}  // namespace
}  // namespace tactful
