#include "tactful/core/probability.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tactful/core/interval.hpp"

namespace tactful {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Probability, AcceptsTheClosedUnitInterval) {
  EXPECT_EQ(Probability::make(0.0)->value(), 0.0);
  EXPECT_EQ(Probability::make(1.0)->complement(), 0.0);
}

TEST(Probability, RefusesEverythingElseNamingArgumentValueAndRange) {
  for (const double value : {-1e-300, 1.0000001, kNaN, kInfinity, -kInfinity}) {
    EXPECT_FALSE(Probability::make(value)) << value;
  }
  const auto error = Probability::make(1.5, "power").error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "power is 1.5, outside [0, 1]");
  EXPECT_EQ(error.where, "power");
}

TEST(Level, RefusesTheEndsAndExplainsPercentages) {
  EXPECT_EQ(Level::make(0.95)->value(), 0.95);
  for (const double value : {0.0, 1.0, kNaN, -0.1}) EXPECT_FALSE(Level::make(value)) << value;
  EXPECT_EQ(Level::make(95, "conf").error().hint, "write a fraction, not a percentage: 0.95");
}

TEST(Interval, OrdersItsEnds) {
  const auto interval = Interval::make(-1.0, kInfinity);
  ASSERT_TRUE(interval);
  EXPECT_TRUE(interval->contains(-1.0));
  EXPECT_TRUE(interval->contains(1e308));
  EXPECT_FALSE(interval->contains(-1.1));
  EXPECT_FALSE(interval->contains(kNaN));
}

TEST(Interval, RefusesReversedAndUndefinedEnds) {
  EXPECT_FALSE(Interval::make(1.0, 0.0));
  EXPECT_FALSE(Interval::make(kNaN, 0.0));
  EXPECT_FALSE(Interval::make(0.0, kNaN));
}

}  // namespace
}  // namespace tactful
