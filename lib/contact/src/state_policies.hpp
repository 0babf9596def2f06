#pragma once

#include <map>

#include "state_rows.hpp"

/// Which policy decided a contact: kept from version 2 of the file on. All of it throws SQLite::Exception; the caller
/// holds the transaction. A file of version 1 (open for reading only) has none of it.
namespace tactful {

/// Notes that `policy` allowed `contact`, with the tiers that bound it. The policy's rules are kept once a fingerprint.
void note_policy(StateDatabase& state, const ContactId& contact, const ContactPolicy& policy,
                 std::string_view fingerprint, const ContactRequest& request);

/// The policy that decided a contact; empty where that was not recorded.
struct DecidedBy {
  std::string key, fingerprint;
  std::vector<std::string> tiers;  ///< Keys of those that bound it.
};
/// Of all contacts of a unit.
[[nodiscard]] std::map<ContactId, DecidedBy> policies_of_unit(StateDatabase& state, const ContactId& unit);

/// The segments with which a request meets the tiers that bound the contact, as far as the policy still has them.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> segments_of(StateDatabase& state,
                                                                                     const ContactId& contact,
                                                                                     const ContactPolicy& policy);

/// Adds to `orphans` what one batch of contacts after `last` holds of contacts that are gone; false once there is no
/// more.
[[nodiscard]] bool next_orphans(StateDatabase& state, ContactId& last, std::vector<ContactId>& orphans);
void remove_orphan(StateDatabase& state, const ContactId& contact);

/// Adds one batch of contacts after `last` to the policies that decided them, by the policies' ids; false once there is
/// no more. One transaction a batch: while it reads, no process can commit an opt-out or a reservation.
[[nodiscard]] bool add_policy_uses(StateDatabase& state, ContactId& last, std::map<std::int64_t, PolicyUse>& uses);
/// Their keys, fingerprints and rules.
void name_policies(StateDatabase& state, std::map<std::int64_t, PolicyUse>& uses);

}  // namespace tactful
