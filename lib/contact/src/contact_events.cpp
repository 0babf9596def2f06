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

// An objection must not be lost behind a permission, nor behind one of another channel or purpose, that came under the
// same id: what is said is part of the identity. Keys hold no '|', so nothing runs into the id that follows.
std::string scoped(std::string_view event_id, const FactRow& fact) {
  if (event_id.empty() || fact.kind == FactKind::kComplaint) return std::string(event_id);
  return "said:" + std::to_string(fact.code) + "|" + std::string(fact.channel) + "|" + std::string(fact.subject) + "|" +
         std::string(event_id);
}

FactRow row_of(const ContactEntry& entry, TimeMs now) {
  FactRow fact;
  fact.kind = FactKind::kConsent;
  if (entry.list) fact.kind = *entry.list == ContactList::kPriority ? FactKind::kPriority : FactKind::kDoNotContact;
  const bool is_permission = entry.list ? !entry.is_on : entry.consent == ConsentKind::kOptIn;
  fact.code = is_permission ? 1 : 0;
  fact.at = entry.at.value_or(now);
  fact.channel = entry.channel;
  if (!entry.list) fact.subject = entry.purpose;
  return fact;
}

static_assert(kCodeOptIn == 1 && kCodeOff == 1 && kCodeOptOut == 0 && kCodeOn == 0);

}  // namespace

Result<Recorded> ContactStateImpl::record(FactRow fact, std::string_view unit, std::string_view event_id) {
  if (auto mistake = mistake_in(unit, fact.channel, fact.subject, fact.at)) return *std::move(mistake);
  fact.unit = identity_.unit(unit);
  fact.event = event_of(unit, scoped(event_id, fact), content_of(fact));
  return writing<Recorded>("cannot record the event", [&]() -> Result<Recorded> { return put_fact(*state_, fact); });
}

// Within a transaction.
Recorded ContactStateImpl::put_entry(const ContactEntry& entry, TimeMs now) {
  FactRow fact = row_of(entry, now);
  fact.unit = identity_.unit(entry.unit);
  fact.event = event_of(entry.unit, scoped(entry.event_id, fact), content_of(fact));
  if (!entry.at && fact.code == 0) {
    if (has_fact(*state_, fact)) return Recorded::kKnown;
    fact.at = latest_permission(*state_, fact.unit, fact.kind, now);
  }
  return put_fact(*state_, fact);
}

Result<std::int64_t> ContactStateImpl::record_entries(std::span<const ContactEntry> entries, TimeMs now) {
  for (const ContactEntry& entry : entries) {
    if (auto mistake = mistake_in(entry.unit, entry.channel, entry.purpose, entry.at.value_or(now)))
      return *std::move(mistake);
  }
  return writing<std::int64_t>("cannot record the entries", [&]() -> Result<std::int64_t> {
    std::int64_t added = 0;
    for (const ContactEntry& entry : entries) added += put_entry(entry, now) == Recorded::kNew ? 1 : 0;
    return added;
  });
}

Result<Recorded> ContactStateImpl::record_one(const ContactEntry& entry, TimeMs now) {
  const auto added = record_entries({&entry, 1}, now);
  if (!added) return added.error();
  return *added > 0 ? Recorded::kNew : Recorded::kKnown;
}

Result<Recorded> ContactStateImpl::record_consent(std::string_view unit, ConsentKind kind, std::string_view purpose,
                                                  std::string_view channel, TimeMs at, std::string_view event_id) {
  ContactEntry entry;
  entry.consent = kind;
  entry.unit = unit;
  entry.purpose = purpose;
  entry.channel = channel;
  entry.at = at;
  entry.event_id = event_id;
  return record_one(entry, at);
}

Result<Recorded> ContactStateImpl::opt_out(std::string_view unit, std::string_view purpose, std::string_view channel,
                                           TimeMs now, std::string_view event_id) {
  ContactEntry entry;
  entry.unit = unit;
  entry.purpose = purpose;
  entry.channel = channel;
  entry.event_id = event_id;
  return record_one(entry, now);
}

Result<Recorded> ContactStateImpl::record_list(std::string_view unit, ContactList list, bool is_on,
                                               std::string_view channel, TimeMs at, std::string_view event_id) {
  ContactEntry entry;
  entry.list = list;
  entry.is_on = is_on;
  entry.unit = unit;
  entry.channel = channel;
  entry.at = at;
  entry.event_id = event_id;
  return record_one(entry, at);
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
