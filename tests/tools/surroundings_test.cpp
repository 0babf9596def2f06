// Pipes, full disks, and the doctor.
#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

TEST(Output, AFullDiskIsAStorageError) {
  for (const std::string& command : {std::string("calc --list"), std::string("--help"), std::string("doctor")}) {
    const RunResult run = run_shell("\"$TACTFUL\" " + command + " > /dev/full");
    EXPECT_EQ(run.exit_code, 5) << command;
    EXPECT_THAT(run.err, HasSubstr("standard output")) << command;
  }
  const RunResult batch = run_shell("yes '{}' | head -100000 | \"$TACTFUL\" calc --batch --json > /dev/full");
  EXPECT_EQ(batch.exit_code, 5);
  EXPECT_EQ(json_of(batch.err.substr(batch.err.find('{'))).find("code")->as_string(), "storage");
}

TEST(Output, AReaderThatGoesAwayIsNoError) {
  const RunResult run = run_shell("yes '{\"id\":1}' | { \"$TACTFUL\" calc --batch; echo \"code $?\" >&2; } | head -1");
  EXPECT_THAT(run.out, HasSubstr("{\"id\":1,\"error\""));
  EXPECT_THAT(run.err, HasSubstr("code 0"));
}

TEST(Doctor, LooksAtTheMachine) {
  const TempFolder folder;
  const RunResult run = run_program({"doctor", "--folder", folder.path().string(), "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  std::string subjects;
  const Json findings = json_of(run.out);
  for (const Json& one : findings.as_array()) subjects += one.find("subject")->as_string() + " ";
  EXPECT_EQ(subjects, "tactful sqlite libraries file system fsync clock locale terminal ");
}

TEST(Doctor, FailsWhereNothingCanBeWritten) {
  const RunResult run = run_program({"doctor", "--folder", "/nowhere/at/all"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.out, HasSubstr("/nowhere/at/all"));
}

TEST(Doctor, SeesAKeyThatOthersMayRead) {
  const TempFolder folder;
  const std::string key = folder.write("s.db.key", std::string(32, 'k'));
  std::filesystem::permissions(key, std::filesystem::perms(0644));
  const RunResult open = run_program({"doctor", "--folder", folder.path().string(), "--store", folder.file("s.db")});
  EXPECT_EQ(open.exit_code, 5);
  EXPECT_THAT(open.out, HasSubstr("chmod 600"));
  std::filesystem::permissions(key, std::filesystem::perms(0600));
  EXPECT_EQ(run_program({"doctor", "--folder", folder.path().string(), "--key", key}).exit_code, 0);
}

TEST(Colour, FollowsTheEnvironment) {
  const std::map<std::string, std::string> forced = {{"FORCE_COLOR", "1"}};
  EXPECT_THAT(run_program({"doctor"}, "", forced).out, HasSubstr(", colour"));
  EXPECT_THAT(run_program({"doctor", "--no-color"}, "", forced).out, HasSubstr("no colour"));
  EXPECT_THAT(run_program({"doctor"}, "", {{"FORCE_COLOR", "1"}, {"NO_COLOR", "1"}}).out, HasSubstr("no colour"));
  EXPECT_THAT(run_program({"doctor"}, "", {{"TERM", "dumb"}}).out, HasSubstr("no colour"));
}

}  // namespace
}  // namespace tactful::test
