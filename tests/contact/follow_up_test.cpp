#include "tactful/contact/follow_up.hpp"

#include <set>

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TimeMs kNoon = at("2026-05-14T12:00:00+08:00");
constexpr TimeMs kHour = kMillisecondsPerHour;
constexpr TimeMs kDay = kMillisecondsPerDay;

ContactPolicy ladder(const std::string& more = "") {
  return policy(
      R"("ladder": {"respond_within": "3d", "steps": [{"key": "second", "action": "remind", "experiment": "second-wording"},
      {"key": "third", "action": "remind", "after": "1d"},
      {"key": "escalate", "action": "escalate", "after": "2d", "within": "1d"}]})" +
      more);
}

class Ladder : public ContactFixture {
 protected:
  std::vector<std::string> due(const ContactPolicy& rules, TimeMs now) const {
    std::vector<std::string> lines;
    const ContactPolicy policies[] = {rules};
    const std::vector<DueStep> list = state_->due(policies, now).value();
    for (const DueStep& one : list) {
      lines.push_back(one.step.key + (one.is_overdue ? " overdue " : " ") + said(one.decision));
      last_ = one;
    }
    return lines;
  }
  std::unique_ptr<ContactState> state_ = open();
  mutable DueStep last_;
};

TEST_F(Ladder, GoesFromTheDeadlineToTheAccountablePerson) {
  const ContactPolicy rules = ladder();
  const Reservation made = state_->reserve(rules, request(), "m-1", kNoon);
  EXPECT_THAT(due(rules, kNoon + 3 * kDay - 1), IsEmpty());
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), ElementsAre("second allowed allowed"));
  EXPECT_EQ(last_.awaiting.contact, made.contact);
  EXPECT_EQ(last_.awaiting.unit, contact_identity().unit("li"));
  EXPECT_EQ(last_.step.experiment, "second-wording");
  EXPECT_THAT(last_.why, HasSubstr("no response by the deadline of 2026-05-17T04:00:00.000Z"));
  // The second reminder is sent once, by whoever is first.
  ContactRequest follow = request();
  follow.follow_up_of = made.contact;
  follow.step = "second";
  EXPECT_TRUE(state_->reserve(rules, follow, "m-2", kNoon + 3 * kDay).decision.is_allowed());
  EXPECT_EQ(said(state_->reserve(rules, follow, "m-3", kNoon + 3 * kDay).decision), "do_not_contact ladder_ended");
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), IsEmpty());
  EXPECT_THAT(due(rules, kNoon + 4 * kDay), ElementsAre("third allowed allowed"));
  ASSERT_TRUE(state_->take_step(made.contact, "third", kNoon + 4 * kDay));
  EXPECT_THAT(due(rules, kNoon + 5 * kDay), ElementsAre("escalate allowed allowed"));
  EXPECT_EQ(last_.step.to, "accountable");
  EXPECT_THAT(due(rules, kNoon + 6 * kDay), ElementsAre("escalate overdue allowed allowed"));
  ASSERT_TRUE(state_->take_step(made.contact, "escalate", kNoon + 6 * kDay));
  EXPECT_THAT(due(rules, kNoon + 60 * kDay), IsEmpty());
  EXPECT_EQ(state_->take_step(ContactId{}, "escalate", kNoon).error().code, ErrorCode::kNotFound);
}

TEST_F(Ladder, NeverOverridesARuleOfContact) {
  const ContactPolicy rules =
      ladder(R"(, "hours": [{"from": "09:00", "until": "20:00"}], "caps": [{"period": "week", "most": 1}])");
  const Reservation made = state_->reserve(rules, request(), "m-1", kNoon);
  // Capped: the reminder is listed with its hold; the escalation comes in its time all the same.
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), ElementsAre("second hold contact_cap 2026-05-18T01:00:00.000Z"));
  const TimeMs night = at("2026-05-19T23:00:00+08:00");
  EXPECT_THAT(due(rules, night), ElementsAre("second hold quiet_hours 2026-05-20T01:00:00.000Z",
                                             "escalate hold quiet_hours 2026-05-20T01:00:00.000Z"));
  ASSERT_TRUE(state_->opt_out("li", "", "", night, "stop"));
  EXPECT_THAT(due(rules, night), ElementsAre("second do_not_contact opted_out", "escalate do_not_contact opted_out"));
  ContactRequest follow = request();
  follow.follow_up_of = made.contact;
  follow.step = "second";
  EXPECT_EQ(said(state_->reserve(rules, follow, "m-2", kNoon + 7 * kDay).decision), "do_not_contact opted_out");
}

TEST_F(Ladder, TheTiersThatBoundTheFirstContactBindItsReminder) {
  // Of two tiers of one segment, a customer of "new" is in both and one of "trial" in the first alone.
  const ContactPolicy rules = ladder(R"(, "tiers": [
      {"key": "fresh", "segment": "tenure", "values": ["new", "trial"], "intervals": [{"minimum": "5d"}]},
      {"key": "newest", "segment": "tenure", "values": ["new"], "intervals": [{"minimum": "9d"}]}])");
  const std::pair<std::string_view, std::string_view> trial[] = {{"tenure", "trial"}}, fresh[] = {{"tenure", "new"}};
  ContactRequest wish = request();
  wish.segments = trial;
  ASSERT_TRUE(state_->reserve(rules, wish, "m-1", kNoon).decision.is_allowed());
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), ElementsAre("second hold minimum_interval 2026-05-19T04:00:00.000Z"));
  wish = request("wang");
  wish.segments = fresh;
  ASSERT_TRUE(state_->reserve(rules, wish, "m-2", kNoon).decision.is_allowed());
  ASSERT_TRUE(state_->reserve(rules, request("zhao"), "m-3", kNoon).decision.is_allowed());
  EXPECT_THAT(due(rules, kNoon + 3 * kDay),
              ::testing::UnorderedElementsAre("second hold minimum_interval 2026-05-19T04:00:00.000Z",
                                              "second hold minimum_interval 2026-05-23T04:00:00.000Z",
                                              "second allowed allowed"));
  // A policy that no longer has the tier does not bind by it.
  EXPECT_THAT(due(ladder(), kNoon + 3 * kDay), ::testing::Each("second allowed allowed"));
}

TEST_F(Ladder, AResponseEndsItWhateverTheOrder) {
  const ContactPolicy rules = ladder();
  const Reservation made = state_->reserve(rules, request(), "m-1", kNoon);
  ASSERT_TRUE(state_->record_response("li", "", kNoon - 1, "before"));  // to an earlier message
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), ElementsAre("second allowed allowed"));
  ASSERT_TRUE(state_->record_response("li", "T-other", kNoon + kHour, "other"));
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), ElementsAre("second allowed allowed"));
  ASSERT_TRUE(state_->record_response("li", "", kNoon + kHour, "reply"));
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), IsEmpty());
  ContactRequest follow = request();
  follow.follow_up_of = made.contact;
  follow.step = "second";
  EXPECT_EQ(said(state_->reserve(rules, follow, "m-2", kNoon + 3 * kDay).decision), "do_not_contact ladder_ended");
  // A response that is dated after the contact, though recorded before it: a clock was moved back.
  ASSERT_TRUE(state_->record_response("wang", "", kNoon + kHour, "early"));
  ASSERT_TRUE(state_->reserve(rules, request("wang"), "m-1", kNoon).decision.is_allowed());
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), IsEmpty());
}

TEST_F(Ladder, AMessageThatWasGivenBackStartsNothingAndItsStepIsFreeAgain) {
  const ContactPolicy rules = ladder();
  ASSERT_TRUE(state_->release(state_->reserve(rules, request("wang"), "m-1", kNoon).contact));
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), IsEmpty());
  const Reservation made = state_->reserve(rules, request(), "m-1", kNoon);
  ContactRequest follow = request();
  follow.follow_up_of = made.contact;
  follow.step = "second";
  ASSERT_TRUE(state_->release(state_->reserve(rules, follow, "m-2", kNoon + 3 * kDay).contact));
  EXPECT_THAT(due(rules, kNoon + 3 * kDay), ElementsAre("second allowed allowed"));
  follow.step = "";
  EXPECT_EQ(said(state_->reserve(rules, follow, "m-3", kNoon + 3 * kDay).decision), "do_not_contact invalid_request");
}

TEST_F(Ladder, TicketsAndDeadlinesOfTheirOwnArePartOfIt) {
  const ContactPolicy rules = ladder(R"(, "tickets": {"states": ["waiting", "closed"], "initial": "waiting",
      "transitions": {"waiting": ["closed"]}, "reminders": {"default": ["waiting"]}})");
  ContactRequest wish = request();
  wish.ticket = "T-1";
  wish.respond_by = kNoon + kHour;
  ASSERT_TRUE(state_->reserve(rules, wish, "m-1", kNoon).decision.is_allowed());
  EXPECT_THAT(due(rules, kNoon + kHour), ElementsAre("second allowed allowed"));
  ASSERT_TRUE(state_->move_ticket(rules.tickets, "li", "T-1", "closed", kNoon + kHour, ""));
  EXPECT_THAT(due(rules, kNoon + kHour), ElementsAre("second do_not_contact ticket_state"));
  EXPECT_EQ(last_.awaiting.ticket_state, "closed");
}

TEST_F(Ladder, ALongListIsReadInBatchesEachCustomerOnce) {
  const ContactPolicy rules = ladder();
  constexpr int kCustomers = 450;  // more than two batches, many with one deadline
  for (int i = 0; i < kCustomers; ++i)
    ASSERT_TRUE(state_->reserve(rules, request("u" + std::to_string(i)), "m", kNoon + i % 3).decision.is_allowed());
  const ContactPolicy policies[] = {rules};
  const auto list = state_->due(policies, kNoon + 4 * kDay - kHour).value();
  EXPECT_EQ(list.size(), static_cast<std::size_t>(kCustomers));
  std::set<ContactId> customers;
  for (const DueStep& one : list) customers.insert(one.awaiting.unit);
  EXPECT_EQ(customers.size(), static_cast<std::size_t>(kCustomers));  // each once
}

TEST_F(Ladder, EndsWhenItsStepsAreTakenForGood) {
  const ContactPolicy policies[] = {ladder()};
  const Reservation made = state_->reserve(policies[0], request(), "m-1", kNoon);
  const auto awaiting = [&] { return state_->export_unit("li")->find("awaiting")->as_array().size(); };
  ASSERT_TRUE(state_->take_step(made.contact, "escalate", kNoon));
  ASSERT_TRUE(state_->take_step(made.contact, "third", kNoon));
  ContactRequest follow = request();
  follow.follow_up_of = made.contact;
  follow.step = "second";
  const Reservation second = state_->reserve(policies[0], follow, "m-2", kNoon + 3 * kDay);
  EXPECT_EQ(state_->end_finished(policies).value(), 0);  // the reminder may still be given back
  EXPECT_EQ(awaiting(), 1u);
  ASSERT_TRUE(state_->complete(second.contact, AttemptOutcome::kFailed));
  EXPECT_EQ(state_->end_finished({}).value(), 0);  // of no policy
  EXPECT_EQ(state_->end_finished(policies).value(), 1);
  EXPECT_EQ(awaiting(), 0u);
  follow.step = "third";
  EXPECT_EQ(said(state_->reserve(policies[0], follow, "m-3", kNoon + 4 * kDay).decision),
            "do_not_contact ladder_ended");
}

TEST_F(Ladder, PriorityCustomersComeFirst) {
  const ContactPolicy rules = ladder();
  for (const char* unit : {"a", "b", "c"}) {
    ASSERT_TRUE(state_->reserve(rules, request(unit), "m", kNoon + (unit[0] - 'a')).decision.is_allowed());
  }
  ASSERT_TRUE(state_->record_list("c", ContactList::kPriority, true, "", kNoon, ""));
  const ContactPolicy policies[] = {rules};
  const auto list = state_->due(policies, kNoon + 4 * kDay - kHour);
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].awaiting.unit, contact_identity().unit("c"));
  EXPECT_TRUE((*list)[0].is_priority);
  EXPECT_EQ((*list)[1].awaiting.unit, contact_identity().unit("a"));
  EXPECT_THAT(*state_->due({}, kNoon + 4 * kDay), IsEmpty());  // no policy, no ladder
  EXPECT_EQ(state_->due(policies, -1).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tactful::test
