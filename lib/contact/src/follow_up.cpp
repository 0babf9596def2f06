#include "tactful/contact/follow_up.hpp"

#include <algorithm>
#include <limits>

#include "contact_state_impl.hpp"
#include "tactful/core/phrases.hpp"

namespace tactful {
namespace {

constexpr const char* kOpen =
    "SELECT contact, unit, ticket, at, deadline, policy, experiment, reminder, channel, purpose, zone, ticket_state "
    "FROM awaiting WHERE deadline <= ? AND (deadline, contact) > (?, ?) ORDER BY deadline, contact LIMIT 200";
constexpr const char* kAll =
    "SELECT contact, unit, ticket, at, deadline, policy, experiment, reminder, channel, purpose, zone, ticket_state "
    "FROM awaiting WHERE (deadline, contact) > (?, ?) ORDER BY deadline, contact LIMIT 200";
// Steps that cannot become free again: taken by a person, or by a contact that was made.
constexpr const char* kTakenForGood =
    "SELECT step FROM steps WHERE contact = ? AND (made_by = ? OR EXISTS(SELECT 1 FROM facts WHERE facts.kind = 4 AND "
    "facts.event = steps.made_by AND facts.code > 1))";

AwaitingResponse before_all() {
  AwaitingResponse none;
  none.deadline = std::numeric_limits<TimeMs>::min();
  return none;
}

const ContactPolicy* policy_of(std::span<const ContactPolicy> policies, const AwaitingResponse& awaiting) {
  for (const ContactPolicy& one : policies)
    if (one.key == awaiting.policy) return &one;
  return nullptr;
}

bool are_taken(const FollowUpLadder& ladder, const std::vector<std::string>& taken) {
  return std::all_of(ladder.steps.begin(), ladder.steps.end(), [&](const LadderStep& step) {
    return std::find(taken.begin(), taken.end(), step.key) != taken.end();
  });
}

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
  const auto segments = segments_of(*state_, present.contact, policy);
  const auto decision_about = [&](const LadderStep& step) {
    ContactRequest request = request_of(present, unit, step);
    request.segments = segments;
    ContactDecision decision = judge(policy, request, present.unit, {}, now);
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
  std::vector<DueStep> list;
  std::set<std::string> unknown;
  AwaitingResponse last = before_all();
  for (bool has_more = true; has_more;) {
    // One short transaction a batch: a writer must not wait for the whole list.
    const auto read = reading<bool>("cannot read what is due", [&]() {
      std::vector<AwaitingResponse> open = open_ladders(now, last);
      for (AwaitingResponse& awaiting : open) {
        last = awaiting;
        const ContactPolicy* policy = policy_of(policies, awaiting);
        if (policy == nullptr) {
          unknown.insert(awaiting.policy);
          continue;
        }
        awaiting.done = steps_taken(*state_, awaiting.contact);
        if (!are_taken(policy->ladder, awaiting.done)) list_due(*policy, awaiting, now, list);
      }
      return !open.empty();
    });
    if (!read) return read.error();
    has_more = *read;
  }
  for (const std::string& key : unknown)
    if (log_ != nullptr)
      log_->log(LogLevel::kWarning, "customers await a response under the policy \"" + key +
                                        "\", which was not given: their steps are not listed");
  std::stable_sort(list.begin(), list.end(), [](const DueStep& a, const DueStep& b) {
    if (a.is_priority != b.is_priority) return a.is_priority;
    return a.due_at < b.due_at;
  });
  return list;
}

std::vector<AwaitingResponse> ContactStateImpl::open_ladders(TimeMs now, const AwaitingResponse& last) const {
  std::vector<AwaitingResponse> open;
  Query rows = state_->query(kOpen);
  rows.bind(now).bind(last.deadline).bind(last.contact);
  while (rows.step()) open.push_back(awaiting_row(rows));
  return open;
}

Result<std::int64_t> ContactStateImpl::end_finished(std::span<const ContactPolicy> policies) {
  std::int64_t ended = 0;
  AwaitingResponse last = before_all();
  for (bool has_more = true; has_more;) {
    const auto batch = writing<bool>("cannot end finished ladders", [&]() -> Result<bool> {
      std::vector<AwaitingResponse> open;
      {
        Query rows = state_->query(kAll);
        rows.bind(last.deadline).bind(last.contact);
        while (rows.step()) open.push_back(awaiting_row(rows));
      }
      const ContactId none;
      for (const AwaitingResponse& awaiting : open) {
        last = awaiting;
        const ContactPolicy* policy = policy_of(policies, awaiting);
        if (policy == nullptr) continue;
        std::vector<std::string> taken;
        {
          Query rows = state_->query(kTakenForGood);
          rows.bind(awaiting.contact).bind(none);
          while (rows.step()) taken.emplace_back(rows.text(0));
        }
        if (!are_taken(policy->ladder, taken)) continue;
        ended += state_->query("DELETE FROM awaiting WHERE contact = ?").bind(awaiting.contact).run();
      }
      return !open.empty();
    });
    if (!batch) return batch.error();
    has_more = *batch;
  }
  return ended;
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
