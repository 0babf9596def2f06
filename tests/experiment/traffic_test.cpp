// Layers, holdouts, hashing, switchback, sticky choices, overrides and groups as fields of the file.

#include <gmock/gmock.h>

#include "sample.hpp"

namespace tactful {
namespace {

Json json(std::string_view text) { return parse_json(text).value(); }

Json full() {
  Json file = sample::file();
  file.set("layer", json(R"({"key":"sms","slots":[[0,299],[500,549]],"of":1000})"));
  file.set("holdout", json(R"([{"key":"all-2026","fraction":0.05},{"key":"sms","fraction":0.01,"scheme":"eppo"}])"));
  file.set("hashing",
           json(R"({"units":"codepoint","traffic_salt":"t","buckets":5000,"ranges":[[0,0.5],[[0.5,0.75],[0.8,1]]],
      "filters":[{"seed":"f","ranges":[[0,0.25]]},{"scheme":"growthbook-2","seed":"g","ranges":[0,1]}]})"));
  file.set("sticky", json(R"({"version":3,"minimum_version":1})"));
  file.set("overrides", json(R"({"tester-1":"help"})"));
  file.set("groups", json(R"({"vip":["a","b"]})"));
  return file;
}

std::vector<std::string> rules_of(const Json& file) {
  std::vector<std::string> rules;
  for (const Diagnostic& one : parse_experiment(file.dump()).diagnostics) rules.push_back(one.rule + one.pointer);
  return rules;
}

TEST(TrafficFields, AreReadAndWrittenBack) {
  const Experiment e = sample::experiment(full());
  EXPECT_EQ(e.layer, "sms");
  EXPECT_EQ(e.layer_slots, (LayerSlots{{{0, 299}, {500, 549}}, 1000}));
  EXPECT_EQ(e.holdouts, (std::vector<Holdout>{{"all-2026", {50'000}, "tactful-1"}, {"sms", {10'000}, "eppo"}}));
  EXPECT_EQ(e.hashing.units, "codepoint");
  EXPECT_EQ(e.hashing.buckets, 5000);
  EXPECT_EQ(e.hashing.ranges, (std::vector<std::vector<HashRange>>{{{0, 0.5}}, {{0.5, 0.75}, {0.8, 1}}}));
  EXPECT_EQ(e.hashing.filters[0], (HashFilter{"tactful-1", "f", {{0, 0.25}}}));
  EXPECT_EQ(e.hashing.filters[1], (HashFilter{"growthbook-2", "g", {{0, 1}}}));
  EXPECT_EQ(e.sticky, (Sticky{true, 3, 1}));
  EXPECT_EQ(e.overrides, (std::vector<Override>{{"tester-1", "help"}}));
  EXPECT_EQ(e.groups, (std::vector<SavedGroup>{{"vip", {"a", "b"}}}));
  EXPECT_EQ(sample::experiment(to_json(e)), e);
  Json plain = full();
  plain.set("sticky", false).set("switchback", "4h").set("cluster", "team");
  EXPECT_EQ(sample::experiment(plain).switchback_ms, 4 * kMillisecondsPerHour);
  EXPECT_EQ(sample::experiment(to_json(sample::experiment(plain))), sample::experiment(plain));
}

TEST(TrafficFields, MistakesAreFoundWhereTheyAre) {
  using ::testing::ElementsAre;
  const auto with = [](const char* pointer, std::string_view value) {
    return rules_of(sample::with(full(), pointer, json(value)));
  };
  EXPECT_THAT(with("/layer", R"("sms")"), ElementsAre("type/layer"));
  EXPECT_THAT(with("/layer/slots", "[300, 200]"), ElementsAre("slots/layer/slots"));
  EXPECT_THAT(with("/layer/slots", "[0, 1000]"), ElementsAre("slots/layer/slots"));
  EXPECT_THAT(with("/layer/slots", "[[0, 5], [5, 9]]"), ElementsAre("slots/layer/slots"));
  EXPECT_THAT(with("/layer/slots", R"(["a"])"), ElementsAre("slots/layer/slots"));
  EXPECT_THAT(with("/layer/slots", "[]"), ElementsAre("slots/layer/slots"));
  EXPECT_THAT(with("/layer/slot", "[0, 5]"), ElementsAre("unknown-field/layer/slot"));
  EXPECT_THAT(with("/layer", R"({"key":"sms"})"), ElementsAre("missing/layer/of", "missing/layer/slots"));
  EXPECT_THAT(with("/holdout", R"([{"key":"a","fraction":0.1},{"key":"a","fraction":0.1}])"),
              ElementsAre("duplicate/holdout/1/key"));
  EXPECT_THAT(with("/holdout", R"({"key":"a"})"), ElementsAre("missing/holdout/fraction"));
  EXPECT_THAT(with("/holdout", R"({"key":"a","fraction":1.5})"), ElementsAre("range/holdout/fraction"));
  EXPECT_THAT(with("/hashing/units", R"("utf32")"), ElementsAre("choice/hashing/units"));
  EXPECT_THAT(with("/hashing/buckets", "0"), ElementsAre("range/hashing/buckets"));
  EXPECT_THAT(with("/hashing/ranges", "[[0, 1]]"), ElementsAre("ranges/hashing/ranges"));
  EXPECT_THAT(with("/hashing/ranges", "[[0, 1], [1, 0]]"), ElementsAre("ranges/hashing/ranges/1"));
  EXPECT_THAT(with("/hashing/filters", R"([{"seed":"a"}])"), ElementsAre("missing/hashing/filters/0/ranges"));
  EXPECT_THAT(with("/sticky/minimum_version", "4"), ElementsAre("sticky/sticky/minimum_version"));
  EXPECT_THAT(with("/sticky", R"("yes")"), ElementsAre("type/sticky"));
  EXPECT_THAT(with("/switchback", R"("4h")"), ElementsAre("switchback/cluster", "sticky/sticky"));
  EXPECT_THAT(with("/overrides", R"({"t":"halp"})"), ElementsAre("override/overrides/t"));
  EXPECT_THAT(with("/overrides", R"({"t":1})"), ElementsAre("type/overrides/t"));
  EXPECT_THAT(with("/groups", R"({"vip":[1]})"), ElementsAre("type/groups/vip"));
}

}  // namespace
}  // namespace tactful
