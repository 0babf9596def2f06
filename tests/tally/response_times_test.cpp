// How long customers take to respond: joined by hand here, by the tally there, and through a real store.
#include <gmock/gmock.h>

#include "support/memory_source.hpp"
#include "support/temp_dir.hpp"
#include "tactful/store/store.hpp"
#include "tactful/tally/response_times.hpp"
#include "test_experiment.hpp"

namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using ::testing::HasSubstr;
constexpr TimeMs kHour = 3'600'000;

class Responses : public testing::Test {
 protected:
  void expose(UnitId unit, const std::string& variant = "control", TimeMs at = kStart) {
    source_.exposures.push_back({unit, variant, at});
  }
  void contact(UnitId unit, TimeMs at, const std::string& reason = "reserved", const std::string& phase = "pilot") {
    source_.contacts.push_back({unit, at, reason, phase});
  }
  void respond(UnitId unit, TimeMs at, const std::string& kind = "responded") {
    source_.outcomes.push_back({unit, kind, at});
  }
  ResponseTimes times(std::optional<TimeMs> within = kDay, std::size_t partitions = 2) {
    source_.seal(partitions);
    const auto found = response_times(experiment_, source_, {kStart + 10 * kDay, "pilot", within});
    EXPECT_TRUE(found) << (found ? "" : describe(found.error()));
    return found ? *found : ResponseTimes{};
  }

  Experiment experiment_ = test::make_experiment();
  test::MemorySource source_;
};

TEST_F(Responses, AreTheFirstAnswerAfterTheLatestContact) {
  expose(1);
  contact(1, kStart);
  contact(1, kStart + 2 * kDay);
  respond(1, kStart + 2 * kDay + 3 * kHour);  // of the second
  respond(1, kStart + 3 * kDay);              // not the first answer
  respond(1, kStart + kHour, "converted");    // no answer
  const ArmResponses control = times().arms[0];
  EXPECT_EQ(control.variant, "control");
  EXPECT_EQ(control.contacts, 2);
  EXPECT_EQ(control.answered, 1);
  EXPECT_EQ(control.due, 2);
  EXPECT_EQ(control.in_time, 1);
  EXPECT_DOUBLE_EQ(control.share_in_time().value(), 0.5);
  const std::array<TimeMs, 3> three = {3 * kHour, 3 * kHour, 3 * kHour};
  EXPECT_EQ(control.quartiles, three);
}

TEST_F(Responses, QuartilesAndDeadlinesCountWhoHadTheTime) {
  for (UnitId unit = 1; unit <= 10; ++unit) {
    expose(unit, unit <= 8 ? "control" : "friendly");
    contact(unit, kStart);
    if (unit <= 8) respond(unit, kStart + static_cast<TimeMs>(unit) * 10 * kHour);
  }
  // Too young for a deadline: counted, in neither share nor times.
  expose(11, "friendly", kStart + 9 * kDay + 1);
  contact(11, kStart + 9 * kDay + 1);
  respond(11, kStart + 9 * kDay + 2);
  const ResponseTimes found = times(kDay);
  const std::array<TimeMs, 3> control = {20 * kHour, 40 * kHour, 60 * kHour};
  EXPECT_EQ(found.arms[0].quartiles, control);
  EXPECT_EQ(found.arms[0].in_time, 2);
  EXPECT_EQ(found.arms[0].answered, 8);
  EXPECT_EQ(found.arms[1].contacts, 3);
  EXPECT_EQ(found.arms[1].answered, 1);
  EXPECT_EQ(found.arms[1].due, 2);
  EXPECT_EQ(found.arms[1].in_time, 0);
  EXPECT_EQ(found.arms[1].quartiles, std::nullopt) << "nobody answered of those who had the time";
  EXPECT_EQ(found.arms[2].share_in_time(), std::nullopt) << "no contact, no share";
  // Without a deadline every answer so far is in the times, and there is no share.
  const ResponseTimes all = times(std::nullopt);
  EXPECT_EQ(all.arms[1].quartiles->at(0), 1);
  EXPECT_EQ(all.arms[1].due, 0);
  EXPECT_EQ(all.arms[1].share_in_time(), std::nullopt);
  const Json json = to_json(all);
  EXPECT_TRUE(json.find("within")->is_null());
  EXPECT_TRUE(json.find("variants")->as_array()[1].find("in_time")->is_null());
  EXPECT_EQ(json.find("variants")->as_array()[1].find("answered_within")->find("half_ms")->as_integer(), 1);
  for (std::size_t partitions : {1u, 4u}) EXPECT_EQ(times(kDay, partitions), found);
}

TEST_F(Responses, OfAStoppedWordingAreThoseBeforeTheStop) {
  for (const UnitId unit : {UnitId{1}, UnitId{2}}) {
    expose(unit, unit == 1 ? "control" : "friendly");
    contact(unit, kStart);
    contact(unit, kStart + 2 * kDay);  // from here on friendly's customers get control's words
    respond(unit, kStart + 2 * kDay + kHour);
  }
  source_.seal(2);
  ResponseOptions options{kStart + 10 * kDay, "pilot", kDay, {{"friendly", kStart + 2 * kDay}}};
  const auto found = response_times(experiment_, source_, options);
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->arms[0].contacts, 2);
  EXPECT_EQ(found->arms[1].contacts, 1);
  EXPECT_EQ(found->arms[1].answered, 0);
}

TEST_F(Responses, LeaveOutWhatIsNoContactOfTheComparison) {
  expose(1);
  contact(1, kStart + kHour);
  contact(1, kStart + kHour, "released");  // was not sent
  contact(1, kStart + 2 * kHour);          // was
  contact(1, kStart + 2 * kHour, "completed");
  contact(1, kStart - kHour);  // before the exposure
  contact(1, kStart + 3 * kHour, "reserved", "rollout-1");
  contact(2, kStart + kHour);                // never exposed
  expose(3, "control", kStart + 28 * kDay);  // after the enrolment
  contact(3, kStart + 28 * kDay);
  expose(4, "friendly", kStart + 5);
  expose(4, "control", kStart + 2);  // the first exposure decides
  contact(4, kStart + 6);
  respond(1, kStart + kHour + 1);  // before the contact that stands
  respond(4, kStart + 10 * kDay);  // after as_of
  const ResponseTimes found = times();
  EXPECT_EQ(found.arms[0].contacts, 2);
  EXPECT_EQ(found.arms[0].answered, 0);
  EXPECT_EQ(found.arms[1].contacts, 0);
}

TEST_F(Responses, SayWhatIsMissing) {
  source_.seal(1);
  const auto error = [&](std::optional<TimeMs> within) {
    return response_times(experiment_, source_, {kStart + kDay, "pilot", within}).error();
  };
  EXPECT_EQ(error(0).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error(kDay).code, ErrorCode::kInsufficientData);
  EXPECT_THAT(error(kDay).message, HasSubstr("no exposure"));
  expose(1);
  source_.seal(1);
  EXPECT_EQ(error(kDay).code, ErrorCode::kInsufficientData);
  EXPECT_THAT(error(kDay).message, HasSubstr("no contact"));
}

TEST_F(Responses, ComeFromAStoreWithContactsOfSeveralExperiments) {
  std::vector<IngestEvent> events;
  const auto add = [&](EventType type, UnitId unit, TimeMs at, std::string_view text, std::string_view of = "test") {
    IngestEvent event{};
    event.event.type = type;
    event.event.unit = unit;
    event.event.event = event.event.sequence = static_cast<std::int64_t>(events.size()) + 1;
    event.event.at = event.event.recorded_at = at;
    event.source = "sender";
    if (type == EventType::kOutcome) {
      event.kind = text;
    } else {
      event.experiment = of;
      event.phase = "pilot";
      event.variant = "control";
      if (type == EventType::kContact) event.reason = text;
    }
    events.push_back(event);
  };
  for (UnitId unit = 1; unit <= 3; ++unit) {
    add(EventType::kExposure, unit, kStart, "");
    add(EventType::kContact, unit, kStart, "reserved");
    add(EventType::kContact, unit, kStart + kHour, "reserved", "other");
    add(EventType::kOutcome, unit, kStart + static_cast<TimeMs>(unit) * 2 * kHour, "responded");
  }
  add(EventType::kContact, 3, kStart, "released");
  const test::TempDir folder;
  const auto store = Store::open(folder / "events.tactful", Store::Mode::kCreate);
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->ingest(events, "test"));
  const auto found = response_times(experiment_, **store, {kStart + 10 * kDay, "pilot", 3 * kHour});
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->arms[0].contacts, 2) << "one was given back; those of the other experiment are not of this one";
  EXPECT_EQ(found->arms[0].answered, 2);
  EXPECT_EQ(found->arms[0].in_time, 1);
  const std::array<TimeMs, 3> quartiles = {2 * kHour, 2 * kHour, 4 * kHour};
  EXPECT_EQ(found->arms[0].quartiles, quartiles);
}

}  // namespace
}  // namespace tactful
