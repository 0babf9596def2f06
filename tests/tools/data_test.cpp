// import, collect and evaluate, from files to a scorecard.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <sstream>

#include "run_program.hpp"
#include "support/public_data.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// 400 units a variant, exposed over two weeks; every fifth of control and every third of kind converts a day later.
struct Events {
  std::string exposures = "unit,variant,at,region\n", outcomes = "unit,kind,at,value\n";
};

Events two_weeks() {
  Events events;
  for (int unit = 0; unit < 800; ++unit) {
    const bool kind = unit % 2 == 1;
    const std::string day = std::to_string(11 + unit / 2 % 14), next = std::to_string(12 + unit / 2 % 14);
    const std::string id = "客户-" + std::to_string(unit);
    events.exposures += id + (kind ? ",kind," : ",control,") + "2026-05-" + day + "T10:00:00Z,东区\n";
    if (unit / 2 % (kind ? 3 : 5) == 0) events.outcomes += id + ",converted,2026-05-" + next + "T10:00:00Z,\n";
    if (unit / 2 % 50 == 0) events.outcomes += id + ",complaint,2026-05-" + next + "T11:00:00Z,1\n";
  }
  return events;
}

class Data : public ::testing::Test {
 protected:
  RunResult import(std::vector<std::string> more) const {
    more.insert(more.begin(), {"import", "--experiment", file_, "--store", store_});
    return run_program(more);
  }
  RunResult import_events() const {
    const Events events = two_weeks();
    return import({"--exposures", folder_.write("exposures.csv", events.exposures), "--outcomes",
                   folder_.write("outcomes.csv", events.outcomes)});
  }
  RunResult evaluate(std::vector<std::string> more) const {
    more.insert(more.begin(), {"evaluate", file_, "--store", store_, "--as-of", "2026-06-10"});
    return run_program(more);
  }
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
  const std::string store_ = folder_.file("pilot.db");
};

TEST_F(Data, EventsBecomeAScorecard) {
  const RunResult imported = import_events();
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.out, ::testing::MatchesRegex("read [0-9,]+ events: [0-9,]+ new\n"));
  EXPECT_THAT(imported.err, HasSubstr("pilot.db.key"));
  const RunResult run = evaluate({"--json", "--randomised", "coin flips"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = json_of(run.out);
  EXPECT_EQ(json.find("schema")->as_string(), "tactful/scorecard/1");
  EXPECT_EQ(json.find("experiment")->as_string(), "late-fee");
  ASSERT_EQ(json.find("arms")->as_array().size(), 2u);
  EXPECT_EQ(json.find("arms")->as_array()[0].find("units")->as_integer(), 400);
  EXPECT_NE(json.find("recommendation")->find("action"), nullptr);
  for (const char* format : {"table", "csv", "md"}) {
    const RunResult other = evaluate({"--format", format, "--randomised", "coin flips"});
    EXPECT_EQ(other.exit_code, 0) << format << other.err;
    EXPECT_THAT(other.out, HasSubstr("paid")) << format;
    EXPECT_THAT(other.out, Not(HasSubstr("\x1b"))) << format;
  }
}

TEST_F(Data, TheSameFileTwiceAddsNothing) {
  ASSERT_EQ(import_events().exit_code, 0);
  const Events events = two_weeks();
  const RunResult again =
      import({"--exposures", folder_.file("exposures.csv"), "--outcomes", folder_.file("outcomes.csv"), "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const Json json = json_of(again.out);
  EXPECT_EQ(json.find("added")->as_integer(), 0);
  EXPECT_EQ(json.find("duplicates")->as_integer(), json.find("read")->as_integer());
  EXPECT_EQ(again.err, "");  // the key is made once
}

TEST_F(Data, TheKeyIsPrivateAndRawIdsAreNotStored) {
  ASSERT_EQ(import_events().exit_code, 0);
  struct stat about {};
  ASSERT_EQ(::stat((store_ + ".key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(run_shell("grep -c '客户' '" + store_ + "'").exit_code, 1);
  std::filesystem::remove(store_ + ".key");
  const RunResult lost = import_events();
  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_THAT(lost.err, HasSubstr("--key"));
  EXPECT_FALSE(std::filesystem::exists(store_ + ".key"));
}

TEST_F(Data, BrokenFilesNameLineAndColumnAndKeepNothing) {
  const RunResult variant =
      import({"--json", "--exposures",
              folder_.write("e.csv", "unit,variant,at\nC-1,kind,2026-05-12T10:00:00Z\nC-2,kind,soon\n")});
  EXPECT_EQ(variant.exit_code, 4);
  const Json error = json_of(variant.err.substr(variant.err.find('{')));
  EXPECT_EQ(error.find("code")->as_string(), "invalid_input");
  EXPECT_THAT(error.find("where")->as_string(), HasSubstr("e.csv:3"));
  EXPECT_EQ(import({"--exposures", folder_.write("empty.csv", "")}).exit_code, 4);
  EXPECT_EQ(import({"--exposures", folder_.write("ragged.csv", "unit,variant,at\nC-1,kind\n")}).exit_code, 4);
  const RunResult zone =
      import({"--exposures", folder_.write("zone.csv", "unit,variant,at\nC-1,kind,2026-05-12 10:00:00\n")});
  EXPECT_EQ(zone.exit_code, 4);
  EXPECT_EQ(import({"--exposures", folder_.file("zone.csv"), "--zone", "+08:00"}).exit_code, 0);
  const RunResult nothing = evaluate({"--as-of", "2026-05-12", "--randomised", "x"});
  EXPECT_EQ(nothing.exit_code, 2);  // --as-of twice
}

TEST_F(Data, AStoreWithoutTheExperimentCannotAnswer) {
  ASSERT_EQ(run_program({"import", "--experiment", "other", "--store", store_, "--exposures",
                         folder_.write("e.csv", "unit,variant,at\nC-1,kind,2026-05-12T10:00:00Z\n")})
                .exit_code,
            0);
  const RunResult run = evaluate({"--json"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_EQ(json_of(run.err).find("code")->as_string(), "insufficient_data");
  EXPECT_EQ(run.out, "");
}

TEST_F(Data, MappedColumnsGb18030AndZeroOutcomes) {
  // "编号,组" in GB18030: the header of an export.
  const std::string header = "\xB1\xE0\xBA\xC5,\xD7\xE9,at\n";
  const std::string exposures =
      folder_.write("gb.csv", header + "C-1,A,2026-05-12T10:00:00Z\nC-2,B,2026-05-12T10:00:00Z\n");
  const std::string outcomes =
      folder_.write("flags.csv", "id,at,paid\nC-1,2026-05-13T10:00:00Z,0\nC-2,2026-05-13T10:00:00Z,1\n");
  const RunResult first = import(
      {"--exposures", exposures, "--map", "unit=编号", "--map", "variant=组", "--encoding", "gb18030", "--json"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(json_of(first.out).find("added")->as_integer(), 2);
  const RunResult second = import({"--outcomes", outcomes, "--outcome-map", "unit=id", "--outcome-map", "value=paid",
                                   "--kind", "converted", "--skip-zero", "--json"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(json_of(second.out).find("added")->as_integer(), 1);
}

TEST_F(Data, WideTablesAreReplacedOnlyWhenAsked) {
  std::string rows = "unit,variant,converted,complaint,region\n";
  for (int unit = 0; unit < 400; ++unit)
    rows += "C-" + std::to_string(unit) + (unit % 2 == 0 ? ",control," : ",kind,") + (unit % 7 < 2 ? "1" : "0") +
            ",0,east\n";
  ASSERT_EQ(import({"--units", folder_.write("wide.csv", rows)}).exit_code, 0);
  const RunResult other = import({"--units", folder_.write("other.csv", rows + "C-400,control,1,0,west\n")});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_EQ(import({"--units", folder_.file("other.csv"), "--replace"}).exit_code, 0);
  const RunResult run = evaluate({"--json", "--randomised", "coin flips"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json_of(run.out).find("arms")->as_array()[0].find("units")->as_integer(), 201);
}

TEST_F(Data, WrongCombinationsAreUsageErrors) {
  EXPECT_EQ(run_program({"import", "--store", store_}).exit_code, 2);
  EXPECT_EQ(run_program({"import", "--units", file_, "--experiment", "late-fee"}).exit_code, 2);
  EXPECT_EQ(import({"--units", file_, "--exposures", file_}).exit_code, 2);
  EXPECT_EQ(import({"--exposures", file_, "--encoding", "latin-1"}).exit_code, 2);
  EXPECT_EQ(import({"--exposures", file_, "--map", "unit"}).exit_code, 2);
  EXPECT_EQ(import({"--exposures", file_, "--zone", "Shanghai"}).exit_code, 2);
  EXPECT_EQ(run_program({"evaluate", file_}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(store_));
}

constexpr char kCounts[] =
    "experiment,metric,variant,n,successes,weight,role\n"
    "fee,paid,control,5000,500,1,success\nfee,paid,kind,5000,600,1,success\n"
    "fee,complaint,control,5000,10,1,guardrail\nfee,complaint,kind,5000,11,1,guardrail\n"
    "催款,paid,control,300,30,1,success\n催款,paid,kind,300,33,1,success\n";

TEST_F(Data, CountsAreEvaluatedDirectly) {
  const std::string counts = folder_.write(
      "counts.csv", replaced(kCounts, "催款,paid,control,300,30,1,success\n催款,paid,kind,300,33,1,success\n", ""));
  const RunResult checked = run_program({"import", "--counts", counts});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_THAT(checked.err, HasSubstr("evaluate --counts"));
  const RunResult run = run_program({"evaluate", "--counts", counts, "--randomised", "by the mailing tool", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = json_of(run.out);
  ASSERT_TRUE(json.is_object());
  const Json& paid = json.find("metrics")->as_array().at(0);
  EXPECT_NEAR(paid.find("difference")->find("estimate")->as_number(), 0.02, 1e-12);
  EXPECT_EQ(run_program({"evaluate", "--counts", counts, "--experiment", "feee"}).exit_code, 1);
  const RunResult wrong =
      run_program({"evaluate", "--counts", folder_.write("bad.csv", replaced(kCounts, "5000,500", "500,5000"))});
  EXPECT_EQ(wrong.exit_code, 4);
  EXPECT_THAT(wrong.err, HasSubstr("bad.csv:2"));
  EXPECT_THAT(run.err, HasSubstr("no ledger was asked"));
  EXPECT_THAT(run_program({"evaluate", file_, "--counts", counts}).err, HasSubstr("no counts of \"late-fee\""));
  for (const auto& [option, value] : std::map<std::string, std::string>{
           {"--as-of", "2026-05-12"}, {"--phase", "pilot"}, {"--threads", "1"}, {"--store", store_}}) {
    const RunResult ignored = run_program({"evaluate", "--counts", counts, option, value});
    EXPECT_EQ(ignored.exit_code, 2) << option;
    EXPECT_THAT(ignored.err, HasSubstr(option)) << option;
  }
  EXPECT_EQ(evaluate({"--experiment", "late-fee"}).exit_code, 2);
  EXPECT_EQ(evaluate({"--encoding", "utf-8"}).exit_code, 2);
}

TEST_F(Data, CollectNamesWhatIsNoJournalAndCollectsTheRest) {
  EXPECT_EQ(run_program({"collect", "--store", store_, folder_.path().string() + "/nowhere.db"}).exit_code, 1);
  const std::string fake = folder_.write("journals/fake.db", "not a journal");
  const RunResult run = run_program({"collect", "--store", store_, folder_.file("journals"), "--json"});
  EXPECT_NE(run.exit_code, 0);
  const Json json = json_of(run.out);
  const Json& entry = json.find("journals")->as_array().at(0);
  EXPECT_EQ(entry.find("journal")->as_string(), fake);
  EXPECT_NE(entry.find("error")->find("message"), nullptr);
  EXPECT_EQ(json.find("total")->find("read")->as_integer(), 0);
  std::filesystem::create_directories(folder_.file("empty"));
  EXPECT_EQ(run_program({"collect", "--store", store_, folder_.file("empty")}).exit_code, 1);
}

// The published tables name their columns otherwise: arm, design_weight, higher_is.
std::string counts_of_published(const std::string& table) {
  std::string counts = "experiment,metric,variant,n,successes,weight,direction\n";
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    // The landing page's raw rows are not its randomised units.
    if (cells.size() < 8 || cells[1] == "raw_all_rows_by_group") continue;
    counts += cells[0] + "," + cells[1] + "," + cells[2] + "," + cells[4] + "," + cells[5] + "," + cells[6] + "," +
              (cells[7] == "better" ? "increase" : "decrease") + "\n";
  }
  return counts;
}

TEST(PublicData, PublishedCountsEvaluate) {
  const auto file = public_data("data/published_tables/aggregate_counts.csv");
  if (!file) GTEST_SKIP() << "the optional folder of public data sets is not there";
  const TempFolder folder;
  const std::string counts = folder.write("counts.csv", counts_of_published(read_file(*file).value()));
  const RunResult run = run_program({"evaluate", "--counts", counts, "--randomised", "as published", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json scorecards = json_of(run.out);
  ASSERT_TRUE(scorecards.is_array());
  ASSERT_GT(scorecards.as_array().size(), 3u);
  // Gerber, Green and Larimer (2008), table 2: turnout 29.7 % in the control group, 37.8 % with the neighbours mailing.
  const Json& voting = scorecards.as_array().front();
  EXPECT_EQ(voting.find("experiment")->as_string(), "ggl2008_social_pressure");
  bool seen = false;
  for (const Json& metric : voting.find("metrics")->as_array()) {
    if (metric.find("variant")->as_string() != "Neighbors") continue;
    seen = true;
    EXPECT_NEAR(metric.find("control")->find("value")->as_number(), 0.297, 5e-4);
    EXPECT_NEAR(metric.find("treatment")->find("value")->as_number(), 0.378, 5e-4);
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace tactful::test
