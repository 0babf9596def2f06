#include <algorithm>
#include <system_error>

#include "folder_is_there.hpp"
#include "tactful/catalogue/wordings.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"
#include "tactful/wording/wording_check.hpp"

namespace tactful {
namespace {

namespace fs = std::filesystem;

// Files *.json of a folder that may be absent, in order.
Result<std::vector<fs::path>> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  const auto there = folder_is_there(folder);
  if (!there) return there.error();
  if (!*there) return files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code vanished;
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".schema.json")) continue;
    // What cannot be looked at is listed too: reading it says why.
    if (entry->is_regular_file(vanished) || vanished) files.push_back(entry->path());
  }
  if (error) return Error{ErrorCode::kStorage, "cannot list the folder: " + error.message(), folder.string(), ""};
  std::sort(files.begin(), files.end());
  return files;
}

void note(const fs::path& file, Diagnostics diagnostics, LoadedWordings& loaded) {
  if (!diagnostics.empty()) loaded.findings.push_back({file, std::move(diagnostics)});
}

Diagnostics unreadable(const Error& error) {
  return {{Severity::kError, "unreadable", error.where, error.message, error.hint}};
}

Status load_rules(const fs::path& folder, LoadedWordings& loaded) {
  const auto files = files_of(folder);
  if (!files) return files.error();
  std::vector<RulePack> packs;
  for (const fs::path& file : *files) {
    const auto text = read_file(file);
    RulePackFile read =
        text ? parse_rule_pack(*text, file.filename().string()) : RulePackFile{std::nullopt, unreadable(text.error())};
    if (read.pack) packs.push_back(*std::move(read.pack));
    note(file, std::move(read.diagnostics), loaded);
  }
  if (packs.empty()) return {};
  auto compiled = RuleSet::compile(std::move(packs));
  if (compiled) {
    loaded.wordings.rules = std::move(compiled).value();
    return {};
  }
  const Error& error = compiled.error();
  note(folder, {{Severity::kError, "rule-packs", "", error.message + ": " + error.where, error.hint}}, loaded);
  return {};
}

Status load_scenarios(const fs::path& folder, LoadedWordings& loaded) {
  const auto files = files_of(folder);
  if (!files) return files.error();
  for (const fs::path& file : *files) {
    const auto text = read_file(file);
    ScenarioFile read =
        text ? parse_scenarios(*text, file.filename().string()) : ScenarioFile{std::nullopt, unreadable(text.error())};
    if (read.scenarios && !loaded.wordings.scenarios) loaded.wordings.scenarios.emplace();
    if (read.scenarios) {
      for (auto& [key, scenario] : *read.scenarios) {
        if (loaded.wordings.scenarios->emplace(key, std::move(scenario)).second) continue;
        read.diagnostics.push_back({Severity::kError, "duplicate", append_pointer("/scenarios", key),
                                    "scenario \"" + key + "\" stands in another file of the folder too",
                                    "keep one of them"});
      }
    }
    note(file, std::move(read.diagnostics), loaded);
  }
  return {};
}

WordingFile read_named(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) return {nullptr, unreadable(text.error())};
  WordingFile read = parse_wording(*text, file.filename().string());
  if (read.wording && file.filename() != read.wording->key() + ".json") {
    read.diagnostics.push_back({Severity::kError, "file-name", "/key",
                                "the file is called " + printable(file.filename().string()) + " and its key is \"" +
                                    read.wording->key() + "\"",
                                "rename the file to " + read.wording->key() + ".json, or change the key"});
    read.wording = nullptr;
  }
  return read;
}

Status load_texts(const fs::path& folder, LoadedWordings& loaded) {
  const auto files = files_of(folder);
  if (!files) return files.error();
  Wordings& wordings = loaded.wordings;
  for (const fs::path& file : *files) {
    WordingFile read = read_named(file);
    if (read.wording) {
      Diagnostics more =
          check_wording(*read.wording, wordings.scenarios ? &*wordings.scenarios : nullptr, wordings.rules.get());
      for (Diagnostic& one : more) read.diagnostics.push_back(std::move(one));
      if (!has_errors(read.diagnostics)) wordings.by_key.emplace(read.wording->key(), std::move(read.wording));
    }
    note(file, std::move(read.diagnostics), loaded);
  }
  if (!files->empty() && wordings.rules == nullptr) {
    note(folder,
         {{Severity::kWarning, "no-rules", "",
           "the folder of experiments has no rule packs, so that no words are refused",
           "copy the packs to rules/ beside"}},
         loaded);
  }
  return {};
}

}  // namespace

std::shared_ptr<const Wording> Wordings::find(std::string_view key) const {
  const auto found = by_key.find(key);
  return found == by_key.end() ? nullptr : found->second;
}

Result<LoadedWordings> load_wordings(const fs::path& folder) {
  LoadedWordings loaded;
  if (Status done = load_rules(folder / "rules", loaded); !done) return done.error();
  if (Status done = load_scenarios(folder / "scenarios", loaded); !done) return done.error();
  if (Status done = load_texts(folder / "wordings", loaded); !done) return done.error();
  return loaded;
}

void attach(const Wordings& wordings, Experiment& experiment) {
  for (Variant& variant : experiment.variants) {
    const auto wording = wordings.find(variant.wording);
    variant.content = wording != nullptr ? wording->fingerprint() : "";
  }
}

Result<ExperimentFile> read_experiment_with_wordings(const fs::path& path) {
  auto file = read_experiment(path);
  if (!file || !file->experiment) return file;
  for (std::size_t index = 0; index < file->experiment->variants.size(); ++index) {
    Variant& variant = file->experiment->variants[index];
    const fs::path words = path.parent_path() / "wordings" / (variant.wording + ".json");
    std::error_code error;
    if (!fs::exists(words, error)) continue;
    const WordingFile read = read_named(words);
    if (read.wording != nullptr) {
      variant.content = read.wording->fingerprint();
      continue;
    }
    const auto first = std::find_if(read.diagnostics.begin(), read.diagnostics.end(),
                                    [](const Diagnostic& one) { return one.severity == Severity::kError; });
    file->diagnostics.push_back(
        {Severity::kError, "wording-file", append_pointer(append_pointer("/variants", index), "wording"),
         "the wording's file cannot be used: " + words.string() + first->pointer + ": " + first->message,
         "all findings: tactful check " + words.string()});
  }
  if (has_errors(file->diagnostics)) file->experiment.reset();
  return file;
}

}  // namespace tactful
