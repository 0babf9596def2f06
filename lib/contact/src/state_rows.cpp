#include "state_rows.hpp"

#include <algorithm>

namespace tactful {
namespace {

void add_fact(const Query& row, UnitFacts& facts) {
  const auto kind = static_cast<FactKind>(row.integer(0));
  const auto code = static_cast<int>(row.integer(3));
  const auto channel = [&] { return std::string(row.text(4)); };
  const auto subject = [&] { return std::string(row.text(5)); };
  switch (kind) {
    case FactKind::kConsent:
      facts.consents.push_back({row.id(1), code == kCodeOptIn ? ConsentKind::kOptIn : ConsentKind::kOptOut, subject(),
                                channel(), row.integer(2)});
      break;
    case FactKind::kDoNotContact:
    case FactKind::kPriority:
      facts.lists.push_back({row.id(1),
                             kind == FactKind::kPriority ? ContactList::kPriority : ContactList::kDoNotContact,
                             code == kCodeOn, channel(), row.integer(2)});
      break;
    case FactKind::kContact:
      facts.contacts.push_back(
          {row.id(1), row.integer(2), channel(), subject(), (code & kCodeReleased) != 0, outcome_of(code)});
      break;
    case FactKind::kComplaint:
      facts.complaints.push_back({row.id(1), subject(), row.integer(2)});
      break;
  }
}

}  // namespace

std::optional<AttemptOutcome> outcome_of(int code) noexcept {
  const int stored = code >> 1;
  if (stored <= 0) return std::nullopt;
  return static_cast<AttemptOutcome>(std::min(stored - 1, static_cast<int>(AttemptOutcome::kConversation)));
}

int contact_code(bool is_released, std::optional<AttemptOutcome> outcome) noexcept {
  return (outcome ? (static_cast<int>(*outcome) + 1) << 1 : 0) | (is_released ? kCodeReleased : 0);
}

UnitFacts read_facts(StateDatabase& state, const ContactId& unit, const ContactId& ticket) {
  UnitFacts facts;
  {
    Query rows = state.query("SELECT kind, event, at, code, channel, subject FROM facts WHERE unit = ?");
    rows.bind(unit);
    while (rows.step()) add_fact(rows, facts);
  }
  if (!ticket.is_none()) facts.ticket_state = ticket_state(state, ticket);
  return facts;
}

bool has_fact(StateDatabase& state, const FactRow& fact) {
  Query known = state.query("SELECT 1 FROM facts WHERE unit = ? AND kind = ? AND event = ?");
  return known.bind(fact.unit).bind(static_cast<std::int64_t>(fact.kind)).bind(fact.event).step();
}

Recorded put_fact(StateDatabase& state, const FactRow& fact) {
  // Kinds 1 to 3 with code 0 are objections and entries: what was raised again stands as of the last time.
  const int changed =
      state
          .query(
              "INSERT INTO facts(unit, kind, event, at, code, channel, subject) VALUES(?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT(unit, kind, event) DO UPDATE SET at = excluded.at, code = excluded.code, "
              "channel = excluded.channel, subject = excluded.subject "
              "WHERE CASE WHEN kind <= 3 AND code = 0 THEN excluded.code = 0 AND excluded.at > at ELSE "
              "(excluded.at, excluded.code, excluded.channel, excluded.subject) < (at, code, channel, subject) END")
          .bind(fact.unit)
          .bind(static_cast<std::int64_t>(fact.kind))
          .bind(fact.event)
          .bind(fact.at)
          .bind(std::int64_t{fact.code})
          .bind(fact.channel)
          .bind(fact.subject)
          .run();
  return changed > 0 ? Recorded::kNew : Recorded::kKnown;
}

TimeMs latest_permission(StateDatabase& state, const ContactId& unit, FactKind kind, TimeMs otherwise) {
  Query latest = state.query("SELECT max(at) FROM facts WHERE unit = ? AND kind = ? AND code = 1");
  latest.bind(unit).bind(static_cast<std::int64_t>(kind));
  return latest.step() ? std::max<TimeMs>(latest.integer(0), otherwise) : otherwise;
}

std::optional<ContactRow> find_contact(StateDatabase& state, const ContactId& contact) {
  Query row = state.query("SELECT unit, code FROM facts WHERE event = ? AND kind = 4");
  if (!row.bind(contact).step()) return std::nullopt;
  return ContactRow{row.id(0), static_cast<int>(row.integer(1))};
}

void set_contact_code(StateDatabase& state, const ContactId& unit, const ContactId& contact, int code) {
  state.query("UPDATE facts SET code = ? WHERE unit = ? AND kind = 4 AND event = ?")
      .bind(std::int64_t{code})
      .bind(unit)
      .bind(contact)
      .run();
}

std::string ticket_state(StateDatabase& state, const ContactId& ticket) {
  Query latest = state.query("SELECT state FROM moves WHERE ticket = ? ORDER BY at DESC, state DESC LIMIT 1");
  return latest.bind(ticket).step() ? std::string(latest.text(0)) : std::string();
}

AwaitingResponse awaiting_row(const Query& query) {
  AwaitingResponse awaiting;
  awaiting.contact = query.id(0);
  awaiting.unit = query.id(1);
  awaiting.ticket = query.id(2);
  awaiting.contacted_at = query.integer(3);
  awaiting.deadline = query.integer(4);
  awaiting.policy = query.text(5);
  awaiting.experiment = query.text(6);
  awaiting.reminder = query.text(7);
  awaiting.channel = query.text(8);
  awaiting.purpose = query.text(9);
  awaiting.zone = query.text(10);
  awaiting.ticket_state = query.text(11);
  return awaiting;
}

std::vector<std::string> steps_taken(StateDatabase& state, const ContactId& contact) {
  std::vector<std::string> steps;
  Query rows = state.query("SELECT step FROM steps WHERE contact = ? ORDER BY step");
  rows.bind(contact);
  while (rows.step()) steps.emplace_back(rows.text(0));
  return steps;
}

void put_awaiting(StateDatabase& state, const AwaitingResponse& awaiting) {
  state
      .query(
          "INSERT OR REPLACE INTO awaiting(contact, unit, ticket, at, deadline, policy, experiment, reminder, channel, "
          "purpose, zone, ticket_state) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(awaiting.contact)
      .bind(awaiting.unit)
      .bind(awaiting.ticket)
      .bind(awaiting.contacted_at)
      .bind(awaiting.deadline)
      .bind(std::string_view(awaiting.policy))
      .bind(std::string_view(awaiting.experiment))
      .bind(std::string_view(awaiting.reminder))
      .bind(std::string_view(awaiting.channel))
      .bind(std::string_view(awaiting.purpose))
      .bind(std::string_view(awaiting.zone))
      .bind(std::string_view(awaiting.ticket_state))
      .run();
}

bool has_responded(StateDatabase& state, const ContactId& unit, const ContactId& ticket, TimeMs at) {
  Query rows = state.query("SELECT ticket FROM responses WHERE unit = ? AND at >= ?");
  rows.bind(unit).bind(at);
  while (rows.step()) {
    const ContactId about = rows.id(0);
    if (about.is_none() || about == ticket) return true;
  }
  return false;
}

}  // namespace tactful
