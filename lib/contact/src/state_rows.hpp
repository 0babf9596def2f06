#pragma once

#include "state_database.hpp"
#include "state_schema.hpp"

/// The rows of the contact state. All of it throws SQLite::Exception; the caller holds the transaction.
namespace tactful {

struct FactRow {
  ContactId unit;
  FactKind kind = FactKind::kConsent;
  ContactId event;
  TimeMs at = 0;
  int code = 0;
  std::string_view channel;
  std::string_view subject;
};

/// Everything known of a unit; the ticket's state where there is one.
[[nodiscard]] UnitFacts read_facts(StateDatabase& state, const ContactId& unit, const ContactId& ticket);

/// Adds a fact; kKnown when it changes nothing. Of two times of one objection or list entry the later stands, of two
/// contents of anything else the smaller one (earlier).
[[nodiscard]] Recorded put_fact(StateDatabase& state, const FactRow& fact);
[[nodiscard]] bool has_fact(StateDatabase& state, const FactRow& fact);

/// When the unit's latest permission was given (kind 1: an opt-in; of a list: taken off), or `otherwise` when that is
/// later.
[[nodiscard]] TimeMs latest_permission(StateDatabase& state, const ContactId& unit, FactKind kind, TimeMs otherwise);

/// `code` of a contact.
[[nodiscard]] std::optional<AttemptOutcome> outcome_of(int code) noexcept;
[[nodiscard]] int contact_code(bool is_released, std::optional<AttemptOutcome> outcome) noexcept;

struct ContactRow {
  ContactId unit;
  int code = 0;
};
/// A reserved contact by its id.
[[nodiscard]] std::optional<ContactRow> find_contact(StateDatabase& state, const ContactId& contact);
void set_contact_code(StateDatabase& state, const ContactId& unit, const ContactId& contact, int code);

/// Where the ticket's latest move led; empty where there is none.
[[nodiscard]] std::string ticket_state(StateDatabase& state, const ContactId& ticket);

/// Rows of `awaiting` for a query of all its columns, with the steps taken.
inline constexpr const char* kAwaitingColumns =
    "contact, unit, ticket, at, deadline, policy, experiment, reminder, channel, purpose, zone, ticket_state";
[[nodiscard]] AwaitingResponse awaiting_row(const Query& query);
[[nodiscard]] std::vector<std::string> steps_taken(StateDatabase& state, const ContactId& contact);
void put_awaiting(StateDatabase& state, const AwaitingResponse& awaiting);
/// Whether the customer has responded to a contact made at `at` (about `ticket`, or about anything).
[[nodiscard]] bool has_responded(StateDatabase& state, const ContactId& unit, const ContactId& ticket, TimeMs at);

}  // namespace tactful
