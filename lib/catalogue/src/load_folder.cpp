#include "load_folder.hpp"

#include <algorithm>
#include <system_error>

#include "folder_is_there.hpp"

namespace tactful {
namespace {

constexpr std::string_view kLedgerSuffix = ".ledger.jsonl";

Diagnostic finding(Severity severity, std::string rule, const Error& error) {
  return {severity, std::move(rule), error.where, error.message, error.hint};
}

bool is_experiment_file(const std::string& name) { return name.ends_with(".json") && !name.ends_with(".schema.json"); }

// Names of the folder's files, in order, so that findings and messages are the same on every machine.
Result<std::vector<std::string>> list_files(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::error_code vanished;
    if (entry->is_regular_file(vanished)) names.push_back(entry->path().filename().string());
  }
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    return Error{ErrorCode::kNotFound, "there is no folder of experiments", folder.string(), "check the path"};
  }
  if (error) {
    return Error{ErrorCode::kStorage, "cannot list the folder: " + error.message(), folder.string(), ""};
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A promotion of other words than those in the file must not reach customers; a stop errs on the safe side.
void check_version(const Lifecycle& lifecycle, const std::string& fingerprint, Diagnostics& diagnostics) {
  if (lifecycle.state == Lifecycle::State::kPilot || lifecycle.fingerprint == fingerprint) return;
  if (lifecycle.state == Lifecycle::State::kPromoted) {
    diagnostics.push_back({Severity::kError, "promoted-other-version", "",
                           "the variant \"" + lifecycle.variant + "\" was promoted for the version " +
                               lifecycle.fingerprint + " of this experiment, and the file is now " + fingerprint,
                           "undo the edit, or promote this version after a review of its own"});
  } else {
    diagnostics.push_back({Severity::kWarning, "stopped-other-version", "",
                           "the experiment was stopped in its version " + lifecycle.fingerprint +
                               ", and the file is now " + fingerprint + "; it stays stopped",
                           "give the new version a key of its own"});
  }
}

std::optional<Lifecycle> read_lifecycle(const Experiment& experiment, const std::filesystem::path& path,
                                        Diagnostics& diagnostics) {
  const auto ledger = Ledger::read(path);
  if (!ledger) {
    diagnostics.push_back(finding(Severity::kError, "ledger", ledger.error()));
    return std::nullopt;
  }
  if (ledger->torn_bytes() > 0) {
    diagnostics.push_back(
        {Severity::kWarning, "ledger-torn", "",
         std::to_string(ledger->torn_bytes()) + " bytes behind the last entry belong to an append that was cut off",
         "the entry was not acknowledged; make it again, which mends the file"});
  }
  auto lifecycle = lifecycle_of(experiment, *ledger);
  if (!lifecycle) {
    diagnostics.push_back(finding(Severity::kError, "ledger", lifecycle.error()));
    return std::nullopt;
  }
  return std::move(lifecycle).value();
}

// The templates parsed before, when the file was read; a text that does not parse has not come this far.
std::vector<MessageTemplate> templates_of(const Experiment& experiment) {
  std::vector<MessageTemplate> templates;
  for (const Variant& variant : experiment.variants) {
    templates.push_back(MessageTemplate::parse(variant.text).value_or(MessageTemplate{}));
  }
  return templates;
}

// The policy that the experiment names; one that is not there must not mean that everybody may be contacted.
std::shared_ptr<const ContactPolicy> policy_of(const Experiment& experiment, const ContactPolicies& policies,
                                               Diagnostics& diagnostics) {
  if (experiment.contact.empty()) {
    if (!policies.empty()) {
      diagnostics.push_back({Severity::kWarning, "no-contact", "/contact",
                             "the experiment names no contact policy, and there are some in contact/: only objections "
                             "and lists bind it, no caps and no hours",
                             "name the policy that holds for its customers"});
    }
    return nullptr;
  }
  const auto found = policies.find(experiment.contact);
  if (found != policies.end()) return found->second;
  diagnostics.push_back({Severity::kError, "contact-policy", "/contact",
                         "there is no contact policy contact/" + experiment.contact + ".json that can be used",
                         "write it, or name another"});
  return nullptr;
}

// The experiment ready to assign, or nothing, with the reasons in the findings.
std::optional<CompiledExperiment> compile(Experiment experiment, const LoadedFolder& loaded,
                                          const std::filesystem::path& ledger_path, FileFindings& of_file,
                                          FileFindings& of_ledger) {
  const Wordings& wordings = loaded.wordings;
  attach(wordings, experiment);
  auto contact = policy_of(experiment, loaded.contact_policies, of_file.diagnostics);
  for (Diagnostic& one : check_variants(experiment, wordings)) of_file.diagnostics.push_back(std::move(one));
  auto lifecycle = read_lifecycle(experiment, ledger_path, of_ledger.diagnostics);
  std::string print = fingerprint(experiment);
  if (lifecycle) check_version(*lifecycle, print, of_file.diagnostics);
  // A broken ledger must not hide what is wrong with the file.
  auto assigner = Assigner::compile(experiment, lifecycle.value_or(Lifecycle{}));
  if (!assigner) of_file.diagnostics.push_back(finding(Severity::kError, "assignment", assigner.error()));
  if (!assigner || !lifecycle || has_errors(of_file.diagnostics)) return std::nullopt;
  std::vector<std::string> prints;
  std::vector<std::shared_ptr<const Wording>> files;
  for (const Variant& variant : experiment.variants) {
    prints.push_back(fingerprint(variant));
    files.push_back(wordings.find(variant.wording));
  }
  std::vector<MessageTemplate> templates = templates_of(experiment);
  return CompiledExperiment{
      std::move(experiment), std::move(print), *std::move(lifecycle), std::move(assigner).value(), std::move(templates),
      std::move(prints),     std::move(files), wordings.rules,        std::move(contact)};
}

Status load_policies(const std::filesystem::path& folder, LoadedFolder& loaded) {
  const auto there = folder_is_there(folder);
  if (!there) return there.error();
  if (!*there) return {};
  const auto names = list_files(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!is_experiment_file(name)) continue;
    FileFindings of_file{folder / name, {}};
    auto file = read_contact_policy(of_file.file);
    if (!file) {
      of_file.diagnostics.push_back(finding(Severity::kError, "unreadable", file.error()));
    } else {
      of_file.diagnostics = std::move(file->diagnostics);
      if (file->policy) {
        auto policy = std::make_shared<const ContactPolicy>(*std::move(file->policy));
        loaded.contact_policies.emplace(policy->key, policy);
      }
    }
    if (!of_file.diagnostics.empty()) loaded.findings.push_back(std::move(of_file));
  }
  return {};
}

void load_file(const std::filesystem::path& folder, const std::string& name, LoadedFolder& loaded) {
  FileFindings of_file{folder / name, {}};
  const std::string key = name.substr(0, name.size() - std::string_view(".json").size());
  FileFindings of_ledger{Ledger::path_of(folder, key), {}};
  auto file = read_experiment(of_file.file);
  if (!file) {
    of_file.diagnostics.push_back(finding(Severity::kError, "unreadable", file.error()));
  } else {
    of_file.diagnostics = std::move(file->diagnostics);
    if (file->experiment) {
      auto compiled = compile(*std::move(file->experiment), loaded, of_ledger.file, of_file, of_ledger);
      if (compiled) loaded.experiments.emplace(key, *std::move(compiled));
    }
  }
  if (!of_file.diagnostics.empty()) loaded.findings.push_back(std::move(of_file));
  if (!of_ledger.diagnostics.empty()) loaded.findings.push_back(std::move(of_ledger));
}

// Plain texts that no rule reads; of wordings' files load_wordings() has said it.
void note_unread_texts(const std::filesystem::path& folder, LoadedFolder& loaded) {
  if (loaded.wordings.rules != nullptr || !loaded.wordings.by_key.empty()) return;
  const bool any = std::any_of(loaded.experiments.begin(), loaded.experiments.end(), [](const auto& one) {
    const std::vector<Variant>& variants = one.second.experiment.variants;
    return std::any_of(variants.begin(), variants.end(), [](const Variant& variant) { return !variant.text.empty(); });
  });
  if (!any) return;
  loaded.findings.push_back({folder,
                             {{Severity::kWarning, "no-rules", "",
                               "the folder of experiments has no rule packs, so that no words are refused",
                               "copy the packs to rules/ beside"}}});
}

}  // namespace

bool LoadedFolder::has_errors() const noexcept {
  return std::any_of(findings.begin(), findings.end(),
                     [](const FileFindings& file) { return tactful::has_errors(file.diagnostics); });
}

std::string LoadedFolder::describe() const {
  std::string text;
  for (const FileFindings& file : findings) text += tactful::describe(file.diagnostics, file.file.string());
  return text;
}

Result<LoadedFolder> load_folder(const std::filesystem::path& folder) {
  const auto names = list_files(folder);
  if (!names) return names.error();
  auto words = load_wordings(folder);
  if (!words) return words.error();
  LoadedFolder loaded{{}, std::move(words->wordings), {}, std::move(words->findings)};
  if (Status done = load_policies(folder / "contact", loaded); !done) return done.error();
  for (const std::string& name : *names) {
    if (is_experiment_file(name)) load_file(folder, name, loaded);
    if (!name.ends_with(kLedgerSuffix)) continue;
    const std::string key = name.substr(0, name.size() - kLedgerSuffix.size());
    if (std::binary_search(names->begin(), names->end(), key + ".json")) continue;
    loaded.findings.push_back(
        {folder / name,
         {{Severity::kWarning, "ledger-orphan", "", "there is no experiment file " + key + ".json beside it",
           "keep the experiment file as long as its ledger"}}});
  }
  note_unread_texts(folder, loaded);
  return loaded;
}

}  // namespace tactful
