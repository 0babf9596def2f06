#include "tactful/wording/wording_check.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "check_words.hpp"
#include "preview.hpp"
#include "reader.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using wording_impl::previews_of;
using wording_impl::quoted;
using wording_impl::Report;
using wording_impl::Speech;

bool has(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string name_of(const WordingText& text) { return text.language + "/" + text.channel; }

// Whether every customer is told the element.
bool always_tells(const WordingText& text, std::string_view element) {
  return std::any_of(text.passages.begin(), text.passages.end(), [&](const WordingPassage& passage) {
    return passage.when.empty() && has(passage.elements, element);
  });
}

bool tells(const WordingText& text, std::string_view element) {
  return std::any_of(text.passages.begin(), text.passages.end(),
                     [&](const WordingPassage& passage) { return has(passage.elements, element); });
}

void check_scenario(const Wording& wording, const ScenarioBook& book, const Speech& speech, Report& report) {
  const auto found = book.find(wording.scenario());
  if (found == book.end()) {
    std::vector<std::string> keys;
    for (const auto& [key, scenario] : book) keys.push_back(key);
    const auto nearest = nearest_word(wording.scenario(), keys);
    report.error("scenario", "/scenario",
                 speech.say("there is no scenario ", "没有这个场景：") + quoted(wording.scenario()),
                 nearest ? speech.say("perhaps ", "是否想写 ") + quoted(*nearest)
                         : speech.say("add it to the scenarios file", "请在场景文件中添加"));
    return;
  }
  const WordingScenario& scenario = found->second;
  const std::string title = quoted(
      scenario.title.empty() ? scenario.key : std::string(in_language(scenario.title, speech.chinese() ? "zh" : "en")));
  for (const std::string& element : scenario.structure) {
    if (wording.structure().contains(element)) continue;
    report.error("structure-missing", append_pointer("/structure", element),
                 speech.say("a reminder of the kind " + title + " needs in its structure: " + speech.element(element),
                            title + "类提醒的结构中缺少：" + speech.element(element)),
                 speech.say("the people who answer for the reminder need it", "负责这条提醒的人需要这一项"));
  }
  for (const WordingText& text : wording.texts()) {
    for (const std::string& element : scenario.text) {
      if (always_tells(text, element)) continue;
      report.error("element-missing", text.pointer,
                   speech.say("the text does not tell every customer: " + speech.element(element),
                              "正文没有向每位客户说明：" + speech.element(element)),
                   speech.say("a reminder of the kind " + title +
                                  " says it; where the text does, mark the passage or the "
                                  "field with \"is\": \"" +
                                  element + "\"",
                              title + "类提醒应写明；若已写明，请在相应段落或字段上标注 \"is\": \"" + element + "\""));
    }
    if (text.options.size() < scenario.least_options) {
      report.error(
          "few-options", text.pointer,
          speech.say("the text offers " + std::to_string(text.options.size()) + " options; a reminder of the kind " +
                         title + " offers at least " + std::to_string(scenario.least_options),
                     "正文提供了" + std::to_string(text.options.size()) + "个可选方案，" + title + "类提醒至少要有" +
                         std::to_string(scenario.least_options) + "个"),
          speech.say("list them under \"options\", each with its time, and write {options} in the text",
                     "在 \"options\" 中列出方案并各写明时间，正文中写 {options}"));
    }
  }
}

// The first text is what the others are compared with.
void check_agreement(const Wording& wording, const Speech& speech, Report& report) {
  const auto& texts = wording.texts();
  for (std::size_t t = 1; t < texts.size(); ++t) {
    const WordingText& first = texts.front();
    const WordingText& text = texts[t];
    std::vector<std::size_t> difference;
    std::set_symmetric_difference(first.fields.begin(), first.fields.end(), text.fields.begin(), text.fields.end(),
                                  std::back_inserter(difference));
    for (const std::size_t index : difference) {
      const WordingField& field = wording.fields()[index];
      if (!field.everywhere) continue;
      const bool here = std::binary_search(text.fields.begin(), text.fields.end(), index);
      report.error(has(field.elements, "deadline") ? "deadline-differs" : "fields-differ", text.pointer,
                   speech.say((here ? name_of(text) + " tells {" : name_of(text) + " does not tell {") + field.name +
                                  (here ? "}, and " : "}, which ") + name_of(first) + (here ? " does not" : " does"),
                              name_of(here ? text : first) + " 写了 {" + field.name + "}，而 " +
                                  name_of(here ? first : text) + " 没有写"),
                   speech.say("let all versions tell the same facts, or say \"everywhere\": false at the field",
                              "各渠道、各语言应说同样的事实；确有不同时，在字段上写 \"everywhere\": false"));
    }
    if (tells(first, "deadline") != tells(text, "deadline")) {
      report.error("deadline-differs", text.pointer,
                   speech.say("of " + name_of(first) + " and " + name_of(text) + " only one tells a deadline",
                              name_of(first) + " 与 " + name_of(text) + " 中只有一个写明时限"),
                   speech.say("tell it in all versions", "各版本都应写明"));
    }
    if (first.options != text.options) {
      report.error("options-differ", text.pointer,
                   speech.say(name_of(text) + " offers other options than " + name_of(first),
                              name_of(text) + " 的可选方案与 " + name_of(first) + " 不同"),
                   speech.say("write {options} in all versions", "各版本都写 {options}"));
    }
  }
  for (std::size_t t = 1; t < texts.size(); ++t) {
    const auto same = std::find_if(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(t),
                                   [&](const WordingText& one) { return one.language == texts[t].language; });
    if (same == texts.begin() + static_cast<std::ptrdiff_t>(t) || same->numbers == texts[t].numbers) continue;
    std::vector<std::string> numbers;
    std::set_symmetric_difference(same->numbers.begin(), same->numbers.end(), texts[t].numbers.begin(),
                                  texts[t].numbers.end(), std::back_inserter(numbers));
    std::string list;
    for (const std::string& number : numbers) list += (list.empty() ? "" : ", ") + number;
    report.warning("numbers-differ", texts[t].pointer,
                   speech.say("only one of " + name_of(*same) + " and " + name_of(texts[t]) + " has the number " + list,
                              name_of(*same) + " 与 " + name_of(texts[t]) + " 中只有一个有数字 " + list),
                   speech.say("make sure that both say the same; use a field for a number that changes",
                              "请确认两处说法一致；会变的数字请用字段"));
  }
}

std::string finding_text(const RuleFinding& finding, const WordingPreview& preview, std::string_view language) {
  std::string message(in_language(finding.rule->reason, language));
  if (!finding.matched.empty()) message += ": " + quoted(finding.matched);
  if (!preview.segments.empty())
    message += Speech(language).say(" (for ", "（客户属性 ") + preview.segments + Speech(language).say(")", "）");
  return message;
}

Diagnostics check_rules(const Wording& wording, const RuleSet& rules, std::string_view language) {
  const Speech speech(language);
  Diagnostics list;
  std::set<std::string> used;
  for (const WordingText& text : wording.texts()) {
    std::set<std::pair<std::string, std::string>>
        seen;  // rule and words: the same words in several previews are one finding
    for (const WordingPreview& preview : previews_of(wording, text)) {
      for (const RuleFinding& finding :
           rules.check(preview.message, {text.language, text.channel, wording.purpose()})) {
        const std::string& id = finding.rule->id;
        if (!seen.insert({id, finding.matched}).second) continue;
        const auto allowed = std::find_if(wording.allowed().begin(), wording.allowed().end(),
                                          [&](const AllowedRule& one) { return one.rule == id; });
        const bool accepted = allowed != wording.allowed().end();
        if (accepted) used.insert(id);
        list.push_back({accepted ? Severity::kNote : finding.rule->severity, id, text.pointer,
                        finding_text(finding, preview, language),
                        accepted ? speech.say("accepted by ", "已接受，接受人 ") + allowed->by + ": " + allowed->reason
                                 : std::string(in_language(finding.rule->suggestion, language))});
      }
    }
  }
  for (std::size_t i = 0; i < wording.allowed().size(); ++i) {
    const std::string& id = wording.allowed()[i].rule;
    if (used.contains(id)) continue;
    const bool known = rules.find(id) != nullptr;
    list.push_back({Severity::kWarning, known ? "allow-unused" : "allow-unknown", append_pointer("/allow", i),
                    known ? speech.say("no text breaks " + id, "没有正文违反 " + id)
                          : speech.say("there is no rule ", "没有这条规则：") + quoted(id),
                    known ? speech.say("take the acceptance out", "请删去这条接受")
                          : speech.say("rules are called pack/rule", "规则写作 规则包/规则")});
  }
  return list;
}

void compare_text(const VariantWording& control, const WordingText& text, const VariantWording& variant,
                  const Speech& speech, Report& report) {
  const WordingText* other = nullptr;
  for (const WordingText& one : variant.wording->texts()) {
    if (one.language == text.language && one.channel == text.channel) other = &one;
  }
  const std::string control_name(control.variant), variant_name(variant.variant);
  if (other == nullptr) {
    report.error(
        "text-missing", "",
        speech.say(variant_name + " has no text for " + name_of(text) + ", and " + control_name + " has",
                   variant_name + " 没有 " + name_of(text) + " 的正文，而 " + control_name + " 有"),
        speech.say("customers of that channel would all get control's text", "该渠道的客户将全部收到对照组的正文"));
    return;
  }
  for (const std::size_t index : other->fields) {
    const WordingField& field = variant.wording->fields()[index];
    const bool control_needs = std::any_of(text.fields.begin(), text.fields.end(), [&](std::size_t i) {
      return control.wording->fields()[i].name == field.name;
    });
    if (control_needs) continue;
    report.error("fields-needed", "",
                 speech.say(variant_name + " needs the field " + field.name + " in " + name_of(text) + ", and " +
                                control_name + " does not",
                            name_of(text) + " 中 " + variant_name + " 需要字段 " + field.name + "，而 " + control_name +
                                " 不需要"),
                 speech.say("customers without it would drop out of one arm only; use it in both or in none",
                            "没有该值的客户只会从一组中退出；请两组都用或都不用"));
  }
}

const TextCost* find_cost(const std::vector<TextCost>& list, const TextCost& like) {
  for (const TextCost& cost : list) {
    if (cost.language == like.language && cost.channel == like.channel) return &cost;
  }
  return nullptr;
}

void compare_costs(const VariantWording& control, const VariantWording& variant, const Speech& speech, Report& report) {
  const std::string control_name(control.variant), variant_name(variant.variant);
  const std::vector<TextCost> others = costs(*variant.wording);
  for (const TextCost& cost : costs(*control.wording)) {
    const TextCost* other = find_cost(others, cost);
    if (other == nullptr) continue;
    const std::string where = cost.language + "/" + cost.channel;
    if (cost.channel == "sms" && cost.longest.segments != other->longest.segments) {
      const std::string own = std::to_string(cost.longest.segments), its = std::to_string(other->longest.segments);
      report.warning(
          "segments-differ", "",
          speech.say(control_name + " takes " + own + " SMS segments and " + variant_name + " " + its + " in " + where,
                     where + " 中 " + control_name + " 计费" + own + "条短信，" + variant_name + " " + its + "条"),
          speech.say("cost per contact and delivery differ by arm; shorten one or put cost among the metrics",
                     "两组的单次成本和送达情况不同；请缩短其一，或把成本列入指标"));
    }
    const double shorter = std::min(cost.reading.seconds, other->reading.seconds);
    const double gap = std::abs(cost.reading.seconds - other->reading.seconds);
    if (gap > 3.0 && gap > 0.25 * shorter) {
      const std::string own = std::to_string(std::lround(cost.reading.seconds));
      const std::string its = std::to_string(std::lround(other->reading.seconds));
      report.warning("reading-differs", "",
                     speech.say("reading takes about " + own + " s (" + control_name + ") and " + its + " s (" +
                                    variant_name + ") in " + where,
                                where + " 的阅读时间约为" + own + "秒（" + control_name + "）和" + its + "秒（" +
                                    variant_name + "）"),
                     speech.say("a difference in outcome may be one of length; say so in the plan or make them alike",
                                "结果的差异可能只是长短之差；请在计划中说明，或让两者相近"));
    }
  }
}

}  // namespace

Diagnostics check_wording(const Wording& wording, const ScenarioBook* scenarios, const RuleSet* rules,
                          std::string_view language) {
  const Speech speech(language);
  Report report;
  if (scenarios != nullptr && !wording.scenario().empty()) check_scenario(wording, *scenarios, speech, report);
  check_agreement(wording, speech, report);
  Diagnostics all = std::move(report).take();
  if (rules != nullptr) {
    for (Diagnostic& finding : check_rules(wording, *rules, language)) all.push_back(std::move(finding));
  }
  return all;
}

Diagnostics compare_variants(std::span<const VariantWording> variants, std::string_view language) {
  const Speech speech(language);
  Report report;
  for (std::size_t v = 1; v < variants.size(); ++v) {
    for (const WordingText& text : variants.front().wording->texts())
      compare_text(variants.front(), text, variants[v], speech, report);
    compare_costs(variants.front(), variants[v], speech, report);
  }
  return std::move(report).take();
}

}  // namespace tactful
