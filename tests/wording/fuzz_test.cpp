// Random and mutated input, by fixed seeds: never a crash, never an object beside an error, never a brace in a message.
#include <gmock/gmock.h>

#include <array>
#include <random>

#include "sample.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/text.hpp"
#include "tactful/wording/wording_check.hpp"

namespace tactful {
namespace {

std::vector<std::string> good_files() {
  std::vector<std::string> files;
  for (const std::string folder : {"wordings", "rules", "scenarios"}) {
    for (const auto& entry : std::filesystem::directory_iterator(test::experiments() / folder))
      files.push_back(test::read_all(entry.path()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

void read_as_everything(const std::string& text) {
  const WordingFile wording = parse_wording(text);
  EXPECT_EQ(wording.wording == nullptr, has_errors(wording.diagnostics));
  const RulePackFile rules = parse_rule_pack(text);
  EXPECT_EQ(!rules.pack, has_errors(rules.diagnostics));
  const ScenarioFile scenarios = parse_scenarios(text);
  EXPECT_EQ(!scenarios.scenarios, has_errors(scenarios.diagnostics));
  if (wording.wording) {
    (void)check_wording(*wording.wording, nullptr, nullptr);
    for (const WordingPreview& preview : previews(*wording.wording)) EXPECT_FALSE(find_invalid_utf8(preview.message));
  }
}

TEST(Fuzz, RandomBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 200; n > 0; --n) text.push_back(static_cast<char>(random() % 256));
    read_as_everything(text);
  }
}

TEST(Fuzz, MutatedFiles) {
  std::mt19937 random(2);
  const auto files = good_files();
  for (int round = 0; round < 1500; ++round) {
    std::string text = files[random() % files.size()];
    if (text.size() > 6000) text = files[0].size() < 6000 ? files[0] : text.substr(0, 6000);
    for (std::size_t n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          text.erase(at, 1 + random() % 20);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 30));
          break;
        default:
          text.insert(at, 1, "{}[]\",:\\"[random() % 8]);
          break;
      }
      if (text.empty()) break;
    }
    read_as_everything(text);
  }
}

// Values of any type where the file wants another: reported, never taken.
void replace_somewhere(Json& json, std::mt19937& random, int depth) {
  const std::array<Json, 7> odd{Json(),
                                Json(true),
                                Json(-7),
                                Json(0.5),
                                Json("{"),
                                Json::array().push_back(1),
                                Json::object().set("x", Json::object())};
  const bool leaf = !(json.is_object() && !json.as_object().empty()) && !(json.is_array() && !json.as_array().empty());
  if (leaf || depth == 0) {
    json = odd[random() % odd.size()];
  } else if (json.is_object()) {
    replace_somewhere(json.as_object()[random() % json.as_object().size()].second, random, depth - 1);
  } else {
    replace_somewhere(json.as_array()[random() % json.as_array().size()], random, depth - 1);
  }
}

TEST(Fuzz, OddValuesInPlace) {
  std::mt19937 random(3);
  std::vector<Json> files;
  for (const auto& entry : std::filesystem::directory_iterator(test::experiments() / "wordings"))
    files.push_back(*parse_json(test::read_all(entry.path())));
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    Json file = files[random() % files.size()];
    replace_somewhere(file, random, 1 + static_cast<int>(random() % 5));
    const std::string text = file.dump();
    read_as_everything(text);
    refused += parse_wording(text).wording == nullptr;
  }
  EXPECT_GT(refused, 1500);
}

TEST(Fuzz, DeepNesting) {
  for (const int depth : {50, 99, 101, 20000}) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "{\"texts\":";
    text += "1";
    for (int i = 0; i < depth; ++i) text += "}";
    read_as_everything(text);
    read_as_everything(std::string(static_cast<std::size_t>(depth), '['));
  }
}

TEST(Fuzz, RenderingNeverLeavesABrace) {
  std::mt19937 random(4);
  const WordingFile file = parse_wording(test::read_all(test::experiments() / "wordings/payment-three-options.json"));
  ASSERT_TRUE(file.wording);
  const std::array<std::string, 12> values{"",           "{x}",   "a",    "1280", "12.5", "2026-05-14",
                                           "2026-06-31", "400-1", "\xff", "{{",   "}",    "远山"};
  int whole = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<FieldValue> given;
    for (const WordingField& field : file.wording->fields()) {
      if (random() % 20 != 0)
        given.push_back({field.name, random() % 8 != 0 ? std::string_view(field.sample)
                                                       : std::string_view(values[random() % values.size()])});
    }
    const std::array<FieldValue, 1> segments{FieldValue{"tenure", random() % 2 == 0 ? "long" : "short"}};
    const auto message = file.wording->render(random() % 2 == 0 ? "zh" : "en", "sms", given, segments);
    whole += message.has_value();
    if (message) {
      EXPECT_EQ(message->find_first_of("{}"), std::string::npos) << *message;
    } else {
      EXPECT_EQ(message.error().code, ErrorCode::kInvalidInput);
    }
  }
  EXPECT_GT(whole, 1000);
  EXPECT_LT(whole, 19000);
}

TEST(Fuzz, RulesOnAnyText) {
  const auto rules = test::built_in_rules();
  std::mt19937 random(5);
  const std::array<std::string, 14> parts{"必须", "must", "立即",   "冻结", " ", "，", "您",
                                          "你",   "😀",    "\u200B", "\xe5", "!", "【", "回复R"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) text += parts[random() % parts.size()];
    for (const RuleFinding& finding : rules->check(text, {random() % 2 == 0 ? "zh" : "en", "sms", "commercial"})) {
      ASSERT_LE(finding.range.begin, finding.range.end);
      ASSERT_LE(finding.range.end, text.size());
    }
  }
  EXPECT_LE(rules->check(std::string(3'000'000, '!'), {"zh", "sms", "commercial"}).size(), 1000U);
}

}  // namespace
}  // namespace tactful
