#include <gmock/gmock.h>

#include <cmath>

#include "support/public_data.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

Json request(std::string_view scheme, std::string_view seed, std::string_view unit) {
  return Json::object().set("id", 7).set("scheme", scheme).set("seed", seed).set("unit", unit);
}

Json bucket(const Json& asked) { return *answer_hash_request(asked).value().find("bucket"); }
double value(const Json& asked) { return answer_hash_request(asked).value().find("value")->as_number(); }

// Skips the test where the optional folder of public data is absent.
#define LOAD_OR_SKIP(json, file)                                           \
  const auto path = test::public_data(std::string("conformance/") + file); \
  if (!path) GTEST_SKIP() << "no public data beside the checkout";         \
  const auto json##_text = read_file(*path);                               \
  ASSERT_TRUE(json##_text);                                                \
  const Json json = parse_json(*json##_text).value()

TEST(HashRequest, EchoesItsIdAndAnswersEveryScheme) {
  for (const char* scheme : {"tactful-1", "growthbook-1", "growthbook-2", "unleash-rollout", "unleash-variant",
                             "optimizely", "launchdarkly", "planout", "statsig", "eppo"}) {
    const auto answer = answer_hash_request(request(scheme, "exp", "u1"));
    ASSERT_TRUE(answer) << scheme;
    ASSERT_EQ(answer->as_object().size(), 3u);
    EXPECT_EQ(answer->as_object()[0], Json::Member("id", 7));
    EXPECT_EQ(answer->as_object()[1].first, "bucket");
    EXPECT_EQ(answer->as_object()[2].first, "value");
    const Json& number = answer->as_object()[2].second;
    if (!number.is_null()) {
      EXPECT_GE(number.as_number(), 0.0) << scheme;
      EXPECT_LT(number.as_number(), 1.0) << scheme;
    }
  }
}

TEST(HashRequest, BucketsThatCanPass53BitsAreTexts) {
  for (const char* scheme : {"tactful-1", "launchdarkly", "planout", "statsig"}) {
    EXPECT_TRUE(bucket(request(scheme, "exp", "u1")).is_string()) << scheme;
  }
  EXPECT_TRUE(bucket(request("statsig", "exp", "u1").set("modulus", 1000)).is_integer());
  EXPECT_EQ(bucket(request("tactful-1", seed_text(Draw::kVariant, "exp"), "u1")),
            Json(std::to_string(draw(draw_seed("variant:exp"), "u1"))));
}

// Vectors that the schemes' owners published in their own test suites.
TEST(HashRequest, AgreesWithPublishedVectors) {
  EXPECT_EQ(value(request("growthbook-1", "", "a")), 0.22);
  EXPECT_EQ(value(request("growthbook-1", "b", "a")), 0.946);
  EXPECT_EQ(value(request("growthbook-2", "seed", "a")), 0.0505);
  EXPECT_EQ(value(request("growthbook-2", "90850943850283058242805", "123")), 0.7516);
  EXPECT_EQ(bucket(request("optimizely", "1886780721", "ppid1")), Json(5254));
  EXPECT_EQ(bucket(request("optimizely", "1886780721", "ppid3")), Json(5439));
  EXPECT_NEAR(value(request("launchdarkly", "hashKey.saltyA", "userKeyA")), 0.42157587, 5e-9);
  EXPECT_NEAR(value(request("launchdarkly", "61", "userKeyB")), 0.14483777, 5e-9);
}

TEST(HashRequest, UnitsDecideForTextThatIsNotAscii) {
  const Json jose = request("growthbook-2", "exp", "jos\xC3\xA9");
  EXPECT_EQ(bucket(jose), Json(3584));
  EXPECT_EQ(bucket(Json(jose).set("units", "utf8")), Json(5681));
  EXPECT_EQ(bucket(Json(jose).set("units", "codepoint")), Json(3584));
  const Json astral = request("growthbook-2", "exp", "\xF0\x9F\x98\x80");
  EXPECT_NE(bucket(astral), bucket(Json(astral).set("units", "codepoint")));
}

TEST(HashRequest, NamesTheFieldThatIsWrong) {
  const auto where = [](const Json& asked) {
    const auto answer = answer_hash_request(asked);
    EXPECT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalidInput);
    return answer.error().where;
  };
  const Json good = request("eppo", "s", "u");
  EXPECT_EQ(where(Json(3)), "");
  EXPECT_EQ(where(Json::object()), "/scheme");
  EXPECT_EQ(where(request("growthbook-3", "s", "u")), "/scheme");
  EXPECT_THAT(answer_hash_request(request("growthbook-3", "s", "u")).error().hint,
              ::testing::HasSubstr("growthbook-2"));
  EXPECT_EQ(where(Json(good).set("unit", 3)), "/unit");
  EXPECT_EQ(where(Json::object().set("scheme", "eppo").set("unit", "u")), "/seed");
  EXPECT_EQ(where(Json(good).set("modulus", 0)), "/modulus");
  EXPECT_EQ(where(Json(good).set("modulus", 1.5)), "/modulus");
  EXPECT_EQ(where(request("launchdarkly", "s", "u").set("modulus", 5)), "/modulus");
  EXPECT_EQ(where(Json(good).set("units", "utf8")), "/units");
  EXPECT_EQ(where(request("growthbook-1", "s", "u").set("units", "latin1")), "/units");
  EXPECT_EQ(where(Json::object().set("condition", Json::object())), "/attributes");
  EXPECT_EQ(where(Json::object().set("condition", 3).set("attributes", Json::object())), "/condition");
}

TEST(GoldenHash, AgreesWithTheRealSdks) {
  LOAD_OR_SKIP(golden, "golden-hash.json");
  std::size_t checked = 0;
  const auto each = [&](const char* section, const auto& check) {
    for (const Json& row : golden.find(section)->as_array()) {
      check(row.as_array());
      ++checked;
    }
  };
  const auto text = [](const Json& json) { return std::string_view(json.as_string()); };
  for (const char* section : {"growthbook", "growthbookNonAscii"}) {
    each(section, [&](const Json::Array& row) {
      ASSERT_EQ(value(request("growthbook-1", text(row[0]), text(row[1]))), row[2].as_number()) << row[1].dump();
      ASSERT_EQ(value(request("growthbook-2", text(row[0]), text(row[1]))), row[3].as_number()) << row[1].dump();
    });
  }
  each("unleashRollout", [&](const Json::Array& row) {
    ASSERT_EQ(bucket(request("unleash-rollout", text(row[0]), text(row[1]))), row[2]);
  });
  each("unleashVariant", [&](const Json::Array& row) {
    ASSERT_EQ(bucket(request("unleash-variant", text(row[0]), text(row[1])).set("modulus", row[2])), row[3]);
  });
  each("statsig", [&](const Json::Array& row) {
    const std::string& joined = row[0].as_string();
    // The seed is what stands before the last separator that belongs to it: "<salt>.rule1".
    const std::size_t seed = joined.find(".rule1.") + 6;
    ASSERT_EQ(bucket(request("statsig", joined.substr(0, seed), joined.substr(seed + 1))), row[1]);
  });
  each("optimizely",
       [&](const Json::Array& row) { ASSERT_EQ(bucket(request("optimizely", text(row[1]), text(row[0]))), row[2]); });
  each("launchdarkly", [&](const Json::Array& row) {
    const std::string seed = row[2].is_null() ? row[0].as_string() + "." + row[1].as_string() : row[2].dump();
    ASSERT_NEAR(value(request("launchdarkly", seed, text(row[3]))), row[4].as_number(), 1e-8);
  });
  EXPECT_GT(checked, 4000u);
}

TEST(GoldenHash, AgreesWithThePlanoutReference) {
  LOAD_OR_SKIP(golden, "golden-planout.json");
  const auto ask = [](const Json::Array& row) {
    return request("planout", row[0].as_string() + "." + row[1].as_string(), row[2].as_string());
  };
  const auto rows = [&](const char* section) { return golden.find(section)->as_array(); };
  for (const Json& row : rows("randomInteger")) {
    const auto& r = row.as_array();
    const std::int64_t span = r[4].as_integer() - r[3].as_integer() + 1;
    ASSERT_EQ(r[3].as_integer() + bucket(ask(r).set("modulus", span)).as_integer(), r[5].as_integer());
  }
  for (const Json& row : rows("uniformChoice")) {
    const auto& r = row.as_array();
    const auto choice = static_cast<char>('a' + bucket(ask(r).set("modulus", r[3])).as_integer());
    ASSERT_EQ(std::string(1, choice), r[4].as_string());
  }
  for (const Json& row : rows("weightedChoice")) {
    const auto& r = row.as_array();
    double cumulated = 0.0;
    for (const Json& weight : r[3].as_array()) cumulated += weight.as_number();
    const double stop = value(ask(r)) * cumulated;
    char choice = 'a';
    double reached = 0.0;
    for (const Json& weight : r[3].as_array()) {
      reached += weight.as_number();
      if (stop <= reached) break;
      ++choice;
    }
    ASSERT_EQ(std::string(1, choice), r[4].as_string());
  }
  for (const Json& row : rows("bernoulli")) {
    const auto& r = row.as_array();
    ASSERT_EQ(value(ask(r)) <= r[3].as_number() ? 1 : 0, r[4].as_integer());
  }
}

TEST(GoldenHash, AgreesWithGrowthBooksOwnCases) {
  LOAD_OR_SKIP(cases, "growthbook-cases.json");
  for (const Json& row : cases.find("hash")->as_array()) {
    const auto& r = row.as_array();
    const std::string scheme = "growthbook-" + r[2].dump();
    const auto answer = answer_hash_request(request(scheme, r[0].as_string(), r[1].as_string()));
    ASSERT_EQ(answer.has_value(), !r[3].is_null());
    if (answer) {
      ASSERT_EQ(answer->find("value")->as_number(), r[3].as_number()) << row.dump();
    }
  }
}

bool match(const Json::Array& r, std::size_t condition, std::size_t groups) {
  Json asked = Json::object().set("condition", r[condition]).set("attributes", r[condition + 1]);
  if (r.size() > groups) asked.set("saved_groups", r[groups]);
  const auto answer = answer_hash_request(asked);
  EXPECT_TRUE(answer) << asked.dump();
  return answer && answer->find("match")->as_bool();
}

TEST(GoldenConditions, AgreeWithGrowthBooksOwnCases) {
  LOAD_OR_SKIP(cases, "growthbook-cases.json");
  const auto& rows = cases.find("evalCondition")->as_array();
  EXPECT_GE(rows.size(), 150u);
  for (const Json& row : rows) EXPECT_EQ(match(row.as_array(), 1, 4), row.as_array()[3].as_bool()) << row.dump();
}

TEST(GoldenConditions, AgreeWithTheRandomDifferentialCorpus) {
  LOAD_OR_SKIP(cases, "growthbook-differential.json");
  for (const Json& row : cases.find("evalCondition")->as_array()) {
    EXPECT_EQ(match(row.as_array(), 0, 3), row.as_array()[2].as_bool()) << row.dump();
  }
}

}  // namespace
}  // namespace tactful
