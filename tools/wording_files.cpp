#include "wording_files.hpp"

#include <algorithm>
#include <array>

#include "inputs.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

struct KindName {
  FileKind kind;
  std::string_view schema;  // what the file's `schema` begins with
  std::string_view folder;
};

constexpr std::array<KindName, 4> kKinds = {{{FileKind::kWording, "tactful/wording/", "wordings"},
                                             {FileKind::kRules, "tactful/rules/", "rules"},
                                             {FileKind::kScenarios, "tactful/scenarios/", "scenarios"},
                                             {FileKind::kContact, "tactful/contact/", "contact"}}};

// Of text that is no JSON the words alone can tell what it was meant to be.
bool says_schema(const Result<Json>& json, std::string_view text, std::string_view schema) {
  if (!json) return text.find("\"" + std::string(schema)) != std::string_view::npos;
  const Json* said = json->find("schema");
  return said != nullptr && said->is_string() && said->as_string().rfind(schema, 0) == 0;
}

// The files of a folder that may be absent unless it was named.
Result<std::vector<fs::path>> files_beside(const std::optional<fs::path>& named, const std::optional<fs::path>& base,
                                           const char* folder, std::string_view option) {
  std::error_code failed;
  if (!named) {
    if (!base) return std::vector<fs::path>{};
    for (const fs::path& place : {*base, *base / ".."}) {
      if (fs::is_directory(place / folder, failed)) return json_files((place / folder).lexically_normal());
    }
    return std::vector<fs::path>{};
  }
  auto files = json_files(*named);
  if (files && files->empty())
    return Error{ErrorCode::kNotFound, "no file (*.json) in the folder of " + std::string(option), named->string(), ""};
  return files;
}

Status read_rules(const std::vector<fs::path>& files, Surroundings& found) {
  std::vector<RulePack> packs;
  for (const fs::path& file : files) {
    const auto text = read_file(file);
    if (!text) return text.error();
    RulePackFile read = parse_rule_pack(*text, file.filename().string());
    if (read.pack) {
      packs.push_back(*std::move(read.pack));
    } else {
      found.unusable.push_back({file, FileKind::kRules, std::move(read.diagnostics)});
    }
  }
  if (packs.empty()) return {};
  auto compiled = RuleSet::compile(std::move(packs));
  if (compiled) {
    found.rules = std::move(compiled).value();
  } else {
    const Error& error = compiled.error();
    found.unusable.push_back({folder_of(files.front()),
                              FileKind::kRules,
                              {{Severity::kError, "rule-packs", "", error.message + ": " + error.where, error.hint}}});
  }
  return {};
}

Status read_scenarios(const std::vector<fs::path>& files, Surroundings& found) {
  for (const fs::path& file : files) {
    const auto text = read_file(file);
    if (!text) return text.error();
    ScenarioFile read = parse_scenarios(*text, file.filename().string());
    if (!read.scenarios) {
      found.unusable.push_back({file, FileKind::kScenarios, std::move(read.diagnostics)});
      continue;
    }
    if (!found.scenarios) found.scenarios.emplace();
    Diagnostics twice;
    for (auto& [key, scenario] : *read.scenarios) {
      if (found.scenarios->emplace(key, std::move(scenario)).second) continue;
      twice.push_back({Severity::kError, "duplicate", append_pointer("/scenarios", key),
                       "scenario \"" + key + "\" stands in another file of the folder too", "keep one of them"});
    }
    if (!twice.empty()) found.unusable.push_back({file, FileKind::kScenarios, std::move(twice)});
  }
  return {};
}

}  // namespace

std::string_view to_string(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::kExperiment:
      return "experiment";
    case FileKind::kWording:
      return "wording";
    case FileKind::kRules:
      return "rules";
    case FileKind::kScenarios:
      return "scenarios";
    case FileKind::kContact:
      return "contact";
  }
  return "experiment";
}

FileKind kind_of(const fs::path& file, std::string_view text) {
  const auto json = parse_json(text);
  for (const KindName& one : kKinds)
    if (says_schema(json, text, one.schema)) return one.kind;
  if (says_schema(json, text, "tactful/experiment/")) return FileKind::kExperiment;
  std::error_code failed;
  const auto folder = fs::absolute(file, failed).lexically_normal().parent_path().filename();
  for (const KindName& one : kKinds)
    if (folder == one.folder) return one.kind;
  return FileKind::kExperiment;
}

Result<std::vector<fs::path>> json_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  if (!fs::is_directory(folder, failed))
    return Error{ErrorCode::kNotFound, "there is no such folder", folder.string(), ""};
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  if (failed) return Error{ErrorCode::kStorage, "cannot list the folder: " + failed.message(), folder.string(), ""};
  std::sort(files.begin(), files.end());
  return files;
}

Result<WordingFile> read_wording(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
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

Result<std::shared_ptr<const Wording>> load_wording(const fs::path& file) {
  const auto read = read_wording(file);
  if (!read) return read.error();
  if (read->wording) return read->wording;
  return first_of(read->diagnostics, "no wording", file);
}

Result<std::shared_ptr<const Surroundings>> WordingShelf::beside(const std::optional<fs::path>& base) {
  const std::string place = base ? base->string() : "";
  if (const auto known = places_.find(place); known != places_.end()) return known->second;
  const auto rules = files_beside(rules_, base, "rules", "--rules");
  if (!rules) return rules.error();
  const auto scenarios = files_beside(scenarios_, base, "scenarios", "--scenarios");
  if (!scenarios) return scenarios.error();
  auto found = std::make_shared<Surroundings>();
  if (const Status read = read_rules(*rules, *found); !read) return read.error();
  if (const Status read = read_scenarios(*scenarios, *found); !read) return read.error();
  return places_.emplace(place, std::move(found)).first->second;
}

}  // namespace tactful::tools
