#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tactful/core/time.hpp"

namespace tactful {

/// What became of an attempt to reach a customer, from worst to best; of several reports the best counts.
enum class AttemptOutcome {
  kFailed,        ///< Not delivered, busy, not answered.
  kDelivered,     ///< The message arrived.
  kConnected,     ///< The call was answered, the message was opened.
  kConversation,  ///< An effective conversation.
};
[[nodiscard]] std::string_view to_string(AttemptOutcome outcome) noexcept;
[[nodiscard]] std::optional<AttemptOutcome> attempt_outcome(std::string_view name) noexcept;

/// What every contact leaves behind. A sender writes it into its journal as contact events, but for the policy's
/// fingerprint, which the contact state keeps with the reservation (ContactState::policies(), export_unit()). The time
/// until the customer responds is known later: response_times() of tally finds it in the store. Raw ids: whoever
/// stores them makes pseudonyms of them first.
struct ContactRecord {
  TimeMs at = 0;
  std::string sender;    ///< Program that sent; a key.
  std::string assignee;  ///< Raw id of who works the ticket; may be empty.
  std::string unit;      ///< Raw id of the customer.
  std::string channel;
  std::string purpose;
  std::string reminder;
  std::string ticket;         ///< Raw id; may be empty.
  std::string ticket_before;  ///< State when it was reserved; may be empty.
  std::string ticket_after;   ///< State when the attempt was reported; may be empty.
  std::string wording_fingerprint;
  std::string policy_fingerprint;         ///< Of the policy that decided; empty where there is no contact state.
  std::optional<AttemptOutcome> outcome;  ///< Absent until it is reported.
  bool operator==(const ContactRecord&) const = default;
};

}  // namespace tactful
