// The scope language over typed attributes. Its whole breadth over JSON is tested against the language's own cases.

#include <gmock/gmock.h>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"

namespace tactful {
namespace {

using ::testing::HasSubstr;

bool matches(std::string_view scope, const std::vector<Attribute>& attributes) {
  Experiment e = sample::experiment();
  e.scope = parse_json(scope).value();
  const auto assigner = Assigner::compile(e);
  EXPECT_TRUE(assigner) << scope << ": " << describe(assigner.error());
  return assigner->assign({"u", "", attributes}, e.pilot.start).reason == AssignmentReason::kAssigned;
}

const std::vector<Attribute> kCustomer{{"region", std::string_view("east-2")},
                                       {"age", std::int64_t{42}},
                                       {"balance", 12.5},
                                       {"vip", true},
                                       {"app", std::string_view("3.10.0")},
                                       {"note", std::monostate{}},
                                       {"contract.kind", std::string_view("instalment")}};

TEST(Scope, MatchesTypedAttributes) {
  for (const char* scope : {"{}",
                            R"({"region":"east-2"})",
                            R"({"age":42})",
                            R"({"age":"42"})",
                            R"({"balance":12.5})",
                            R"({"vip":true})",
                            R"({"note":null})",
                            R"({"absent":null})",
                            R"({"region":{"$in":["east-1","east-2"]}})",
                            R"({"region":{"$ini":["EAST-2"]}})",
                            R"({"region":{"$nin":["west"]}})",
                            R"({"age":{"$gt":41,"$lte":42}})",
                            R"({"age":{"$in":[1,42]}})",
                            R"({"absent":{"$exists":false},"region":{"$exists":true}})",
                            R"({"region":{"$regex":"^east-[0-9]$"}})",
                            R"({"region":{"$regexi":"^EAST"}})",
                            R"({"app":{"$vgt":"3.9.9","$vlt":"4.0"}})",
                            R"({"contract.kind":"instalment"})",
                            R"({"$or":[{"age":1},{"vip":true}]})",
                            R"({"$nor":[{"age":1},{"vip":false}]})",
                            R"({"$not":{"age":1}})",
                            R"({"$and":[{"age":42},{"vip":true}]})",
                            R"({"region":{"$not":{"$regex":"west"}}})",
                            R"({"region":{"$ne":"west","$eq":"east-2"}})",
                            R"({"age":{"$type":"number"}})",
                            R"({"region":{"$lt":"east-3"}})"}) {
    EXPECT_TRUE(matches(scope, kCustomer)) << scope;
    EXPECT_FALSE(matches(std::string(R"({"$not":)") + scope + "}", kCustomer)) << "not " << scope;
  }
}

TEST(Scope, FoldsCaseBeyondAscii) {
  EXPECT_TRUE(matches(R"({"city":{"$ini":["МОСКВА"]}})", {{"city", std::string_view("москва")}}));
  EXPECT_FALSE(matches(R"({"city":{"$in":["МОСКВА"]}})", {{"city", std::string_view("москва")}}));
}

TEST(Scope, OrdersTextByUtf16AsTheLanguageDoes) {
  // U+1F600 comes before U+FF5E in UTF-16 and behind it by code point.
  EXPECT_TRUE(matches(R"({"x":{"$lt":"～"}})", {{"x", std::string_view("😀")}}));
}

TEST(Scope, NumbersPrintAsInTheLanguage) {
  EXPECT_TRUE(matches(R"({"x":"1e+21"})", {{"x", 1e21}}));
  EXPECT_TRUE(matches(R"({"x":"1e-7"})", {{"x", 1e-7}}));
  EXPECT_TRUE(matches(R"({"x":"1.5e-10"})", {{"x", 1.5e-10}}));
  EXPECT_TRUE(matches(R"({"x":"123456789012345680000"})", {{"x", 123456789012345680000.0}}));
  EXPECT_TRUE(matches(R"({"x":"-9007199254740992"})", {{"x", -9007199254740992.0}}));
  EXPECT_TRUE(matches(R"({"x":"100000000000000000000"})", {{"x", 1e20}}));
  EXPECT_TRUE(matches(R"({"x":"0.000001"})", {{"x", 1e-6}}));
  EXPECT_TRUE(matches(R"({"x":"-0.5"})", {{"x", -0.5}}));
  EXPECT_TRUE(matches(R"({"x":1200})", {{"x", std::string_view(" 1.2e3 ")}}));
  EXPECT_FALSE(matches(R"({"x":1})", {{"x", std::string_view("nan")}}));
}

struct Refusal {
  const char* scope;
  const char* where;
  const char* says;
};

TEST(Scope, RefusesWhatCannotWorkAndSaysWhere) {
  const std::vector<Refusal> refusals{
      {R"([])", "/scope", "object"},
      {R"({"a":{"$gtt":1}})", "/scope/a/$gtt", "$gt"},
      {R"({"$xor":[]})", "/scope/$xor", "$and"},
      {R"({"$or":{}})", "/scope/$or", "list"},
      {R"({"$or":[{},{"a":{"$in":3}}]})", "/scope/$or/1/a/$in", "list"},
      {R"({"a/b":{"$regex":"("}})", "/scope/a~1b/$regex", "missing )"},
      {R"({"a":{"$regex":"(?=x)y"}})", "/scope/a/$regex", "look-around"},
      {R"({"a":["x"]})", "/scope/a", "single value"},
      {R"({"a":{"b":1}})", "/scope/a", "single value"},
      {R"({"a":{"$elemMatch":{"$eq":1}}})", "/scope/a/$elemMatch", "list"},
      {R"({"a":{"$size":1}})", "/scope/a/$size", "list"},
      {R"({"a":{"$all":["x"]}})", "/scope/a/$all", "list"},
      {R"({"a":{"$inGroup":"g"}})", "/scope/a/$inGroup", "$in"},
      {R"({"a":{"$eq":[1]}})", "/scope/a/$eq", "$in"},
      {R"({"a":{"$exists":1}})", "/scope/a/$exists", "true or false"},
      {R"({"a":{"$not":{"$foo":1}}})", "/scope/a/$not/$foo", "operator"},
      {R"({"a":{"$type":1}})", "/scope/a/$type", "text"},
  };
  for (const Refusal& refusal : refusals) {
    Experiment e = sample::experiment();
    e.scope = parse_json(refusal.scope).value();
    const auto compiled = Assigner::compile(e);
    ASSERT_FALSE(compiled) << refusal.scope;
    EXPECT_EQ(compiled.error().where, refusal.where);
    EXPECT_THAT(compiled.error().message + compiled.error().hint, HasSubstr(refusal.says)) << refusal.scope;
  }
}

}  // namespace
}  // namespace tactful
