#include "tactful/core/result.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>
#include <string>

namespace tactful {
namespace {

const Error kError{ErrorCode::kNotFound, "no such file", "a.csv:1", "check the name"};

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 3;
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value, 3);
  const Result<int> error = kError;
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error(), kError);
  EXPECT_EQ(error.value_or(7), 7);
  EXPECT_EQ(value.value_or(7), 3);
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Result, ReadingTheValueOfAFailureThrowsInsteadOfInventing) {
  const Result<int> error = kError;
  EXPECT_THROW((void)error.value(), std::bad_variant_access);
}

TEST(Status, IsOkByDefault) {
  EXPECT_TRUE(Status().ok());
  const Status failed = kError;
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.error(), kError);
}

TEST(ErrorDescription, SaysCodePlaceMessageAndHint) {
  EXPECT_EQ(describe(kError), "not_found: a.csv:1: no such file (check the name)");
  EXPECT_EQ(describe(Error{ErrorCode::kStorage, "disk full", "", ""}), "storage: disk full");
}

TEST(ErrorCodes, HaveDistinctNames) {
  constexpr std::array kCodes{ErrorCode::kInvalidArgument,  ErrorCode::kInvalidInput, ErrorCode::kInvalidExperiment,
                              ErrorCode::kInsufficientData, ErrorCode::kNotFound,     ErrorCode::kConflict,
                              ErrorCode::kRefused,          ErrorCode::kStorage,      ErrorCode::kUnsupportedVersion,
                              ErrorCode::kUnavailable};
  std::set<std::string_view> names;
  for (const ErrorCode code : kCodes) names.insert(to_string(code));
  EXPECT_EQ(names.size(), kCodes.size());
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace tactful
