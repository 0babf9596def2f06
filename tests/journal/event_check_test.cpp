#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "dictionary.hpp"
#include "journal_fixture.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A text that looks like a customer's and must not come back in any error.
constexpr std::string_view kSecret = "+49 170 1234567";

Event exposure() {
  Event event;
  event.type = EventType::kExposure;
  event.unit = "customer-1";
  event.experiment = "payment-reminder";
  event.variant = "control";
  return event;
}

class EventCheck : public ::testing::Test {
 protected:
  // The field that the refusal names; "accepted" when there was none.
  std::string refused(const Event& event) {
    const Status status =
        journal_->record(event, [](const Status&) { ADD_FAILURE() << "acknowledged a refused event"; });
    if (status.ok()) return "accepted";
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(describe(status.error()), Not(HasSubstr(kSecret)));
    message_ = status.error().message;
    return status.error().where;
  }
  template <typename Change>
  std::string refused(Event event, Change change) {
    change(event);
    return refused(event);
  }

  TempDir folder_;
  FixedClock clock_;
  std::unique_ptr<Journal> journal_ = open_or_fail(folder_ / "a.db", clock_);
  std::string message_;
};

TEST_F(EventCheck, RequiresWhatEachTypeNeeds) {
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.unit = ""; }), "unit");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.source = ""; }), "source");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.experiment = ""; }), "experiment");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.variant = ""; }), "variant");
  const auto delivery = [](Event& e) { e.type = EventType::kDelivery; };
  EXPECT_EQ(refused(exposure(), [&](Event& e) { delivery(e), e.experiment = ""; }), "experiment");
  EXPECT_EQ(refused(exposure(), [&](Event& e) { delivery(e), e.variant = ""; }), "variant");
  const auto hold = [](Event& e) { e.type = EventType::kHold, e.reason = "quiet-hours"; };
  EXPECT_EQ(refused(exposure(), [&](Event& e) { hold(e), e.experiment = ""; }), "experiment");
  EXPECT_EQ(refused(exposure(), [&](Event& e) { hold(e), e.reason = ""; }), "reason");
  EXPECT_EQ(refused(outcome("u"), [](Event& e) { e.kind = ""; }), "kind");
  EXPECT_EQ(refused(outcome("u"), [](Event& e) { e.type = static_cast<EventType>(0); }), "type");
  EXPECT_EQ(refused(outcome("u"), [](Event& e) { e.type = static_cast<EventType>(6); }), "type");
}

TEST_F(EventCheck, TheLeastOfEachTypeIsEnough) {
  EXPECT_TRUE(journal_->record(exposure()).ok());
  EXPECT_TRUE(journal_->record(outcome("u")).ok());
  Event event;
  event.unit = "u";
  event.type = EventType::kContact;
  EXPECT_TRUE(journal_->record(event).ok());
  event.type = EventType::kHold;
  event.experiment = "x";
  event.reason = "no-consent";
  EXPECT_TRUE(journal_->record(event).ok());
  event.type = EventType::kDelivery;
  event.variant = "control";
  EXPECT_TRUE(journal_->record(event).ok());
  ASSERT_TRUE(journal_->flush().ok());
  EXPECT_EQ(read_all(journal_->file()).size(), 5U);
}

TEST_F(EventCheck, RefusesTextsThatAreNoKeysOrLabels) {
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.source = kSecret; }), "source");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.experiment = kSecret; }), "experiment");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.phase = kSecret; }), "phase");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.reason = kSecret; }), "reason");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.channel = kSecret; }), "channel");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.kind = kSecret; }), "kind");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.variant = "+49 170 1234567\n"; }), "variant");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.variant = "\xff"; }), "variant");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.experiment_fingerprint = " +49 170 1234567"; }),
            "experiment_fingerprint");
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.wording_fingerprint = " "; }), "wording_fingerprint");
}

// A text that is known as a label must still be checked where a key is wanted.
TEST_F(EventCheck, AKnownLabelIsRefusedAsAKey) {
  Event labelled = exposure();
  labelled.variant = "No E-Mail";
  ASSERT_TRUE(journal_->record(labelled).ok());
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.reason = "No E-Mail"; }), "reason");
}

TEST_F(EventCheck, ARefusedEventLeavesNoTextBehind) {
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.variant = "never-stored", e.channel = "No Key"; }), "channel");
  ASSERT_TRUE(journal_->record(exposure()).ok());
  ASSERT_TRUE(journal_->flush().ok());
  const auto reader = JournalReader::open(journal_->file()).value();
  for (std::int32_t code = 1;; ++code) {
    const auto text = reader->text(code);
    if (!text) break;
    EXPECT_NE(*text, "never-stored");
  }
}

TEST_F(EventCheck, RefusesValues) {
  for (const double value :
       {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(refused(outcome("u", "", value)), "value");
  }
  EXPECT_EQ(refused(exposure(), [](Event& e) { e.value = 1.0; }), "value");
}

TEST_F(EventCheck, OnlyContactsAndHoldsHaveATicket) {
  const std::string_view text = "t-1";
  const std::pair<std::string_view, std::string_view Event::*> fields[] = {{"ticket", &Event::ticket},
                                                                           {"assignee", &Event::assignee},
                                                                           {"ticket_before", &Event::ticket_before},
                                                                           {"ticket_after", &Event::ticket_after}};
  for (const auto& [name, field] : fields) {
    for (const EventType type : {EventType::kExposure, EventType::kDelivery, EventType::kOutcome}) {
      Event event = type == EventType::kOutcome ? outcome("u") : exposure();
      event.type = type;
      event.*field = text;
      EXPECT_EQ(refused(event), name);
    }
    Event event = exposure();
    event.type = EventType::kHold;
    event.reason = "quiet-hours";
    event.*field = text;
    EXPECT_TRUE(journal_->record(event).ok()) << name;
    event.type = EventType::kContact;
    EXPECT_TRUE(journal_->record(event).ok()) << name;
  }
  Event contact = exposure();
  contact.type = EventType::kContact;
  contact.ticket_before = "In Arbeit";
  EXPECT_EQ(refused(contact), "ticket_before") << "a state is a key";
  ASSERT_TRUE(journal_->flush().ok());
  const auto rows = read_all(journal_->file());
  ASSERT_EQ(rows.size(), 8U);
  EXPECT_EQ(rows[0].ticket, pseudonymizer().ticket("t-1"));
  EXPECT_EQ(rows[0].assignee, 0);
  EXPECT_EQ(rows[3].assignee, pseudonymizer().assignee("t-1"));
  const auto reader = JournalReader::open(journal_->file()).value();
  EXPECT_EQ(reader->text(rows[5].ticket_before).value(), "t-1");
  EXPECT_EQ(reader->text(rows[7].ticket_after).value(), "t-1");
  EXPECT_EQ(rows[7].ticket_before, 0);
}

TEST_F(EventCheck, RefusesSegments) {
  using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
  const auto with = [&](const Pairs& pairs, Event event = exposure()) {
    event.segments = pairs;
    return refused(event);
  };
  EXPECT_EQ(with({{"a", "b"}}, outcome("u")), "segments");
  EXPECT_EQ(with({{"", "b"}}), "segments");
  EXPECT_EQ(with({{"a", "b"}, {"a", "c"}}), "segments");
  EXPECT_THAT(message_, HasSubstr("'a'"));
  EXPECT_EQ(with({{"phone", "+49 170 1234567\t"}}), "segments");
  EXPECT_THAT(message_, HasSubstr("'phone'"));
  std::vector<std::string> names;
  for (int i = 0; i < 33; ++i) names.push_back("s" + std::to_string(i));
  Pairs many;
  for (const std::string& name : names) many.emplace_back(name, "x");
  EXPECT_EQ(with(many), "segments");
  many.pop_back();
  Event event = exposure();
  event.segments = many;
  EXPECT_TRUE(journal_->record(event).ok());
}

// A variant may happen to be spelt like the segments' JSON; their values are checked all the same.
TEST_F(EventCheck, ALabelSpeltLikeSegmentsDoesNotVouchForThem) {
  Event labelled = exposure();
  labelled.variant = R"({"a":" b"})";
  ASSERT_TRUE(journal_->record(labelled).ok());
  const std::vector<std::pair<std::string_view, std::string_view>> pairs{{"a", " b"}};
  Event event = exposure();
  event.segments = pairs;
  EXPECT_EQ(refused(event), "segments");
}

TEST_F(EventCheck, EqualSegmentsInAnyOrderHaveOneCode) {
  using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
  for (const Pairs& pairs : {Pairs{{"a", "1"}, {"b", "2"}}, Pairs{{"b", "2"}, {"a", "1"}}}) {
    Event event = exposure();
    event.segments = pairs;
    ASSERT_TRUE(journal_->record(event).ok());
  }
  ASSERT_TRUE(journal_->flush().ok());
  const auto rows = read_all(journal_->file());
  EXPECT_EQ(rows.at(0).segments, rows.at(1).segments);
}

TEST_F(EventCheck, TooManyTextsAreRefusedAsLikelyIds) {
  Event event = exposure();
  std::string refusal;
  std::size_t taken = 0;
  for (; taken <= Dictionary::kMaxTexts && refusal.empty(); ++taken) {
    const std::string variant = "v" + std::to_string(taken);
    event.variant = variant;
    const Status status = journal_->record(event);
    if (!status.ok()) refusal = status.error().where;
  }
  EXPECT_EQ(refusal, "variant");
  EXPECT_GT(taken, Dictionary::kMaxTexts - 10);
  event.variant = "v0";
  EXPECT_TRUE(journal_->record(event).ok()) << "what is known goes on";
}

TEST_F(EventCheck, SetsOfSegmentsLeaveRoomForOtherTexts) {
  Event event = exposure();
  std::size_t taken = 0;
  Status status;
  while (status.ok() && taken <= Dictionary::kMaxTexts) {
    const std::string ticket = "t" + std::to_string(++taken);
    const std::pair<std::string_view, std::string_view> pair{"ticket", ticket};
    event.segments = {&pair, 1};
    status = journal_->record(event);
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().where, "segments");
  EXPECT_LE(taken, Dictionary::kMaxTexts - Dictionary::kReservedTexts + 1);
  EXPECT_GT(taken, Dictionary::kMaxTexts - Dictionary::kReservedTexts - 20);
  event.segments = {};
  for (int i = 0; i < 100; ++i) {
    const std::string experiment = "later-" + std::to_string(i);
    event.experiment = experiment;
    EXPECT_TRUE(journal_->record(event).ok()) << "another experiment goes on";
  }
}

TEST_F(EventCheck, RefusalsAreCounted) {
  ASSERT_TRUE(journal_->record(exposure()).ok());
  EXPECT_EQ(journal_->counters().refused, 0);
  Event event = exposure();
  event.variant = "";
  EXPECT_FALSE(journal_->record(event).ok());
  EXPECT_FALSE(journal_->record_with_future(event).get().ok());
  EXPECT_EQ(journal_->counters().refused, 2);
  EXPECT_EQ(journal_->counters().dropped, 0);
}

TEST(EventTypeNames, AreStable) {
  EXPECT_EQ(to_string(EventType::kHold), "hold");
  EXPECT_EQ(to_string(EventType::kExposure), "exposure");
  EXPECT_EQ(to_string(EventType::kContact), "contact");
  EXPECT_EQ(to_string(EventType::kDelivery), "delivery");
  EXPECT_EQ(to_string(EventType::kOutcome), "outcome");
  EXPECT_EQ(to_string(static_cast<EventType>(77)), "unknown");
}

}  // namespace
}  // namespace tactful::test
