#include "tactful/core/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace tactful {
namespace {

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_FALSE(find_invalid_utf8(""));
  EXPECT_FALSE(find_invalid_utf8("plain, 中文, \xF0\x9F\x98\x80"));
  EXPECT_EQ(find_invalid_utf8("ab\xff"), 2u);
  EXPECT_EQ(find_invalid_utf8("\xC0\xAF"), 0u);          // overlong
  EXPECT_EQ(find_invalid_utf8("a\xED\xA0\x80"), 1u);     // surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u);  // past U+10FFFF
  EXPECT_EQ(find_invalid_utf8("\xE4\xB8"), 0u);          // truncated
  EXPECT_EQ(find_invalid_utf8("\xD6\xD0\xCE\xC4"), 0u);  // 中文 in GBK
}

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("中文字符"), 8u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);  // combining acute
  EXPECT_EQ(display_width("\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"), 2u);  // family
  EXPECT_EQ(display_width("\xff"), 1u);
}

TEST(Truncation, FitsAndNeverSplitsACharacter) {
  EXPECT_EQ(truncate_to_width("中文字符", 8), "中文字符");
  EXPECT_EQ(truncate_to_width("中文字符", 7), "中文字…");
  EXPECT_EQ(truncate_to_width("中文字符", 6), "中文…");
  EXPECT_EQ(truncate_to_width("abc", 0), "");
  EXPECT_EQ(truncate_to_width("abc", 1), "…");
  for (std::size_t columns = 0; columns < 12; ++columns) {
    EXPECT_LE(display_width(truncate_to_width("a中b文c字d符", columns)), columns);
  }
}

TEST(Padding, AlignsMixedText) {
  EXPECT_EQ(pad_right("中文", 6), "中文  ");
  EXPECT_EQ(pad_left("中文", 6), "  中文");
  EXPECT_EQ(pad_left("too long", 3), "too long");
}

TEST(Printable, DisarmsTerminalSequencesAndBidirectionalText) {
  EXPECT_EQ(printable("a\x1b[31mred"), "a\xEF\xBF\xBD[31mred");
  EXPECT_EQ(printable("two\nlines"), "two lines");
  EXPECT_EQ(printable("x\xE2\x80\xAEy"), "x\xEF\xBF\xBDy");  // right-to-left override
  EXPECT_EQ(printable("\xff"), "\xEF\xBF\xBD");
  EXPECT_EQ(printable("付款提醒"), "付款提醒");
}

TEST(Trim, RemovesBlanksAtBothEnds) {
  EXPECT_EQ(trim("  Civic Duty \r\n"), "Civic Duty");
  EXPECT_EQ(trim(" \t "), "");
}

TEST(NearestWord, SuggestsOnlyLikelyTypingErrors) {
  constexpr std::array<std::string_view, 3> kKnown{"weight", "wording", "window"};
  EXPECT_EQ(nearest_word("weigth", kKnown), "weight");
  EXPECT_EQ(nearest_word("windwo", kKnown), "window");
  EXPECT_FALSE(nearest_word("salt", kKnown));
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance(std::string(2'000'000, 'a'), "a"), 2'000'000u) << "too long to compare";
  const std::array<std::string, 2> long_words{std::string(1'000'000, 'a'), "weight"};
  EXPECT_FALSE(nearest_word(std::string(10'000'000, 'a'), long_words));
}

}  // namespace
}  // namespace tactful
