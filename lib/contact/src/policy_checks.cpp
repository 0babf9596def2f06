#include "policy_checks.hpp"

#include <algorithm>
#include <set>

#include "tactful/core/text.hpp"

namespace tactful {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

void check_hours(const ContactHours& hours, PolicyReader& reader) {
  for (const std::int64_t day : hours.calendar.make_up_days) {
    if (!std::binary_search(hours.calendar.holidays.begin(), hours.calendar.holidays.end(), day)) continue;
    reader.error("holiday", "/make_up_days",
                 format_date(day_start(day, UtcOffset{})) + " is both a holiday and a make-up day",
                 "keep it in one list");
  }
  for (std::size_t i = 0; i < hours.windows.size(); ++i) {
    const std::string at = append_pointer("/hours", i);
    if (hours.windows[i].until <= hours.windows[i].from) {
      reader.error("window", at, "the window ends before it begins",
                   "hours do not run over midnight; write two windows where they should");
    }
    if (hours.windows[i].weekdays == 0) reader.error("window", at + "/weekdays", "the window is for no weekday", "");
  }
  if (hours.windows.empty())
    reader.warning("no-hours", "/hours", "no hours are declared: customers may be contacted at night",
                   "add for example {\"from\": \"09:00\", \"until\": \"20:00\"}");
  const bool has_general = std::any_of(hours.windows.begin(), hours.windows.end(),
                                       [](const HoursWindow& window) { return window.channels.empty(); });
  if (!hours.windows.empty() && !has_general)
    reader.warning("no-hours", "/hours",
                   "every window names its channels: other channels have no quiet hours, and customers may be "
                   "contacted by them at night",
                   "add a window without channels, for example {\"from\": \"09:00\", \"until\": \"20:00\"}");
}

void check_cool_downs(const std::vector<CoolDown>& cool_downs, PolicyReader& reader) {
  if (cool_downs.empty()) return;
  const auto names = [&](std::string_view severity) {
    return std::any_of(cool_downs.begin(), cool_downs.end(),
                       [&](const CoolDown& one) { return one.severity == severity; });
  };
  if (names("")) return;
  for (const CoolDown& one : cool_downs) {
    if (one.severity == "normal" || one.severity == "escalated") continue;
    reader.warning("cool-down", append_pointer("/cool_down", one.severity),
                   "senders report complaints as normal or escalated: unless your own program records " +
                       in_quotes(one.severity) + ", nothing matches this",
                   "add \"default\" for all the others");
  }
  for (const std::string_view severity : {"normal", "escalated"}) {
    if (!names(severity))
      reader.warning("cool-down", "/cool_down",
                     "there is no pause after a complaint of severity " + std::string(severity),
                     "add it, or \"default\" for all that are not named");
  }
}

void check_tiers(const ContactPolicy& policy, PolicyReader& reader) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < policy.tiers.size(); ++i) {
    const ContactTier& tier = policy.tiers[i];
    const std::string at = append_pointer("/tiers", i);
    if (!tier.key.empty() && !keys.insert(tier.key).second)
      reader.error("duplicate", at + "/key", "the tier " + in_quotes(tier.key) + " stands twice",
                   "give each its own key");
    if (tier.values.empty())
      reader.warning("empty-tier", at + "/values", "the tier has no values, so no customer is in it",
                     "list the values of the segment");
    if (tier.caps.empty() && tier.intervals.empty())
      reader.warning("empty-tier", at, "the tier limits nothing", "give it caps or intervals, or remove it");
  }
}

void check_state(const TicketStates& tickets, const std::string& state, const std::string& pointer,
                 PolicyReader& reader) {
  if (tickets.is_state(state)) return;
  const auto nearest = nearest_word(state, tickets.states);
  reader.error("state", pointer, in_quotes(state) + " is not among the ticket states",
               nearest ? "did you mean \"" + *nearest + "\"?" : "declare it in /tickets/states");
}

void check_reachable(const TicketStates& tickets, PolicyReader& reader) {
  std::set<std::string> reached = {tickets.initial};
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [from, to] : tickets.transitions)
      if (reached.count(from) != 0 && reached.insert(to).second) grew = true;
  }
  for (std::size_t i = 0; i < tickets.states.size(); ++i) {
    if (reached.count(tickets.states[i]) != 0) continue;
    reader.warning("unreachable", append_pointer("/tickets/states", i),
                   in_quotes(tickets.states[i]) + " cannot be reached from " + in_quotes(tickets.initial),
                   "add a transition to it");
  }
}

void check_tickets(const TicketStates& tickets, PolicyReader& reader) {
  if (!tickets.is_declared()) return;
  if (!tickets.initial.empty()) check_state(tickets, tickets.initial, "/tickets/initial", reader);
  for (const auto& [from, to] : tickets.transitions) {
    const std::string at = append_pointer("/tickets/transitions", from);
    check_state(tickets, from, at, reader);
    check_state(tickets, to, at, reader);
  }
  bool has_default = false;
  for (const ReminderStates& one : tickets.reminders) {
    const std::string at = append_pointer("/tickets/reminders", one.reminder.empty() ? "default" : one.reminder);
    has_default = has_default || one.reminder.empty();
    for (const std::string& state : one.states) check_state(tickets, state, at, reader);
    if (one.states.empty())
      reader.warning("never-allowed", at, "no ticket state allows this reminder", "list the states that do");
  }
  if (!has_default)
    reader.warning("no-default", "/tickets/reminders", "reminders that are not named are never allowed for a ticket",
                   "add \"default\": [states] where they should be");
  check_reachable(tickets, reader);
}

void check_ladder(const FollowUpLadder& ladder, PolicyReader& reader) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < ladder.steps.size(); ++i) {
    const LadderStep& step = ladder.steps[i];
    const std::string at = append_pointer("/ladder/steps", i);
    const bool escalates = step.action == LadderStep::Action::kEscalate;
    if (!step.key.empty() && !keys.insert(step.key).second)
      reader.error("duplicate", at + "/key", "the step " + in_quotes(step.key) + " stands twice",
                   "give each its own key");
    if (i > 0 && step.after_ms < ladder.steps[i - 1].after_ms)
      reader.error("ladder-order", at + "/after", "the step comes before the one above it", "order the steps by time");
    if (escalates && !step.experiment.empty())
      reader.error("ladder-step", at + "/experiment", "an escalation goes to a person and has no experiment", "");
    if (!escalates && step.within_ms != 0)
      reader.error("ladder-step", at + "/within", "only an escalation can be overdue", "remove it");
    if (escalates && step.within_ms == 0)
      reader.warning("never-overdue", at, "the escalation is never overdue", "add \"within\": \"1d\"");
  }
}

}  // namespace

void check_contact_rules(const ContactPolicy& policy, PolicyReader& reader) {
  check_hours(policy.hours, reader);
  check_tiers(policy, reader);
  check_cool_downs(policy.cool_downs, reader);
  check_tickets(policy.tickets, reader);
  check_ladder(policy.ladder, reader);
  if (policy.caps.empty())
    reader.warning("no-caps", "/caps", "nothing limits how often a customer is contacted",
                   "add for example {\"period\": \"day\", \"most\": 1}");
}

}  // namespace tactful
