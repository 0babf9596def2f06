// What an edit moves, counted, against what it moves in fact; what may be edited while an experiment runs; lints.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/edit.hpp"
#include "tactful/assignment/lint.hpp"

namespace tactful {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

constexpr int kUnits = 100'000;

Experiment base(const std::string& scheme = "tactful-1") {
  Experiment e = sample::experiment();
  e.scheme = scheme;
  e.variants = {{"control", 50, "w", "", ""}, {"help", 30, "w", "", ""}, {"options", 20, "w", "", ""}};
  return e;
}

// Counts what assign() does with real ids and compares each share within 5 standard deviations.
void expect_counted_is_real(const Experiment& before, const Experiment& after, const std::string& name) {
  const auto impact = compare_versions(before, after, before.pilot.start);
  ASSERT_TRUE(impact) << name << describe(impact.error());
  const Assigner a = Assigner::compile(before).value();
  const Assigner b = Assigner::compile(after).value();
  double same = 0, switched = 0, entered = 0, left = 0;
  for (int i = 0; i < kUnits; ++i) {
    const std::string id = "cust-" + std::to_string(i);
    const Assignment x = a.assign({id, "", {}}, before.pilot.start);
    const Assignment y = b.assign({id, "", {}}, before.pilot.start);
    const bool in_x = x.reason == AssignmentReason::kAssigned;
    const bool in_y = y.reason == AssignmentReason::kAssigned;
    const bool alike = in_x && in_y && before.variants[x.variant].key == after.variants[y.variant].key;
    same += alike ? 1 : 0;
    switched += in_x && in_y && !alike ? 1 : 0;
    entered += !in_x && in_y ? 1 : 0;
    left += in_x && !in_y ? 1 : 0;
  }
  const auto near = [&](double count, double ppm) {
    const double share = ppm / 1e6;
    return std::abs(count / kUnits - share) <= 5.0 * std::sqrt(share * (1.0 - share) / kUnits) + 1e-9;
  };
  EXPECT_TRUE(near(same, impact->same_ppm)) << name << impact->to_text() << same;
  EXPECT_TRUE(near(switched, impact->switched_ppm)) << name << impact->to_text() << switched;
  EXPECT_TRUE(near(entered, impact->entered_ppm)) << name << impact->to_text() << entered;
  EXPECT_TRUE(near(left, impact->left_ppm)) << name << impact->to_text() << left;
  EXPECT_NEAR(impact->same_ppm + impact->switched_ppm + impact->entered_ppm + impact->left_ppm + impact->outside_ppm,
              1e6, 1e-6);
}

TEST(Edit, SharesAreExact) {
  Experiment a = base();
  Experiment b = a;
  b.variants[0].weight = 40;
  b.variants[1].weight = 40;
  const auto impact = compare_versions(a, b, a.pilot.start).value();
  EXPECT_NEAR(impact.switched_ppm, 100'000, 1e-6);
  EXPECT_NEAR(impact.same_ppm, 900'000, 1e-6);
  ASSERT_EQ(impact.moves.size(), 1u);
  EXPECT_EQ(impact.moves[0].from, "control");
  EXPECT_EQ(impact.moves[0].to, "help");
  // 10,000 buckets: 1/3 of them is not whole, and the count says so exactly.
  a = base("growthbook-2");
  a.variants = {{"a", 1, "w", "", ""}, {"b", 1, "w", "", ""}, {"c", 1, "w", "", ""}};
  b = a;
  a.ramp[0].fraction = Fraction{500'000};
  const auto ramp = compare_versions(a, b, a.pilot.start).value();
  EXPECT_NEAR(ramp.entered_ppm, 500'000, 100.0 + 1e-6);
  EXPECT_NEAR(std::fmod(ramp.entered_ppm + 1e-7, 100.0), 0.0, 1e-6);
  EXPECT_EQ(ramp.switched_ppm, 0.0);
  EXPECT_EQ(ramp.left_ppm, 0.0);
}

TEST(Edit, CountsAreWhatHappens) {
  const std::vector<std::pair<const char*, std::function<void(Experiment&)>>> edits{
      {"weights", [](Experiment& e) { e.variants[0].weight = 20, e.variants[2].weight = 50; }},
      {"salt", [](Experiment& e) { e.salt = "another"; }},
      {"ramp", [](Experiment& e) { e.ramp[0].fraction = Fraction{250'000}; }},
      {"holdout",
       [](Experiment& e) {
         e.holdouts = {{"all", {100'000}}};
       }},
      {"variants", [](Experiment& e) { std::swap(e.variants[0], e.variants[2]); }},
      {"scheme", [](Experiment& e) { e.scheme = e.scheme == "eppo" ? "statsig" : "eppo"; }},
      {"filter", [](Experiment& e) {
         e.hashing.filters = {{"growthbook-2", "f", {{0.1, 0.6}}}};
       }}};
  for (const char* scheme : {"tactful-1", "growthbook-1", "growthbook-2", "unleash", "optimizely", "launchdarkly",
                             "planout", "statsig", "eppo"}) {
    for (const auto& [name, change] : edits) {
      // Its draws with different salts depend on each other, which is why the linter warns of it.
      if (std::string_view(scheme) == "growthbook-1" && std::string_view(name) == "salt") continue;
      Experiment before = base(scheme);
      before.ramp[0].fraction = Fraction{600'000};
      Experiment after = before;
      change(after);
      expect_counted_is_real(before, after, std::string(scheme) + " " + name + " ");
    }
  }
  // One hash cut into other numbers of buckets: the remainders go together.
  Experiment before = base("unleash");
  Experiment after = before;
  after.variants[2].weight = 40;
  expect_counted_is_real(before, after, "unleash total ");
  before = base();
  before.layer = "sms";
  before.layer_slots = {{{0, 3}}, 10};
  after = before;
  after.layer_slots = {{{3, 8}}, 15};
  expect_counted_is_real(before, after, "layer ");
}

TEST(Edit, BreakingOnesAreRefusedUnlessTheyAreANewVersion) {
  const Experiment a = base();
  const auto kind = [&](auto change) {
    Experiment b = a;
    change(b);
    return compare_versions(a, b, a.pilot.start).value();
  };
  EXPECT_EQ(kind([](Experiment&) {}).kind, EditKind::kSame);
  EXPECT_EQ(kind([](Experiment& e) { e.title = "new"; }).kind, EditKind::kFree);
  EXPECT_EQ(kind([](Experiment& e) { e.ramp[0].fraction = Fraction{10}; }).kind, EditKind::kFree);
  EXPECT_EQ(kind([](Experiment& e) { e.overrides = {{"t", "help"}}; }).kind, EditKind::kFree);
  EXPECT_EQ(kind([](Experiment& e) { e.salt = "second", e.variants[0].weight = 1; }).kind, EditKind::kNewVersion);
  const auto breaking = kind([](Experiment& e) { e.variants[1].text = "Other words"; });
  EXPECT_EQ(breaking.kind, EditKind::kBreaking);
  EXPECT_THAT(breaking.changed, ElementsAre("variants"));
  EXPECT_EQ(breaking.switched_ppm, 0.0);
  const Status refused = allow_running_edit(breaking);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_THAT(refused.error().hint, HasSubstr("salt"));
  EXPECT_TRUE(allow_running_edit(kind([](Experiment& e) { e.title = "x"; })));
  const auto scoped = kind([](Experiment& e) { e.scope = parse_json(R"({"a":1})").value(); });
  EXPECT_TRUE(scoped.scope_changed);
  EXPECT_TRUE(kind([](Experiment& e) { e.cluster = "household"; }).randomised_changed);

  Experiment sticky = a;
  sticky.sticky.is_on = true;
  Experiment edited = sticky;
  edited.variants[0].weight = 1;
  EXPECT_EQ(compare_versions(sticky, edited, a.pilot.start)->kind, EditKind::kKept);
  edited.variants[1].text = "Other";
  EXPECT_EQ(compare_versions(sticky, edited, a.pilot.start)->kind, EditKind::kBreaking);
  Experiment other = a;
  other.key = "other";
  EXPECT_EQ(compare_versions(a, other, a.pilot.start).error().code, ErrorCode::kInvalidArgument);
}

std::vector<std::string> rules(const Diagnostics& list) {
  std::vector<std::string> names;
  for (const Diagnostic& one : list) names.push_back(one.rule);
  return names;
}

TEST(Lint, SingleExperiments) {
  EXPECT_THAT(lint_experiment(base()), IsEmpty());
  Experiment e = base("growthbook-1");
  e.variants[2].weight = 0;
  e.variants.push_back({"tiny", 1, "w", "", ""});
  e.variants[0].weight = 5'000;
  e.variants[1].weight = 5'000;
  e.salt = "提醒";
  EXPECT_THAT(rules(lint_experiment(e)), IsSupersetOf({"unreachable-variant", "non-ascii", "weak-hash"}));
  e = base("statsig");
  e.variants = {{"a", 2, "w", "", ""}, {"b", 997, "w", "", ""}, {"c", 3, "w", "", ""}, {"d", 200, "w", "", ""}};
  EXPECT_THAT(rules(lint_experiment(e)), Contains("uneven-weights"));
  e = base("launchdarkly");
  e.ramp = {{e.pilot.start, {100'000}}, {e.pilot.start + 1, {500'000}}};
  EXPECT_THAT(rules(lint_experiment(e)), ElementsAre("ramp-moves"));
  e = base("growthbook-1");
  e.ramp[0].fraction = Fraction{1'500};
  EXPECT_THAT(rules(lint_experiment(e)), Contains("ramp-rounds"));
  e = base("eppo");
  e.ramp[0].fraction = Fraction{500'000};
  e.hashing.traffic_salt = e.salt;
  EXPECT_THAT(rules(lint_experiment(e)), ElementsAre("shared-draw"));
}

TEST(Lint, SeveralExperiments) {
  Experiment a = base();
  a.key = a.salt = "a";
  a.layer = "sms";
  a.layer_slots = {{{0, 59}}, 100};
  a.holdouts = {{"all", {50'000}}};
  Experiment b = a;
  b.key = b.salt = "b";
  b.layer_slots = {{{50, 99}}, 100};
  b.holdouts[0].fraction = Fraction{60'000};
  Experiment c = b;
  c.key = "c";
  c.layer_slots.of = 200;
  const Experiment* all[] = {&a, &b, &c};
  std::vector<std::string> found;
  for (const PairFinding& one : lint_together(all))
    found.push_back(std::to_string(one.first) + std::to_string(one.second) + one.diagnostic.rule);
  EXPECT_THAT(found, ElementsAre("01layer-overlap", "01holdout-size", "02layer-size", "02holdout-size", "12layer-size",
                                 "12same-draw"));
  b.pilot.start = a.plan.enrolment_end;
  b.plan.enrolment_end = b.pilot.start + kMillisecondsPerDay;
  b.holdouts = a.holdouts;
  const Experiment* apart[] = {&a, &b};
  EXPECT_THAT(lint_together(apart), IsEmpty());
}

TEST(Lint, NamesCorrelatedSalts) {
  std::vector<Experiment> experiments;
  for (int i = 0; i < 10; ++i) {
    experiments.push_back(base("growthbook-1"));
    experiments.back().key = experiments.back().salt = "reminder-" + std::to_string(i);
  }
  std::vector<const Experiment*> all;
  for (const Experiment& e : experiments) all.push_back(&e);
  const auto found = lint_together(all);
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0].diagnostic.message, HasSubstr(experiments[found[0].first].salt));
  EXPECT_THAT(found[0].diagnostic.message, HasSubstr(experiments[found[0].second].salt));
  for (Experiment& e : experiments) e.scheme = "growthbook-2";
  EXPECT_THAT(lint_together(all), IsEmpty());
}

}  // namespace
}  // namespace tactful
