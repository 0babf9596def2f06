#include "tactful/wording/wording_check.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "preview.hpp"
#include "reader.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using wording_impl::previews_of;
using wording_impl::quoted;
using wording_impl::Report;

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

void check_scenario(const Wording& wording, const ScenarioBook& book, Report& report) {
  const auto found = book.find(wording.scenario());
  if (found == book.end()) {
    std::vector<std::string> keys;
    for (const auto& [key, scenario] : book) keys.push_back(key);
    const auto nearest = nearest_word(wording.scenario(), keys);
    report.error("scenario", "/scenario", "there is no scenario " + quoted(wording.scenario()),
                 nearest ? "perhaps " + quoted(*nearest) : "add it to the scenarios file");
    return;
  }
  const WordingScenario& scenario = found->second;
  for (const std::string& element : scenario.structure) {
    if (wording.structure().contains(element)) continue;
    report.error("structure-missing", append_pointer("/structure", element),
                 "scenario " + scenario.key + " requires " + element + " in the structure",
                 "the people who answer for the reminder need it");
  }
  for (const WordingText& text : wording.texts()) {
    for (const std::string& element : scenario.text) {
      if (always_tells(text, element)) continue;
      report.error("element-missing", text.pointer,
                   "the text does not tell every customer: " + element + " (scenario " + scenario.key + ")",
                   "mark the passage or the field that tells it with \"is\": \"" + element + "\"");
    }
    if (text.options.size() < scenario.least_options) {
      report.error("few-options", text.pointer,
                   "the text offers " + std::to_string(text.options.size()) + " options; scenario " + scenario.key +
                       " asks for " + std::to_string(scenario.least_options),
                   "write {options}, or {option:key} for each");
    }
  }
}

// The first text is what the others are compared with.
void check_agreement(const Wording& wording, Report& report) {
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
                   (here ? name_of(text) + " tells " : name_of(text) + " does not tell ") + field.name +
                       (here ? ", and " : ", which ") + name_of(first) + (here ? " does not" : " does"),
                   "let all versions tell the same facts, or say \"everywhere\": false at the field");
    }
    if (tells(first, "deadline") != tells(text, "deadline")) {
      report.error("deadline-differs", text.pointer,
                   "of " + name_of(first) + " and " + name_of(text) + " only one tells a deadline",
                   "tell it in all versions");
    }
    if (first.options != text.options) {
      report.error("options-differ", text.pointer, name_of(text) + " offers other options than " + name_of(first),
                   "write {options} in all versions");
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
                   "only one of " + name_of(*same) + " and " + name_of(texts[t]) + " has the number " + list,
                   "make sure that both say the same; use a field for a number that changes");
  }
}

std::string finding_text(const RuleFinding& finding, const WordingPreview& preview, std::string_view language) {
  std::string message(in_language(finding.rule->reason, language));
  if (!finding.matched.empty()) message += ": " + quoted(finding.matched);
  if (!preview.segments.empty()) message += " (for " + preview.segments + ")";
  return message;
}

Diagnostics check_rules(const Wording& wording, const RuleSet& rules, std::string_view language) {
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
                        accepted ? "accepted by " + allowed->by + ": " + allowed->reason
                                 : std::string(in_language(finding.rule->suggestion, language))});
      }
    }
  }
  for (std::size_t i = 0; i < wording.allowed().size(); ++i) {
    const std::string& id = wording.allowed()[i].rule;
    if (used.contains(id)) continue;
    const bool known = rules.find(id) != nullptr;
    list.push_back({Severity::kWarning, known ? "allow-unused" : "allow-unknown", append_pointer("/allow", i),
                    known ? "no text breaks " + id : "there is no rule " + quoted(id),
                    known ? "take the acceptance out" : "rules are called pack/rule"});
  }
  return list;
}

void compare_text(const VariantWording& control, const WordingText& text, const VariantWording& variant,
                  Report& report) {
  const WordingText* other = nullptr;
  for (const WordingText& one : variant.wording->texts()) {
    if (one.language == text.language && one.channel == text.channel) other = &one;
  }
  const std::string names =
      std::string(control.variant) + " and " + std::string(variant.variant) + " in " + name_of(text);
  if (other == nullptr) {
    report.error("text-missing", "",
                 std::string(variant.variant) + " has no text for " + name_of(text) + ", and " +
                     std::string(control.variant) + " has",
                 "customers of that channel would all get control's text");
    return;
  }
  for (const std::size_t index : other->fields) {
    const WordingField& field = variant.wording->fields()[index];
    const bool control_needs = std::any_of(text.fields.begin(), text.fields.end(), [&](std::size_t i) {
      return control.wording->fields()[i].name == field.name;
    });
    if (control_needs) continue;
    report.error("fields-needed", "",
                 std::string(variant.variant) + " needs the field " + field.name + " in " + name_of(text) + ", and " +
                     std::string(control.variant) + " does not",
                 "customers without it would drop out of one arm only; use it in both or in none");
  }
}

const TextCost* find_cost(const std::vector<TextCost>& list, const TextCost& like) {
  for (const TextCost& cost : list) {
    if (cost.language == like.language && cost.channel == like.channel) return &cost;
  }
  return nullptr;
}

void compare_costs(const VariantWording& control, const VariantWording& variant, Report& report) {
  const std::vector<TextCost> others = costs(*variant.wording);
  for (const TextCost& cost : costs(*control.wording)) {
    const TextCost* other = find_cost(others, cost);
    if (other == nullptr) continue;
    const std::string where = " in " + cost.language + "/" + cost.channel;
    if (cost.channel == "sms" && cost.longest.segments != other->longest.segments) {
      report.warning("segments-differ", "",
                     std::string(control.variant) + " takes " + std::to_string(cost.longest.segments) +
                         " SMS segments and " + std::string(variant.variant) + " " +
                         std::to_string(other->longest.segments) + where,
                     "cost per contact and delivery differ by arm; shorten one or put cost among the metrics");
    }
    const double shorter = std::min(cost.reading.seconds, other->reading.seconds);
    const double gap = std::abs(cost.reading.seconds - other->reading.seconds);
    if (gap > 3.0 && gap > 0.25 * shorter) {
      report.warning("reading-differs", "",
                     "reading takes about " + std::to_string(std::lround(cost.reading.seconds)) + " s (" +
                         std::string(control.variant) + ") and " + std::to_string(std::lround(other->reading.seconds)) +
                         " s (" + std::string(variant.variant) + ")" + where,
                     "a difference in outcome may be one of length; say so in the plan or make them alike");
    }
  }
}

}  // namespace

Diagnostics check_wording(const Wording& wording, const ScenarioBook* scenarios, const RuleSet* rules,
                          std::string_view language) {
  Report report;
  if (scenarios != nullptr && !wording.scenario().empty()) check_scenario(wording, *scenarios, report);
  check_agreement(wording, report);
  Diagnostics all = std::move(report).take();
  if (rules != nullptr) {
    for (Diagnostic& finding : check_rules(wording, *rules, language)) all.push_back(std::move(finding));
  }
  return all;
}

Diagnostics compare_variants(std::span<const VariantWording> variants) {
  Report report;
  for (std::size_t v = 1; v < variants.size(); ++v) {
    for (const WordingText& text : variants.front().wording->texts())
      compare_text(variants.front(), text, variants[v], report);
    compare_costs(variants.front(), variants[v], report);
  }
  return std::move(report).take();
}

}  // namespace tactful
