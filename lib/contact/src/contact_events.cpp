#include "contact_state_impl.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

Error invalid(std::string message, std::string where, std::string hint = {}) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(where), std::move(hint)};
}

std::optional<Error> mistake_in(std::string_view unit, std::string_view channel, std::string_view subject, TimeMs at) {
  if (unit.empty()) return invalid("the customer's id is missing", "unit");
  if (!channel.empty() && !is_key(channel)) {
    return invalid("\"" + printable(channel) + "\" is no channel", "channel", "a key, or empty for all");
  }
  if (!subject.empty() && !is_key(subject)) {
    return invalid("\"" + printable(subject) + "\" is no key", "purpose or severity", "a key such as service");
  }
  if (at < kEarliestContact || at > kLatestContact) {
    return invalid("the time is outside the years 1970 to 9000", "at", "milliseconds since 1970, UTC");
  }
  return std::nullopt;
}

// What makes an event without an id the same event again.
std::string content_of(const FactRow& fact) {
  return std::to_string(static_cast<int>(fact.kind)) + "|" + std::to_string(fact.at) + "|" + std::to_string(fact.code) +
         "|" + std::string(fact.channel) + "|" + std::string(fact.subject);
}

}  // namespace

Result<Recorded> ContactStateImpl::record(FactRow fact, std::string_view unit, std::string_view event_id) {
  if (auto mistake = mistake_in(unit, fact.channel, fact.subject, fact.at)) return *std::move(mistake);
  fact.unit = identity_.unit(unit);
  fact.event = event_of(unit, event_id, content_of(fact));
  return writing<Recorded>("cannot record the event", [&]() -> Result<Recorded> { return put_fact(*state_, fact); });
}

Result<Recorded> ContactStateImpl::record_consent(std::string_view unit, ConsentKind kind, std::string_view purpose,
                                                  std::string_view channel, TimeMs at, std::string_view event_id) {
  const int code = kind == ConsentKind::kOptIn ? kCodeOptIn : kCodeOptOut;
  return record({{}, FactKind::kConsent, {}, at, code, channel, purpose}, unit, event_id);
}

Result<Recorded> ContactStateImpl::opt_out(std::string_view unit, std::string_view purpose, std::string_view channel,
                                           TimeMs now, std::string_view event_id) {
  if (auto mistake = mistake_in(unit, channel, purpose, now)) return *std::move(mistake);
  FactRow fact{identity_.unit(unit), FactKind::kConsent, {}, now, kCodeOptOut, channel, purpose};
  fact.event = event_of(unit, event_id, content_of(fact));
  return writing<Recorded>("cannot record the opt-out", [&]() -> Result<Recorded> {
    {
      Query known = state_->query("SELECT 1 FROM facts WHERE unit = ? AND kind = 1 AND event = ?");
      if (known.bind(fact.unit).bind(fact.event).step()) return Recorded::kKnown;
    }
    fact.at = latest_opt_in(*state_, fact.unit, now);
    return put_fact(*state_, fact);
  });
}

Result<Recorded> ContactStateImpl::record_list(std::string_view unit, ContactList list, bool is_on,
                                               std::string_view channel, TimeMs at, std::string_view event_id) {
  const FactKind kind = list == ContactList::kPriority ? FactKind::kPriority : FactKind::kDoNotContact;
  return record({{}, kind, {}, at, is_on ? kCodeOn : kCodeOff, channel, {}}, unit, event_id);
}

Result<Recorded> ContactStateImpl::record_complaint(std::string_view unit, std::string_view severity, TimeMs at,
                                                    std::string_view event_id) {
  if (!is_key(severity)) return invalid("the severity is no key", "severity", "normal, escalated, or one of your own");
  return record({{}, FactKind::kComplaint, {}, at, 0, {}, severity}, unit, event_id);
}

Result<Recorded> ContactStateImpl::record_response(std::string_view unit, std::string_view ticket, TimeMs at,
                                                   std::string_view event_id) {
  if (auto mistake = mistake_in(unit, {}, {}, at)) return *std::move(mistake);
  const ContactId who = identity_.unit(unit);
  const ContactId about = ticket.empty() ? ContactId{} : identity_.ticket(ticket);
  const ContactId event = event_of(unit, event_id, "response|" + std::to_string(at) + "|" + about.hex());
  return writing<Recorded>("cannot record the response", [&]() -> Result<Recorded> {
    bool is_known = false;
    {
      Query known = state_->query("SELECT 1 FROM responses WHERE unit = ? AND event = ?");
      is_known = known.bind(who).bind(event).step();
    }
    state_
        ->query(
            "INSERT INTO responses(unit, event, at, ticket) VALUES(?, ?, ?, ?) ON CONFLICT(unit, event) "
            "DO UPDATE SET at = excluded.at, ticket = excluded.ticket WHERE (excluded.at, excluded.ticket) < (at, "
            "ticket)")
        .bind(who)
        .bind(event)
        .bind(at)
        .bind(about)
        .run();
    const ContactId none;
    state_->query("DELETE FROM awaiting WHERE unit = ?1 AND at <= ?2 AND (?3 = ?4 OR ticket = ?3)")
        .bind(who)
        .bind(at)
        .bind(about)
        .bind(none)
        .run();
    return is_known ? Recorded::kKnown : Recorded::kNew;
  });
}

Result<Recorded> ContactStateImpl::record_move(const TicketStates& states, std::string_view unit,
                                               std::string_view ticket, std::string_view to, TimeMs at,
                                               std::string_view event_id, bool is_live) {
  if (auto mistake = mistake_in(unit, {}, {}, at)) return *std::move(mistake);
  if (ticket.empty()) return invalid("the ticket's id is missing", "ticket");
  if (!states.is_state(to)) {
    return invalid("\"" + printable(to) + "\" is no ticket state of the policy", "to", "/tickets/states lists them");
  }
  const ContactId who = identity_.unit(unit), about = identity_.ticket(ticket);
  const ContactId event =
      event_of(unit, event_id, "move|" + std::to_string(at) + "|" + about.hex() + "|" + std::string(to));
  return writing<Recorded>("cannot record the ticket's move", [&]() -> Result<Recorded> {
    bool is_known = false;
    {
      Query known = state_->query("SELECT 1 FROM moves WHERE ticket = ? AND event = ?");
      is_known = known.bind(about).bind(event).step();
    }
    if (is_live && !is_known) {
      const std::string present = ticket_state(*state_, about);
      const std::string& from = present.empty() ? states.initial : present;
      if (!states.may_follow(from, to)) {
        return Error{ErrorCode::kConflict,
                     "a ticket in state \"" + printable(from) + "\" does not move to \"" + printable(to) + "\"", "to",
                     "/tickets/transitions declares the moves"};
      }
    }
    state_
        ->query(
            "INSERT INTO moves(ticket, event, unit, at, state) VALUES(?, ?, ?, ?, ?) ON CONFLICT(ticket, event) "
            "DO UPDATE SET at = excluded.at, state = excluded.state WHERE (excluded.at, excluded.state) < (at, state)")
        .bind(about)
        .bind(event)
        .bind(who)
        .bind(at)
        .bind(to)
        .run();
    return is_known ? Recorded::kKnown : Recorded::kNew;
  });
}

Result<Recorded> ContactStateImpl::record_ticket(const TicketStates& states, std::string_view unit,
                                                 std::string_view ticket, std::string_view to, TimeMs at,
                                                 std::string_view event_id) {
  return record_move(states, unit, ticket, to, at, event_id, false);
}

Result<Recorded> ContactStateImpl::move_ticket(const TicketStates& states, std::string_view unit,
                                               std::string_view ticket, std::string_view to, TimeMs now,
                                               std::string_view event_id) {
  return record_move(states, unit, ticket, to, now, event_id, true);
}

Result<std::vector<TicketTransition>> ContactStateImpl::ticket_log(std::string_view ticket) const {
  const ContactId about = identity_.ticket(ticket);
  return reading<std::vector<TicketTransition>>("cannot read the ticket's log", [&]() {
    std::vector<TicketTransition> log;
    Query rows = state_->query("SELECT event, at, state FROM moves WHERE ticket = ? ORDER BY at, state");
    rows.bind(about);
    while (rows.step()) {
      std::string from = log.empty() ? std::string() : log.back().to;
      log.push_back({rows.id(0), about, std::move(from), std::string(rows.text(2)), rows.integer(1)});
    }
    return log;
  });
}

}  // namespace tactful
