#include "time_course.hpp"

#include <algorithm>
#include <cmath>

#include "tactful/stats/normal.hpp"
#include "words.hpp"

namespace tactful {
namespace {

/// Fewest events of each arm in a band for its ratio to be normal on the logarithm.
constexpr std::int64_t kFewestEvents = 10;
constexpr std::size_t kBands = 3;

using Band = TimeCourse::Band;

/// ln of the ratio of rates and its variance (Poisson).
struct LogRatio {
  double value = 0.0;
  double variance = 0.0;
};

bool is_usable(const Band& band) {
  return band.control_events >= kFewestEvents && band.treatment_events >= kFewestEvents && band.control_at_risk > 0.0 &&
         band.treatment_at_risk > 0.0;
}

LogRatio log_ratio(const Band& band) {
  const auto c = static_cast<double>(band.control_events);
  const auto t = static_cast<double>(band.treatment_events);
  return {std::log(t / band.treatment_at_risk) - std::log(c / band.control_at_risk), 1.0 / c + 1.0 / t};
}

/// Cochran's Q that all usable bands share one ratio.
std::optional<double> constant_p(const std::vector<Band>& bands) {
  double weights = 0.0;
  double sum = 0.0;
  int count = 0;
  for (const Band& band : bands) {
    if (!is_usable(band)) continue;
    const LogRatio ratio = log_ratio(band);
    weights += 1.0 / ratio.variance;
    sum += ratio.value / ratio.variance;
    ++count;
  }
  if (count < 2) return std::nullopt;
  double q = 0.0;
  for (const Band& band : bands) {
    if (!is_usable(band)) continue;
    const LogRatio ratio = log_ratio(band);
    q += (ratio.value - sum / weights) * (ratio.value - sum / weights) / ratio.variance;
  }
  return stats::chi_square_upper_tail(q, count - 1);
}

/// Events and unit-days at risk of one arm in each third of the window. Who leaves within a day was there for half of
/// it.
void add_ages(const AgeCounts& ages, bool is_control, std::vector<Band>& bands) {
  double at_risk = 0.0;
  for (const std::int64_t units : ages.first_events) at_risk += static_cast<double>(units);
  for (const std::int64_t units : ages.leaving) at_risk += static_cast<double>(units);
  for (std::size_t age = 0; age < ages.first_events.size(); ++age) {
    const double events = static_cast<double>(ages.first_events[age]);
    const double leaving = age < ages.leaving.size() ? static_cast<double>(ages.leaving[age]) : 0.0;
    for (Band& band : bands) {
      if (static_cast<std::int64_t>(age) < band.first || static_cast<std::int64_t>(age) > band.last) continue;
      (is_control ? band.control_events : band.treatment_events) += ages.first_events[age];
      (is_control ? band.control_at_risk : band.treatment_at_risk) += at_risk - 0.5 * (events + leaving);
    }
    at_risk -= events + leaving;
  }
}

void finish(TimeCourse course, std::vector<TimeCourse>& courses) {
  for (Band& band : course.bands) {
    if (band.control_events > 0 && band.control_at_risk > 0.0 && band.treatment_at_risk > 0.0) {
      band.ratio = static_cast<double>(band.treatment_events) / band.treatment_at_risk /
                   (static_cast<double>(band.control_events) / band.control_at_risk);
    }
  }
  course.p_constant = constant_p(course.bands);
  if (course.p_constant) courses.push_back(std::move(course));
}

std::vector<Band> age_bands(std::size_t days) {
  std::vector<Band> bands;
  for (std::size_t i = 0; i < kBands; ++i) {
    Band band;
    band.first = static_cast<std::int64_t>(i * days / kBands);
    band.last = static_cast<std::int64_t>((i + 1) * days / kBands) - 1;
    bands.push_back(band);
  }
  return bands;
}

TimeCourse by_age(const AgeCounts& control, const AgeCounts& treatment) {
  TimeCourse course;
  course.by = "age";
  const std::size_t days = std::min(control.first_events.size(), treatment.first_events.size());
  if (days < kBands) return course;
  course.bands = age_bands(days);
  add_ages(control, true, course.bands);
  add_ages(treatment, false, course.bands);
  return course;
}

TimeCourse by_reminder(const ReminderCounts& control, const ReminderCounts& treatment) {
  TimeCourse course;
  course.by = "reminder";
  const std::size_t count = std::min(control.reached.size(), treatment.reached.size());
  for (std::size_t n = 0; n < count; ++n) {
    Band band;
    band.first = band.last = static_cast<std::int64_t>(n) + 1;
    band.control_events = control.events[n];
    band.treatment_events = treatment.events[n];
    band.control_at_risk = static_cast<double>(control.reached[n]);
    band.treatment_at_risk = static_cast<double>(treatment.reached[n]);
    course.bands.push_back(band);
  }
  return course;
}

/// One course with the direction in which its metric is better: positive is better.
struct Directed {
  const TimeCourse* course = nullptr;
  double sign = 1.0;
  Role role = Role::kMonitor;
};

double z_of(const Directed& directed, const Band& band) {
  const LogRatio ratio = log_ratio(band);
  return directed.sign * ratio.value / std::sqrt(ratio.variance);
}

/// How much better the first usable band is than the last, in standard errors.
std::optional<double> fall(const Directed& directed) {
  const Band& first = directed.course->bands.front();
  const Band& last = directed.course->bands.back();
  if (!is_usable(first) || !is_usable(last)) return std::nullopt;
  const LogRatio early = log_ratio(first);
  const LogRatio late = log_ratio(last);
  return directed.sign * (early.value - late.value) / std::sqrt(early.variance + late.variance);
}

/// Weighted slope of the effect over reminder numbers, in standard errors; positive: it shrinks.
std::optional<double> shrinking(const Directed& directed) {
  double w = 0.0;
  double wx = 0.0;
  double wy = 0.0;
  int count = 0;
  for (const Band& band : directed.course->bands) {
    if (!is_usable(band)) continue;
    const LogRatio ratio = log_ratio(band);
    w += 1.0 / ratio.variance;
    wx += static_cast<double>(band.first) / ratio.variance;
    wy += ratio.value / ratio.variance;
    ++count;
  }
  if (count < 2) return std::nullopt;
  double sxx = 0.0;
  double sxy = 0.0;
  for (const Band& band : directed.course->bands) {
    if (!is_usable(band)) continue;
    const LogRatio ratio = log_ratio(band);
    const double x = static_cast<double>(band.first) - wx / w;
    sxx += x * x / ratio.variance;
    sxy += x * (ratio.value - wy / w) / ratio.variance;
  }
  return -directed.sign * sxy / std::sqrt(sxx);
}

std::string name_of(const TimeCourse& course) { return course.metric + " of " + course.variant; }

std::string ratios_of(const TimeCourse& course) {
  std::string text;
  for (const Band& band : course.bands) {
    if (!band.ratio) continue;
    const std::string span = band.first == band.last ? std::to_string(band.first)
                                                     : std::to_string(band.first) + "-" + std::to_string(band.last);
    text += (text.empty() ? "" : ", ") + span + ": " + fixed(*band.ratio, 2);
  }
  return text;
}

Check make(std::string_view id, const std::string& found, std::string otherwise, std::string cause, std::string next) {
  Check check;
  check.check = id;
  check.detail = found.empty() ? std::move(otherwise) : found;
  if (found.empty()) return check;
  check.status = CheckStatus::kWarn;
  check.likely_cause = std::move(cause);
  check.next_step = std::move(next);
  return check;
}

void append(std::string& found, const std::string& text) { found += (found.empty() ? "" : "; ") + text; }

/// A success early that turns into its opposite late, or an early success beside late harm.
std::string reversals(const std::vector<Directed>& all, double z_needed) {
  std::string found;
  for (const Directed& success : all) {
    const Band& first = success.course->bands.front();
    if (success.role != Role::kSuccess || success.course->by != "age" || !is_usable(first)) continue;
    if (z_of(success, first) < z_needed) continue;
    const Band& last = success.course->bands.back();
    if (is_usable(last) && z_of(success, last) < -z_needed) {
      append(found, name_of(*success.course) + " turns around (ratio by days " + ratios_of(*success.course) + ")");
    }
    for (const Directed& guard : all) {
      if (guard.role != Role::kGuardrail || guard.course->by != "age") continue;
      if (guard.course->variant != success.course->variant || !is_usable(guard.course->bands.back())) continue;
      const auto change = fall(guard);
      if (!change || *change < z_needed || z_of(guard, guard.course->bands.back()) > -z_needed) continue;
      append(found, name_of(*guard.course) + " is worse late, after an early gain in " + success.course->metric +
                        " (ratio by days " + ratios_of(*guard.course) + ")");
    }
  }
  return found;
}

}  // namespace

std::vector<TimeCourse> time_courses(const Experiment& experiment, const Tally& tally) {
  std::vector<TimeCourse> courses;
  if (tally.source != TallySource::kEvents) return courses;
  const std::vector<ArmTally>& arms = tally.margins[0].arms;
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
    if (experiment.metrics[m].aggregation != Aggregation::kAny) continue;
    for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
      if (experiment.variants[v].weight == 0) continue;
      const ArmMetric& control = arms[0].metrics[m];
      const ArmMetric& treatment = arms[v].metrics[m];
      for (TimeCourse course :
           {by_age(control.ages, treatment.ages), by_reminder(control.reminders, treatment.reminders)}) {
        if (course.bands.empty()) continue;
        course.metric = experiment.metrics[m].key;
        course.variant = experiment.variants[v].key;
        finish(std::move(course), courses);
      }
    }
  }
  return courses;
}

void add_time_checks(const Experiment& experiment, const std::vector<TimeCourse>& courses, std::vector<Check>& checks) {
  std::vector<Directed> all;
  std::size_t successes = 0;
  for (const TimeCourse& course : courses) {
    const Metric& metric = *experiment.find_metric(course.metric);
    all.push_back({&course, metric.direction == Direction::kIncrease ? 1.0 : -1.0, metric.role});
    successes += metric.role == Role::kSuccess ? 1 : 0;
  }
  const double z_needed =
      stats::normal_upper_quantile(kTimeAlpha / static_cast<double>(std::max<std::size_t>(1, all.size())));
  const double z_success =
      stats::normal_upper_quantile(kTimeAlpha / static_cast<double>(std::max<std::size_t>(1, successes)));
  std::string novelty;
  std::string wear_out;
  for (const Directed& one : all) {
    if (one.role != Role::kSuccess) continue;
    const auto change = one.course->by == "age" ? fall(one) : shrinking(one);
    if (!change || *change < z_success) continue;
    append(one.course->by == "age" ? novelty : wear_out, name_of(*one.course) + " (ratio by " +
                                                             (one.course->by == "age" ? "days " : "reminder ") +
                                                             ratios_of(*one.course) + ")");
  }
  checks.push_back(
      make("novelty", novelty, "no success is larger early than late",
           "something new is noticed for its newness; the gain of the first days is not the gain of a year",
           "judge the wording by its later days, and watch it after a promotion"));
  checks.push_back(make("reversal", reversals(all, z_needed), "no early success turns into late harm",
                        "pressure works at once and is answered later",
                        "do not promote on the early gain; lengthen the window of the metric that turns"));
  checks.push_back(make("wear_out", wear_out, "no success shrinks from reminder to reminder",
                        "the second and third time the same words say less",
                        "use another wording for later reminders, or fewer of them"));
}

}  // namespace tactful
