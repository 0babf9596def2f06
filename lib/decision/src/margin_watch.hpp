#pragma once

#include <optional>

#include "event_looks.hpp"
#include "look_data.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// Share of the planned follow-up that a rare guardrail needs before "safe" is a final word: late complaints are part
/// of what is asked.
inline constexpr double kFollowUpNeeded = 0.8;

/// Share of a metric's planned follow-up that is over at `at`: no more than planned, and no more than the units that
/// really came by then give.
[[nodiscard]] double follow_up_at(const Experiment& experiment, const Tally& tally, TimeMs window_ms, TimeMs at);

/// A ratio margin of a rare guardrail, tested exactly on first events over the looks at which enough of the follow-up
/// was over. Looks before that spend nothing.
struct MarginWatch {
  double follow_up = 1.0;
  bool is_final = false;  ///< Enough follow-up, at a planned look: the test may decide.
  EventCount events;
  std::optional<double> p;        ///< Nominal, exact, of the margin against the events seen.
  std::optional<double> bound_p;  ///< What p must reach now; nothing where no count could.
  std::optional<double> p_mid;
  bool is_within = false;  ///< Shown to be within the margin, at this look too.
  std::optional<double> p_repeated;
};

/// Whether the metric's margin is tested that way.
[[nodiscard]] bool has_margin_watch(const Experiment& experiment, const Tally& tally, const LookData& data,
                                    const EventPair& pair);

[[nodiscard]] MarginWatch watch_margin(const Experiment& experiment, const Tally& tally, const LookData& data,
                                       const EventPair& pair, double alpha, bool with_repeated_p);

/// At an extra look: whether the looks taken before it showed the margin with that level.
[[nodiscard]] bool was_within_margin(const Experiment& experiment, const Tally& tally, const LookData& data,
                                     const EventPair& pair, double alpha);

/// The exact test of the metric's ratio margin on these events. Nothing when there is no event.
struct ExactMarginTest {
  double p = 1.0, p_mid = 1.0;
};
[[nodiscard]] std::optional<ExactMarginTest> exact_margin_test(const Metric& metric, const EventPair& pair,
                                                               const EventCount& events);

}  // namespace tactful
