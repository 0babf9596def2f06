#include "tactful/catalogue/catalogue.hpp"

#include <algorithm>
#include <mutex>

#include "last_good.hpp"
#include "load_folder.hpp"
#include "tactful/assignment/edit.hpp"

namespace tactful {
namespace {

// Edits of running experiments that would mix data, as errors of their files.
void refuse_breaking_edits(const std::filesystem::path& folder, const Snapshot& before, LoadedFolder& loaded) {
  for (const auto& [key, compiled] : loaded.experiments) {
    const CompiledExperiment* old = before.find(key);
    if (old == nullptr || old->fingerprint == compiled.fingerprint || old->lifecycle.state != Lifecycle::State::kPilot)
      continue;
    const auto impact = compare_versions(old->experiment, compiled.experiment, compiled.experiment.pilot.start);
    const Status allowed = impact ? allow_running_edit(*impact) : Status(impact.error());
    if (allowed) continue;
    const Error& error = allowed.error();
    loaded.findings.push_back(
        {folder / (key + ".json"), {{Severity::kError, "breaking-edit", error.where, error.message, error.hint}}});
  }
}

// Rules that are gone are more likely a copy half made than a wish to send whatever anybody writes.
void refuse_lost_rules(const std::filesystem::path& folder, const RuleSet* old, const char* to_do_without,
                       LoadedFolder& loaded) {
  if (old == nullptr) return;
  const RuleSet* now = loaded.wordings.rules.get();
  Diagnostics lost;
  for (const RulePack& pack : old->packs()) {
    const bool is_there = now != nullptr && std::any_of(now->packs().begin(), now->packs().end(),
                                                        [&](const RulePack& one) { return one.key == pack.key; });
    if (is_there) continue;
    lost.push_back({now == nullptr ? Severity::kError : Severity::kWarning, "rules-lost", "",
                    "the rule pack \"" + pack.key + "\", which was in force, is gone",
                    std::string("put it back; to do without any rules, ") + to_do_without});
  }
  if (!lost.empty()) loaded.findings.push_back({folder / "rules", std::move(lost)});
}

class FolderCatalogue final : public Catalogue {
 public:
  FolderCatalogue(std::filesystem::path folder, CatalogueOptions options)
      : folder_(std::move(folder)), options_(std::move(options)), last_good_(options_.last_good) {}

  // The free functions rather than std::atomic<shared_ptr>, whose g++ 12 version thread sanitizers do not understand.
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const noexcept override {
    return std::atomic_load(&snapshot_);
  }

  [[nodiscard]] Status reload() override {
    const std::lock_guard loading(loading_);
    auto loaded = load();
    if (!loaded) return keep(loaded.error(), {});
    const auto before = snapshot();
    if (options_.refuse_breaking_edits && before != nullptr) refuse_breaking_edits(folder_, *before, *loaded);
    refuse_missing_rules(before.get(), *loaded);
    if (loaded->has_errors()) {
      Error error{ErrorCode::kInvalidExperiment, loaded->describe(), folder_.string(),
                  "mend every error and load again"};
      return keep(std::move(error), std::move(loaded->findings));
    }
    if (!loaded->findings.empty()) log(LogLevel::kWarning, loaded->describe());
    if (is_staged_) {
      if (const Status kept = last_good_.publish(); !kept) log(LogLevel::kWarning, describe(kept.error()));
    }
    const std::size_t count = loaded->experiments.size();
    remember(std::move(loaded->findings));
    swap_in(*std::move(loaded), false);
    log(LogLevel::kInfo,
        "catalogue: version " + std::to_string(loads_) + " with " + std::to_string(count) + " experiments");
    return {};
  }

  // After a failed first load: serves the copy of an earlier process, or fails with `error`.
  [[nodiscard]] Status restore(const Error& error) {
    const std::lock_guard loading(loading_);
    auto loaded = last_good_.restore(folder_, options_.require_rules);
    if (!loaded) return error;
    log(LogLevel::kError, "catalogue: the last good copy is served: " + describe(error));
    swap_in(*std::move(loaded), true);
    return {};
  }

  [[nodiscard]] std::vector<FileFindings> findings() const override {
    const std::lock_guard lock(reading_findings_);
    return findings_;
  }

 private:
  // Against the rules in force; of a program that starts, against those that its last good copy was served with.
  void refuse_missing_rules(const Snapshot* before, LoadedFolder& loaded) const {
    const char* to_do_without = last_good_.is_on() ? "empty the folder of the last good copy and start the program anew"
                                                   : "start the program anew";
    const LastGood::Rules known =
        before != nullptr ? LastGood::Rules{before->wordings().rules, false} : last_good_.rules();
    refuse_lost_rules(folder_, known.rules.get(), to_do_without, loaded);
    if (known.are_unreadable && loaded.wordings.rules == nullptr) {
      loaded.findings.push_back(
          {folder_ / "rules",
           {{Severity::kError, "rules-lost", "",
             "the last good copy was served with rule packs, which this release cannot read, and the folder has none",
             std::string("put packs back that it reads; to do without any rules, ") + to_do_without}}});
    }
    if (!options_.require_rules) return;
    for (FileFindings& file : loaded.findings) {
      for (Diagnostic& one : file.diagnostics)
        if (one.rule == "no-rules") one.severity = Severity::kError;
    }
  }

  // What is served and what is kept must be the same bytes, so a catalogue that keeps a copy loads from the copy.
  Result<LoadedFolder> load() {
    is_staged_ = false;
    if (!last_good_.is_on()) return load_folder(folder_);
    if (const Status staged = last_good_.stage(folder_); !staged) {
      if (staged.error().code == ErrorCode::kNotFound) return staged.error();
      log(LogLevel::kWarning, "catalogue: no last good copy is kept: " + describe(staged.error()));
      return load_folder(folder_);
    }
    is_staged_ = true;
    auto loaded = load_folder(last_good_.staged());
    if (loaded) {
      for (FileFindings& file : loaded->findings) {
        file.file = (folder_ / file.file.lexically_relative(last_good_.staged())).lexically_normal();
      }
    }
    return loaded;
  }

  void swap_in(LoadedFolder loaded, bool is_last_good) {
    const std::uint64_t version = ++loads_;
    std::atomic_store(&snapshot_, std::shared_ptr<const Snapshot>(
                                      make_snapshot(std::move(loaded.experiments), std::move(loaded.wordings),
                                                    std::move(loaded.contact_policies), version, is_last_good)));
  }

  Error keep(Error error, std::vector<FileFindings> found) {
    remember(std::move(found));
    if (loads_ > 0)
      log(LogLevel::kError, "catalogue: version " + std::to_string(loads_) + " stays: " + describe(error));
    return error;
  }
  void remember(std::vector<FileFindings> found) {
    const std::lock_guard lock(reading_findings_);
    findings_ = std::move(found);
  }
  void log(LogLevel level, std::string_view message) noexcept {
    if (options_.log != nullptr) options_.log->log(level, message);
  }

  const std::filesystem::path folder_;
  const CatalogueOptions options_;
  std::mutex loading_;
  LastGood last_good_;       // under loading_
  bool is_staged_ = false;   // under loading_
  std::uint64_t loads_ = 0;  // under loading_
  std::shared_ptr<const Snapshot> snapshot_;
  mutable std::mutex reading_findings_;
  std::vector<FileFindings> findings_;
};

}  // namespace

const CompiledExperiment* Snapshot::find(std::string_view key) const noexcept {
  const auto found = experiments_.find(key);
  return found == experiments_.end() ? nullptr : &found->second;
}

std::shared_ptr<Snapshot> Catalogue::make_snapshot(std::map<std::string, CompiledExperiment, std::less<>> experiments,
                                                   Wordings wordings, ContactPolicies contact_policies,
                                                   std::uint64_t version, bool is_last_good) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->experiments_ = std::move(experiments);
  snapshot->wordings_ = std::move(wordings);
  snapshot->contact_policies_ = std::move(contact_policies);
  snapshot->version_ = version;
  snapshot->is_last_good_ = is_last_good;
  return snapshot;
}

Result<std::unique_ptr<Catalogue>> Catalogue::open(const std::filesystem::path& folder, LogSink* log) {
  CatalogueOptions options;
  options.log = log;
  return open(folder, options);
}

Result<std::unique_ptr<Catalogue>> Catalogue::open(const std::filesystem::path& folder,
                                                   const CatalogueOptions& options) {
  auto catalogue = std::make_unique<FolderCatalogue>(folder, options);
  if (const Status loaded = catalogue->reload(); !loaded) {
    if (const Status restored = catalogue->restore(loaded.error()); !restored) return restored.error();
  }
  return std::unique_ptr<Catalogue>(std::move(catalogue));
}

}  // namespace tactful
