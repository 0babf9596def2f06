#include "tactful/decision/override.hpp"

#include <gmock/gmock.h>

#include "made_review.hpp"
#include "tactful/decision/promote.hpp"

namespace tactful {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kReason = "the complaints came from one wrong amount, mended on 12 May";

class Override : public test::ReviewedExperiment {
 protected:
  Result<LedgerEntry> decide(const std::string& decision, const std::string& variant = "",
                             const std::string& by = "Wang Wei", const std::string& reason = kReason) const {
    return override_review(folder.path(), experiment,
                           {std::nullopt, decision, variant, by, "head", reason, at_end() + 1});
  }
  TimeMs at_end() const { return experiment.last_look() + kMillisecondsPerHour; }
  void approve(const std::string& by) const {
    ASSERT_TRUE(tactful::approve(folder.path(), experiment, {"a", by, "head", at_end()}));
  }
  std::vector<std::string> obstacles(const Scorecard& card) const {
    return *promotion_obstacles(folder.path(), experiment, card, ledger(),
                                {"a", "Wang Wei", "", std::nullopt, card.as_of + kMillisecondsPerHour + 2});
  }
};

TEST_F(Override, wants_a_name_a_reason_and_another_decision) {
  must_review(tally_at({1}));
  const auto code = [&](const Result<LedgerEntry>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::kStorage : result.error().code;
  };
  EXPECT_EQ(code(decide("stop", "", ", head office")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(decide("stop", "", "Wang Wei", "because")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(decide("stop", "", "Wang Wei", "因为这样")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(decide("invalid")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(decide("promote")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(decide("stop", "a")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(decide("promote", "z")), ErrorCode::kNotFound);
  EXPECT_EQ(code(decide("continue")), ErrorCode::kRefused);  // what the review recommends
  EXPECT_THAT(ledger().entries(), SizeIs(1));
  EXPECT_TRUE(decide("stop", "", "Wang Wei", "客户对第三个选项有疑问，先停下来"));
}

TEST_F(Override, is_of_the_latest_review_of_this_version) {
  EXPECT_EQ(decide("stop").error().code, ErrorCode::kNotFound);
  must_review(tally_at({1}));
  must_review(tally_at({1, 2}));
  OverrideRequest request{1, "stop", "", "Wang Wei", "", kReason, at_end()};
  EXPECT_EQ(override_review(folder.path(), experiment, request).error().code, ErrorCode::kRefused);
  request.review = 3;
  EXPECT_EQ(override_review(folder.path(), experiment, request).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(check_override(experiment, ledger(), {std::nullopt, "stop", "", "Wang Wei", "", kReason, 0}).value(), 2);
  experiment.variants[1].text = "edited";
  EXPECT_EQ(decide("stop").error().code, ErrorCode::kNotFound);
}

TEST_F(Override, stays_beside_every_later_scorecard_and_leaves_the_alarm) {
  must_review(tally_at(up_to(3), 2, 40));
  ASSERT_TRUE(decide("continue"));
  const TakenReview later = must_review(tally_at(up_to(4), 2, 40));
  const Json& card = *later.document.find("scorecard");
  ASSERT_THAT(card.find("overrides")->as_array(), SizeIs(1));
  const Json& told = card.find("overrides")->as_array()[0];
  EXPECT_EQ(told.find("by")->as_string(), "Wang Wei");
  EXPECT_EQ(told.find("reason")->as_string(), kReason);
  EXPECT_EQ(told.find("recommended")->as_string(), "stop");
  EXPECT_EQ(told.find("decision")->as_string(), "continue");
  EXPECT_EQ(later.entry.body.find("recommendation")->find("action")->as_string(), "stop");
  EXPECT_THAT(later.entry.body.find("alarms")->as_array(), SizeIs(1));
  EXPECT_THAT(findings(), IsEmpty());
  // Another version of the experiment tells of it too.
  experiment.variants[1].text = "edited";
  EXPECT_THAT(with_history({}, history(), experiment, "pilot").overrides, SizeIs(1));
}

TEST_F(Override, lets_a_promotion_go_on_with_approvals_given_after_it) {
  Tally tally = tally_at(up_to(6));
  tally.as_of = experiment.last_look();
  // Nothing wins: as many paid in both.
  for (MarginTally* margin : {&tally.margins[0], &tally.without_crossovers}) margin->arms[1] = margin->arms[0];
  tally.looks.back().arms[1] = tally.looks.back().arms[0];
  must_review(tally);
  const Scorecard card = *evaluate_in(experiment, std::nullopt, tally, {});
  ASSERT_EQ(card.recommendation.action, Action::kEndWithoutWinner);
  approve("Zhou");
  EXPECT_THAT(obstacles(card), testing::Contains(HasSubstr("not promote")));
  ASSERT_TRUE(decide("promote", "a"));
  EXPECT_THAT(obstacles(card), testing::Contains(HasSubstr("from the override in ledger entry 3 on")));
  approve("Zhou");
  EXPECT_THAT(obstacles(card), IsEmpty());
  const auto entry = promote(folder.path(), experiment, card, {"a", "Wang Wei", "", std::nullopt, at_end() + 2});
  ASSERT_TRUE(entry) << describe(entry.error());
  EXPECT_EQ(entry->body.find("override")->as_integer(), 3);
  EXPECT_EQ(entry->body.find("review")->as_integer(), 1);
}

TEST_F(Override, of_an_earlier_review_does_not_outlive_a_later_one) {
  must_review(tally_at({1}));
  ASSERT_TRUE(decide("promote", "a"));
  approve("Zhou");
  Scorecard card = *evaluate_in(experiment, std::nullopt, tally_at({1}), {});
  EXPECT_THAT(obstacles(card), IsEmpty());
  card.harm.push_back({});
  card.harm.back().metric = "complaint";
  card.harm.back().variant = "a";
  card.harm.back().alarm = HarmAlarm::kUnplanned;
  EXPECT_THAT(obstacles(card), testing::Contains(HasSubstr("harm is shown since the review: complaint of a")));
  must_review(tally_at({1, 2}));
  card = *evaluate_in(experiment, std::nullopt, tally_at({1, 2}), {});
  EXPECT_THAT(obstacles(card), testing::Contains(HasSubstr("not promote")));
}

TEST_F(Override, the_latest_word_on_a_review_counts) {
  must_review(tally_at({1}));
  ASSERT_TRUE(decide("promote", "a"));
  ASSERT_TRUE(decide("stop"));
  approve("Zhou");
  EXPECT_THAT(obstacles(*evaluate_in(experiment, std::nullopt, tally_at({1}), {})),
              testing::Contains(HasSubstr("not promote")));
}

class Demote : public Override {
 protected:
  void enter_promotion(const std::string& variant) const {
    LedgerEntry entry;
    entry.by = "Wang Wei";
    entry.action = LedgerAction::kPromote;
    entry.experiment = experiment.key;
    entry.fingerprint = version();
    entry.body = Json::object().set("variant", variant).set("holdback", 0.2);
    ASSERT_TRUE(Ledger::append(ledger_path(), entry));
  }
  Result<LedgerEntry> demote(DemoteRequest request) const {
    return tactful::demote(folder.path(), experiment, request);
  }
};

TEST_F(Demote, gives_everyone_control) {
  EXPECT_EQ(demote({"Zhao Min", "", "complaints rose", "", std::nullopt, 1}).error().code, ErrorCode::kRefused);
  enter_promotion("a");
  EXPECT_EQ(demote({"", "", "complaints rose", "", std::nullopt, 1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(demote({"Zhao Min", "", " ", "", std::nullopt, 1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(demote({"Zhao Min", "", "r", "", Fraction{1}, 1}).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(demote({"Zhao Min", "", "complaints rose", "", std::nullopt, 1}));
  EXPECT_EQ(lifecycle_of(experiment, ledger())->state, Lifecycle::State::kStopped);
  EXPECT_EQ(demote({"Zhao Min", "", "again", "", std::nullopt, 1}).error().code, ErrorCode::kRefused);
}

TEST_F(Demote, goes_back_to_an_earlier_winner_only) {
  experiment = test::make_weekly_experiment(3);
  enter_promotion("a");
  EXPECT_EQ(demote({"Zhao Min", "", "r", "b", std::nullopt, 1}).error().code, ErrorCode::kRefused);
  enter_promotion("b");
  EXPECT_EQ(demote({"Zhao Min", "", "r", "b", std::nullopt, 1}).error().code, ErrorCode::kRefused);
  EXPECT_EQ(demote({"Zhao Min", "", "r", "c", std::nullopt, 1}).error().code, ErrorCode::kRefused);
  ASSERT_TRUE(demote({"Zhao Min", "", "r", "a", Fraction{300'000}, 1}));
  const Lifecycle state = lifecycle_of(experiment, ledger()).value();
  EXPECT_EQ(state.state, Lifecycle::State::kPromoted);
  EXPECT_EQ(state.variant, "a");
  EXPECT_EQ(state.holdback.millionths, 300'000);
  EXPECT_EQ(state.phase, "rollout-3");
}

TEST_F(Demote, goes_back_to_what_a_planned_look_recommended_and_everybody_approved) {
  experiment = test::make_weekly_experiment(2);
  const auto enter_review = [&](const std::string& variant, int look) {
    LedgerEntry entry;
    entry.by = "Wang Wei";
    entry.action = LedgerAction::kReview;
    entry.experiment = experiment.key;
    entry.fingerprint = version();
    entry.body = Json::object()
                     .set("phase", "pilot")
                     .set("look", look)
                     .set("as_of", format_time(test::kStart + look * test::kWeekMs))
                     .set("recommendation", Json::object().set("action", "promote").set("variant", variant))
                     .set("alarms", Json::array())
                     .set("file", "reviews/reminder/" + std::to_string(look) + ".json")
                     .set("digest", "d");
    ASSERT_TRUE(Ledger::append(ledger_path(), entry));
  };
  experiment.policy.approvals = {"head"};
  enter_review("b", 5);
  enter_review("a", 6);
  enter_promotion("a");
  const DemoteRequest back{"Zhao Min", "", "complaints rose", "b", std::nullopt, at_end()};
  EXPECT_THAT(demote(back).error().message, HasSubstr("never won in this version"));
  ASSERT_TRUE(tactful::approve(folder.path(), experiment, {"b", "Zhou", "head", at_end()}));
  const auto entry = demote(back);
  ASSERT_TRUE(entry) << describe(entry.error());
  const Lifecycle state = lifecycle_of(experiment, ledger()).value();
  EXPECT_EQ(state.variant, "b");
  EXPECT_EQ(state.full_holdback, Fraction{200'000});
  EXPECT_TRUE(state.review_by);
}

}  // namespace
}  // namespace tactful
