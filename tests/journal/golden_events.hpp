#pragma once

#include <string>
#include <utility>
#include <vector>

#include "journal_fixture.hpp"

namespace tactful::test {

inline constexpr std::string_view kGoldenForgotten = "customer-4";

/// The events of the journals in tests/golden/journal: every type, every field of the schema `version`, texts of other
/// alphabets, negative and large numbers. What stands here never changes; a later version adds.
inline void record_golden_events(Journal& journal, int part) {
  const auto record = [&](const Event& event) { ASSERT_TRUE(journal.record(event).ok()); };
  const std::vector<std::pair<std::string_view, std::string_view>> segments{{"region", "No\"rth\\"}, {"年龄", "30–39"}};
  Event exposure;
  exposure.type = EventType::kExposure;
  exposure.unit = "customer-1";
  exposure.cluster = "household-1";
  exposure.at = 1'779'999'999'123 + part;
  exposure.event_id = part == 1 ? "exposure-1" : "exposure-2";
  exposure.experiment = "payment-reminder";
  exposure.experiment_fingerprint = "abcdef0123456789";
  exposure.variant = part == 1 ? "control" : "Freundliche Erinnerung";
  exposure.wording_fingerprint = "0123";
  exposure.phase = "pilot";
  exposure.reason = "assigned";
  exposure.channel = "sms";
  exposure.segments = segments;
  record(exposure);
  Event delivery = exposure;
  delivery.type = EventType::kDelivery;
  delivery.cluster = {};
  delivery.event_id = part == 1 ? "delivery-1" : "delivery-2";
  delivery.segments = {};
  delivery.reason = "degraded";
  record(delivery);
  Event hold;
  hold.type = EventType::kHold;
  hold.unit = "customer-2";
  hold.at = -1;
  hold.event_id = part == 1 ? "hold-1" : "hold-2";
  hold.experiment = "payment-reminder";
  hold.reason = "quiet-hours";
  record(hold);
  Event contact;
  contact.type = EventType::kContact;
  contact.unit = "customer-3";
  contact.at = 1'780'000'000'000;
  contact.event_id = part == 1 ? "contact-1" : "contact-2";
  contact.channel = "call";
  record(contact);
  record(outcome("customer-1", part == 1 ? "outcome-1" : "outcome-2", part == 1 ? -2.5 : 1e300));
  ASSERT_TRUE(journal.flush().ok());
}

/// What version 2 added, after the events of version 1: tickets, assignees, states, and a customer who was forgotten.
inline void record_golden_events_2(Journal& journal) {
  const auto record = [&](const Event& event) { ASSERT_TRUE(journal.record(event).ok()); };
  Event contact;
  contact.type = EventType::kContact;
  contact.unit = "customer-3";
  contact.at = 1'780'000'000'000;
  contact.event_id = "contact-3";
  contact.experiment = "payment-reminder";
  contact.wording_fingerprint = "0123";
  contact.reason = "sent";
  contact.channel = "sms";
  contact.ticket = "ticket-1";
  contact.assignee = "clerk-1";
  contact.ticket_before = "open";
  contact.ticket_after = "waiting-for-customer";
  record(contact);
  Event hold = contact;
  hold.type = EventType::kHold;
  hold.event_id = "hold-3";
  hold.reason = "ticket-state";
  hold.wording_fingerprint = {};
  hold.assignee = {};
  hold.ticket_after = {};
  record(hold);
  record(outcome(kGoldenForgotten, "outcome-3", 1.0));
  record(outcome("customer-3", "outcome-4", 0.1));
  ASSERT_TRUE(journal.flush().ok());
}

}  // namespace tactful::test
