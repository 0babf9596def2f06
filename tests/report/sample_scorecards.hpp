#pragma once

#include "tactful/decision/scorecard.hpp"

namespace tactful::test {

/// A pilot of three wordings at its planned end: "helpful" is promotable, "urgent" harms. Every number is written out,
/// so that the reports are compared and not the statistics.
[[nodiscard]] Scorecard promotable_scorecard();

/// The same pilot in its second week, most windows still open.
[[nodiscard]] Scorecard interim_scorecard();

/// A failed sample-ratio check: effects blanked.
[[nodiscard]] Scorecard invalid_scorecard();

/// Chinese labels and reasons, a mean metric, a ratio without a difference, segments, units in two variants.
[[nodiscard]] Scorecard chinese_scorecard();

/// Labels and sentences that try to steer terminals, spreadsheets and Markdown.
[[nodiscard]] Scorecard hostile_scorecard();

}  // namespace tactful::test
