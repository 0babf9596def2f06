#include "tactful/contact/contact_state.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>

#include "contact_fixture.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TimeMs kNoon = at("2026-05-14T12:00:00+08:00");
constexpr TimeMs kHour = kMillisecondsPerHour;
constexpr TimeMs kDay = kMillisecondsPerDay;

class ContactStateTest : public ContactFixture {};

TEST_F(ContactStateTest, AReservationCountsForEveryProcessAndAfterReopening) {
  const ContactPolicy rules = policy(R"("caps": [{"period": "day", "most": 1}])");
  const auto one = open(), other = open();
  EXPECT_EQ(said(other->decide(rules, request(), kNoon)), "allowed allowed");
  const Reservation made = one->reserve(rules, request(), "m-1", kNoon);
  ASSERT_TRUE(made.decision.is_allowed());
  EXPECT_EQ(made.contact, other->contact_of("li", "m-1"));
  EXPECT_EQ(said(other->decide(rules, request(), kNoon)), "hold contact_cap 2026-05-14T16:00:00.000Z");
  EXPECT_EQ(said(other->reserve(rules, request(), "m-2", kNoon).decision), "hold contact_cap 2026-05-14T16:00:00.000Z");
  EXPECT_EQ(said(other->decide(rules, request("wang"), kNoon)), "allowed allowed");
  EXPECT_EQ(said(open()->decide(rules, request(), kNoon)), "hold contact_cap 2026-05-14T16:00:00.000Z");
}

TEST_F(ContactStateTest, AMessageIsReservedOnceAndGivenBackOnlyIfItWasNotMade) {
  const ContactPolicy rules = policy();
  const auto state = open();
  const Reservation made = state->reserve(rules, request(), "m-1", kNoon);
  const Reservation again = state->reserve(rules, request(), "m-1", kNoon + kDay);
  EXPECT_EQ(said(again.decision), "do_not_contact duplicate");
  EXPECT_TRUE(again.contact.is_none());
  EXPECT_TRUE(
      state->reserve(rules, request("wang"), "m-1", kNoon).decision.is_allowed());  // another customer's message
  ASSERT_TRUE(state->release(made.contact));
  ASSERT_TRUE(state->release(made.contact));  // again: nothing changes
  ASSERT_TRUE(state->complete(made.contact, AttemptOutcome::kConnected));
  ASSERT_TRUE(state->complete(made.contact, AttemptOutcome::kFailed));  // a late, worse report
  EXPECT_EQ(state->facts("li")->contacts.at(0).outcome, AttemptOutcome::kConnected);
  EXPECT_EQ(state->release(made.contact).error().code, ErrorCode::kConflict);
  EXPECT_EQ(state->release(ContactId{}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(state->complete(ContactId{}, AttemptOutcome::kFailed).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(said(state->reserve(rules, request(), "", kNoon).decision), "do_not_contact invalid_request");
}

TEST_F(ContactStateTest, AnOptOutHoldsAtOnceAlsoBehindAFastClock) {
  const ContactPolicy rules = policy();
  const auto one = open(), other = open();
  ASSERT_TRUE(one->record_consent("li", ConsentKind::kOptIn, "", "", kNoon + kHour, "fast"));
  EXPECT_EQ(one->opt_out("li", "", "", kNoon, "stop").value(), Recorded::kNew);
  EXPECT_EQ(said(other->decide(rules, request(), kNoon)), "do_not_contact opted_out");
  EXPECT_EQ(one->opt_out("li", "", "", kNoon + kDay, "stop").value(), Recorded::kKnown);
  ASSERT_TRUE(one->record_consent("li", ConsentKind::kOptIn, "", "", kNoon + 2 * kHour, "back"));
  EXPECT_EQ(said(other->decide(rules, request(), kNoon + 2 * kHour - 1)), "do_not_contact opted_out");  // not yet
  EXPECT_EQ(said(other->decide(rules, request(), kNoon + 2 * kHour)), "allowed allowed");
}

TEST_F(ContactStateTest, ALiveEntryOfAListHoldsAtOnceAlsoBehindAFastClock) {
  const auto state = open();
  ASSERT_TRUE(state->record_list("li", ContactList::kDoNotContact, false, "", kNoon + kHour, "fast"));
  ContactEntry entry;
  entry.unit = "li";
  entry.list = ContactList::kDoNotContact;
  ASSERT_EQ(state->record_entries({&entry, 1}, kNoon).value(), 1);
  EXPECT_EQ(said(state->decide(policy(), request(), kNoon)), "do_not_contact do_not_contact_list");
  EXPECT_EQ(said(state->decide(policy(), request(), kNoon + 2 * kHour)), "do_not_contact do_not_contact_list");
}

TEST_F(ContactStateTest, NoIdLosesAnObjection) {
  const ContactPolicy rules = policy();
  const auto state = open();
  const auto verdict = [&](std::string_view unit, std::string_view channel) {
    return to_string(state->decide(rules, request(unit, channel), kNoon + kDay).reason);
  };
  // Of a second channel, or after a permission, under the id of the first.
  EXPECT_EQ(state->opt_out("li", "", "sms", kNoon, "e").value(), Recorded::kNew);
  EXPECT_EQ(state->opt_out("li", "", "call", kNoon, "e").value(), Recorded::kNew);
  EXPECT_EQ(state->opt_out("li", "", "call", kNoon, "e").value(), Recorded::kKnown);
  EXPECT_EQ(verdict("li", "sms"), "opted_out");
  EXPECT_EQ(verdict("li", "call"), "opted_out");
  ASSERT_TRUE(state->record_consent("wang", ConsentKind::kOptIn, "", "", kNoon, "e"));
  EXPECT_EQ(state->opt_out("wang", "", "", kNoon + kHour, "e").value(), Recorded::kNew);
  EXPECT_EQ(verdict("wang", "sms"), "opted_out");
  // An older permission under the id of an objection does not take its place; nor does an older time of its own.
  ASSERT_TRUE(state->opt_out("sun", "", "", kNoon + kHour, "e"));
  ASSERT_TRUE(state->record_consent("sun", ConsentKind::kOptIn, "", "", kNoon - kHour, "e"));
  EXPECT_EQ(verdict("sun", "sms"), "opted_out");
  ASSERT_TRUE(state->record_consent("sun", ConsentKind::kOptIn, "", "", kNoon, "f"));
  EXPECT_EQ(state->record_consent("sun", ConsentKind::kOptOut, "", "", kNoon - kDay, "e").value(), Recorded::kKnown);
  EXPECT_EQ(verdict("sun", "sms"), "opted_out");
  // Entries of lists alike.
  ASSERT_TRUE(state->record_list("qian", ContactList::kDoNotContact, true, "", kNoon, "e"));
  ASSERT_TRUE(state->record_list("qian", ContactList::kDoNotContact, false, "", kNoon - kHour, "e"));
  EXPECT_EQ(verdict("qian", "sms"), "do_not_contact_list");
}

TEST_F(ContactStateTest, EntriesAreRecordedAllOrNone) {
  const auto state = open();
  ContactEntry good, bad;
  good.unit = "li";
  bad.unit = "wang";
  bad.channel = "SMS";
  const ContactEntry both[] = {good, bad};
  EXPECT_EQ(state->record_entries(both, kNoon).error().where, "channel");
  EXPECT_THAT(state->facts("li")->consents, IsEmpty());
  const ContactEntry twice[] = {good, good};
  EXPECT_EQ(state->record_entries(twice, kNoon).value(), 1);
}

TEST_F(ContactStateTest, GivingBackTwiceTakesNobodyElsesReservation) {
  const ContactPolicy rules = policy(R"("caps": [{"period": "day", "most": 1}])");
  const auto state = open();
  const Reservation first = state->reserve(rules, request(), "m-1", kNoon);
  ASSERT_TRUE(state->release(first.contact));
  const Reservation second = state->reserve(rules, request(), "m-1", kNoon);  // another sender, the same moment
  ASSERT_TRUE(second.decision.is_allowed());
  EXPECT_NE(first.contact, second.contact);
  EXPECT_EQ(state->contact_of("li", "m-1"), second.contact);
  EXPECT_EQ(state->release(first.contact).error().code, ErrorCode::kConflict);
  EXPECT_EQ(said(state->reserve(rules, request(), "m-2", kNoon).decision),
            "hold contact_cap 2026-05-14T16:00:00.000Z");  // the second one stands
  EXPECT_EQ(said(state->reserve(rules, request(), "m-1", kNoon).decision), "do_not_contact duplicate");
  ASSERT_TRUE(state->release(second.contact));
  // The first sender reports after all that it had sent: nobody sends the message again.
  ASSERT_TRUE(state->complete(first.contact, AttemptOutcome::kDelivered));
  EXPECT_EQ(said(state->reserve(policy(), request(), "m-1", kNoon + kDay).decision), "do_not_contact duplicate");
}

TEST_F(ContactStateTest, TextsOfARequestAreKeysAndUnknownZonesAreKeptNowhere) {
  struct Sink final : LogSink {
    void log(LogLevel, std::string_view message) noexcept override { text.append(message); }
    std::string text;
  } sink;
  ContactStateOptions options;
  options.create = true;
  const auto state = ContactState::open(file(), contact_identity(), options, &sink).value();
  ContactRequest wish = request();
  wish.ticket_state = "Frau Meier, Tel. 0171";
  EXPECT_EQ(said(state->decide(policy(), wish, kNoon)), "do_not_contact invalid_request");
  wish.ticket_state = "";
  wish.reminder = "Frau Meier";
  EXPECT_EQ(said(state->decide(policy(), wish, kNoon)), "do_not_contact invalid_request");
  wish.reminder = "";
  wish.zone = "Meier-zone";
  const ContactPolicy rules =
      policy(R"("ladder": {"respond_within": "1d", "steps": [{"key": "a", "action": "remind"}]})");
  ASSERT_TRUE(state->reserve(rules, wish, "m", kNoon).decision.is_allowed());
  EXPECT_THAT(sink.text, HasSubstr("time zone"));
  EXPECT_THAT(sink.text, ::testing::Not(HasSubstr("Meier")));
  EXPECT_THAT(state->export_unit("li")->dump(), ::testing::Not(HasSubstr("Meier")));
  wish.zone = "Europe/Berlin";
  ASSERT_TRUE(state->reserve(rules, wish, "m-2", kNoon).decision.is_allowed());
  EXPECT_THAT(state->export_unit("li")->dump(), HasSubstr("Europe/Berlin"));
}

TEST_F(ContactStateTest, EventsCountOnceAndTheEarlierContentStands) {
  const auto state = open();
  EXPECT_EQ(state->record_complaint("li", "normal", kNoon, "c-1").value(), Recorded::kNew);
  EXPECT_EQ(state->record_complaint("li", "escalated", kNoon + 1, "c-1").value(), Recorded::kKnown);
  EXPECT_EQ(state->record_complaint("li", "escalated", kNoon - 1, "c-1").value(), Recorded::kNew);
  ASSERT_THAT(state->facts("li")->complaints, SizeIs(1));
  EXPECT_EQ(state->facts("li")->complaints[0].severity, "escalated");
  EXPECT_EQ(state->facts("li")->complaints[0].at, kNoon - 1);
  // Without an id the content is the identity.
  EXPECT_EQ(state->record_list("li", ContactList::kPriority, true, "", kNoon, "").value(), Recorded::kNew);
  EXPECT_EQ(state->record_list("li", ContactList::kPriority, true, "", kNoon, "").value(), Recorded::kKnown);
  EXPECT_EQ(state->record_list("li", ContactList::kPriority, true, "sms", kNoon, "").value(), Recorded::kNew);
}

TEST_F(ContactStateTest, WrongEventsAreRefused) {
  const auto state = open();
  EXPECT_EQ(state->record_consent("", ConsentKind::kOptOut, "", "", kNoon, "").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(state->record_consent("li", ConsentKind::kOptOut, "A B", "", kNoon, "").error().where,
            "purpose or severity");
  EXPECT_EQ(state->record_list("li", ContactList::kPriority, true, "SMS", kNoon, "").error().where, "channel");
  EXPECT_EQ(state->record_complaint("li", "", kNoon, "").error().where, "severity");
  EXPECT_EQ(state->record_complaint("li", "normal", -1, "").error().where, "at");
}

TEST_F(ContactStateTest, TicketsMoveAsDeclaredAndEveryMoveIsLogged) {
  const ContactPolicy rules = policy(R"("tickets": {"states": ["open", "waiting", "closed"], "initial": "open",
      "transitions": {"open": ["waiting"], "waiting": ["closed"]}, "reminders": {"default": ["waiting"]}})");
  const auto state = open();
  ContactRequest wish = request();
  wish.ticket = "T-1";
  EXPECT_EQ(said(state->decide(rules, wish, kNoon)), "do_not_contact ticket_state");
  EXPECT_EQ(state->move_ticket(rules.tickets, "li", "T-1", "closed", kNoon, "e1").error().code, ErrorCode::kConflict);
  ASSERT_TRUE(state->move_ticket(rules.tickets, "li", "T-1", "waiting", kNoon, "e2"));
  EXPECT_EQ(said(state->decide(rules, wish, kNoon)), "allowed allowed");
  EXPECT_EQ(state->reserve(rules, wish, "m", kNoon).ticket_before, "waiting");
  // A late move is logged and changes nothing.
  ASSERT_TRUE(state->record_ticket(rules.tickets, "li", "T-1", "closed", kNoon - kDay, "late"));
  EXPECT_EQ(state->facts("li", "T-1")->ticket_state, "waiting");
  EXPECT_EQ(state->record_ticket(rules.tickets, "li", "T-1", "waiting", kNoon, "e2").value(), Recorded::kKnown);
  const auto log = state->ticket_log("T-1");
  ASSERT_THAT(*log, SizeIs(2));
  EXPECT_EQ((*log)[0].to, "closed");
  EXPECT_EQ((*log)[1].from, "closed");
  EXPECT_EQ((*log)[1].to, "waiting");
  EXPECT_EQ(state->record_ticket(rules.tickets, "li", "T-1", "lost", kNoon, "").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(state->record_ticket(rules.tickets, "li", "", "open", kNoon, "").error().where, "ticket");
}

TEST_F(ContactStateTest, UnknownZonesUseTheFixedOffsetAndSaySo) {
  ContactPolicy rules = policy(R"("hours": [{"from": "09:00", "until": "20:00"}], "time_zone": "Asia/Shanghai")");
  const TimeMs night = at("2026-05-14T13:00:00Z");  // 21:00 in Shanghai, 15:00 in Berlin
  const auto state = open();
  ContactRequest wish = request();
  EXPECT_EQ(said(state->decide(rules, wish, night)), "hold quiet_hours 2026-05-15T01:00:00.000Z");
  wish.zone = "Europe/Berlin";
  EXPECT_EQ(said(state->decide(rules, wish, night)), "allowed allowed");
  EXPECT_FALSE(state->decide(rules, wish, night).zone_is_fallback);
  wish.zone = "Europe/Berlim";
  EXPECT_TRUE(state->decide(rules, wish, night).zone_is_fallback);
  EXPECT_EQ(said(state->decide(rules, wish, night)), "hold quiet_hours 2026-05-15T01:00:00.000Z");

  struct Sink final : LogSink {
    void log(LogLevel, std::string_view message) noexcept override { messages.emplace_back(message); }
    std::vector<std::string> messages;
  } sink;
  ContactStateOptions bare;
  bare.zones = TimeZones::Source::kNone;
  const auto without = ContactState::open(file(), contact_identity(), bare, &sink);
  wish.zone = "Europe/Berlin";
  EXPECT_TRUE((*without)->decide(rules, wish, night).zone_is_fallback);
  EXPECT_EQ(said((*without)->decide(rules, wish, night)), "hold quiet_hours 2026-05-15T01:00:00.000Z");
  EXPECT_THAT(sink.messages, ElementsAre(HasSubstr("customer's time zone"), HasSubstr("Asia/Shanghai")));  // once each
}

TEST_F(ContactStateTest, ExportShowsEveryRowAndForgettingRemovesThem) {
  const ContactPolicy rules =
      policy(R"("ladder": {"respond_within": "1d", "steps": [{"key": "again", "action": "remind"}]},
      "tickets": {"states": ["open"], "initial": "open", "reminders": {"default": ["open"]}})");
  const auto state = open();
  ContactRequest wish = request();
  wish.ticket = "T-1";
  wish.experiment = "renewal";
  const Reservation made = state->reserve(rules, wish, "m", kNoon);
  ASSERT_TRUE(state->take_step(made.contact, "again", kNoon));
  ASSERT_TRUE(state->record_ticket(rules.tickets, "li", "T-1", "open", kNoon, ""));
  ASSERT_TRUE(state->record_response("li", "T-9", kNoon, ""));
  ASSERT_TRUE(state->record_complaint("li", "normal", kNoon, ""));
  ASSERT_TRUE(state->opt_out("li", "commercial", "", kNoon, ""));
  ASSERT_TRUE(state->record_list("li", ContactList::kDoNotContact, true, "call", kNoon, ""));
  ASSERT_TRUE(state->record_complaint("wang", "normal", kNoon, ""));
  const Json all = *state->export_unit("li");
  for (const char* part :
       {"consents", "lists", "contacts", "complaints", "responses", "ticket_moves", "awaiting", "steps"})
    EXPECT_THAT(all.find(part)->as_array(), SizeIs(1)) << part;
  EXPECT_THAT(all.dump(), ::testing::Not(HasSubstr("T-1")));  // pseudonyms only

  EXPECT_EQ(*state->forget("li", true), 6);  // what decided the contact counts with it
  EXPECT_THAT(state->facts("li")->consents, SizeIs(1));
  EXPECT_THAT(state->facts("li")->lists, SizeIs(1));
  EXPECT_EQ(*state->forget("li", false), 2);
  EXPECT_EQ(*state->facts("li"), UnitFacts{});
  EXPECT_THAT(state->export_unit("li")->find("steps")->as_array(), IsEmpty());
  EXPECT_THAT(state->facts("wang")->complaints, SizeIs(1));
}

TEST_F(ContactStateTest, EveryContactTellsThePolicyThatDecidedIt) {
  const ContactPolicy loose = policy(R"("caps": [{"period": "day", "most": 3}])");
  const ContactPolicy strict = policy(R"("caps": [{"period": "day", "most": 2}])");
  const auto state = open();
  const Reservation first = state->reserve(loose, request(), "m-1", kNoon);
  EXPECT_EQ(first.policy_fingerprint, fingerprint(loose));
  ASSERT_TRUE(state->reserve(strict, request(), "m-2", kNoon + 1).decision.is_allowed());
  const Reservation refused = state->reserve(strict, request(), "m-3", kNoon + 2);
  EXPECT_FALSE(refused.decision.is_allowed());
  EXPECT_EQ(refused.policy_fingerprint, fingerprint(strict)) << "a refusal says by which rules too";
  ASSERT_TRUE(state->reserve(loose, request("wang"), "m-4", kNoon + 3).decision.is_allowed());

  const auto uses = state->policies().value();
  ASSERT_THAT(uses, SizeIs(2));
  EXPECT_EQ(uses[0].fingerprint, fingerprint(loose));
  EXPECT_EQ(uses[0].key, "p");
  EXPECT_EQ(uses[0].contacts, 2);
  EXPECT_EQ(uses[0].first_at, kNoon);
  EXPECT_EQ(uses[0].last_at, kNoon + 3);
  EXPECT_EQ(uses[1].contacts, 1) << "the refused one is no contact";
  // Not the name alone: the rules themselves are on record, and prove their fingerprint.
  EXPECT_EQ(*parse_contact_policy(uses[1].rules).policy, strict);
  EXPECT_EQ(fingerprint(*parse_contact_policy(uses[1].rules).policy), uses[1].fingerprint);

  const Json exported = *state->export_unit("li");
  const Json::Array& contacts = exported.find("contacts")->as_array();
  ASSERT_THAT(contacts, SizeIs(2));
  for (const Json& one : contacts) {
    const bool is_first = one.find("contact")->as_string() == first.contact.hex();
    EXPECT_EQ(one.find("policy")->as_string(), "p");
    EXPECT_EQ(one.find("policy_fingerprint")->as_string(), fingerprint(is_first ? loose : strict));
  }
  ASSERT_TRUE(state->forget("li", false));
  EXPECT_THAT(state->policies().value(), SizeIs(1)) << "what remains is of customers who remain";
}

TEST_F(ContactStateTest, TheExportTellsTheTiersThatBoundAContact) {
  const ContactPolicy rules = policy(R"("tiers": [
      {"key": "calm", "segment": "age", "values": ["old"], "caps": [{"period": "day", "most": 1}]},
      {"key": "north", "segment": "region", "values": ["n"], "caps": [{"period": "day", "most": 3}]}])");
  const auto state = open();
  const std::pair<std::string_view, std::string_view> segments[] = {{"age", "old"}, {"region", "n"}};
  ContactRequest wish = request();
  wish.segments = segments;
  ASSERT_TRUE(state->reserve(rules, wish, "m-1", kNoon).decision.is_allowed());
  ASSERT_TRUE(state->reserve(rules, request("wang"), "m-2", kNoon).decision.is_allowed());
  const auto tiers_of = [&](std::string_view unit) {
    const Json exported = *state->export_unit(unit);
    const Json* tiers = exported.find("contacts")->as_array().at(0).find("tiers");
    return tiers == nullptr ? "not there" : tiers->dump();
  };
  EXPECT_EQ(tiers_of("li"), R"(["calm","north"])") << "data on a person, so the person's";
  EXPECT_EQ(tiers_of("wang"), "[]");
}

TEST_F(ContactStateTest, WhatARemovalByAnOlderReleaseLeftBlocksNoMessage) {
  const auto state = open();
  ASSERT_TRUE(state->reserve(policy(), request(), "m-1", kNoon).decision.is_allowed());
  {  // an older release that had the file open forgets all that it knows of
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec("DELETE FROM facts");
    ASSERT_EQ(database.execAndGet("SELECT count(*) FROM decided").getInt(), 1);
  }
  EXPECT_THAT(state->policies().value(), IsEmpty()) << "of a contact that is gone nothing is told";
  const Reservation again = state->reserve(policy(), request(), "m-1", kNoon + 1);
  EXPECT_EQ(said(again.decision), "allowed allowed");
  EXPECT_EQ(state->policies()->at(0).contacts, 1);
  {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec("DELETE FROM facts");
  }
  ASSERT_TRUE(state->reserve(policy(), request("zhao"), "m-2", kNoon).decision.is_allowed());
  EXPECT_EQ(*state->forget("wang", false), 0);
  SQLite::Database database(file().string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM decided").getInt(), 1) << "gone with the next removal, whoever's";
  EXPECT_EQ(state->policies()->at(0).contacts, 1);
}

TEST_F(ContactStateTest, AFileOfVersion1IsReadAndRaisedByTheFirstWriter) {
  const ContactPolicy rules = policy();
  { ASSERT_TRUE(open()->reserve(rules, request(), "m-1", kNoon).decision.is_allowed()); }
  {  // as the release before made it
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec("DROP TABLE decided; DROP TABLE policies; PRAGMA user_version = 1");
  }
  const auto version = [this] { return SQLite::Database(file().string()).execAndGet("PRAGMA user_version").getInt(); };
  {
    ContactStateOptions reading;
    reading.read_only = true;
    const auto state = ContactState::open(file(), contact_identity(), reading);
    ASSERT_TRUE(state) << describe(state.error());
    EXPECT_THAT((*state)->policies().value(), IsEmpty());
    EXPECT_TRUE((*state)->export_unit("li")->find("contacts")->as_array().at(0).find("policy_fingerprint")->is_null());
    EXPECT_TRUE((*state)->decide(rules, request(), kNoon).is_allowed());
  }
  EXPECT_EQ(version(), 1) << "reading changes nothing";
  const auto state = ContactState::open(file(), contact_identity());
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_EQ(version(), 2);
  ASSERT_TRUE((*state)->reserve(rules, request(), "m-2", kNoon + 1).decision.is_allowed());
  EXPECT_EQ((*state)->policies()->at(0).contacts, 1) << "of the contact before nothing was recorded";
  EXPECT_THAT((*state)->facts("li")->contacts, SizeIs(2));
}

TEST_F(ContactStateTest, RawIdsAreNotInTheFile) {
  {
    const auto state = open();
    ContactRequest wish = request("13800138000");
    wish.ticket = "TICKET-4711";
    ASSERT_TRUE(state->reserve(policy(), wish, "message-0815", kNoon).decision.is_allowed());
    ASSERT_TRUE(state->record_response("13800138000", "TICKET-4711", kNoon, "reply-99"));
  }
  const std::string bytes = read_file(file()).value();
  for (const char* raw : {"13800138000", "TICKET-4711", "message-0815", "reply-99"})
    EXPECT_THAT(bytes, ::testing::Not(HasSubstr(raw)));
}

TEST(ContactPseudonymizer, IsKeyedAndSeparatesRoles) {
  const ContactPseudonymizer one = contact_identity(1), other = contact_identity(2);
  EXPECT_EQ(one.unit("li"), contact_identity(1).unit("li"));
  EXPECT_NE(one.unit("li"), other.unit("li"));
  EXPECT_NE(one.unit("li"), one.ticket("li"));
  EXPECT_NE(one.unit("li"), one.event("li"));
  EXPECT_NE(one.key_id(), other.key_id());
  EXPECT_EQ(one.key_id().size(), 16u);
  // Frozen: another value would mean that nobody is found again in files written before.
  EXPECT_EQ(one.unit("li").hex(), "22a9740de8426e43fe5d25c80b0d750c");
  EXPECT_EQ(ContactId::from_hex(one.unit("li").hex()), one.unit("li"));
  EXPECT_EQ(ContactId::from_hex("12"), std::nullopt);
  EXPECT_EQ(ContactId::from_hex(std::string(32, 'g')), std::nullopt);
}

TEST(AttemptOutcome, NamesReadBack) {
  for (int i = 0; i < 4; ++i) {
    const auto one = static_cast<AttemptOutcome>(i);
    EXPECT_EQ(attempt_outcome(to_string(one)), one);
  }
  EXPECT_EQ(attempt_outcome("lost"), std::nullopt);
}

}  // namespace
}  // namespace tactful::test
