#include <algorithm>

#include "page.hpp"

namespace tactful::report {
namespace {

Tone tone_of(Action action) {
  switch (action) {
    case Action::kPromote:
      return Tone::kGood;
    case Action::kStop:
    case Action::kInvalid:
      return Tone::kBad;
    case Action::kContinue:
    case Action::kEndWithoutWinner:
      return Tone::kCaution;
  }
  return Tone::kPlain;
}

Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter:
    case Verdict::kSafe:
      return Tone::kGood;
    case Verdict::kWorse:
    case Verdict::kHarmful:
      return Tone::kBad;
    case Verdict::kSafeButWorse:
    case Verdict::kNotProvenSafe:
      return Tone::kCaution;
    case Verdict::kNoDifferenceShown:
    case Verdict::kShownOnly:
    case Verdict::kUnavailable:
      return Tone::kPlain;
  }
  return Tone::kPlain;
}

Cell verdict_cell(const MetricRow& row) { return {row.verdict, tone_of(row.tone)}; }

// Everything of a wording in one row.
Grid full_grid(const MetricBlock& block, const std::string& verdict_head, const Page& page) {
  Grid grid;
  grid.head = {shown(block.metric),
               block.value_head,
               block.counts_head,
               block.difference_head,
               block.interval_head,
               page.say("relative"),
               "p",
               verdict_head};
  grid.left = {true, false, false, false, false, false, false, true};
  for (const MetricRow& row : block.rows) {
    if (row.verdict.empty()) {
      grid.rows.push_back({{shown(row.variant)}, {row.value}, {row.counts, Tone::kQuiet}});
      continue;
    }
    grid.rows.push_back({{shown(row.variant)},
                         {row.value},
                         {row.counts, Tone::kQuiet},
                         {row.difference, Tone::kStrong},
                         {row.interval},
                         {row.relative},
                         {row.p},
                         verdict_cell(row)});
  }
  return grid;
}

// The counts in a line of their own under the rate.
Grid two_line_grid(const MetricBlock& block, const std::string& verdict_head, const Page& page) {
  Grid grid;
  grid.head = {shown(block.metric), block.value_head,     block.difference_head,
               block.interval_head, page.say("relative"), "p",
               verdict_head};
  grid.left = {true, false, false, false, false, false, true};
  for (const MetricRow& row : block.rows) {
    if (row.verdict.empty()) {
      grid.rows.push_back({{shown(row.variant)}, {row.value}});
    } else {
      grid.rows.push_back({{shown(row.variant)},
                           {row.value},
                           {row.difference, Tone::kStrong},
                           {row.interval},
                           {row.relative},
                           {row.p},
                           verdict_cell(row)});
    }
    if (row.counts != "-") grid.rows.push_back({{}, {row.counts, Tone::kQuiet}});
  }
  return grid;
}

// For narrow terminals: a paragraph for each wording.
void add_stacked(const MetricBlock& block, const std::string& verdict_head, Page& page) {
  page.paragraph("", block.metric, 2, Tone::kStrong);
  for (const MetricRow& row : block.rows) {
    page.paragraph("", row.variant, 4);
    const std::string lead = row.verdict.empty() ? "" : pad_right(verdict_head, 12);
    if (!row.verdict.empty()) page.paragraph(lead, row.verdict, 6, tone_of(row.tone));
    if (row.value == "-") continue;
    page.paragraph(pad_right(block.value_head, 12), row.value + "  (" + block.counts_head + " " + row.counts + ")", 6);
    if (row.verdict.empty()) continue;
    page.paragraph(pad_right(block.difference_head, 12),
                   row.difference + "  (" + block.interval_head + " " + row.interval + ")", 6);
    page.paragraph(pad_right(page.say("relative"), 12), row.relative, 6);
    page.paragraph(pad_right("p", 12), row.p, 6);
  }
}

// The widest of each column over all blocks, so that metrics stand under one another.
std::vector<std::size_t> shared_widths(const View& view, const Page& page) {
  std::vector<std::size_t> shared;
  for (const MetricGroup& group : view.groups) {
    for (const MetricBlock& block : group.blocks) {
      if (!block.has_numbers) continue;
      const std::vector<std::size_t> widths = full_grid(block, view.verdict_head, page).column_widths();
      shared.resize(widths.size());
      for (std::size_t i = 0; i < widths.size(); ++i) shared[i] = std::max(shared[i], widths[i]);
    }
  }
  return shared;
}

void add_block(const MetricBlock& block, const std::string& verdict_head, const std::vector<std::size_t>& shared,
               Page& page) {
  Grid aligned = full_grid(block, verdict_head, page);
  aligned.least = shared;
  const Grid full = full_grid(block, verdict_head, page);
  const Grid two_lines = two_line_grid(block, verdict_head, page);
  if (!block.has_numbers) {
    page.paragraph(block.metric + "  ", "-", 2);
  } else if (page.fits(aligned, 2)) {
    page.grid(aligned, 2);
  } else if (page.fits(full, 2)) {
    page.grid(full, 2);
  } else if (page.fits(two_lines, 2)) {
    page.grid(two_lines, 2);
  } else {
    add_stacked(block, verdict_head, page);
  }
  for (const std::string& note : block.notes) page.paragraph("- ", note, 4);
}

void add_head(const View& view, Page& page) {
  page.paragraph("", view.title, 0, Tone::kStrong);
  page.facts(view.identity, 0);
  page.blank();
  page.paragraph("", view.headline, 0, tone_of(view.action));
  for (const std::string& reason : view.reasons) page.paragraph("- ", reason, 2);
  if (!view.at_a_glance.empty()) page.blank();
  page.facts(view.at_a_glance, 2);
  if (!view.front.empty() && view.at_a_glance.empty()) page.blank();
  page.facts(view.front, 2);
  page.blank();
  page.paragraph(page.say("Rule: "), view.rule + page.stop(), 2);
  if (!view.next.empty()) page.paragraph(page.say("Next: "), view.next + page.stop(), 2);
}

}  // namespace

std::string render_table(const View& view, const ReportOptions& options) {
  Page page(options);
  const std::vector<std::size_t> shared = shared_widths(view, page);
  add_head(view, page);
  add_harm(view, page);
  add_checks(view, page);
  for (const MetricGroup& group : view.groups) {
    page.heading(group.title, group.remark);
    for (const MetricBlock& block : group.blocks) {
      if (&block != &group.blocks.front()) page.blank();
      add_block(block, view.verdict_head, shared, page);
    }
  }
  if (!view.sensitivity.empty())
    page.heading(page.say("Sensitivity"), page.say("the same without units that were seen in two variants"));
  for (const BriefTable& table : view.sensitivity) add_brief(table, page);
  if (!view.segments.empty())
    page.heading(page.say("Segments"),
                 page.say("exploratory, not corrected for looking many times; they decide nothing"));
  for (const BriefTable& table : view.segments) add_brief(table, page);
  if (!view.segments.empty() && !view.segment_remark.empty()) page.paragraph("- ", view.segment_remark, 4);
  add_courses(view, page);
  page.heading(page.say("How this was computed"));
  page.facts(view.method, 2);
  return page.take();
}

}  // namespace tactful::report
