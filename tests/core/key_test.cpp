#include "tactful/core/key.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tactful {
namespace {

TEST(Key, IsASafeFileName) {
  for (const char* good : {"a", "payment-reminder", "2026_q1", "0"}) EXPECT_TRUE(is_key(good)) << good;
  for (const char* bad : {"", "-a", "_a", "A", "a b", "a/b", "../a", "a.json", "ä", "付款"})
    EXPECT_FALSE(is_key(bad)) << bad;
  EXPECT_TRUE(is_key(std::string(64, 'a')));
  EXPECT_FALSE(is_key(std::string(65, 'a')));
  EXPECT_FALSE(is_key(std::string_view("a\0b", 3)));
}

TEST(Key, ErrorNamesWhatAndTheRule) {
  EXPECT_TRUE(check_key("ok", "metric"));
  const Status status = check_key("No E-Mail", "metric");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "metric \"No E-Mail\" is not a key");
}

TEST(Label, KeepsNamesFromElsewhere) {
  for (const char* good : {"No E-Mail", "Civic Duty", "对照组", "1) $0 - $100", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(is_label(good)) << good;
  }
  for (const char* bad : {"", " a", "a ", "a\nb", "a\tb", "\x1b[31m", "\xff"}) EXPECT_FALSE(is_label(bad)) << bad;
  EXPECT_TRUE(is_label(std::string(100, 'x')));
  EXPECT_FALSE(is_label(std::string(101, 'x')));
}

}  // namespace
}  // namespace tactful
