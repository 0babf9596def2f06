#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/wording/rule_set.hpp"
#include "tactful/wording/scenario.hpp"
#include "tactful/wording/wording.hpp"

/// Wordings, rule packs and scenarios on disk: what a file is, and what lies beside it.
namespace tactful::tools {

enum class FileKind { kExperiment, kWording, kRules, kScenarios, kContact };

[[nodiscard]] std::string_view to_string(
    FileKind kind) noexcept;  ///< `experiment`, `wording`, `rules`, `scenarios`, `contact`.

/// By the file's `schema`; where that says nothing by the folder it lies in (`wordings`, `rules`, `scenarios`), so that
/// a broken rule pack is not taken for a broken experiment; else an experiment.
[[nodiscard]] FileKind kind_of(const std::filesystem::path& file, std::string_view text);

/// The files *.json of a folder, by name. Errors: kNotFound when there is no such folder, kStorage.
[[nodiscard]] Result<std::vector<std::filesystem::path>> json_files(const std::filesystem::path& folder);

/// A wording file, which must be called `<key>.json`. Errors: kNotFound, kStorage. Findings are in the value.
[[nodiscard]] Result<WordingFile> read_wording(const std::filesystem::path& file);

/// The wording of a file, in one error where it has any. Errors: those of read_wording(), and kInvalidExperiment with
/// the first finding and how many there are.
[[nodiscard]] Result<std::shared_ptr<const Wording>> load_wording(const std::filesystem::path& file);

/// A file, or a folder as a whole, that cannot be used.
struct UnusableFile {
  std::filesystem::path file;
  FileKind kind = FileKind::kRules;
  Diagnostics findings;
};

/// By what the wordings of one place are checked.
struct Surroundings {
  std::shared_ptr<const RuleSet> rules;   ///< nullptr when there are none.
  std::optional<ScenarioBook> scenarios;  ///< Of all files together.
  std::vector<UnusableFile> unusable;     ///< What was left out, with its errors.
};

/// Finds rule packs and scenarios, and reads each folder once. Thread-safety: one thread at a time.
class WordingShelf {
 public:
  /// Folders that were named on the command line stand for those of every place.
  WordingShelf(std::optional<std::filesystem::path> rules, std::optional<std::filesystem::path> scenarios)
      : rules_(std::move(rules)), scenarios_(std::move(scenarios)) {}

  /// What lies in `<base>/rules` and `<base>/scenarios`, each else in the folder above; without a base only the named
  /// folders. A folder beside that does not exist is none. Errors: kNotFound for a named folder that does not exist or
  /// holds no file, kStorage.
  [[nodiscard]] Result<std::shared_ptr<const Surroundings>> beside(const std::optional<std::filesystem::path>& base);

  /// What was read so far, by place.
  [[nodiscard]] const std::map<std::string, std::shared_ptr<const Surroundings>>& places() const { return places_; }

 private:
  std::optional<std::filesystem::path> rules_, scenarios_;
  std::map<std::string, std::shared_ptr<const Surroundings>> places_;
};

}  // namespace tactful::tools
