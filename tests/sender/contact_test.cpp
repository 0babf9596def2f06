// Contact rules in a sender: asked before assignment, reserved at send, every refusal counted and recorded, and nothing
// sent where the state cannot answer.
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>

#include "sender_fixture.hpp"

namespace tactful::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const char* const kPolicy = R"({"schema": "tactful/contact/1", "key": "gentle", "fixed_offset": "+08:00",
  "consent": {"default": "opt_out"}, "caps": [{"period": "day", "most": 1}]})";

class ContactSender : public SenderFixture {
 protected:
  void SetUp() override {
    put_policy(kPolicy);
    Json json = experiment();
    json.set("contact", "gentle");
    write(json);
  }
  void put_policy(std::string_view text) {
    std::filesystem::create_directories(catalogue_ / "contact");
    ASSERT_TRUE(write_file_atomically(catalogue_ / "contact/gentle.json", text).ok());
  }
  [[nodiscard]] std::shared_ptr<ContactState> state() const {
    std::array<unsigned char, 32> master{};
    master[0] = 7;
    ContactStateOptions options;
    options.create = true;
    return ContactState::open(folder_ / "contact.db", ContactPseudonymizer::from_key(master).value(), options).value();
  }
  std::unique_ptr<Sender> open_with(std::shared_ptr<ContactState> contact) {
    SenderOptions options;
    options.contact = std::move(contact);
    return open(options);
  }
  static ContactAbout about(std::string_view message = "m-1") {
    ContactAbout made;
    made.channel = "sms";
    made.message_id = message;
    made.ticket = "T-1024";
    made.assignee = "li-na";
    return made;
  }
  // The whole way of one message; what was sent, or why not.
  static std::string send(Sender& sender, const std::string& unit, std::string_view message, TimeMs now) {
    const Subject subject{unit, {}, {}};
    const ContactDecision may = sender.may_contact("payment", subject, about(message), now);
    if (!may.is_allowed()) return "before: " + std::string(to_string(may.reason));
    const Decision decision = sender.decide("payment", subject, now);
    EXPECT_TRUE(sender.expose(decision, subject, now, "sms").ok());
    const auto rendered = sender.render(decision, subject, kFields, now, "sms");
    if (!rendered) return "not rendered";
    const Contact contact = sender.reserve(decision, *rendered, subject, about(message), now);
    if (!contact.is_allowed()) return "at send: " + std::string(to_string(contact.reservation.decision.reason));
    EXPECT_TRUE(sender.complete(contact, AttemptOutcome::kDelivered, now + 1000, "waiting").ok());
    return "sent";
  }
  static const inline std::vector<Field> kFields{{"name", "Wang"}, {"phone", "95555"}};
};

TEST_F(ContactSender, EveryContactLeavesARecord) {
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  ASSERT_EQ(send(*sender, unit, "m-1", kNow), "sent");
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 4U);  // exposure, delivery, reservation, outcome
  const Stored& reserved = events[2];
  EXPECT_EQ(reserved.event.type, EventType::kContact);
  EXPECT_EQ(reserved.reason, "reserved");
  EXPECT_EQ(reserved.kind, "");
  EXPECT_EQ(reserved.source, "sender");
  EXPECT_EQ(reserved.channel, "sms");
  EXPECT_EQ(reserved.variant, "helpful");
  EXPECT_EQ(reserved.wording_fingerprint,
            sender->decide("payment", {unit, {}, {}}, kNow).experiment()->wording_fingerprints[1]);
  EXPECT_EQ(reserved.event.ticket, pseudonymizer().ticket("T-1024"));
  EXPECT_EQ(reserved.event.assignee, pseudonymizer().assignee("li-na"));
  EXPECT_EQ(events[3].kind, "delivered");
  EXPECT_EQ(events[3].reason, "completed");
  EXPECT_EQ(events[3].event.at, kNow + 1000);
  EXPECT_NE(events[3].event.event, reserved.event.event);
  EXPECT_EQ(sender->contact_counters().reserved, 1);
  // Which policy decided it stands in the contact state.
  const auto policies = state()->policies().value();
  ASSERT_EQ(policies.size(), 1U);
  EXPECT_EQ(policies[0].fingerprint, fingerprint(*parse_contact_policy(kPolicy).policy));
  EXPECT_EQ(policies[0].contacts, 1);
}

TEST_F(ContactSender, ARefusalIsRecordedBeforeAnybodyHasAVariant) {
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  ASSERT_EQ(send(*sender, unit, "m-1", kNow), "sent");
  const auto before = stored(*sender).size();
  EXPECT_EQ(send(*sender, unit, "m-2", kNow + 60'000), "before: contact_cap");
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), before + 1) << "no exposure";
  EXPECT_EQ(events.back().event.type, EventType::kHold);
  EXPECT_EQ(events.back().reason, "contact_cap");
  EXPECT_EQ(events.back().variant, "") << "it bears on all variants alike";
  EXPECT_EQ(events.back().experiment, "payment");
  EXPECT_EQ(events.back().phase, "pilot");
  const ContactCounters counters = sender->contact_counters();
  EXPECT_EQ(counters.asked, 2);
  EXPECT_EQ(counters.before[static_cast<std::size_t>(ContactReason::kCap)], 1);
}

TEST_F(ContactSender, WhoIsNotEnrolledIsCountedAndNotRecorded) {
  const auto sender = open_with(state());
  const std::array<Attribute, 1> closed{{{"region", std::string_view("closed")}}};
  ASSERT_TRUE(sender->record_outcome({"u", "opted_out", kNow, "o-1"}).ok());
  const auto before = stored(*sender).size();
  EXPECT_EQ(sender->may_contact("payment", {"u", {}, closed}, about(), kNow).reason, ContactReason::kOptedOut);
  EXPECT_EQ(stored(*sender).size(), before);
}

TEST_F(ContactSender, TwoSendersOfOneCustomerSendOnce) {
  const auto first = open_with(state());
  const auto second = open_with(state());
  const std::string unit = unit_of(*first, "helpful");
  const Subject subject{unit, {}, {}};
  // Both ask before either has reserved.
  ASSERT_TRUE(first->may_contact("payment", subject, about("m-1"), kNow).is_allowed());
  ASSERT_TRUE(second->may_contact("payment", subject, about("m-2"), kNow).is_allowed());
  const Decision decision = first->decide("payment", subject, kNow);
  const Rendered message = first->render(decision, subject, kFields, kNow, "sms").value();
  EXPECT_TRUE(first->reserve(decision, message, subject, about("m-1"), kNow).is_allowed());
  const Decision other = second->decide("payment", subject, kNow);
  const Contact late = second->reserve(other, message, subject, about("m-2"), kNow);
  EXPECT_FALSE(late.is_allowed());
  EXPECT_EQ(late.reservation.decision.reason, ContactReason::kCap);
  EXPECT_EQ(stored(*second).back().event.type, EventType::kHold);
  EXPECT_EQ(stored(*second).back().variant, "helpful");
  EXPECT_EQ(second->contact_counters().at_send[static_cast<std::size_t>(ContactReason::kCap)], 1);
}

TEST_F(ContactSender, ARetryOfOneMessageIsADuplicateAndAReleasedOneIsNoContact) {
  put_policy(R"({"schema": "tactful/contact/1", "key": "gentle", "fixed_offset": "+08:00",
    "consent": {"default": "opt_out"}})");
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "control");
  EXPECT_EQ(send(*sender, unit, "m-1", kNow), "sent");
  EXPECT_EQ(send(*sender, unit, "m-1", kNow + 1), "at send: duplicate");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const Rendered message = sender->render(decision, subject, kFields, kNow, "sms").value();
  const Contact contact = sender->reserve(decision, message, subject, about("m-2"), kNow + 2);
  ASSERT_TRUE(contact.is_allowed());
  EXPECT_TRUE(sender->release(contact).ok());
}

TEST_F(ContactSender, AnOptOutIsInForceInEverySenderAtOnceAndIsAnOutcome) {
  const auto first = open_with(state());
  const auto second = open_with(state());
  const std::string unit = unit_of(*first, "helpful");
  Outcome out{unit, "opted_out", kNow, "o-1"};
  out.channel = "sms";
  ASSERT_TRUE(first->record_outcome(out).ok());
  EXPECT_EQ(stored(*first).back().kind, "opted_out");
  EXPECT_EQ(send(*second, unit, "m-1", kNow), "before: opted_out");
  ContactAbout mail = about();
  mail.channel = "email";
  EXPECT_TRUE(second->may_contact("payment", {unit, {}, {}}, mail, kNow).is_allowed()) << "one channel was meant";
}

TEST_F(ContactSender, AComplaintBeginsTheCoolDown) {
  put_policy(R"({"schema": "tactful/contact/1", "key": "gentle", "fixed_offset": "+08:00",
    "consent": {"default": "opt_out"}, "cool_down": {"normal": "7d", "escalated": "90d"}})");
  const auto open_sender = open_with(state());
  const std::string unit = unit_of(*open_sender, "helpful");
  ASSERT_TRUE(open_sender->record_outcome({unit, "complaint", kNow, "c-1", 2.0}).ok());
  EXPECT_EQ(send(*open_sender, unit, "m-1", kNow + 30LL * 86'400'000), "before: complaint_cool_down");
}

TEST_F(ContactSender, WhereTheStateCannotAnswerNothingIsSent) {
  {
    const auto without = open();
    EXPECT_EQ(send(*without, unit_of(*without, "helpful"), "m-1", kNow), "before: state_unavailable");
    const Subject subject{"u", {}, {}};
    const Decision decision = without->decide("payment", subject, kNow);
    const Rendered message = without->render(decision, subject, kFields, kNow, "sms").value();
    EXPECT_FALSE(without->reserve(decision, message, subject, about(), kNow).is_allowed());
  }
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  // In place, as a failing disk does it.
  std::ofstream(folder_ / "contact.db", std::ios::in | std::ios::out) << std::string(8192, 'x');
  EXPECT_EQ(send(*sender, unit, "m-1", kNow), "before: state_unavailable");
  EXPECT_EQ(stored(*sender).back().reason, "state_unavailable");
  EXPECT_GE(sender->contact_counters().before[static_cast<std::size_t>(ContactReason::kStateUnavailable)], 1);
  const ContactDecision unknown = sender->may_contact("no-such", {"u", {}, {}}, about(), kNow);
  EXPECT_EQ(unknown.verdict, ContactVerdict::kHold);
  ASSERT_TRUE(unknown.error.has_value());
  EXPECT_EQ(unknown.error->code, ErrorCode::kNotFound);
  EXPECT_FALSE(sender->record_outcome({unit, "opted_out", kNow, "o-1"}).ok()) << "an opt-out that is not kept is told";
  EXPECT_EQ(stored(*sender).back().kind, "opted_out") << "and is an outcome all the same";
}

TEST_F(ContactSender, WithoutAPolicyWhatCustomersSaidBindsAllTheSame) {
  write(experiment());
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  EXPECT_EQ(send(*sender, unit, "m-1", kNow), "sent");
  EXPECT_EQ(send(*sender, unit, "m-2", kNow + 1), "sent") << "no caps without a policy";
  EXPECT_EQ(send(*sender, unit, "m-2", kNow + 2), "at send: duplicate");
  ContactAbout offers = about("m-3");
  offers.add_ons = 7;
  EXPECT_TRUE(sender->may_contact("payment", {unit, {}, {}}, offers, kNow).is_allowed());
  ASSERT_TRUE(sender->record_outcome({unit, "opted_out", kNow, "o-1"}).ok());
  EXPECT_EQ(send(*sender, unit, "m-4", kNow + 3), "before: opted_out");
  const auto contacts = state();
  ASSERT_TRUE(contacts->record_list("customer-listed", ContactList::kDoNotContact, true, "", kNow, "l-1").has_value());
  EXPECT_EQ(send(*sender, "customer-listed", "m-5", kNow + 3), "before: do_not_contact_list");
}

TEST_F(ContactSender, TwoOptOutsOfOneMomentForTwoChannelsAreTwo) {
  const auto sender = open_with(state());
  for (const std::string_view id : {"", "form-7"}) {
    const std::string unit = "customer-of-" + std::string(id);
    for (const std::string_view channel : {"sms", "call"}) {
      Outcome out{unit, "opted_out", kNow, id};
      out.channel = channel;
      (void)sender->record_outcome(out);  // the journal wants an id, the customer's word holds without
    }
    for (const std::string_view channel : {"sms", "call"}) {
      ContactAbout contact = about();
      contact.channel = channel;
      EXPECT_EQ(sender->may_contact("payment", {unit, {}, {}}, contact, kNow).reason, ContactReason::kOptedOut)
          << channel << " " << id;
    }
  }
}

TEST_F(ContactSender, AReleasedContactIsRecordedAsOne) {
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const Rendered message = sender->render(decision, subject, kFields, kNow, "sms").value();
  const Contact contact = sender->reserve(decision, message, subject, about(), kNow);
  ASSERT_TRUE(contact.is_allowed());
  ASSERT_TRUE(sender->release(contact).ok());
  const auto events = stored(*sender);
  EXPECT_EQ(events.back().event.type, EventType::kContact);
  EXPECT_EQ(events.back().reason, "released");
  EXPECT_EQ(events.back().kind, "released");
  EXPECT_EQ(events.back().variant, "helpful");
  // One that was reported cannot be given back, and is not recorded as if it were.
  const Contact sent = sender->reserve(decision, message, subject, about("m-2"), kNow);
  ASSERT_TRUE(sent.is_allowed());
  ASSERT_TRUE(sender->complete(sent, AttemptOutcome::kDelivered, kNow).ok());
  const auto before = stored(*sender).size();
  EXPECT_EQ(sender->release(sent).error().code, ErrorCode::kConflict);
  // Nor one that was refused: the day's contact is made.
  const Contact refused = sender->reserve(decision, message, subject, about("m-3"), kNow);
  ASSERT_FALSE(refused.is_allowed());
  EXPECT_TRUE(sender->release(refused).ok());
  const auto after = stored(*sender);
  ASSERT_EQ(after.size(), before + 1);
  EXPECT_EQ(after.back().event.type, EventType::kHold);
}

TEST_F(ContactSender, AMessageGivenBackAndReservedAnewIsAnotherContact) {
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const Rendered message = sender->render(decision, subject, kFields, kNow, "sms").value();
  const Contact first = sender->reserve(decision, message, subject, about(), kNow);
  ASSERT_TRUE(first.is_allowed());
  ASSERT_TRUE(sender->release(first).ok());
  const Contact second = sender->reserve(decision, message, subject, about(), kNow + 60'000);
  ASSERT_TRUE(second.is_allowed());
  ASSERT_TRUE(sender->release(second).ok());
  const Contact third = sender->reserve(decision, message, subject, about(), kNow + 120'000);
  ASSERT_TRUE(third.is_allowed());
  ASSERT_TRUE(sender->complete(third, AttemptOutcome::kDelivered, kNow + 121'000).ok());
  // What the store would take for one event under two contents, and put into quarantine, is six events.
  std::map<std::string, std::vector<TimeMs>> at;
  std::set<std::int64_t> ids;
  for (const Stored& one : stored(*sender)) {
    if (one.event.type != EventType::kContact) continue;
    at[one.reason].push_back(one.event.at);
    ids.insert(one.event.event);
  }
  EXPECT_THAT(at["reserved"], ::testing::ElementsAre(kNow, kNow + 60'000, kNow + 120'000));
  EXPECT_THAT(at["released"], ::testing::ElementsAre(kNow, kNow + 60'000));
  EXPECT_THAT(at["completed"], ::testing::ElementsAre(kNow + 121'000));
  EXPECT_EQ(ids.size(), 6u);
}

TEST_F(ContactSender, ARefusalIsRecordedAlsoWhereTheCallersNamesAreNoKeys) {
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  ContactAbout shouted = about();
  shouted.channel = "SMS";
  EXPECT_EQ(sender->may_contact("payment", {unit, {}, {}}, shouted, kNow).reason, ContactReason::kInvalidRequest);
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 1U) << log_.text();
  EXPECT_EQ(events[0].event.type, EventType::kHold);
  EXPECT_EQ(events[0].reason, "invalid_request");
  EXPECT_EQ(events[0].channel, "");
}

TEST_F(ContactSender, WordsThatWereCheckedForOneChannelAreNotSentOnAnother) {
  const auto sender = open_with(state());
  const std::string unit = unit_of(*sender, "helpful");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  const Rendered message = sender->render(decision, subject, kFields, kNow, "app").value();
  EXPECT_EQ(message.channel, "app");
  const Contact contact = sender->reserve(decision, message, subject, about(), kNow);
  EXPECT_FALSE(contact.is_allowed());
  EXPECT_EQ(contact.reservation.decision.reason, ContactReason::kInvalidRequest);
  ASSERT_TRUE(contact.reservation.decision.error.has_value());
  EXPECT_EQ(contact.reservation.decision.error->where, "channel");
  EXPECT_EQ(stored(*sender).back().event.type, EventType::kHold);
  EXPECT_EQ(sender->contact_counters().at_send[static_cast<std::size_t>(ContactReason::kInvalidRequest)], 1);
  // Words for every channel may go out on any.
  const Rendered any = sender->render(decision, subject, kFields, kNow).value();
  EXPECT_TRUE(sender->reserve(decision, any, subject, about(), kNow).is_allowed());
}

TEST_F(ContactSender, WithoutAPolicyAndAStateEverythingIsAllowedAndStillRecorded) {
  write(experiment());
  const auto sender = open();
  EXPECT_EQ(send(*sender, unit_of(*sender, "helpful"), "m-1", kNow), "sent");
  EXPECT_EQ(stored(*sender).back().kind, "delivered");
}

TEST_F(ContactSender, APolicyThatIsNotThereOrIsBrokenRefusesTheLoad) {
  put_policy("{");
  const auto broken = Sender::open(catalogue_, journals_, pseudonymizer(), clock_);
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, AllOf(HasSubstr("gentle.json"), HasSubstr("contact-policy")));
  std::filesystem::remove(catalogue_ / "contact/gentle.json");
  EXPECT_THAT(Sender::open(catalogue_, journals_, pseudonymizer(), clock_).error().message,
              HasSubstr("contact-policy"));
}

}  // namespace
}  // namespace tactful::test
