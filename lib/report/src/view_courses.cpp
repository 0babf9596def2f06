#include <algorithm>

#include "metric_text.hpp"
#include "numbers.hpp"

namespace tactful::report {
namespace {

/// Over all courses together (Bonferroni).
constexpr double kCourseAlpha = 0.05;

bool is_warned_of(const Scorecard& card, const TimeCourse& course) {
  const std::string name = course.metric + " of " + course.variant + " ";
  return std::any_of(card.checks.begin(), card.checks.end(), [&](const Check& check) {
    const bool is_of_time = check.check == "novelty" || check.check == "reversal" || check.check == "wear_out";
    return is_of_time && check.status != CheckStatus::kOk && check.detail.find(name) != std::string::npos;
  });
}

std::string when_text(const TimeCourse& course, const TimeCourse::Band& band) {
  const std::string first = std::to_string(band.first);
  const std::string span = band.first == band.last ? first : first + "-" + std::to_string(band.last);
  return (course.by == "age" ? (band.first == band.last ? "day " : "days ") : "reminder ") + span;
}

/// Events, and how many of a thousand at risk have one: a day, or a reminder.
std::string events_text(std::int64_t events, double at_risk) {
  if (!(at_risk > 0.0)) return kNone;
  const double per_thousand = 1000.0 * static_cast<double>(events) / at_risk;
  return fixed_text(per_thousand, per_thousand < 10.0 ? 2 : 1) + " (" + count_text(events) + ")";
}

}  // namespace

std::vector<TimeCourse> telling_courses(const Scorecard& card) {
  std::vector<TimeCourse> telling;
  const double alpha = kCourseAlpha / static_cast<double>(std::max<std::size_t>(1, card.time_course.size()));
  for (const TimeCourse& course : card.time_course) {
    if ((course.p_constant && *course.p_constant <= alpha) || is_warned_of(card, course)) telling.push_back(course);
  }
  return telling;
}

void add_courses(const Scorecard& card, View& view) {
  for (const TimeCourse& course : telling_courses(card)) {
    const bool is_age = course.by == "age";
    for (const TimeCourse::Band& band : course.bands) {
      const bool is_first = &band == &course.bands.front();
      view.courses.push_back({is_first ? course.metric : "", is_first ? course.variant : "", when_text(course, band),
                              events_text(band.control_events, band.control_at_risk),
                              events_text(band.treatment_events, band.treatment_at_risk),
                              band.ratio ? fixed_text(*band.ratio, 2) : kNone});
    }
    if (!course.p_constant) continue;
    view.course_notes.push_back(course.metric + ", " + course.variant + (is_age ? ", by days" : ", by reminder") +
                                ": p that the ratio is the same throughout " + p_text(*course.p_constant));
  }
}

}  // namespace tactful::report
