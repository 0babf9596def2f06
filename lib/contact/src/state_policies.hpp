#pragma once

#include <map>

#include "state_rows.hpp"

/// Which policy decided a contact: kept from version 2 of the file on. All of it throws SQLite::Exception; the caller
/// holds the transaction. A file of version 1 (open for reading only) has none of it.
namespace tactful {

/// Notes that `policy` allowed `contact`, with the tiers that bound it. The policy's rules are kept once a fingerprint.
void note_policy(StateDatabase& state, const ContactId& contact, const ContactPolicy& policy,
                 std::string_view fingerprint, const ContactRequest& request);

/// Key and fingerprint of the policy that decided a contact; empty where that was not recorded.
struct DecidedBy {
  std::string key, fingerprint;
};
/// Of all contacts of a unit.
[[nodiscard]] std::map<ContactId, DecidedBy> policies_of_unit(StateDatabase& state, const ContactId& unit);

/// The segments with which a request meets the tiers that bound the contact, as far as the policy still has them.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> segments_of(StateDatabase& state,
                                                                                     const ContactId& contact,
                                                                                     const ContactPolicy& policy);

/// Every policy that decided a contact, by its first contact.
[[nodiscard]] std::vector<PolicyUse> read_policies(StateDatabase& state);

}  // namespace tactful
