// The frozen vectors of scheme tactful-1: they never change, here or in any port.

#include <gmock/gmock.h>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

Json vectors() {
  return parse_json(
             read_file(std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests" / "conformance" / "tactful-1.json").value())
      .value();
}

Experiment with_weights(const std::string& salt, const Json& weights, std::int32_t millionths) {
  Experiment e = sample::experiment();
  e.salt = salt;
  e.ramp = {{e.pilot.start, Fraction{millionths}}};
  e.variants.clear();
  for (std::size_t i = 0; i < weights.as_array().size(); ++i) {
    e.variants.push_back({"v" + std::to_string(i), weights.as_array()[i].as_integer(), "w", "", ""});
  }
  return e;
}

TEST(Tactful1, SeedsAndThresholdsAreFrozen) {
  const Json file = vectors();
  for (const Json& row : file.find("seeds")->as_array()) {
    EXPECT_EQ(std::to_string(draw_seed(row.as_array()[0].as_string())), row.as_array()[1].as_string());
  }
  for (const Json& row : file.find("thresholds")->as_array()) {
    const auto part = static_cast<std::uint64_t>(row.as_array()[0].as_integer());
    const auto whole = static_cast<std::uint64_t>(row.as_array()[1].as_integer());
    EXPECT_EQ(std::to_string(threshold(part, whole)), row.as_array()[2].as_string()) << part << "/" << whole;
  }
}

TEST(Tactful1, DrawsAreFrozen) {
  const Json file = vectors();
  ASSERT_GE(file.find("vectors")->as_array().size(), 3u * 65);
  for (const Json& vector : file.find("vectors")->as_array()) {
    const std::string& salt = vector.find("salt")->as_string();
    for (const auto& [kind, name] : {std::pair(Draw::kTraffic, "traffic"), std::pair(Draw::kVariant, "variant"),
                                     std::pair(Draw::kHoldback, "holdback")}) {
      const std::uint64_t drawn = draw(draw_seed(seed_text(kind, salt)), vector.find("unit")->as_string());
      ASSERT_EQ(std::to_string(drawn), vector.find(name)->as_string()) << vector.dump();
    }
  }
}

TEST(Tactful1, VariantsAreFrozen) {
  const Json file = vectors();
  for (const Json::Member& split : file.find("splits")->as_object()) {
    std::string salt;
    std::optional<Assigner> assigner;
    for (const Json& vector : file.find("vectors")->as_array()) {
      if (!assigner || salt != vector.find("salt")->as_string()) {
        salt = vector.find("salt")->as_string();
        assigner = Assigner::compile(with_weights(salt, split.second, Fraction::kWhole)).value();
      }
      const std::string& unit = vector.find("unit")->as_string();
      const Assignment got = assigner->assign({unit, "", {}}, sample::experiment().pilot.start);
      if (unit.empty()) {
        ASSERT_EQ(got.reason, AssignmentReason::kNoUnit);
        continue;
      }
      ASSERT_EQ(got.reason, AssignmentReason::kAssigned);
      ASSERT_EQ(std::to_string(got.bucket), vector.find("variant")->as_string());
      ASSERT_EQ(got.variant, vector.find("variants")->find(split.first)->as_integer()) << vector.dump();
    }
  }
}

TEST(Tactful1, TrafficIsFrozen) {
  const Json file = vectors();
  const auto& fractions = file.find("fractions_millionths")->as_array();
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    for (const Json& vector : file.find("vectors")->as_array()) {
      const std::string& unit = vector.find("unit")->as_string();
      if (unit.empty()) continue;
      const Experiment e = with_weights(vector.find("salt")->as_string(), Json::array().push_back(1).push_back(1),
                                        static_cast<std::int32_t>(fractions[i].as_integer()));
      const Assignment got = Assigner::compile(e)->assign({unit, "", {}}, e.pilot.start);
      ASSERT_EQ(got.enrolled, vector.find("in_traffic")->as_array()[i].as_bool()) << vector.dump();
    }
  }
}

}  // namespace
}  // namespace tactful
