// The last good copy over a restart, and edits that a running catalogue refuses.

#include <gmock/gmock.h>

#include "sample.hpp"
#include "support/temp_dir.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

using ::testing::HasSubstr;

class LastGoodTest : public ::testing::Test {
 protected:
  void write(const Json& json) { ASSERT_TRUE(write_file_atomically(folder_ / "renewal.json", json.dump())); }
  void break_file() { ASSERT_TRUE(write_file_atomically(folder_ / "renewal.json", "{")); }
  [[nodiscard]] CatalogueOptions options() const {
    CatalogueOptions result;
    result.last_good = store_ / "kept";
    return result;
  }
  [[nodiscard]] auto open() const { return Catalogue::open(folder_.path(), options()); }
  void stop(const Experiment& e) {
    LedgerEntry entry;
    entry.at = e.pilot.start;
    entry.by = "Li Na";
    entry.action = LedgerAction::kStop;
    entry.experiment = e.key;
    entry.fingerprint = fingerprint(e);
    entry.body = Json::object().set("reason", "complaints");
    ASSERT_TRUE(Ledger::append(Ledger::path_of(folder_.path(), e.key), entry));
  }

  test::TempDir folder_;
  test::TempDir store_;
};

TEST_F(LastGoodTest, ABrokenFolderServesTheCopyAfterARestart) {
  write(sample::with(sample::file(), "/title", "first"));
  {
    const auto catalogue = open().value();
    EXPECT_FALSE(catalogue->snapshot()->is_last_good());
    write(sample::with(sample::file(), "/title", "second"));
    ASSERT_TRUE(catalogue->reload());
    break_file();
    EXPECT_FALSE(catalogue->reload());
  }
  const auto again = open();
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_TRUE((*again)->snapshot()->is_last_good());
  EXPECT_EQ((*again)->snapshot()->find("renewal")->experiment.title, "second");
  ASSERT_EQ((*again)->findings().size(), 1u);
  EXPECT_EQ((*again)->findings()[0].file, folder_ / "renewal.json");
  write(sample::with(sample::file(), "/title", "third"));
  ASSERT_TRUE((*again)->reload());
  EXPECT_FALSE((*again)->snapshot()->is_last_good());
  EXPECT_EQ((*again)->snapshot()->find("renewal")->experiment.title, "third");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(store_ / "kept"), std::filesystem::directory_iterator()),
            2)
      << "copies pile up";
}

TEST_F(LastGoodTest, AStopMadeSinceIsObeyed) {
  write(sample::file());
  ASSERT_TRUE(open());
  break_file();
  stop(sample::experiment());
  const auto again = open().value();
  EXPECT_TRUE(again->snapshot()->is_last_good());
  EXPECT_EQ(again->snapshot()->find("renewal")->lifecycle.state, Lifecycle::State::kStopped);
  // A ledger that does not verify is no reason to forget what was known.
  ASSERT_TRUE(write_file_atomically(Ledger::path_of(folder_.path(), "renewal"), "{}\n{}\n"));
  EXPECT_EQ(open().value()->snapshot()->find("renewal")->lifecycle.state, Lifecycle::State::kPilot);
}

TEST_F(LastGoodTest, RulesThatAreGoneAfterARestartAreNotDoneWithout) {
  const std::string rules = R"({"schema": "tactful/rules/1", "key": "house", "rules": [
      {"id": "threat", "severity": "error", "forbid": {"phrases": ["or else"]},
       "reason": {"en": "Threatens"}, "suggestion": {"en": "Name the ways out"}}]})";
  std::filesystem::create_directories(folder_ / "rules");
  ASSERT_TRUE(write_file_atomically(folder_ / "rules/house.json", rules));
  write(sample::file());
  { ASSERT_NE(open().value()->snapshot()->wordings().rules, nullptr); }
  std::filesystem::remove_all(folder_ / "rules");
  const auto again = open();
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_TRUE((*again)->snapshot()->is_last_good()) << "what was served before, with its rules";
  EXPECT_NE((*again)->snapshot()->wordings().rules, nullptr);
  EXPECT_NE((*again)->snapshot()->find("renewal")->rules, nullptr);
  ASSERT_FALSE((*again)->findings().empty());
  EXPECT_EQ((*again)->findings().back().diagnostics.at(0).rule, "rules-lost");
  EXPECT_THAT((*again)->findings().back().diagnostics.at(0).hint, HasSubstr("last good copy"));
  EXPECT_FALSE((*again)->reload());
  EXPECT_TRUE(open().value()->snapshot()->is_last_good()) << "nor after the next restart";
  // On purpose: whoever empties the folder of the copy has decided it.
  std::filesystem::remove_all(store_ / "kept");
  EXPECT_FALSE(open().value()->snapshot()->is_last_good());
}

TEST_F(LastGoodTest, TextsWithoutRulesRefuseTheLoadWhereThatIsAskedFor) {
  write(sample::file());
  CatalogueOptions strict;
  strict.require_rules = true;
  const auto refused = Catalogue::open(folder_.path(), strict);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidExperiment);
  EXPECT_THAT(refused.error().message, HasSubstr("no-rules"));
  EXPECT_TRUE(Catalogue::open(folder_.path(), CatalogueOptions{}));
}

TEST_F(LastGoodTest, ACopyWithoutRulesIsNotServedWhereRulesAreAskedFor) {
  write(sample::file());
  { ASSERT_FALSE(open().value()->snapshot()->is_last_good()); }  // keeps a copy, which has no rules
  CatalogueOptions strict = options();
  strict.require_rules = true;
  for (const bool is_broken : {false, true}) {
    if (is_broken) break_file();
    const auto refused = Catalogue::open(folder_.path(), strict);
    ASSERT_FALSE(refused) << "texts that no rules have read are served, broken folder: " << is_broken;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidExperiment);
  }
  EXPECT_TRUE(open().value()->snapshot()->is_last_good()) << "the copy is there, and served where that is not asked";
}

TEST_F(LastGoodTest, RulesThatCannotBeReadAnyMoreAreNotDoneWithout) {
  write(sample::file());
  std::filesystem::create_directories(store_ / "kept/good-1/rules");
  ASSERT_TRUE(write_file_atomically(store_ / "kept/good-1/renewal.json", sample::file().dump()));
  ASSERT_TRUE(write_file_atomically(store_ / "kept/good-1/rules/house.json", R"({"schema": "tactful/rules/0"})"));
  const auto refused = open();
  ASSERT_FALSE(refused) << "served without the rules it had before the upgrade";
  EXPECT_THAT(refused.error().message, HasSubstr("rules-lost"));
  std::filesystem::remove_all(store_ / "kept");
  EXPECT_TRUE(open()) << "whoever empties the folder of the copy has decided it";
}

TEST_F(LastGoodTest, WithoutACopyTheErrorStands) {
  break_file();
  const auto catalogue = open();
  ASSERT_FALSE(catalogue);
  EXPECT_EQ(catalogue.error().code, ErrorCode::kInvalidExperiment);
  EXPECT_EQ(Catalogue::open(folder_ / "absent", options()).error().code, ErrorCode::kNotFound);
}

TEST_F(LastGoodTest, ACopyCutOffWhileItWasMadeIsNotServed) {
  write(sample::file());
  ASSERT_TRUE(open());
  std::filesystem::create_directories(store_ / "kept" / "good-9");
  ASSERT_TRUE(write_file_atomically(store_ / "kept" / "good-9" / "renewal.json", "{"));
  break_file();
  EXPECT_NE(open().value()->snapshot()->find("renewal"), nullptr);
}

TEST_F(LastGoodTest, AFolderThatCannotBeWrittenKeepsServing) {
  write(sample::file());
  ASSERT_TRUE(write_file_atomically(store_ / "kept", "a file"));
  const auto catalogue = open();
  ASSERT_TRUE(catalogue) << describe(catalogue.error());
  EXPECT_NE((*catalogue)->snapshot()->find("renewal"), nullptr);
}

TEST_F(LastGoodTest, BreakingEditsAreRefusedWhereThatIsAskedFor) {
  write(sample::file());
  CatalogueOptions strict;
  strict.refuse_breaking_edits = true;
  const auto catalogue = Catalogue::open(folder_.path(), strict).value();
  write(sample::with(sample::file(), "/title", "better"));
  EXPECT_TRUE(catalogue->reload());
  const Json other = sample::with(sample::file(), "/variants/1/text", "Other words, {name}");
  write(other);
  const Status refused = catalogue->reload();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("breaking-edit"));
  EXPECT_EQ(catalogue->snapshot()->find("renewal")->experiment.variants[1].text, "Hello {name}");
  write(sample::with(other, "/salt", "renewal-2"));
  EXPECT_TRUE(catalogue->reload());
}

}  // namespace
}  // namespace tactful
