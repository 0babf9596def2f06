#include "page.hpp"

// The parts of the page besides the metrics: checks, the watch for harm, breakdowns, effects over time.
namespace tactful::report {
namespace {

Grid brief_grid(const BriefTable& table, const Page& page) {
  Grid grid;
  grid.head = {table.label_head,
               page.say("variant"),
               page.say("control (n)"),
               page.say("treatment (n)"),
               page.say("diff"),
               table.interval_head,
               ""};
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

}  // namespace

void add_brief(const BriefTable& table, Page& page) {
  const Grid grid = brief_grid(table, page);
  if (!table.note.empty())
    return page.paragraph(table.title + page.colon(), table.note, 2, Tone::kPlain, Tone::kStrong);
  page.paragraph("", table.title + " (" + table.value_unit + ")", 2, Tone::kStrong);
  const bool as_grid = page.fits(grid, 2);
  if (as_grid) page.grid(grid, 2);
  for (const BriefRow& row : table.rows) {
    const std::string who = row.label.empty() ? row.variant : row.label + ", " + row.variant;
    if (!row.has_numbers) page.paragraph("- ", who + page.say(": unavailable: ") + row.remark, 4);
    if (as_grid || !row.has_numbers) continue;
    page.paragraph("- ",
                   who + page.colon() + row.difference + " (" + table.interval_head + " " + row.interval + "), " +
                       page.say("control") + " " + row.control + ", " + page.say("treatment") + " " + row.treatment +
                       (row.remark.empty() ? "" : "; " + row.remark),
                   4);
  }
}

void add_checks(const View& view, Page& page) {
  page.heading(page.say("Checks of the data"));
  for (const CheckLine& check : view.checks) {
    const Tone tone = check.status == CheckStatus::kFail ? Tone::kBad : Tone::kCaution;
    page.paragraph(check.word + "  ", check.check + page.colon() + check.detail, 2, Tone::kPlain, tone);
    if (!check.cause.empty()) page.paragraph(page.say("likely cause: "), check.cause, 8);
    if (!check.next_step.empty()) page.paragraph(page.say("next step:    "), check.next_step, 8);
  }
  if (!view.checks_ok.empty()) page.paragraph("", view.checks_ok, 2);
  if (view.checks.empty() && view.checks_ok.empty()) page.line(page.say("none made"), 2);
}

void add_harm(const View& view, Page& page) {
  if (view.harm.empty()) return;
  page.heading(page.say("Watch for harm"), view.harm_remark);
  Grid grid;
  grid.head = {page.say("metric"),   page.say("variant"),  page.say("control"), page.say("treatment"),
               page.say("stops at"), page.say("evidence"), page.say("state")};
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
    const std::string who = row.metric + ", " + row.variant + page.colon();
    const std::string counts = as_grid ? ""
                                       : row.state + "; " + page.say("control") + " " + row.control + ", " +
                                             page.say("treatment") + " " + row.treatment + "; ";
    if (!row.note.empty() || !as_grid) page.paragraph("- ", who + counts + row.note, 4);
  }
}

void add_courses(const View& view, Page& page) {
  if (view.courses.empty()) return;
  page.heading(page.say("Over time"), page.say(kCourseRemark));
  Grid grid;
  grid.head = {page.say("metric"),  page.say("variant"),   page.say("when"),
               page.say("control"), page.say("treatment"), page.say("ratio")};
  grid.left = {true, true, true, false, false, false};
  for (const CourseRow& row : view.courses) {
    grid.rows.push_back({{shown(row.metric)},
                         {shown(row.variant)},
                         {row.when},
                         {row.control},
                         {row.treatment},
                         {row.ratio, Tone::kStrong}});
  }
  if (page.fits(grid, 2)) {
    page.grid(grid, 2);
  } else {
    for (const CourseRow& row : view.courses) {
      if (!row.metric.empty()) page.paragraph("", row.metric + ", " + row.variant, 2, Tone::kStrong);
      page.paragraph("- ",
                     row.when + page.colon() + page.say("control") + " " + row.control + ", " + page.say("treatment") +
                         " " + row.treatment + ", " + page.say("ratio") + " " + row.ratio,
                     4);
    }
  }
  for (const std::string& note : view.course_notes) page.paragraph("- ", note, 4);
}

}  // namespace tactful::report
