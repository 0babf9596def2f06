#pragma once

#include "store_fixture.hpp"

namespace tactful::store_test {

/// What the golden store files of every released version hold: all types of events, conflicts, duplicates, a wide
/// table. The files lie in tests/store/golden, gzipped; each was made by the code of its version and is never made
/// again.
inline void fill_golden(Store& store) {
  ASSERT_TRUE(store.bind_key("00112233445566aa", "reminders"));
  std::vector<IngestEvent> events;
  for (int i = 1; i <= 300; ++i) {
    IngestEvent e = exposure(1'000'003LL * i, i, 1'000 + i, i % 2 == 0 ? "control" : "kind");
    e.event.cluster = i % 3 == 0 ? 77'000 + i : 0;
    e.experiment_fingerprint = "0123abcd";
    e.wording_fingerprint = "4567";
    e.reason = "assigned";
    e.channel = "sms";
    e.segments = i % 5 == 0 ? R"({"region":"东区"})" : R"({"region":"north"})";
    events.push_back(e);
    e.event.type = EventType::kDelivery;
    e.event.event = 10'000 + i;
    e.event.at += 5;
    e.segments = {};
    events.push_back(e);
    if (i % 4 == 0)
      events.push_back(
          outcome(1'000'003LL * i, 20'000 + i, 2'000 + i, i % 8 == 0 ? "complaint" : "converted", i * 0.5));
    if (i % 50 == 0) {
      IngestEvent hold = e;
      hold.event.type = EventType::kHold;
      hold.event.event = 30'000 + i;
      hold.reason = "quiet-hours";
      events.push_back(hold);
    }
    if (i % 60 == 0) {
      IngestEvent contact{};
      contact.event.type = EventType::kContact;
      contact.event.unit = 1'000'003LL * i;
      contact.event.event = 40'000 + i;
      contact.event.at = 900 + i;
      contact.event.recorded_at = 901 + i;
      contact.source = "sender";
      contact.channel = "call";
      events.push_back(contact);
    }
  }
  const auto first = store.ingest(events, "batch one");
  ASSERT_TRUE(first.has_value()) << describe(first.error());
  std::vector<IngestEvent> later;
  for (int i = 1; i <= 6; ++i) {
    IngestEvent rival = outcome(1'000'003LL * 8 * i, 20'000 + 8 * i, 5'000 + i, "complaint", i);
    later.push_back(rival);
  }
  later.push_back(later.back());
  const auto second = store.ingest(later, "batch two");
  ASSERT_TRUE(second.has_value()) << describe(second.error());
  IngestWide wide;
  wide.experiment = "survey";
  for (int i = 1; i <= 40; ++i) {
    wide.unit.push_back(5'000'011LL * i);
    wide.cluster.push_back(i % 2 == 0 ? 9'000 + i : 0);
    wide.variant.push_back(i % 2 == 0 ? "control" : "kind");
  }
  IngestWide::Outcome answered{"converted", {}, {}};
  IngestWide::Segment age{"age", {}};
  for (int i = 1; i <= 40; ++i) {
    answered.value.push_back(i % 7 == 0 ? 1.0 : 0.0);
    answered.present.push_back(i % 5 == 0 ? 0 : 1);
    age.value.push_back(i % 2 == 0 ? "18-30" : "");
  }
  wide.outcomes.push_back(answered);
  wide.segments.push_back(age);
  const auto table = store.ingest_wide(wide, "units:abc", false);
  ASSERT_TRUE(table.has_value()) << describe(table.error());
}

/// What the file of version 2 holds besides: contacts that tell their ticket, a forgotten unit, a decision, a purge.
inline void fill_golden_2(Store& store) {
  fill_golden(store);
  std::vector<IngestEvent> contacts;
  for (int i = 1; i <= 20; ++i) {
    IngestEvent contact{};
    contact.event.type = EventType::kContact;
    contact.event.unit = 1'000'003LL * i;
    contact.event.event = 50'000 + i;
    contact.event.at = 3'000 + i;
    contact.event.recorded_at = 3'001 + i;
    contact.event.ticket = i % 2 == 0 ? 800 + i : 0;
    contact.event.assignee = i % 3 == 0 ? 900 + i : 0;
    contact.source = "sender";
    contact.channel = "call";
    contact.ticket_before = i % 2 == 0 ? "open" : "";
    contact.ticket_after = i % 4 == 0 ? "promised" : "";
    contacts.push_back(contact);
  }
  ASSERT_TRUE(store.ingest(contacts, "contacts").has_value());
  const auto held = store.quarantine();
  ASSERT_TRUE(held.has_value() && held->size() == 6);
  ASSERT_TRUE(store.decide(held->front().handle, QuarantineAction::kStands, "ann", "the later entry is right", 8'000));
  const UnitId gone[] = {1'000'003LL * 7};
  ASSERT_TRUE(store.forget(gone, 8'100).has_value());
  const Aggregate kept[] = {{"landing", 1'010, 0, "{}"}};
  ASSERT_TRUE(store.purge(1'010, 8'200, kept).has_value());
}

}  // namespace tactful::store_test
