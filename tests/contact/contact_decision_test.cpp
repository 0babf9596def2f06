#include "tactful/contact/contact_decision.hpp"

#include <random>
#include <set>

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;

const TimeMs kNoon = at("2026-05-14T12:00:00+08:00");  // a Thursday
constexpr TimeMs kHour = kMillisecondsPerHour;
constexpr TimeMs kDay = kMillisecondsPerDay;

TimeZone shanghai() { return TimeZone::fixed(UtcOffset::parse("+08:00").value()); }

ContactFact contact(TimeMs time, std::string channel = "sms", std::optional<AttemptOutcome> outcome = {}) {
  return {{}, time, std::move(channel), "service", false, outcome};
}

std::string decide(const ContactPolicy& rules, const UnitFacts& facts, const ContactRequest& wish = request(),
                   TimeMs now = kNoon) {
  return said(decide_contact(rules, shanghai(), wish, facts, now));
}

UnitFacts made(std::vector<ContactFact> contacts) {
  UnitFacts facts;
  facts.contacts = std::move(contacts);
  return facts;
}

TEST(ContactDecision, ConsentInForceIsTheLatestThatCovers) {
  const ContactPolicy opt_in = policy();  // opt_out by default
  ContactPolicy strict = opt_in;
  strict.consent = ConsentBasis::kOptIn;
  UnitFacts facts;
  EXPECT_EQ(decide(opt_in, facts), "allowed allowed");
  EXPECT_EQ(decide(strict, facts), "do_not_contact no_consent");
  facts.consents.push_back({{}, ConsentKind::kOptIn, "", "", kNoon - 9});
  EXPECT_EQ(decide(strict, facts), "allowed allowed");
  facts.consents.push_back({{}, ConsentKind::kOptOut, "commercial", "", kNoon - 8});
  EXPECT_EQ(decide(strict, facts), "allowed allowed");
  facts.consents.push_back({{}, ConsentKind::kOptOut, "", "sms", kNoon - 7});
  EXPECT_EQ(decide(strict, facts), "do_not_contact opted_out");
  EXPECT_EQ(decide(strict, facts, request("li", "call")), "allowed allowed");
  facts.consents.push_back({{}, ConsentKind::kOptIn, "service", "sms", kNoon - 7});  // of equal times the opt-out
  EXPECT_EQ(decide(strict, facts), "do_not_contact opted_out");
  facts.consents.push_back({{}, ConsentKind::kOptIn, "service", "sms", kNoon - 6});
  EXPECT_EQ(decide(strict, facts), "allowed allowed");
  // Late events change nothing: an older opt-out that arrives last.
  facts.consents.push_back({{}, ConsentKind::kOptOut, "", "", kNoon - 100});
  EXPECT_EQ(decide(strict, facts), "allowed allowed");
}

TEST(ContactDecision, ListsBindTheirChannel) {
  UnitFacts facts;
  facts.lists.push_back({{}, ContactList::kDoNotContact, true, "call", kNoon - 5});
  EXPECT_EQ(decide(policy(), facts), "allowed allowed");
  EXPECT_EQ(decide(policy(), facts, request("li", "call")), "do_not_contact do_not_contact_list");
  facts.lists.push_back({{}, ContactList::kDoNotContact, false, "call", kNoon - 5});  // of equal times the entry
  EXPECT_EQ(decide(policy(), facts, request("li", "call")), "do_not_contact do_not_contact_list");
  facts.lists.push_back({{}, ContactList::kDoNotContact, false, "", kNoon - 4});
  EXPECT_EQ(decide(policy(), facts, request("li", "call")), "allowed allowed");
}

TEST(ContactDecision, ThePriorityListDoesWhatThePolicySays) {
  UnitFacts facts = made({contact(kNoon - kHour)});
  facts.lists.push_back({{}, ContactList::kPriority, true, "", 1});
  const std::string caps = R"("caps": [{"period": "day", "most": 1}])";
  EXPECT_EQ(decide(policy(caps), facts), "hold contact_cap 2026-05-14T16:00:00.000Z");
  EXPECT_TRUE(decide_contact(policy(), shanghai(), request(), facts, kNoon).is_priority);
  EXPECT_EQ(decide(policy(caps + R"(, "priority": "beyond_caps")"), facts), "allowed allowed");
  EXPECT_EQ(
      decide(policy(R"("caps": [{"period": "day", "most": 1, "always": true}], "priority": "beyond_caps")"), facts),
      "hold contact_cap 2026-05-14T16:00:00.000Z");
  EXPECT_EQ(decide(policy(R"("priority": "person")"), facts), "do_not_contact priority_person");
  // It never overrides an objection.
  facts.lists.push_back({{}, ContactList::kDoNotContact, true, "", 1});
  EXPECT_EQ(decide(policy(R"("priority": "beyond_caps")"), facts), "do_not_contact do_not_contact_list");
}

TEST(ContactDecision, CapsCountCalendarPeriodsOfTheCustomerAndSlidingOnes) {
  const auto cap = [](const std::string& period, int most, const std::string& more = "") {
    return policy(R"("caps": [{"period": ")" + period + R"(", "most": )" + std::to_string(most) + more + "}]");
  };
  const UnitFacts two = made({contact(at("2026-05-13T23:00:00+08:00")), contact(at("2026-05-14T00:30:00+08:00"))});
  EXPECT_EQ(decide(cap("day", 2), two), "allowed allowed");
  EXPECT_EQ(decide(cap("day", 1), two), "hold contact_cap 2026-05-14T16:00:00.000Z");
  EXPECT_EQ(decide(cap("week", 2), two), "hold contact_cap 2026-05-17T16:00:00.000Z");  // Monday in Shanghai
  EXPECT_EQ(decide(cap("month", 2), two), "hold contact_cap 2026-05-31T16:00:00.000Z");
  EXPECT_EQ(decide(cap("24h", 2), two), "hold contact_cap 2026-05-14T15:00:00.000Z");
  EXPECT_EQ(decide(cap("lifetime", 2), two), "do_not_contact lifetime_cap");
  EXPECT_EQ(decide(cap("lifetime", 3), two), "allowed allowed");
  EXPECT_EQ(decide(cap("day", 1, R"(, "channels": ["call"])"), two), "allowed allowed");
  EXPECT_EQ(decide(cap("day", 1, R"(, "purposes": ["commercial"])"), two), "allowed allowed");
  UnitFacts given_back = made({contact(kNoon - 1)});
  given_back.contacts[0].is_released = true;
  EXPECT_EQ(decide(cap("day", 1), given_back), "allowed allowed");
  given_back.contacts[0].outcome = AttemptOutcome::kDelivered;  // it was made after all
  EXPECT_EQ(decide(cap("day", 1), given_back), "hold contact_cap 2026-05-14T16:00:00.000Z");
}

TEST(ContactDecision, AClockThatWasPutBackNeverAllowsMore) {
  const UnitFacts ahead = made({contact(kNoon + 40 * kDay)});
  EXPECT_EQ(decide(policy(R"("caps": [{"period": "day", "most": 1}])"), ahead),
            "hold contact_cap 2026-06-23T16:00:00.000Z");
  EXPECT_EQ(decide(policy(R"("caps": [{"period": "7d", "most": 1}])"), ahead),
            "hold contact_cap 2026-06-30T04:00:00.000Z");
  EXPECT_EQ(decide(policy(R"("intervals": [{"minimum": "24h"}])"), ahead),
            "hold minimum_interval 2026-06-24T04:00:00.000Z");
}

TEST(ContactDecision, IntervalsRunFromTheLastContactOrConversation) {
  const UnitFacts facts = made({contact(kNoon - 3 * kDay, "call", AttemptOutcome::kConversation),
                                contact(kNoon - kHour, "call", AttemptOutcome::kFailed)});
  const ContactRequest call = request("li", "call");
  EXPECT_EQ(decide(policy(R"("intervals": [{"minimum": "2h"}])"), facts, call),
            "hold minimum_interval 2026-05-14T05:00:00.000Z");
  EXPECT_EQ(decide(policy(R"("intervals": [{"minimum": "1h"}])"), facts, call), "allowed allowed");
  EXPECT_EQ(decide(policy(R"("intervals": [{"minimum": "7d", "after": "conversation"}])"), facts, call),
            "hold minimum_interval 2026-05-18T04:00:00.000Z");
}

TEST(ContactDecision, TiersTightenForTheirSegment) {
  const ContactPolicy rules =
      policy(R"("caps": [{"period": "week", "most": 3}], "tiers": [{"key": "new", "segment": "tier",
      "values": ["new", "trial"], "caps": [{"period": "week", "most": 1}], "intervals": [{"minimum": "72h"}]}])");
  const UnitFacts one = made({contact(kNoon - kHour)});
  EXPECT_EQ(decide(rules, one), "allowed allowed");
  const std::pair<std::string_view, std::string_view> segments[] = {{"tier", "trial"}};
  ContactRequest wish = request();
  wish.segments = segments;
  EXPECT_EQ(decide(rules, one, wish), "hold contact_cap 2026-05-17T16:00:00.000Z");
}

TEST(ContactDecision, FailedAttemptsHoldUntilSomebodyIsReached) {
  const ContactPolicy rules =
      policy(R"("failed_attempts": {"most": 2, "within": "1d", "hold": "3d", "channels": ["call"]})");
  const ContactRequest call = request("li", "call");
  const auto failed = [](TimeMs time) { return contact(time, "call", AttemptOutcome::kFailed); };
  EXPECT_EQ(decide(rules, made({failed(kNoon - kHour)}), call), "allowed allowed");
  const UnitFacts two = made({failed(kNoon - kHour), failed(kNoon - 3 * kHour)});
  EXPECT_EQ(decide(rules, two, call), "hold failed_attempts 2026-05-17T03:00:00.000Z");
  EXPECT_EQ(decide(rules, two), "allowed allowed");  // by sms
  EXPECT_EQ(decide(rules, made({failed(kNoon - kHour), failed(kNoon - 25 * kHour)}), call), "allowed allowed");
  UnitFacts reached = two;
  reached.contacts.push_back(contact(kNoon - 2 * kHour, "call", AttemptOutcome::kConnected));
  EXPECT_EQ(decide(rules, reached, call), "allowed allowed");
}

TEST(ContactDecision, ComplaintsCoolDownBySeverity) {
  const ContactPolicy rules = policy(R"("cool_down": {"default": "7d", "escalated": "90d"})");
  UnitFacts facts;
  facts.complaints.push_back({{}, "normal", kNoon - kDay});
  EXPECT_EQ(decide(rules, facts), "hold complaint_cool_down 2026-05-20T04:00:00.000Z");
  facts.complaints.push_back({{}, "escalated", kNoon - 2 * kDay});
  EXPECT_EQ(decide(rules, facts), "hold complaint_cool_down 2026-08-10T04:00:00.000Z");
  EXPECT_EQ(decide(policy(R"("cool_down": {"escalated": "90d"})"), UnitFacts{{}, {}, {}, {{{}, "normal", kNoon}}, {}}),
            "allowed allowed");
}

TEST(ContactDecision, TicketStatesAllowTheirReminders) {
  const ContactPolicy rules = policy(R"("tickets": {"states": ["open", "waiting", "closed"], "initial": "open",
      "transitions": {"open": ["waiting"], "waiting": ["closed"]}, "required": true,
      "reminders": {"needs_material": ["waiting"], "default": ["open", "waiting"]}})");
  ContactRequest wish = request();
  wish.reminder = "needs_material";
  EXPECT_EQ(decide(rules, {}, wish), "do_not_contact ticket_missing");
  wish.ticket = "T-1";
  EXPECT_EQ(decide(rules, {}, wish), "do_not_contact ticket_state");  // initial: open
  UnitFacts facts;
  facts.ticket_state = "waiting";
  EXPECT_EQ(decide(rules, facts, wish), "allowed allowed");
  EXPECT_EQ(decide_contact(rules, shanghai(), wish, facts, kNoon).ticket_state, "waiting");
  wish.ticket_state = "closed";  // the caller knows better
  EXPECT_EQ(decide(rules, facts, wish), "do_not_contact ticket_state");
  wish.ticket_state = "open";
  wish.reminder = "renewal";
  EXPECT_EQ(decide(rules, facts, wish), "allowed allowed");
}

TEST(ContactDecision, OneAddOnAtMost) {
  ContactRequest wish = request();
  wish.add_ons = 1;
  EXPECT_EQ(decide(policy(), {}, wish), "allowed allowed");
  EXPECT_EQ(decide(policy(R"("add_ons": 0)"), {}, wish), "do_not_contact add_on_cap");
  wish.add_ons = 2;
  EXPECT_EQ(decide(policy(), {}, wish), "do_not_contact add_on_cap");
}

TEST(ContactDecision, QuietHoursAndWhatComesAfterThem) {
  const ContactPolicy rules =
      policy(R"("hours": [{"from": "09:00", "until": "20:00"}], "intervals": [{"minimum": "30h"}])");
  EXPECT_EQ(decide(rules, {}, request(), kNoon + 9 * kHour), "hold quiet_hours 2026-05-15T01:00:00.000Z");
  // The interval ends at night, so the hold lasts until morning.
  EXPECT_EQ(decide(rules, made({contact(kNoon - 10 * kHour)})), "hold minimum_interval 2026-05-15T01:00:00.000Z");
  EXPECT_EQ(decide(policy(R"("working_days": [], "hours": [{"days": "working"}])"), {}),
            "do_not_contact no_contact_hours");
}

TEST(ContactDecision, WrongRequestsAreRefusedWithTheirMistake) {
  EXPECT_EQ(decide(policy(), {}, request("")), "do_not_contact invalid_request");
  EXPECT_EQ(decide(policy(), {}, request("li", "SMS")), "do_not_contact invalid_request");
  EXPECT_EQ(decide(policy(), {}, request(), -1), "do_not_contact invalid_request");
  ContactRequest wish = request();
  wish.add_ons = -1;
  EXPECT_EQ(decide(policy(), {}, wish), "do_not_contact invalid_request");
  wish = request();
  wish.purpose = "";
  const ContactDecision decision = decide_contact(policy(), shanghai(), wish, {}, kNoon);
  ASSERT_TRUE(decision.error);
  EXPECT_THAT(decision.error->message, HasSubstr("purpose"));
}

// `until` is exact: nothing before it is allowed, it is, and facts in another order say the same.
TEST(ContactDecision, AHoldEndsAtTheFirstAllowedMoment) {
  std::mt19937_64 random(7);
  const ContactPolicy rules =
      policy(R"("hours": [{"from": "09:15", "until": "19:30"}, {"channels": ["call"], "days": "working",
      "from": "10:00", "until": "12:00"}], "caps": [{"period": "day", "most": 2}, {"period": "week", "most": 4},
      {"period": "30d", "most": 9, "channels": ["call"]}], "intervals": [{"minimum": "5h"}, {"minimum": "3d",
      "after": "conversation"}], "failed_attempts": {"most": 2, "within": "2d", "hold": "4d"}, "cool_down": {"default": "5d"})");
  std::set<ContactReason> reasons;
  for (int round = 0; round < 300; ++round) {
    UnitFacts facts;
    const auto some = [&](TimeMs span) {
      return kNoon + static_cast<TimeMs>(random() % static_cast<std::uint64_t>(span)) - span * 4 / 5;
    };
    for (std::size_t i = random() % 8; i > 0; --i) {
      ContactFact one = contact(some(10 * kDay), random() % 2 == 0 ? "sms" : "call");
      if (random() % 2 == 0) one.outcome = static_cast<AttemptOutcome>(random() % 4);
      one.is_released = random() % 6 == 0;
      facts.contacts.push_back(one);
    }
    if (random() % 6 == 0) facts.complaints.push_back({{}, "normal", some(6 * kDay)});
    const ContactRequest wish = request("li", random() % 2 == 0 ? "sms" : "call");
    const ContactDecision decision = decide_contact(rules, shanghai(), wish, facts, kNoon);
    reasons.insert(decision.reason);
    std::shuffle(facts.contacts.begin(), facts.contacts.end(), random);
    ASSERT_EQ(said(decide_contact(rules, shanghai(), wish, facts, kNoon)), said(decision));
    if (decision.is_allowed()) continue;
    ASSERT_EQ(decision.verdict, ContactVerdict::kHold);
    ASSERT_EQ(decide(rules, facts, wish, decision.until), "allowed allowed") << round;
    for (TimeMs time = kNoon; time < decision.until; time += 7 * kMillisecondsPerMinute)
      ASSERT_NE(decide(rules, facts, wish, time), "allowed allowed") << round << " " << format_time(time);
    ASSERT_NE(decide(rules, facts, wish, decision.until - 1), "allowed allowed") << round;
  }
  EXPECT_GE(reasons.size(), 5u);
}

TEST(ContactReason, NamesAreStable) {
  std::set<std::string_view> names;
  for (int i = 0; i < kContactReasons; ++i) names.insert(to_string(static_cast<ContactReason>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kContactReasons));
  EXPECT_EQ(to_string(ContactReason::kQuietHours), "quiet_hours");
  EXPECT_EQ(to_string(ContactReason::kCap), "contact_cap");
}

}  // namespace
}  // namespace tactful::test
