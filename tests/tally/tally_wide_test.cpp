#include <gtest/gtest.h>

#include "support/memory_source.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

namespace tactful {
namespace {

using test::kDay;
using test::kStart;
using test::MemorySource;

class TallyWide : public testing::Test {
 protected:
  Tally tally(std::size_t partitions = 1, TimeMs as_of = kStart) {
    source.seal(partitions);
    auto result = tally_events(experiment, source, {as_of, "pilot", 1});
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Tally{};
  }

  Experiment experiment = test::make_experiment();
  MemorySource source;
};

TEST_F(TallyWide, keeps_missing_apart_from_zero_and_is_mature) {
  source.wide_kinds = {"converted", "order_value"};
  source.wide = {{1, "control", {1.0, 20.0}, {}},
                 {2, "control", {0.0, std::nullopt}, {}},
                 {3, "friendly", {std::nullopt, 0.0}, {}}};
  const Tally t = tally();
  EXPECT_EQ(t.source, TallySource::kWide);
  EXPECT_TRUE(t.imported);
  EXPECT_EQ(t.margins[0].arms[0].metrics[0].mature.units, 2);
  EXPECT_EQ(t.margins[0].arms[0].metrics[0].mature.sum.value(), 1);
  EXPECT_EQ(t.margins[0].arms[0].metrics[3].mature.units, 1);
  EXPECT_EQ(t.margins[0].arms[0].metrics[3].missing_units, 1);
  EXPECT_EQ(t.margins[0].arms[0].metrics[3].mature.squares.value(), 400);
  EXPECT_EQ(t.margins[0].arms[1].metrics[0].missing_units, 1);
  EXPECT_EQ(t.margins[0].arms[1].metrics[0].immature_units, 0);
  EXPECT_EQ(t.unavailable, (std::vector<std::string>{"complaint", "calls", "csat"}));
  EXPECT_TRUE(t.days.empty());
}

TEST_F(TallyWide, a_unit_in_two_rows_of_different_variants_is_a_crossover) {
  source.wide_kinds = {"converted"};
  source.wide = {
      {1, "brief", {1.0}, {}}, {1, "friendly", {0.0}, {}}, {2, "control", {1.0}, {}}, {2, "control", {1.0}, {}}};
  const Tally t = tally();
  EXPECT_EQ(t.integrity.units, 2);
  EXPECT_EQ(t.integrity.units_in_two_variants, 1);
  EXPECT_EQ(t.margins[0].arms[1].units, 1);
  EXPECT_EQ(t.margins[0].arms[1].metrics[0].mature.sum.value(), 0);
  EXPECT_EQ(t.without_crossovers.arms[1].units, 0);
  EXPECT_EQ(t.without_crossovers.arms[0].units, 1);
}

TEST_F(TallyWide, reads_segments_clusters_and_times) {
  experiment.segments = {"region"};
  experiment.cluster = "household";
  source.wide_kinds = {"converted"};
  source.wide_segments = {"age", "region"};
  source.wide_has_times = true;
  source.wide = {{1, "control", {1.0}, {"old", "east"}, 11, kStart},
                 {2, "control", {1.0}, {"young", "east"}, 11, kStart + kDay},
                 {3, "friendly", {0.0}, {"young", ""}, 12, kStart - kDay},
                 {4, "nobody-knows", {0.0}, {"young", "east"}, 13, kStart}};
  const Tally t = tally(2, kStart + 2 * kDay);
  ASSERT_EQ(t.margins.size(), 2u);
  EXPECT_EQ(t.margins[1].value, "east");
  EXPECT_EQ(t.margins[1].arms[0].units, 2);
  EXPECT_EQ(t.margins[0].arms[0].clusters, 1);
  EXPECT_EQ(t.margins[0].arms[0].metrics[0].clusters.total_squares.value(), 4);
  EXPECT_EQ(t.days.size(), 3u);
  EXPECT_EQ(t.integrity.outside_enrolment_exposures, 1) << "counted, but kept: its windows are as supplied";
  EXPECT_EQ(t.margins[0].arms[1].units, 1);
  EXPECT_EQ(t.integrity.unknown_variant_exposures, 1);
  EXPECT_EQ(t.first_exposure, kStart - kDay);
}

TEST_F(TallyWide, rows_at_or_after_the_moment_of_the_evaluation_do_not_exist) {
  source.wide_kinds = {"converted"};
  source.wide_has_times = true;
  source.wide = {{1, "control", {1.0}, {}, 0, kStart},
                 {2, "friendly", {1.0}, {}, 0, kStart + kDay - 1},
                 {2, "control", {0.0}, {}, 0, kStart + kDay},
                 {3, "friendly", {1.0}, {}, 0, kStart + kDay}};
  const Tally t = tally(2, kStart + kDay);
  EXPECT_EQ(t.integrity.units, 2);
  EXPECT_EQ(t.integrity.units_in_two_variants, 0);
  EXPECT_EQ(t.integrity.exposures, 2);
  EXPECT_EQ(t.integrity.rows_after_as_of, 2);
  EXPECT_EQ(t.margins[0].arms[1].metrics[0].mature.units, 1);
  EXPECT_EQ(t.last_exposure, kStart + kDay - 1);
  const auto again = tally_from_json(to_json(t));
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(*again, t);
}

TEST_F(TallyWide, a_table_of_later_rows_only_is_no_data) {
  source.wide_kinds = {"converted"};
  source.wide_has_times = true;
  source.wide = {{1, "control", {1.0}, {}, 0, kStart}, {2, "friendly", {1.0}, {}, 0, kStart + kDay}};
  source.seal(1);
  const auto result = tally_events(experiment, source, {kStart, "pilot", 1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInsufficientData);
}

TEST_F(TallyWide, refuses_events_and_a_table_of_one_experiment) {
  source.wide_kinds = {"converted"};
  source.wide = {{1, "control", {1.0}, {}}};
  source.exposures = {{2, "control", kStart}};
  source.seal(1);
  const auto result = tally_events(experiment, source, {kStart + kDay, "pilot", 1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace tactful
