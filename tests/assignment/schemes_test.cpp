// Whole experiments by every scheme against tests/conformance/schemes.json, made by an implementation of its own, and
// against what the platforms' own SDKs gave, where the optional public data is there.

#include <gmock/gmock.h>

#include <cmath>

#include "sample.hpp"
#include "support/public_data.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

Json load(const std::filesystem::path& path) { return parse_json(read_file(path).value(), path.string()).value(); }

Experiment experiment_of(const Json& vector) {
  Experiment e = sample::experiment();
  e.scheme = vector.find("scheme")->as_string();
  e.salt = vector.find("salt")->as_string();
  e.hashing.units = vector.find("units")->as_string();
  e.variants.clear();
  for (const Json& weight : vector.find("weights")->as_array())
    e.variants.push_back({"v" + std::to_string(e.variants.size()), weight.as_integer(), "w", "", ""});
  e.ramp[0].fraction = Fraction{static_cast<std::int32_t>(vector.find("millionths")->as_integer())};
  e.holdouts = {{"company", Fraction{static_cast<std::int32_t>(vector.find("holdout_millionths")->as_integer())}}};
  if (const Json* layer = vector.find("layer")) {
    const auto& slots = layer->find("slots")->as_array();
    e.layer = layer->find("key")->as_string();
    e.layer_slots = {{{slots[0].as_integer(), slots[1].as_integer()}}, layer->find("of")->as_integer()};
  }
  return e;
}

TEST(SchemeVectors, AreReproduced) {
  const Json file = load(std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests/conformance/schemes.json");
  std::size_t checked = 0;
  for (const Json& vector : file.find("experiments")->as_array()) {
    const Experiment e = experiment_of(vector);
    const auto assigner = Assigner::compile(e);
    ASSERT_TRUE(assigner) << e.scheme << describe(assigner.error());
    for (const Json& row : vector.find("assignments")->as_array()) {
      const auto& r = row.as_array();
      const Assignment a = assigner->assign({r[0].as_string(), "", {}}, e.pilot.start);
      ASSERT_EQ(to_string(a.reason), r[1].as_string()) << e.scheme << " " << e.salt << " " << row.dump();
      ASSERT_EQ(a.variant, r[2].as_integer()) << e.scheme << " " << e.salt << " " << row.dump();
      ASSERT_EQ(std::to_string(a.bucket), r[3].as_string()) << e.scheme << " " << e.salt << " " << row.dump();
      ++checked;
    }
  }
  EXPECT_EQ(checked, 72u * 50u);
}

// PlanOut's own reference gave these choices; its letters are the variants in order.
TEST(SchemeVectors, PlanOutsChoicesAndSegments) {
  const auto path = test::public_data("conformance/golden-planout.json");
  if (!path) GTEST_SKIP() << "no public data beside the checkout";
  const Json file = load(*path);
  const auto run = [](const Json& row, const std::vector<std::int64_t>& weights, const std::string& expected) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "planout";
    e.salt = r[0].as_string() + "." + r[1].as_string();
    e.variants.clear();
    for (const std::int64_t weight : weights)
      e.variants.push_back({std::string(1, static_cast<char>('a' + e.variants.size())), weight, "w", "", ""});
    const Assignment a = Assigner::compile(e)->assign({r[2].as_string(), "", {}}, e.pilot.start);
    EXPECT_EQ(e.variants[a.variant].key, expected) << row.dump();
  };
  for (const Json& row : file.find("uniformChoice")->as_array())
    run(row, std::vector<std::int64_t>(static_cast<std::size_t>(row.as_array()[3].as_integer()), 1),
        row.as_array()[4].as_string());
  for (const Json& row : file.find("weightedChoice")->as_array()) {
    std::vector<std::int64_t> weights;
    for (const Json& weight : row.as_array()[3].as_array()) weights.push_back(std::llround(weight.as_number() * 100));
    run(row, weights, row.as_array()[4].as_string());
  }
  // Bernoulli trials are the traffic draw: the parameter is what stands behind the salt.
  for (const Json& row : file.find("bernoulli")->as_array()) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "planout";
    e.hashing.traffic_salt = r[0].as_string() + "." + r[1].as_string();
    e.ramp[0].fraction = Fraction{static_cast<std::int32_t>(std::lround(r[3].as_number() * 1e6))};
    EXPECT_EQ(Assigner::compile(e)->assign({r[2].as_string(), "", {}}, e.pilot.start).enrolled, r[4].as_integer() == 1)
        << row.dump();
  }
  for (const Json& row : file.find("namespaceSegment")->as_array()) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "planout";
    e.layer = r[0].as_string();
    e.layer_slots = {{{r[3].as_integer(), r[3].as_integer()}}, r[2].as_integer()};
    EXPECT_TRUE(Assigner::compile(e)->assign({r[1].as_string(), "", {}}, e.pilot.start).enrolled) << row.dump();
  }
}

// Rollouts of Unleash's own client: on at its bucket's percentage and off one below.
TEST(SchemeVectors, UnleashsRolloutsAndVariants) {
  const auto path = test::public_data("conformance/golden-hash.json");
  if (!path) GTEST_SKIP() << "no public data beside the checkout";
  const Json file = load(*path);
  for (const Json& row : file.find("unleashRollout")->as_array()) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "unleash";
    e.salt = r[0].as_string();
    for (const int below : {0, 1}) {
      e.ramp[0].fraction = Fraction{static_cast<std::int32_t>((r[2].as_integer() - below) * 10'000)};
      EXPECT_EQ(Assigner::compile(e)->assign({r[1].as_string(), "", {}}, e.pilot.start).enrolled, below == 0)
          << row.dump();
    }
  }
  for (const Json& row : file.find("unleashVariant")->as_array()) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "unleash";
    e.salt = r[0].as_string();
    e.variants = {{"a", r[3].as_integer() - 1, "w", "", ""},
                  {"b", 1, "w", "", ""},
                  {"c", r[2].as_integer() - r[3].as_integer(), "w", "", ""}};
    EXPECT_EQ(Assigner::compile(e)->assign({r[1].as_string(), "", {}}, e.pilot.start).variant, 1) << row.dump();
  }
  for (const Json& row : file.find("optimizely")->as_array()) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "optimizely";
    e.salt = r[1].as_string();
    e.hashing.ranges = {{}, {{static_cast<double>(r[2].as_integer()), static_cast<double>(r[2].as_integer()) + 1}}};
    EXPECT_EQ(Assigner::compile(e)->assign({r[0].as_string(), "", {}}, e.pilot.start).variant, 1) << row.dump();
  }
  for (const Json& row : file.find("launchdarkly")->as_array()) {
    const auto& r = row.as_array();
    Experiment e = sample::experiment();
    e.scheme = "launchdarkly";
    e.salt = r[0].is_null() ? std::to_string(r[2].as_integer()) : r[0].as_string() + "." + r[1].as_string();
    const Assignment a = Assigner::compile(e)->assign({r[3].as_string(), "", {}}, e.pilot.start);
    EXPECT_NEAR(static_cast<double>(a.bucket) / 1152921504606846975.0, r[4].as_number(), 1e-7) << row.dump();
  }
}

}  // namespace
}  // namespace tactful
