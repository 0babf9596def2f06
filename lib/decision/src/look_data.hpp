#pragma once

#include <memory>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// What is known at each look that spends, and now. Holds pointers into the tally that it was made from.
struct LookData {
  LookSchedule schedule;
  /// Tables without times and counts, and phases without a plan: one look at which all of each level is spent, and no
  /// watch for harm between looks.
  bool has_calendar = false;
  std::string no_look;                  ///< Why such data have no look left, in words; empty where they have.
  std::vector<const LookTally*> taken;  ///< By schedule.taken; the last is `now` at a planned look.
  const LookTally* now = nullptr;
  LookTally own;  ///< `now`, where the tally has no looks of its own.
};

/// Errors: kConflict when the tally lacks the state at a look taken; those of schedule_looks().
[[nodiscard]] Result<std::unique_ptr<LookData>> look_data(const Experiment& experiment, const Tally& tally,
                                                          const EvaluateOptions& options);

/// Units with an event, over all epochs of exposure.
[[nodiscard]] std::int64_t first_events(const LookMetric& metric) noexcept;

/// Units (clusters, when clustered) whose window has closed.
[[nodiscard]] std::int64_t mature_count(const LookMetric& metric, bool is_clustered) noexcept;

}  // namespace tactful
