#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/contact/contact_facts.hpp"
#include "tactful/contact/contact_policy.hpp"

namespace tactful {

/// What a sender wants to do, before a variant is chosen. Texts must live through the call.
struct ContactRequest {
  std::string_view unit;                 ///< Raw id of the customer; required.
  std::string_view purpose = "service";  ///< A key.
  std::string_view channel;              ///< A key; required.
  std::string_view zone;                 ///< IANA name of the customer's zone; empty or unknown: the policy's.
  std::string_view reminder;             ///< Kind: the experiment's scenario or its key. A key, or empty.
  std::string_view experiment;           ///< Key; may be empty. Remembered for the ladder.
  std::string_view ticket;               ///< Raw id; may be empty.
  std::string_view ticket_state;         ///< A key, as the caller knows it; empty: as recorded, else the initial state.
  std::span<const std::pair<std::string_view, std::string_view>> segments;  ///< For tiers.
  std::int64_t add_ons = 0;  ///< Offers in the message beside the reminder itself.
  TimeMs respond_by = 0;     ///< Deadline of the response; 0: the policy's `respond_within` after the contact.
  ContactId follow_up_of;    ///< Of a ladder's reminder: the contact it follows; else none.
  std::string_view step;     ///< Of a ladder's reminder: the step's key.
};

enum class ContactVerdict {
  kAllowed,
  kHold,          ///< Not now; `until` says from when, if nothing else happens meanwhile.
  kDoNotContact,  ///< Waiting alone does not change it.
};
[[nodiscard]] std::string_view to_string(ContactVerdict verdict) noexcept;

/// Why; the names are stable (docs/reference/contact.md) and counted in scorecards. In the order in which they outrank
/// each other: of several that refuse, the first is named; every one that holds moves `until`.
enum class ContactReason {
  kAllowed,
  kStateUnavailable,   ///< Hold: the state could not be read or written, so nothing may be sent.
  kInvalidRequest,     ///< Do not contact: no customer, no channel, or a name that is no key.
  kDoNotContactList,   ///< Do not contact.
  kOptedOut,           ///< Do not contact.
  kNoConsent,          ///< Do not contact: the purpose needs an opt-in, and there is none.
  kPriorityPerson,     ///< Do not contact: a person decides about customers of the priority list.
  kAddOnCap,           ///< Do not contact: more offers than one contact may carry.
  kTicketMissing,      ///< Do not contact.
  kTicketState,        ///< Do not contact: not in this state of the ticket.
  kDuplicate,          ///< Do not contact: this message was reserved before.
  kLadderEnded,        ///< Do not contact: the step was taken, or the customer has responded.
  kLifetimeCap,        ///< Do not contact.
  kNoContactHours,     ///< Do not contact: no moment within 400 days is allowed.
  kComplaintCoolDown,  ///< Hold.
  kFailedAttempts,     ///< Hold.
  kCap,                ///< Hold.
  kMinimumInterval,    ///< Hold.
  kQuietHours,         ///< Hold.
};
[[nodiscard]] std::string_view to_string(ContactReason reason) noexcept;
inline constexpr int kContactReasons = 19;

struct ContactDecision {
  ContactVerdict verdict = ContactVerdict::kHold;
  ContactReason reason = ContactReason::kStateUnavailable;
  TimeMs until = 0;               ///< Of a hold: the earliest moment at which this request would be allowed.
  bool is_priority = false;       ///< The customer is on the priority list.
  bool zone_is_fallback = false;  ///< A zone could not be found; the policy's, or its fixed offset, was used.
  std::string_view ticket_state;  ///< State that was judged; of the policy, or of the request. Empty without tickets.
  std::optional<Error> error;     ///< With kStateUnavailable and kInvalidRequest: why.

  [[nodiscard]] bool is_allowed() const noexcept { return verdict == ContactVerdict::kAllowed; }
};

/// Decides from what is known of the customer. Pure: equal arguments give equal decisions; `facts` may be in any order.
/// A contact dated after `now` (a clock was moved back) counts as if it were made now, in every period and interval, so
/// that a wrong clock never makes contacts more frequent. `until` is exact: not one of the moments from `now` until it
/// is allowed, and at it the decision is allowed, with the same facts.
/// Complexity: O(facts) for each limit, times the limits that hold one after the other.
[[nodiscard]] ContactDecision decide_contact(const ContactPolicy& policy, const TimeZone& zone,
                                             const ContactRequest& request, const UnitFacts& facts, TimeMs now);

}  // namespace tactful
