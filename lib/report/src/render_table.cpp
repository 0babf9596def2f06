#include <algorithm>

#include "layout.hpp"
#include "render.hpp"
#include "tactful/core/text.hpp"

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

// Writes lines, each harmless for the terminal and at most as wide as it.
class Page {
 public:
  explicit Page(const ReportOptions& options) : colour_(options.colour), columns_(options.columns) {}

  void blank() { text_ += '\n'; }

  void line(const std::string& finished, std::size_t indent = 0) {
    text_ += finished.empty() ? "" : std::string(indent, ' ') + finished;
    text_ += '\n';
  }

  // Wrapped; the first line begins with `lead`, the others stand under what follows it.
  void paragraph(const std::string& raw_lead, const std::string& text, std::size_t indent, Tone tone = Tone::kPlain,
                 Tone lead_tone = Tone::kPlain) {
    const std::string lead = printable(raw_lead);
    const std::size_t hang = indent + display_width(lead);
    const std::vector<std::string> lines = wrap(printable(text), columns_ > hang + 20 ? columns_ - hang : 20);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text_ += std::string(i == 0 ? indent : hang, ' ') + (i == 0 ? paint(lead, lead_tone, colour_) : "") +
               paint(lines[i], tone, colour_) + '\n';
    }
  }

  void heading(const std::string& title, const std::string& remark = {}) {
    blank();
    const std::string shown = printable(title);
    if (remark.empty()) return line(paint(shown, Tone::kStrong, colour_));
    const std::vector<std::string> lines = wrap(printable(remark), columns_ - display_width(shown) - 2);
    line(paint(shown, Tone::kStrong, colour_) + ": " + lines.front());
    for (std::size_t i = 1; i < lines.size(); ++i) line(lines[i], display_width(shown) + 2);
  }

  void facts(const Facts& facts, std::size_t indent) {
    std::size_t widest = 0;
    for (const auto& fact : facts) widest = std::max(widest, display_width(printable(fact.first)));
    if (indent + widest > columns_ / 2) {  // a label that leaves no room beside it
      for (const auto& fact : facts) paragraph("", fact.first + ": " + fact.second, indent);
      return;
    }
    for (const auto& fact : facts) paragraph(pad_right(printable(fact.first), widest + 2), fact.second, indent);
  }

  // Whether the grid fits beside the indent.
  [[nodiscard]] bool fits(const Grid& grid, std::size_t indent) const { return grid.width() + indent <= columns_; }

  void grid(const Grid& grid, std::size_t indent) {
    for (const std::string& row : grid.lines(colour_)) line(row, indent);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  bool colour_;
  std::size_t columns_;
  std::string text_;
};

std::string shown(const std::string& text) { return printable(text); }

Cell verdict_cell(const MetricRow& row) { return {row.verdict, tone_of(row.tone)}; }

// Everything of a wording in one row.
Grid full_grid(const MetricBlock& block, const std::string& verdict_head) {
  Grid grid;
  grid.head = {shown(block.metric),
               block.value_head,
               block.counts_head,
               block.difference_head,
               block.interval_head,
               "relative",
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
Grid two_line_grid(const MetricBlock& block, const std::string& verdict_head) {
  Grid grid;
  grid.head = {shown(block.metric), block.value_head, block.difference_head, block.interval_head, "relative", "p",
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
    page.paragraph(pad_right("relative", 12), row.relative, 6);
    page.paragraph(pad_right("p", 12), row.p, 6);
  }
}

// The widest of each column over all blocks, so that metrics stand under one another.
std::vector<std::size_t> shared_widths(const View& view) {
  std::vector<std::size_t> shared;
  for (const MetricGroup& group : view.groups) {
    for (const MetricBlock& block : group.blocks) {
      if (!block.has_numbers) continue;
      const std::vector<std::size_t> widths = full_grid(block, view.verdict_head).column_widths();
      shared.resize(widths.size());
      for (std::size_t i = 0; i < widths.size(); ++i) shared[i] = std::max(shared[i], widths[i]);
    }
  }
  return shared;
}

void add_block(const MetricBlock& block, const std::string& verdict_head, const std::vector<std::size_t>& shared,
               Page& page) {
  Grid aligned = full_grid(block, verdict_head);
  aligned.least = shared;
  const Grid full = full_grid(block, verdict_head);
  const Grid two_lines = two_line_grid(block, verdict_head);
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

Grid brief_grid(const BriefTable& table) {
  Grid grid;
  grid.head = {table.label_head, "variant", "control (n)", "treatment (n)", "diff", table.interval_head, ""};
  grid.left = {true, true, false, false, false, false, true};
  const std::string* last = nullptr;
  for (const BriefRow& row : table.rows) {
    const std::string label = last && *last == row.label ? "" : row.label;
    last = &row.label;
    grid.rows.push_back({{shown(label)},
                         {shown(row.variant)},
                         {row.control},
                         {row.treatment},
                         {row.difference, Tone::kStrong},
                         {row.interval},
                         {row.has_numbers ? shown(row.remark) : ""}});
  }
  if (table.label_head.empty()) {
    grid.head.erase(grid.head.begin());
    grid.left.erase(grid.left.begin());
    for (auto& row : grid.rows) row.erase(row.begin());
  }
  return grid;
}

void add_brief(const BriefTable& table, Page& page) {
  const Grid grid = brief_grid(table);
  page.paragraph("", table.title + " (" + table.value_unit + ")", 2, Tone::kStrong);
  const bool as_grid = page.fits(grid, 2);
  if (as_grid) page.grid(grid, 2);
  for (const BriefRow& row : table.rows) {
    const std::string who = row.label.empty() ? row.variant : row.label + ", " + row.variant;
    if (!row.has_numbers) page.paragraph("- ", who + ": unavailable: " + row.remark, 4);
    if (as_grid || !row.has_numbers) continue;
    page.paragraph("- ",
                   who + ": " + row.difference + " (" + table.interval_head + " " + row.interval + "), control " +
                       row.control + ", treatment " + row.treatment + (row.remark.empty() ? "" : "; " + row.remark),
                   4);
  }
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
  if (!view.at_a_glance.empty() || !view.front.empty()) page.blank();
  page.paragraph("Rule: ", view.rule + ".", 2);
  if (!view.next.empty()) page.paragraph("Next: ", view.next + ".", 2);
}

void add_checks(const View& view, Page& page) {
  page.heading("Checks of the data");
  for (const CheckLine& check : view.checks) {
    const Tone tone = check.status == CheckStatus::kFail ? Tone::kBad : Tone::kCaution;
    page.paragraph(check.word + "  ", check.check + ": " + check.detail, 2, Tone::kPlain, tone);
    if (!check.cause.empty()) page.paragraph("likely cause: ", check.cause, 8);
    if (!check.next_step.empty()) page.paragraph("next step:    ", check.next_step, 8);
  }
  if (!view.checks_ok.empty()) page.paragraph("", view.checks_ok, 2);
  if (view.checks.empty() && view.checks_ok.empty()) page.line("none made", 2);
}

void add_harm(const View& view, Page& page) {
  if (view.harm.empty()) return;
  page.heading("Watch for harm", view.harm_remark);
  Grid grid;
  grid.head = {"metric", "variant", "control", "treatment", "stops at", "evidence", "state"};
  grid.left = {true, true, false, false, false, false, true};
  for (const HarmRow& row : view.harm) {
    grid.rows.push_back({{shown(row.metric)},
                         {shown(row.variant)},
                         {row.control},
                         {row.treatment, Tone::kStrong},
                         {row.bound},
                         {row.evidence},
                         {row.state, row.is_alarm ? Tone::kBad : Tone::kPlain}});
  }
  const bool as_grid = page.fits(grid, 2);
  if (as_grid) page.grid(grid, 2);
  for (const HarmRow& row : view.harm) {
    const std::string who = row.metric + ", " + row.variant + ": ";
    const std::string counts =
        as_grid ? "" : row.state + "; control " + row.control + ", treatment " + row.treatment + "; ";
    if (!row.note.empty() || !as_grid) page.paragraph("- ", who + counts + row.note, 4);
  }
}

}  // namespace

std::string render_table(const View& view, const ReportOptions& options) {
  Page page(options);
  const std::vector<std::size_t> shared = shared_widths(view);
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
  if (!view.sensitivity.empty()) page.heading("Sensitivity", "the same without units that were seen in two variants");
  for (const BriefTable& table : view.sensitivity) add_brief(table, page);
  if (!view.segments.empty())
    page.heading("Segments", "exploratory, not corrected for looking many times; they decide nothing");
  for (const BriefTable& table : view.segments) add_brief(table, page);
  if (!view.segments.empty() && !view.segment_remark.empty()) page.paragraph("- ", view.segment_remark, 4);
  page.heading("How this was computed");
  page.facts(view.method, 2);
  return page.take();
}

}  // namespace tactful::report
