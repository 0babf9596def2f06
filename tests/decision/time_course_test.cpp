#include "time_course.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "made_tally.hpp"

namespace tactful {
namespace {

using testing::HasSubstr;

constexpr std::size_t kDays = 12;

/// Daily chance of the event by age, of units at risk.
using Hazard = double (*)(std::size_t);

AgeCounts draw_ages(std::int64_t units, double base, Hazard factor, std::mt19937_64& random) {
  AgeCounts ages;
  for (std::size_t day = 0; day < kDays; ++day) {
    const std::int64_t events = std::binomial_distribution<std::int64_t>(units, base * factor(day))(random);
    ages.first_events.push_back(events);
    ages.leaving.push_back(0);
    units -= events;
  }
  ages.leaving.push_back(units);
  return ages;
}

double same(std::size_t) { return 1.0; }
double constant_gain(std::size_t) { return 1.4; }
double fading_gain(std::size_t day) { return day < 4 ? 1.8 : 1.05; }
double turning(std::size_t day) { return day < 4 ? 1.8 : 0.55; }
double late_harm(std::size_t day) { return day < 4 ? 1.0 : 2.2; }

class TimeCourses : public testing::Test {
 protected:
  /// Flags of one pilot with these hazards of the success (paid) and of the guardrail (complaint).
  std::vector<Check> flags(Hazard paid, Hazard complaint) {
    const Experiment experiment = test::make_experiment();
    Tally tally = test::make_tally(experiment, {{5000, {0, 0}}, {5000, {0, 0}}});
    auto& arms = tally.margins[0].arms;
    arms[0].metrics[0].ages = draw_ages(5000, 0.02, same, random_);
    arms[1].metrics[0].ages = draw_ages(5000, 0.02, paid, random_);
    arms[0].metrics[1].ages = draw_ages(5000, 0.004, same, random_);
    arms[1].metrics[1].ages = draw_ages(5000, 0.004, complaint, random_);
    courses_ = time_courses(experiment, tally);
    std::vector<Check> checks;
    add_time_checks(experiment, courses_, checks);
    return checks;
  }
  int warned(Hazard paid, Hazard complaint, std::size_t check, int runs) {
    int count = 0;
    for (int run = 0; run < runs; ++run) count += flags(paid, complaint)[check].status == CheckStatus::kWarn ? 1 : 0;
    return count;
  }

  std::mt19937_64 random_{5};
  std::vector<TimeCourse> courses_;
};

TEST_F(TimeCourses, constant_effects_are_rarely_flagged) {
  constexpr int kRuns = 1500;
  const double most = kRuns * (kTimeAlpha + 4.0 * std::sqrt(kTimeAlpha / kRuns));
  for (std::size_t check = 0; check < 3; ++check) {
    EXPECT_LE(warned(same, same, check, kRuns), most) << check;
    EXPECT_LE(warned(constant_gain, constant_gain, check, kRuns), most) << check;
  }
}

TEST_F(TimeCourses, each_shape_is_caught) {
  EXPECT_GE(warned(fading_gain, same, 0, 100), 95);
  EXPECT_GE(warned(turning, same, 1, 100), 95);
  EXPECT_GE(warned(constant_gain, late_harm, 1, 100), 80);
  EXPECT_LE(warned(same, late_harm, 1, 100), 5) << "late harm without an early gain is not a reversal";
}

TEST_F(TimeCourses, bands_count_events_and_unit_days) {
  const Experiment experiment = test::make_experiment();
  Tally tally = test::make_tally(experiment, {{100, {0, 0}}, {100, {0, 0}}});
  AgeCounts ages;
  ages.first_events = {20, 10, 15, 12, 10, 11};
  ages.leaving = {0, 2, 0, 0, 0, 0, 20};
  auto& arms = tally.margins[0].arms;
  arms[0].metrics[0].ages = arms[1].metrics[0].ages = ages;
  const auto courses = time_courses(experiment, tally);
  ASSERT_EQ(courses.size(), 1u);
  ASSERT_EQ(courses[0].bands.size(), 3u);
  const TimeCourse::Band& first = courses[0].bands[0];
  EXPECT_EQ(first.first, 0);
  EXPECT_EQ(first.last, 1);
  EXPECT_EQ(first.control_events, 30);
  EXPECT_DOUBLE_EQ(first.control_at_risk, (100 - 10) + (80 - 6));
  EXPECT_DOUBLE_EQ(*first.ratio, 1.0);
  EXPECT_NEAR(*courses[0].p_constant, 1.0, 1e-12);
}

TEST_F(TimeCourses, reminders_that_say_less_each_time_are_caught) {
  const Experiment experiment = test::make_experiment();
  Tally tally = test::make_tally(experiment, {{100, {0, 0}}, {100, {0, 0}}});
  auto& arms = tally.margins[0].arms;
  arms[0].metrics[0].reminders = {{5000, 3000, 2000, 1000, 0, 0, 0, 0}, {500, 300, 200, 100, 0, 0, 0, 0}};
  arms[1].metrics[0].reminders = {{5000, 3000, 2000, 1000, 0, 0, 0, 0}, {800, 390, 190, 80, 0, 0, 0, 0}};
  std::vector<Check> checks;
  add_time_checks(experiment, time_courses(experiment, tally), checks);
  EXPECT_EQ(checks[2].check, "wear_out");
  EXPECT_EQ(checks[2].status, CheckStatus::kWarn);
  EXPECT_THAT(checks[2].detail, HasSubstr("1: 1.60, 2: 1.30"));
  arms[1].metrics[0].reminders.events = {800, 480, 320, 160, 0, 0, 0, 0};
  checks.clear();
  add_time_checks(experiment, time_courses(experiment, tally), checks);
  EXPECT_EQ(checks[2].status, CheckStatus::kOk);
}

}  // namespace
}  // namespace tactful
