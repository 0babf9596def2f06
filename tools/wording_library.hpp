#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/time.hpp"
#include "tactful/wording/wording.hpp"

/// Every version of every wording of a folder, where each ran and what came of it.
namespace tactful::tools {

/// A decision of a ledger, or a scorecard, that a version of a wording took part in.
struct WordingResult {
  std::string experiment;
  std::string variant;  ///< Which arm the wording was.
  std::string what;     ///< `review`, `promote`, `stop`, ... or `scorecard`.
  TimeMs at = 0;
  Json detail;  ///< Of a scorecard the variant's metrics; of a ledger entry its body's summary.
};

struct WordingVersion {
  std::shared_ptr<const Wording> wording;
  std::filesystem::path file;
  bool is_current = false;  ///< What senders have now; else kept from before.
  std::vector<WordingResult> results;
};

/// Versions by key, of one key the current one first, then by fingerprint: `<folder>/wordings/*.json` and
/// `<folder>/wordings/history/<key>@<12 hex digits>.json`. A ledger entry or scorecard belongs to a version when the
/// experiment with that version's words has the fingerprint that it carries, so that nothing has to be written down
/// beyond the words themselves. Errors: kNotFound, kStorage, kInvalidExperiment for a file that cannot be read.
[[nodiscard]] Result<std::vector<WordingVersion>> wording_versions(const std::filesystem::path& folder,
                                                                   const std::vector<std::string>& scorecards);

/// Keeps the words of `wording` in the history beside it; the file's name, or empty where they were kept before.
/// Errors: kStorage.
[[nodiscard]] Result<std::string> keep_version(const std::filesystem::path& folder, const WordingVersion& version);

}  // namespace tactful::tools
