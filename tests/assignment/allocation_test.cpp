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

TEST(Allocation, NoSchemeNorTableNeedsAny) {
  for (const char* scheme : {"tactful-1", "growthbook-1", "growthbook-2", "unleash", "optimizely", "launchdarkly",
                             "planout", "statsig", "eppo"}) {
    Experiment e = sample::experiment();
    e.scheme = scheme;
    e.ramp[0].fraction = Fraction{500'000};
    e.holdouts = {{"company", {10'000}, scheme}};
    e.hashing.filters = {{"eppo", "f", {{0, 9'000}}}};
    e.sticky.is_on = true;
    e.overrides = {{"tester", "help"}};
    if (std::string_view(scheme) != "unleash" && std::string_view(scheme) != "launchdarkly") {
      e.layer = "sms";
      e.layer_slots = {{{0, 899}}, 1000};
    }
    e.groups = {{"east", {"east-1", "a value that no small string would hold, ever"}}};
    e.scope = parse_json(R"({"region":{"$inGroup":"east"}})").value();
    const Assigner assigner = std::move(Assigner::compile(e)).value();
    Experiment switching = sample::experiment();
    switching.cluster = "team";
    switching.switchback_ms = kMillisecondsPerHour;
    const Assigner slots = std::move(Assigner::compile(switching)).value();
    const std::string unit(300, 'u');
    const std::string_view units[] = {unit, "客户-张伟", "tester", ""};
    const std::string_view names[] = {"other", "region"};
    const Attribute::Value values[] = {true, std::string_view("east-1"), true, std::string_view("east-1"),
                                       true, std::string_view("east-1"), true, std::string_view("east-1")};
    const Attribute attributes[] = {{"region", std::string_view("a value that no small string would hold, ever")}};
    Assignment out[4];
    const long before = g_allocations;
    int enrolled = 0;
    for (int i = 0; i < 200; ++i) {
      const std::string_view id = std::string_view(unit).substr(0, static_cast<std::size_t>(i) + 1);
      enrolled += assigner.assign({id, "", attributes}, e.pilot.start).enrolled ? 1 : 0;
    }
    const bool kept =
        assigner.assign({unit, "", attributes, {"help", 0}}, e.pilot.start).reason == AssignmentReason::kSticky;
    assigner.assign(SubjectTable{units, {}, names, values}, e.pilot.start, out);
    const bool switched = slots.assign({unit, "team-1", {}}, e.pilot.start).enrolled;
    const long used = g_allocations - before;
    EXPECT_EQ(used, 0) << scheme;
    EXPECT_GT(enrolled, 20) << scheme;
    EXPECT_TRUE(kept || out[0].reason == AssignmentReason::kHoldout) << scheme;
    EXPECT_TRUE(switched);
    EXPECT_EQ(out[2].reason, AssignmentReason::kOverride);
    EXPECT_EQ(out[3].reason, AssignmentReason::kNoUnit);
  }
}

}  // namespace
}  // namespace tactful
