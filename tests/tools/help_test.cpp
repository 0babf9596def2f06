#include <gmock/gmock.h>

#include <algorithm>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kCommands = {
    "demo",       "check",   "simulate", "assign", "explain",        "diff",     "wordings", "import",  "collect",
    "quarantine", "compact", "evaluate", "review", "gate",           "override", "approve",  "promote", "stop",
    "demote",     "ledger",  "forget",   "purge",  "export-subject", "calc",     "hash",     "doctor"};

TEST(Help, NamesEveryCommandAndLeadsWithExamples) {
  const RunResult run = run_program({"--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, IsEmpty());
  EXPECT_LT(run.out.find("Examples:"), run.out.find("Commands:"));
  for (const std::string& command : kCommands) EXPECT_THAT(run.out, HasSubstr("\n  " + command + " ")) << command;
  EXPECT_THAT(run.out, HasSubstr("Next: "));
}

TEST(Help, OfEveryCommandLeadsWithExamplesAndSaysWhatComesNext) {
  for (const std::string& command : kCommands) {
    for (const auto& words : {std::vector<std::string>{command, "--help"}, {command, "-h"}, {"help", command}}) {
      const RunResult run = run_program(words);
      EXPECT_EQ(run.exit_code, 0) << command;
      EXPECT_THAT(run.err, IsEmpty()) << command;
      EXPECT_LT(run.out.find("Examples:\n  "), run.out.find("Usage: tactful " + command)) << command;
      EXPECT_THAT(run.out, HasSubstr("\nNext: ")) << command;
      EXPECT_THAT(run.out, HasSubstr("--json")) << command;
    }
  }
}

TEST(Help, NoColourWhereThereIsNoTerminal) {
  EXPECT_THAT(run_program({"--help"}).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run_program({"doctor"}).out, Not(HasSubstr("\x1b")));
}

TEST(Usage, VersionIsOneLine) {
  const RunResult run = run_program({"--version"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, ::testing::MatchesRegex("tactful [0-9]+\\.[0-9]+\\.[0-9]+(\\+[0-9a-f]+(\\.edited)?)?\n"));
}

TEST(Usage, NoCommandIsAUsageError) {
  const RunResult run = run_program({});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, HasSubstr("tactful --help"));
}

TEST(Usage, AMistypedCommandNamesTheNearest) {
  const RunResult run = run_program({"evalute"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("did you mean \"tactful evaluate\"?"));
}

TEST(Usage, AMistypedOptionNamesTheNearest) {
  const RunResult run = run_program({"evaluate", "x.json", "--stor", "pilot.db"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("\"--stor\""));
  EXPECT_THAT(run.err, HasSubstr("did you mean --store?"));
}

TEST(Usage, EveryCommandRefusesAnUnknownOption) {
  for (const std::string& command : kCommands) {
    const RunResult run = run_program({command, "--zzzzzz=1"});
    EXPECT_EQ(run.exit_code, 2) << command << run.err;
    EXPECT_THAT(run.out, IsEmpty()) << command;
  }
}

TEST(Usage, ErrorsAreOneJsonObjectWithJson) {
  for (const auto& words : {std::vector<std::string>{"evalute", "--json"},
                            {"check", "--json"},
                            {"--json", "check", "--bogus"},
                            {"calc", "--json", "no_such_method"},
                            {"hash", "--json"},
                            {"promote", "--json", "x.json"}}) {
    const RunResult run = run_program(words);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    const Json error = json_of(run.err);
    ASSERT_TRUE(error.is_object()) << run.err;
    for (const char* name : {"code", "message", "where", "hint"}) EXPECT_NE(error.find(name), nullptr) << name;
    EXPECT_EQ(error.find("code")->as_string(), "invalid_argument");
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
  }
}

TEST(Usage, MissingWordsAndValuesAreNamed) {
  EXPECT_THAT(run_program({"check"}).err, HasSubstr("FILE|FOLDER"));
  EXPECT_THAT(run_program({"collect", "journals"}).err, HasSubstr("--store FILE"));
  EXPECT_THAT(run_program({"evaluate", "x.json", "--store"}).err, HasSubstr("--store"));
  EXPECT_THAT(run_program({"stop", "a.json", "b.json", "--by", "me", "--reason", "r"}).err, HasSubstr("b.json"));
  EXPECT_EQ(run_program({"stop", "a.json", "--by", "me", "--by", "you", "--reason", "r"}).exit_code, 2);
  EXPECT_THAT(run_program({"check", "x.json", "--format", "xml"}).err, HasSubstr("table, json, csv, md"));
}

TEST(Usage, AMissingFileEndsWithOneAndNamesTheFile) {
  for (const auto& words :
       {std::vector<std::string>{"check", "/nowhere/x.json"},
        {"assign", "/nowhere/x.json", "u1"},
        {"ledger", "verify", "/nowhere/x.json"},
        {"evaluate", "/nowhere/x.json", "--store", "s.db"},
        {"evaluate", "--counts", "/nowhere/x.json"},
        {"import", "--units", "/nowhere/x.json", "--experiment", "late-fee", "--store", "/nowhere/s.db"}}) {
    const RunResult run = run_program(words);
    EXPECT_EQ(run.exit_code, 1) << words.front() << ": " << run.err;
    EXPECT_THAT(run.err, HasSubstr("/nowhere/x.json")) << words.front();
    EXPECT_THAT(run.out, IsEmpty()) << words.front();
  }
}

}  // namespace
}  // namespace tactful::test
