// Every case of the independent reference values, through the program's own batch, compared number by number.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "run_program.hpp"
#include "support/calc_compare.hpp"
#include "support/public_data.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

// Wrong references, with the proof in tests/stats: the mirrored table of equal arms is an exact tie.
const std::set<std::string> kWrongReferences = {"fisher_exact-f039"};

std::set<std::string> known_methods() {
  std::set<std::string> known;
  const Json list = json_of(run_program({"calc", "--list", "--json"}).out);
  for (const Json& one : list.as_array()) known.insert(one.find("method")->as_string());
  return known;
}

// Runs one file's cases in one process. Returns how many numbers were compared.
std::int64_t run_file(const std::string& method, const Json& cases) {
  std::string input;
  for (const Json& one : cases.as_array()) {
    Json request = Json::object();
    request.set("id", *one.find("id")).set("method", method).set("input", *one.find("input"));
    input += request.dump() + "\n";
  }
  const RunResult run = run_program({"calc", "--batch"}, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto answers = json_lines(run.out);
  EXPECT_EQ(answers.size(), cases.as_array().size());
  std::int64_t compared = 0;
  for (std::size_t index = 0; index < std::min(answers.size(), cases.as_array().size()); ++index) {
    const Json& one = cases.as_array()[index];
    EXPECT_EQ(answers[index].find("id")->dump(), one.find("id")->dump());
    const Json* output = answers[index].find("output");
    if (kWrongReferences.count(one.find("id")->as_string()) > 0) continue;
    // A refusal stands for "undefined" only where everything is.
    if (output == nullptr) {
      Flat expected;
      flatten(*one.find("expected"), "", expected);
      const bool all_undefined =
          std::all_of(expected.begin(), expected.end(), [](const auto& entry) { return entry.second.is_null(); });
      EXPECT_TRUE(all_undefined) << one.find("id")->dump() << ": " << answers[index].dump();
      continue;
    }
    const Json& expected = *one.find("expected");
    for (const std::string& wrong :
         differences(method, expected, *output, one.find("rtol")->as_number(), one.find("atol")->as_number()))
      ADD_FAILURE() << one.find("id")->dump() << " " << wrong;
    Flat numbers;
    flatten(expected, "", numbers);
    compared += static_cast<std::int64_t>(numbers.size());
  }
  return compared;
}

TEST(Oracle, EveryCaseThroughTheProgramsBatch) {
  const auto folder = public_data("oracle");
  if (!folder) GTEST_SKIP() << "the optional folder of public data sets is not there";
  const std::set<std::string> known = known_methods();
  std::int64_t files = 0, compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path());
    ASSERT_TRUE(text) << entry.path();
    const Json file = json_of(*text);
    const std::string method = file.find("method")->as_string();
    if (known.count(method) == 0) continue;  // docs/reference/methods.md lists what is left out
    ++files;
    compared += run_file(method, *file.find("cases"));
  }
  EXPECT_GE(files, 20);
  EXPECT_GT(compared, 5000);
  RecordProperty("compared", static_cast<int>(compared));
  std::printf("%ld methods, %ld numbers compared\n", static_cast<long>(files), static_cast<long>(compared));
}

TEST(Oracle, InvalidInputsAreRefusedOrUndefined) {
  const auto path = public_data("oracle/invalid_inputs.json");
  if (!path) GTEST_SKIP() << "the optional folder of public data sets is not there";
  const std::set<std::string> known = known_methods();
  const Json file = json_of(read_file(*path).value());
  std::string input;
  std::vector<const Json*> asked;
  for (const Json& one : file.find("cases")->as_array()) {
    const Json& request_of = *one.find("input");
    if (known.count(request_of.find("method")->as_string()) == 0) continue;
    Json request = Json::object();
    request.set("id", *one.find("id")).set("method", *request_of.find("method")).set("input", *request_of.find("args"));
    input += request.dump() + "\n";
    asked.push_back(&one);
  }
  const auto answers = json_lines(run_program({"calc", "--batch"}, input).out);
  ASSERT_EQ(answers.size(), asked.size());
  EXPECT_GE(asked.size(), 10u);
  for (std::size_t index = 0; index < answers.size(); ++index) {
    if (answers[index].find("error") != nullptr) continue;
    Flat output;
    flatten(*answers[index].find("output"), "", output);
    // An answer to such an input carries no test result.
    for (const auto& [name, value] : output)
      EXPECT_FALSE((name.front() == 'p' || name.front() == 'z') && value.is_number())
          << asked[index]->dump() << " gave " << answers[index].dump();
  }
}

}  // namespace
}  // namespace tactful::test
