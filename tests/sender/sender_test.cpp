#include "tactful/sender/sender.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "sender_fixture.hpp"

namespace tactful::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SenderTest : public SenderFixture {};

const std::vector<Field> kFields{{"name", "Wang"}, {"phone", "95555"}};

TEST_F(SenderTest, DecidesForAnEnrolledSubject) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  EXPECT_TRUE(decision.enrolled);
  EXPECT_EQ(decision.variant, "helpful");
  EXPECT_EQ(decision.wording, "payment-help");
  EXPECT_EQ(decision.reason, "assigned");
  EXPECT_EQ(decision.phase, "pilot");
  ASSERT_NE(decision.experiment(), nullptr);
  EXPECT_EQ(decision.experiment()->experiment.key, "payment");
}

TEST_F(SenderTest, AnUnknownExperimentIsControlWithTheReason) {
  const auto sender = open();
  const Decision decision = sender->decide("no-such", {"u", {}, {}}, kNow);
  EXPECT_FALSE(decision.enrolled);
  EXPECT_EQ(decision.variant, "control");
  EXPECT_EQ(decision.wording, "");
  EXPECT_EQ(decision.reason, "unknown_experiment");
  EXPECT_EQ(decision.experiment(), nullptr);
  EXPECT_TRUE(sender->expose(decision, {"u", {}, {}}, kNow).ok());
  const auto rendered = sender->render(decision, {"u", {}, {}}, kFields, kNow);
  ASSERT_FALSE(rendered.has_value());
  EXPECT_EQ(rendered.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(stored(*sender).empty());
}

TEST_F(SenderTest, WhoIsNotEnrolledGetsControlAndNoEvents) {
  const auto sender = open();
  const std::array<Attribute, 1> closed{{{"region", std::string_view("closed")}}};
  for (const auto& [subject, now] : {std::pair{Subject{"u", {}, closed}, kNow}, std::pair{Subject{"", {}, {}}, kNow},
                                     std::pair{Subject{"u", {}, {}}, TimeMs{0}}}) {
    const Decision decision = sender->decide("payment", subject, now);
    EXPECT_FALSE(decision.enrolled);
    EXPECT_EQ(decision.variant, "control");
    EXPECT_TRUE(sender->expose(decision, subject, now).ok());
    EXPECT_EQ(sender->render(decision, subject, kFields, now).value().text, "Dear Wang");
    EXPECT_FALSE(sender->render(decision, subject, {}, now).has_value());
  }
  EXPECT_TRUE(stored(*sender).empty());
}

TEST_F(SenderTest, ExposesWithFingerprintsPhaseReasonAndSegments) {
  SenderOptions options;
  options.source = "billing-run";
  const auto sender = open(options);
  const std::string unit = unit_of(*sender, "helpful");
  const std::array<Attribute, 6> attributes{{{"region", std::string_view("east \"2\"")},
                                             {"tenure", std::int64_t{-12}},
                                             {"score", 0.1},
                                             {"new", true},
                                             {"missing", std::monostate{}},
                                             {"undeclared", std::string_view("secret")}}};
  const Subject subject{unit, "household-7", attributes};
  const Decision decision = sender->decide("payment", subject, kNow);
  std::promise<Status> durable;
  ASSERT_TRUE(sender
                  ->expose(decision, subject, kNow, "sms", "message-77",
                           [&](const Status& status) { durable.set_value(status); })
                  .ok());
  EXPECT_TRUE(durable.get_future().get().ok());
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 1U);
  const Stored& exposure = events[0];
  EXPECT_EQ(exposure.event.type, EventType::kExposure);
  EXPECT_EQ(exposure.event.unit, pseudonymizer().unit(unit));
  EXPECT_EQ(exposure.event.cluster, 0) << "this experiment randomises units";
  EXPECT_EQ(exposure.event.at, kNow);
  EXPECT_EQ(exposure.event.recorded_at, clock_.now_ms());
  EXPECT_EQ(exposure.event.event, pseudonymizer().event("exposure:payment:message-77"));
  EXPECT_EQ(exposure.source, "billing-run");
  EXPECT_EQ(exposure.experiment, "payment");
  EXPECT_EQ(exposure.experiment_fingerprint, decision.experiment()->fingerprint);
  EXPECT_EQ(exposure.variant, "helpful");
  EXPECT_EQ(exposure.wording_fingerprint, decision.experiment()->wording_fingerprints[1]);
  EXPECT_EQ(exposure.phase, "pilot");
  EXPECT_EQ(exposure.reason, "assigned");
  EXPECT_EQ(exposure.channel, "sms");
  EXPECT_EQ(exposure.segments, R"({"new":"true","region":"east \"2\"","score":"0.1","tenure":"-12"})");
}

TEST_F(SenderTest, FormatsOtherSegmentValues) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  const std::array<Attribute, 4> attributes{
      {{"region", std::string_view("")}, {"tenure", -0.0}, {"score", 1e21}, {"new", false}}};
  const Subject subject{unit, {}, attributes};
  ASSERT_TRUE(sender->expose(sender->decide("payment", subject, kNow), subject, kNow).ok());
  EXPECT_EQ(stored(*sender).at(0).segments, R"({"new":"false","score":"1e+21","tenure":"0"})");
}

TEST_F(SenderTest, RefusesASegmentThatIsNoLabelByTheAttributesName) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  const std::array<Attribute, 1> attributes{{{"region", std::string_view("+49 170 1234567\n")}}};
  const Subject subject{unit, {}, attributes};
  const Status status = sender->expose(sender->decide("payment", subject, kNow), subject, kNow);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(describe(status.error()), AllOf(HasSubstr("'region'"), Not(HasSubstr("1234567"))));
  EXPECT_TRUE(stored(*sender).empty());
}

TEST_F(SenderTest, RefusesAChannelThatIsNoKey) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  EXPECT_EQ(sender->expose(decision, {unit, {}, {}}, kNow, "No Channel").error().where, "channel");
  EXPECT_TRUE(sender->render(decision, {unit, {}, {}}, kFields, kNow, "No Channel").has_value())
      << "the message goes out all the same";
  EXPECT_THAT(log_.text(), HasSubstr("channel"));
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 1U) << "and its delivery is recorded, without the channel";
  EXPECT_EQ(events[0].event.type, EventType::kDelivery);
  EXPECT_EQ(events[0].channel, "");
}

TEST_F(SenderTest, OneMessageIdForExposureAndOutcomeIsTwoEvents) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  const Subject subject{unit, {}, {}};
  const Decision decision = sender->decide("payment", subject, kNow);
  ASSERT_TRUE(sender->expose(decision, subject, kNow, "sms", "message-77").ok());
  ASSERT_TRUE(sender->expose(decision, subject, kNow, "sms", "message-77").ok());
  ASSERT_TRUE(sender->record_outcome({unit, "converted", kNow, "message-77", {}, {}}).ok());
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].event.event, events[1].event.event);
  EXPECT_NE(events[0].event.event, events[2].event.event);
  EXPECT_EQ(events[2].event.event, pseudonymizer().event("message-77")) << "as an import of outcomes has it";
}

TEST_F(SenderTest, TheDefaultEventIdIsTheSameForTheSameMessage) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  ASSERT_TRUE(sender->expose(decision, {unit, {}, {}}, kNow).ok());
  ASSERT_TRUE(sender->expose(decision, {unit, {}, {}}, kNow).ok());
  ASSERT_TRUE(sender->expose(decision, {unit, {}, {}}, kNow + 1).ok());
  ASSERT_TRUE(sender->render(decision, {unit, {}, {}}, kFields, kNow).has_value());
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].event.event, pseudonymizer().event("exposure/payment/pilot/" + std::to_string(kNow)));
  EXPECT_EQ(events[1].event.event, events[0].event.event);
  EXPECT_NE(events[2].event.event, events[0].event.event);
  EXPECT_EQ(events[3].event.event, pseudonymizer().event("delivery/payment/pilot/" + std::to_string(kNow)));
}

TEST_F(SenderTest, RendersTheAssignedTextAndRecordsTheDelivery) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  const Rendered rendered = sender->render(decision, {unit, {}, {}}, kFields, kNow, "sms").value();
  EXPECT_EQ(rendered.text, "Hello Wang, call 95555");
  EXPECT_EQ(rendered.variant, "helpful");
  EXPECT_FALSE(rendered.degraded);
  EXPECT_EQ(rendered.why, "");
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.type, EventType::kDelivery);
  EXPECT_EQ(events[0].variant, "helpful");
  EXPECT_EQ(events[0].wording_fingerprint, decision.experiment()->wording_fingerprints[1]);
  EXPECT_EQ(events[0].reason, "");
  EXPECT_EQ(events[0].channel, "sms");
}

TEST_F(SenderTest, AnIncompleteTextDegradesToControl) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  const std::vector<Field> fields{{"name", "Wang"}, {"phone", "  "}};
  const Rendered rendered = sender->render(decision, {unit, {}, {}}, fields, kNow).value();
  EXPECT_EQ(rendered.text, "Dear Wang");
  EXPECT_EQ(rendered.variant, "control");
  EXPECT_TRUE(rendered.degraded);
  EXPECT_THAT(rendered.why, HasSubstr("phone"));
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.type, EventType::kDelivery);
  EXPECT_EQ(events[0].variant, "control");
  EXPECT_EQ(events[0].wording_fingerprint, decision.experiment()->wording_fingerprints[0]);
  EXPECT_EQ(events[0].reason, "missing_field");
}

TEST_F(SenderTest, WithoutControlsFieldsNothingIsSentAndAHoldIsRecorded) {
  const auto sender = open();
  for (const std::string variant : {"control", "helpful"}) {
    const std::string unit = unit_of(*sender, variant);
    const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
    const auto rendered = sender->render(decision, {unit, {}, {}}, {}, kNow);
    ASSERT_FALSE(rendered.has_value());
    EXPECT_EQ(rendered.error().code, ErrorCode::kInvalidInput);
    EXPECT_THAT(rendered.error().message, HasSubstr("name"));
    if (variant == "helpful") {
      EXPECT_THAT(rendered.error().message, AllOf(HasSubstr("phone"), HasSubstr("control's text")));
    }
    const Stored hold = stored(*sender).back();
    EXPECT_EQ(hold.event.type, EventType::kHold);
    EXPECT_EQ(hold.variant, variant);
    EXPECT_EQ(hold.reason, "missing_field");
  }
  EXPECT_EQ(stored(*sender).size(), 2U);
}

TEST_F(SenderTest, AVariantWithoutTextIsAnErrorAndAHold) {
  write(experiment("Dear {name}", ""));
  const auto sender = open();
  const std::string unit = unit_of(*sender, "helpful");
  const auto rendered = sender->render(sender->decide("payment", {unit, {}, {}}, kNow), {unit, {}, {}}, kFields, kNow);
  ASSERT_FALSE(rendered.has_value());
  EXPECT_EQ(rendered.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(rendered.error().message, HasSubstr("helpful"));
  EXPECT_EQ(stored(*sender).at(0).reason, "no_text");
}

TEST_F(SenderTest, ClusteredExperimentsRecordTheCluster) {
  Json json = experiment();
  json.set("cluster", "household");
  write(json);
  const auto sender = open();
  const Subject alone{"u", {}, {}};
  EXPECT_EQ(sender->decide("payment", alone, kNow).reason, "no_unit");
  const Subject member{"u", "household-7", {}};
  const Decision decision = sender->decide("payment", member, kNow);
  ASSERT_TRUE(decision.enrolled);
  EXPECT_EQ(sender->decide("payment", {"other", "household-7", {}}, kNow).variant, decision.variant);
  ASSERT_TRUE(sender->expose(decision, member, kNow).ok());
  EXPECT_EQ(stored(*sender).at(0).event.cluster, pseudonymizer().cluster("household-7"));
}

TEST_F(SenderTest, RecordsOutcomes) {
  const auto sender = open();
  ASSERT_TRUE(sender->record_outcome({"u", "complaint", kNow, "case-1", {}, {}}).ok());
  ASSERT_TRUE(sender->record_outcome({"u", "csat", kNow, "case-2", 4.5, "call-centre"}).ok());
  EXPECT_EQ(sender->record_outcome({"", "csat", kNow, {}, {}, {}}).error().where, "unit");
  EXPECT_EQ(sender->record_outcome({"u", "Bad Kind", kNow, {}, {}, {}}).error().where, "kind");
  EXPECT_EQ(sender->record_outcome({"u", "csat", kNow, {}, std::nan(""), {}}).error().where, "value");
  const auto events = stored(*sender);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].source, "sender");
  EXPECT_EQ(events[0].kind, "complaint");
  EXPECT_EQ(events[0].event.value, 1.0);
  EXPECT_EQ(events[1].source, "call-centre");
  EXPECT_EQ(events[1].event.value, 4.5);
  EXPECT_EQ(sender->counters().recorded, 2);
}

TEST_F(SenderTest, ADecisionOutlivesAReload) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  const Decision before = sender->decide("payment", {unit, {}, {}}, kNow);
  write(experiment("Good day {name}"));
  ASSERT_TRUE(sender->reload().ok());
  EXPECT_EQ(sender->render(before, {unit, {}, {}}, kFields, kNow).value().text, "Dear Wang");
  const Decision after = sender->decide("payment", {unit, {}, {}}, kNow);
  EXPECT_EQ(sender->render(after, {unit, {}, {}}, kFields, kNow).value().text, "Good day Wang");
}

TEST_F(SenderTest, ABrokenEditKeepsTheOldCatalogue) {
  const auto sender = open();
  ASSERT_TRUE(write_file_atomically(catalogue_ / "payment.json", "{").ok());
  EXPECT_FALSE(sender->reload().ok());
  EXPECT_NE(sender->decide("payment", {"u", {}, {}}, kNow).experiment(), nullptr);
}

TEST_F(SenderTest, FollowsAPromotionIntoItsPhase) {
  const auto sender = open();
  const std::string unit = unit_of(*sender, "control");
  LedgerEntry entry;
  entry.at = kNow;
  entry.by = "Wang Wei";
  entry.action = LedgerAction::kPromote;
  entry.experiment = "payment";
  entry.fingerprint = sender->decide("payment", {unit, {}, {}}, kNow).experiment()->fingerprint;
  entry.body = Json::object().set("variant", "helpful").set("holdback", 0.0);
  ASSERT_TRUE(Ledger::append(Ledger::path_of(catalogue_, "payment"), entry).has_value());
  ASSERT_TRUE(sender->reload().ok());
  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  EXPECT_EQ(decision.variant, "helpful");
  EXPECT_EQ(decision.reason, "promoted");
  ASSERT_TRUE(sender->expose(decision, {unit, {}, {}}, kNow).ok());
  EXPECT_EQ(stored(*sender).at(0).phase, "rollout-1");
  EXPECT_EQ(stored(*sender).at(0).reason, "promoted");
}

TEST_F(SenderTest, ObeysTheStopOfOneVariantAtTheNextReload) {
  Json three = experiment();
  Json variants = *three.find("variants");
  variants.push_back(parse_json(R"({"key": "firm", "wording": "payment-firm", "text": "Pay, {name}"})").value());
  three.set("variants", variants);
  write(three);
  const auto sender = open();
  const std::string unit = unit_of(*sender, "firm"), other = unit_of(*sender, "helpful");
  LedgerEntry entry;
  entry.at = kNow;
  entry.by = "Li Na";
  entry.action = LedgerAction::kStop;
  entry.experiment = "payment";
  entry.fingerprint = sender->decide("payment", {unit, {}, {}}, kNow).experiment()->fingerprint;
  entry.body = Json::object().set("variant", "firm").set("reason", "complaints");
  ASSERT_TRUE(Ledger::append(Ledger::path_of(catalogue_, "payment"), entry).has_value());
  EXPECT_EQ(sender->decide("payment", {unit, {}, {}}, kNow).variant, "firm");
  ASSERT_TRUE(sender->reload().ok());

  const Decision decision = sender->decide("payment", {unit, {}, {}}, kNow);
  EXPECT_EQ(decision.variant, "control");
  EXPECT_EQ(decision.reason, "variant_stopped");
  EXPECT_FALSE(decision.enrolled);
  ASSERT_TRUE(sender->expose(decision, {unit, {}, {}}, kNow).ok());
  const std::array fields{Field{"name", "Wang"}};
  EXPECT_EQ(sender->render(decision, {unit, {}, {}}, fields, kNow)->text, "Dear Wang");
  EXPECT_TRUE(stored(*sender).empty()) << "no part of the comparison: no exposure, no delivery";
  EXPECT_EQ(sender->decide("payment", {other, {}, {}}, kNow).variant, "helpful");
}

TEST_F(SenderTest, OpenReportsItsFloorsErrors) {
  SenderOptions options;
  options.source = "No Key";
  const auto wrong_source = Sender::open(catalogue_, journals_, pseudonymizer(), clock_, options);
  ASSERT_FALSE(wrong_source.has_value());
  EXPECT_EQ(wrong_source.error().where, "source");
  EXPECT_EQ(Sender::open(folder_ / "absent", journals_, pseudonymizer(), clock_).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(journals_)) << "no journal without a catalogue";
  EXPECT_EQ(Sender::open(catalogue_, catalogue_ / "payment.json", pseudonymizer(), clock_).error().code,
            ErrorCode::kStorage);
}

}  // namespace
}  // namespace tactful::test
