#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/diagnostic.hpp"
#include "tactful/core/json.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/wording/wording_check.hpp"
#include "wording_files.hpp"

/// The parts of `check`.
namespace tactful::tools {

/// A file, or a folder as a whole, with everything that was found.
struct CheckedFile {
  std::filesystem::path file;
  FileKind kind = FileKind::kExperiment;
  std::string key;
  std::string fingerprint;  ///< Of an experiment or a wording.
  Diagnostics findings;
  std::optional<Experiment> experiment;  ///< Where it is one without errors.
  std::vector<TextCost> costs;           ///< Of a wording's texts.
  std::string rules;                     ///< Fingerprint of the rules that a wording was checked by; may be empty.
};

/// In which language messages are, and whose texts are looked at.
struct CheckLanguages {
  std::string messages = "en";       ///< `zh`, else English.
  std::optional<std::string> texts;  ///< Narrows findings and costs to texts of one language.
};

/// A file that is no experiment.
/// Errors: kNotFound, kStorage. Findings are in the value.
[[nodiscard]] Result<CheckedFile> check_wording_floor(const std::filesystem::path& file, FileKind kind,
                                                      WordingShelf& shelf, const CheckLanguages& languages);

/// What the folder beside the experiment knows of its variants (catalogue's check_variants()), by the shelf's rules.
/// Errors: kStorage, kNotFound for a folder named on the command line.
[[nodiscard]] Result<Diagnostics> check_variants(const std::filesystem::path& file, const Experiment& experiment,
                                                 WordingShelf& shelf, const CheckLanguages& languages);

/// Whether a text of `tag` is meant by `language`: the same, or one narrows the other (`zh` and `zh-Hant`).
[[nodiscard]] bool is_language(std::string_view tag, std::string_view language) noexcept;

/// What one text costs, for programs.
[[nodiscard]] Json to_json(const TextCost& cost);

}  // namespace tactful::tools
