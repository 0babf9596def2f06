#include "tactful/contact/contact_decision.hpp"

#include <array>

#include "contact_limits.hpp"
#include "tactful/core/key.hpp"

namespace tactful {
namespace {

constexpr int kMostRounds = 1000;  // of limits that hold one after the other; each moves by hours at least

ContactDecision refused(ContactReason reason) {
  ContactDecision decision;
  decision.verdict = ContactVerdict::kDoNotContact;
  decision.reason = reason;
  return decision;
}

std::optional<Error> mistake_in(const ContactRequest& request, TimeMs now) {
  const auto wrong = [](const char* what, const char* hint) {
    return Error{ErrorCode::kInvalidArgument, what, "contact request", hint};
  };
  if (request.unit.empty()) return wrong("the customer's id is missing", "");
  if (!is_key(request.channel))
    return wrong("the channel is no key", "sms, call, email, chat, app or a key of your own");
  if (!is_key(request.purpose)) return wrong("the purpose is no key", "for example service, commercial or collection");
  if (!request.reminder.empty() && !is_key(request.reminder)) return wrong("the kind of reminder is no key", "");
  if (!request.ticket_state.empty() && !is_key(request.ticket_state))
    return wrong("the ticket's state is no key", "one of the policy's ticket states");
  if (request.add_ons < 0) return wrong("the number of add-ons is negative", "");
  if (!request.follow_up_of.is_none() && !is_key(request.step)) return wrong("a follow-up's step is no key", "");
  if (now < kEarliestContact || now > kLatestContact) return wrong("the time is outside the years 1970 to 9000", "");
  return std::nullopt;
}

// What waiting does not change, but for the lifetime cap.
ContactReason standing_refusal(const ContactPolicy& policy, const ContactRequest& request, const UnitFacts& facts,
                               bool is_priority, TimeMs now) {
  if (facts.is_on(ContactList::kDoNotContact, request.channel, now)) return ContactReason::kDoNotContactList;
  const auto consent = facts.consent(request.purpose, request.channel, now);
  if (consent == ConsentKind::kOptOut) return ContactReason::kOptedOut;
  if (!consent && policy.basis_of(request.purpose) == ConsentBasis::kOptIn) return ContactReason::kNoConsent;
  if (is_priority && policy.priority == PriorityBehaviour::kPerson) return ContactReason::kPriorityPerson;
  if (request.add_ons > policy.add_ons) return ContactReason::kAddOnCap;
  return ContactReason::kAllowed;
}

std::string_view state_judged(const TicketStates& tickets, const ContactRequest& request, const UnitFacts& facts) {
  if (!request.ticket_state.empty()) return request.ticket_state;
  if (request.ticket.empty()) return {};
  const std::string& state = facts.ticket_state.empty() ? tickets.initial : facts.ticket_state;
  for (const std::string& one : tickets.states)
    if (one == state) return one;  // the policy's text, which outlives the facts
  return "undeclared";
}

ContactReason ticket_refusal(const TicketStates& tickets, const ContactRequest& request, std::string_view state) {
  if (!tickets.is_declared()) return ContactReason::kAllowed;
  if (state.empty()) return tickets.required ? ContactReason::kTicketMissing : ContactReason::kAllowed;
  return tickets.allows(request.reminder, state) ? ContactReason::kAllowed : ContactReason::kTicketState;
}

struct Held {
  ContactReason reason = ContactReason::kAllowed;
  TimeMs until = 0;
};

// The least moment that every limit allows: each limit moves the time up to its own first allowed moment, until none
// does. The reason is the first in rank that binds now.
Held wait(const ContactPolicy& policy, const TimeZone& zone, const ContactRequest& request, const ContactLimits& limits,
          TimeMs now) {
  Held held{ContactReason::kAllowed, now};
  for (int round = 0; round < kMostRounds; ++round) {
    const TimeMs start = held.until;
    const auto raise = [&](ContactReason reason, TimeMs until) {
      if (until <= start) return;
      if (round == 0 && held.reason == ContactReason::kAllowed) held.reason = reason;
      held.until = std::max(held.until, until);
    };
    raise(ContactReason::kComplaintCoolDown, limits.cool_down(start));
    raise(ContactReason::kFailedAttempts, limits.failed_attempts(start));
    raise(ContactReason::kCap, limits.caps(start));
    raise(ContactReason::kMinimumInterval, limits.intervals(start));
    const auto open = policy.hours.next_open(request.channel, start, zone);
    if (!open) return {ContactReason::kNoContactHours, 0};
    raise(ContactReason::kQuietHours, *open);
    if (held.until == start) return held;
  }
  return {ContactReason::kNoContactHours, 0};
}

}  // namespace

std::string_view to_string(ContactVerdict verdict) noexcept {
  switch (verdict) {
    case ContactVerdict::kAllowed:
      return "allowed";
    case ContactVerdict::kHold:
      return "hold";
    case ContactVerdict::kDoNotContact:
      return "do_not_contact";
  }
  return "hold";
}

std::string_view to_string(ContactReason reason) noexcept {
  static constexpr std::array<std::string_view, kContactReasons> kNames = {
      "allowed",         "state_unavailable", "invalid_request",  "do_not_contact_list", "opted_out",
      "no_consent",      "priority_person",   "add_on_cap",       "ticket_missing",      "ticket_state",
      "duplicate",       "ladder_ended",      "lifetime_cap",     "no_contact_hours",    "complaint_cool_down",
      "failed_attempts", "contact_cap",       "minimum_interval", "quiet_hours"};
  return kNames[static_cast<std::size_t>(reason)];
}

ContactDecision decide_contact(const ContactPolicy& policy, const TimeZone& zone, const ContactRequest& request,
                               const UnitFacts& facts, TimeMs now) {
  if (auto mistake = mistake_in(request, now)) {
    ContactDecision decision = refused(ContactReason::kInvalidRequest);
    decision.error = std::move(mistake);
    return decision;
  }
  const bool is_priority = facts.is_on(ContactList::kPriority, request.channel, now);
  const std::string_view state =
      policy.tickets.is_declared() ? state_judged(policy.tickets, request, facts) : request.ticket_state;
  ContactReason refusal = standing_refusal(policy, request, facts, is_priority, now);
  if (refusal == ContactReason::kAllowed) refusal = ticket_refusal(policy.tickets, request, state);
  ContactDecision decision = refused(refusal);
  decision.is_priority = is_priority;
  decision.ticket_state = state;
  if (refusal != ContactReason::kAllowed) return decision;

  const bool is_beyond_caps = is_priority && policy.priority == PriorityBehaviour::kBeyondCaps;
  const ContactLimits limits(policy, zone, request, facts, is_beyond_caps);
  if (limits.lifetime_cap(now) == kNever) {
    decision.reason = ContactReason::kLifetimeCap;
    return decision;
  }
  const Held held = wait(policy, zone, request, limits, now);
  decision.reason = held.reason;
  if (held.reason == ContactReason::kNoContactHours) return decision;
  decision.verdict = held.reason == ContactReason::kAllowed ? ContactVerdict::kAllowed : ContactVerdict::kHold;
  decision.until = decision.is_allowed() ? 0 : held.until;
  return decision;
}

}  // namespace tactful
