#include "tactful/decision/looks.hpp"

#include <algorithm>
#include <cmath>

namespace tactful {
namespace {

Error invalid(std::string message, std::string where) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(where), "looks are planned ahead, in order"};
}

Status check_plan_of_looks(const LookPlan& plan) {
  if (plan.looks.empty()) return invalid("the plan has no look", "looks");
  TimeMs before = plan.start;
  for (const TimeMs look : plan.looks) {
    if (look <= before) return invalid("a look does not come after the start or the look before it", "looks");
    before = look;
  }
  return {};
}

double calendar_share(const LookPlan& plan, TimeMs at) {
  const double share = static_cast<double>(at - plan.start) / static_cast<double>(plan.looks.back() - plan.start);
  return std::min(1.0, share);
}

Look make_look(const LookPlan& plan, int planned, TimeMs at) {
  const bool is_last = planned == static_cast<int>(plan.looks.size());
  return {planned, plan.looks[static_cast<std::size_t>(planned - 1)], at, is_last ? 1.0 : calendar_share(plan, at), {}};
}

/// What a look spent stays spent: as recorded, and no later look stands before it.
void keep_spent(const TakenLook& taken, const std::vector<Look>& before, Look& look) {
  if (taken.calendar) look.calendar = *taken.calendar;
  look.maturity = taken.maturity;
  if (!before.empty()) look.calendar = std::max(look.calendar, before.back().calendar);
}

/// `leeway`: how far from its date a look may be taken.
Result<std::vector<Look>> looks_taken(const LookPlan& plan, TimeMs as_of,
                                      const std::optional<std::vector<TakenLook>>& taken, TimeMs leeway) {
  std::vector<Look> looks;
  if (!taken) {
    for (std::size_t i = 0; i < plan.looks.size(); ++i) {
      if (plan.looks[i] + leeway < as_of) looks.push_back(make_look(plan, static_cast<int>(i) + 1, plan.looks[i]));
    }
    return looks;
  }
  for (const TakenLook& look : *taken) {
    if (look.planned < 1 || look.planned > static_cast<int>(plan.looks.size())) {
      return invalid("the plan has no look " + std::to_string(look.planned), "taken");
    }
    if (look.at <= plan.start) return invalid("a look was taken before the start", "taken");
    if (!looks.empty() && (look.planned <= looks.back().planned || look.at <= looks.back().at)) {
      return invalid("the looks taken are not in the order of the plan", "taken");
    }
    if (look.at >= as_of) continue;
    Look kept = make_look(plan, look.planned, look.at);
    keep_spent(look, looks, kept);
    looks.push_back(std::move(kept));
  }
  return looks;
}

/// Number of the look that an evaluation at `as_of` takes, or 0.
int current_look(const LookPlan& plan, TimeMs as_of, int last_taken, bool as_review) {
  const int count = static_cast<int>(plan.looks.size());
  if (as_of >= plan.looks.back()) return count;
  const auto date = [&](int planned) {
    return planned == 0 ? plan.start : plan.looks[static_cast<std::size_t>(planned - 1)];
  };
  int nearest = 0;
  // The last look is never early: there everything that decides is mature.
  for (int planned = last_taken + 1; planned < count; ++planned) {
    const TimeMs distance = std::abs(as_of - date(planned));
    if (distance <= (as_review ? kOnTime : 0) && (nearest == 0 || distance < std::abs(as_of - date(nearest))))
      nearest = planned;
  }
  if (nearest != 0 || !as_review) return nearest;
  int due = 0;
  for (int planned = last_taken + 1; planned <= count; ++planned) {
    if (date(planned) <= as_of) due = planned;
  }
  if (due != 0) return due;
  const int next = last_taken + 1;
  if (next >= count) return 0;
  return date(next) - as_of < as_of - date(next - 1) ? next : 0;
}

/// Sum over the enrolment's days of the traffic fraction times what `weight` gives that day's units at `at`, over the
/// same with everything 1.
template <typename Weight>
double planned_share(const Experiment& experiment, const Weight& weight) {
  const TimeMs start = experiment.pilot.start;
  const TimeMs end = experiment.plan.enrolment_end;
  double done = 0.0;
  double all = 0.0;
  for (std::int64_t day = day_index(start, experiment.utc_offset); day <= day_index(end - 1, experiment.utc_offset);
       ++day) {
    const TimeMs from = std::max(start, day_start(day, experiment.utc_offset));
    const TimeMs to = std::min(end, day_start(day + 1, experiment.utc_offset));
    double traffic = 0.0;
    // A day belongs to the fractions that hold in it, each for its part of the day.
    for (std::size_t i = 0; i < experiment.ramp.size(); ++i) {
      const TimeMs begins = std::max(from, experiment.ramp[i].from);
      const TimeMs ends = i + 1 < experiment.ramp.size() ? std::min(to, experiment.ramp[i + 1].from) : to;
      if (ends > begins) {
        traffic += static_cast<double>(ends - begins) * static_cast<double>(experiment.ramp[i].fraction.millionths);
      }
    }
    all += traffic;
    done += traffic * weight(day_start(day + 1, experiment.utc_offset));
  }
  return all > 0.0 ? done / all : 0.0;
}

}  // namespace

LookPlan look_plan(const Experiment& experiment) {
  LookPlan plan{experiment.pilot.start, {}};
  const TimeMs last = experiment.last_look();
  for (const TimeMs look : experiment.plan.looks) {
    if (look < last) plan.looks.push_back(look);
  }
  plan.looks.push_back(last);
  return plan;
}

Result<LookSchedule> schedule_looks(const LookPlan& plan, TimeMs as_of,
                                    const std::optional<std::vector<TakenLook>>& taken, bool as_review, bool as_extra) {
  if (auto status = check_plan_of_looks(plan); !status) return status.error();
  auto before = looks_taken(plan, as_of, taken, as_review ? kOnTime : 0);
  if (!before) return before.error();
  LookSchedule schedule;
  schedule.plan = plan;
  schedule.taken = std::move(before).value();
  const int count = static_cast<int>(plan.looks.size());
  // Past the end the last look is taken again with all that is known now.
  if (as_of >= plan.looks.back() && !schedule.taken.empty() && schedule.taken.back().planned == count) {
    schedule.taken.pop_back();
  }
  const int last_taken = schedule.taken.empty() ? 0 : schedule.taken.back().planned;
  const bool is_extra = as_of <= plan.start || (as_extra && as_of < plan.looks.back());
  schedule.current = is_extra ? 0 : current_look(plan, as_of, last_taken, as_review);
  if (schedule.current > 0) {
    Look now = make_look(plan, schedule.current, as_of);
    keep_spent({}, schedule.taken, now);
    schedule.taken.push_back(std::move(now));
  }
  const int next = std::max(last_taken, schedule.current) + 1;
  // Of several that are overdue the latest is the one that will be taken.
  int coming = next;
  while (coming < count && plan.looks[static_cast<std::size_t>(coming)] <= as_of) ++coming;
  if (coming <= count) {
    schedule.next = make_look(plan, coming, std::max(as_of, plan.looks[static_cast<std::size_t>(coming - 1)]));
  }
  return schedule;
}

std::vector<TimeMs> look_times(const LookPlan& plan, TimeMs as_of, const std::optional<std::vector<TakenLook>>& taken) {
  std::vector<TimeMs> times;
  if (taken) {
    for (const TakenLook& look : *taken) {
      if (look.at < as_of) times.push_back(look.at);
    }
    return times;
  }
  for (const TimeMs look : plan.looks) {
    if (look < as_of) times.push_back(look);
  }
  return times;
}

double planned_maturity(const Experiment& experiment, TimeMs window_ms, TimeMs at) {
  if (at >= experiment.last_look()) return 1.0;
  return planned_share(experiment, [&](TimeMs day_end) { return day_end + window_ms <= at ? 1.0 : 0.0; });
}

double maturity_of(const Experiment& experiment, const Look& look, TimeMs window_ms) {
  for (const WindowShare& recorded : look.maturity) {
    if (recorded.window_ms == window_ms) return recorded.share;
  }
  return planned_maturity(experiment, window_ms, look.at);
}

double planned_follow_up(const Experiment& experiment, TimeMs window_ms, TimeMs at) {
  if (at >= experiment.last_look()) return 1.0;
  return planned_share(experiment, [&](TimeMs day_end) {
    // Units of a day came at its middle on average.
    const double seen = static_cast<double>(at - (day_end - kMillisecondsPerDay / 2)) / static_cast<double>(window_ms);
    return std::clamp(seen, 0.0, 1.0);
  });
}

}  // namespace tactful
