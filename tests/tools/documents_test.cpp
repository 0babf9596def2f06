// The reference pages say what the program does.
#include <gmock/gmock.h>

#include <array>
#include <set>

#include "exit_code.hpp"
#include "run_program.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/result.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

// A new code does not compile here (-Wswitch) until it is added, and then fails until it is documented.
constexpr ErrorCode next_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return ErrorCode::kInvalidInput;
    case ErrorCode::kInvalidInput:
      return ErrorCode::kInvalidExperiment;
    case ErrorCode::kInvalidExperiment:
      return ErrorCode::kInsufficientData;
    case ErrorCode::kInsufficientData:
      return ErrorCode::kNotFound;
    case ErrorCode::kNotFound:
      return ErrorCode::kConflict;
    case ErrorCode::kConflict:
      return ErrorCode::kRefused;
    case ErrorCode::kRefused:
      return ErrorCode::kStorage;
    case ErrorCode::kStorage:
      return ErrorCode::kUnsupportedVersion;
    case ErrorCode::kUnsupportedVersion:
      return ErrorCode::kUnavailable;
    case ErrorCode::kUnavailable:
      break;
  }
  return ErrorCode::kInvalidArgument;
}

TEST(ErrorsPage, EveryCodeHasItsParagraphWithItsExitCode) {
  const std::string page = read_file(TACTFUL_SOURCE_DIR "/docs/reference/errors.md").value();
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::set<std::string> seen;
  do {
    const std::string name(to_string(code));
    EXPECT_TRUE(seen.insert(name).second);
    const std::string heading = "\n## `" + name + "`\n";
    const std::size_t at = page.find(heading);
    ASSERT_NE(at, std::string::npos) << name;
    const std::string paragraph = page.substr(at + heading.size(), page.find("\n## ", at + 1) - at - heading.size());
    EXPECT_GT(paragraph.size(), 150u) << name;
    EXPECT_THAT(paragraph, HasSubstr("Exit code " + std::to_string(tools::exit_code_of(code)) + ".")) << name;
    EXPECT_THAT(paragraph, HasSubstr("What to do:")) << name;
    code = next_code(code);
  } while (code != ErrorCode::kInvalidArgument);
}

TEST(CommandPage, NamesEveryCommandAndEveryOption) {
  const std::string page = read_file(TACTFUL_SOURCE_DIR "/docs/reference/cli.md").value();
  const std::string help = run_program({"--help"}).out;
  std::size_t at = help.find("Commands:\n");
  ASSERT_NE(at, std::string::npos);
  std::size_t commands = 0;
  for (at = help.find('\n', at) + 1; help[at] == ' '; at = help.find('\n', at) + 1) {
    if (help[at + 2] == ' ') continue;  // a wrapped line
    const std::string command = help.substr(at + 2, help.find(' ', at + 2) - at - 2);
    ++commands;
    EXPECT_THAT(page, HasSubstr("\n## `tactful " + command + "`\n")) << command;
    const std::string text = run_program({command, "--help"}).out;
    for (std::size_t option = text.find("\n  --"); option != std::string::npos;
         option = text.find("\n  --", option + 1)) {
      const std::string name = text.substr(option + 3, text.find_first_of(" \n", option + 3) - option - 3);
      EXPECT_THAT(page, HasSubstr("`" + name)) << command << " " << name;
    }
  }
  EXPECT_GE(commands, 21u);
}

}  // namespace
}  // namespace tactful::test
