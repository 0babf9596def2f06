// Every input that a fuzzer ever failed on, and those that it began with, given to the same targets; and some thousand
// mutations of them by fixed seeds. A file `*.lines` of the corpus holds one input a line, any other file is one input.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "fuzz_target.hpp"

namespace tactful::fuzz {
namespace {

struct Target {
  const char* name;
  void (*run)(std::string_view input);
};

}  // namespace

#include "fuzz_targets.inc"

namespace {

struct Input {
  std::string name, bytes;
};

std::string bytes_of(const std::filesystem::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

void add_folder(const std::filesystem::path& folder, std::vector<Input>& inputs) {
  if (!std::filesystem::is_directory(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".lines") {
      inputs.push_back({name, bytes_of(entry.path())});
      continue;
    }
    std::istringstream lines(bytes_of(entry.path()));
    int number = 0;
    for (std::string line; std::getline(lines, line);) inputs.push_back({name + ":" + std::to_string(++number), line});
  }
}

/// The corpus of a target, with the examples of the repository that it reads, in a fixed order.
std::vector<Input> corpus(const std::string& target) {
  const std::filesystem::path source = TACTFUL_SOURCE_DIR;
  std::vector<Input> inputs;
  add_folder(source / "tests/fuzz/corpus" / target, inputs);
  if (target == "experiment" || target == "json") add_folder(source / "experiments", inputs);
  if (target == "wording") add_folder(source / "experiments/wordings", inputs);
  if (target == "rules") add_folder(source / "experiments/rules", inputs);
  if (target == "scenarios") add_folder(source / "experiments/scenarios", inputs);
  if (target == "counts") add_folder(source / "experiments/published", inputs);
  std::sort(inputs.begin(), inputs.end(), [](const Input& a, const Input& b) { return a.name < b.name; });
  return inputs;
}

/// In a block of exactly its size, so that a sanitizer sees a read past it.
void run(const Target& target, const Input& input) {
  const std::vector<char> exact(input.bytes.begin(), input.bytes.end());
  try {
    target.run({exact.data(), exact.size()});
  } catch (const std::exception& failure) {
    ADD_FAILURE() << target.name << ", " << input.name << ": " << failure.what();
  }
}

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutated(std::string bytes, const std::string& other) {
    for (auto changes = 1 + random_() % 4; changes > 0; --changes) change(bytes, other);
    return bytes;
  }
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

 private:
  void change(std::string& bytes, const std::string& other) {
    static const std::string kPieces[] = {"\"",
                                          "{",
                                          "[",
                                          "]}",
                                          "\\u0000",
                                          "\xEF\xBB\xBF",
                                          std::string(1, '\0'),
                                          "9223372036854775808",
                                          "-1",
                                          "1e308",
                                          "\xC4\xE3",
                                          "\\ud800",
                                          ",,",
                                          "\r",
                                          "%%",
                                          "null"};
    const std::size_t at = below(bytes.size() + 1);
    switch (random_() % 6) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random_() % 256);
        break;
      case 2:
        bytes.erase(at, 1 + below(12));
        break;
      case 3:
        bytes.insert(at, bytes.substr(below(bytes.size()), below(40)));
        break;
      case 4:
        bytes.insert(at, other.substr(below(other.size()), below(40)));
        break;
      default:
        bytes.insert(at, kPieces[below(std::size(kPieces))]);
    }
  }
  std::mt19937 random_;
};

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, IsTakenWhole) {
  const auto inputs = corpus(GetParam().name);
  ASSERT_FALSE(inputs.empty()) << "a target without inputs tests nothing";
  run(GetParam(), {"nothing", ""});
  for (const Input& input : inputs) run(GetParam(), input);
}

TEST_P(Corpus, AndSoAreMutationsOfIt) {
  const auto inputs = corpus(GetParam().name);
  const std::string name = GetParam().name;
  const bool heavy = name == "store" || name == "journal" || name == "rules" || name.starts_with("import");
  Mutator mutator(20261121);
  for (int round = 0; round < (heavy ? 30 : 250) && !HasFailure(); ++round) {
    const Input& from = inputs[mutator.below(inputs.size())];
    run(GetParam(), {from.name + ", mutation " + std::to_string(round),
                     mutator.mutated(from.bytes, inputs[mutator.below(inputs.size())].bytes)});
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(kTargets),
                         [](const testing::TestParamInfo<Target>& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace tactful::fuzz
