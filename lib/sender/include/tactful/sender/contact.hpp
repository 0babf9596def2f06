#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tactful/contact/contact_decision.hpp"
#include "tactful/contact/contact_record.hpp"
#include "tactful/contact/contact_state.hpp"

namespace tactful {

/// What a contact is about, beside customer and experiment. Texts must live through the call.
struct ContactAbout {
  std::string_view channel;            ///< A key; required.
  std::string_view message_id = {};    ///< Names the message, unique per customer: one id is reserved once, so that a
                                       ///< retry cannot send twice. Empty: made of experiment and time.
  std::string_view zone = {};          ///< IANA name; empty: the subject's attribute `time_zone`, else the policy's.
  std::string_view ticket = {};        ///< Raw id.
  std::string_view ticket_state = {};  ///< As the program knows it; empty: as recorded.
  std::string_view assignee = {};      ///< Raw id of who works the ticket.
  std::int64_t add_ons = 0;            ///< Offers in the message beside the reminder itself.
  TimeMs respond_by = 0;               ///< 0: the policy's `respond_within` after the contact.
  ContactId follow_up_of = {};         ///< Of a ladder's reminder: the contact it follows.
  std::string_view step = {};          ///< Of a ladder's reminder: the step's key.
};

/// A contact that is about to be made, for Sender::complete().
struct Contact {
  Reservation reservation;
  ContactRecord record;        ///< What is known of it so far.
  std::string message_id;      ///< As given, or as made.
  std::string experiment;      ///< Key.
  std::string fingerprint;     ///< Of the experiment.
  std::string variant, phase;  ///< Whose text it is, and when.

  /// Whether the message may be sent.
  [[nodiscard]] bool is_allowed() const noexcept { return reservation.decision.is_allowed(); }
};

/// Exact counts since Sender::open().
struct ContactCounters {
  std::int64_t asked = 0;                               ///< Calls of may_contact().
  std::int64_t reserved = 0;                            ///< Contacts that stood.
  std::array<std::int64_t, kContactReasons> before{};   ///< may_contact() by reason; index: ContactReason.
  std::array<std::int64_t, kContactReasons> at_send{};  ///< reserve() by reason.
};

}  // namespace tactful
