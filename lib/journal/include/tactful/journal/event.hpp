#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/core/time.hpp"
#include "tactful/journal/pseudonym.hpp"

namespace tactful {

/// Kinds of events from journal version 1 on; the numbers are stored (docs/spec/events.md).
enum class EventType : std::uint8_t {
  kHold = 1,      ///< A message was not sent (contact rules, incomplete): why, before or instead of an exposure.
  kExposure = 2,  ///< A unit was given its variant for a message that may be sent; recorded before rendering.
  kContact = 3,   ///< A contact was reserved or made.
  kDelivery = 4,  ///< What was really delivered: the variant, or control's text when degraded.
  kOutcome = 5,   ///< Something that happened to the unit.
};

[[nodiscard]] std::string_view to_string(EventType type) noexcept;

/// An event as a program hands it over; raw ids, pseudonymised before they leave the caller's thread.
/// Empty text means "none". Keys and labels are checked (is_key, is_label).
struct Event {
  EventType type = EventType::kOutcome;
  std::string_view unit;      ///< Raw id of the customer; required.
  std::string_view cluster;   ///< Raw id of the household, ticket, ...; required by clustered experiments.
  TimeMs at = 0;              ///< When it happened.
  std::string_view event_id;  ///< Client-made id, unique per (source, unit): retries with the same id count once.
                              ///< Empty: one is made.
  std::string_view source = "sender";  ///< Who reports: sender, crm, call-centre, ...; a key.
  std::string_view experiment;         ///< Key; required but for outcomes and contacts.
  std::string_view experiment_fingerprint;
  std::string_view variant;  ///< Label; exposure: assigned, delivery: delivered.
  std::string_view wording_fingerprint;
  std::string_view phase;       ///< pilot, rollout-1, ...
  std::string_view reason;      ///< Assignment, hold or degradation reason; a key.
  std::string_view channel;     ///< sms, call, ...; a key.
  std::string_view kind;        ///< Outcome kind; required for outcomes; a key.
  std::optional<double> value;  ///< Outcome value; finite; absent means 1.
  std::span<const std::pair<std::string_view, std::string_view>>
      segments;             ///< Attribute name and value, labels; exposures only.
  std::string_view ticket;  ///< Raw id of the ticket that the contact is about; contacts and holds only, as all below.
  std::string_view assignee;       ///< Raw id of who is responsible for it.
  std::string_view ticket_before;  ///< State of the ticket when the contact was decided; a key.
  std::string_view ticket_after;   ///< ... and after it; a key.
};

/// An event as a journal stores it and collect reads it. Texts are indexes into the journal's dictionary (0: none).
struct StoredEvent {
  std::int64_t sequence = 0;  ///< From 1, in the order of acknowledgement.
  EventType type = EventType::kOutcome;
  UnitId unit = 0;
  UnitId cluster = 0;
  TimeMs at = 0;
  TimeMs recorded_at = 0;
  std::int64_t event = 0;  ///< Keyed hash of the event id.
  std::int32_t source = 0, experiment = 0, experiment_fingerprint = 0, variant = 0, wording_fingerprint = 0, phase = 0,
               reason = 0, channel = 0, kind = 0;
  std::int32_t segments = 0;  ///< Canonical JSON object of name to value.
  double value = 0.0;
  UnitId ticket = 0, assignee = 0;                   ///< Contacts and holds only; 0 in journals of version 1.
  std::int32_t ticket_before = 0, ticket_after = 0;  ///< Texts.
};

}  // namespace tactful
