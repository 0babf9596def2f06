// assign() allocates nothing. A program of its own, because it replaces operator new.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"

namespace {
thread_local long g_allocations = 0;

void* counted(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace tactful {
namespace {

TEST(Allocation, AssignNeedsNone) {
  Experiment e = sample::experiment();
  e.scope = parse_json(R"({"region":{"$in":["east","west"],"$ne":"x"},"age":{"$gte":18,"$lt":"90"},
                           "name":{"$ini":["LI"]},
                           "app":{"$vgte":"3.1.0"},"score":"12.5","absent":{"$exists":false},
                           "$or":[{"vip":true},{"$not":{"region":"north"}}],"$nor":[{"age":{"$in":[1,2]}}]})")
                .value();
  Lifecycle promoted;
  promoted.state = Lifecycle::State::kPromoted;
  promoted.variant = "help";
  promoted.holdback = Fraction{200'000};
  const Assigner pilot = std::move(Assigner::compile(e)).value();
  const Assigner after = std::move(Assigner::compile(e, promoted)).value();
  const Attribute attributes[] = {{"region", std::string_view("a long text that no small string would hold, ever")},
                                  {"age", std::int64_t{40}},
                                  {"name", std::string_view("li")},
                                  {"app", std::string_view("3.10.0-rc.1+build.7")},
                                  {"score", 12.5},
                                  {"vip", true}};
  Attribute matching[std::size(attributes)];
  std::copy(std::begin(attributes), std::end(attributes), matching);
  matching[0].value = std::string_view("east");
  const std::string unit(200, 'u');
  const long before = g_allocations;
  const Assignment in = pilot.assign({unit, "", matching}, e.pilot.start);
  const Assignment out = pilot.assign({unit, "", attributes}, e.pilot.start);
  const Assignment later = after.assign({unit, "", matching}, e.pilot.start);
  const long used = g_allocations - before;
  EXPECT_EQ(used, 0);
  EXPECT_GT(before, 0) << "the counter does not count";
  EXPECT_EQ(in.reason, AssignmentReason::kAssigned);
  EXPECT_EQ(out.reason, AssignmentReason::kOutOfScope);
  EXPECT_TRUE(later.enrolled);
}

}  // namespace
}  // namespace tactful
