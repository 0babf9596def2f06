#include <gtest/gtest.h>

#include "support/memory_source.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

namespace tactful {
namespace {

Tally example() {
  Experiment experiment = test::make_experiment();
  experiment.cluster = "household";
  experiment.segments = {"region"};
  test::MemorySource source;
  for (UnitId unit = 1; unit <= 200; ++unit) {
    const TimeMs at = test::kStart + unit * kMillisecondsPerHour;
    source.exposures.push_back(
        {unit, unit % 2 ? "control" : "friendly", at, 1000 + unit / 2 * 2, R"({"region":"a/b"})"});
    source.outcomes.push_back({unit, "order_value", at + 5, 0.1 * static_cast<double>(unit)});
    source.deliveries.push_back({unit, "control", at + 1});
  }
  source.seal(2);
  return *tally_events(experiment, source, {test::kStart + 9 * test::kDay, "pilot", 1});
}

TEST(TallyJson, comes_back_as_it_was) {
  const Tally tally = example();
  const auto text = to_json(tally).dump(1);
  const auto parsed = parse_json(text);
  ASSERT_TRUE(parsed);
  const auto back = tally_from_json(*parsed);
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(*back, tally);
}

TEST(TallyJson, refuses_a_newer_version_and_anything_else) {
  Json json = to_json(example());
  json.set("schema", "tactful/tally/2");
  EXPECT_EQ(tally_from_json(json).error().code, ErrorCode::kUnsupportedVersion);
  json.set("schema", "something");
  EXPECT_EQ(tally_from_json(json).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(tally_from_json(Json(7)).error().code, ErrorCode::kInvalidInput);
}

TEST(TallyJson, names_the_place_of_a_mistake) {
  Json json = to_json(example());
  Json broken = json;
  broken.set("as_of", "yesterday");
  EXPECT_EQ(tally_from_json(broken).error().where, "/as_of");
  broken = json;
  broken.set("variants", Json::array().push_back("control"));
  EXPECT_EQ(tally_from_json(broken).error().where, "/margins/0/arms");
  broken = json;
  broken.set("margins", Json::array());
  EXPECT_EQ(tally_from_json(broken).error().where, "/margins");
  broken = json;
  broken.set("source", "dreams");
  EXPECT_EQ(tally_from_json(broken).error().where, "/source");
}

}  // namespace
}  // namespace tactful
