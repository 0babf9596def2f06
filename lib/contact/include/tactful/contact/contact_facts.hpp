#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/contact/contact_identity.hpp"
#include "tactful/contact/contact_record.hpp"
#include "tactful/core/time.hpp"

/// What the contact state remembers of one customer: a set of facts, each with its event's id. The set alone decides,
/// not the order of arrival: late, repeated and reordered events give the same state.
namespace tactful {

/// Times outside are refused: 1970-01-01 and 9000-01-01.
inline constexpr TimeMs kEarliestContact = 0;
inline constexpr TimeMs kLatestContact = 221'845'392'000'000;

enum class ConsentKind { kOptIn, kOptOut };

/// Consent given or withdrawn. For a purpose and channel the latest fact that covers them is in force; of equal times
/// the opt-out. A permission dated after `now` is not in force yet; an objection is at once, whatever its date.
struct ConsentFact {
  ContactId event;
  ConsentKind kind = ConsentKind::kOptOut;
  std::string purpose;  ///< Empty: all.
  std::string channel;  ///< Empty: all.
  TimeMs at = 0;
  bool operator==(const ConsentFact&) const = default;
};

enum class ContactList { kDoNotContact, kPriority };
[[nodiscard]] std::string_view to_string(ContactList list) noexcept;

/// Put on a list or taken off. The latest fact that covers the channel is in force; of equal times the entry. Taking
/// off counts from its date on, an entry at once.
struct ListFact {
  ContactId event;
  ContactList list = ContactList::kDoNotContact;
  bool is_on = true;
  std::string channel;  ///< Empty: all.
  TimeMs at = 0;
  bool operator==(const ListFact&) const = default;
};

/// A contact that was reserved. Without a report of its outcome it counts as made: the sender may have died after
/// sending.
struct ContactFact {
  ContactId event;
  TimeMs at = 0;
  std::string channel;
  std::string purpose;
  bool is_released = false;               ///< Not sent after all; does not count. A reported outcome outranks it.
  std::optional<AttemptOutcome> outcome;  ///< The best that was reported.
  bool operator==(const ContactFact&) const = default;

  [[nodiscard]] bool counts() const noexcept { return outcome.has_value() || !is_released; }
};

struct ComplaintFact {
  ContactId event;
  std::string severity;  ///< A key: normal, escalated, or the user's own.
  TimeMs at = 0;
  bool operator==(const ComplaintFact&) const = default;
};

/// Everything known of one customer.
struct UnitFacts {
  std::vector<ConsentFact> consents;
  std::vector<ListFact> lists;
  std::vector<ContactFact> contacts;
  std::vector<ComplaintFact> complaints;
  std::string ticket_state;  ///< Recorded state of the ticket that was asked about; empty: none.
  bool operator==(const UnitFacts&) const = default;

  /// The consent in force at `now`, or nothing where none was ever given or withdrawn.
  [[nodiscard]] std::optional<ConsentKind> consent(std::string_view purpose, std::string_view channel,
                                                   TimeMs now) const noexcept;
  /// Whether the customer is on the list for the channel; an empty channel asks for entries of all channels only.
  [[nodiscard]] bool is_on(ContactList list, std::string_view channel, TimeMs now) const noexcept;
};

}  // namespace tactful
