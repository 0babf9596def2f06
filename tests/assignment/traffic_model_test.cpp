// Layers, holdouts, overrides, sticky choices, switchbacks, filters, groups, batches and explanations.

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <set>
#include <tuple>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"

namespace tactful {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Reason = AssignmentReason;

constexpr int kUnits = 20'000;

Assigner compile(const Experiment& e, const Lifecycle& lifecycle = {}) {
  return Assigner::compile(e, lifecycle).value();
}

std::string unit(int i) { return "customer-" + std::to_string(i); }

Experiment named(const std::string& key) {
  Experiment e = sample::experiment();
  e.key = e.salt = key;
  return e;
}

const std::vector<std::string> kSchemesWithLayers{"tactful-1", "growthbook-1", "growthbook-2", "optimizely",
                                                  "planout",   "statsig",      "eppo"};

TEST(Layers, ExperimentsOfOneLayerNeverShareAUnitAndCoverIt) {
  for (const std::string& scheme : kSchemesWithLayers) {
    std::vector<Assigner> assigners;
    Experiment e;
    for (const auto& [key, first, last] :
         {std::tuple("a", 0, 299), std::tuple("b", 300, 399), std::tuple("c", 400, 999)}) {
      e = named(key);
      e.scheme = scheme;
      e.layer = "sms";
      e.layer_slots = {{{first, last}}, 1000};
      assigners.push_back(compile(e));
    }
    std::array<int, 3> counts{};
    for (int i = 0; i < kUnits; ++i) {
      const std::string id = unit(i);
      int in = 0;
      for (std::size_t a = 0; a < assigners.size(); ++a) {
        const Assignment one = assigners[a].assign({id, "", {}}, e.pilot.start);
        in += one.enrolled ? 1 : 0;
        counts[a] += one.enrolled ? 1 : 0;
        ASSERT_TRUE(one.enrolled || one.reason == Reason::kNotInLayer);
        ASSERT_TRUE(one.enrolled || one.variant == 0);
      }
      ASSERT_EQ(in, 1) << scheme << " " << id;
    }
    EXPECT_NEAR(counts[0], 0.3 * kUnits, 4.42 * std::sqrt(0.21 * kUnits)) << scheme;
    EXPECT_NEAR(counts[1], 0.1 * kUnits, 4.42 * std::sqrt(0.09 * kUnits)) << scheme;
  }
}

TEST(Layers, SchemesWithoutLayersRefuseOne) {
  for (const char* scheme : {"unleash", "launchdarkly"}) {
    Experiment e = named("a");
    e.scheme = scheme;
    e.layer = "sms";
    e.layer_slots = {{{0, 9}}, 10};
    EXPECT_EQ(Assigner::compile(e).error().where, "/layer");
  }
}

TEST(Holdouts, SpareTheSameUnitsEverywhereAlsoAfterPromotion) {
  for (const char* scheme :
       {"tactful-1", "growthbook-2", "unleash", "optimizely", "launchdarkly", "planout", "statsig", "eppo"}) {
    Experiment a = named("a");
    Experiment b = named("b");
    a.holdouts = b.holdouts = {{"all-2026", {50'000}, scheme}};
    b.scheme = "eppo";
    Lifecycle promoted;
    promoted.state = Lifecycle::State::kPromoted;
    promoted.variant = "help";
    const Assigner first = compile(a);
    const Assigner second = compile(b);
    const Assigner later = compile(a, promoted);
    int held = 0;
    for (int i = 0; i < kUnits; ++i) {
      const std::string id = unit(i);
      const Assignment one = first.assign({id, "", {}}, a.pilot.start);
      ASSERT_EQ(one.reason == Reason::kHoldout, second.assign({id, "", {}}, a.pilot.start).reason == Reason::kHoldout);
      ASSERT_EQ(one.reason == Reason::kHoldout, later.assign({id, "", {}}, a.pilot.start).reason == Reason::kHoldout);
      if (one.reason != Reason::kHoldout) continue;
      ++held;
      ASSERT_TRUE(one.enrolled);
      ASSERT_EQ(one.variant, 0);
    }
    EXPECT_NEAR(held, 0.05 * kUnits, 4.42 * std::sqrt(0.0475 * kUnits)) << scheme;
  }
}

TEST(Overrides, TestersGetTheirVariantAtAnyTimeAndAreNeverEnrolled) {
  Experiment e = named("a");
  e.overrides = {{"tester-2", "help"}, {"tester-1", "control"}};
  e.scope = parse_json(R"({"region":"nowhere"})").value();
  const Assigner assigner = compile(e);
  const Assignment two = assigner.assign({"tester-2", "", {}}, e.pilot.start - 1);
  EXPECT_EQ(two.reason, Reason::kOverride);
  EXPECT_EQ(two.variant, 1);
  EXPECT_FALSE(two.enrolled);
  EXPECT_EQ(assigner.assign({"tester-1", "", {}}, e.pilot.start).variant, 0);
  EXPECT_EQ(assigner.assign({"tester-3", "", {}}, e.pilot.start).reason, Reason::kOutOfScope);
  Lifecycle stopped;
  stopped.state = Lifecycle::State::kStopped;
  EXPECT_EQ(compile(e, stopped).assign({"tester-2", "", {}}, e.pilot.start).reason, Reason::kStopped);
}

TEST(Sticky, AnEditOfWeightsMovesNobodyWhoIsRemembered) {
  Experiment e = named("a");
  e.sticky.is_on = true;
  const Assigner before = compile(e);
  e.variants[0].weight = 9;
  e.ramp[0].fraction = Fraction{100'000};
  const Assigner after = compile(e);
  int moved_without = 0;
  for (int i = 0; i < kUnits; ++i) {
    const std::string id = unit(i);
    const Assignment first = before.assign({id, "", {}}, e.pilot.start);
    ASSERT_TRUE(first.remember);
    const StickyChoice choice{e.variants[first.variant].key, 0};
    const Assignment kept = after.assign({id, "", {}, choice}, e.pilot.start);
    ASSERT_EQ(kept.reason, Reason::kSticky);
    ASSERT_EQ(kept.variant, first.variant);
    ASSERT_TRUE(kept.enrolled);
    ASSERT_FALSE(kept.remember);
    moved_without += after.assign({id, "", {}}, e.pilot.start).variant != first.variant ? 1 : 0;
  }
  EXPECT_GT(moved_without, kUnits / 4);
}

TEST(Sticky, VersionsForgetAndBlock) {
  Experiment e = named("a");
  e.sticky = {true, 3, 2};
  e.holdouts = {{"none", {0}}};
  const Assigner assigner = compile(e);
  const std::string id = "u";
  const Assignment drawn = assigner.assign({id, "", {}}, e.pilot.start);
  const std::string other = e.variants[drawn.variant == 0 ? 1 : 0].key;
  const auto with = [&](std::string_view variant, std::int64_t version) {
    return assigner.assign({id, "", {}, {variant, version}}, e.pilot.start);
  };
  EXPECT_EQ(with(other, 3).reason, Reason::kSticky);
  EXPECT_NE(with(other, 3).variant, drawn.variant);
  EXPECT_EQ(with(other, 2).reason, Reason::kAssigned);
  EXPECT_EQ(with(other, 2).variant, drawn.variant);
  EXPECT_TRUE(with(other, 2).remember);
  EXPECT_EQ(with(other, 4).reason, Reason::kAssigned);
  EXPECT_EQ(with("removed", 3).reason, Reason::kAssigned);
  EXPECT_EQ(with(other, 1).reason, Reason::kStickyBlocked);
  EXPECT_FALSE(with(other, 1).enrolled);
  e.sticky = {};
  EXPECT_EQ(compile(e).assign({id, "", {}, {other, 0}}, e.pilot.start).reason, Reason::kAssigned);
}

TEST(Switchback, TimeSlotsAreRandomised) {
  Experiment e = named("a");
  e.cluster = "team";
  e.switchback_ms = 4 * kMillisecondsPerHour;
  const Assigner assigner = compile(e);
  std::set<std::pair<std::string, std::uint64_t>> buckets;
  std::array<int, 2> counts{};
  for (int slot = 0; slot < 160; ++slot) {
    const TimeMs begin = e.pilot.start + slot * e.switchback_ms;
    const Assignment first = assigner.assign({"u1", "", {}}, begin);
    EXPECT_EQ(first.bucket, assigner.assign({"u2", "", {}}, begin + e.switchback_ms - 1).bucket);
    EXPECT_NE(first.bucket, assigner.assign({"u1", "team-7", {}}, begin).bucket);
    ++counts[first.variant];
    buckets.insert({randomised_id(e, "u1", "", begin), first.bucket});
  }
  EXPECT_EQ(buckets.size(), 160u);
  EXPECT_NEAR(counts[0], 80, 4.42 * std::sqrt(40.0));
  EXPECT_EQ(randomised_id(e, "u1", "team-7", e.pilot.start + 2 * e.switchback_ms), "2:team-7");
  e.scheme = "eppo";
  EXPECT_EQ(Assigner::compile(e).error().where, "/switchback");
}

TEST(Filters, AUnitMustPassEach) {
  Experiment e = named("a");
  e.hashing.filters = {{"growthbook-2", "one", {{0, 0.5}}},
                       {"eppo", "two", {{0, 1000}, {9000, 10000}}},
                       {"tactful-1", "three", {{0.25, 1}}}};
  const Assigner assigner = compile(e);
  int in = 0;
  for (int i = 0; i < kUnits; ++i) {
    const Assignment one = assigner.assign({unit(i), "", {}}, e.pilot.start);
    ASSERT_TRUE(one.enrolled || one.reason == Reason::kFilteredOut);
    in += one.enrolled ? 1 : 0;
  }
  EXPECT_NEAR(in, 0.075 * kUnits, 4.42 * std::sqrt(0.075 * 0.925 * kUnits));
  e.hashing.filters = {{"planout", "x", {{0, 1}}}};
  EXPECT_EQ(Assigner::compile(e).error().where, "/hashing/filters/0/scheme");
  e.hashing.filters = {{"eppo", "x", {{0, 0.5}}}};
  EXPECT_EQ(Assigner::compile(e).error().where, "/hashing/filters/0/ranges");
}

TEST(Groups, AreReadByTheScope) {
  Experiment e = named("a");
  e.groups = {{"east", {"east-1", "east-2"}}};
  e.scope = parse_json(R"({"region":{"$inGroup":"east"}})").value();
  const Assigner assigner = compile(e);
  const Attribute in[] = {{"region", std::string_view("east-2")}};
  const Attribute out[] = {{"region", std::string_view("west")}};
  EXPECT_TRUE(assigner.assign({"u", "", in}, e.pilot.start).enrolled);
  EXPECT_FALSE(assigner.assign({"u", "", out}, e.pilot.start).enrolled);
}

TEST(Batch, SaysWhatSingleSubjectsGet) {
  Experiment e = named("a");
  e.ramp[0].fraction = Fraction{700'000};
  e.scope =
      parse_json(R"({"region":{"$in":["east","west"]},"$or":[{"age":{"$gte":30}},{"vip":true}],"gone":null})").value();
  const Assigner assigner = compile(e);
  EXPECT_THAT(assigner.attribute_names(), ElementsAre("region", "age", "vip", "gone"));
  const std::string_view names[] = {"unused", "age", "region", "age"};
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i) ids.push_back(unit(i));
  const std::vector<std::string_view> units(ids.begin(), ids.end());
  std::vector<Attribute::Value> values;
  for (int i = 0; i < 500; ++i) {
    values.insert(values.end(), {Attribute::Value(true), Attribute::Value(std::int64_t{i % 60}),
                                 Attribute::Value(std::string_view(i % 3 == 0 ? "north" : "east")),
                                 Attribute::Value(std::int64_t{99})});
  }
  std::vector<Assignment> out(units.size());
  assigner.assign(SubjectTable{units, {}, names, values}, e.pilot.start, out);
  std::set<Reason> reasons;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::vector<Attribute> attributes{{"age", values[i * 4 + 1]}, {"region", values[i * 4 + 2]}};
    const Assignment one = assigner.assign({units[i], "", attributes}, e.pilot.start);
    ASSERT_EQ(out[i].reason, one.reason) << i;
    ASSERT_EQ(out[i].bucket, one.bucket);
    ASSERT_EQ(out[i].variant, one.variant);
    reasons.insert(one.reason);
  }
  EXPECT_THAT(reasons, ElementsAre(Reason::kAssigned, Reason::kNotInTraffic, Reason::kOutOfScope));
  std::vector<Assignment> wrong(3);
  assigner.assign(SubjectTable{units, {}, names, values}, e.pilot.start, wrong);
  EXPECT_EQ(wrong[2].reason, Reason::kNoUnit);
}

TEST(Explain, NamesEveryCheckWithItsNumbers) {
  Experiment e = named("a");
  e.scheme = "growthbook-2";
  e.scope = parse_json(R"({"region":"east"})").value();
  e.holdouts = {{"all", {10'000}}};
  e.ramp[0].fraction = Fraction{100'000};
  const Assigner assigner = compile(e);
  const Attribute east[] = {{"region", std::string_view("east")}};
  std::string outside;
  for (int i = 0; outside.empty(); ++i) {
    if (assigner.assign({unit(i), "", east}, e.pilot.start).reason == Reason::kNotInTraffic) outside = unit(i);
  }
  const Explanation why = assigner.explain({outside, "", east}, e.pilot.start);
  const std::string text = why.to_text();
  EXPECT_THAT(text, HasSubstr("region = \"east\""));
  EXPECT_THAT(text, HasSubstr("of 10000; control: 0 to 499, help: 5000 to 5499"));
  EXPECT_THAT(text, HasSubstr("reason not_in_traffic, not enrolled"));
  // The fraction it names is the least one that admits the unit.
  const Json* from = why.checks.back().values.find("admitted_from_fraction");
  ASSERT_NE(from, nullptr) << text;
  const auto millionths = static_cast<std::int32_t>(std::llround(from->as_number() * 1e6));
  e.ramp[0].fraction = Fraction{millionths};
  EXPECT_TRUE(compile(e).assign({outside, "", east}, e.pilot.start).enrolled);
  e.ramp[0].fraction = Fraction{millionths - 1};
  EXPECT_FALSE(compile(e).assign({outside, "", east}, e.pilot.start).enrolled);
  std::vector<std::string> checks;
  const Json json = why.to_json();
  for (const Json& check : json.find("checks")->as_array()) checks.push_back(check.find("check")->as_string());
  EXPECT_THAT(checks, ElementsAre("stopped", "unit", "start", "enrolment_end", "scope", "holdout", "variant"));
  const Explanation out = assigner.explain({"u", "", {}}, e.pilot.start);
  EXPECT_THAT(out.to_text(), HasSubstr("\"region\": \"east\" does not hold; region = absent"));
}

TEST(Assignments, CarryTheVersion) {
  const Experiment e = named("a");
  const Assigner assigner = compile(e);
  const Assignment one = assigner.assign({"u", "", {}}, e.pilot.start);
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(one.version));
  EXPECT_EQ(std::string(assigner.fingerprint()).substr(0, 16), digits);
  EXPECT_EQ(fingerprint(e), assigner.fingerprint());
}

}  // namespace
}  // namespace tactful
