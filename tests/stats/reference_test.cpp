// The reference cases that travel with the code: a few per method, each with its source and tolerance in
// reference_cases.json.
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "support/calc_compare.hpp"
#include "tactful/core/file.hpp"
#include "tactful/stats/calc.hpp"

namespace tactful::stats {
namespace {

const Json& reference_cases() {
  static const Json cases = [] {
    const auto text = read_file(std::string(TACTFUL_SOURCE_DIR) + "/tests/stats/reference_cases.json");
    EXPECT_TRUE(text.has_value());
    auto json = parse_json(text.value_or(std::string("[]")), "reference_cases.json");
    EXPECT_TRUE(json.has_value());
    return json ? *std::move(json) : Json::array();
  }();
  return cases;
}

TEST(Reference, EveryCaseAgrees) {
  for (const Json& entry : reference_cases().as_array()) {
    const std::string& method = entry.find("method")->as_string();
    const auto answer = calculate(method, *entry.find("input"));
    ASSERT_TRUE(answer.has_value()) << entry.find("id")->as_string() << " " << describe(answer.error());
    for (const std::string& bad : test::differences(method, *entry.find("expected"), *answer,
                                                    entry.find("rtol")->as_number(), entry.find("atol")->as_number())) {
      ADD_FAILURE() << entry.find("id")->as_string() << " " << bad;
    }
  }
}

TEST(Reference, EveryMethodHasACaseWithItsSource) {
  std::set<std::string> covered;
  for (const Json& entry : reference_cases().as_array()) {
    covered.insert(entry.find("method")->as_string());
    EXPECT_FALSE(entry.find("source")->as_string().empty());
  }
  for (const MethodInfo& method : methods()) EXPECT_TRUE(covered.contains(std::string(method.name))) << method.name;
}

TEST(Reference, TheMethodPagesNameEveryMethod) {
  const auto page = read_file(std::string(TACTFUL_SOURCE_DIR) + "/docs/methods/README.md");
  ASSERT_TRUE(page.has_value());
  for (const MethodInfo& method : methods()) {
    EXPECT_NE(page->find("`" + std::string(method.name) + "`"), std::string::npos) << method.name;
  }
}

TEST(Reference, OutputsAreTheFieldsAnnounced) {
  for (const Json& entry : reference_cases().as_array()) {
    const std::string& name = entry.find("method")->as_string();
    const auto answer = calculate(name, *entry.find("input"));
    ASSERT_TRUE(answer.has_value());
    for (const MethodInfo& method : methods()) {
      if (method.name != name) continue;
      for (const Json::Member& member : answer->as_object()) {
        const std::string outputs = " " + std::string(method.outputs) + " ";
        EXPECT_NE(outputs.find(" " + member.first + " "), std::string::npos) << name << " " << member.first;
      }
    }
  }
}

}  // namespace
}  // namespace tactful::stats
