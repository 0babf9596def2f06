#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/decision/looks.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// A harm alarm that a review entered.
struct ReviewAlarm {
  std::string variant, metric;
  bool operator==(const ReviewAlarm&) const = default;
};

/// A review as its ledger entry tells it; the numbers lie in its frozen file.
struct ReviewEntry {
  std::int64_t sequence = 0;  ///< Of the ledger entry; the review's number.
  TimeMs at = 0;              ///< When it was entered.
  std::string by, role;
  std::string fingerprint;  ///< Version of the experiment that it reviewed.
  std::string phase;
  TimeMs as_of = 0;
  int look = 0;                    ///< The planned look that it took, from 1; 0: an extra look, which spent nothing.
  std::optional<double> calendar;  ///< Spending times that it used (TakenLook); nothing in older entries.
  std::vector<WindowShare> maturity;
  std::string action, variant;       ///< What was recommended.
  std::vector<std::string> reasons;  ///< Why.
  std::vector<std::string> waived;   ///< Failed checks that it accepted; empty in older entries.
  std::string data_fingerprint;
  std::vector<ReviewAlarm> alarms;
  std::string file,
      digest;  ///< The frozen file, relative to the experiment's folder, and the BLAKE2b-256 of its bytes.
  bool operator==(const ReviewEntry&) const = default;
};

/// A decision against a recommendation, as its ledger entry tells it.
struct OverrideEntry {
  std::int64_t sequence = 0;
  TimeMs at = 0;
  std::string by, role, reason;
  std::string fingerprint;
  std::int64_t review = 0;  ///< The review that it goes against.
  std::string recommended;  ///< What that review recommended.
  std::string decision;     ///< What was decided instead: promote, continue, stop, end_without_winner.
  std::string variant;      ///< Of a promotion; else empty.
  bool operator==(const OverrideEntry&) const = default;
};

/// What the ledger says of reviews. Values only; ascending.
struct History {
  std::vector<ReviewEntry> reviews;      ///< Of every version and phase.
  std::vector<OverrideEntry> overrides;  ///< Of every version: they stay visible for ever.
  std::vector<VariantStop> stopped;      ///< Wordings of the pilot that were stopped by themselves, of every version.

  /// The planned looks that this version's reviews took in `phase`, ascending by look: they have spent alpha.
  [[nodiscard]] std::vector<TakenLook> taken(std::string_view fingerprint, std::string_view phase) const;
  /// When a review of another version than this one first took a planned look in `phase`; nothing where none did.
  [[nodiscard]] std::optional<TimeMs> taken_by_other(std::string_view fingerprint, std::string_view phase) const;
  /// The first alarm of each variant and metric that a review entered in `phase`, of whatever version: an edit of the
  /// plan does not undo harm that was shown. A variant that was shown to harm is not recommended again.
  [[nodiscard]] std::vector<LatchedAlarm> latched(std::string_view fingerprint, std::string_view phase) const;
  /// The review with this number, or nullptr.
  [[nodiscard]] const ReviewEntry* find_review(std::int64_t sequence) const noexcept;
  /// The latest review of this version and phase, or nullptr.
  [[nodiscard]] const ReviewEntry* latest(std::string_view fingerprint, std::string_view phase) const noexcept;
};

/// Reads reviews and overrides out of a verified ledger. Review entries of older releases, which name no file, are
/// passed over. Errors: kInvalidExperiment naming the entry whose body does not say what it must; a planned look that
/// two reviews of one version and phase took; those of lifecycle_of().
[[nodiscard]] Result<History> history_of(const Experiment& experiment, const Ledger& ledger);

/// `options` with what the history says of this version and phase: taken looks,
/// and of all versions the phase's latched alarms, the overrides, and in the pilot the stops of single wordings. Where
/// it has no review yet, evaluate() takes the cautious assumption that every planned look was taken on its date.
[[nodiscard]] EvaluateOptions with_history(EvaluateOptions options, const History& history,
                                           const Experiment& experiment, std::string_view phase);

}  // namespace tactful
