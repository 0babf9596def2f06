#include <gmock/gmock.h>

#include "made_review.hpp"
#include "support/memory_source.hpp"
#include "tactful/decision/override.hpp"
#include "tactful/decision/promote.hpp"
#include "tactful/decision/stop_variant.hpp"
#include "tactful/tally/tally_events.hpp"

// One wording of two is shown to harm and is stopped by itself; the other goes on as if nothing had happened to it.
namespace tactful {
namespace {

using test::find_result;
using test::find_watch;
using test::kStart;
using test::kWeekMs;
using test::MadeLook;
using test::MadeState;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr TimeMs kHour = kMillisecondsPerHour;
constexpr TimeMs kStop = kStart + 2 * kWeekMs + kHour;

/// Control, a and b with 800 new units each a week for four weeks, windows of two weeks; a does harm.
class StoppedVariants : public test::ReviewedExperiment {
 protected:
  StoppedVariants() {
    experiment = test::make_weekly_experiment(2);
    experiment.plan.futility = 0.0;
  }

  static std::vector<MadeState> arm(int weeks, int enrolled, std::int64_t paid, std::int64_t complaints) {
    const std::int64_t units = std::min(enrolled, 4), mature = std::clamp<std::int64_t>(weeks - 2, 0, units);
    return {{800 * mature, paid * mature, 800 * (units - mature), paid * units},
            {800 * mature, complaints * mature, 800 * (units - mature), complaints * units}};
  }
  /// As of these weeks; a enrols for `a_weeks` of them. A week's complaints: 20 in control and b, a's as given.
  MadeLook at(int weeks, int a_weeks, std::int64_t a_complaints = 60, std::int64_t b_paid = 160) const {
    return {kStart + weeks * kWeekMs,
            {arm(weeks, weeks, 160, 20), arm(weeks, a_weeks, 160, a_complaints), arm(weeks, weeks, b_paid, 20)}};
  }
  /// With a stopped after two weeks, and that moment known.
  Tally stopped_tally(int weeks, std::int64_t b_paid = 160) const {
    std::vector<MadeLook> looks;
    for (int week = 1; week <= 2; ++week) looks.push_back(at(week, week, 60, b_paid));
    looks.push_back(looks.back());
    looks.back().at = kStop;
    for (int week = 3; week <= weeks; ++week) looks.push_back(at(week, 2, 60, b_paid));
    return make_look_tally(experiment, looks);
  }
  Tally running_tally(int weeks, std::int64_t a_complaints = 60) const {
    std::vector<MadeLook> looks;
    for (int week = 1; week <= weeks; ++week) looks.push_back(at(week, week, a_complaints));
    return make_look_tally(experiment, looks);
  }
  Scorecard card(const Tally& tally, std::vector<VariantStop> stopped = {}) const {
    EvaluateOptions options;
    options.stopped = std::move(stopped);
    auto result = evaluate(experiment, tally, options);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }
  static const Check* check(const Scorecard& card, std::string_view id) {
    for (const Check& one : card.checks) {
      if (one.check == id) return &one;
    }
    return nullptr;
  }
  Result<LedgerEntry> stop(const std::string& variant, const std::string& by = "Li Na",
                           const std::string& reason = "complaints") const {
    return stop_variant(folder.path(), experiment, {variant, by, "service", reason, kStop});
  }

  const std::vector<VariantStop> a_stopped{{"a", kStop}};
};

TEST_F(StoppedVariants, harm_of_one_names_it_who_goes_on_and_the_command) {
  const Recommendation recommended = card(running_tally(2)).recommendation;
  EXPECT_EQ(recommended.action, Action::kStop);
  EXPECT_EQ(recommended.variant, "a");
  EXPECT_THAT(recommended.continuing, ElementsAre("b"));
  EXPECT_THAT(recommended.reasons, Contains(AllOf(HasSubstr("the others go on: b"),
                                                  HasSubstr("tactful stop reminder.json --variant a --by NAME"))));
  const Json json = to_json(card(running_tally(2)));
  EXPECT_EQ(json.find("recommendation")->find("continuing")->dump(), R"(["b"])");
}

TEST_F(StoppedVariants, where_all_of_them_harm_the_pilot_stops) {
  std::vector<MadeLook> looks{at(1, 1), at(2, 2)};
  for (MadeLook& look : looks) look.arms[2] = look.arms[1];
  const Recommendation recommended = card(make_look_tally(experiment, looks)).recommendation;
  EXPECT_EQ(recommended.action, Action::kStop);
  EXPECT_THAT(recommended.continuing, IsEmpty());
  EXPECT_THAT(recommended.reasons, Contains(HasSubstr("b harms too")));
  EXPECT_THAT(recommended.reasons, Contains(HasSubstr("no other wording is left")));
  experiment = test::make_weekly_experiment(1);
  looks = {at(1, 1), at(2, 2)};
  for (MadeLook& look : looks) look.arms.pop_back();
  EXPECT_THAT(card(make_look_tally(experiment, looks)).recommendation.reasons, Not(Contains(HasSubstr("no other"))));
}

TEST_F(StoppedVariants, at_the_last_look_nothing_goes_on) {
  const Scorecard last = card(running_tally(6));
  ASSERT_TRUE(last.is_last_look);
  EXPECT_EQ(last.recommendation.action, Action::kStop);
  EXPECT_THAT(last.recommendation.continuing, IsEmpty());
}

TEST_F(StoppedVariants, after_it_the_recommendation_is_about_the_others) {
  const Scorecard after = card(stopped_tally(4), a_stopped);
  EXPECT_EQ(after.recommendation.action, Action::kContinue);
  for (const std::string& reason : after.recommendation.reasons) EXPECT_THAT(reason, Not(HasSubstr("a:"))) << reason;
  const Scorecard wins = card(stopped_tally(6, 240), a_stopped);
  EXPECT_EQ(wins.recommendation.action, Action::kPromote);
  EXPECT_EQ(wins.recommendation.variant, "b");
  EXPECT_EQ(wins.winner->variant, "b");
}

TEST_F(StoppedVariants, the_others_keep_their_levels_and_numbers) {
  const Scorecard with = card(running_tally(4));
  const Scorecard without = card(stopped_tally(4), a_stopped);
  for (const char* metric : {"paid", "complaint"}) {
    const MetricResult& before = *find_result(with, metric, "b");
    const MetricResult& after = *find_result(without, metric, "b");
    EXPECT_EQ(after.verdict, before.verdict);
    EXPECT_EQ(after.alpha, before.alpha) << "no share of a's level comes to b";
    EXPECT_EQ(after.p_value, before.p_value);
    EXPECT_EQ(after.reading, before.reading);
  }
  EXPECT_EQ(find_watch(without, "complaint", "b")->level, find_watch(with, "complaint", "b")->level);
  EXPECT_EQ(find_watch(without, "complaint", "b")->reading, find_watch(with, "complaint", "b")->reading);
}

TEST_F(StoppedVariants, it_is_shown_as_it_stood_when_it_was_stopped) {
  const Scorecard then = card(running_tally(2));
  const Scorecard later = card(stopped_tally(5), a_stopped);
  const HarmWatch* watch = find_watch(later, "complaint", "a");
  ASSERT_NE(watch, nullptr);
  EXPECT_EQ(watch->treatment, 120);
  EXPECT_EQ(watch->control, 40) << "control's of then: it went on enrolling";
  EXPECT_EQ(watch->alarm, HarmAlarm::kPlanned);
  EXPECT_EQ(watch->alarm_at, find_watch(then, "complaint", "a")->alarm_at);
  EXPECT_EQ(watch->next_look, std::nullopt);
  EXPECT_THAT(watch->reading, AllOf(HasSubstr("harm shown"), HasSubstr("a was stopped by itself on")));
  EXPECT_EQ(find_result(later, "complaint", "a")->immature_treatment, 1600);
  EXPECT_EQ(later.harm.size(), 2u);
  EXPECT_EQ(later.harm[0].variant, "a") << "by metric, then variant";
  EXPECT_EQ(later.arms[1].stopped_at, kStop);
  EXPECT_EQ(later.arms[2].stopped_at, std::nullopt);
  EXPECT_NE(to_json(later).find("arms")->as_array()[1].find("stopped_at"), nullptr);
}

TEST_F(StoppedVariants, who_looks_back_before_the_stop_sees_what_was) {
  for (const int weeks : {1, 2}) {
    const Scorecard then = card(running_tally(weeks));
    const Scorecard before = card(running_tally(weeks), a_stopped);
    EXPECT_EQ(to_json(before).dump(), to_json(then).dump()) << "the planned look tests a as it did";
    EXPECT_THAT(find_watch(before, "complaint", "a")->reading, Not(HasSubstr("was stopped"))) << "that came later";
  }
  EXPECT_EQ(card(running_tally(2), a_stopped).recommendation.action, Action::kStop);
  EXPECT_EQ(card(running_tally(2), a_stopped).recommendation.variant, "a");
  ASSERT_TRUE(stop("a"));
  const auto obstacles = promotion_obstacles(folder.path(), experiment, card(running_tally(2), a_stopped), ledger(),
                                             {"a", "Wang Wei", "", std::nullopt, kStart + 7 * kWeekMs});
  EXPECT_THAT(*obstacles, Contains(HasSubstr("a was stopped by itself on"))) << "who looks back promotes nothing";
}

TEST_F(StoppedVariants, the_arms_ratio_is_judged_without_it_at_a_level_of_its_own) {
  const Tally tally = stopped_tally(4);
  EXPECT_EQ(check(card(tally), "sample_ratio")->status, CheckStatus::kFail) << "as if a's exposures were lost";
  const Check fits = *check(card(tally, a_stopped), "sample_ratio");
  EXPECT_EQ(fits.status, CheckStatus::kOk);
  EXPECT_THAT(fits.detail, Not(HasSubstr("a 1,600")));

  // The first mismatch that the test before any stop would fail passes the one after it, which has half of that.
  Tally skewed = stopped_tally(4);
  Check ratio = fits;
  while (*ratio.p_value >= 0.00025) {
    skewed.margins[0].arms[2].units -= 2;
    ratio = *check(card(skewed, a_stopped), "sample_ratio");
  }
  EXPECT_GT(*ratio.p_value, 0.000125);
  EXPECT_EQ(ratio.status, CheckStatus::kOk);
  skewed.margins[0].arms[2].units -= 40;
  EXPECT_EQ(check(card(skewed, a_stopped), "sample_ratio")->status, CheckStatus::kFail);
}

TEST_F(StoppedVariants, exposures_since_are_told_and_do_not_invalidate) {
  Tally tally = stopped_tally(4);
  const Scorecard clean = card(tally, a_stopped);
  const Check* none = check(clean, "stopped_variants");
  ASSERT_NE(none, nullptr);
  EXPECT_EQ(none->status, CheckStatus::kOk);
  EXPECT_THAT(none->detail, AllOf(HasSubstr("a was stopped by itself on"), HasSubstr("no exposure since")));
  tally.integrity.stopped_variant_exposures = 3;
  const Scorecard late = card(tally, a_stopped);
  EXPECT_EQ(check(late, "stopped_variants")->status, CheckStatus::kWarn);
  EXPECT_THAT(check(late, "stopped_variants")->detail, HasSubstr("3 exposures since"));
  EXPECT_EQ(late.recommendation.action, Action::kContinue);
  EXPECT_EQ(check(card(tally), "stopped_variants"), nullptr) << "not where nothing was stopped";
}

TEST_F(StoppedVariants, its_units_of_before_do_not_differ_from_those_who_came_later) {
  Tally tally = stopped_tally(4);
  tally.integrity.arms.assign(3, {});
  tally.integrity.outcomes_before_exposure = 820;
  for (const std::size_t v : {0, 2}) tally.integrity.arms[v].units_with_earlier_outcomes = 400;
  tally.integrity.arms[1].units_with_earlier_outcomes = 20;  // who came early had less time for them
  EXPECT_EQ(check(card(tally), "outcomes_before_exposure")->status, CheckStatus::kFail);
  EXPECT_EQ(check(card(tally, a_stopped), "outcomes_before_exposure")->status, CheckStatus::kOk);
}

TEST_F(StoppedVariants, from_the_events_to_the_recommendation) {
  constexpr TimeMs kDay = kMillisecondsPerDay;
  experiment.randomisation = "dice";
  test::MemorySource source;
  UnitId unit = 0;
  const auto expose = [&](const std::string& variant, TimeMs at, bool complains) {
    source.exposures.push_back({++unit, variant, at, 0, "", "", "pilot", "reminder"});
    if (complains) source.outcomes.push_back({unit, "complaint", at + kDay});
  };
  for (int day = 0; day < 28; ++day) {
    for (int i = 0; i < 80; ++i) {
      const TimeMs at = kStart + day * kDay + (i + 1) * kMillisecondsPerHour / 4;
      expose("control", at, i == 0);
      expose("b", at, i == 1);
      if (at < kStop) expose("a", at, i % 10 == 0);
    }
  }
  for (int late = 0; late < 5; ++late) expose("a", kStop + late, true);
  source.seal(3);
  TallyOptions options{kStart + 4 * kWeekMs, "pilot", 1};
  options.stopped = a_stopped;
  const auto tally = tally_events(experiment, source, options);
  ASSERT_TRUE(tally) << describe(tally.error());
  const Scorecard after = card(*tally, a_stopped);
  EXPECT_EQ(after.recommendation.action, Action::kContinue);
  EXPECT_EQ(check(after, "sample_ratio")->status, CheckStatus::kOk);
  EXPECT_EQ(check(after, "sample_ratio_parts")->status, CheckStatus::kOk) << check(after, "sample_ratio_parts")->detail;
  EXPECT_THAT(check(after, "stopped_variants")->detail, HasSubstr("5 exposures since"));
  const HarmWatch* watch = find_watch(after, "complaint", "a");
  EXPECT_NE(watch->alarm, HarmAlarm::kNone);
  EXPECT_EQ(watch->treatment, 13 * 8 + 1) << "complaints come after a day: of thirteen days, and one of the next";
  EXPECT_EQ(watch->control, 13 + 1);

  // As of the moment of the stop nothing is known of what came after it.
  options.as_of = kStop;
  const auto then = tally_events(experiment, source, options);
  EXPECT_EQ(find_watch(card(*then, a_stopped), "complaint", "a")->treatment, watch->treatment);
  EXPECT_EQ(find_watch(card(*then), "complaint", "a")->log_e, watch->log_e);
}

TEST_F(StoppedVariants, a_tally_that_does_not_know_that_moment_is_refused) {
  EvaluateOptions options;
  options.stopped = {{"a", kStop + 1}};
  const auto refused = evaluate(experiment, stopped_tally(4), options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("a was stopped by itself"));
}

TEST_F(StoppedVariants, without_any_left_nothing_can_be_recommended_but_the_end) {
  const Recommendation none = card(stopped_tally(4), {{"a", kStop}, {"b", kStop}}).recommendation;
  EXPECT_EQ(none.action, Action::kStop);
  EXPECT_EQ(none.variant, "");
  EXPECT_THAT(none.reasons.front(), HasSubstr("no wording is left"));
}

TEST_F(StoppedVariants, entering_it_wants_a_name_a_reason_and_a_running_wording) {
  const auto code = [](const Result<LedgerEntry>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::kStorage : result.error().code;
  };
  EXPECT_EQ(code(stop("a", ", head office")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(stop("a", "Li Na", "  ")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(stop("z")), ErrorCode::kNotFound);
  EXPECT_EQ(code(stop("control")), ErrorCode::kRefused);
  EXPECT_THAT(ledger().entries(), IsEmpty());
  const StopVariantRequest request{"a", "Li Na", "", "complaints", kStop};
  EXPECT_THAT(check_variant_stop(experiment, ledger(), request).value(), ElementsAre("b"));
  ASSERT_TRUE(stop("a"));
  const auto twice = stop("a");
  EXPECT_EQ(code(twice), ErrorCode::kConflict);
  EXPECT_THAT(twice.error().message, HasSubstr("a was stopped by itself on"));
  EXPECT_THAT(check_variant_stop(experiment, ledger(), {"b", "Li Na", "", "complaints", kStop}).value(), IsEmpty());
  ASSERT_TRUE(stop("b"));
  EXPECT_EQ(lifecycle_of(experiment, ledger())->state, Lifecycle::State::kStopped);
  EXPECT_EQ(ledger().entries().size(), 2u);
}

TEST_F(StoppedVariants, after_a_promotion_there_is_no_wording_to_stop_by_itself) {
  LedgerEntry entry{
      0,  kStop, "Wang Wei", "", LedgerAction::kPromote, experiment.key, version(), Json::object().set("variant", "b"),
      "", ""};
  ASSERT_TRUE(Ledger::append(ledger_path(), entry));
  EXPECT_EQ(stop("a").error().code, ErrorCode::kRefused);
  EXPECT_THAT(stop("a").error().hint, HasSubstr("demote"));
}

TEST_F(StoppedVariants, reviews_freeze_it_and_reproduce) {
  must_review(running_tally(1, 20));
  const TakenReview first = must_review(running_tally(2));
  EXPECT_EQ(first.entry.body.find("recommendation")->find("action")->as_string(), "stop");
  ASSERT_TRUE(stop("a"));
  EXPECT_THAT(history().stopped, ElementsAre(VariantStop{"a", kStop}));
  const TakenReview second = must_review(stopped_tally(3));
  EXPECT_EQ(second.document.find("options")->find("stopped")->as_array().size(), 1u);
  EXPECT_EQ(first.document.find("options")->find("stopped"), nullptr) << "files of before stay as they were";
  const Json* recommended = second.entry.body.find("recommendation");
  EXPECT_EQ(recommended->find("action")->as_string(), "continue");
  EXPECT_EQ(second.entry.body.find("alarms")->as_array().size(), 1u) << "a's alarm stays visible";
  EXPECT_THAT(findings(), IsEmpty()) << "before and after the stop every review is made again from its own file";
  EXPECT_THAT(with_history({}, history(), experiment, "rollout-1").stopped, IsEmpty()) << "stops are the pilot's";
}

TEST_F(StoppedVariants, its_alarm_since_the_review_blocks_no_other_wording) {
  must_review(running_tally(1, 20));
  ASSERT_TRUE(override_review(folder.path(), experiment,
                              {std::nullopt, "promote", "b", "Wang Wei", "head",
                               "the board wants the wording of the new brand, whatever it brings", kStop - kHour}));
  ASSERT_TRUE(stop("a"));
  const auto obstacles_to_b = [&](const Scorecard& now) {
    EXPECT_NE(find_watch(now, "complaint", "a")->alarm, HarmAlarm::kNone);
    const auto obstacles = promotion_obstacles(folder.path(), experiment, now, ledger(),
                                               {"b", "Wang Wei", "", std::nullopt, kStart + 4 * kWeekMs});
    EXPECT_TRUE(obstacles) << describe(obstacles.error());
    return obstacles ? *obstacles : std::vector<std::string>();
  };
  EXPECT_THAT(obstacles_to_b(card(running_tally(2))), Contains(HasSubstr("harm is shown since the review")));
  EXPECT_THAT(obstacles_to_b(card(stopped_tally(4), a_stopped)), Not(Contains(HasSubstr("harm is shown"))));
}

TEST_F(StoppedVariants, nothing_brings_it_back) {
  must_review(running_tally(2));
  ASSERT_TRUE(stop("a"));
  constexpr const char* kReason = "the complaints came from one wrong amount, mended on 12 May";
  const auto decide = [&](const std::string& decision, const std::string& variant) {
    return override_review(folder.path(), experiment,
                           {std::nullopt, decision, variant, "Wang Wei", "head", kReason, kStop + kHour});
  };
  for (const auto& refused : {decide("promote", "a"), decide("continue", "")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
    EXPECT_THAT(refused.error().message, HasSubstr("nothing brings it back"));
    EXPECT_THAT(refused.error().hint, HasSubstr("a new experiment"));
  }
  EXPECT_TRUE(decide("promote", "b")) << "the others may be decided about";
  EXPECT_EQ(approve(folder.path(), experiment, {"a", "Zhao Min", "head", kStop + kHour}).error().code,
            ErrorCode::kRefused);
  EXPECT_TRUE(approve(folder.path(), experiment, {"b", "Zhao Min", "head", kStop + kHour}));
  const auto obstacles = promotion_obstacles(folder.path(), experiment, card(stopped_tally(6), a_stopped), ledger(),
                                             {"a", "Wang Wei", "", std::nullopt, kStart + 7 * kWeekMs});
  EXPECT_THAT(*obstacles, Contains(HasSubstr("a was stopped by itself on")));
  LedgerEntry entry{
      0,  kStop, "Wang Wei", "", LedgerAction::kPromote, experiment.key, version(), Json::object().set("variant", "b"),
      "", ""};
  ASSERT_TRUE(Ledger::append(ledger_path(), entry));
  const Status back = check_demotion(experiment, ledger(), {"Li Na", "", "complaints", "a", std::nullopt, kStop});
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr("nothing brings it back"));
}

}  // namespace
}  // namespace tactful
