// The evaluation suites that other platforms publish, reduced to what hashing decides in them: given the rule that
// applied, the bucket must give the recorded variant. From the optional public data; skipped where that is absent.

#include <gmock/gmock.h>

#include "support/public_data.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

std::optional<Json> load(const std::string& file) {
  const auto path = test::public_data("conformance/" + file);
  if (!path) return std::nullopt;
  return parse_json(read_file(*path).value(), file).value();
}

Json ask(std::string_view scheme, std::string_view seed, std::string_view unit,
         std::optional<std::int64_t> modulus = {}) {
  Json request = Json::object().set("scheme", scheme).set("seed", seed).set("unit", unit);
  if (modulus) request.set("modulus", *modulus);
  return answer_hash_request(request).value();
}

std::int64_t bucket(std::string_view scheme, std::string_view seed, std::string_view unit, std::int64_t modulus) {
  return ask(scheme, seed, unit, modulus).find("bucket")->as_integer();
}

const Json* find_by(const Json& list, std::string_view field, std::string_view value) {
  for (const Json& item : list.as_array()) {
    if (item.find(field)->as_string() == value) return &item;
  }
  return nullptr;
}

std::string text_of(const Json* object, std::string_view field) {
  const Json* value = object == nullptr ? nullptr : object->find(field);
  return value == nullptr || !value->is_string() ? "" : value->as_string();
}

bool in_shards(const Json& split, const std::string& subject, std::int64_t total) {
  for (const Json& shard : split.find("shards")->as_array()) {
    const std::int64_t at = bucket("eppo", shard.find("salt")->as_string(), subject, total);
    bool inside = false;
    for (const Json& range : shard.find("ranges")->as_array()) {
      inside = inside || (range.find("start")->as_integer() <= at && at < range.find("end")->as_integer());
    }
    if (!inside) return false;
  }
  return true;
}

TEST(PlatformCases, EppoSplitsAreChosenByItsShards) {
  const auto config = load("eppo/flags-v1.json");
  if (!config) GTEST_SKIP() << "no public data beside the checkout";
  std::size_t checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*test::public_data("conformance/eppo"))) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("test-")) continue;
    const Json file = load("eppo/" + name).value();
    const Json* flag = config->find("flags")->find(file.find("flag")->as_string());
    if (flag == nullptr) continue;
    for (const Json& subject : file.find("subjects")->as_array()) {
      const Json* details = subject.find("evaluationDetails");
      const Json* matched = details->find("matchedAllocation");
      if (text_of(details, "flagEvaluationCode") != "MATCH" || matched == nullptr || matched->is_null()) continue;
      const Json* allocation = find_by(*flag->find("allocations"), "key", text_of(matched, "key"));
      ASSERT_NE(allocation, nullptr);
      std::string chosen;
      for (const Json& split : allocation->find("splits")->as_array()) {
        if (!in_shards(split, text_of(&subject, "subjectKey"), flag->find("totalShards")->as_integer())) continue;
        chosen = text_of(&split, "variationKey");
        break;
      }
      EXPECT_EQ(chosen, text_of(details, "variationKey")) << name << " " << text_of(&subject, "subjectKey");
      ++checked;
    }
  }
  EXPECT_GT(checked, 100u);
}

TEST(PlatformCases, UnleashRolloutsAreDecidedByTheirBucket) {
  std::size_t checked = 0;
  for (const char* name :
       {"unleash/03-gradual-rollout-user-id-strategy.json", "unleash/10-flexible-rollout-strategy.json"}) {
    const auto file = load(name);
    if (!file) GTEST_SKIP() << "no public data beside the checkout";
    for (const Json& row : file->find("tests")->as_array()) {
      const Json* feature = find_by(*file->find("state")->find("features"), "name", text_of(&row, "toggleName"));
      const Json* context = row.find("context");
      const auto& strategies = feature->find("strategies")->as_array();
      if (strategies.size() != 1) continue;  // what another strategy enables, no bucket decides
      const Json* parameters = strategies[0].find("parameters");
      const bool flexible = parameters->find("rollout") != nullptr;
      std::string unit = text_of(context, "userId");
      if (text_of(parameters, "stickiness") == "sessionId") unit = text_of(context, "sessionId");
      if (flexible && text_of(parameters, "stickiness") == "default" && unit.empty())
        unit = text_of(context, "sessionId");
      const int percent = std::stoi(text_of(parameters, flexible ? "rollout" : "percentage"));
      if (unit.empty()) continue;  // drawn at random, or not at all
      const bool enabled =
          percent > 0 && bucket("unleash-rollout", text_of(parameters, "groupId"), unit, 100) <= percent;
      EXPECT_EQ(enabled, row.find("expectedResult")->as_bool()) << text_of(&row, "description");
      ++checked;
    }
  }
  EXPECT_GE(checked, 8u);
}

TEST(PlatformCases, UnleashVariantsAreChosenByTheirBucket) {
  const auto file = load("unleash/08-variants.json");
  if (!file) GTEST_SKIP() << "no public data beside the checkout";
  std::size_t checked = 0;
  for (const Json& row : file->find("variantTests")->as_array()) {
    const Json* feature = find_by(*file->find("state")->find("features"), "name", text_of(&row, "toggleName"));
    const std::string unit = text_of(row.find("context"), "userId");
    const std::string expected = text_of(row.find("expectedResult"), "name");
    if (feature == nullptr || unit.empty() || expected == "disabled") continue;
    std::int64_t total = 0;
    bool plain = true;
    for (const Json& variant : feature->find("variants")->as_array()) {
      total += variant.find("weight")->as_integer();
      plain = plain && variant.find("overrides") == nullptr && variant.find("stickiness") == nullptr;
    }
    if (!plain || total == 0) continue;
    const std::int64_t at = bucket("unleash-variant", text_of(&row, "toggleName"), unit, total);
    std::int64_t reached = 0;
    std::string chosen;
    for (const Json& variant : feature->find("variants")->as_array()) {
      reached += variant.find("weight")->as_integer();
      if (chosen.empty() && reached >= at) chosen = text_of(&variant, "name");
    }
    EXPECT_EQ(chosen, expected) << text_of(&row, "description");
    ++checked;
  }
  EXPECT_GE(checked, 4u);
}

TEST(PlatformCases, GrowthBookNamespacesAreRangesOfItsFirstHash) {
  const auto file = load("growthbook-cases.json");
  if (!file) GTEST_SKIP() << "no public data beside the checkout";
  for (const Json& row : file->find("inNamespace")->as_array()) {
    const auto& r = row.as_array();
    const auto& space = r[2].as_array();
    const double n = ask("growthbook-1", "__" + space[0].as_string(), r[1].as_string()).find("value")->as_number();
    EXPECT_EQ(space[1].as_number() <= n && n < space[2].as_number(), r[3].as_bool()) << row.dump();
  }
}

}  // namespace
}  // namespace tactful
