#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tactful/catalogue/catalogue.hpp"

namespace tactful {

/// Everything found in a folder at one moment.
struct LoadedFolder {
  std::map<std::string, CompiledExperiment, std::less<>> experiments;  ///< Those without an error.
  Wordings wordings;
  ContactPolicies contact_policies;
  std::vector<FileFindings> findings;  ///< Of the words first, then of the experiments; by file, in the order of names.
  [[nodiscard]] bool has_errors() const noexcept;
  /// Every finding as text, file by file.
  [[nodiscard]] std::string describe() const;
};

/// Reads and compiles `folder`/*.json (not *.schema.json) with the ledgers beside, and the words and policies in the
/// folders below (load_wordings()). Errors: kNotFound when there is no such folder, kStorage when it cannot be listed.
/// All else is in the findings.
[[nodiscard]] Result<LoadedFolder> load_folder(const std::filesystem::path& folder);

}  // namespace tactful
