#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "../decision/made_tally.hpp"
#include "phrasebook.hpp"
#include "sample_scorecards.hpp"
#include "source_sentences.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"
#include "tactful/report/scorecard_report.hpp"

namespace tactful {
namespace {

using report::chinese;
using report::Phrase;
using testing::HasSubstr;

constexpr TimeMs kDay = kMillisecondsPerDay;

std::string render(const Scorecard& card, ReportFormat format, std::size_t columns = 100) {
  ReportOptions options;
  options.format = format;
  options.columns = columns;
  options.language = ReportLanguage::kChinese;
  return render_scorecard(card, options);
}

// Words that stay: names of people's making (keys), of methods, options and files, and marks of units.
const std::set<std::string>& declared() {
  static const std::set<std::string> words = {
      // keys of the made experiments
      "control", "paid", "complaint", "reminder", "customer", "tactful", "pilot", "region", "east", "west", "team",
      "plan", "repeat", "contact", "opted", "out", "urgent", "helpful", "quiet", "hours",
      // ids and options
      "review", "show", "ledger", "as", "of", "enrolment", "end", "start", "full", "weeks", "futility", "sample",
      "ratio", "fingerprint", "CSV", "JSON", "verify",
      // names of methods
      "Miettinen", "Nurminen", "Fisher", "Welch", "Fieller", "Holm", "Brien", "Fleming", "Pocock",
      // commands
      "stop", "json", "variant", "by", "reason"};
  return words;
}

std::vector<std::string> english_in(const std::string& text) {
  std::vector<std::string> left;
  static const std::regex word("[A-Za-z]{2,}");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), word); it != std::sregex_iterator(); ++it) {
    const std::size_t at = static_cast<std::size_t>(it->position());
    const char before = at > 0 ? text[at - 1] : ' ';
    const char after = at + it->str().size() < text.size() ? text[at + it->str().size()] : ' ';
    const bool in_id = before == '_' || after == '_' || after == '\\' || (before >= '0' && before <= '9');
    if (in_id || declared().count(it->str()) != 0) continue;
    const std::size_t begin = text.rfind('\n', at) + 1;
    left.push_back(text.substr(begin, text.find('\n', at) - begin));
  }
  return left;
}

void expect_chinese(const Scorecard& card, const std::string& what) {
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    Scorecard shown = card;
    shown.fingerprint = shown.data_fingerprint = "";  // hexadecimal
    for (const std::string& line : english_in(render(shown, format))) ADD_FAILURE() << what << ": " << line;
  }
}

Scorecard evaluated(const Experiment& experiment, Tally tally, EvaluateOptions options = {}) {
  tally.fingerprint = fingerprint(experiment);
  options.randomisation = options.randomisation.empty() ? "抽签" : options.randomisation;
  const auto card = evaluate(experiment, tally, options);
  EXPECT_TRUE(card) << (card ? "" : describe(card.error()));
  return card ? *card : Scorecard{};
}

void leave_open(Tally& tally, std::int64_t units) {
  for (MarginTally& margin : tally.margins) {
    for (ArmTally& arm : margin.arms) {
      arm.units += units;
      for (ArmMetric& metric : arm.metrics) metric.immature_units = units;
    }
  }
}

TEST(ChineseScorecard, EverySentenceThatTheSourcesSayHasItsEntry) {
  std::vector<std::string> known;
  for (const auto& part : {report::chinese_page(), report::chinese_results(), report::chinese_checks()}) {
    for (const Phrase& phrase : part) {
      for (std::string& piece : test::fixed_pieces(std::string(phrase.english))) known.push_back(std::move(piece));
    }
  }
  const std::filesystem::path root(TACTFUL_SOURCE_DIR);
  int seen = 0;
  for (const char* file : test::kSources) {
    const auto source = read_file(root / file);
    ASSERT_TRUE(source) << describe(source.error());
    for (const std::string& sentence : test::parted(test::sentences_in(*source))) {
      ++seen;
      const bool has_entry = std::any_of(known.begin(), known.end(), [&](const std::string& piece) {
        return piece.find(sentence) != std::string::npos;
      });
      const bool is_error = std::any_of(test::kErrors.begin(), test::kErrors.end(),
                                        [&](const char* error) { return sentence.find(error) != std::string::npos; });
      EXPECT_TRUE(has_entry || is_error) << file << " says \"" << sentence
                                         << "\", which lib/report/src/chinese_*.cpp has not";
    }
  }
  EXPECT_GT(seen, 250);
}

TEST(ChineseScorecard, EveryEntryKeepsItsSlots) {
  for (const auto& part : {report::chinese_page(), report::chinese_results(), report::chinese_checks()}) {
    for (const Phrase& phrase : part) {
      const auto english = test::slots_of(std::string(phrase.english));
      EXPECT_EQ(english, test::slots_of(std::string(phrase.other))) << phrase.english;
      EXPECT_EQ(english.size(), std::set<std::string>(english.begin(), english.end()).size()) << phrase.english;
    }
  }
}

TEST(ChineseScorecard, NothingEnglishIsLeftAtTheEnd) {
  const Experiment experiment = test::make_experiment(2);
  expect_chinese(
      evaluated(experiment,
                test::make_tally(experiment, {{20'000, {6'000, 60}}, {20'000, {6'500, 55}}, {20'000, {6'400, 140}}})),
      "a winner beside a harmful one");
  expect_chinese(
      evaluated(experiment, test::make_tally(experiment, {{2'000, {600, 6}}, {2'000, {601, 7}}, {2'000, {480, 5}}})),
      "no winner");
  expect_chinese(
      evaluated(experiment, test::make_tally(experiment, {{2'000, {600, 6}}, {1'500, {601, 7}}, {2'000, {480, 5}}})),
      "invalid");
  Tally odd = test::make_tally(experiment, {{9'000, {2'600, 30}}, {9'000, {2'700, 31}}, {9'000, {2'650, 28}}});
  odd.integrity.units_in_two_variants = 12;
  odd.integrity.outside_enrolment_exposures = 4;
  odd.integrity.unknown_variant_exposures = 1;
  odd.integrity.journal_dropped = 3;
  odd.integrity.erased_units = 2;
  odd.integrity.deliveries = 20'000;
  odd.integrity.delivered_other_variant = 8;
  odd.integrity.holds = {{"quiet_hours", 40}, {"", 3}};
  for (auto& arm : odd.integrity.arms) arm.deliveries = 6'000, arm.held = 12, arm.degraded = 100;
  expect_chinese(evaluated(experiment, odd), "odd data");
}

TEST(ChineseScorecard, NothingEnglishIsLeftOfSegments) {
  Experiment experiment = test::make_experiment();
  experiment.segments = {"region"};
  Tally tally = test::make_tally(experiment, {{9'000, {2'600, 90}}, {9'000, {2'700, 91}}});
  for (const char* value : {"east", "west", "team"}) {
    MarginTally margin = test::make_tally(experiment, {{3'000, {860, 30}}, {3'000, {900, 31}}}).margins[0];
    margin.segment = "region";
    margin.value = value;
    tally.margins.push_back(std::move(margin));
  }
  const Scorecard card = evaluated(experiment, tally);
  EXPECT_THAT(render(card, ReportFormat::kTable, 160), HasSubstr("合并收缩后 +1."));
  expect_chinese(card, "segments");
}

TEST(ChineseScorecard, NothingEnglishIsLeftBeforeTheEnd) {
  const Experiment experiment = test::make_experiment();
  for (const TimeMs days : {10, 20, 28}) {
    Tally tally = test::make_tally(experiment, {{4'000, {1'200, 12}}, {4'000, {1'300, 14}}});
    tally.as_of = test::kStart + days * kDay;
    leave_open(tally, 2'000);
    expect_chinese(evaluated(experiment, tally), "extra look");
  }
  Tally bad = test::make_tally(experiment, {{4'000, {1'200, 5}}, {4'000, {1'300, 60}}});
  bad.as_of = test::kStart + 20 * kDay;
  const Scorecard harmful = evaluated(experiment, bad);
  EXPECT_EQ(harmful.recommendation.action, Action::kStop);
  expect_chinese(harmful, "alarm between looks");
}

TEST(ChineseScorecard, NothingEnglishIsLeftOfCountsAndTables) {
  const Experiment experiment = test::make_experiment();
  for (const TallySource source : {TallySource::kCounts, TallySource::kWide}) {
    Tally tally = test::make_tally(experiment, {{8'000, {2'400, 24}}, {8'000, {2'700, 25}}});
    tally.source = source;
    tally.imported = true;
    tally.integrity.rows_after_as_of = source == TallySource::kWide ? 3 : 0;
    expect_chinese(evaluated(experiment, tally), "imported");
  }
}

TEST(ChineseScorecard, LabelsAndNumbersGoOver) {
  const std::string text = render(test::promotable_scorecard(), ReportFormat::kTable);
  for (const char* part :
       {"推广“helpful”", "15,190/47,391", "+1.27 至 +2.60", "已证明更好", "试点阶段", "安全", "有害"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(chinese().say("at the review of 2026-06-01: stop if urgent has 15 or more while control stays at 4"),
            "在 2026-06-01 的评审：如果 urgent 达到 15 而 control 仍为 4，则停止");
  EXPECT_EQ(chinese().say("a sentence that people wrote; and another"), "a sentence that people wrote；and another");
  EXPECT_EQ(chinese().say("12; 13"), "12; 13");
  EXPECT_EQ(chinese().say("visit of Mens E-Mail +72.1 %; conversion of Womens E-Mail +54.3 %"),
            "Mens E-Mail 的 visit +72.1 %；Womens E-Mail 的 conversion +54.3 %");
}

TEST(ChineseScorecard, SentencesWithSemicolonsAreOrderedAsChineseIs) {
  EXPECT_EQ(chinese().say("harm shown at the look of 2026-06-01; so far urgent has 26, control 10"),
            "在 2026-06-01 的评审已证明有危害；目前 urgent 有 26，对照 10");
  EXPECT_EQ(
      chinese().say("harm shown on 2026-06-01 by evidence that holds at any moment; so far urgent has 26, control 10"),
      "2026-06-01 由随时成立的证据证明有危害；目前 urgent 有 26，对照 10");
  EXPECT_EQ(
      chinese().say("harm was shown in the review of 2026-06-01 and stands, whatever later data say; so far urgent "
                    "has 26, control 10"),
      "2026-06-01 的评审已证明有危害，不论后来的数据如何都成立；目前 urgent 有 26，对照 10");
  EXPECT_EQ(chinese().say("harm was shown in an earlier review and stands, whatever later data say"),
            "早前的评审已证明有危害，不论后来的数据如何都成立");
  EXPECT_EQ(chinese().say("helpful: within the margin so far by 23 events of complaint; follow-up 67.7 % of the 80 % "
                          "needed"),
            "helpful：按 complaint 的 23 个事件，目前在界限之内；观察完成 67.7 %，需要 80 %");
  EXPECT_EQ(
      chinese().say("helpful: paid or answered is not shown better yet (chance 4 to 8 % by the last look); complaint "
                    "is not shown safe yet (chance 30 % by the last look)"),
      "helpful：paid or answered 尚未证明更好（到最后一次评审的机会为 4 至 8 %）；complaint "
      "尚未证明安全（到最后一次评审"
      "的机会为 30 %）");
  EXPECT_EQ(chinese().say("CONTINUE: nothing is decided at this look; chance that \"helpful\" is promoted by the last "
                          "look about 4 to 8 %."),
            "继续：这次评审没有作出决定；“helpful”到最后一次评审时得以推广的机会约 4 至 8 %。");
  EXPECT_EQ(chinese().say("STOP: no wording is left to test."), "停止：没有可检验的措辞了。");
}

TEST(ChineseScorecard, ThePagesOfProgramsStayAsTheyAre) {
  const Scorecard card = test::promotable_scorecard();
  ReportOptions chinese_options, english_options;
  chinese_options.language = ReportLanguage::kChinese;
  for (const ReportFormat format : {ReportFormat::kJson, ReportFormat::kCsv}) {
    chinese_options.format = english_options.format = format;
    EXPECT_EQ(render_scorecard(card, chinese_options), render_scorecard(card, english_options));
  }
}

TEST(ChineseScorecard, NoLineIsWiderThanTheTerminal) {
  for (const auto make : {test::promotable_scorecard, test::interim_scorecard, test::invalid_scorecard,
                          test::chinese_scorecard, test::hostile_scorecard}) {
    for (const std::size_t columns : {60U, 80U, 100U}) {
      std::string text = render(make(), ReportFormat::kTable, columns);
      for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
        EXPECT_LE(display_width(text.substr(0, end)), columns) << text.substr(0, end);
    }
  }
}

}  // namespace
}  // namespace tactful
