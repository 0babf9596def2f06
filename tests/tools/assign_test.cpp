#include <gmock/gmock.h>

#include <algorithm>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kHeader[] = "unit,variant,reason,enrolled,bucket\n";

class Assign : public ::testing::Test {
 protected:
  std::vector<std::string> words(std::vector<std::string> more) const {
    more.insert(more.begin(), {"assign", file_, "--at", "2026-05-20"});
    return more;
  }
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
};

TEST_F(Assign, LinesOfStandardInput) {
  const RunResult run = run_program(words({}), "C-1\r\n客户-2\n\nC-4");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, StartsWith(kHeader));
  EXPECT_THAT(run.out, HasSubstr("\nC-1,"));
  EXPECT_THAT(run.out, HasSubstr("\n客户-2,"));
  EXPECT_THAT(run.out, HasSubstr("\n,control,no_unit,false,"));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 5);
}

TEST_F(Assign, SameUnitSameVariantInEveryFormOfInput) {
  const std::string lines = run_program(words({}), "C-1\nC-2\nC-3\n").out;
  EXPECT_EQ(run_program(words({"C-1", "C-2", "C-3"})).out, lines);
  EXPECT_EQ(run_program(words({"--units", folder_.write("ids.txt", "C-1\nC-2\nC-3\n")})).out, lines);
  EXPECT_EQ(run_program(words({"--units", folder_.write("ids.csv", "unit,x\nC-1,1\nC-2,2\nC-3,3\n")})).out, lines);
  EXPECT_EQ(run_program(words({"--column", "id"}), "x,id\n1,C-1\n2,C-2\n3,C-3\n").out, lines);
}

TEST_F(Assign, JsonIsOneObjectALine) {
  const RunResult run = run_program(words({"--json"}), "C-1\nsay \"hi\"\n\xFF\n");
  const auto lines = json_lines(run.out);
  ASSERT_EQ(lines.size(), 3u) << run.out << run.err;
  EXPECT_EQ(lines[0].find("unit")->as_string(), "C-1");
  EXPECT_EQ(lines[0].find("reason")->as_string(), "assigned");
  EXPECT_TRUE(lines[0].find("enrolled")->as_bool());
  EXPECT_TRUE(lines[0].find("bucket")->is_string());
  EXPECT_EQ(lines[1].find("unit")->as_string(), "say \"hi\"");
}

TEST_F(Assign, SplitsByWeights) {
  std::string input;
  for (int unit = 0; unit < 20000; ++unit) input += "unit-" + std::to_string(unit) + "\n";
  const RunResult run = run_program(words({}), input);
  std::int64_t kind = 0;
  for (std::size_t at = run.out.find(",kind,assigned,true,"); at != std::string::npos;
       at = run.out.find(",kind,assigned,true,", at + 1))
    ++kind;
  // 20,000 fair draws: 6 standard deviations are 424.
  EXPECT_NEAR(static_cast<double>(kind), 10000.0, 424.0);
}

TEST_F(Assign, TimeDecides) {
  EXPECT_THAT(run_program({"assign", file_, "C-1", "--at", "2026-05-01"}).out, HasSubstr("control,not_started,false"));
  EXPECT_THAT(run_program({"assign", file_, "C-1", "--at", "2026-06-01"}).out,
              HasSubstr("control,enrolment_ended,false"));
  const RunResult run = run_program({"assign", file_, "C-1", "--at", "yesterday"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("--at"));
}

TEST_F(Assign, ScopeSeesColumnsWithTheTypesItComparesThemWith) {
  const std::string scoped =
      folder_.write("scoped/late-fee.json",
                    replaced(small_experiment(), "\"owner\"",
                             "\"scope\": {\"region\": \"7\", \"days\": {\"$lte\": 0}, \"vip\": false}, \"owner\""));
  const auto reason = [&](const std::string& row) {
    const RunResult run = run_program({"assign", scoped, "--column", "unit", "--at", "2026-05-20", "--json"},
                                      "unit,region,days,vip\n" + row);
    const auto lines = json_lines(run.out);
    return lines.empty() ? run.err : lines.front().find("reason")->as_string();
  };
  EXPECT_EQ(reason("C-1,7,-3,false\n"), "assigned");
  EXPECT_EQ(reason("C-1,8,-3,false\n"), "out_of_scope");
  EXPECT_EQ(reason("C-1,7,1,false\n"), "out_of_scope");
  EXPECT_EQ(reason("C-1,7,-3,true\n"), "out_of_scope");
  const RunResult flags = run_program({"assign", scoped, "C-1", "--at", "2026-05-20", "--attribute", "region=7",
                                       "--attribute", "days=-3", "--attribute", "vip=false"});
  EXPECT_THAT(flags.out, HasSubstr(",assigned,true,"));
}

TEST_F(Assign, WrongFilesAreTold) {
  const RunResult column = run_program(words({"--column", "unti"}), "unit,x\na,1\n");
  EXPECT_EQ(column.exit_code, 4);
  EXPECT_THAT(column.err, HasSubstr("did you mean \"unit\"?"));
  const RunResult ragged = run_program(words({"--column", "unit", "--json"}), "unit,x\na,1\nb\n");
  EXPECT_EQ(ragged.exit_code, 4);
  EXPECT_EQ(json_of(ragged.err).find("code")->as_string(), "invalid_input");
  EXPECT_EQ(run_program(words({"--column", "unit"}), "").exit_code, 4);
  const RunResult broken = run_program({"assign", folder_.write("b/late-fee.json", "{"), "C-1"});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.err, HasSubstr("tactful check"));
}

TEST_F(Assign, EmptyInputGivesTheHeaderOnly) {
  const RunResult run = run_program(words({}), "");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out, kHeader);
}

}  // namespace
}  // namespace tactful::test
