#include "tactful/decision/promote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_tally.hpp"
#include "support/temp_dir.hpp"
#include "tactful/decision/phases.hpp"
#include "tactful/decision/review.hpp"

namespace tactful {
namespace {

using testing::HasSubstr;

class Promote : public testing::Test {
 protected:
  void SetUp() override {
    experiment.policy.approvals = {"service", "compliance"};
    Tally tally = test::make_tally(experiment, {{8000, {1600, 250}}, {8000, {1800, 240}}});
    tally.data_fingerprint = "d1";
    card = *evaluate(experiment, tally);
    ASSERT_EQ(card.recommendation.action, Action::kPromote);
    review(tally);
  }
  void review(const Tally& tally, EvaluateOptions options = {}) {
    const auto taken = take_review(folder.path(), {experiment, std::nullopt, tally, std::move(options)}, *ledger(),
                                   {"Wang Wei", "", "", at, "v"});
    ASSERT_TRUE(taken) << describe(taken.error());
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
  Result<Ledger> ledger() const { return Ledger::read(Ledger::path_of(folder.path(), experiment.key)); }
  void approve(std::string by, std::string role, std::string variant = "a") {
    const auto done =
        tactful::approve(folder.path(), experiment, {std::move(variant), std::move(by), std::move(role), at++});
    ASSERT_TRUE(done) << describe(done.error());
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
  TimeMs at = experiment.last_look() + kMillisecondsPerHour;
};

TEST_F(Promote, enters_the_ledger_and_is_what_senders_obey) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  const auto entry = try_promote();
  ASSERT_TRUE(entry) << describe(entry.error());
  EXPECT_EQ(entry->sequence, 4);
  EXPECT_EQ(entry->body.find("review")->as_integer(), 1);
  const auto ledger = Ledger::read(Ledger::path_of(folder.path(), experiment.key));
  ASSERT_TRUE(ledger);
  const auto state = lifecycle_of(experiment, *ledger);
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_EQ(state->state, Lifecycle::State::kPromoted);
  EXPECT_EQ(state->variant, "a");
  EXPECT_EQ(state->holdback.millionths, 200'000);
  EXPECT_EQ(state->step, 1);
  EXPECT_EQ(format_date(state->review_by.value_or(0)),
            format_date(at + 26 * 7 * kMillisecondsPerDay + kMillisecondsPerDay));
  // The next step needs a scorecard of its own phase.
  EXPECT_THAT(refusal(), HasSubstr("the experiment is in phase rollout-1"));
}

TEST_F(Promote, takes_a_more_careful_holdback_but_skips_no_step) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  const auto skip = promote(folder.path(), experiment, card, {"a", "Wang Wei", "", Fraction{50'000}, at});
  ASSERT_FALSE(skip);
  EXPECT_THAT(skip.error().message, testing::AllOf(HasSubstr("5 % skips a step"), HasSubstr("keeps 20 %")));
  ASSERT_TRUE(promote(folder.path(), experiment, card, {"a", "Wang Wei", "", Fraction{300'000}, at}));
  EXPECT_EQ(
      lifecycle_of(experiment, *Ledger::read(Ledger::path_of(folder.path(), experiment.key)))->holdback.millionths,
      300'000);
}

TEST_F(Promote, a_variant_that_is_promoted_in_its_last_step_is_promoted_already) {
  experiment.policy.final_holdback = experiment.policy.holdback;
  approve("Chen", "service");
  approve("Zhou", "compliance");
  ASSERT_TRUE(try_promote());
  EXPECT_THAT(refusal(), HasSubstr("promoted already, in its last step"));
}

TEST_F(Promote, another_variant_waits_for_a_demotion) {
  experiment = test::make_experiment(2);
  append(LedgerAction::kPromote, "Wang Wei", "", Json::object().set("variant", "b"));
  EXPECT_THAT(refusal(), HasSubstr("b is promoted; demote it first"));
}

TEST_F(Promote, wants_every_approval_of_this_version_by_somebody_else_than_the_owner) {
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("service"), HasSubstr("compliance")));
  approve("Zhou", "compliance", "control");
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("role service"), HasSubstr("role compliance")));
  approve("Chen", "service");
  EXPECT_EQ(missing_approvals(experiment, *Ledger::read(Ledger::path_of(folder.path(), experiment.key)), "a"),
            std::vector<std::string>{"compliance"});
  experiment.variants[1].text = "edited";
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("another version"), HasSubstr("role service")));
}

TEST_F(Promote, the_owner_cannot_approve_however_the_name_is_written) {
  experiment.owner = "Li Na, customer service";
  for (const char* name : {"Li Na", " li  na ", "LI NA, head office", "Li Na\xEF\xBC\x8C客服"}) {
    const auto result = tactful::approve(folder.path(), experiment, {"a", name, "service", at});
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, ErrorCode::kRefused) << name;
  }
  EXPECT_FALSE(same_person("Li Na", "Li Nan"));
  EXPECT_FALSE(same_person("", ""));
  // Nor by an entry that was written otherwise.
  append(LedgerAction::kApprove, "li na", "service",
         Json::object()
             .set("variant", "a")
             .set("policy_approvals", Json(Json::Array{"service", "compliance"}))
             .set("owner", experiment.owner));
  EXPECT_THAT(missing_approvals(experiment, *ledger(), "a"), testing::Contains("service"));
}

TEST_F(Promote, an_approval_names_somebody_a_role_and_a_variant) {
  const auto code = [&](ApproveRequest request) {
    return tactful::approve(folder.path(), experiment, request).error().code;
  };
  EXPECT_EQ(code({"a", ", service", "service", at}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({"a", "Chen", "sales", at}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({"z", "Chen", "service", at}), ErrorCode::kNotFound);
}

TEST_F(Promote, nobody_approves_in_two_roles) {
  approve("Chen", "service");
  approve("chen, head office", "compliance");
  EXPECT_EQ(missing_approvals(experiment, *ledger(), "a").size(), 1u);
  EXPECT_THAT(refusal(), HasSubstr("fills no other role"));
  approve("Zhou", "service");  // Chen then stands for compliance
  EXPECT_THAT(missing_approvals(experiment, *ledger(), "a"), testing::IsEmpty());
  EXPECT_TRUE(try_promote());
}

TEST_F(Promote, editing_the_policy_does_not_take_a_role_out) {
  approve("Chen", "service");
  experiment.policy.approvals = {"service"};
  EXPECT_THAT(refusal(), HasSubstr("no longer names the role compliance"));
  approve("Chen", "service");
  EXPECT_THAT(refusal(), HasSubstr("no longer names the role compliance"));
  experiment.policy.approvals.clear();
  approve("Chen", "service");
  EXPECT_THAT(refusal(), HasSubstr("no longer names the role service"));
}

TEST_F(Promote, approvals_count_for_the_policy_and_the_owner_they_were_given_under) {
  experiment.owner = "Bob";
  approve("Li Na", "service");
  approve("Zhou", "compliance");
  experiment.owner = "Li Na";
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("role service"), HasSubstr("role compliance"),
                                        HasSubstr("another policy or owner")));
  approve("Chen", "service");
  approve("Zhou", "compliance");
  EXPECT_TRUE(try_promote());
}

TEST_F(Promote, takes_two_people_also_where_the_policy_names_no_role) {
  experiment.policy.approvals.clear();
  EXPECT_THAT(refusal(), HasSubstr("two people"));
  approve("Wang Wei, sales", "head");
  EXPECT_THAT(refusal(), HasSubstr("nobody but Wang Wei"));
  approve("Chen", "head");
  EXPECT_TRUE(try_promote());
}

TEST_F(Promote, refuses_a_scorecard_of_a_moment_still_to_come) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  card.as_of = at + 1;
  EXPECT_THAT(refusal(), HasSubstr("still to come"));
  card.as_of = at;
  EXPECT_TRUE(try_promote());
}

TEST_F(Promote, the_entry_says_what_it_rests_on) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  card.randomisation = "coin flips";
  card.data_fingerprint = "d2";  // of now; the promotion rests on the review's
  card.checks.front().waived = true;
  const auto entry = try_promote();
  ASSERT_TRUE(entry) << describe(entry.error());
  EXPECT_EQ(entry->body.find("as_of")->as_string(), format_time(card.as_of));
  EXPECT_EQ(entry->body.find("randomisation")->as_string(), "coin flips");
  EXPECT_EQ(entry->body.find("data_fingerprint")->as_string(), "d1");
  ASSERT_EQ(entry->body.find("waived")->as_array().size(), 1u);
  EXPECT_EQ(entry->body.find("waived")->as_array()[0].as_string(), card.checks.front().check);
}

TEST_F(Promote, obstacles_are_those_that_promoting_meets) {
  approve("Chen", "service");
  const PromoteRequest request{"a", "Wang Wei", "", std::nullopt, at};
  EXPECT_EQ(promotion_obstacles(folder.path(), experiment, card, *ledger(), request)->size(), 1u);
  approve("Zhou", "compliance");
  EXPECT_THAT(*promotion_obstacles(folder.path(), experiment, card, *ledger(), request), testing::IsEmpty());
  append(LedgerAction::kStop, "Chen", "service", Json::object().set("reason", "complaints"));
  EXPECT_EQ(*promotion_obstacles(folder.path(), experiment, card, *ledger(), request),
            std::vector<std::string>{"the experiment is stopped"});
}

TEST_F(Promote, refuses_what_is_not_recommended) {
  experiment.policy.approvals.clear();
  EXPECT_EQ(try_promote("control").error().code, ErrorCode::kRefused);
  Tally even = test::make_tally(experiment, {{8000, {1600, 250}}, {8000, {1600, 250}}});
  even.data_fingerprint = "d2";
  review(even);
  EXPECT_THAT(refusal(), HasSubstr("review 2 recommends end_without_winner, not promote"));
}

TEST_F(Promote, an_alarm_or_a_failed_check_of_now_stands_in_the_way_of_the_review) {
  experiment.policy.approvals.clear();
  card.recommendation = {Action::kStop, "a", {"complaint of a is harmful"}};
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("recommends stop, not promote"), HasSubstr("is harmful")));
  card.recommendation = {Action::kInvalid, "", {"check crossovers failed"}};
  EXPECT_THAT(refusal(), HasSubstr("check crossovers failed"));
}

TEST_F(Promote, a_failed_check_counts_as_accepted_only_where_the_review_accepted_it) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  Check failed;
  failed.check = "crossovers";
  failed.status = CheckStatus::kFail;
  failed.invalidating = failed.waived = true;
  card.checks.push_back(failed);
  EXPECT_THAT(refusal(), HasSubstr("the failed check crossovers is accepted here, but not by the latest review"));
  Tally tally = test::make_tally(experiment, {{8000, {1600, 250}}, {8000, {1800, 240}}});
  review(tally, {{"crossovers"}, ""});
  // Who approved before did not know.
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("role service"), HasSubstr("approvals count from the review")));
  approve("Chen", "service");
  approve("Zhou", "compliance");
  EXPECT_TRUE(try_promote());
}

TEST_F(Promote, approvals_count_for_the_roll_out_they_were_given_under) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  experiment.policy.final_holdback = Fraction{10'000};
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("role service"), HasSubstr("another policy or owner")));
}

TEST_F(Promote, steps_go_by_the_policy_that_the_promotion_began_under) {
  approve("Chen", "service");
  approve("Zhou", "compliance");
  ASSERT_TRUE(try_promote());
  const Lifecycle state = *lifecycle_of(experiment, *ledger());
  EXPECT_EQ(state.full_holdback, Fraction{200'000});
  EXPECT_THAT(refusal(), testing::Not(HasSubstr("undo that edit")));
  experiment.policy.holdback = Fraction{40'000};
  experiment.policy.final_holdback = Fraction{10'000};
  EXPECT_THAT(refusal(), HasSubstr("is not what it was at ledger entry 4"));
  // Even so the step is below what the first promotion recorded as its full step, and needs safety shown again.
  EXPECT_TRUE(next_step(experiment.policy, state)->needs_safety);
}

TEST_F(Promote, counts_and_tables_rest_on_a_review_of_the_same_data) {
  experiment.policy.approvals.clear();
  approve("Chen", "head");
  for (const TallySource source : {TallySource::kCounts, TallySource::kWide}) {
    card.source = source;
    card.looks.clear();
    card.data_fingerprint = "d2";
    EXPECT_THAT(refusal(), HasSubstr("a review is due: these are not the data of review 1"));
  }
  card.data_fingerprint = "d1";
  EXPECT_TRUE(try_promote());
}

TEST_F(Promote, counts_without_a_review_are_not_promoted) {
  experiment.policy.approvals.clear();
  std::filesystem::remove(Ledger::path_of(folder.path(), experiment.key));
  approve("Chen", "head");
  card.source = TallySource::kCounts;
  card.looks.clear();
  EXPECT_THAT(refusal(), HasSubstr("a review is due: none of this version was taken in phase pilot"));
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
