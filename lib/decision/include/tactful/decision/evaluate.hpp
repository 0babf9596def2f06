#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/looks.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// A harm alarm that a review entered into the ledger: it stays, whatever later data say.
struct LatchedAlarm {
  std::string variant, metric;
  TimeMs at = 0;               ///< When it was entered.
  bool other_version = false;  ///< Entered by reviews of other versions of the experiment only.
  bool operator==(const LatchedAlarm&) const = default;
};

struct EvaluateOptions {
  /// Checks (by id) that the caller accepts although they fail; marked in the scorecard.
  std::set<std::string, std::less<>> waived_checks;
  std::string randomisation;  ///< How units were randomised, in words, where the experiment file does not say it.
  std::vector<TakenLook> taken = {};  ///< Planned looks taken before, from the ledger's reviews.
  /// Whether `taken` is all there was even when it is empty. Otherwise, without any taken look, every look planned
  /// before as_of counts as taken on its date.
  bool taken_is_known = false;
  bool as_review = false;                         ///< This evaluation takes the look that is due, also late or early.
  std::vector<LatchedAlarm> latched = {};         ///< From the ledger's reviews.
  std::vector<ScorecardOverride> overrides = {};  ///< From the ledger: put into the scorecard as they are.
  /// Whether to compute repeated p-values (the slowest numbers; nothing is decided by them).
  bool with_repeated_p = true;
  /// Only look: before the last date an extra look whatever the day, so that nobody sees a planned look's bound without
  /// taking it.
  bool as_extra = false;
  /// Wordings of the pilot that were stopped by themselves, from the ledger; the tally knows of them too
  /// (TallyOptions::stopped). The others are tested at the levels that they had; these are shown as they stood then.
  std::vector<VariantStop> stopped = {};
  /// Tables and counts only: when a review of another version took a look of this phase. They tell no versions apart,
  /// so that an edit of the file gives them no other look.
  std::optional<TimeMs> other_version_look = {};
};

/// Checks the data, tests every metric of every variant against control with what the looks have left of the plan's
/// levels, watches for harm, and recommends (docs/guide/reading-a-scorecard.md, docs/reference/scorecard.md).
/// At an extra look the action is `continue`, `stop` or `invalid`; at the last look `continue` does not exist. Wide
/// tables and counts have one look, where all of each level is spent.
/// Errors: kInvalidExperiment when imported data does not say how it was randomised; kConflict when the tally belongs
/// to another experiment or lacks the state at a look that was taken (TallyOptions::looks, look_times()) or at a stop
/// of one variant (TallyOptions::stopped); kNotFound for
/// a waived check that does not exist; kInvalidArgument for taken looks that the plan does not have; kInsufficientData
/// when no variant has a unit.
[[nodiscard]] Result<Scorecard> evaluate(const Experiment& experiment, const Tally& tally,
                                         const EvaluateOptions& options = {});

}  // namespace tactful
