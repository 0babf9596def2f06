// An experiment file that is cut off, has bits turned over, is too large or nests too deeply: refused with its reason,
// and senders go on with what was good.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "fuzz_file.hpp"
#include "support/temp_dir.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/file.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string example() {
  std::string text = read_file(TACTFUL_SOURCE_DIR "/experiments/payment-reminder.json").value();
  while (text.back() == '\n') text.pop_back();
  // The member for editors is the one whose value is not read.
  const std::size_t begin = text.find("\"$schema\"");
  text.erase(begin, text.find('\n', begin) + 1 - begin);
  return text;
}

std::string with_a_bit_turned(std::string text, std::mt19937& random) {
  char& byte = text[random() % text.size()];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << (random() % 8)));
  return text;
}

void expect_refused(const ExperimentFile& file, const std::string& what) {
  EXPECT_FALSE(file.experiment.has_value()) << what;
  ASSERT_TRUE(has_errors(file.diagnostics)) << what;
  EXPECT_FALSE(file.diagnostics.front().message.empty()) << what;
}

TEST(CorruptExperiment, IsRefusedWhereverItIsCutOff) {
  const std::string text = example();
  for (std::size_t length = 0; length < text.size(); ++length)
    expect_refused(parse_experiment(std::string_view(text).substr(0, length)), "cut at " + std::to_string(length));
}

TEST(CorruptExperiment, WithOneBitTurnedIsRefusedOrSaysSomethingElse) {
  const std::string text = example();
  const Experiment good = parse_experiment(text).experiment.value();
  std::mt19937 random(9);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    const std::string turned = with_a_bit_turned(text, random);
    const ExperimentFile file = parse_experiment(turned);
    if (file.experiment) {
      EXPECT_NE(*file.experiment, good) << turned;
    } else {
      ++refused;
      expect_refused(file, turned);
    }
  }
  EXPECT_GT(refused, 250);
}

TEST(CorruptExperiment, TooDeepOrTooLargeIsRefused) {
  for (const int depth : {101, 1'000, 200'000}) {
    const auto many = static_cast<std::size_t>(depth);
    expect_refused(parse_experiment(std::string(many, '[')), "open lists");
    expect_refused(parse_experiment(std::string(many, '[') + std::string(many, ']')), "lists");
    std::string scope;
    for (int i = 0; i < depth; ++i) scope += R"({"$not":)";
    std::string text = example();
    text.insert(1, "\"scope\":" + scope + "{}" + std::string(many, '}') + ",");
    expect_refused(parse_experiment(text), "a scope of " + std::to_string(depth) + " levels");
  }
  const test::TempDir folder;
  const auto path = folder.write("large.json", "{");
  std::filesystem::resize_file(path, 100u << 20);
  const auto large = read_experiment(path);
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(large.error().message, HasSubstr("larger"));
}

TEST(CorruptExperiment, AFolderKeepsWhatWasGood) {
  const test::TempDir folder(test::quick_folder());
  const std::string text = example();
  const auto path = folder.write("payment-reminder.json", text);
  auto catalogue = Catalogue::open(folder.path());
  ASSERT_TRUE(catalogue.has_value());
  std::mt19937 random(10);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    const auto before = (*catalogue)->snapshot();
    const std::string broken =
        round % 2 == 0 ? text.substr(0, random() % text.size()) : with_a_bit_turned(text, random);
    fuzz::write_file(path, broken);
    const Status reloaded = (*catalogue)->reload();
    if (reloaded) {
      EXPECT_GT((*catalogue)->snapshot()->version(), before->version());
      continue;
    }
    ++refused;
    EXPECT_EQ((*catalogue)->snapshot(), before) << broken;
    ASSERT_THAT((*catalogue)->findings(), SizeIs(1));
    EXPECT_EQ((*catalogue)->findings()[0].file, path);
    EXPECT_THAT(reloaded.error().message, HasSubstr("payment-reminder.json"));
  }
  EXPECT_GT(refused, 350);
  fuzz::write_file(path, text);
  EXPECT_TRUE((*catalogue)->reload());
  EXPECT_NE((*catalogue)->snapshot()->find("payment-reminder"), nullptr);
}

}  // namespace
}  // namespace tactful
