#include <algorithm>
#include <set>

#include "tactful/catalogue/wordings.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/message_template.hpp"
#include "tactful/wording/text_length.hpp"
#include "tactful/wording/wording_check.hpp"

namespace tactful {
namespace {

// The text with a short number in the place of every field, so that a field's name is not taken for words. Short, so
// that a limit which is passed is passed for every customer; a number, as most fields of a reminder are.
std::optional<std::string> filled(const std::string& text) {
  const auto parsed = MessageTemplate::parse(text);
  if (!parsed) return std::nullopt;
  std::vector<Field> values;
  for (const std::string& name : parsed->fields()) values.push_back({name, "888"});
  const auto message = parsed->render(values);
  return message ? std::optional<std::string>(*message) : std::nullopt;
}

// The channel that the experiment is limited to, where its scope says so by name.
std::optional<std::string> channel_of(const Experiment& experiment) {
  const Json* said = experiment.scope.find("channel");
  if (said == nullptr || !said->is_string()) return std::nullopt;
  const auto known = wording_channels();
  if (std::find(known.begin(), known.end(), said->as_string()) == known.end()) return std::nullopt;
  return said->as_string();
}

void check_text(const Experiment& experiment, std::size_t index, const RuleSet& rules, std::string_view language,
                Diagnostics& findings) {
  const auto message = filled(experiment.variants[index].text);
  if (!message) return;
  const auto channel = channel_of(experiment);
  // Where no channel is named it may be any, and so may each rule of a channel: those only warn.
  const RuleContext context{language_of(*message), channel ? std::string_view(*channel) : "", experiment.purpose};
  std::set<std::pair<std::string, std::string>> seen;  // the same words twice are one finding
  for (const RuleFinding& found : rules.check(*message, context)) {
    const WordingRule& rule = *found.rule;
    if (!seen.insert({rule.id, found.matched}).second) continue;
    std::string words(in_language(rule.reason, language));
    if (!found.matched.empty()) words += ": \"" + found.matched + "\"";
    const bool is_guess = !channel && !rule.channels.empty();
    findings.push_back({is_guess ? std::min(rule.severity, Severity::kWarning) : rule.severity, rule.id,
                        append_pointer(append_pointer("/variants", index), "text"), std::move(words),
                        std::string(in_language(rule.suggestion, language))});
  }
}

// The rules of a text are chosen by its purpose, so a file for another purpose was read by other rules.
void check_purposes(const Experiment& experiment, const Wordings& wordings, bool chinese, Diagnostics& findings) {
  for (std::size_t index = 0; index < experiment.variants.size(); ++index) {
    const auto wording = wordings.find(experiment.variants[index].wording);
    if (wording == nullptr || wording->purpose() == experiment.purpose) continue;
    const std::string &of_file = wording->purpose(), &here = experiment.purpose;
    findings.push_back(
        {Severity::kError, "purpose-differs", append_pointer(append_pointer("/variants", index), "wording"),
         chinese ? "话术 \"" + wording->key() + "\" 的用途是 \"" + of_file + "\"，而实验的用途是 \"" + here + "\""
                 : "the wording \"" + wording->key() + "\" is written for the purpose \"" + of_file +
                       "\", and the experiment contacts customers for \"" + here + "\"",
         chinese ? "请让两处的 purpose 一致：规则和同意都按用途适用"
                 : "let both name one purpose: rules and consent go by it"});
  }
  const auto known = wording_purposes();
  if (wordings.rules == nullptr || std::find(known.begin(), known.end(), experiment.purpose) != known.end()) return;
  findings.push_back({Severity::kWarning, "purpose-unknown", "/purpose",
                      chinese ? "规则不认识用途 \"" + experiment.purpose + "\"，因此按所有用途的规则检查"
                              : "rules do not know the purpose \"" + experiment.purpose +
                                    "\", so that the rules of all purposes bind its texts",
                      chinese ? "请写 service、commercial 或 collection" : "write service, commercial or collection"});
}

void compare_files(const Experiment& experiment, const Wordings& wordings, std::string_view language,
                   Diagnostics& findings) {
  std::vector<std::shared_ptr<const Wording>> files;  // keeps them
  std::vector<VariantWording> variants;
  for (const Variant& variant : experiment.variants) {
    auto wording = wordings.find(variant.wording);
    if (wording == nullptr && variants.empty()) return;  // without control there is nothing to compare with
    if (wording == nullptr) continue;
    variants.push_back({variant.key, wording.get()});
    files.push_back(std::move(wording));
  }
  for (Diagnostic& one : compare_variants(variants, language)) {
    one.severity = std::min(one.severity, Severity::kWarning);
    if (one.pointer.empty()) one.pointer = "/variants";
    findings.push_back(std::move(one));
  }
}

}  // namespace

Diagnostics check_variants(const Experiment& experiment, const Wordings& wordings, std::string_view language) {
  Diagnostics findings;
  const bool any_file = std::any_of(experiment.variants.begin(), experiment.variants.end(),
                                    [&](const Variant& variant) { return wordings.find(variant.wording) != nullptr; });
  const bool chinese = language == "zh" || language.substr(0, 3) == "zh-";
  for (std::size_t index = 0; index < experiment.variants.size(); ++index) {
    const Variant& variant = experiment.variants[index];
    const bool has_file = wordings.find(variant.wording) != nullptr;
    const std::string pointer = append_pointer("/variants", index);
    const std::string file = "wordings/" + variant.wording + ".json";
    if (has_file && !variant.text.empty()) {
      findings.push_back(
          {Severity::kError, "two-texts", append_pointer(pointer, "text"),
           chinese ? "组 \"" + variant.key + "\" 在此处和 " + file + " 中各有一份正文"
                   : "variant \"" + variant.key + "\" has a text here and another in " + file,
           chinese ? "请删去此处的正文，或更换话术的 key" : "take the text out, or give the wording another key"});
    } else if (!has_file && variant.text.empty() && any_file) {
      findings.push_back({Severity::kWarning, "no-words", pointer,
                          chinese ? "组 \"" + variant.key + "\" 没有正文，也没有 " + file + "，而其他组有"
                                  : "variant \"" + variant.key + "\" has no text and there is no " + file +
                                        ", while others have theirs",
                          chinese ? "请补上；否则只能由发送程序自备，且无人检查"
                                  : "write it; otherwise the program that sends must have it, and nobody checks it"});
    }
    if (!variant.text.empty() && wordings.rules != nullptr)
      check_text(experiment, index, *wordings.rules, language, findings);
  }
  check_purposes(experiment, wordings, chinese, findings);
  compare_files(experiment, wordings, language, findings);
  return findings;
}

std::vector<RuleFinding> forbidding(const RuleSet* rules, std::string_view text, const Wording* wording,
                                    const RuleContext& context) {
  if (rules == nullptr) return {};
  RuleContext full = context;
  if (full.language.empty()) full.language = language_of(text);
  std::vector<RuleFinding> found = rules->check(text, full);
  std::erase_if(found, [&](const RuleFinding& one) {
    if (one.rule->severity != Severity::kError) return true;
    return wording != nullptr && std::any_of(wording->allowed().begin(), wording->allowed().end(),
                                             [&](const AllowedRule& allowed) { return allowed.rule == one.rule->id; });
  });
  return found;
}

std::string_view language_of(std::string_view text) noexcept {
  return reading_length(text).ideographs > 0 ? "zh" : "en";
}

}  // namespace tactful
