#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

struct PromoteRequest {
  std::string variant;               ///< Which variant; must be the recommended one.
  std::string by;                    ///< Who, as declared; required.
  std::string role;
  std::optional<Fraction> holdback;  ///< Share kept on control; default: the policy's.
  TimeMs at = 0;
};

/// Enters a promotion into the ledger beside the experiment file, after checking that the scorecard recommends it, belongs to this
/// experiment, that every role of policy.approvals has approved (an approve entry after the last edit of the experiment, by somebody other than
/// the owner), and that nothing else stands in the way. Running senders obey at their next reload.
/// Errors: kRefused with the reasons; kConflict when the ledger moved on meanwhile; those of Ledger::append().
[[nodiscard]] Result<LedgerEntry> promote(const std::filesystem::path& folder, const Experiment& experiment, const Scorecard& scorecard,
                                          const PromoteRequest& request);

/// Which roles still have to approve this variant. Empty: all have.
[[nodiscard]] std::vector<std::string> missing_approvals(const Experiment& experiment, const Ledger& ledger, std::string_view variant);

}  // namespace tactful
