#include "tactful/decision/promote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_tally.hpp"
#include "support/temp_dir.hpp"

namespace tactful {
namespace {

using testing::HasSubstr;

class Promote : public testing::Test {
 protected:
  void SetUp() override {
    experiment.policy.approvals = {"service", "compliance"};
    card = *evaluate(experiment, test::make_tally(experiment, {{8000, {1600, 250}}, {8000, {1800, 240}}}));
    ASSERT_EQ(card.recommendation.action, Action::kPromote);
  }
  void append(LedgerAction action, std::string by, std::string role, Json body) {
    LedgerEntry entry;
    entry.at = at++;
    entry.by = std::move(by);
    entry.role = std::move(role);
    entry.action = action;
    entry.experiment = experiment.key;
    entry.fingerprint = fingerprint(experiment);
    entry.body = std::move(body);
    const auto done = Ledger::append(Ledger::path_of(folder.path(), experiment.key), entry);
    ASSERT_TRUE(done) << describe(done.error());
  }
  void approve(std::string by, std::string role, std::string variant = "a") {
    append(LedgerAction::kApprove, std::move(by), std::move(role),
           Json::object().set("decision", "approve").set("variant", std::move(variant)));
  }
  Result<LedgerEntry> try_promote(std::string variant = "a") {
    return promote(folder.path(), experiment, card, {std::move(variant), "Wang Wei", "service", std::nullopt, at});
  }
  std::string refusal() {
    const auto result = try_promote();
    EXPECT_FALSE(result);
    if (result) return "";
    EXPECT_EQ(result.error().code, ErrorCode::kRefused);
    return result.error().message;
  }

  Experiment experiment = test::make_experiment();
  Scorecard card;
  test::TempDir folder;
  TimeMs at = 1'780'000'000'000;
};

TEST_F(Promote, enters_the_ledger_and_is_what_senders_obey) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  const auto entry = try_promote();
  ASSERT_TRUE(entry) << describe(entry.error());
  EXPECT_EQ(entry->sequence, 3);
  const auto ledger = Ledger::read(Ledger::path_of(folder.path(), experiment.key));
  ASSERT_TRUE(ledger);
  const auto state = lifecycle_of(experiment, *ledger);
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_EQ(state->state, Lifecycle::State::kPromoted);
  EXPECT_EQ(state->variant, "a");
  EXPECT_EQ(state->holdback.millionths, 200'000);
  EXPECT_THAT(refusal(), HasSubstr("promoted already"));
}

TEST_F(Promote, takes_the_holdback_asked_for) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  ASSERT_TRUE(promote(folder.path(), experiment, card, {"a", "Wang Wei", "", Fraction{50'000}, at}));
  EXPECT_EQ(
      lifecycle_of(experiment, *Ledger::read(Ledger::path_of(folder.path(), experiment.key)))->holdback.millionths,
      50'000);
}

TEST_F(Promote, wants_every_approval_of_this_version_by_somebody_else_than_the_owner) {
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("service"), HasSubstr("compliance")));
  approve("Li Na", "service");
  approve("Zhou", "compliance", "b");
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("role service"), HasSubstr("role compliance")));
  approve("Chen", "service");
  EXPECT_EQ(missing_approvals(experiment, *Ledger::read(Ledger::path_of(folder.path(), experiment.key)), "a"),
            std::vector<std::string>{"compliance"});
  experiment.variants[1].text = "edited";
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("another version"), HasSubstr("role service")));
}

TEST_F(Promote, refuses_what_is_not_recommended) {
  experiment.policy.approvals.clear();
  EXPECT_EQ(try_promote("control").error().code, ErrorCode::kRefused);
  card.recommendation = {Action::kEndWithoutWinner, "", {"nothing won"}};
  EXPECT_THAT(refusal(), HasSubstr("nothing won"));
}

TEST_F(Promote, refuses_after_a_stop) {
  experiment.policy.approvals.clear();
  append(LedgerAction::kStop, "Chen", "service", Json::object().set("reason", "complaints"));
  EXPECT_THAT(refusal(), HasSubstr("stopped"));
}

TEST_F(Promote, wants_a_name_and_a_share) {
  experiment.policy.approvals.clear();
  EXPECT_EQ(promote(folder.path(), experiment, card, {"a", "", "", std::nullopt, at}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(promote(folder.path(), experiment, card, {"a", "x", "", Fraction{1'000'000}, at}).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tactful
