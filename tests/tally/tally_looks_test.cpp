#include <gtest/gtest.h>

#include "support/memory_source.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

// Looks, ages, reminders and stages on examples small enough to count by hand, and looks against tallies made then.
namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using test::MemorySource;

constexpr std::size_t kConverted = 0, kComplaint = 1, kCsat = 4;
constexpr TimeMs kHour = kMillisecondsPerHour;
using Counts = std::vector<std::int64_t>;

class TallyLooks : public testing::Test {
 protected:
  Tally tally(TallyOptions options = {kStart + 60 * kDay, "pilot", 1}) {
    source.seal(1);
    auto result = tally_events(experiment, source, options);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Tally{};
  }
  static std::vector<TimeMs> times(const Tally& tally) {
    std::vector<TimeMs> result;
    for (const LookTally& look : tally.looks) result.push_back(look.at);
    return result;
  }

  Experiment experiment = test::make_experiment();
  MemorySource source;
};

TEST_F(TallyLooks, are_those_of_the_plan_and_the_last_one_before_the_evaluation) {
  source.exposures = {{1, "control", kStart}};
  experiment.plan.looks = {kStart + 7 * kDay, kStart + 14 * kDay};
  EXPECT_EQ(times(tally()),
            (std::vector<TimeMs>{kStart + 7 * kDay, kStart + 14 * kDay, experiment.last_look(), kStart + 60 * kDay}));
  EXPECT_EQ(times(tally({kStart + 14 * kDay, "pilot", 1})),
            (std::vector<TimeMs>{kStart + 7 * kDay, kStart + 14 * kDay}));
  EXPECT_EQ(times(tally({kStart + 7 * kDay - 1, "pilot", 1})), (std::vector<TimeMs>{kStart + 7 * kDay - 1}));
}

TEST_F(TallyLooks, are_those_asked_for) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart, 0, "", "", "rollout-1"}};
  TallyOptions options{kStart + 9 * kDay, "pilot", 1};
  options.looks = {kStart + 8 * kDay, kStart - 1, kStart + 8 * kDay, kStart + 10 * kDay};
  const Tally t = tally(options);
  EXPECT_EQ(times(t), (std::vector<TimeMs>{kStart - 1, kStart + 8 * kDay, kStart + 9 * kDay}));
  EXPECT_EQ(t.looks[0].arms[0][kConverted].immature_units, 0) << "nobody was exposed yet";
  options.looks = std::vector<TimeMs>{};
  EXPECT_EQ(times(tally(options)), (std::vector<TimeMs>{kStart + 9 * kDay}));
  EXPECT_EQ(times(tally({kStart + 60 * kDay, "rollout-1", 1})), (std::vector<TimeMs>{kStart + 60 * kDay}))
      << "the plan's looks are the pilot's";
  options.looks = std::vector<TimeMs>();
  for (std::size_t i = 0; i <= kMaxTallyLooks; ++i) options.looks->push_back(kStart + static_cast<TimeMs>(i));
  source.seal(1);
  EXPECT_EQ(tally_events(experiment, source, options).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(TallyLooks, see_what_came_before_them_and_mature_by_whole_days) {
  const TimeMs look = kStart + 8 * kDay;
  experiment.plan.looks = {look - 1, look};
  source.exposures = {{1, "control", kStart},
                      {2, "control", kStart + kDay - 1},
                      {3, "control", kStart + kDay},
                      {4, "control", look - 1},
                      {5, "control", look}};
  source.outcomes = {{1, "converted", kStart + 1}, {3, "converted", look - 1}, {4, "converted", look}};
  const Tally t = tally();
  const LookMetric& before = t.looks[0].arms[0][kConverted];
  EXPECT_EQ(before.mature.units, 0);
  EXPECT_EQ(before.immature_units, 3);
  EXPECT_EQ(before.first_events, (Counts{1, 0}));
  const LookMetric& at = t.looks[1].arms[0][kConverted];
  EXPECT_EQ(at.mature.units, 2);
  EXPECT_EQ(at.mature.sum.value(), 1);
  EXPECT_EQ(at.immature_units, 2);
  EXPECT_EQ(at.first_events, (Counts{2, 0}));
  EXPECT_EQ(t.looks[3].arms[0][kConverted].first_events, (Counts{2, 1})) << "unit 4 came after the ramp's step";
  ASSERT_EQ(t.epochs.size(), 2u);
  EXPECT_EQ(t.epochs[1].first_day, 20'007);
  EXPECT_EQ(t.epochs[1].last_day, 20'008);
}

TEST_F(TallyLooks, put_a_cluster_into_the_epoch_of_its_first_exposure) {
  experiment.cluster = "household";
  experiment.plan.looks = {kStart + 10 * kDay};
  source.exposures = {{1, "control", kStart, 9}, {2, "control", kStart + 8 * kDay, 9}, {3, "control", kStart, 8}};
  source.outcomes = {{2, "converted", kStart + 9 * kDay}, {2, "complaint", kStart + 10 * kDay}};
  const Tally t = tally();
  const LookMetric& look = t.looks[0].arms[0][kConverted];
  EXPECT_EQ(look.first_events, (Counts{1, 0})) << "its second member came in the second epoch";
  EXPECT_EQ(look.clusters.clusters, 2);
  EXPECT_EQ(look.clusters.size.value(), 2) << "the second member is not mature";
  EXPECT_EQ(look.clusters.total.value(), 0);
  EXPECT_EQ(t.looks[0].arms[0][kComplaint].first_events, (Counts{0, 0}));
  const LookMetric& last = t.looks.back().arms[0][kConverted];
  EXPECT_EQ(last.clusters.size.value(), 3);
  EXPECT_EQ(last.clusters.size_squares.value(), 5);
  EXPECT_EQ(last.clusters.total.value(), 1);
  EXPECT_EQ(t.looks.back().arms[0][kComplaint].first_events, (Counts{1, 0}));
}

TEST_F(TallyLooks, ages_count_days_to_the_event_or_to_the_end) {
  experiment.metrics[0].window_ms = 36 * kHour;
  source.exposures = {{1, "control", kStart},
                      {2, "control", kStart},
                      {3, "control", kStart},
                      {4, "control", kStart + 20 * kHour},
                      {5, "control", kStart + 47 * kHour}};
  source.outcomes = {
      {1, "converted", kStart + kDay - 1}, {1, "converted", kStart + kDay}, {2, "converted", kStart + kDay}};
  const Tally t = tally({kStart + 2 * kDay, "pilot", 1});
  const AgeCounts& ages = t.margins[0].arms[0].metrics[kConverted].ages;
  EXPECT_EQ(ages.first_events, (Counts{1, 1}));
  EXPECT_EQ(ages.leaving, (Counts{1, 1, 1})) << "seen for an hour, for 28 hours, and through the window of 36";
}

TEST_F(TallyLooks, reminders_take_the_outcomes_up_to_the_next_one) {
  source.exposures = {{1, "control", kStart},
                      {1, "control", kStart + 2 * kDay},
                      {1, "control", kStart + 2 * kDay},
                      {1, "control", kStart + 27 * kDay},
                      {1, "control", kStart + 29 * kDay},
                      {2, "control", kStart}};
  source.outcomes = {
      {1, "converted", kStart + 2 * kDay}, {1, "converted", kStart + 29 * kDay}, {2, "converted", kStart + kDay}};
  const Tally all = tally();
  const ReminderCounts& reminders = all.margins[0].arms[0].metrics[kConverted].reminders;
  EXPECT_EQ(reminders.reached, (Counts{2, 1, 1, 0, 0, 0, 0, 0})) << "two at one time are one";
  EXPECT_EQ(reminders.events, (Counts{1, 1, 0, 0, 0, 0, 0, 0}))
      << "what followed the last one, sent after the end of enrolment, belongs to that";
  const Tally early = tally({kStart + 8 * kDay, "pilot", 1});
  EXPECT_EQ(early.margins[0].arms[0].metrics[kConverted].reminders.reached, (Counts{2, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_F(TallyLooks, a_unit_of_a_later_phase_is_followed_up_to_then_whatever_its_variant) {
  const TimeMs cut = kStart + 3 * kDay;
  source.exposures = {{1, "control", kStart},
                      {1, "friendly", cut, 0, "", "", "rollout-1"},
                      {1, "control", cut + 1, 0, "", "", "rollout-1"},
                      {2, "friendly", kStart},
                      {2, "friendly", cut, 0, "", "", "rollout-1"},
                      {3, "control", kStart},
                      {3, "friendly", kStart, 0, "", "", "rollout-1"}};
  source.outcomes = {{1, "converted", cut - 1}, {1, "complaint", cut}, {2, "complaint", cut}, {3, "complaint", cut}};
  const Tally t = tally();
  const ArmTally &control = t.margins[0].arms[0], &friendly = t.margins[0].arms[1];
  EXPECT_EQ(t.integrity.cut_units, 2);
  EXPECT_EQ(control.metrics[kConverted].first_events, 1);
  EXPECT_EQ(control.metrics[kComplaint].first_events, 1) << "that of unit 3; a later phase comes after the exposure";
  EXPECT_EQ(control.metrics[kConverted].mature.units, 1) << "a window that was cut off never closes";
  EXPECT_EQ(control.metrics[kConverted].immature_units, 1);
  EXPECT_EQ(control.metrics[kComplaint].ages.leaving[3], 1);
  EXPECT_EQ(friendly.metrics[kComplaint].first_events, 0) << "the arms are followed up alike";
  EXPECT_EQ(friendly.metrics[kComplaint].mature.units, 0);
  EXPECT_EQ(friendly.metrics[kComplaint].ages.leaving[3], 1);

  const Tally rollout = tally({kStart + 60 * kDay, "rollout-1", 1});
  EXPECT_EQ(rollout.integrity.cut_units, 0) << "the pilot came before";
  EXPECT_EQ(rollout.integrity.outcomes_before_exposure, 0) << "they may be effects of the pilot";
  EXPECT_EQ(rollout.margins[0].arms[1].metrics[kComplaint].mature.sum.value(), 3);
}

TEST_F(TallyLooks, outcomes_below_the_minimum_are_none) {
  experiment.metrics[kComplaint].minimum_value = 3.0;
  experiment.metrics[kCsat].minimum_value = 2.0;
  source.exposures = {{1, "control", kStart}, {2, "control", kStart}};
  source.outcomes = {{1, "complaint", kStart, 2.9},
                     {2, "complaint", kStart, 3.0},
                     {1, "csat", kStart, 1.0},
                     {2, "csat", kStart, 1.0},
                     {2, "csat", kStart + 1, 4.0}};
  const ArmTally arm = tally().margins[0].arms[0];
  EXPECT_EQ(arm.metrics[kComplaint].mature.sum.value(), 1);
  EXPECT_EQ(arm.metrics[kComplaint].first_events, 1);
  EXPECT_EQ(arm.metrics[kCsat].mature.sum.value(), 4);
  EXPECT_EQ(arm.metrics[kCsat].missing_units, 1);
}

TEST_F(TallyLooks, stages_go_by_receipts_where_there_are_any) {
  source.exposures = {{1, "control", kStart}, {2, "control", kStart}, {3, "friendly", kStart}};
  source.deliveries = {
      {1, "control", kStart}, {1, "control", kStart + 1}, {2, "", kStart, "quiet_hours"}, {3, "friendly", kStart}};
  source.outcomes = {{1, "responded", kStart + 40 * kDay}, {1, "connected", kStart - 1}, {3, "connected", kStart}};
  const Tally sent = tally();
  EXPECT_EQ(sent.margins[0].arms[0].stages, (StageCounts{1, 0, 1})) << "no window, but never before the exposure";
  EXPECT_EQ(sent.margins[0].arms[1].stages, (StageCounts{1, 1, 0}));
  EXPECT_EQ(sent.integrity.outcomes_before_exposure, 0) << "a stage that no metric counts is no effect";
  source.outcomes.push_back({3, "delivered", kStart});
  const Tally received = tally();
  EXPECT_EQ(received.margins[0].arms[0].stages.delivered, 0);
  EXPECT_EQ(received.margins[0].arms[1].stages.delivered, 1);
}

TEST_F(TallyLooks, a_stopped_variant_ends_its_enrolment_and_an_epoch) {
  const TimeMs stop = kStart + 9 * kDay + 10 * kHour;
  source.exposures = {{1, "control", kStart + 8 * kDay}, {2, "friendly", kStart + 8 * kDay},
                      {3, "friendly", stop - 1},         {4, "friendly", stop},
                      {2, "friendly", stop + kDay},      {5, "control", stop + kDay},
                      {6, "brief", stop + 2 * kDay},     {7, "brief", kStart + 9 * kDay}};
  source.outcomes = {{2, "complaint", stop - 2}, {3, "complaint", stop + kDay}, {4, "complaint", stop + 1}};
  TallyOptions options{kStart + 60 * kDay, "pilot", 1};
  options.looks = std::vector<TimeMs>{};
  options.stopped = {{"friendly", stop}, {"nobody", stop}};
  const Tally t = tally(options);
  EXPECT_EQ(t.integrity.stopped_variant_exposures, 2);
  EXPECT_EQ(t.integrity.units_in_two_variants, 0);
  EXPECT_EQ(t.margins[0].arms[1].units, 2) << "who came later is left out";
  EXPECT_EQ(t.margins[0].arms[1].metrics[kComplaint].first_events, 2) << "who came before is followed to the end";
  EXPECT_EQ(t.margins[0].arms[0].units + t.margins[0].arms[2].units, 4);
  EXPECT_EQ(times(t), (std::vector<TimeMs>{stop, kStart + 60 * kDay})) << "how things stood then is known";
  EXPECT_EQ(t.looks[0].arms[1][kComplaint].first_events.at(0), 1);
  EXPECT_EQ(t.looks[0].arms[0][kComplaint].immature_units, 1);
  const std::int64_t day = kStart / kDay + 9;
  ASSERT_EQ(t.epochs.size(), 2u);
  EXPECT_EQ(t.epochs[0], (Epoch{day - 1, day, Fraction::kWhole})) << "the day of the stop belongs to what was before";
  EXPECT_EQ(t.epochs[1].first_day, day + 1);
  EXPECT_EQ(tally_from_json(to_json(t)).value(), t);

  options.stopped.clear();
  EXPECT_EQ(tally(options).epochs.size(), 1u);
  EXPECT_EQ(tally(options).margins[0].arms[1].units, 3);
  options.phase = "rollout-1";
  options.stopped = {{"friendly", kStart}};
  source.exposures.push_back({9, "friendly", stop, 0, "", "", "rollout-1"});
  EXPECT_EQ(tally(options).margins[0].arms[1].units, 1) << "stops are the pilot's";
}

TEST_F(TallyLooks, holds_are_counted_by_reason_exposed_or_not) {
  source.exposures = {{1, "control", kStart}};
  source.deliveries = {{1, "", kStart, "quiet_hours"},         {7, "", kStart - 40 * kDay, "quiet_hours", ""},
                       {8, "", kStart, "cap", "pilot"},        {9, "", kStart, ""},
                       {9, "", kStart, "cap", "rollout-1"},    {9, "", kStart + 60 * kDay, "cap"},
                       {1, "control", kStart, "missing_field"}};
  EXPECT_EQ(tally().integrity.holds, (std::vector<HoldCount>{{"", 1}, {"cap", 1}, {"quiet_hours", 2}}));
}

TEST_F(TallyLooks, tells_what_the_source_has_been_through) {
  source.exposures = {{1, "control", kStart}};
  source.past.erasures = {{kStart, 5, {{"other", 2}, {"test", 3}}}, {kStart + 90 * kDay, 4, {{"test", 1}}}};
  source.past.dropped = 7;
  source.past.failed = 8;
  source.past.refused = 9;
  source.past.purged_before = kStart - 300 * kDay;
  const Integrity integrity = tally().integrity;
  EXPECT_EQ(integrity.erased_units, 4) << "those of this experiment";
  EXPECT_EQ(integrity.journal_dropped, 7);
  EXPECT_EQ(integrity.journal_failed, 8);
  EXPECT_EQ(integrity.journal_refused, 9);
  EXPECT_EQ(integrity.purged_before, kStart - 300 * kDay);
}

TEST_F(TallyLooks, a_wide_table_has_one_look_and_one_epoch) {
  experiment.metrics[kComplaint].minimum_value = 2.0;
  experiment.metrics[kCsat].minimum_value = 2.0;
  source.wide_kinds = {"complaint", "csat"};
  source.wide_has_times = true;
  source.wide = {{1, "control", {1.0, 1.0}, {}, 0, kStart}, {2, "control", {3.0, 4.0}, {}, 0, kStart + 9 * kDay}};
  const Tally t = tally();
  ASSERT_EQ(t.looks.size(), 1u);
  EXPECT_EQ(t.looks[0].at, t.as_of);
  EXPECT_EQ(t.epochs, (std::vector<Epoch>{{20'000, 20'009, 1'000'000}}));
  const LookMetric& complaint = t.looks[0].arms[0][kComplaint];
  EXPECT_EQ(complaint.mature.sum.value(), 1) << "a severity of 1 is below the minimum";
  EXPECT_EQ(complaint.mature.units, 2);
  EXPECT_EQ(complaint.first_events, (Counts{1}));
  EXPECT_EQ(t.margins[0].arms[0].metrics[kCsat].missing_units, 1);
  EXPECT_TRUE(t.margins[0].arms[0].metrics[kComplaint].ages.leaving.empty());
}

/// Every look of one evaluation is what an evaluation would have said then: 200,000 exposures, six looks.
TEST_F(TallyLooks, are_what_evaluations_then_would_have_said) {
  experiment.plan.looks = {kStart + 7 * kDay + 5 * kHour, kStart + 14 * kDay, kStart + 21 * kDay - 1,
                           kStart + 28 * kDay, kStart + 35 * kDay};
  std::mt19937_64 random(5);
  const auto below = [&random](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  const char* variants[] = {"control", "friendly", "brief"};
  const char* kinds[] = {"converted", "complaint", "calls", "csat"};
  for (int i = 0; i < 200'000; ++i) {
    const UnitId unit = 1 + below(170'000);
    const TimeMs at = kStart + below(28 * kDay);
    source.exposures.push_back({unit, variants[unit % 3], at});
    if (below(3) == 0)
      source.outcomes.push_back({unit, kinds[below(4)], at + below(20 * kDay), static_cast<double>(below(5))});
  }
  source.block_rows = 65'536;
  TallyOptions options{experiment.last_look(), "pilot", 2};
  const Tally all = tally(options);
  ASSERT_EQ(all.looks.size(), 6u);
  std::int64_t events = 0;
  for (const LookTally& look : all.looks) {
    SCOPED_TRACE(format_time(look.at));
    options.as_of = look.at;
    const Tally then = tally(options);
    ASSERT_EQ(then.looks.back().at, look.at);
    for (std::size_t v = 0; v < all.variants.size(); ++v) {
      for (std::size_t m = 0; m < all.metrics.size(); ++m) {
        const LookMetric& was = then.looks.back().arms[v][m];
        EXPECT_EQ(look.arms[v][m].mature.units, was.mature.units);
        EXPECT_EQ(look.arms[v][m].mature.sum.value(), was.mature.sum.value());
        EXPECT_EQ(look.arms[v][m].mature.squares.value(), was.mature.squares.value());
        EXPECT_EQ(look.arms[v][m].immature_units, was.immature_units);
        Counts known = look.arms[v][m].first_events;
        known.resize(then.epochs.size());
        EXPECT_EQ(known, was.first_events);
        for (const std::int64_t count : known) events += count;
      }
    }
  }
  EXPECT_GT(events, 50'000);
}

}  // namespace
}  // namespace tactful
