#include "phrasebook.hpp"
#include "view.hpp"

namespace tactful::report {
namespace {

void say(std::string& text) { text = chinese().say(text); }

void say_all(std::vector<std::string>& texts) {
  for (std::string& text : texts) say(text);
}

void say_facts(Facts& facts) {
  for (auto& [label, text] : facts) {
    say(label);
    say(text);
  }
}

// Labels of metrics, variants and segments stay as they are.
void say_block(MetricBlock& block) {
  for (std::string* head : {&block.value_head, &block.counts_head, &block.difference_head, &block.interval_head})
    say(*head);
  for (MetricRow& row : block.rows) {
    say(row.verdict);
    say(row.interval);
  }
  say_all(block.notes);
}

void say_table(BriefTable& table) {
  for (std::string* head : {&table.value_unit, &table.label_head, &table.interval_head}) say(*head);
  say(table.note);
  for (BriefRow& row : table.rows) {
    say(row.interval);
    say(row.remark);
  }
}

}  // namespace

View view_in(View view, ReportLanguage language) {
  if (language == ReportLanguage::kEnglish) return view;
  for (Facts* facts : {&view.identity, &view.front, &view.method}) say_facts(*facts);
  for (auto& fact : view.at_a_glance) say(fact.second);
  for (std::string* text : {&view.headline, &view.harm_remark, &view.rule, &view.next, &view.checks_ok,
                            &view.verdict_head, &view.segment_remark})
    say(*text);
  say_all(view.reasons);
  for (HarmRow& row : view.harm) {
    say(row.state);
    say(row.note);
  }
  for (CheckLine& line : view.checks) {
    for (std::string* text : {&line.word, &line.check, &line.detail, &line.cause, &line.next_step}) say(*text);
  }
  for (MetricGroup& group : view.groups) {
    say(group.title);
    say(group.remark);
    for (MetricBlock& block : group.blocks) say_block(block);
  }
  for (std::vector<BriefTable>* tables : {&view.sensitivity, &view.segments}) {
    for (BriefTable& table : *tables) say_table(table);
  }
  for (CourseRow& row : view.courses) say(row.when);
  say_all(view.course_notes);
  return view;
}

}  // namespace tactful::report
