#include "tactful/decision/phases.hpp"

#include <gmock/gmock.h>

#include "made_review.hpp"
#include "tactful/decision/promote.hpp"

namespace tactful {
namespace {

using test::kWeekMs;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimeMs kPromoted = test::kStart + 60 * kMillisecondsPerDay;

class Phases : public test::ReviewedExperiment {
 protected:
  void SetUp() override {
    LedgerEntry entry;
    entry.by = "Wang Wei";
    entry.at = kPromoted;
    entry.action = LedgerAction::kPromote;
    entry.experiment = experiment.key;
    entry.fingerprint = version();
    entry.body = Json::object().set("variant", "a").set("holdback", 0.2);
    ASSERT_TRUE(Ledger::append(ledger_path(), entry));
    phase = find_phase(experiment, ledger(), "rollout-1").value();
    ASSERT_TRUE(phase);
  }
  /// `weeks` after the promotion, 5,000 new units a week, `events` first complaints per 10,000 units in the promoted
  /// arm; 20 in the holdback.
  Tally tally_after(std::vector<int> weeks, std::int64_t events = 20, std::int64_t held_back = 1000) const {
    std::vector<test::MadeLook> looks;
    for (const int week : weeks) {
      const std::int64_t enrolled = week, mature = std::max(week - 2, 0);
      const auto arm = [&](std::int64_t units, std::int64_t per_10000) {
        const auto of = [&](std::int64_t n, std::int64_t rate) { return n * units * rate / 10'000; };
        return std::vector<test::MadeState>{
            {mature * units, of(mature, 2000), (enrolled - mature) * units, of(enrolled, 2000)},
            {mature * units, of(mature, per_10000), (enrolled - mature) * units, of(enrolled, per_10000)}};
      };
      looks.push_back({kPromoted + week * kWeekMs, {arm(held_back, 20), arm(5000 - held_back, events)}});
    }
    Tally tally = test::make_look_tally(experiment, looks);
    tally.phase = "rollout-1";
    return tally;
  }
  Scorecard card_of(const Tally& tally) const {
    EvaluateOptions options;
    options.taken_is_known = true;
    const auto card = evaluate_in(experiment, phase, tally, options);
    EXPECT_TRUE(card) << (card ? "" : describe(card.error()));
    return card ? *card : Scorecard{};
  }

  std::optional<Phase> phase;
};

TEST_F(Phases, are_experiments_of_their_own_on_fresh_levels_over_a_horizon) {
  const Experiment after = phase_experiment(experiment, *phase);
  EXPECT_EQ(after.variants[0].weight, 1);
  EXPECT_EQ(after.variants[1].weight, 4);
  EXPECT_EQ(after.plan.alpha, experiment.plan.alpha);
  EXPECT_EQ(after.pilot.start, kPromoted);
  EXPECT_EQ(after.last_look(), kPromoted + 26 * kWeekMs);
  ASSERT_THAT(after.plan.looks, SizeIs(6));
  EXPECT_EQ(after.plan.looks[0], kPromoted + 4 * kWeekMs);
  EXPECT_EQ(after.plan.looks[5], kPromoted + 24 * kWeekMs);
  EXPECT_EQ(review_by(experiment, *phase), after.last_look());
  EXPECT_THAT(phase_looks(experiment, *phase), SizeIs(7));
  EXPECT_EQ(fingerprint(experiment_for_tally(experiment, phase)), version());
  EXPECT_NE(fingerprint(after), version());
  experiment.policy.horizon_weeks = 1;  // never shorter than a look and the longest window
  EXPECT_EQ(review_by(experiment, *phase), kPromoted + 6 * kWeekMs);
}

TEST_F(Phases, variants_that_were_not_promoted_have_no_part) {
  experiment = test::make_weekly_experiment(2);
  const Experiment after = phase_experiment(experiment, *phase);
  EXPECT_EQ(after.variants[2].weight, 0);
}

TEST_F(Phases, come_from_the_ledger_and_end_with_the_next) {
  LedgerEntry entry = ledger().entries()[0];
  entry.at += 30 * kMillisecondsPerDay;
  entry.body.set("holdback", 0.05);
  ASSERT_TRUE(Ledger::append(ledger_path(), entry));
  const auto all = phases_of(experiment, ledger());
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ(all->at(0).end, entry.at);
  EXPECT_EQ(all->at(1).end, std::nullopt);
  EXPECT_EQ(all->at(1).step, 2);
  EXPECT_EQ(all->at(1).holdback.millionths, 50'000);
  EXPECT_EQ(find_phase(experiment, ledger(), "pilot").value(), std::nullopt);
  const auto unknown = find_phase(experiment, ledger(), "rollout-9");
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().hint, HasSubstr("rollout-2"));
}

TEST_F(Phases, are_never_pooled_with_the_pilot) {
  Tally pilot = tally_after({1, 2});
  pilot.phase = "pilot";
  EXPECT_EQ(evaluate_in(experiment, phase, pilot, {}).error().code, ErrorCode::kConflict);
  const Scorecard card = card_of(tally_after({1, 2}));
  EXPECT_EQ(card.phase, "rollout-1");
  EXPECT_EQ(card.fingerprint, version());
  EXPECT_EQ(card.arms[0].weight, 1);
  EXPECT_EQ(card.arms[1].weight, 4);
  EXPECT_EQ(test::find_check(card, "sample_ratio")->status, CheckStatus::kOk);
}

TEST_F(Phases, where_nobody_is_held_back_there_is_nothing_to_compare) {
  phase->holdback = Fraction{0};
  EXPECT_EQ(evaluate_in(experiment, phase, tally_after({1}), {}).error().code, ErrorCode::kInsufficientData);
}

TEST_F(Phases, the_last_step_waits_for_the_guardrails_to_be_shown_safe_again) {
  const Scorecard early = card_of(tally_after({1}));
  EXPECT_EQ(early.recommendation.action, Action::kContinue);
  EXPECT_THAT(early.recommendation.reasons, Contains(HasSubstr("minimum of 14 days")));
  EXPECT_THAT(early.recommendation.reasons, Contains(HasSubstr("complaint is not shown safe again")));
  const Scorecard late = card_of(tally_after({4, 8, 12, 16, 20, 24, 26}, 15));
  EXPECT_EQ(late.recommendation.action, Action::kPromote) << testing::PrintToString(late.recommendation.reasons);
  EXPECT_THAT(late.recommendation.reasons, Contains(HasSubstr("5 % stay on control")));
}

TEST_F(Phases, harm_stops_and_a_horizon_without_safety_ends) {
  EXPECT_EQ(card_of(tally_after({4, 8}, 90)).recommendation.action, Action::kStop);
  const Scorecard end = card_of(tally_after({4, 8, 12, 16, 20, 24, 26}, 26));
  EXPECT_EQ(end.recommendation.action, Action::kEndWithoutWinner) << testing::PrintToString(end.recommendation.reasons);
  EXPECT_THAT(end.recommendation.reasons, Contains(HasSubstr("the horizon is over")));
}

TEST(RolloutSteps, go_by_the_policy_and_only_forward) {
  Policy policy;
  policy.rollout = {Fraction{100'000}, Fraction{500'000}};
  Lifecycle state;
  std::vector<std::int32_t> kept;
  std::vector<bool> safety;
  while (const auto step = next_step(policy, state)) {
    kept.push_back(step->holdback.millionths);
    safety.push_back(step->needs_safety);
    EXPECT_EQ(step->step, static_cast<std::int64_t>(kept.size()));
    EXPECT_EQ(step->steps, 4);
    state.state = Lifecycle::State::kPromoted;
    state.holdback = step->holdback;
  }
  EXPECT_THAT(kept, ElementsAre(900'000, 500'000, 200'000, 50'000));
  EXPECT_THAT(safety, ElementsAre(false, false, false, true));
  state.holdback = Fraction{300'000};
  EXPECT_EQ(next_step(policy, state)->holdback.millionths, 200'000);
  policy.rollout.clear();
  EXPECT_EQ(next_step(policy, Lifecycle{})->steps, 2);
  policy.final_holdback = policy.holdback;
  EXPECT_EQ(next_step(policy, Lifecycle{})->steps, 1);
}

TEST(RolloutSteps, below_the_recorded_full_step_need_safety_whatever_the_policy_says_now) {
  Policy policy;
  policy.holdback = policy.final_holdback = Fraction{50'000};
  Lifecycle state;
  state.state = Lifecycle::State::kPromoted;
  state.holdback = state.full_holdback.emplace(Fraction{200'000});
  EXPECT_TRUE(next_step(policy, state)->needs_safety);
}

TEST_F(Phases, keep_the_horizon_that_their_promotion_recorded) {
  phase->review_by = kPromoted + 20 * kWeekMs;
  experiment.policy.horizon_weeks = 260;
  EXPECT_EQ(phase_experiment(experiment, *phase).last_look(), kPromoted + 20 * kWeekMs);
}

TEST_F(Phases, safe_again_means_in_the_protected_segments_too) {
  experiment.plan.protected_segments = {{"region", "east"}};
  const Scorecard end = card_of(tally_after({4, 8, 12, 16, 20, 24, 26}, 15));
  EXPECT_EQ(end.recommendation.action, Action::kEndWithoutWinner);
  EXPECT_THAT(end.recommendation.reasons, Contains(HasSubstr("in the protected segment region east")));
}

TEST_F(Phases, each_step_is_gated_by_the_phase_before_it) {
  experiment.policy.rollout = {Fraction{100'000}};
  LedgerEntry entry = ledger().entries()[0];
  entry.body.set("holdback", 0.9);
  std::filesystem::remove(ledger_path());
  ASSERT_TRUE(Ledger::append(ledger_path(), entry));
  phase = find_phase(experiment, ledger(), "rollout-1").value();
  ASSERT_TRUE(approve(folder.path(), experiment, {"a", "Zhou", "head", kPromoted}));
  const PromoteRequest request{"a", "Wang Wei", "", std::nullopt, kPromoted + 3 * kWeekMs + kMillisecondsPerDay};
  const auto review_phase = [&](const Tally& tally) {
    return take_review(folder.path(), {experiment, phase, tally, {}}, ledger(), {"Wang Wei", "", "", tally.as_of, "v"});
  };
  const auto obstacles = [&](const Scorecard& card) {
    return *promotion_obstacles(folder.path(), experiment, card, ledger(), request);
  };
  ASSERT_TRUE(review_phase(tally_after({1}, 20, 4500)));
  EXPECT_THAT(obstacles(card_of(tally_after({1}, 20, 4500))), Contains(HasSubstr("minimum of 14 days")));
  const Scorecard card = card_of(tally_after({1, 3}, 20, 4500));
  ASSERT_TRUE(review_phase(tally_after({1, 3}, 20, 4500)));
  EXPECT_THAT(obstacles(card), IsEmpty());
  PromoteRequest jump = request;
  jump.holdback = Fraction{50'000};
  EXPECT_THAT(*promotion_obstacles(folder.path(), experiment, card, ledger(), jump),
              Contains(HasSubstr("skips a step")));
  jump.holdback = Fraction{950'000};
  EXPECT_THAT(*promotion_obstacles(folder.path(), experiment, card, ledger(), jump),
              Contains(HasSubstr("no step onward")));
  const auto entered = promote(folder.path(), experiment, card, request);
  ASSERT_TRUE(entered) << describe(entered.error());
  EXPECT_EQ(entered->body.find("step")->as_integer(), 2);
  EXPECT_EQ(entered->body.find("steps")->as_integer(), 3);
  EXPECT_DOUBLE_EQ(entered->body.find("holdback")->as_number(), 0.2);
  EXPECT_EQ(entered->body.find("review_by")->as_string(), format_time(request.at + 26 * kWeekMs));
  EXPECT_EQ(lifecycle_of(experiment, ledger())->phase, "rollout-2");
  // What was seen in the phase before does not open the step after.
  EXPECT_THAT(obstacles(card), Contains(HasSubstr("the experiment is in phase rollout-2")));
}

}  // namespace
}  // namespace tactful
