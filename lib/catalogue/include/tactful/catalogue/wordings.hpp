#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/diagnostic.hpp"
#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/wording/rule_set.hpp"
#include "tactful/wording/scenario.hpp"
#include "tactful/wording/wording.hpp"

namespace tactful {

/// What went wrong in one file of a folder.
struct FileFindings {
  std::filesystem::path file;
  Diagnostics diagnostics;
};

/// The words that lie beside a folder's experiments: `wordings/*.json`, `rules/*.json`, `scenarios/*.json`; what lies
/// below those folders (earlier versions) is not read. Thread-safety: const use from any number of threads.
struct Wordings {
  std::map<std::string, std::shared_ptr<const Wording>, std::less<>> by_key;  ///< Those that break nothing.
  std::shared_ptr<const RuleSet> rules;   ///< All packs; nullptr when there is none.
  std::optional<ScenarioBook> scenarios;  ///< Of all files; nothing when there is none.

  /// The wording, or nullptr.
  [[nodiscard]] std::shared_ptr<const Wording> find(std::string_view key) const;
};

/// The words beside, and what is wrong with them, by file in the order of their names.
struct LoadedWordings {
  Wordings wordings;
  std::vector<FileFindings> findings;
};

/// Reads the three folders; one that does not exist is empty, and one that cannot be looked
/// at is an error. Beyond the syntax of each file: a wording is called
/// `<key>.json` (`file-name`), has what its scenario requires and breaks no rule (check_wording()); rule packs fit
/// together (`rule-packs`); a scenario stands once (`duplicate`); wordings without rule packs are a warning
/// (`no-rules`). A wording with an error is left out. Errors: kStorage when a folder exists and cannot be
/// listed.
[[nodiscard]] Result<LoadedWordings> load_wordings(const std::filesystem::path& folder);

/// Gives every variant whose wording has a file the content identity of that file, which makes it part of
/// fingerprint(experiment).
void attach(const Wordings& wordings, Experiment& experiment);

/// As read_experiment(), with the content identities of the wordings in `wordings/` beside the file, so that its
/// fingerprint is that of senders which load the folder. A wording's file that cannot be used is an error of the rule
/// `wording-file`; rules and scenarios are not looked at. Errors: kNotFound, kStorage. Findings are in the value.
[[nodiscard]] Result<ExperimentFile> read_experiment_with_wordings(const std::filesystem::path& file);

/// Checks the words of an experiment's variants beyond each wording's own file:
/// - `two-texts` (error): a variant has a text of its own and a wording's file;
/// - `no-words` (warning): neither, while another variant has its file;
/// - compare_variants() of those with files, as warnings;
/// - a text of its own, with short numbers in the place of its fields, by the rules, for the experiment's purpose. The
///   channel is what the scope says by name; where it says none, the rules of every channel are tried and warn only;
/// - `purpose-differs` (error): a wording's file is for another purpose than the experiment;
/// - `purpose-unknown` (warning): rules know no such purpose, so that the rules of all purposes bind the texts.
/// `language` is that of messages: `zh`, else English.
[[nodiscard]] Diagnostics check_variants(const Experiment& experiment, const Wordings& wordings,
                                         std::string_view language = "en");

/// What forbids sending a finished text: its findings of severity error that `wording` does not accept. For a text
/// without a wording's file (nullptr) the language is language_of(text). Empty without rules.
[[nodiscard]] std::vector<RuleFinding> forbidding(const RuleSet* rules, std::string_view text, const Wording* wording,
                                                  const RuleContext& context);

/// `zh` for a text with an ideograph, else `en`.
[[nodiscard]] std::string_view language_of(std::string_view text) noexcept;

}  // namespace tactful
