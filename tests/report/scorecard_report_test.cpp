#include "tactful/report/scorecard_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "sample_scorecards.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string render(const Scorecard& card, ReportFormat format, std::size_t columns = 100, bool colour = false) {
  ReportOptions options;
  options.format = format;
  options.columns = columns;
  options.colour = colour;
  return render_scorecard(card, options);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string line_with(const std::string& text, const std::string& what) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(what) != std::string::npos) return line;
  }
  return {};
}

// Splits RFC 4180 text, quotes resolved.
std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\n') {
      rows.emplace_back(1);
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

std::size_t column_of(const std::vector<std::vector<std::string>>& rows, const std::string& name) {
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    if (rows.front()[i] == name) return i;
  }
  ADD_FAILURE() << "no column " << name;
  return 0;
}

Scorecard with_action(Action action) {
  Scorecard card = test::promotable_scorecard();
  card.recommendation.action = action;
  return card;
}

TEST(ScorecardReport, SaysEachActionInWords) {
  EXPECT_THAT(render(with_action(Action::kPromote), ReportFormat::kTable), HasSubstr("\nPROMOTE \"helpful\""));
  EXPECT_THAT(render(with_action(Action::kContinue), ReportFormat::kTable), HasSubstr("\nCONTINUE"));
  EXPECT_THAT(render(with_action(Action::kStop), ReportFormat::kTable), HasSubstr("\nSTOP"));
  EXPECT_THAT(render(with_action(Action::kEndWithoutWinner), ReportFormat::kTable), HasSubstr("\nEND WITHOUT WINNER"));
  EXPECT_THAT(render(with_action(Action::kInvalid), ReportFormat::kTable), HasSubstr("\nINVALID"));
}

TEST(ScorecardReport, KeepsTheOrderOfAReview) {
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    const std::string text = render(test::chinese_scorecard(), format);
    std::size_t last = 0;
    for (const char* part : {"Status", "STOP", "Checks of the data", "Success", "Guardrails", "Monitored",
                             "Sensitivity", "Segments", "How this was computed"}) {
      const std::size_t at = text.find(part);
      ASSERT_NE(at, std::string::npos) << part;
      EXPECT_GT(at, last) << part;
      last = at;
    }
  }
}

TEST(ScorecardReport, PresentsNothingAsFinalBeforeThePlannedEnd) {
  const std::string interim = render(test::interim_scorecard(), ReportFormat::kTable);
  EXPECT_THAT(interim, AllOf(HasSubstr("extra look: only harm decides here, nothing below is final"),
                             HasSubstr("so far"), Not(HasSubstr("verdict"))));
  EXPECT_THAT(interim, HasSubstr("stop if urgent has 15 or more while control"));
  EXPECT_THAT(interim, HasSubstr("chance that \"urgent\" is promoted by the last look\nabout 43 %"));
  EXPECT_THAT(interim, HasSubstr("Window still open, not counted yet: control 3,941 (49.9 %), urgent 3,985 (50.2 %)."));
  EXPECT_THAT(interim, HasSubstr("planned review 2026-06-01; decision from 2026-06-29"));
  EXPECT_THAT(render(test::promotable_scorecard(), ReportFormat::kTable), Not(HasSubstr("interim")));
}

TEST(ScorecardReport, NoLineIsWiderThanTheTerminal) {
  for (const auto make : {test::promotable_scorecard, test::interim_scorecard, test::invalid_scorecard,
                          test::chinese_scorecard, test::hostile_scorecard}) {
    for (const std::size_t columns : {60U, 72U, 80U, 100U, 160U}) {
      for (const std::string& line : lines_of(render(make(), ReportFormat::kTable, columns))) {
        EXPECT_LE(display_width(line), columns) << line;
      }
    }
  }
}

TEST(ScorecardReport, TakesAnythingNarrowerThanSixtyAsSixty) {
  const Scorecard card = test::promotable_scorecard();
  EXPECT_EQ(render(card, ReportFormat::kTable, 10), render(card, ReportFormat::kTable, 60));
}

TEST(ScorecardReport, AlignsChineseLabelsByWidth) {
  const std::string text = render(test::chinese_scorecard(), ReportFormat::kTable);
  const std::string head = line_with(text, "  paid  ");
  const std::string urgent = line_with(text, "14,822/47,433");
  const std::string helpful = line_with(text, "15,190/47,391");
  const auto end_of = [](const std::string& line, const std::string& cell) {
    return display_width(line.substr(0, line.find(cell) + cell.size()));
  };
  EXPECT_EQ(end_of(urgent, "14,822/47,433"), end_of(helpful, "15,190/47,391"));
  EXPECT_EQ(end_of(head, "n/N"), end_of(helpful, "15,190/47,391"));
  EXPECT_EQ(end_of(urgent, "+1.13"), end_of(helpful, "+1.93"));
}

TEST(ScorecardReport, ShowsRareRatesPerTenThousand) {
  const std::string text = render(test::promotable_scorecard(), ReportFormat::kTable);
  EXPECT_THAT(line_with(text, "441/47,433"), AllOf(HasSubstr("93.0"), HasSubstr("+62.9"), HasSubstr("+53.0 to +73.0")));
  EXPECT_THAT(line_with(text, "15,190/47,391"), AllOf(HasSubstr("32.05"), HasSubstr("+1.93"), HasSubstr("better")));
}

TEST(ScorecardReport, UnavailableEntriesPrintNoNumbersButTheCountsOfGuardrails) {
  const Scorecard card = test::invalid_scorecard();
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    const std::string text = render(card, format);
    for (const char* number :
         {"30.1", "14,307", "1.93", "62.9", "0.0125", "63 extra", "+6.4", "51 fewer", "93.0", "6.75"}) {
      EXPECT_THAT(text, Not(HasSubstr(number)));
    }
    EXPECT_THAT(text, HasSubstr("unavailable: the sample ratio check failed"));
    EXPECT_THAT(text, AllOf(HasSubstr("143/47,502"), HasSubstr("441/47,433")));
  }
  const auto rows = csv_rows(render(card, ReportFormat::kCsv));
  const std::size_t last = column_of(rows, "p_harm");
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const bool is_guardrail = rows[r][column_of(rows, "role")] == "guardrail";
    const std::size_t first = column_of(rows, is_guardrail ? "difference" : "control_units");
    EXPECT_EQ(rows[r][column_of(rows, "control_total")].empty(), !is_guardrail);
    for (std::size_t c = first; c <= last; ++c) EXPECT_EQ(rows[r][c], "");
    EXPECT_EQ(rows[r][column_of(rows, "verdict")], "unavailable");
    EXPECT_THAT(rows[r][column_of(rows, "unavailable")], HasSubstr("sample ratio"));
  }
}

TEST(ScorecardReport, FailuresComeWithCauseAndNextStep) {
  const std::string text = render(test::invalid_scorecard(), ReportFormat::kTable);
  EXPECT_THAT(text, HasSubstr("FAIL  sample ratio (makes the result invalid)"));
  EXPECT_THAT(text, HasSubstr("likely cause: exposures of one variant are lost"));
  EXPECT_THAT(text, HasSubstr("next step:    compare the exposure"));
  EXPECT_THAT(text, HasSubstr("FAIL  crossovers (waived by name)"));
}

TEST(ScorecardReport, CsvHasOneCompleteRowForEachResultAtFullPrecision) {
  const Scorecard card = test::chinese_scorecard();
  const auto rows = csv_rows(render(card, ReportFormat::kCsv));
  ASSERT_EQ(rows.size(), 1 + card.metrics.size() + card.sensitivity.size() + 6);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows.front().size());
  const std::size_t value = column_of(rows, "treatment_value");
  EXPECT_EQ(std::stod(rows[1][value]), card.metrics[0].treatment.value);
  EXPECT_EQ(std::stod(rows[2][column_of(rows, "difference")]), card.metrics[1].difference->estimate);
  EXPECT_EQ(rows[1][column_of(rows, "role")], "success");
  EXPECT_EQ(rows[1][column_of(rows, "verdict")], "better");
  EXPECT_EQ(rows[3][column_of(rows, "difference")], "");
  EXPECT_EQ(rows[3][column_of(rows, "relative_low")], "");  // minus infinity has no number
  EXPECT_EQ(rows.back()[column_of(rows, "segment_value")], "分期");
}

TEST(ScorecardReport, CsvTextCellsAreNoFormulas) {
  Scorecard card = test::promotable_scorecard();
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1",
                           "\xEF\xBC\x9D"
                           "1",
                           "\xEF\xBC\x8B"
                           "1",
                           "\xEF\xBC\x8D"
                           "1",
                           "\xEF\xBC\xA0"
                           "A"}) {
    card.metrics[0].variant = text;
    const auto rows = csv_rows(render(card, ReportFormat::kCsv));
    const std::string& cell = rows[1][column_of(rows, "variant")];
    const bool harmless = cell.front() == '\'' || cell.rfind("\xEF\xBF\xBD", 0) == 0;
    EXPECT_TRUE(harmless) << text << " became " << cell;
  }
  // Negative numbers stay numbers.
  const auto rows = csv_rows(render(card, ReportFormat::kCsv));
  EXPECT_LT(std::stod(rows[4][column_of(rows, "difference")]), 0.0);
}

TEST(ScorecardReport, HostileLabelsCannotSteerATerminal) {
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kCsv, ReportFormat::kMarkdown}) {
    const std::string text = render(test::hostile_scorecard(), format);
    for (const char* bad : {"\x1b", "\x07", "\xC2\x9B", "\u202E", "\u2066", "\u2069", "\r", "\t"}) {
      EXPECT_THAT(text, Not(HasSubstr(bad)));
    }
    EXPECT_FALSE(find_invalid_utf8(text)) << "invalid UTF-8 left";
  }
}

TEST(ScorecardReport, HostileLabelsCannotBreakMarkdown) {
  const std::string text = render(test::hostile_scorecard(), ReportFormat::kMarkdown);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("[click](")), HasSubstr("\\<script\\>"), HasSubstr("\\<img")));
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool is_mark = text[i] == '<' || text[i] == '`' || text[i] == '[';
    EXPECT_TRUE(!is_mark || text[i - 1] == '\\') << text.substr(i, 20);
  }
  for (const std::string& line : lines_of(text)) {
    if (line.empty() || line.front() != '|') continue;
    int bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    EXPECT_EQ(bars, 9) << line;  // eight cells
  }
  EXPECT_THAT(text, HasSubstr("\n- \\-1+2\n"));
}

TEST(ScorecardReport, ColourOnlyPaints) {
  const Scorecard card = test::promotable_scorecard();
  std::string painted = render(card, ReportFormat::kTable, 100, true);
  EXPECT_THAT(painted, HasSubstr("\x1b[1;32mPROMOTE"));
  for (std::size_t at = 0; (at = painted.find('\x1b')) != std::string::npos;)
    painted.erase(at, painted.find('m', at) - at + 1);
  EXPECT_EQ(painted, render(card, ReportFormat::kTable));
  EXPECT_THAT(render(card, ReportFormat::kMarkdown, 100, true), Not(HasSubstr("\x1b")));
}

TEST(ScorecardReport, JsonIsTheScorecardIndented) {
  const Scorecard card = test::promotable_scorecard();
  const std::string text = render(card, ReportFormat::kJson);
  EXPECT_EQ(text, to_json(card).dump(2) + "\n");
  EXPECT_TRUE(parse_json(text));
}

TEST(ScorecardReport, NamesTheLevelOfEachIntervalWhereLevelsDiffer) {
  Scorecard card = test::promotable_scorecard();
  card.metrics[1].difference->level = 0.99;
  const std::string text = render(card, ReportFormat::kTable);
  EXPECT_THAT(text, AllOf(HasSubstr("+0.47 to +1.80 (97.5 %)"), HasSubstr("+1.27 to +2.60 (99 %)")));
}

TEST(ScorecardReport, SegmentsThatRepeatTheWholeAreLeftOutAndNamed) {
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    std::string text = render(test::chinese_scorecard(), format);
    const std::size_t begin = text.find("Segments");
    text = text.substr(begin, text.find("How this was computed") - begin);
    EXPECT_THAT(text, AllOf(HasSubstr("地区 华东"), HasSubstr("Left out, since every unit is in it: 产品 分期."),
                            Not(HasSubstr("handle"))));
  }
}

TEST(ScorecardReport, ARateThatIsStillMaturingSaysItsFollowUp) {
  Scorecard card = test::chinese_scorecard();
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    EXPECT_THAT(render(card, format, 160), Not(HasSubstr("follow-up")));
  }
  card.segments[0].metrics[0].follow_up = 0.504;
  card.segments[1].metrics[0].follow_up = 0.99999;
  card.sensitivity[0].follow_up = 0.25;
  card.winner = WinnerEstimate{"paid", "催促", *card.metrics[0].difference, *card.metrics[0].difference, "as it is"};
  card.metrics[0].follow_up = 0.6;
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    EXPECT_THAT(render(card, format, 160),
                AllOf(HasSubstr("follow-up 50.4 %"), HasSubstr("follow-up 99.9 %"),
                      HasSubstr("same verdict, follow-up 25.0 %"), HasSubstr("as it is, follow-up 60.0 %")));
  }
  EXPECT_THAT(render(card, ReportFormat::kTable, 60), AllOf(HasSubstr("follow-up 50.4 %"), HasSubstr("25.0 %")));
}

TEST(ScorecardReport, EffectsBySegmentStandRawAndDrawnTogether) {
  Scorecard card = test::chinese_scorecard();
  const EffectInterval& raw = *card.metrics[0].difference;
  card.segment_effects = {
      {"地区", "paid", "催促", "", 0.01, 0.002, 0.4, {{"华东", raw, {0.0105, 0.006, 0.015, 0.95}}}},
      {"地区", "paid", "告知-帮助-选择", "fewer than three values have an effect", 0.0, 0.0, 1.0, {}}};
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    const std::string text = render(card, format, 160);
    EXPECT_THAT(text, AllOf(HasSubstr("drawn together +1.05 (+0.60 to +1.50"),
                            HasSubstr("diff is raw, drawn together is what luck leaves of it")));
    const std::size_t first = text.find("drawn together +");
    EXPECT_EQ(text.find("drawn together +", first + 1), std::string::npos) << "one row has one";
  }
  for (const std::string& line : lines_of(render(card, ReportFormat::kTable, 60))) EXPECT_LE(display_width(line), 60U);
}

TEST(ScorecardReport, TellsTheChanceAsARange) {
  Scorecard card = test::interim_scorecard();
  card.recommendation.chance_low = 0.12;
  EXPECT_THAT(render(card, ReportFormat::kMarkdown),
              HasSubstr("chance that \"urgent\" is promoted by the last look about 12 to 43 %"));
}

TEST(ScorecardReport, SaysOfNoHarmThatItIsShownWhereNoWordingIsLeft) {
  Scorecard card = test::interim_scorecard();
  card.recommendation = {
      Action::kStop, "", {"no wording is left to test: each was stopped by itself, or has no weight"}};
  EXPECT_THAT(render(card, ReportFormat::kTable), HasSubstr("harm is shown"));
  card.arms[1].stopped_at = card.as_of;
  card.arms[2].weight = 0;
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    const std::string text = render(card, format);
    EXPECT_THAT(text, AllOf(HasSubstr("STOP: no wording is left to test."), Not(HasSubstr("harm is shown"))));
  }
}

TEST(ScorecardReport, ControlStandsAboveThemWithItsRateWhereTheFirstWordingHasNoNumbers) {
  Scorecard card = test::promotable_scorecard();
  for (MetricResult& result : card.metrics) {
    if (result.variant != "urgent") continue;
    result.unavailable = "urgent was stopped by itself on 2026-05-27: its arm is not comparable since";
    result.difference.reset();
    if (result.role == Role::kSuccess) result.control = result.treatment = {};
  }
  int controls = 0;
  std::string last;
  for (const std::string& line : lines_of(render(card, ReportFormat::kTable, 140))) {
    if (line.find("control ") != std::string::npos && line.find("/47,502") != std::string::npos) {
      ++controls;
      EXPECT_THAT(line, testing::ContainsRegex("control +[0-9]+[.][0-9]+ +[0-9,]+/47,502"));
    }
    if (line.find("/47,391") != std::string::npos) {
      EXPECT_THAT(last, HasSubstr("urgent")) << "next to the other wording";
    }
    last = line;
  }
  EXPECT_EQ(controls, 3) << "once in each of the metrics";
}

TEST(ScorecardReport, OnlyWhatIsShownIsGreen) {
  for (const Verdict verdict :
       {Verdict::kBetter, Verdict::kWorse, Verdict::kNoDifferenceShown, Verdict::kSafe, Verdict::kSafeButWorse,
        Verdict::kNotProvenSafe, Verdict::kHarmful, Verdict::kShownOnly, Verdict::kUnavailable}) {
    Scorecard card = test::promotable_scorecard();
    card.recommendation.action = Action::kContinue;
    for (MetricResult& result : card.metrics) result.verdict = verdict;
    const std::string text = render(card, ReportFormat::kTable, 120, true);
    const bool is_good = verdict == Verdict::kBetter || verdict == Verdict::kSafe;
    EXPECT_EQ(text.find("\x1b[1;32m") != std::string::npos, is_good) << to_string(verdict);
  }
}

TEST(ScorecardReport, EffectsOverTimeAreShownWhereTheyChange) {
  Scorecard card = test::promotable_scorecard();
  TimeCourse course{"paid", "helpful", "age", {}, 0.004};
  course.bands = {{0, 1, 900, 1'400, 9'000.0, 8'900.0, 1.573}, {2, 4, 800, 820, 12'000.0, 11'800.0, 1.042}};
  TimeCourse steady = course;
  steady.variant = "urgent";
  steady.p_constant = 0.4;
  card.time_course = {course, steady};
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    const std::string text = render(card, format);
    const std::string part = text.substr(text.find("Over time"), text.find("How this was") - text.find("Over time"));
    EXPECT_THAT(part, AllOf(HasSubstr("days 0-1"), HasSubstr("157.3 (1,400)"), HasSubstr("1.57"), HasSubstr("1.04"),
                            HasSubstr("0.0040"), Not(HasSubstr("urgent"))));
  }
  EXPECT_THAT(render(card, ReportFormat::kTable, 60), HasSubstr("days 2-4"));
  // What a check of time warns of is shown whatever its p.
  card.time_course = {steady};
  EXPECT_THAT(render(card, ReportFormat::kTable), Not(HasSubstr("Over time")));
  card.checks.push_back({"novelty", CheckStatus::kWarn, std::nullopt, "paid of urgent (ratio by days 0-1: 1.57)", "new",
                         "watch", false, false});
  EXPECT_THAT(render(card, ReportFormat::kTable), HasSubstr("Over time"));
}

TEST(ScorecardReport, DataAsSuppliedHaveNoPlannedEnd) {
  Scorecard card = test::promotable_scorecard();
  card.source = TallySource::kCounts;
  EXPECT_THAT(render(card, ReportFormat::kTable),
              AllOf(HasSubstr("Status      decided on the data as supplied"), Not(HasSubstr("planned end,"))));
}

TEST(ScorecardReport, OverridesStandOnTheFrontPageForEver) {
  Scorecard card = test::promotable_scorecard();
  card.overrides = {
      {4, 3, 1'779'105'600'000, "Wang Wei", "product", "one wrong amount", "stop", "continue", ""},
      {9, 8, 1'779'105'600'000, "Li Na", "", "it must go out", "end_without_winner", "promote", "urgent"}};
  for (const ReportFormat format : {ReportFormat::kTable, ReportFormat::kMarkdown}) {
    const std::string text = render(card, format, 200);
    EXPECT_THAT(text, AllOf(HasSubstr("review 3 recommended stop; Wang Wei (product) decided continue on 2026-05-18"),
                            HasSubstr("one wrong amount"), HasSubstr("Li Na decided promote urgent")));
    EXPECT_LT(text.find("Wang Wei (product)"), text.find("How this was computed"));
  }
}

TEST(ScorecardReport, APhaseWithLooksOfItsOwnIsNotCalledUntested) {
  Scorecard card = test::promotable_scorecard();
  card.phase = "rollout-1";
  card.looks = {{1, card.as_of, card.as_of}, {2, card.as_of + 7 * kMillisecondsPerDay, std::nullopt}};
  card.look = 1;
  EXPECT_THAT(render(card, ReportFormat::kTable),
              AllOf(HasSubstr("planned look 1 of 2"), Not(HasSubstr("no planned look"))));
}

TEST(ScorecardReport, AnEmptyScorecardStillReads) {
  const Scorecard card;
  EXPECT_THAT(render(card, ReportFormat::kTable), AllOf(HasSubstr("CONTINUE"), HasSubstr("none made")));
  EXPECT_EQ(csv_rows(render(card, ReportFormat::kCsv)).size(), 1U);
}

}  // namespace
}  // namespace tactful
