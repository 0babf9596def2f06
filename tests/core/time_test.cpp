#include "tactful/core/time.hpp"

#include <gtest/gtest.h>

namespace tactful {
namespace {

const UtcOffset kShanghai = *UtcOffset::parse("+08:00");

TEST(ParseTime, ReadsIsoWithZone) {
  EXPECT_EQ(*parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*parse_time("2026-05-14T09:30:00.123+08:00"), 1778722200123);
  EXPECT_EQ(*parse_time("2026-05-14 01:30:00.123456Z"), 1778722200123);
  EXPECT_EQ(*parse_time("2026-05-14T01:30Z"), 1778722200000);
  EXPECT_EQ(*parse_time("1969-12-31T23:59:59.999Z"), -1);
}

TEST(ParseTime, RefusesATimeThatNamesNoMoment) {
  const auto error = parse_time("2017-01-21 22:11:48.556739").error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_NE(error.message.find("no zone"), std::string::npos);
  EXPECT_EQ(*parse_time("2017-01-21 22:11:48.556739", UtcOffset{}), 1485036708556);
  EXPECT_EQ(*parse_time("1970-01-01T08:00:00", kShanghai), 0);
}

TEST(ParseTime, ReadsEpochsAndDates) {
  EXPECT_EQ(*parse_time("1700000000"), 1700000000000);
  EXPECT_EQ(*parse_time("1700000000123"), 1700000000123);
  EXPECT_EQ(*parse_time("-1"), -1000);
  EXPECT_EQ(*parse_time("1970-01-02"), kMillisecondsPerDay);
  EXPECT_EQ(*parse_time("1970-01-02", kShanghai), kMillisecondsPerDay - 8 * kMillisecondsPerHour);
}

TEST(ParseTime, RefusesDigitsThatAreNoMomentOfOurs) {
  EXPECT_NE(parse_time("20260520").error().message.find("epoch of 1970"), std::string::npos);
  EXPECT_TRUE(parse_time("10000000"));  // eight digits, but no date
  EXPECT_FALSE(parse_time("9223372036854775807"));
  EXPECT_FALSE(parse_time("253402300800000"));
  EXPECT_EQ(*parse_time("253402300799999"), 253402300799999);
}

TEST(ParseTime, RefusesWhatLiesInAnotherYearAtUtc) {
  EXPECT_TRUE(parse_time("9999-12-31T23:59:59.999Z"));
  EXPECT_FALSE(parse_time("9999-12-31T23:59:59-18:00")) << "the year 10000, which does not print";
  EXPECT_FALSE(parse_time("0000-01-01T00:00:00+00:01"));
  EXPECT_FALSE(parse_time("0000-01-01", UtcOffset::parse("+08:00").value()));
}

TEST(ParseTime, SaysWhichPartIsWrong) {
  for (const char* bad : {"", "  ", "yesterday", "2026-13-01", "2026-02-30", "2026-5-1", "2026-05-14T25:00Z",
                          "2026-05-14T09:60Z", "2026-05-14T09:30:61Z", "2026-05-14T09:30:00.Z", "2026-05-14X09:30Z",
                          "2026-05-14T09:30+8", "14/05/2026", "99999999999999999999"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
  EXPECT_NE(parse_time("2026-02-30").error().message.find("no such date"), std::string::npos);
}

TEST(FormatTime, ReadsBack) {
  EXPECT_EQ(format_time(1778722200123), "2026-05-14T01:30:00.123Z");
  EXPECT_EQ(format_time(1778722200123, kShanghai), "2026-05-14T09:30:00.123+08:00");
  EXPECT_EQ(format_date(-1), "1969-12-31");
  for (const TimeMs time :
       {TimeMs{0}, TimeMs{-1}, TimeMs{1778722200123}, TimeMs{-62135596800000}, TimeMs{253402271999999}}) {
    EXPECT_EQ(*parse_time(format_time(time, kShanghai)), time);
  }
}

TEST(Days, AreCountedAtTheOffset) {
  EXPECT_EQ(day_index(-1, {}), -1);
  EXPECT_EQ(day_index(0, {}), 0);
  EXPECT_EQ(day_index(16 * kMillisecondsPerHour, kShanghai), 1);
  EXPECT_EQ(day_start(1, kShanghai), 16 * kMillisecondsPerHour);
  EXPECT_EQ(day_index(-kMillisecondsPerDay, {}), -1);
}

TEST(Days, OfTheEndsOfTimeDoNotOverflow) {
  for (const TimeMs end : {INT64_MIN, INT64_MAX}) {
    for (const char* zone : {"+18:00", "-18:00"}) {
      const UtcOffset offset = UtcOffset::parse(zone).value();
      const std::int64_t day = day_index(end, offset);
      EXPECT_EQ(day > 0, end > 0);
      EXPECT_EQ(day_start(day, offset) > 0, end > 0);
      EXPECT_FALSE(format_time(end, offset).empty());
      EXPECT_FALSE(format_date(end, offset).empty());
    }
  }
}

TEST(Offsets, ParseAndPrint) {
  EXPECT_EQ(kShanghai.minutes(), 480);
  EXPECT_EQ(UtcOffset::parse("-0530")->minutes(), -330);
  EXPECT_EQ(UtcOffset::parse("+08")->to_string(), "+08:00");
  EXPECT_EQ(UtcOffset::parse("Z")->to_string(), "+00:00");
  for (const char* bad : {"", "8", "+8", "+19:00", "+08:60", "+08:0", "CST", "+08:00x"})
    EXPECT_FALSE(UtcOffset::parse(bad)) << bad;
}

TEST(Durations, ParseAndPrint) {
  EXPECT_EQ(*parse_duration("7d"), 7 * kMillisecondsPerDay);
  EXPECT_EQ(*parse_duration("72h"), 3 * kMillisecondsPerDay);
  EXPECT_EQ(*parse_duration("30m"), 30 * kMillisecondsPerMinute);
  EXPECT_EQ(format_duration(7 * kMillisecondsPerDay), "1w");
  EXPECT_EQ(format_duration(kMillisecondsPerDay + kMillisecondsPerHour), "25h");
  EXPECT_EQ(format_duration(1), "1ms");
  for (const char* bad : {"", "7", "d", "-1d", "0d", "1.5d", "7 days", "99999999999999w"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(SystemClock, IsAfterThisTestWasWritten) { EXPECT_GT(SystemClock().now_ms(), 1767225600000); }

}  // namespace
}  // namespace tactful
