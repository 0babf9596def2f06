#include "tactful/contact/time_zone.hpp"

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

TimeZone zone(std::string_view name) {
  static const TimeZones kZones;
  return kZones.find(name).value();
}

std::int64_t day(std::string_view date) { return day_index(at(date), UtcOffset{}); }

TEST(TimeZone, ShowsWhatTheClockOnTheWallShows) {
  EXPECT_EQ(zone("Asia/Shanghai").local(at("2026-05-14T16:30:15Z")), (LocalMoment{day("2026-05-15"), 30, 15'000}));
  EXPECT_EQ(zone("Europe/Berlin").local(at("2026-01-14T22:59:00Z")).minute, 23 * 60 + 59);
  EXPECT_EQ(zone("Europe/Berlin").local(at("2026-07-14T22:59:00Z")).minute, 59);
  EXPECT_EQ(zone("America/New_York").local(at("1969-12-31T23:00:00Z")), (LocalMoment{-1, 18 * 60, 0}));
  EXPECT_EQ(TimeZone::fixed(UtcOffset::parse("-03:30").value()).local(at("2026-01-01T00:00:00Z")),
            (LocalMoment{day("2025-12-31"), 20 * 60 + 30, 0}));
  EXPECT_EQ(TimeZone().name(), "+00:00");
}

TEST(TimeZone, AGapEndsWhereTheClockIsPutForward) {
  // Berlin 2026-03-29: 02:00 becomes 03:00.
  EXPECT_EQ(zone("Europe/Berlin").moments(day("2026-03-29"), 150), (LocalMoments{at("2026-03-29T01:00:00Z"), {}}));
  EXPECT_EQ(zone("Europe/Berlin").first_moment(day("2026-03-29"), 180), at("2026-03-29T01:00:00Z"));
  // New York 2026-03-08.
  EXPECT_EQ(zone("America/New_York").first_moment(day("2026-03-08"), 121), at("2026-03-08T07:00:00Z"));
}

TEST(TimeZone, AnOverlapHasTwoMoments) {
  // Berlin 2026-10-25: 03:00 becomes 02:00.
  EXPECT_EQ(zone("Europe/Berlin").moments(day("2026-10-25"), 150),
            (LocalMoments{at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")}));
  EXPECT_EQ(zone("America/New_York").moments(day("2026-11-01"), 90),
            (LocalMoments{at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z")}));
  EXPECT_EQ(zone("Asia/Shanghai").moments(day("2026-10-25"), 150), (LocalMoments{at("2026-10-24T18:30:00Z"), {}}));
}

TEST(TimeZone, KnowsWhenTheClockIsPutForwardOrBackNext) {
  EXPECT_EQ(zone("Europe/Berlin").next_change(at("2026-03-29T00:59:59Z")), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(zone("Europe/Berlin").next_change(at("2026-03-29T01:00:00Z")), at("2026-10-25T01:00:00Z"));
  EXPECT_EQ(zone("Asia/Shanghai").next_change(at("2026-01-01")), std::nullopt);
  EXPECT_EQ(TimeZone().next_change(0), std::nullopt);
}

TEST(TimeZones, UnknownNamesAndAMissingDatabaseAreErrors) {
  const TimeZones zones;
  EXPECT_EQ(zones.find("Asia/Shanghia").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(zones.find("../../etc/passwd").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(zones.find("").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(TimeZones(TimeZones::Source::kNone).find("Asia/Shanghai").error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace tactful::test
