#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What customers of one variant really do, for one outcome kind.
struct SimulatedOutcome {
  std::string kind;
  std::vector<double> probability;   ///< By variant index; within the horizon below.
  double mean_delay_hours = 24;      ///< Exponential delay after exposure, > 0.
};

/// A world of customers in which a pilot runs.
struct World {
  std::int64_t customers_per_week = 4000;  ///< New customers who are due a reminder, spread over the week.
  std::vector<SimulatedOutcome> outcomes;
  std::string region = "east";             ///< Attribute region of those in scope.
  double out_of_scope = 0.1;               ///< Share of customers elsewhere, who get control.
  std::uint64_t seed = 1;
};

/// What the pilot looked like at the end of a week.
struct WeekReport {
  int week = 0;                            ///< From 1.
  TimeMs as_of = 0;
  std::int64_t sent = 0;                   ///< Messages in the week, enrolled ones.
  Scorecard scorecard;
};

struct PilotResult {
  std::vector<WeekReport> weeks;
  Scorecard final_scorecard;
};

/// Runs the experiment of a catalogue folder from pilot.start to its last look through the real path, week by week: Sender (decide,
/// expose, render, record outcomes), journal, collect into the store, tally, evaluate. Deterministic in world.seed but for file names and
/// key. Files land in `work_folder` (journals/, store.db, key). `on_week` sees each week as it ends.
/// Errors: those of the floors; kInvalidArgument for a world that does not fit the experiment.
[[nodiscard]] Result<PilotResult> run_pilot(const std::filesystem::path& catalogue_folder, std::string_view experiment, const World& world,
                                            const std::filesystem::path& work_folder, const std::function<void(const WeekReport&)>& on_week = {});

}  // namespace tactful
