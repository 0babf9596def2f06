#include "tactful/core/diagnostic.hpp"

#include <gtest/gtest.h>

namespace tactful {
namespace {

TEST(Diagnostics, OnlyErrorsCountAsErrors) {
  Diagnostics findings{{Severity::kWarning, "weight-sum", "/variants", "weights are odd", ""}};
  EXPECT_FALSE(has_errors(findings));
  findings.push_back({Severity::kError, "type", "/key", "key is a number", "write a string"});
  EXPECT_TRUE(has_errors(findings));
}

TEST(Diagnostics, DescriptionNamesFilePointerRuleAndHint) {
  const Diagnostics findings{{Severity::kError, "type", "/key", "key is a number", "write a string"},
                             {Severity::kNote, "", "", "nothing else", ""}};
  EXPECT_EQ(describe(findings, "a.json"),
            "a.json#/key: error: key is a number [type]\n    write a string\na.json: note: nothing else\n");
}

}  // namespace
}  // namespace tactful
