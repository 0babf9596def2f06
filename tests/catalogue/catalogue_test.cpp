#include "tactful/catalogue/catalogue.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "sample.hpp"
#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Log final : public LogSink {
 public:
  void log(LogLevel level, std::string_view message) noexcept override { lines.emplace_back(level, message); }
  std::vector<std::pair<LogLevel, std::string>> lines;
};

class CatalogueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    put(sample::file());
    std::filesystem::create_directory(folder_ / "rules");
    write("rules/house.json", R"({"schema": "tactful/rules/1", "key": "house", "rules": [{"id": "threat",
      "severity": "error", "forbid": {"phrases": ["or else"]}, "reason": {"en": "Threatens"},
      "suggestion": {"en": "Name the ways out"}}]})");
  }

  void put(const Json& json) {
    ASSERT_TRUE(write_file_atomically(folder_ / (json.find("key")->as_string() + ".json"), json.dump(2)));
  }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file_atomically(folder_ / name, text));
  }
  LedgerEntry add(LedgerAction action, Json body, std::optional<std::string> print = std::nullopt) {
    LedgerEntry entry;
    entry.at = 1'780'000'000'000;
    entry.by = "Li Na";
    entry.action = action;
    entry.experiment = "renewal";
    entry.fingerprint = print.value_or(fingerprint(sample::experiment()));
    entry.body = std::move(body);
    return Ledger::append(Ledger::path_of(folder_.path(), "renewal"), entry).value();
  }
  std::unique_ptr<Catalogue> open() { return Catalogue::open(folder_.path(), &log_).value(); }
  Error open_error() { return Catalogue::open(folder_.path()).error(); }
  static std::vector<std::string> rules(const Catalogue& catalogue) {
    std::vector<std::string> result;
    for (const FileFindings& file : catalogue.findings()) {
      for (const Diagnostic& d : file.diagnostics) result.push_back(file.file.filename().string() + " " + d.rule);
    }
    return result;
  }

  test::TempDir folder_;
  Log log_;
};

TEST_F(CatalogueTest, CompilesEveryExperimentOfTheFolder) {
  put(sample::with(sample::file(), "/key", "welcome"));
  write("notes.txt", "not JSON");
  write("experiment.schema.json", "{}");
  std::filesystem::create_directory(folder_ / "notes");
  write("notes/pack.json", "{}");
  const auto catalogue = open();
  const auto snapshot = catalogue->snapshot();
  EXPECT_EQ(snapshot->version(), 1u);
  EXPECT_EQ(snapshot->experiments().size(), 2u);
  EXPECT_THAT(rules(*catalogue), IsEmpty());
  const CompiledExperiment* renewal = snapshot->find("renewal");
  ASSERT_NE(renewal, nullptr);
  EXPECT_EQ(snapshot->find("absent"), nullptr);
  EXPECT_EQ(renewal->fingerprint, fingerprint(sample::experiment()));
  EXPECT_EQ(renewal->wording_fingerprints[1], fingerprint(sample::experiment().variants[1]));
  const Field name[] = {{"name", "Wang"}};
  EXPECT_EQ(renewal->templates[1].render(name).value(), "Hello Wang");
  EXPECT_EQ(renewal->assigner.assign({"u1", "", {}}, renewal->experiment.pilot.start).reason,
            AssignmentReason::kAssigned);
  EXPECT_THAT(log_.lines, ::testing::ElementsAre(::testing::Pair(LogLevel::kInfo, HasSubstr("2 experiments"))));
}

TEST_F(CatalogueTest, AnEmptyFolderIsACatalogue) {
  std::filesystem::remove(folder_ / "renewal.json");
  EXPECT_TRUE(open()->snapshot()->experiments().empty());
}

TEST_F(CatalogueTest, ReportsEveryFindingOfEveryFile) {
  put(sample::with(sample::with(sample::file(), "/key", "first"), "/metrics/0/role", "winner"));
  put(sample::with(sample::with(sample::file(), "/key", "second"), "/scope",
                   parse_json(R"({"a":{"$gtt":1}})").value()));
  put(sample::without(sample::with(sample::file(), "/key", "third"), "", "owner"));
  write("fourth.json", "{");
  const Error error = open_error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidExperiment);
  EXPECT_THAT(error.message, ::testing::AllOf(HasSubstr("/metrics/0/role"), HasSubstr("/scope/a/$gtt"),
                                              HasSubstr("[no-owner]"), HasSubstr("fourth.json")));
}

TEST_F(CatalogueTest, OneBrokenFileKeepsTheLastGoodSnapshot) {
  const auto catalogue = open();
  const auto before = catalogue->snapshot();
  put(sample::with(sample::file(), "/title", "New title"));
  put(sample::with(sample::with(sample::file(), "/key", "broken"), "/metrics", 3));
  const Status failed = catalogue->reload();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidExperiment);
  EXPECT_EQ(catalogue->snapshot(), before);
  EXPECT_THAT(rules(*catalogue), ::testing::Contains("broken.json type"));
  EXPECT_EQ(log_.lines.back().first, LogLevel::kError);
  std::filesystem::remove(folder_ / "broken.json");
  ASSERT_TRUE(catalogue->reload());
  EXPECT_EQ(catalogue->snapshot()->version(), 2u);
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->experiment.title, "New title");
  EXPECT_EQ(before->find("renewal")->experiment.title, "renewal");  // a pinned snapshot does not change
  EXPECT_THAT(rules(*catalogue), IsEmpty());
}

TEST_F(CatalogueTest, AVanishedFolderKeepsTheLastGoodSnapshot) {
  EXPECT_EQ(Catalogue::open(folder_ / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Catalogue::open(folder_ / "renewal.json").error().code, ErrorCode::kNotFound);
  const auto catalogue = open();
  std::filesystem::remove_all(folder_.path());
  EXPECT_EQ(catalogue->reload().error().code, ErrorCode::kNotFound);
  EXPECT_NE(catalogue->snapshot()->find("renewal"), nullptr);
}

TEST_F(CatalogueTest, FollowsTheLedger) {
  const auto catalogue = open();
  const auto assign = [&] {
    EXPECT_TRUE(catalogue->reload());
    return catalogue->snapshot()->find("renewal")->assigner.assign({"u1", "", {}}, sample::experiment().pilot.start);
  };
  add(LedgerAction::kPromote, Json::object().set("variant", "help").set("holdback", 0));
  EXPECT_EQ(assign().reason, AssignmentReason::kPromoted);
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->lifecycle.phase, "rollout-1");
  add(LedgerAction::kStop, Json::object().set("reason", "complaints"));
  EXPECT_EQ(assign().reason, AssignmentReason::kStopped);
}

TEST_F(CatalogueTest, RefusesAPromotionOfOtherWords) {
  add(LedgerAction::kPromote, Json::object().set("variant", "help"));
  const auto catalogue = open();
  put(sample::with(sample::file(), "/variants/1/text", "Pay now {name}"));
  EXPECT_EQ(catalogue->reload().error().code, ErrorCode::kInvalidExperiment);
  EXPECT_THAT(rules(*catalogue), ::testing::ElementsAre("renewal.json promoted-other-version"));
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->experiment.variants[1].text, "Hello {name}");
  put(sample::with(sample::file(), "/title", "Only the title differs"));
  EXPECT_TRUE(catalogue->reload());
}

TEST_F(CatalogueTest, AStopOfAnotherVersionStaysInForceWithAWarning) {
  add(LedgerAction::kStop, Json::object().set("reason", "complaints"));
  put(sample::with(sample::file(), "/variants/1/text", "Hi {name}"));
  const auto catalogue = open();
  EXPECT_THAT(rules(*catalogue), ::testing::ElementsAre("renewal.json stopped-other-version"));
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->lifecycle.state, Lifecycle::State::kStopped);
  EXPECT_EQ(log_.lines.front().first, LogLevel::kWarning);
}

TEST_F(CatalogueTest, ATornLedgerWarnsAndAnEditedOneIsRefused) {
  add(LedgerAction::kStop, Json::object().set("reason", "complaints"));
  const std::filesystem::path path = Ledger::path_of(folder_.path(), "renewal");
  const std::string whole = read_file(path).value();
  write(path.filename(), whole + "{\"sequence\":2,\"at");
  const auto catalogue = open();
  EXPECT_THAT(rules(*catalogue), ::testing::ElementsAre("renewal.ledger.jsonl ledger-torn"));
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->lifecycle.state, Lifecycle::State::kStopped);
  std::string edited = whole;
  edited.replace(edited.find("complaints"), 10, "complainst");
  write(path.filename(), edited);
  EXPECT_FALSE(catalogue->reload());
  EXPECT_THAT(rules(*catalogue), ::testing::ElementsAre("renewal.ledger.jsonl ledger"));
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->lifecycle.state, Lifecycle::State::kStopped);
}

TEST_F(CatalogueTest, WarnsOfALedgerWithoutItsExperiment) {
  add(LedgerAction::kStop, Json::object());
  std::filesystem::remove(folder_ / "renewal.json");
  const auto catalogue = open();
  EXPECT_THAT(rules(*catalogue), ::testing::ElementsAre("renewal.ledger.jsonl ledger-orphan"));
}

TEST(ExampleFolder, LoadsWithItsWords) {
  const auto catalogue = Catalogue::open(std::filesystem::path(TACTFUL_SOURCE_DIR) / "experiments");
  ASSERT_TRUE(catalogue) << describe(catalogue.error());
  EXPECT_NE((*catalogue)->snapshot()->find("payment-reminder"), nullptr);
  EXPECT_GE((*catalogue)->snapshot()->wordings().by_key.size(), 6u);
  for (const FileFindings& file : (*catalogue)->findings())
    for (const Diagnostic& one : file.diagnostics) EXPECT_EQ(one.severity, Severity::kWarning) << one.message;
}

}  // namespace
}  // namespace tactful
