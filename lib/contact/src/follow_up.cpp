#include "tactful/contact/follow_up.hpp"

#include <algorithm>

#include "contact_state_impl.hpp"
#include "tactful/core/phrases.hpp"

namespace tactful {
namespace {

constexpr const char* kOpen =
    "SELECT contact, unit, ticket, at, deadline, policy, experiment, reminder, channel, purpose, zone, ticket_state "
    "FROM awaiting WHERE deadline <= ? ORDER BY deadline, contact";

std::string why(const AwaitingResponse& awaiting, const LadderStep& step, TimeMs due_at, bool is_overdue, TimeMs now) {
  std::string text = "no response by the deadline of " + format_time(awaiting.deadline);
  if (step.after_ms > 0) text += " nor for " + describe_duration(step.after_ms) + " after it";
  if (is_overdue) text += "; not taken up within " + describe_duration(step.within_ms) + " of " + format_time(due_at);
  if (now < awaiting.contacted_at) text += "; the contact is dated in the future, so a clock was moved";
  return text;
}

ContactRequest request_of(const AwaitingResponse& awaiting, const std::string& unit, const LadderStep& step) {
  ContactRequest request;
  request.unit = unit;
  request.purpose = awaiting.purpose;
  request.channel = awaiting.channel;
  request.zone = awaiting.zone;
  request.reminder = awaiting.reminder;
  request.experiment = step.experiment.empty() ? awaiting.experiment : step.experiment;
  request.ticket = awaiting.ticket.is_none() ? std::string_view() : std::string_view("recorded");
  request.ticket_state = awaiting.ticket_state;
  request.follow_up_of = awaiting.contact;
  request.step = step.key;
  return request;
}

}  // namespace

std::vector<const LadderStep*> due_steps(const FollowUpLadder& ladder, const AwaitingResponse& awaiting, TimeMs now,
                                         bool reminder_is_allowed) {
  std::vector<const LadderStep*> due;
  for (const LadderStep& step : ladder.steps) {
    if (now < awaiting.deadline + step.after_ms) break;
    if (std::find(awaiting.done.begin(), awaiting.done.end(), step.key) != awaiting.done.end()) continue;
    const bool escalates = step.action == LadderStep::Action::kEscalate;
    const bool waits = !escalates && !due.empty();  // for the reminder before it
    if (!waits) due.push_back(&step);
    if (escalates || reminder_is_allowed) break;
  }
  return due;
}

void ContactStateImpl::list_due(const ContactPolicy& policy, const AwaitingResponse& awaiting, TimeMs now,
                                std::vector<DueStep>& list) const {
  AwaitingResponse present = awaiting;
  // A ticket's state as recorded since the contact outranks what the sender said then.
  if (!awaiting.ticket.is_none()) {
    std::string recorded = ticket_state(*state_, awaiting.ticket);
    if (!recorded.empty()) present.ticket_state = std::move(recorded);
    if (present.ticket_state.empty()) present.ticket_state = policy.tickets.initial;
  }
  const std::string unit = present.unit.hex();
  const auto decision_about = [&](const LadderStep& step) {
    ContactDecision decision = judge(policy, request_of(present, unit, step), present.unit, {}, now);
    decision.ticket_state = {};  // a view into what does not outlive this call; awaiting.ticket_state says it
    return decision;
  };
  const std::vector<const LadderStep*> blocked = due_steps(policy.ladder, present, now, false);
  if (blocked.empty()) return;
  const ContactDecision first = decision_about(*blocked.front());
  for (const LadderStep* step : due_steps(policy.ladder, present, now, first.is_allowed())) {
    DueStep due;
    due.awaiting = present;
    due.step = *step;
    due.due_at = present.deadline + step->after_ms;
    const bool escalates = step->action == LadderStep::Action::kEscalate;
    due.is_overdue = escalates && step->within_ms > 0 && now - due.due_at >= step->within_ms;
    due.is_priority = first.is_priority;
    due.decision = first;
    due.why = why(present, *step, due.due_at, due.is_overdue, now);
    list.push_back(std::move(due));
  }
}

Result<std::vector<DueStep>> ContactStateImpl::due(std::span<const ContactPolicy> policies, TimeMs now) const {
  if (now < kEarliestContact || now > kLatestContact) {
    return Error{ErrorCode::kInvalidArgument, "the time is outside the years 1970 to 9000", "now", ""};
  }
  auto list = reading<std::vector<DueStep>>("cannot read what is due", [&]() {
    std::vector<AwaitingResponse> open;
    {
      Query rows = state_->query(kOpen);
      rows.bind(now);
      while (rows.step()) open.push_back(awaiting_row(rows));
    }
    std::vector<DueStep> found;
    std::set<std::string> unknown;
    for (AwaitingResponse& awaiting : open) {
      const auto policy = std::find_if(policies.begin(), policies.end(),
                                       [&](const ContactPolicy& one) { return one.key == awaiting.policy; });
      if (policy == policies.end()) {
        unknown.insert(awaiting.policy);
        continue;
      }
      awaiting.done = steps_taken(*state_, awaiting.contact);
      list_due(*policy, awaiting, now, found);
    }
    for (const std::string& key : unknown)
      if (log_ != nullptr)
        log_->log(LogLevel::kWarning, "customers await a response under the policy \"" + key +
                                          "\", which was not given: their steps are not listed");
    return found;
  });
  if (!list) return list;
  std::stable_sort(list->begin(), list->end(), [](const DueStep& a, const DueStep& b) {
    if (a.is_priority != b.is_priority) return a.is_priority;
    return a.due_at < b.due_at;
  });
  return list;
}

Status ContactStateImpl::take_step(const ContactId& contact, std::string_view step, TimeMs at) {
  const auto done = writing<bool>("cannot take the step", [&]() -> Result<bool> {
    if (!find_contact(*state_, contact)) {
      return Error{ErrorCode::kNotFound, "this contact was never reserved", contact.hex(), ""};
    }
    const ContactId none;
    state_->query("INSERT OR IGNORE INTO steps(contact, step, at, made_by) VALUES(?, ?, ?, ?)")
        .bind(contact)
        .bind(step)
        .bind(at)
        .bind(none)
        .run();
    return true;
  });
  return done ? Status() : Status(done.error());
}

}  // namespace tactful
