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

/// The report's own words in its language.
class Words {
 public:
  explicit Words(ReportLanguage language) : language_(language) {}
  std::string operator()(const std::string& word) const { return in_language(word, language_); }
  std::string colon() const { return language_ == ReportLanguage::kChinese ? "：" : ": "; }
  std::string stop() const { return language_ == ReportLanguage::kChinese ? "。" : "."; }

 private:
  ReportLanguage language_;
};

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

std::string trimmed_colon(const Words& say) { return std::string(trim(say.colon())); }

std::string fact_lines(const Facts& facts, const Words& say) {
  std::string text;
  for (const auto& fact : facts) text += "- **" + fact.first + trimmed_colon(say) + "** " + escaped(fact.second) + "\n";
  return text;
}

std::string block_text(const MetricBlock& block, const std::string& verdict_head, const Words& say) {
  std::string text = "\n### " + escaped_start(block.metric) + "\n\n";
  if (!block.has_numbers) {
    for (const std::string& note : block.notes) text += bullet(note);
    return text;
  }
  text += row({say("variant"), block.value_head, block.counts_head, block.difference_head, block.interval_head,
               say("relative"), "p", verdict_head});
  text += rule(8, 1, true);
  for (const MetricRow& r : block.rows) {
    text += row({r.variant, r.value, r.counts, r.difference, r.interval, r.relative, r.p, r.verdict});
  }
  if (!block.notes.empty()) text += "\n";
  for (const std::string& note : block.notes) text += bullet(note);
  return text;
}

std::string brief_text(const BriefTable& table, const Words& say) {
  if (!table.note.empty()) return "\n### " + escaped(table.title) + "\n\n" + bullet(table.note);
  std::string text = "\n### " + escaped(table.title) + " (" + escaped(table.value_unit) + ")\n\n";
  const bool has_label = !table.label_head.empty();
  std::vector<std::string> head = {say("variant"), say("control (n)"),  say("treatment (n)"),
                                   say("diff"),    table.interval_head, say("remark")};
  if (has_label) head.insert(head.begin(), table.label_head);
  text += row(head) + rule(head.size(), has_label ? 2 : 1, true);
  for (const BriefRow& r : table.rows) {
    std::vector<std::string> cells = {r.variant, r.control, r.treatment, r.difference, r.interval, r.remark};
    if (has_label) cells.insert(cells.begin(), r.label);
    text += row(cells);
  }
  return text;
}

std::string harm_text(const View& view, const Words& say) {
  if (view.harm.empty()) return {};
  std::string text = "\n## " + say("Watch for harm") + "\n\n_" + escaped(view.harm_remark) + say.stop() + "_\n\n";
  text += row({say("metric"), say("variant"), say("control"), say("treatment"), say("stops at"), say("evidence"),
               say("state")}) +
          rule(7, 2, true);
  for (const HarmRow& r : view.harm) {
    text += row({r.metric, r.variant, r.control, r.treatment, r.bound, r.evidence, r.state});
  }
  text += "\n";
  for (const HarmRow& r : view.harm) {
    if (!r.note.empty()) text += bullet(r.metric + ", " + r.variant + say.colon() + r.note);
  }
  return text;
}

std::string course_text(const View& view, const Words& say) {
  if (view.courses.empty()) return {};
  std::string text = "\n## " + say("Over time") + "\n\n_" + escaped(say(kCourseRemark)) + say.stop() + "_\n\n";
  text += row({say("metric"), say("variant"), say("when"), say("control"), say("treatment"), say("ratio")}) +
          rule(6, 3, false);
  for (const CourseRow& r : view.courses) text += row({r.metric, r.variant, r.when, r.control, r.treatment, r.ratio});
  if (!view.course_notes.empty()) text += "\n";
  for (const std::string& note : view.course_notes) text += bullet(note);
  return text;
}

std::string check_text(const View& view, const Words& say) {
  std::string text = "\n## " + say("Checks of the data") + "\n\n";
  for (const CheckLine& check : view.checks) {
    text += "- **" + escaped(check.word) + "** " + escaped(check.check) + say.colon() + escaped(check.detail) + "\n";
    if (!check.cause.empty()) text += "  - " + say("likely cause: ") + escaped(check.cause) + "\n";
    if (!check.next_step.empty()) text += "  - " + say("next step: ") + escaped(check.next_step) + "\n";
  }
  if (!view.checks_ok.empty()) text += bullet(view.checks_ok);
  if (view.checks.empty() && view.checks_ok.empty()) text += "- " + say("none made") + "\n";
  return text;
}

}  // namespace

std::string render_markdown(const View& view, ReportLanguage language) {
  const Words say(language);
  const std::string colon = trimmed_colon(say);
  std::string text = "# " + escaped_start(view.title) + "\n\n" + fact_lines(view.identity, say);
  text += "\n## " + say("Verdict") + "\n\n**" + escaped(view.headline) + "**\n\n";
  for (const std::string& reason : view.reasons) text += bullet(reason);
  for (const auto& fact : view.at_a_glance)
    text += "- **" + escaped(fact.first) + colon + "** " + escaped(fact.second) + "\n";
  text += fact_lines(view.front, say);
  text += "- " + say("Rule: ") + escaped(view.rule) + say.stop() + "\n";
  if (!view.next.empty()) text += "- " + say("Next: ") + escaped(view.next) + say.stop() + "\n";
  text += harm_text(view, say);
  text += check_text(view, say);
  for (const MetricGroup& group : view.groups) {
    text += "\n## " + group.title + "\n\n_" + group.remark + "_\n";
    for (const MetricBlock& block : group.blocks) text += block_text(block, view.verdict_head, say);
  }
  const auto remark = [&](const char* title, const char* words) {
    std::string sentence = say(words);
    if (sentence.front() >= 'a' && sentence.front() <= 'z') sentence.front() = static_cast<char>(sentence.front() - 32);
    text += "\n## " + say(title) + "\n\n_" + sentence + say.stop() + "_\n";
  };
  if (!view.sensitivity.empty()) remark("Sensitivity", "the same without units that were seen in two variants");
  for (const BriefTable& table : view.sensitivity) text += brief_text(table, say);
  if (!view.segments.empty())
    remark("Segments", "exploratory, not corrected for looking many times; they decide nothing");
  for (const BriefTable& table : view.segments) text += brief_text(table, say);
  if (!view.segments.empty() && !view.segment_remark.empty()) text += "\n" + bullet(view.segment_remark);
  text += course_text(view, say);
  return text + "\n## " + say("How this was computed") + "\n\n" + fact_lines(view.method, say);
}

}  // namespace tactful::report
