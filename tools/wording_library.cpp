#include "wording_library.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "inputs.hpp"
#include "tactful/catalogue/wordings.hpp"
#include "tactful/core/file.hpp"
#include "tactful/experiment/ledger.hpp"
#include "wording_files.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShort = 12;             // hex digits in a kept file's name
constexpr std::size_t kMostSelections = 4096;  // combinations of versions that are tried for one experiment

std::string kept_name(const Wording& wording) {
  return wording.key() + "@" + wording.fingerprint().substr(0, kShort) + ".json";
}

Status read_versions(const fs::path& folder, std::vector<WordingVersion>& versions) {
  const auto current = json_files(folder / "wordings");
  if (!current) return current.error();
  for (const fs::path& file : *current) {
    auto wording = load_wording(file);
    if (!wording) return wording.error();
    versions.push_back({std::move(*wording), file, true, {}});
  }
  std::error_code failed;
  const fs::path history = folder / "wordings" / "history";
  if (!fs::is_directory(history, failed)) return {};
  const auto kept = json_files(history);
  if (!kept) return kept.error();
  for (const fs::path& file : *kept) {
    const auto text = read_file(file);
    if (!text) return text.error();
    const WordingFile read = parse_wording(*text, file.filename().string());
    if (!read.wording) return first_of(read.diagnostics, "no wording", file);
    if (file.filename() != kept_name(*read.wording)) {
      return Error{ErrorCode::kInvalidExperiment,
                   "a kept version was edited: its words are " + kept_name(*read.wording), file.string(),
                   "take it from version control again, or rename it"};
    }
    const bool known = std::any_of(versions.begin(), versions.end(), [&](const WordingVersion& one) {
      return one.wording->fingerprint() == read.wording->fingerprint();
    });
    if (!known) versions.push_back({read.wording, file, false, {}});
  }
  return {};
}

// Which version each variant had under each fingerprint of the experiment.
using Selections = std::map<std::string, std::vector<const Wording*>>;

Selections selections_of(Experiment experiment, const std::vector<WordingVersion>& versions) {
  std::vector<std::vector<const Wording*>> choices;
  std::size_t combinations = 1;
  for (const Variant& variant : experiment.variants) {
    std::vector<const Wording*> own;
    for (const WordingVersion& version : versions)
      if (version.wording->key() == variant.wording && variant.text.empty()) own.push_back(version.wording.get());
    if (own.empty()) own.push_back(nullptr);
    combinations = std::min(combinations * own.size(), kMostSelections);
    choices.push_back(std::move(own));
  }
  Selections selections;
  for (std::size_t number = 0; number < combinations; ++number) {
    std::vector<const Wording*> selected;
    std::size_t rest = number;
    for (std::size_t v = 0; v < choices.size(); ++v) {
      selected.push_back(choices[v][rest % choices[v].size()]);
      rest /= choices[v].size();
      experiment.variants[v].content = selected.back() != nullptr ? selected.back()->fingerprint() : "";
    }
    selections.emplace(fingerprint(experiment), std::move(selected));
  }
  return selections;
}

void add_results(const Experiment& experiment, const std::vector<const Wording*>& selected, const std::string& what,
                 TimeMs at, const std::function<Json(const Variant&)>& detail, std::vector<WordingVersion>& versions) {
  for (std::size_t v = 0; v < selected.size(); ++v) {
    for (WordingVersion& version : versions) {
      if (selected[v] != version.wording.get()) continue;
      const Variant& variant = experiment.variants[v];
      version.results.push_back({experiment.key, variant.key, what, at, detail(variant)});
    }
  }
}

// Of a ledger entry what can be said in one line: the variant that it names, its action and reason.
Json summary_of(const LedgerEntry& entry) {
  Json object = Json::object().set("by", entry.by);
  for (const char* name : {"variant", "reason", "phase", "action"}) {
    if (const Json* member = entry.body.find(name); member != nullptr && member->is_string()) object.set(name, *member);
  }
  return object;
}

Status add_ledger(const fs::path& folder, const Experiment& experiment, const Selections& selections,
                  std::vector<WordingVersion>& versions) {
  const auto ledger = Ledger::read(Ledger::path_of(folder, experiment.key));
  if (!ledger) return ledger.error();
  for (const LedgerEntry& entry : ledger->entries()) {
    const auto found = selections.find(entry.fingerprint);
    if (found == selections.end()) continue;
    add_results(
        experiment, found->second, std::string(to_string(entry.action)), entry.at,
        [&](const Variant&) { return summary_of(entry); }, versions);
  }
  return {};
}

std::string text_of(const Json& object, const char* name) {
  const Json* member = object.find(name);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

// The metrics of one variant: verdict and difference, or that they are not available.
Json metrics_of(const Json& card, const std::string& variant, bool is_control) {
  Json list = Json::array();
  const Json* metrics = card.find("metrics");
  if (metrics == nullptr || !metrics->is_array()) return list;
  for (const Json& one : metrics->as_array()) {
    if (!is_control && text_of(one, "variant") != variant) continue;
    Json entry = Json::object().set("metric", text_of(one, "metric")).set("against", text_of(one, "variant"));
    if (!is_control) entry = Json::object().set("metric", text_of(one, "metric"));
    const Json* arm = one.find(is_control ? "control" : "treatment");
    if (arm != nullptr) entry.set("value", arm->find("value") != nullptr ? *arm->find("value") : Json());
    if (!is_control) entry.set("verdict", text_of(one, "verdict"));
    if (const Json* difference = one.find("difference"); difference != nullptr && !is_control)
      entry.set("difference", *difference);
    list.push_back(std::move(entry));
  }
  return list;
}

Status add_scorecard(const std::string& file, const std::map<std::string, Experiment>& experiments,
                     const std::map<std::string, Selections>& selections, std::vector<WordingVersion>& versions) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const auto card = parse_json(*text, file);
  if (!card) return card.error();
  const auto experiment = experiments.find(text_of(*card, "experiment"));
  if (experiment == experiments.end()) {
    return Error{ErrorCode::kNotFound, "the scorecard's experiment is not in the folder", file,
                 "give scorecards (evaluate --json) of the folder's experiments"};
  }
  const Selections& known = selections.at(experiment->first);
  const auto found = known.find(text_of(*card, "fingerprint"));
  if (found == known.end()) {
    return Error{ErrorCode::kConflict, "no version of the wordings gives the experiment of this scorecard", file,
                 "the words it was made for were not kept: tactful wordings FOLDER --keep before each edit"};
  }
  const auto as_of = parse_time(text_of(*card, "as_of"));
  const std::string control = experiment->second.control().key;
  add_results(
      experiment->second, found->second, "scorecard", as_of ? *as_of : 0,
      [&](const Variant& variant) { return metrics_of(*card, variant.key, variant.key == control); }, versions);
  return {};
}

}  // namespace

Result<std::vector<WordingVersion>> wording_versions(const fs::path& folder,
                                                     const std::vector<std::string>& scorecards) {
  std::vector<WordingVersion> versions;
  if (Status read = read_versions(folder, versions); !read) return read.error();
  std::stable_sort(versions.begin(), versions.end(), [](const WordingVersion& a, const WordingVersion& b) {
    return std::pair(a.wording->key(), !a.is_current) < std::pair(b.wording->key(), !b.is_current);
  });
  const auto files = json_files(folder);
  if (!files) return files.error();
  std::map<std::string, Experiment> experiments;
  std::map<std::string, Selections> selections;
  for (const fs::path& file : *files) {
    if (file.filename().string().ends_with(".schema.json")) continue;
    auto experiment = load_experiment(file);
    if (!experiment) return experiment.error();
    Selections own = selections_of(*experiment, versions);
    add_results(
        *experiment, own.at(fingerprint(*experiment)), "runs", 0,
        [](const Variant& variant) { return Json::object().set("weight", variant.weight); }, versions);
    if (Status added = add_ledger(folder, *experiment, own, versions); !added) return added.error();
    selections.emplace(experiment->key, std::move(own));
    experiments.emplace(experiment->key, *std::move(experiment));
  }
  for (const std::string& file : scorecards)
    if (Status added = add_scorecard(file, experiments, selections, versions); !added) return added.error();
  return versions;
}

Result<std::string> keep_version(const fs::path& folder, const WordingVersion& version) {
  const fs::path file = folder / "wordings" / "history" / kept_name(*version.wording);
  std::error_code failed;
  if (fs::exists(file, failed)) return std::string();
  fs::create_directories(file.parent_path(), failed);
  if (failed)
    return Error{ErrorCode::kStorage, "cannot make the folder: " + failed.message(), file.parent_path().string(), ""};
  const auto text = read_file(version.file);
  if (!text) return text.error();
  if (Status written = write_file_atomically(file, *text); !written) return written.error();
  return file.string();
}

}  // namespace tactful::tools
