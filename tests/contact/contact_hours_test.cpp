#include "tactful/contact/contact_hours.hpp"

#include <random>

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

TimeZone zone(std::string_view name) {
  static const TimeZones kZones;
  return kZones.find(name).value();
}

std::string next(const ContactHours& hours, std::string_view channel, std::string_view time, std::string_view name) {
  const auto open = hours.next_open(channel, at(time), zone(name));
  return open ? format_time(*open) : "never";
}

TEST(ContactHours, OpensByTheCustomersClock) {
  const ContactHours hours = policy(R"("hours": [{"from": "09:00", "until": "20:00"}])").hours;
  EXPECT_TRUE(hours.is_open("sms", at("2026-05-14T11:59:59.999Z"), zone("Asia/Shanghai")));
  EXPECT_FALSE(hours.is_open("sms", at("2026-05-14T12:00:00Z"), zone("Asia/Shanghai")));
  EXPECT_TRUE(hours.is_open("sms", at("2026-05-14T12:00:00Z"), zone("Europe/Berlin")));
  EXPECT_EQ(next(hours, "sms", "2026-05-14T12:00:00Z", "Asia/Shanghai"), "2026-05-15T01:00:00.000Z");
  EXPECT_EQ(next(hours, "sms", "2026-05-14T05:00:00.001Z", "Asia/Shanghai"), "2026-05-14T05:00:00.001Z");
}

TEST(ContactHours, ChannelsHaveTheirOwnWindows) {
  const ContactHours hours = policy(R"("hours": [{"channels": ["call"], "from": "10:00", "until": "13:00"},
                          {"channels": ["call"], "from": "14:00", "until": "20:00"}, {"from": "08:00", "until": "21:00"}])")
                                 .hours;
  EXPECT_EQ(next(hours, "call", "2026-05-14T05:30:00Z", "Asia/Shanghai"), "2026-05-14T06:00:00.000Z");
  EXPECT_EQ(next(hours, "sms", "2026-05-14T05:30:00Z", "Asia/Shanghai"), "2026-05-14T05:30:00.000Z");
  // No window at all: no quiet hours.
  EXPECT_TRUE(ContactHours{}.is_open("sms", 0, TimeZone()));
  const ContactHours calls = policy(R"("hours": [{"channels": ["call"], "from": "10:00"}])").hours;
  EXPECT_TRUE(calls.is_open("email", at("2026-05-14T20:00:00Z"), zone("Asia/Shanghai")));
}

TEST(ContactHours, WorkingDaysKnowHolidaysAndMakeUpDays) {
  const ContactHours hours = policy(R"("hours": [{"days": "working", "from": "09:00", "until": "18:00"}],
       "holidays": ["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"], "make_up_days": ["2026-10-10"])")
                                 .hours;
  EXPECT_EQ(next(hours, "sms", "2026-09-30T12:00:00Z", "Asia/Shanghai"), "2026-10-08T01:00:00.000Z");  // a Thursday
  EXPECT_EQ(next(hours, "sms", "2026-10-09T12:00:00Z", "Asia/Shanghai"),
            "2026-10-10T01:00:00.000Z");  // Saturday worked
  EXPECT_EQ(next(hours, "sms", "2026-10-10T12:00:00Z", "Asia/Shanghai"), "2026-10-12T01:00:00.000Z");
  const ContactHours rest = policy(R"("hours": [{"days": "rest", "weekdays": ["sun"], "from": "10:00"}])").hours;
  EXPECT_EQ(next(rest, "sms", "2026-05-14T00:00:00Z", "Asia/Shanghai"), "2026-05-17T02:00:00.000Z");
  // Four hundred days without one allowed moment.
  const ContactHours none = policy(R"("working_days": [], "hours": [{"days": "working"}])").hours;
  EXPECT_EQ(none.next_open("sms", at("2026-05-14"), TimeZone()), std::nullopt);
}

TEST(ContactHours, WindowsInAGapOpenWhenItEnds) {
  const ContactHours early = policy(R"("hours": [{"from": "02:30", "until": "05:00"}])").hours;
  EXPECT_EQ(next(early, "sms", "2026-03-28T23:00:00Z", "Europe/Berlin"), "2026-03-29T01:00:00.000Z");
  // A window that lies in the gap as a whole does not open that day.
  const ContactHours lost = policy(R"("hours": [{"from": "02:10", "until": "02:50"}])").hours;
  EXPECT_EQ(next(lost, "sms", "2026-03-28T23:00:00Z", "Europe/Berlin"), "2026-03-30T00:10:00.000Z");
}

TEST(ContactHours, InAnOverlapBothHoursCount) {
  const ContactHours hours = policy(R"("hours": [{"from": "02:15", "until": "02:45"}])").hours;
  EXPECT_EQ(next(hours, "sms", "2026-10-24T23:00:00Z", "Europe/Berlin"), "2026-10-25T00:15:00.000Z");
  EXPECT_EQ(next(hours, "sms", "2026-10-25T00:50:00Z", "Europe/Berlin"), "2026-10-25T01:15:00.000Z");
  // A window that began before the clock was put back into it opens again at that moment.
  const ContactHours wide = policy(R"("hours": [{"from": "01:30", "until": "02:30"}])").hours;
  EXPECT_EQ(next(wide, "sms", "2026-10-25T00:40:00Z", "Europe/Berlin"), "2026-10-25T01:00:00.000Z");
}

// The next opening is the first one: every minute before it is closed, and it is open.
TEST(ContactHours, NoEarlierMomentIsOpen) {
  std::mt19937_64 random(20260514);
  const std::vector<std::string> names = {"Europe/Berlin",     "America/New_York", "Asia/Shanghai",
                                          "America/Sao_Paulo", "Asia/Beirut",      "Australia/Lord_Howe"};
  const std::vector<std::string> starts = {"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2026-03-07T12:00:00Z",
                                           "2026-10-31T12:00:00Z", "2018-11-03T12:00:00Z", "2018-02-17T12:00:00Z",
                                           "2026-04-04T06:00:00Z", "2026-10-03T06:00:00Z"};
  for (int round = 0; round < 400; ++round) {
    ContactHours hours;
    for (std::size_t i = 0; i < 1 + random() % 2; ++i) {
      HoursWindow window;
      window.from = static_cast<int>(random() % 1430);
      window.until = window.from + 1 + static_cast<int>(random() % (random() % 2 == 0 ? 60 : 1440 - window.from));
      window.until = std::min(window.until, 1440);
      hours.windows.push_back(window);
    }
    const TimeZone local = zone(names[random() % names.size()]);
    const TimeMs start = at(starts[random() % starts.size()]) + static_cast<TimeMs>(random() % 1440) * 60'000;
    const auto open = hours.next_open("sms", start, local);
    ASSERT_TRUE(open);
    ASSERT_TRUE(hours.is_open("sms", *open, local)) << round;
    for (TimeMs time = start; time < *open; time += kMillisecondsPerMinute)
      ASSERT_FALSE(hours.is_open("sms", time, local)) << round << " " << local.name() << " " << format_time(time);
    if (*open > start) {
      ASSERT_FALSE(hours.is_open("sms", *open - 1, local)) << round << " " << local.name();
    }
  }
}

}  // namespace
}  // namespace tactful::test
