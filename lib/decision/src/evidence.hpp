#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tactful/decision/history.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// What a decision in one phase rests on: the latest review of this version, what was decided against it, and the looks
/// that have come due since. Pointers live as long as the history.
struct Evidence {
  const ReviewEntry* review = nullptr;
  const OverrideEntry* override_entry = nullptr;  ///< By which the variant may be promoted against the recommendation.
  std::optional<Look> overdue;                    ///< A planned look that came due after the review.
  bool is_whole = false;                          ///< Whether the frozen file is what the ledger entered.
};

/// For a decision about `variant` at `at`. Errors: those of find_phase() and schedule_looks().
[[nodiscard]] Result<Evidence> evidence_of(const std::filesystem::path& folder, const Experiment& experiment,
                                           const Ledger& ledger, const History& history, const Lifecycle& lifecycle,
                                           const std::string& variant, TimeMs at);

/// Invalidating checks that the scorecard waives, and the review did not.
[[nodiscard]] std::vector<std::string> waived_since(const Scorecard& scorecard, const ReviewEntry* review);
/// Whether the scorecard waives an invalidating check at all.
[[nodiscard]] bool has_waivers(const Scorecard& scorecard);

/// What keeps the review's recommendation from being followed: none, a look that has come due, data without dates
/// that are not those of the review, a file that was edited, a scorecard that is not of now, an alarm or a failed check that shows now. In words.
[[nodiscard]] std::vector<std::string> review_obstacles(const Evidence& evidence, const Scorecard& scorecard,
                                                        const std::string& phase, TimeMs at);

}  // namespace tactful
