#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harm_watch.hpp"
#include "levels.hpp"
#include "look_data.hpp"
#include "margin_watch.hpp"
#include "sequential_test.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// How far the results of a margin go.
enum class Depth {
  kDecide,  ///< Tests at what this look may spend, with verdicts: a planned look.
  kShow,    ///< Estimates and intervals only: extra looks, and breakdowns, which never decide.
};

/// The level of one metric's test of one variant at this look.
struct LookTest {
  std::size_t metric = 0, variant = 0;
  int look = 0;
  double share = 0.0;             ///< Of the plan's alpha for this kind of test.
  double alpha = 0.0;             ///< Over all looks.
  std::optional<double> nominal;  ///< At this look; nothing: practically nothing may be spent, or nothing is mature.
  LookShape shape;
  std::optional<MarginWatch> margin;  ///< Where the margin is tested exactly on first events.
  bool is_worse = false;              ///< Harm was shown, before the margin is looked at.
};

/// What the results of one evaluation share.
struct ResultInput {
  const Experiment& experiment;
  const Tally& tally;
  const LookData& data;
  BoundCache& bounds;
  bool with_repeated_p = true;
  Levels levels = make_levels(experiment);  ///< Of the plan, whatever was stopped since.
};

/// The tests' levels, by metric, then variant: every treatment with a weight or units. `harm`: raw alarms.
[[nodiscard]] std::vector<LookTest> look_tests(const ResultInput& input, const std::vector<HarmWatch>& harm);

/// Every metric of every treatment with a weight or units, by metric, then variant. `is_whole`: margins[0] itself,
/// whose history the tests know; other margins are tested at the same nominal levels on their own data.
[[nodiscard]] std::vector<MetricResult> metric_results(const ResultInput& input, const std::vector<LookTest>& tests,
                                                       const MarginTally& margin, Depth depth, bool is_whole);

/// Whether the margin of a guardrail is shown at the level that one look has: for alarms between looks.
[[nodiscard]] bool is_within_margin(const ResultInput& input, const LookTest& test);

/// Whether the margin was shown at the last look taken before this extra one, at the level which that look had.
[[nodiscard]] bool was_within_margin(const ResultInput& input, const LookTest& test);

/// Removes every number of effects, saying why; units and totals stay for guardrails.
void blank(MetricResult& result, const std::string& why);
void blank(std::vector<MetricResult>& results, const std::string& why);

}  // namespace tactful
