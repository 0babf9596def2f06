// Every case of the optional folder of reference values, method by method.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "support/calc_compare.hpp"
#include "support/public_data.hpp"
#include "tactful/core/file.hpp"
#include "tactful/stats/calc.hpp"

namespace tactful::stats {
namespace {

std::vector<std::filesystem::path> oracle_files() {
  std::vector<std::filesystem::path> files;
  const auto folder = test::public_data("oracle");
  if (!folder) return files;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json load(const std::filesystem::path& path) {
  const auto text = read_file(path);
  EXPECT_TRUE(text.has_value()) << path;
  auto json = parse_json(text.value_or(std::string("null")), path.string());
  EXPECT_TRUE(json.has_value()) << path << (json ? "" : describe(json.error()));
  return json ? *json : Json();
}

// Reference cases that are wrong, each with the proof. fisher_exact-f039: arms of equal size make the mirrored table an
// exact tie, so the minlike p is twice the one-sided one; integer arithmetic (FisherExact.EqualArmsTieExactly in
// exact_test.cpp) confirms it against the reference, which missed the tie.
const std::set<std::string> kWrongReferences{"fisher_exact-f039"};

TEST(Oracle, EveryCaseOfEveryMethodAgrees) {
  const auto files = oracle_files();
  if (files.empty()) GTEST_SKIP() << "the optional reference values are not present";
  std::set<std::string> implemented;
  for (const MethodInfo& method : methods()) implemented.emplace(method.name);
  int total = 0;
  for (const auto& path : files) {
    const Json file = load(path);
    const std::string method = file.find("method")->as_string();
    if (method == "invalid_inputs") continue;
    EXPECT_TRUE(implemented.contains(method)) << method << " is not implemented";
    int passed = 0;
    for (const Json& entry : file.find("cases")->as_array()) {
      const std::string id = entry.find("id")->as_string();
      const auto answer = calculate(method, *entry.find("input"));
      if (!answer) {
        ADD_FAILURE() << id << " " << describe(answer.error()) << "\n  input " << entry.find("input")->dump();
        continue;
      }
      const auto bad = test::differences(method, *entry.find("expected"), *answer, entry.find("rtol")->as_number(),
                                         entry.find("atol")->as_number());
      if (kWrongReferences.contains(id)) continue;
      for (std::size_t i = 0; i < std::min<std::size_t>(bad.size(), 4); ++i) {
        ADD_FAILURE() << id << " " << bad[i] << "\n  input " << entry.find("input")->dump().substr(0, 400);
      }
      if (bad.empty()) ++passed;
    }
    std::printf("%-34s %3d of %3zu cases agree\n", method.c_str(), passed, file.find("cases")->as_array().size());
    total += passed;
  }
  std::printf("%-34s %3d cases\n", "all methods", total);
}

TEST(Oracle, EveryInvalidInputIsRefused) {
  const auto path = test::public_data("oracle/invalid_inputs.json");
  if (!path) GTEST_SKIP() << "the optional reference values are not present";
  const Json file = load(*path);
  for (const Json& entry : file.find("cases")->as_array()) {
    const Json& input = *entry.find("input");
    const auto answer = calculate(input.find("method")->as_string(), *input.find("args"));
    ASSERT_FALSE(answer.has_value()) << input.dump();
    EXPECT_FALSE(answer.error().message.empty());
    EXPECT_FALSE(answer.error().where.empty()) << answer.error().message;
  }
}

}  // namespace
}  // namespace tactful::stats
