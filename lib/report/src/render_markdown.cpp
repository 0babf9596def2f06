#include <string_view>

#include "render.hpp"
#include "tactful/core/text.hpp"

namespace tactful::report {
namespace {

// Backslashes before everything that Markdown or a table could take for mark-up; the text reads back as it was.
std::string escaped(std::string_view text) {
  constexpr std::string_view kMarks = "\\`*_[]<>#|~&$!{}";
  const std::string clean = printable(text);
  std::string safe;
  for (const char c : clean) {
    if (kMarks.find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + escaped(cell) + " |";
  return line + "\n";
}

// `left` columns first, the rest right aligned, the last one left when it is words.
std::string rule(std::size_t cells, std::size_t left, bool last_left) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells; ++i) {
    const bool is_left = i < left || (last_left && i + 1 == cells);
    line += is_left ? " :--- |" : " ---: |";
  }
  return line + "\n";
}

// A text that begins like a list of its own stays plain text.
std::string escaped_start(std::string_view text) {
  std::string safe = escaped(trim(text));
  const std::size_t digits = safe.find_first_not_of("0123456789");
  if (digits == std::string::npos) return safe;
  const bool is_bullet = digits == 0 && (safe.front() == '-' || safe.front() == '+');
  const bool is_number = digits > 0 && (safe[digits] == '.' || safe[digits] == ')');
  if (is_bullet || is_number) safe.insert(digits, 1, '\\');
  return safe;
}

std::string bullet(std::string_view text) { return "- " + escaped_start(text) + "\n"; }

std::string fact_lines(const Facts& facts) {
  std::string text;
  for (const auto& fact : facts) text += "- **" + fact.first + ":** " + escaped(fact.second) + "\n";
  return text;
}

std::string block_text(const MetricBlock& block, const std::string& verdict_head) {
  std::string text = "\n### " + escaped_start(block.metric) + "\n\n";
  if (!block.has_numbers) {
    for (const std::string& note : block.notes) text += bullet(note);
    return text;
  }
  text += row({"variant", block.value_head, block.counts_head, block.difference_head, block.interval_head, "relative",
               "p", verdict_head});
  text += rule(8, 1, true);
  for (const MetricRow& r : block.rows) {
    text += row({r.variant, r.value, r.counts, r.difference, r.interval, r.relative, r.p, r.verdict});
  }
  if (!block.notes.empty()) text += "\n";
  for (const std::string& note : block.notes) text += bullet(note);
  return text;
}

std::string brief_text(const BriefTable& table) {
  std::string text = "\n### " + escaped(table.title) + " (" + escaped(table.value_unit) + ")\n\n";
  const bool has_label = !table.label_head.empty();
  std::vector<std::string> head = {"variant", "control (n)", "treatment (n)", "diff", table.interval_head, "remark"};
  if (has_label) head.insert(head.begin(), table.label_head);
  text += row(head) + rule(head.size(), has_label ? 2 : 1, true);
  for (const BriefRow& r : table.rows) {
    std::vector<std::string> cells = {r.variant, r.control, r.treatment, r.difference, r.interval, r.remark};
    if (has_label) cells.insert(cells.begin(), r.label);
    text += row(cells);
  }
  return text;
}

std::string harm_text(const View& view) {
  if (view.harm.empty()) return {};
  std::string text = "\n## Watch for harm\n\n_" + escaped(view.harm_remark) + "._\n\n";
  text += row({"metric", "variant", "control", "treatment", "stops at", "evidence", "state"}) + rule(7, 2, true);
  for (const HarmRow& r : view.harm) {
    text += row({r.metric, r.variant, r.control, r.treatment, r.bound, r.evidence, r.state});
  }
  text += "\n";
  for (const HarmRow& r : view.harm) {
    if (!r.note.empty()) text += bullet(r.metric + ", " + r.variant + ": " + r.note);
  }
  return text;
}

std::string check_text(const View& view) {
  std::string text = "\n## Checks of the data\n\n";
  for (const CheckLine& check : view.checks) {
    text += "- **" + escaped(check.word) + "** " + escaped(check.check) + ": " + escaped(check.detail) + "\n";
    if (!check.cause.empty()) text += "  - likely cause: " + escaped(check.cause) + "\n";
    if (!check.next_step.empty()) text += "  - next step: " + escaped(check.next_step) + "\n";
  }
  if (!view.checks_ok.empty()) text += bullet(view.checks_ok);
  if (view.checks.empty() && view.checks_ok.empty()) text += "- none made\n";
  return text;
}

}  // namespace

std::string render_markdown(const View& view) {
  std::string text = "# " + escaped_start(view.title) + "\n\n" + fact_lines(view.identity);
  text += "\n## Verdict\n\n**" + escaped(view.headline) + "**\n\n";
  for (const std::string& reason : view.reasons) text += bullet(reason);
  for (const auto& fact : view.at_a_glance) text += "- **" + escaped(fact.first) + ":** " + escaped(fact.second) + "\n";
  for (const auto& fact : view.front) text += "- **" + fact.first + ":** " + escaped(fact.second) + "\n";
  text += "- Rule: " + escaped(view.rule) + ".\n";
  if (!view.next.empty()) text += "- Next: " + escaped(view.next) + ".\n";
  text += harm_text(view);
  text += check_text(view);
  for (const MetricGroup& group : view.groups) {
    text += "\n## " + group.title + "\n\n_" + group.remark + "_\n";
    for (const MetricBlock& block : group.blocks) text += block_text(block, view.verdict_head);
  }
  if (!view.sensitivity.empty())
    text += "\n## Sensitivity\n\n_The same without units that were seen in two variants._\n";
  for (const BriefTable& table : view.sensitivity) text += brief_text(table);
  if (!view.segments.empty()) {
    text += "\n## Segments\n\n_Exploratory, not corrected for looking many times; they decide nothing._\n";
  }
  for (const BriefTable& table : view.segments) text += brief_text(table);
  if (!view.segments.empty() && !view.segment_remark.empty()) text += "\n" + bullet(view.segment_remark);
  return text + "\n## How this was computed\n\n" + fact_lines(view.method);
}

}  // namespace tactful::report
