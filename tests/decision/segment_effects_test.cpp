// Effects by segment, drawn together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "made_tally.hpp"
#include "tactful/core/json.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/shrinkage.hpp"

namespace tactful {
namespace {

using test::make_experiment;
using test::make_tally;
using testing::HasSubstr;

class SegmentEffectsTest : public testing::Test {
 protected:
  SegmentEffectsTest() {
    experiment.segments = {"region"};
    tally = make_tally(experiment, {{20000, {4000, 240}}, {20000, {4200, 240}}});
  }
  /// A region of so many units an arm, with so many who paid.
  void region(const char* value, std::int64_t units, std::int64_t control, std::int64_t treatment) {
    MarginTally margin = make_tally(experiment, {{units, {control, 20}}, {units, {treatment, 20}}}).margins[0];
    margin.segment = "region";
    margin.value = value;
    tally.margins.push_back(std::move(margin));
  }
  void four_regions() {
    region("north", 5000, 1000, 1050);
    region("south", 5000, 1000, 1080);
    region("east", 500, 100, 140);
    region("west", 9500, 1900, 1990);
  }
  Scorecard card() {
    const auto result = evaluate(experiment, tally);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }
  static const SegmentEffects* of(const Scorecard& card, std::string_view metric) {
    for (const SegmentEffects& effects : card.segment_effects) {
      if (effects.metric == metric) return &effects;
    }
    return nullptr;
  }

  Experiment experiment = make_experiment();
  Tally tally;
};

TEST_F(SegmentEffectsTest, a_small_region_is_drawn_most_and_the_raw_effect_stays) {
  four_regions();
  const Scorecard result = card();
  const SegmentEffects* paid = of(result, "paid");
  ASSERT_NE(paid, nullptr);
  ASSERT_EQ(paid->unavailable, "");
  ASSERT_EQ(paid->values.size(), 4u);
  const auto share_drawn = [&](std::size_t i) {
    const auto& one = paid->values[i];
    return (one.raw.estimate - one.estimate.estimate) / (one.raw.estimate - paid->mean);
  };
  EXPECT_EQ(paid->values[2].value, "east");
  EXPECT_NEAR(paid->values[2].raw.estimate, 0.08, 1e-12);
  EXPECT_EQ(paid->values[2].raw.estimate, result.segments[2].metrics[0].difference->estimate);
  EXPECT_LT(paid->values[2].estimate.estimate, 0.05) << "eight points of 500 customers are mostly luck";
  EXPECT_GT(share_drawn(2), share_drawn(0));
  EXPECT_GT(share_drawn(0), share_drawn(3));
  EXPECT_LT(paid->values[0].estimate.high - paid->values[0].estimate.low,
            paid->values[0].raw.high - paid->values[0].raw.low);
  EXPECT_GT(paid->p_equal, 0.05);
}

TEST_F(SegmentEffectsTest, are_those_of_the_intervals_shown) {
  four_regions();
  const Scorecard result = card();
  const SegmentEffects& paid = *of(result, "paid");
  std::vector<stats::ArmEffect> effects;
  for (const auto& one : paid.values) {
    effects.push_back({one.raw.estimate, (one.raw.high - one.raw.low) / (2.0 * stats::normal_upper_quantile(0.025))});
  }
  EXPECT_NEAR(effects[0].se, std::sqrt(0.2 * 0.8 / 5000 + 0.21 * 0.79 / 5000), 2e-5);
  const auto pooled = stats::partial_pooling(effects, *Level::make(0.95));
  ASSERT_TRUE(pooled);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    EXPECT_NEAR(paid.values[i].estimate.estimate, pooled->effects[i].value, 1e-12);
  }
  EXPECT_NEAR(paid.tau, std::sqrt(pooled->tau_squared), 1e-12);
}

TEST_F(SegmentEffectsTest, effects_far_apart_are_left_where_they_are) {
  region("north", 50000, 10000, 13000);
  region("south", 50000, 10000, 10000);
  region("east", 50000, 10000, 7000);
  const Scorecard result = card();
  EXPECT_NEAR(of(result, "paid")->values[0].estimate.estimate, 0.06, 0.0005);
  EXPECT_GT(of(result, "paid")->tau, 0.03);
  EXPECT_LT(of(result, "paid")->p_equal, 1e-6);
}

TEST_F(SegmentEffectsTest, says_why_nothing_is_drawn) {
  region("north", 5000, 1000, 1050);
  region("south", 5000, 1000, 1080);
  region("east", 0, 0, 0);
  const Scorecard result = card();
  EXPECT_THAT(of(result, "paid")->unavailable, HasSubstr("fewer than three values"));
  EXPECT_TRUE(of(result, "paid")->values.empty());
  const std::string json = to_json(result).dump();
  EXPECT_THAT(json,
              HasSubstr(R"("segment_effects":[{"segment":"region","metric":"paid","variant":"a","unavailable":)"));
}

TEST_F(SegmentEffectsTest, a_stopped_wording_has_none) {
  four_regions();
  tally.source = TallySource::kWide;
  EvaluateOptions options;
  options.stopped = {{"a", tally.as_of - 1}};
  const auto stopped = evaluate(experiment, tally, options);
  ASSERT_TRUE(stopped) << describe(stopped.error());
  ASSERT_NE(stopped->recommendation.action, Action::kInvalid);
  EXPECT_FALSE(stopped->segments.empty());
  EXPECT_TRUE(stopped->segment_effects.empty()) << "four values had one, so nothing is said of fewer than three";
}

TEST_F(SegmentEffectsTest, invalid_data_have_none) {
  four_regions();
  tally.margins[0].arms[1].units = 26000;
  const Scorecard result = card();
  ASSERT_EQ(result.recommendation.action, Action::kInvalid);
  EXPECT_TRUE(result.segment_effects.empty());
}

}  // namespace
}  // namespace tactful
