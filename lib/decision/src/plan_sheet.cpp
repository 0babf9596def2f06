#include "tactful/decision/plan_sheet.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "plan_sizing.hpp"
#include "spending.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "words.hpp"

namespace tactful {
namespace {

constexpr double kDoubled = 2.0;
constexpr std::array<double, 4> kRatios = {1.25, 1.5, 2.0, 3.0};

Status check(const PlanAssumptions& assumptions) {
  if (!(assumptions.weekly_units > 0.0) || !std::isfinite(assumptions.weekly_units)) {
    return Error{ErrorCode::kInvalidArgument, "how many units come in a week is not known", "weekly_units",
                 "give --weekly N, plan.weekly_units in the file, or --store with earlier data"};
  }
  if (!(assumptions.design_effect >= 1.0) || !std::isfinite(assumptions.design_effect)) {
    return Error{ErrorCode::kInvalidArgument, "the design effect must be at least 1", "design_effect", ""};
  }
  return {};
}

PlanSheet frame(const Experiment& experiment, const PlanAssumptions& assumptions, const PlanSizing& sizing) {
  PlanSheet sheet;
  sheet.experiment = experiment.key;
  sheet.title = experiment.title;
  sheet.fingerprint = fingerprint(experiment);
  sheet.utc_offset = experiment.utc_offset;
  sheet.start = experiment.pilot.start;
  sheet.enrolment_end = experiment.plan.enrolment_end;
  sheet.last_look = experiment.last_look();
  sheet.weeks_of_enrolment =
      static_cast<double>(sheet.enrolment_end - sheet.start) / static_cast<double>(7 * kMillisecondsPerDay);
  sheet.weekly_units = assumptions.weekly_units;
  sheet.units = sizing.accrual().enrolled(sheet.enrolment_end);
  const auto first_success = std::find_if(experiment.metrics.begin(), experiment.metrics.end(),
                                          [](const Metric& metric) { return metric.role == Role::kSuccess; });
  for (const TimeMs at : sizing.looks()) {
    PlannedLook look;
    look.at = at;
    look.calendar = sizing.calendar(at);
    if (first_success != experiment.metrics.end() && sheet.units > 0.0)
      look.mature_share = sizing.accrual().mature(at, first_success->window_ms) / sheet.units;
    const bool is_last = at == sizing.looks().back();
    look.success_level = stats::spent_alpha(group_spending(experiment.plan.spending.success),
                                            experiment.plan.alpha.success, is_last ? 1.0 : look.mature_share) /
                         experiment.plan.alpha.success;
    look.harm_level =
        stats::spent_alpha(group_spending(experiment.plan.spending.harm), experiment.plan.alpha.harm, look.calendar) /
        experiment.plan.alpha.harm;
    sheet.looks.push_back(look);
  }
  return sheet;
}

void add_tests(const Experiment& experiment, const PlanSizing& sizing, PlanSheet& sheet) {
  for (const Metric& metric : experiment.metrics) {
    if (metric.role == Role::kMonitor) continue;
    auto test = sizing.size(metric);
    if (!test) {
      PlannedTest unsized;
      unsized.metric = metric.key;
      unsized.role = metric.role;
      unsized.unavailable = test.error().message;
      if (!test.error().hint.empty()) unsized.unavailable += "; " + test.error().hint;
      sheet.tests.push_back(std::move(unsized));
      continue;
    }
    sheet.tests.push_back(std::move(*test));
    const PlannedTest& added = sheet.tests.back();
    if (!sheet.binding || added.per_arm > sheet.tests[*sheet.binding].per_arm) sheet.binding = sheet.tests.size() - 1;
  }
}

void add_decision_power(PlanSheet& sheet) {
  double misses = 0.0;
  bool has_success = false;
  for (const PlannedTest& test : sheet.tests) {
    if (!test.unavailable.empty()) continue;
    if (test.role == Role::kSuccess && has_success) continue;
    has_success = has_success || test.role == Role::kSuccess;
    misses += 1.0 - test.power;
  }
  sheet.decision_power = has_success ? std::max(0.0, 1.0 - misses) : 0.0;
}

void add_harm(const Experiment& experiment, const PlanSizing& sizing, PlanSheet& sheet) {
  for (const Metric& metric : experiment.metrics) {
    if (metric.aggregation != Aggregation::kAny || metric.direction != Direction::kDecrease) continue;
    if (harm_share_of(experiment, metric) <= 0.0) continue;
    auto harm = sizing.harm(metric, kDoubled);
    if (harm) sheet.harm.push_back(std::move(*harm));
  }
}

void add_margins(const Experiment& experiment, const PlanSizing& sizing, PlanSheet& sheet) {
  for (const Metric& metric : experiment.metrics) {
    const bool is_ratio = metric.margin && metric.margin->kind == Margin::Kind::kRatio;
    if (metric.role != Role::kGuardrail || !is_ratio || metric.direction != Direction::kDecrease) continue;
    std::vector<double> ratios(kRatios.begin(), kRatios.end());
    if (std::find(ratios.begin(), ratios.end(), metric.margin->value) == ratios.end())
      ratios.push_back(metric.margin->value);
    std::sort(ratios.begin(), ratios.end());
    for (const double ratio : ratios) {
      const auto test = sizing.size_with_margin(metric, ratio);
      if (!test) continue;
      sheet.margins.push_back(
          {metric.key, ratio, test->events, test->per_arm, test->weeks, ratio == metric.margin->value});
    }
  }
}

std::string weeks_text(const std::optional<double>& weeks) {
  return weeks ? fixed(std::ceil(*weeks * 10.0) / 10.0, 1) + " weeks of enrolment"
               : "more enrolment than the ramp admits";
}

void judge(const Experiment& experiment, const PlanSizing& sizing, PlanSheet& sheet) {
  bool has_guardrail = false;
  bool has_success = false;
  for (const PlannedTest& test : sheet.tests) {
    has_guardrail = has_guardrail || test.role == Role::kGuardrail;
    has_success = has_success || test.role == Role::kSuccess;
    if (!test.unavailable.empty()) {
      sheet.warnings.push_back(test.metric + " was not sized: " + test.unavailable);
      continue;
    }
    if (test.power >= test.wanted_power) continue;
    const Metric& metric = *experiment.find_metric(test.metric);
    std::string mend = weeks_text(test.weeks) + " at this traffic";
    if (test.planned_per_arm > 0.0)
      mend += ", or " + grouped(std::llround(sheet.weekly_units * test.per_arm / test.planned_per_arm)) +
              " units a week for as long as planned";
    const bool is_ratio = metric.margin && metric.margin->kind == Margin::Kind::kRatio;
    if (is_ratio && metric.direction == Direction::kDecrease) {
      const auto ratio = sizing.testable_ratio(metric, test.wanted_power);
      if (ratio) mend += ", or a margin of " + number(*ratio);
    }
    const std::string seen = test.metric + " (" + test.question + ") has power " + percent(test.power) + " where " +
                             percent(test.wanted_power) + " is wanted";
    if (test.role == Role::kGuardrail && test.power < kLeastGuardrailPower) {
      sheet.obstacles.push_back(seen + ": " +
                                (test.planned_events > 0.0 ? "about " + grouped(std::llround(test.planned_events)) +
                                                                 " events in both arms cannot test this margin"
                                                           : std::string("the units planned cannot test this margin")) +
                                "; testable with " + mend);
    } else {
      sheet.warnings.push_back(seen + "; reached with " + mend);
    }
  }
  if (!has_guardrail)
    sheet.obstacles.push_back(
        "no guardrail is declared, so no wording can be promoted; declare complaint, repeat_contact or opted_out with "
        "a "
        "margin");
  if (!has_success) sheet.obstacles.push_back("no success metric is declared, so no wording can win");
}

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json test_json(const PlannedTest& test, bool is_binding) {
  Json object = Json::object();
  object.set("metric", test.metric).set("role", to_string(test.role));
  if (!test.unavailable.empty()) return std::move(object.set("unavailable", test.unavailable));
  object.set("question", test.question).set("control", test.control).set("alpha", test.alpha);
  object.set("wanted_power", test.wanted_power).set("power", test.power);
  object.set("planned_per_arm", test.planned_per_arm).set("planned_events", test.planned_events);
  object.set("per_arm", test.per_arm).set("events", test.events).set("weeks", optional_number(test.weeks));
  return std::move(object.set("method", test.method).set("binding", is_binding));
}

Json texts(const std::vector<std::string>& lines) {
  Json array = Json::array();
  for (const std::string& line : lines) array.push_back(line);
  return array;
}

Json look_json(const PlannedLook& look) {
  Json object = Json::object();
  return std::move(object.set("at", format_time(look.at))
                       .set("calendar", look.calendar)
                       .set("mature_share", look.mature_share)
                       .set("success_level_spent", look.success_level)
                       .set("harm_level_spent", look.harm_level));
}

Json harm_json(const PlannedHarm& harm) {
  Json stopped = Json::array();
  for (const double chance : harm.stopped_by) stopped.push_back(chance);
  Json fewest = Json::array();
  for (const auto& events : harm.fewest_to_stop) fewest.push_back(events ? Json(*events) : Json());
  Json object = Json::object();
  object.set("metric", harm.metric).set("ratio", harm.ratio);
  return std::move(object.set("stopped_by", std::move(stopped)).set("fewest_to_stop", std::move(fewest)));
}

}  // namespace

Result<PlanSheet> make_plan_sheet(const Experiment& experiment, const PlanAssumptions& assumptions) {
  if (auto status = check(assumptions); !status) return status.error();
  const PlanSizing sizing(experiment, assumptions);
  PlanSheet sheet = frame(experiment, assumptions, sizing);
  add_tests(experiment, sizing, sheet);
  const bool any = std::any_of(sheet.tests.begin(), sheet.tests.end(),
                               [](const PlannedTest& test) { return test.unavailable.empty(); });
  if (!any && !sheet.tests.empty()) {
    return Error{ErrorCode::kInsufficientData, "nothing can be planned: " + sheet.tests.front().unavailable,
                 sheet.tests.front().metric, "tactful plan --help shows how to give rates and effects"};
  }
  add_decision_power(sheet);
  add_harm(experiment, sizing, sheet);
  add_margins(experiment, sizing, sheet);
  judge(experiment, sizing, sheet);
  return sheet;
}

Json to_json(const PlanSheet& sheet) {
  Json object = Json::object();
  object.set("schema", "tactful/plan/1").set("experiment", sheet.experiment).set("title", sheet.title);
  object.set("fingerprint", sheet.fingerprint).set("start", format_time(sheet.start));
  object.set("enrolment_end", format_time(sheet.enrolment_end)).set("last_look", format_time(sheet.last_look));
  object.set("weekly_units", sheet.weekly_units).set("units", sheet.units);
  Json looks = Json::array();
  for (const PlannedLook& look : sheet.looks) looks.push_back(look_json(look));
  Json tests = Json::array();
  for (std::size_t i = 0; i < sheet.tests.size(); ++i) tests.push_back(test_json(sheet.tests[i], sheet.binding == i));
  Json harm = Json::array();
  for (const PlannedHarm& one : sheet.harm) harm.push_back(harm_json(one));
  Json margins = Json::array();
  for (const MarginCost& cost : sheet.margins) {
    Json one = Json::object();
    one.set("metric", cost.metric).set("ratio", cost.ratio).set("events", cost.events).set("per_arm", cost.per_arm);
    margins.push_back(std::move(one.set("weeks", optional_number(cost.weeks)).set("declared", cost.is_declared)));
  }
  object.set("looks", std::move(looks)).set("tests", std::move(tests)).set("decision_power", sheet.decision_power);
  object.set("harm", std::move(harm)).set("margins", std::move(margins));
  return std::move(object.set("obstacles", texts(sheet.obstacles)).set("warnings", texts(sheet.warnings)));
}

}  // namespace tactful
