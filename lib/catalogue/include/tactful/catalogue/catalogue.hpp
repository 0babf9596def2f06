#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/assignment/assigner.hpp"
#include "tactful/catalogue/wordings.hpp"
#include "tactful/contact/contact_policy.hpp"
#include "tactful/core/log.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful {

/// One experiment of a snapshot, compiled.
struct CompiledExperiment {
  Experiment experiment;
  std::string fingerprint;
  Lifecycle lifecycle;
  Assigner assigner;
  std::vector<MessageTemplate> templates;         ///< By variant index; empty template where the variant has no text.
  std::vector<std::string> wording_fingerprints;  ///< By variant index; with a file, Wording::fingerprint().
  std::vector<std::shared_ptr<const Wording>> wordings;  ///< By variant index; nullptr where there is no file.
  std::shared_ptr<const RuleSet> rules;                  ///< Of the whole snapshot; nullptr when there are none.
  std::shared_ptr<const ContactPolicy> contact;  ///< The policy that the experiment names; nullptr when it names none.
};

/// Contact policies by key.
using ContactPolicies = std::map<std::string, std::shared_ptr<const ContactPolicy>, std::less<>>;

/// A folder of experiments and ledgers at one moment. Immutable.
/// Thread-safety: const use from any number of threads.
class Snapshot {
 public:
  /// The experiment, or nullptr.
  [[nodiscard]] const CompiledExperiment* find(std::string_view key) const noexcept;
  [[nodiscard]] const std::map<std::string, CompiledExperiment, std::less<>>& experiments() const noexcept {
    return experiments_;
  }
  /// The words beside the experiments.
  [[nodiscard]] const Wordings& wordings() const noexcept { return wordings_; }
  /// The policies in `contact/`.
  [[nodiscard]] const ContactPolicies& contact_policies() const noexcept { return contact_policies_; }
  /// Counts loads of this catalogue, from 1.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// Whether it is the copy that CatalogueOptions::last_good kept, because the folder was broken at the start.
  [[nodiscard]] bool is_last_good() const noexcept { return is_last_good_; }

 private:
  friend class Catalogue;
  std::map<std::string, CompiledExperiment, std::less<>> experiments_;
  Wordings wordings_;
  ContactPolicies contact_policies_;
  std::uint64_t version_ = 0;
  bool is_last_good_ = false;
};

struct CatalogueOptions {
  LogSink* log = nullptr;
  /// Folder for a copy of the last good experiments, ledgers, words and contact policies, one for each process, apart
  /// from the experiments'; empty: none is kept. Every load then goes through a copy made there, and a good one
  /// replaces the copy before it (written whole, then renamed). A program that starts while the experiments are broken
  /// serves that copy, with the ledgers of the experiments' own folder where they verify, so that a stop made since is
  /// obeyed; findings() still says what is broken, and the next good reload() takes over.
  std::filesystem::path last_good;
  /// Whether reload() refuses (kInvalidExperiment, rule breaking-edit) an edit that changes the fingerprint of an
  /// experiment in its pilot under the old salt, sticky edits of weights excepted; docs/spec/experiment.md.
  bool refuse_breaking_edits = false;
  /// Whether texts without any rule pack refuse the load (`no-rules` is then an error), at the start too, where no
  /// last good copy without rules is served either: for a sender that must never send what no rule has read.
  bool require_rules = false;
};

/// A folder `<folder>/*.json` (not *.schema.json) with the ledgers beside and the words in `wordings/`, `rules/` and
/// `scenarios/` and the contact policies in `contact/`, as an atomically replaced snapshot. All or nothing: one broken
/// file, or a wording that breaks a rule of severity error or lacks what its scenario requires, keeps the last good
/// snapshot. Besides what is wrong with a file or ledger by itself, a promotion that was made for another version of
/// the experiment is an error (other words than those tested would go to everyone), a stop made for another version a
/// warning (it stays stopped), a torn ledger tail, a ledger without its experiment file,
/// an experiment without a policy beside others' (`no-contact`) and texts without rules (`no-rules`) are warnings. A
/// load that finds no rule pack where the snapshot in force has some (at the start: the last good copy, which is then
/// served) is refused (`rules-lost`); one that misses some of them warns. Thread-safety:
/// snapshot() from any thread without blocking writers for long; reload() from one thread at a time (others wait).
class Catalogue {
 public:
  /// Loads the folder. Errors: kNotFound, kStorage, kInvalidExperiment (message lists every finding of every file).
  [[nodiscard]] static Result<std::unique_ptr<Catalogue>> open(const std::filesystem::path& folder,
                                                               LogSink* log = nullptr);
  [[nodiscard]] static Result<std::unique_ptr<Catalogue>> open(const std::filesystem::path& folder,
                                                               const CatalogueOptions& options);

  virtual ~Catalogue() = default;

  /// Pin once per message or batch: everything read through it is of one version.
  [[nodiscard]] virtual std::shared_ptr<const Snapshot> snapshot() const noexcept = 0;

  /// Reads the folder again and swaps the snapshot in when every file is good; else keeps the old one.
  /// Errors: as open(); the findings of the last failed load stay readable through findings().
  [[nodiscard]] virtual Status reload() = 0;

  /// Findings of the last load, warnings included, by file.
  [[nodiscard]] virtual std::vector<FileFindings> findings() const = 0;

 protected:
  Catalogue() = default;
  static std::shared_ptr<Snapshot> make_snapshot(std::map<std::string, CompiledExperiment, std::less<>> experiments,
                                                 Wordings wordings, ContactPolicies contact_policies,
                                                 std::uint64_t version, bool is_last_good = false);
};

}  // namespace tactful
