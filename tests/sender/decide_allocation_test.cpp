// decide() allocates nothing: every allocation of this program is counted.
#include <gmock/gmock.h>

#include "allocation_counter.hpp"
#include "sender_fixture.hpp"

namespace tactful::test {
namespace {

class DecideAllocation : public SenderFixture {};

TEST_F(DecideAllocation, DecideAllocatesNothing) {
  const auto sender = open();
  const std::array<Attribute, 2> attributes{{{"region", std::string_view("east")}, {"tenure", std::int64_t{3}}}};
  const std::vector<std::string> units{"a", "b", "a-name-that-is-far-too-long-for-any-small-string-optimisation", ""};
  int enrolled = 0;
  const long before = allocations();
  for (int round = 0; round < 100; ++round) {
    for (const std::string& unit : units) {
      enrolled += sender->decide("payment", {unit, {}, attributes}, kNow).enrolled;
      enrolled += sender->decide("an-experiment-that-does-not-exist-at-all", {unit, {}, attributes}, kNow).enrolled;
    }
  }
  EXPECT_EQ(allocations() - before, 0);
  const std::string seen(100, 'x');
  EXPECT_GT(allocations(), before) << "the counter works: " << seen.size();
  EXPECT_EQ(enrolled, 300);
  static_assert(noexcept(sender->decide("payment", Subject{}, kNow)));
}

}  // namespace
}  // namespace tactful::test
