#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/tally/tally.hpp"

/// Wordings that were stopped by themselves: the others are tested as before, at their own levels; the stopped ones are
/// shown as they stood then, when every arm still had its share (docs/decisions/0018-stopping-one-wording.md).
namespace tactful {

/// The stop of that variant, or nullptr.
[[nodiscard]] const VariantStop* find_stop(const std::vector<VariantStop>& stopped, std::string_view variant) noexcept;

/// "b was stopped by itself on 2026-05-14".
[[nodiscard]] std::string stop_words(const VariantStop& stop, UtcOffset offset);

/// kRefused for a variant that was stopped by itself: nothing brings it back.
[[nodiscard]] Status refuse_stopped(const Experiment& experiment, const std::vector<VariantStop>& stopped,
                                    const std::string& variant);

/// Who asks for a moment before a stop sees that moment: events before `as_of` know nothing of stops from it on, and
/// what was tested then is tested. What was stopped since is promoted by nobody all the same: that asks the ledger.
[[nodiscard]] EvaluateOptions without_later_stops(const Tally& tally, EvaluateOptions options);

/// The experiment as it is tested from then on: weight 0 for what was stopped. Its levels are not those of the plan any
/// more (make_levels() counts weights): take them from the experiment itself.
[[nodiscard]] Experiment still_tested(const Experiment& experiment, const std::vector<VariantStop>& stopped);

/// Removes the stopped variants' numbers from what is tested now, saying why.
void blank_stopped(const std::vector<VariantStop>& stopped, Scorecard& card);

/// evaluate() without what add_stopped() adds.
[[nodiscard]] Result<Scorecard> evaluate_running(const Experiment& experiment, const Tally& tally,
                                                 const EvaluateOptions& options);

/// Puts the metrics and the watch for harm of each stopped variant in, as they stood when it was stopped. Errors:
/// kConflict when the tally does not know that moment; those of evaluate().
[[nodiscard]] Status add_stopped(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options,
                                 Scorecard& card);

}  // namespace tactful
