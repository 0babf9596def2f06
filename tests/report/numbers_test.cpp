#include "numbers.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "layout.hpp"
#include "tactful/core/text.hpp"

namespace tactful::report {
namespace {

TEST(Numbers, GroupsThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(-1'234'567), "-1,234,567");
  EXPECT_EQ(count_text(std::numeric_limits<std::int64_t>::max()), "9,223,372,036,854,775,807");
  EXPECT_EQ(fixed_text(12345.678, 1), "12,345.7");
}

TEST(Numbers, AZeroHasNoSign) {
  EXPECT_EQ(signed_text(0.001, 2), "0.00");
  EXPECT_EQ(signed_text(-0.001, 2), "0.00");
  EXPECT_EQ(signed_text(1.5, 1), "+1.5");
  EXPECT_EQ(signed_text(-1.5, 1), "-1.5");
}

TEST(Numbers, WhatIsNotFiniteHasNoDigits) {
  EXPECT_EQ(fixed_text(std::numeric_limits<double>::infinity(), 2), "-");
  EXPECT_EQ(signed_text(std::numeric_limits<double>::quiet_NaN(), 2), "-");
  EXPECT_EQ(exact_text(-std::numeric_limits<double>::infinity()), "");
}

TEST(Numbers, PValuesKeepTheDigitsThatDecide) {
  EXPECT_EQ(p_text(0.00001), "<0.0001");
  EXPECT_EQ(p_text(0.0249), "0.0249");
  EXPECT_EQ(p_text(0.4821), "0.482");
  EXPECT_EQ(p_text(0.99999), ">0.999");
}

TEST(Numbers, PercentagesDropNeedlessZeros) {
  EXPECT_EQ(percent_text(0.95), "95 %");
  EXPECT_EQ(percent_text(0.975), "97.5 %");
  EXPECT_EQ(percent_text(0.999), "99.9 %");
  EXPECT_EQ(percent_text(0.9875), "98.75 %");
  EXPECT_EQ(percent_text(0.9765234), "97.7 %") << "a level that a bound gives";
  EXPECT_EQ(percent_text(0.9999999), "over 99.9 %") << "no interval is certain";
}

TEST(Numbers, ExactTextReadsBack) {
  for (const double value : {0.1, 1e-300, 3.0e-11, 47'502.0, -0.019337675768512697})
    EXPECT_EQ(std::stod(exact_text(value)), value);
}

TEST(Numbers, DecimalsShowTwoDigitsOfTheHalfWidth) {
  EXPECT_EQ(decimals_for(0.66, 1), 2);
  EXPECT_EQ(decimals_for(9.8, 1), 1);
  EXPECT_EQ(decimals_for(0.004, 1), 4);
  EXPECT_EQ(decimals_for(0.0, 1), 2);
}

TEST(Layout, WrapsByWidthAndBreaksLongWords) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("", 10), std::vector<std::string>{""});
  EXPECT_EQ(wrap("abcdefghij", 4), (std::vector<std::string>{"abcd", "efgh", "ij"}));
  EXPECT_EQ(wrap("必须在二十四小时内", 8), (std::vector<std::string>{"必须在二", "十四小时", "内"}));
}

TEST(Layout, WrapLosesNoCharacter) {
  const std::string text =
      "短 sentence 必须在二十四小时内续费否则账户将被强制冻结 with e\u0301 and averyveryverylongword";
  for (std::size_t columns = 20; columns < 60; ++columns) {
    std::string joined;
    for (const std::string& line : wrap(text, columns)) {
      EXPECT_LE(display_width(line), columns);
      joined += line;
    }
    std::string expected = text;
    std::erase(joined, ' ');
    std::erase(expected, ' ');
    EXPECT_EQ(joined, expected);
  }
}

}  // namespace
}  // namespace tactful::report
