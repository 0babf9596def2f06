#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tactful/decision/scorecard.hpp"
#include "tactful/report/scorecard_report.hpp"

namespace tactful::report {

/// The scorecard in words and rounded numbers, in reading order: what the terminal and the Markdown page both show.
/// Texts hold labels as they came; each renderer makes them harmless for its medium.

struct MetricRow {
  std::string variant;
  std::string value;       ///< Rate or mean; "-" where there is none.
  std::string counts;      ///< `14,307/47,500`, or the units of a mean.
  std::string difference;  ///< Empty for control.
  std::string interval;
  std::string relative;
  std::string p;
  std::string verdict;  ///< In words; empty for control.
  Verdict tone = Verdict::kShownOnly;
};

struct MetricBlock {
  std::string metric;
  std::string value_head, counts_head, difference_head, interval_head;
  std::vector<MetricRow> rows;  ///< Control first.
  std::vector<std::string> notes;
  bool has_numbers = false;  ///< Otherwise the notes say why not.
};

struct MetricGroup {
  std::string title;
  std::string remark;
  std::vector<MetricBlock> blocks;
};

/// One line of the sensitivity analysis or of a breakdown.
struct BriefRow {
  std::string label, variant, control, treatment, difference, interval, remark;
  bool has_numbers = true;  ///< Otherwise the remark says why not.
};

struct BriefTable {
  std::string title;       ///< The metric.
  std::string value_unit;  ///< `rates in %, difference in points`.
  std::string label_head, interval_head;
  std::vector<BriefRow> rows;
  std::string note = {};  ///< Instead of rows, where none has numbers and all say the same.
};

struct CheckLine {
  CheckStatus status = CheckStatus::kWarn;
  std::string word;   ///< FAIL or WARN.
  std::string check;  ///< Its name and what a failure means.
  std::string detail, cause, next_step;
};

/// How an effect goes over time: by days since exposure, or by number of the reminder.
struct CourseRow {
  std::string metric, variant;  ///< Empty where they are those of the row before.
  std::string when;             ///< `days 0-4`, `reminder 2`.
  std::string control, treatment, ratio;
};

/// The watch for harm of one metric and variant.
struct HarmRow {
  std::string metric, variant, control, treatment, bound, evidence, state;
  std::string note;  ///< The dated read-out, or why nothing is watched.
  bool is_alarm = false;
};

using Facts = std::vector<std::pair<std::string, std::string>>;

struct View {
  std::string title;
  Facts identity;
  Action action = Action::kContinue;
  std::string headline;  ///< The verdict in one sentence, its action in capitals first.
  std::vector<std::string> reasons;
  Facts at_a_glance;  ///< By variant: its verdicts on success metrics and guardrails.
  Facts front;        ///< The winner's estimate and the scores; may be empty.
  std::vector<HarmRow> harm;
  std::string harm_remark;
  std::string rule;
  std::string next;               ///< When it is looked at next; may be empty.
  std::vector<CheckLine> checks;  ///< Those that are not ok, failures first.
  std::string checks_ok;          ///< `5 checks ok: sample_ratio, ...`; may be empty.
  std::string verdict_head;       ///< `verdict`, or `so far` before the planned end.
  std::vector<MetricGroup> groups;
  std::vector<BriefTable> sensitivity, segments;
  std::vector<CourseRow> courses;         ///< Empty where effects do not change with time.
  std::vector<std::string> course_notes;  ///< By course: the p that its ratio is the same throughout.
  std::string segment_remark;             ///< What is left out of the breakdown; may be empty.
  Facts method;
};

[[nodiscard]] View make_view(const Scorecard& scorecard);

/// The same view, its sentences and words in that language.
[[nodiscard]] View view_in(View view, ReportLanguage language);

/// The parts of make_view() that have files of their own.
[[nodiscard]] Facts verdicts_at_a_glance(const Scorecard& scorecard);
[[nodiscard]] std::vector<HarmRow> harm_rows(const Scorecard& scorecard);
[[nodiscard]] std::string harm_remark(const Scorecard& scorecard);
[[nodiscard]] std::string score_text(const ScoreResult& score);
[[nodiscard]] std::vector<MetricGroup> metric_groups(const Scorecard& scorecard);
[[nodiscard]] std::vector<BriefTable> sensitivity_tables(const Scorecard& scorecard);
/// Success metrics and guardrails by segment, where a segment has several values.
[[nodiscard]] std::vector<BriefTable> segment_tables(const Scorecard& scorecard);
[[nodiscard]] std::string segment_remark(const Scorecard& scorecard);
/// Courses whose ratio changes, at 0.05 over all courses together, and those that a check of time warns of.
[[nodiscard]] std::vector<TimeCourse> telling_courses(const Scorecard& scorecard);
void add_courses(const Scorecard& scorecard, View& view);

/// `sample_ratio` and others as their ids say them, blanks for underscores.
inline constexpr const char* kCourseRemark =
    "events for each 1,000 days at risk, or reminders, and their number; exploratory, it decides nothing";

[[nodiscard]] std::string words_of(std::string_view id);

}  // namespace tactful::report
