#pragma once

#include "policy_reader.hpp"
#include "tactful/contact/contact_policy.hpp"

namespace tactful {

/// Checks the rules between the fields of a policy, and warns of what is probably not meant.
void check_contact_rules(const ContactPolicy& policy, PolicyReader& reader);

}  // namespace tactful
