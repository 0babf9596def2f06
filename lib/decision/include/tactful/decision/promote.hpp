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

struct ApproveRequest {
  std::string variant;  ///< Which variant may be promoted.
  std::string by;       ///< Who, as declared; required, and somebody else than the experiment's owner.
  std::string role;     ///< One of policy.approvals; any where the policy names none.
  TimeMs at = 0;
};

struct PromoteRequest {
  std::string variant;  ///< Which variant; must be the recommended one.
  std::string by;       ///< Who, as declared; required.
  std::string role;
  std::optional<Fraction> holdback;  ///< Share kept on control, below 1; default: that of the next step. Never less.
  TimeMs at = 0;                     ///< Now; a scorecard of a later moment is refused.
};

/// Whether two declared names are taken for the same person: what stands before the first comma (a department follows
/// it), without outer blanks, runs of blanks as one, ASCII letters of either case. "Li Na, customer service" is "li
/// na". An empty name is nobody's.
[[nodiscard]] bool same_person(std::string_view a, std::string_view b);

/// Enters an approval into the ledger beside the experiment file, with the policy and the owner it was given under
/// (body: decision, variant, policy_approvals, rollout_policy, owner), so that a later edit of either does not go
/// unseen: neither is part of the fingerprint. Errors: kInvalidArgument when nobody is named or the policy asks for no
/// such role; kNotFound for a variant that the experiment lacks; kRefused for the owner, and for a variant that was
/// stopped by itself; those of lifecycle_of() and Ledger::append().
[[nodiscard]] Result<LedgerEntry> approve(const std::filesystem::path& folder, const Experiment& experiment,
                                          const ApproveRequest& request);

/// What approve() would refuse, without entering anything.
[[nodiscard]] Status check_approval(const Experiment& experiment, const ApproveRequest& request);

/// Which roles still have to approve this variant. Empty: all have. An approval counts when it is of this version of
/// the experiment, by somebody else than the owner, and was given under the policy.approvals, the roll-out (rollout,
/// holdback, final_holdback, horizon_weeks) and the owner that the file names now; nobody counts for two roles.
[[nodiscard]] std::vector<std::string> missing_approvals(const Experiment& experiment, const Ledger& ledger,
                                                         std::string_view variant);

/// Everything that stands in the way of a promotion, or of its next step where the variant is promoted already, in
/// words, the evidence first; empty: promote() would enter it. `folder`: that of the experiment file.
///
/// The evidence is the latest frozen review of this version in the phase: its recommendation, while its file has the
/// digest that the ledger entered and no planned look has come due since. `scorecard` is of now and only says whether
/// anything stands in the way by now: an alarm, or a failed check. A failed check that it waives counts as accepted
/// only where that review waived it too, and then only approvals after the review count. Wide tables and counts, which
/// have no dates, must be the very data of that review (data_fingerprint).
///
/// Besides these, version, phase, state and
/// missing approvals: a roll-out policy other than the promotion began under, a role that an earlier approval was given
/// under and the file no longer names, a scorecard of a moment after request.at, a promotion by one person alone
/// (somebody other than `by` must have approved, also where the policy names no role), a holdback that skips a step of
/// the roll-out, and the last step taken already.
///
/// An override of the latest review in this phase that decides to promote this variant takes the place of the
/// recommendation; approvals then count only where they were given after it, so that who approves knows. It does not
/// take the place of anything else: an alarm that the review did not know stands in the way. Errors: kInvalidArgument
/// for a request that names nobody or a holdback out of range; those of lifecycle_of() and history_of().
[[nodiscard]] Result<std::vector<std::string>> promotion_obstacles(const std::filesystem::path& folder,
                                                                   const Experiment& experiment,
                                                                   const Scorecard& scorecard, const Ledger& ledger,
                                                                   const PromoteRequest& request);

/// What may be acted on at `at`, for `scorecard` of then: `promote` only where the latest review of its phase
/// recommends it and promotion_obstacles() would find nothing in evidence; else `continue`
/// with a reason that says that a review is due. Every other action is the scorecard's. Errors: those of lifecycle_of()
/// and history_of().
[[nodiscard]] Result<Recommendation> standing_recommendation(const std::filesystem::path& folder,
                                                             const Experiment& experiment, const Scorecard& scorecard,
                                                             const Ledger& ledger, TimeMs at);

/// Enters a promotion, or its next step, into the ledger beside the experiment file when promotion_obstacles() finds
/// none. Running senders obey at their next reload. Each step is a phase of its own (phases.hpp). The entry's body says
/// what the promotion rests on: variant, holdback, step, steps, review_by, rollout_policy, as_of and data_fingerprint
/// (of the review), checked_as_of, randomisation, waived (the failed checks that were accepted), reasons, and where
/// there are such `review` (the latest) and `override` (both ledger sequences). Errors: kRefused with the obstacles;
/// kConflict when the ledger moved on meanwhile; those of promotion_obstacles() and Ledger::append().
[[nodiscard]] Result<LedgerEntry> promote(const std::filesystem::path& folder, const Experiment& experiment,
                                          const Scorecard& scorecard, const PromoteRequest& request);

}  // namespace tactful
