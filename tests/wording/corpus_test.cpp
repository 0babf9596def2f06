// Precision and recall of the built-in rule packs on labelled sentences (tests/wording/corpus/sentences.tsv). The
// floors are per pack, on the sentences that rules were written against (dev) and on those put aside before (holdout);
// over all packs on sentences that never mended a rule: written after the rules (fresh, fresh-2) or before their last
// widening (fresh-3). Those of fresh-4 only imply what they threaten; rules of words cannot read them, so that they are
// published and have no floor. The table is printed and stands in docs/reference/rules.md.
#include <gmock/gmock.h>

#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "sample.hpp"
#include "tactful/wording/rule_set.hpp"

namespace tactful {
namespace {

struct Sentence {
  std::string split, language, channel, purpose, text;
  std::set<std::string> expected;
  std::size_t line = 0;
};

std::vector<std::string> split_by(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::vector<Sentence> read_corpus() {
  std::istringstream file(
      test::read_all(std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests/wording/corpus/sentences.tsv"));
  std::vector<Sentence> sentences;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto parts = split_by(line, '\t');
    EXPECT_EQ(parts.size(), 6U) << "line " << number;
    if (parts.size() != 6) continue;
    Sentence sentence{parts[0], parts[1], parts[2], parts[3], parts[5], {}, number};
    if (parts[4] != "-") {
      for (const std::string& id : split_by(parts[4], ',')) sentence.expected.insert(id);
    }
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

struct Count {
  int hit = 0, false_alarm = 0, miss = 0;
  [[nodiscard]] double precision() const { return hit + false_alarm == 0 ? 1.0 : 1.0 * hit / (hit + false_alarm); }
  [[nodiscard]] double recall() const { return hit + miss == 0 ? 1.0 : 1.0 * hit / (hit + miss); }
};

std::string pack_of(const std::string& id) { return id.substr(0, id.find('/')); }

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    rules_ = test::built_in_rules();
    ASSERT_NE(rules_, nullptr);
    sentences_ = read_corpus();
  }

  std::map<std::string, Count> count(std::string_view split, std::string_view language) {
    std::map<std::string, Count> counts;
    for (const Sentence& sentence : sentences_) {
      if (sentence.split != split || (!language.empty() && sentence.language != language)) continue;
      std::set<std::string> found;
      for (const RuleFinding& finding :
           rules_->check(sentence.text, {sentence.language, sentence.channel, sentence.purpose}))
        found.insert(finding.rule->id);
      for (const std::string& id : found) {
        const bool expected = sentence.expected.count(id) > 0;
        ++(expected ? counts[pack_of(id)].hit : counts[pack_of(id)].false_alarm);
        if (!expected && split == "dev")
          std::printf("line %zu: false alarm %s: %s\n", sentence.line, id.c_str(), sentence.text.c_str());
      }
      for (const std::string& id : sentence.expected) {
        if (found.count(id) > 0) continue;
        ++counts[pack_of(id)].miss;
        if (split == "dev") std::printf("line %zu: missed %s: %s\n", sentence.line, id.c_str(), sentence.text.c_str());
      }
    }
    return counts;
  }

  std::shared_ptr<const RuleSet> rules_;
  std::vector<Sentence> sentences_;
};

TEST_F(Corpus, IsLargeEnoughAndNamesRulesThatExist) {
  EXPECT_GE(sentences_.size(), 300U);
  std::size_t held_out = 0;
  std::size_t decent = 0;
  for (const Sentence& sentence : sentences_) {
    held_out += sentence.split != "dev";
    decent += sentence.expected.empty();
    for (const std::string& id : sentence.expected)
      EXPECT_NE(rules_->find(id), nullptr) << id << " in line " << sentence.line;
  }
  EXPECT_GE(3 * held_out, sentences_.size());
  EXPECT_GE(3 * decent, sentences_.size()) << "hard negatives are what precision is measured on";
}

std::string row(const std::string& pack, const std::string& split, const Count& count) {
  char text[200];
  std::snprintf(text, sizeof text, "| %s | %s | %d | %d | %d | %.3f | %.3f |\n", pack.c_str(), split.c_str(), count.hit,
                count.false_alarm, count.miss, count.precision(), count.recall());
  return text;
}

TEST_F(Corpus, PrecisionAndRecallPerPackHoldTheirFloorsAndArePublished) {
  std::string table =
      "| pack | sentences | rule hits | false alarms | misses | precision | recall |\n|---|---|---|---|---|---|---|\n";
  for (const std::string split : {"dev", "holdout", "fresh", "fresh-2", "fresh-3", "fresh-4"}) {
    Count all;
    const bool is_fresh = split.substr(0, 5) == "fresh";
    for (const auto& [pack, count] : this->count(split, "")) {
      table += row(pack, split, count);
      all.hit += count.hit;
      all.false_alarm += count.false_alarm;
      all.miss += count.miss;
      if (is_fresh) continue;
      EXPECT_GE(count.precision(), split == "dev" ? 0.95 : 0.75) << pack << " " << split;
      EXPECT_GE(count.recall(), 0.90) << pack << " " << split;
    }
    table += row("all", split, all);
    if (split == "fresh-4") continue;
    EXPECT_GE(all.precision(), split == "dev" ? 0.95 : is_fresh ? 0.93 : 0.85) << split;
    EXPECT_GE(all.recall(), is_fresh ? 0.70 : 0.90) << split;
  }
  std::printf("%s", table.c_str());
  const auto page = std::filesystem::path(TACTFUL_SOURCE_DIR) / "docs/reference/rules.md";
  EXPECT_NE(test::read_all(page).find(table), std::string::npos) << "docs/reference/rules.md shows another table";
}

}  // namespace
}  // namespace tactful
