#include "tactful/assignment/assigner.hpp"

#include <gmock/gmock.h>

#include <type_traits>

#include "sample.hpp"

namespace tactful {
namespace {

static_assert(std::is_trivially_copyable_v<Assignment>);
static_assert(sizeof(Assignment) == 24);
static_assert(noexcept(std::declval<const Assigner&>().assign({}, 0)));

Json json(std::string_view text) { return parse_json(text).value(); }

Assigner compile(const Experiment& e, const Lifecycle& lifecycle = {}) {
  return Assigner::compile(e, lifecycle).value();
}

Lifecycle promoted(std::int32_t holdback, std::string variant = "help") {
  Lifecycle lifecycle;
  lifecycle.state = Lifecycle::State::kPromoted;
  lifecycle.variant = std::move(variant);
  lifecycle.holdback = Fraction{holdback};
  lifecycle.phase = "rollout-1";
  return lifecycle;
}

class AssignerTest : public ::testing::Test {
 protected:
  Experiment e_ = sample::experiment(sample::with(sample::file(), "/scope", json(R"({"region":"east"})")));
  TimeMs start_ = e_.pilot.start;
  std::vector<Attribute> east_{{"region", std::string_view("east")}};
  std::vector<Attribute> west_{{"region", std::string_view("west")}};
};

TEST_F(AssignerTest, ChecksInTheDocumentedOrder) {
  e_.ramp = {{start_, Fraction{0}}};
  const Assigner pilot = compile(e_);
  const TimeMs late = e_.plan.enrolment_end;
  const auto reason = [](const Assigner& a, const Subject& s, TimeMs now) { return a.assign(s, now).reason; };
  EXPECT_EQ(reason(pilot, {"", "", west_}, start_ - 1), AssignmentReason::kNoUnit);
  EXPECT_EQ(reason(pilot, {"u", "", west_}, start_ - 1), AssignmentReason::kNotStarted);
  EXPECT_EQ(reason(pilot, {"u", "", west_}, late), AssignmentReason::kEnrolmentEnded);
  EXPECT_EQ(reason(pilot, {"u", "", west_}, start_), AssignmentReason::kOutOfScope);
  EXPECT_EQ(reason(pilot, {"u", "", {}}, start_), AssignmentReason::kOutOfScope);
  EXPECT_EQ(reason(pilot, {"u", "", east_}, start_), AssignmentReason::kNotInTraffic);
  e_.ramp = {{start_ + 10, Fraction{Fraction::kWhole}}};
  const Assigner whole = compile(e_);
  EXPECT_EQ(reason(whole, {"u", "", east_}, start_ + 9), AssignmentReason::kNotInTraffic);
  EXPECT_EQ(reason(whole, {"u", "", east_}, start_ + 10), AssignmentReason::kAssigned);
  EXPECT_EQ(reason(whole, {"u", "", east_}, late - 1), AssignmentReason::kAssigned);

  Lifecycle stopped;
  stopped.state = Lifecycle::State::kStopped;
  EXPECT_EQ(reason(compile(e_, stopped), {"", "", west_}, start_), AssignmentReason::kStopped);

  const Assigner after = compile(e_, promoted(0));
  EXPECT_EQ(reason(after, {"", "", east_}, late), AssignmentReason::kNoUnit);
  EXPECT_EQ(reason(after, {"u", "", west_}, late), AssignmentReason::kOutOfScope);
  EXPECT_EQ(reason(after, {"u", "", east_}, late), AssignmentReason::kPromoted);
  EXPECT_EQ(reason(after, {"u", "", east_}, start_ - 1), AssignmentReason::kPromoted);
  EXPECT_EQ(reason(compile(e_, promoted(Fraction::kWhole)), {"u", "", east_}, late), AssignmentReason::kHoldback);
}

TEST_F(AssignerTest, OnlyAssignedPromotedAndHoldbackAreEnrolled) {
  const Assigner pilot = compile(e_);
  EXPECT_TRUE(pilot.assign({"u", "", east_}, start_).enrolled);
  const Assignment out = pilot.assign({"u", "", west_}, start_);
  EXPECT_FALSE(out.enrolled);
  EXPECT_EQ(out.variant, 0);
  EXPECT_EQ(out.bucket, 0u);
  const Assignment kept = compile(e_, promoted(Fraction::kWhole)).assign({"u", "", east_}, start_);
  EXPECT_TRUE(kept.enrolled);
  EXPECT_EQ(kept.variant, 0);
  const Assignment moved = compile(e_, promoted(0)).assign({"u", "", east_}, start_);
  EXPECT_TRUE(moved.enrolled);
  EXPECT_EQ(moved.variant, 1);
}

TEST_F(AssignerTest, AClusterIsAssignedAsOne) {
  e_.cluster = "household";
  const Assigner assigner = compile(e_);
  Experiment plain = e_;
  plain.cluster.clear();
  const Assigner single = compile(plain);
  for (int h = 0; h < 50; ++h) {
    const std::string household = "h" + std::to_string(h);
    const Assignment first = assigner.assign({"a", household, east_}, start_);
    EXPECT_EQ(first.bucket, assigner.assign({"b", household, east_}, start_).bucket);
    EXPECT_EQ(first.bucket, single.assign({household, "ignored", east_}, start_).bucket);
  }
  EXPECT_EQ(assigner.assign({"a", "", east_}, start_).reason, AssignmentReason::kNoUnit);
  EXPECT_EQ(assigner.assign({"", "h1", east_}, start_).reason, AssignmentReason::kNoUnit);
}

TEST_F(AssignerTest, RaisingTheRampOrLoweringTheHoldbackMovesNobody) {
  std::vector<Assigner> ramps;
  std::vector<Assigner> holdbacks;
  for (const std::int32_t step : {0, 1, 10'000, 50'000, 200'000, 500'000, 999'999, 1'000'000}) {
    e_.ramp = {{start_, Fraction{step}}};
    ramps.push_back(compile(e_));
    holdbacks.push_back(compile(e_, promoted(step)));
  }
  for (int i = 0; i < 5'000; ++i) {
    const std::string unit = "customer-" + std::to_string(i);
    std::optional<std::uint16_t> variant;
    bool held = false;
    for (std::size_t step = 0; step < ramps.size(); ++step) {
      const Assignment pilot = ramps[step].assign({unit, "", east_}, start_);
      if (variant) {
        ASSERT_TRUE(pilot.enrolled);
        ASSERT_EQ(pilot.variant, *variant);
      }
      if (pilot.enrolled) variant = pilot.variant;
      const bool held_now = holdbacks[step].assign({unit, "", east_}, start_).reason == AssignmentReason::kHoldback;
      ASSERT_TRUE(!held || held_now) << "a smaller holdback is not inside the larger one";
      held = held_now;
    }
    ASSERT_TRUE(variant);
    ASSERT_TRUE(held);
  }
}

TEST_F(AssignerTest, StoppingOneVariantMovesNobodyOfTheOthers) {
  e_.variants = {{"a", 2, "w", "", ""}, {"b", 1, "w", "", ""}, {"c", 1, "w", "", ""}};
  e_.overrides = {{"tester", "b"}};
  Lifecycle lifecycle;
  lifecycle.stopped_variants = {{"b", start_}};
  const Assigner whole = compile(e_);
  const Assigner without = compile(e_, lifecycle);
  int stopped = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::string unit = "customer-" + std::to_string(i);
    const Assignment before = whole.assign({unit, "", east_}, start_);
    const Assignment now = without.assign({unit, "", east_}, start_);
    ASSERT_EQ(now.bucket, before.bucket);
    if (before.variant == 1) {
      ++stopped;
      ASSERT_EQ(now.reason, AssignmentReason::kVariantStopped);
      ASSERT_EQ(now.variant, 0);
      ASSERT_FALSE(now.enrolled) << "it must not count as one of control's";
    } else {
      ASSERT_EQ(now.variant, before.variant);
      ASSERT_EQ(now.reason, AssignmentReason::kAssigned);
      ASSERT_TRUE(now.enrolled);
    }
  }
  EXPECT_NEAR(stopped, 500, 100);
  EXPECT_EQ(to_string(AssignmentReason::kVariantStopped), "variant_stopped");
  EXPECT_EQ(whole.assign({"tester", "", east_}, start_).variant, 1);
  EXPECT_EQ(without.assign({"tester", "", east_}, start_).reason, AssignmentReason::kVariantStopped);
}

TEST_F(AssignerTest, AStoppedVariantIsNotRememberedEither) {
  e_.sticky = {true, 1, 0};
  Lifecycle lifecycle;
  lifecycle.stopped_variants = {{"help", start_}};
  const Assigner assigner = compile(e_, lifecycle);
  const Assignment one = assigner.assign({"u", "", east_, {"help", 1}}, start_);
  EXPECT_EQ(one.reason, AssignmentReason::kVariantStopped);
  EXPECT_EQ(one.variant, 0);
  EXPECT_FALSE(one.enrolled || one.remember);
  EXPECT_EQ(assigner.assign({"u", "", east_, {"control", 1}}, start_).reason, AssignmentReason::kSticky);
}

TEST_F(AssignerTest, ExplainsThatAVariantWasStopped) {
  Lifecycle lifecycle;
  lifecycle.stopped_variants = {{"help", start_}};
  const Assigner assigner = compile(e_, lifecycle);
  std::string unit;
  for (int i = 0; assigner.assign({unit, "", east_}, start_).reason != AssignmentReason::kVariantStopped; ++i)
    unit = "customer-" + std::to_string(i);
  const Explanation why = assigner.explain({unit, "", east_}, start_);
  EXPECT_EQ(why.variant, "control");
  EXPECT_EQ(why.checks.back().check, "variant_stopped");
  EXPECT_TRUE(why.checks.back().decided);
  EXPECT_FALSE(why.checks[why.checks.size() - 2].decided) << "the draw alone does not decide";
  EXPECT_THAT(why.to_text(), ::testing::HasSubstr("\"help\" was stopped by itself at " + format_time(start_)));
  EXPECT_EQ(why.assignment.bucket, compile(e_).assign({unit, "", east_}, start_).bucket);
}

TEST_F(AssignerTest, AStoppedVariantDoesNotComeBackUnderAnotherName) {
  Lifecycle lifecycle;
  lifecycle.stopped_variants = {{"help", start_}};
  e_.variants[1].key = "help-2";
  const auto refused = Assigner::compile(e_, lifecycle);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidExperiment);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("\"help\" is none of the variants"));
  lifecycle.state = Lifecycle::State::kStopped;
  EXPECT_TRUE(Assigner::compile(e_, lifecycle)) << "a stop of everything is obeyed whatever the file says";
}

TEST_F(AssignerTest, AZeroWeightIsNeverDrawn) {
  for (std::size_t zero = 0; zero < 3; ++zero) {
    e_.variants = {{"a", 1, "w", "", ""}, {"b", 1, "w", "", ""}, {"c", 1, "w", "", ""}};
    e_.variants[zero].weight = 0;
    const Assigner assigner = compile(e_);
    std::array<int, 3> counts{};
    for (int i = 0; i < 2000; ++i) ++counts[assigner.assign({std::to_string(i), "", east_}, start_).variant];
    EXPECT_EQ(counts[zero], 0);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(i == zero || counts[i] > 900);
  }
}

TEST_F(AssignerTest, RefusesWhatItCannotDo) {
  const auto where = [](const Experiment& e, const Lifecycle& lifecycle = {}) {
    const auto compiled = Assigner::compile(e, lifecycle);
    EXPECT_FALSE(compiled);
    EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidExperiment);
    return compiled.error().where;
  };
  const auto changed = [&](auto change) {
    Experiment e = e_;
    change(e);
    return e;
  };
  EXPECT_EQ(where(changed([](Experiment& e) { e.scheme = "tactful-2"; })), "/scheme");
  EXPECT_EQ(where(changed([](Experiment& e) { e.layer = "sms"; })), "/layer");
  EXPECT_EQ(where(changed([](Experiment& e) { e.holdouts = {{"all", {2'000'000}}}; })), "/holdout");
  EXPECT_EQ(where(changed([](Experiment& e) { e.holdouts = {{"all", {1}, "none"}}; })), "/holdout/0/scheme");
  EXPECT_EQ(where(changed([](Experiment& e) { e.ramp.clear(); })), "/ramp");
  EXPECT_EQ(where(changed([](Experiment& e) { e.ramp[0].fraction.millionths = 1'000'001; })), "/ramp");
  EXPECT_EQ(where(changed([](Experiment& e) { e.variants.clear(); })), "/variants");
  EXPECT_EQ(where(changed([](Experiment& e) { e.variants[0].weight = -1; })), "/variants");
  EXPECT_EQ(where(changed([](Experiment& e) { e.variants[0].weight = e.variants[1].weight = 0; })), "/variants");
  EXPECT_EQ(where(e_, promoted(0, "nobody")), "/variants");
  EXPECT_EQ(where(changed([](Experiment& e) { e.scope = Json(3); })), "/scope");
  EXPECT_EQ(where(changed([](Experiment& e) { e.scope = json(R"({"a":{"$gte":1,"$lesser":2}})"); })),
            "/scope/a/$lesser");
}

}  // namespace
}  // namespace tactful
