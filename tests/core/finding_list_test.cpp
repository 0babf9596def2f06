#include "tactful/core/finding_list.hpp"

#include <gtest/gtest.h>

namespace tactful {
namespace {

TEST(FindingList, KeepsTheFirstThousandAndSaysHowManyMore) {
  FindingList list;
  for (std::size_t i = 0; i < FindingList::kMost + 5; ++i) {
    list.add({Severity::kError, "type", "/" + std::to_string(i), "wrong", ""});
  }
  EXPECT_EQ(list.errors(), FindingList::kMost + 5);
  const Diagnostics kept = std::move(list).take();
  ASSERT_EQ(kept.size(), FindingList::kMost + 1);
  EXPECT_EQ(kept[FindingList::kMost - 1].pointer, "/999");
  EXPECT_EQ(kept.back(),
            (Diagnostic{Severity::kNote, "more-findings", "", "5 more findings are not listed", "mend these first"}));
}

TEST(FindingList, AnErrorBehindAThousandWarningsIsKept) {
  FindingList list;
  for (std::size_t i = 0; i < FindingList::kMost; ++i) list.add({Severity::kWarning, "odd", "", "odd", ""});
  EXPECT_EQ(list.list().size(), FindingList::kMost);
  list.add({Severity::kError, "type", "/key", "wrong", ""});
  const Diagnostics kept = std::move(list).take();
  EXPECT_TRUE(has_errors(kept));
  EXPECT_EQ(kept.size(), FindingList::kMost + 1);
}

}  // namespace
}  // namespace tactful
