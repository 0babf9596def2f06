#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

/// Decisions that people take besides the recommendation: against it, by name and with a reason, and back from a
/// promotion.
namespace tactful {

/// A reason is at least this wide (display_width(): a Chinese character is two).
inline constexpr std::size_t kShortestReason = 20;

struct OverrideRequest {
  std::optional<std::int64_t> review;  ///< Which review; default: the latest of this version.
  std::string decision;                ///< promote, continue, stop or end_without_winner: other than was recommended.
  std::string variant;                 ///< Of a promotion; else empty.
  std::string by;                      ///< Who, as declared; required.
  std::string role;
  std::string reason;  ///< Why; required.
  TimeMs at = 0;
};

/// Enters a decision against a review's recommendation, for ever: it stays in the ledger and in every later scorecard
/// of the experiment. It changes nothing else by itself. One to promote lets promote() go on where the approvals are
/// given anew; one to continue leaves an alarm as it is, visible, and the recommendation `stop`; one to stop is
/// followed by `tactful stop`. Errors: kInvalidArgument for nobody, too short a reason, an unknown decision, a variant
/// that is missing or too much; kNotFound for a review or variant that does not exist; kRefused when the review
/// recommended just that, or is of another version or not the latest of its phase, or where a variant that was stopped
/// by itself would come back; those of history_of() and Ledger::append().
[[nodiscard]] Result<LedgerEntry> override_review(const std::filesystem::path& folder, const Experiment& experiment,
                                                  const OverrideRequest& request);

/// The number of the review that override_review() would go against. Errors: as override_review(), without entering
/// anything.
[[nodiscard]] Result<std::int64_t> check_override(const Experiment& experiment, const Ledger& ledger,
                                                  const OverrideRequest& request);

struct DemoteRequest {
  std::string by;  ///< Who, as declared; required.
  std::string role;
  std::string reason;                ///< Why; required.
  std::string to;                    ///< An earlier winner that everyone gets again; empty: everyone gets control.
  std::optional<Fraction> holdback;  ///< Kept on control where `to` is given; default: the policy's.
  TimeMs at = 0;
};

/// Takes a promotion back: from the senders' next reload everyone gets control, or the earlier winner. Errs on the safe
/// side: one person is enough. Errors: kInvalidArgument for nobody, no reason, or a holdback without `to` or out of
/// range; kRefused when nothing is promoted, or `to` is what is promoted now, was stopped by itself, or is no earlier
/// winner of this version:
/// promoted before, or recommended by a planned look of the pilot, approved by every role, and without an alarm;
/// those of lifecycle_of() and Ledger::append().
[[nodiscard]] Result<LedgerEntry> demote(const std::filesystem::path& folder, const Experiment& experiment,
                                         const DemoteRequest& request);

/// What demote() would refuse, without entering anything.
[[nodiscard]] Status check_demotion(const Experiment& experiment, const Ledger& ledger, const DemoteRequest& request);

}  // namespace tactful
