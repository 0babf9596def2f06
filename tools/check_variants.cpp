#include <algorithm>
#include <set>

#include "check_file.hpp"
#include "inputs.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

struct VariantFile {
  std::size_t variant = 0;
  std::shared_ptr<const Wording> wording;
};

// The wordings of variants that have a file; one that cannot be used is a warning, since senders do not read it.
Result<std::vector<VariantFile>> wordings_beside(const fs::path& folder, const Experiment& experiment,
                                                 Diagnostics& findings) {
  std::vector<VariantFile> files;
  for (std::size_t index = 0; index < experiment.variants.size(); ++index) {
    const std::string& id = experiment.variants[index].wording;
    if (id.empty()) continue;
    const fs::path file = folder / "wordings" / (id + ".json");
    std::error_code failed;
    if (!fs::exists(file, failed)) continue;
    auto read = read_wording(file);
    if (!read) return read.error();
    if (read->wording) {
      files.push_back({index, std::move(read->wording)});
      continue;
    }
    const Error error = first_of(read->diagnostics, "no wording", file);
    findings.push_back({Severity::kWarning, "wording-file",
                        append_pointer(append_pointer("/variants", index), "wording"),
                        "the wording's file has errors: " + error.message + " (" + error.where + ")", error.hint});
  }
  return files;
}

void compare_files(const Experiment& experiment, const std::vector<VariantFile>& files, Diagnostics& findings) {
  if (files.size() < 2 || files.front().variant != 0) return;  // without control there is nothing to compare with
  std::vector<VariantWording> variants;
  for (const VariantFile& file : files) variants.push_back({experiment.variants[file.variant].key, file.wording.get()});
  for (Diagnostic& one : compare_variants(variants)) {
    one.severity = std::min(one.severity, Severity::kWarning);
    if (one.pointer.empty()) one.pointer = "/variants";
    findings.push_back(std::move(one));
  }
}

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

// The channel that the experiment is limited to, where its scope says so by name; else SMS, the strictest.
std::string channel_of(const Experiment& experiment) {
  const Json* said = experiment.scope.find("channel");
  if (said == nullptr || !said->is_string()) return "sms";
  const auto known = wording_channels();
  return std::find(known.begin(), known.end(), said->as_string()) == known.end() ? "sms" : said->as_string();
}

void check_text(const RuleSet& rules, const std::string& message, const RuleContext& context, const Wording* wording,
                const std::string& pointer, Diagnostics& findings) {
  std::set<std::pair<std::string, std::string>> seen;  // the same words twice are one finding
  for (const RuleFinding& found : rules.check(message, context)) {
    const WordingRule& rule = *found.rule;
    if (!seen.insert({rule.id, found.matched}).second) continue;
    const AllowedRule* accepted = nullptr;
    if (wording != nullptr)
      for (const AllowedRule& one : wording->allowed())
        if (one.rule == rule.id) accepted = &one;
    std::string words(in_language(rule.reason, "en"));
    if (!found.matched.empty()) words += ": \"" + found.matched + "\"";
    findings.push_back({accepted != nullptr ? Severity::kNote : std::min(rule.severity, Severity::kWarning), rule.id,
                        pointer, std::move(words),
                        accepted != nullptr ? "accepted by " + accepted->by + ": " + accepted->reason
                                            : std::string(in_language(rule.suggestion, "en"))});
  }
}

void check_texts(const Experiment& experiment, const std::vector<VariantFile>& files, const RuleSet& rules,
                 const std::optional<std::string>& language, Diagnostics& findings) {
  const std::string channel = channel_of(experiment);
  for (std::size_t index = 0; index < experiment.variants.size(); ++index) {
    const std::string& text = experiment.variants[index].text;
    const auto message = filled(text);
    if (text.empty() || !message) continue;
    RuleContext context;
    context.language = reading_length(*message).ideographs > 0 ? "zh" : "en";
    context.channel = channel;
    if (language && !is_language(context.language, *language)) continue;
    const auto file =
        std::find_if(files.begin(), files.end(), [&](const VariantFile& one) { return one.variant == index; });
    const Wording* wording = file == files.end() ? nullptr : file->wording.get();
    if (wording != nullptr) context.purpose = wording->purpose();
    check_text(rules, *message, context, wording, append_pointer(append_pointer("/variants", index), "text"), findings);
  }
}

}  // namespace

Result<Diagnostics> check_variants(const fs::path& file, const Experiment& experiment, WordingShelf& shelf,
                                   const std::optional<std::string>& language) {
  Diagnostics findings;
  const fs::path folder = folder_of(file);
  const auto beside = shelf.beside(folder);
  if (!beside) return beside.error();
  const auto files = wordings_beside(folder, experiment, findings);
  if (!files) return files.error();
  compare_files(experiment, *files, findings);
  if ((*beside)->rules) check_texts(experiment, *files, *(*beside)->rules, language, findings);
  return findings;
}

}  // namespace tactful::tools
