#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/memory_source.hpp"
#include "tactful/core/file.hpp"
#include "tactful/tally/tally_events.hpp"
#include "test_experiment.hpp"

namespace tactful {
namespace {

Tally example(UnitId units = 200) {
  Experiment experiment = test::make_experiment();
  experiment.cluster = "household";
  experiment.segments = {"region"};
  experiment.plan.looks = {test::kStart + 5 * test::kDay};
  test::MemorySource source;
  source.past.dropped = 3;
  source.deliveries.push_back({1, "", test::kStart, "quiet_hours"});
  for (UnitId unit = 1; unit <= units; ++unit) {
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

Tally golden(const char* name) {
  const auto text = read_file(std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests/golden/tally" / name, 1 << 20);
  EXPECT_TRUE(text) << name;
  const auto json = parse_json(text ? *text : "");
  EXPECT_TRUE(json) << name;
  auto tally = json ? tally_from_json(*json) : Result<Tally>(Error{});
  EXPECT_TRUE(tally) << name << (tally ? "" : describe(tally.error()));
  return tally ? *tally : Tally{};
}

/// Written by the first release with version 2: any change of the form breaks it.
TEST(TallyJson, reads_and_writes_version_2_as_it_was) {
  const std::filesystem::path path = std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests/golden/tally/version-2.json";
  if (std::getenv("TACTFUL_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << to_json(example(8)).dump() << "\n";
  }
  const Tally tally = golden("version-2.json");
  EXPECT_EQ(tally, example(8));
  EXPECT_EQ(to_json(tally).dump() + "\n", *read_file(path, 1 << 20));
}

TEST(TallyJson, reads_version_1_and_says_of_as_of_what_it_held) {
  const Tally tally = golden("version-1.json");
  EXPECT_EQ(tally.integrity.exposures, 8);
  EXPECT_EQ(tally.integrity.erased_units, 0);
  ASSERT_EQ(tally.epochs.size(), 2u) << "the fraction changed after a week";
  EXPECT_EQ(tally.epochs[0].first_day, 20'001);
  EXPECT_EQ(tally.epochs[0].last_day, 20'005);
  EXPECT_EQ(tally.epochs[0].millionths, 100'000);
  EXPECT_EQ(tally.epochs[1].first_day, 20'007);
  ASSERT_EQ(tally.looks.size(), 1u);
  EXPECT_EQ(tally.looks[0].at, tally.as_of);
  const LookMetric& converted = tally.looks[0].arms[1][0];
  EXPECT_EQ(converted.mature.units, 3);
  EXPECT_EQ(converted.mature, tally.margins[0].arms[1].metrics[0].mature);
  EXPECT_EQ(converted.first_events, (std::vector<std::int64_t>{1, 1}));
  EXPECT_TRUE(tally.margins[0].arms[1].metrics[0].ages.leaving.empty());
}

TEST(TallyJson, a_clustered_tally_of_version_1_cannot_tell_its_epochs_apart) {
  const Tally tally = golden("version-1-clusters.json");
  EXPECT_EQ(tally.epochs.size(), 2u);
  EXPECT_TRUE(tally.looks.empty());
  EXPECT_GT(tally.margins[0].arms[0].clusters, 0);
}

TEST(TallyJson, refuses_a_newer_version_and_anything_else) {
  Json json = to_json(example());
  json.set("schema", "tactful/tally/3");
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
  broken.set("epochs", Json::array());
  EXPECT_EQ(tally_from_json(broken).error().where, "/looks/0/arms/0/metrics/0/first_events");
  broken = json;
  broken.set("looks", Json::array().push_back(json.find("looks")->as_array().front()));
  EXPECT_EQ(tally_from_json(broken).error().where, "/looks");
  broken = json;
  broken.set("source", "dreams");
  EXPECT_EQ(tally_from_json(broken).error().where, "/source");
}

}  // namespace
}  // namespace tactful
