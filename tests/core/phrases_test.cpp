#include "tactful/core/phrases.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tactful {
namespace {

TEST(Phrases, GroupDigitsByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(-1'234'567), "-1,234,567");
  EXPECT_EQ(grouped(-999), "-999");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Phrases, CountOneAndMany) {
  EXPECT_EQ(counted(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(counted(0, "entry", "entries"), "0 entries");
  EXPECT_EQ(counted(2'000, "entry", "entries"), "2,000 entries");
}

TEST(Phrases, LengthsOfTimeAsPeopleSayThem) {
  EXPECT_EQ(describe_duration(7 * kMillisecondsPerDay), "7 days");
  EXPECT_EQ(describe_duration(14 * kMillisecondsPerDay), "14 days");
  EXPECT_EQ(describe_duration(kMillisecondsPerDay), "1 day");
  EXPECT_EQ(describe_duration(24 * kMillisecondsPerHour), "1 day");
  EXPECT_EQ(describe_duration(36 * kMillisecondsPerHour), "36 hours");
  EXPECT_EQ(describe_duration(90 * kMillisecondsPerMinute), "90 minutes");
  EXPECT_EQ(describe_duration(1'000), "1 second");
  EXPECT_EQ(describe_duration(1'001), "1,001 milliseconds");
  EXPECT_EQ(describe_duration(0), "0 days");
}

}  // namespace
}  // namespace tactful
