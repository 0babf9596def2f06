#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/tally/tally.hpp"

/// After a promotion each step of the roll-out is a phase: its own data, never pooled with the pilot's, on fresh levels
/// and over a horizon of its own (policy.horizon_weeks), with a look every four weeks. Compared are the promoted
/// wording and the holdback, which stays on control's. docs/spec/review.md.
namespace tactful {

/// How far apart the looks of a phase are.
inline constexpr std::int64_t kPhaseLookWeeks = 4;

/// One phase after promotion.
struct Phase {
  std::string key;        ///< rollout-1, rollout-2, ...
  std::string variant;    ///< What is promoted.
  Fraction holdback;      ///< Share that stays on control.
  std::int64_t step = 1;  ///< Of the promotion.
  TimeMs start = 0;
  std::optional<TimeMs> end;  ///< When another promotion, a stop or a demotion ended it; nothing while it runs.
  std::string fingerprint;    ///< Version that was promoted.
  std::optional<TimeMs> review_by = std::nullopt;        ///< The end of its horizon, as its promotion recorded it.
  std::optional<Fraction> full_holdback = std::nullopt;  ///< Lifecycle::full_holdback.
  bool operator==(const Phase&) const = default;
};

/// The phases that the ledger tells of, in order. Errors: those of lifecycles_of().
[[nodiscard]] Result<std::vector<Phase>> phases_of(const Experiment& experiment, const Ledger& ledger);

/// The phase of that name; nothing for the pilot. Errors: as phases_of(); kNotFound for a phase that never began,
/// naming those that did.
[[nodiscard]] Result<std::optional<Phase>> find_phase(const Experiment& experiment, const Ledger& ledger,
                                                      std::string_view key);

/// The experiment as it is in that phase: control and the promoted variant with the holdback's weights and no others,
/// everyone in scope, from the phase's start over its horizon (at least four weeks and the longest window), the plan's
/// levels anew, a look every four weeks, no stop for futility. The horizon is the one that its promotion recorded. It
/// is a version of its own: its fingerprint is not the experiment's. Its last_look() is the date by which the promotion
/// must be reviewed.
[[nodiscard]] Experiment phase_experiment(const Experiment& experiment, const Phase& phase);

/// The experiment for tallying that phase: only dates outside the fingerprint differ.
[[nodiscard]] Experiment experiment_for_tally(const Experiment& experiment, const std::optional<Phase>& phase);

/// The looks of a phase, for TallyOptions::looks.
[[nodiscard]] std::vector<TimeMs> phase_looks(const Experiment& experiment, const Phase& phase);

/// evaluate() in the pilot (no phase) and after it. After it the tally is that of the phase (experiment_for_tally()),
/// and the recommendation is about the promotion: `stop` when harm is shown (demote), `invalid`, `promote` when the
/// next step of the roll-out may be taken (minimum days over, no harm; before the last step, which leaves
/// policy.final_holdback, every guardrail shown safe again) or, at the horizon, when the wording stays,
/// `end_without_winner` at the horizon when a guardrail is not shown safe again, else `continue` with what is missing.
/// Shown safe again means: also in the plan's protected segments. A latched alarm of another version says so. In the
/// pilot the check `fingerprint` cannot be waived (kRefused) while exposures of other versions are in the data: the
/// looks and levels of those versions are spent.
/// Errors: those of evaluate(); kConflict when the tally is of another phase; kInsufficientData when nobody is held
/// back.
[[nodiscard]] Result<Scorecard> evaluate_in(const Experiment& experiment, const std::optional<Phase>& phase,
                                            const Tally& tally, const EvaluateOptions& options);

/// A step of the roll-out.
struct RolloutStep {
  std::int64_t step = 1;      ///< From 1.
  std::int64_t steps = 1;     ///< How many there are.
  Fraction holdback;          ///< Share that stays on control in it.
  bool needs_safety = false;  ///< Whether every guardrail must be shown safe again before it.
  bool operator==(const RolloutStep&) const = default;
};

/// The step that follows `state`, or the first where nothing is promoted; nothing after the last. The steps are those
/// of policy.rollout, then policy.holdback, then policy.final_holdback, as far as each keeps fewer on control than the
/// one before it. Safety is needed for every holdback below the policy's as the first promotion recorded it.
[[nodiscard]] std::optional<RolloutStep> next_step(const Policy& policy, const Lifecycle& state);

/// When a promotion entered at `at` must be reviewed again: the end of its horizon.
[[nodiscard]] TimeMs review_by(const Experiment& experiment, const Phase& phase);

}  // namespace tactful
