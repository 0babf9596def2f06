#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What customers of one variant really do, for one outcome kind. A customer has the outcome at most once.
struct SimulatedOutcome {
  std::string kind;
  std::vector<double> probability;  ///< By variant (World::variants): that a customer has it within horizon_hours.
  double mean_delay_hours = 24;     ///< Exponential delay after exposure, > 0; cut off at the horizon.
  double horizon_hours = 14 * 24;   ///< None comes later than this after exposure; > 0.
  double lowest = 1,
         highest = 1;  ///< Its value is a whole number between these, at most 100 apart; 1 for a mere event.
  std::vector<double>
      level;  ///< By variant, 0 to 1: where the mean lies between lowest and highest. Empty: in the middle.
  /// By variant; empty: mean_delay_hours for all. A wording may change when customers act, not only whether.
  std::vector<double> delay_by_variant = {};
  /// From this age on a variant's chance of the outcome is `late_factor` times what it was: effects that come, fade or
  /// turn with time. 0: no change.
  double late_after_hours = 0.0;
  std::vector<double> late_factor = {};  ///< By variant, at least 0; empty: 1 for all.
};

/// A fact about customers for targeting and segments; each value is as frequent as the others.
struct SimulatedAttribute {
  std::string name;
  std::vector<Json> values;  ///< Strings, numbers or bools; at least one.
};

/// A world of customers in which a pilot runs.
struct World {
  std::int64_t customers_per_week =
      4000;  ///< New customers who are due a reminder, spread over the week, 09:00 to 20:00.
  std::vector<SimulatedOutcome> outcomes;
  std::string region = "east";  ///< Attribute region of those in scope.
  double out_of_scope = 0.1;    ///< Share of customers elsewhere (region "elsewhere"), who get control.
  std::uint64_t seed = 1;
  std::vector<SimulatedAttribute> attributes;  ///< Beside region.
  std::vector<std::string> variants;  ///< Variant keys in the order of `probability`; empty: the experiment's order.
  std::int64_t customers_per_cluster = 3;  ///< For clustered experiments.
  /// For clustered experiments: share of clusters whose members all do the same; the others do as they like.
  double cluster_alike = 0.0;
  /// By variant (World::variants): share of exposures that are lost before they are recorded. Empty: none. Only
  /// simulate_decisions() loses any.
  std::vector<double> lost = {};
};

/// The world of `experiments/payment-reminder.json`, 27,000 customers a week. Control: 30 % pay within 7 days, 6 % call
/// again within 7 days, 0.3 % complain within 14. `urgent` (a threat) lifts payment by 1.5 points and triples
/// complaints; `helpful` (inform, help, choose) lifts payment by 2.5 points and lowers complaints and calls.
[[nodiscard]] World payment_reminder_world(std::uint64_t seed);

/// What the pilot looked like at the end of a week.
struct WeekReport {
  int week = 0;  ///< From 1.
  TimeMs as_of = 0;
  std::int64_t sent = 0;  ///< Messages in the week, enrolled ones.
  Scorecard scorecard;
};

struct PilotResult {
  std::vector<WeekReport> weeks;
  Scorecard final_scorecard;
};

/// Runs the experiment of a catalogue folder from pilot.start to its last look through the real path, week by week:
/// Sender (decide, expose, render, record outcomes), journal, collect into the store, tally, evaluate. Each week is a
/// sender process of its own, with its own journal. Customers arrive until the end of enrolment; outcomes reach the
/// sender when they happen, until the last look. `on_week` sees each week as it ends; a week before the first exposure
/// has no report. Deterministic in world.seed: equal seeds give equal scorecards, the data fingerprint included. For
/// that the key comes from the seed; it protects nothing, since the customers are invented. Files land in `work_folder`
/// (journals/, store.db, key), which must not hold an earlier run. Errors: those of the floors; kConflict for a folder
/// in use; kNotFound for the experiment; kInvalidArgument for a world that does not fit the experiment (no customer in
/// scope, other variants, a probability outside [0, 1]).
[[nodiscard]] Result<PilotResult> run_pilot(const std::filesystem::path& catalogue_folder, std::string_view experiment,
                                            const World& world, const std::filesystem::path& work_folder,
                                            const std::function<void(const WeekReport&)>& on_week = {});

}  // namespace tactful
