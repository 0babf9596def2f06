#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "random.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/simulation/pilot.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful::simulation {

/// Whole pilots drawn as counts, by day of exposure and age at the first event, without events or files. A draw can be
/// tallied as of any day, so that every review of one pilot sees the same customers. Units come at midday: an outcome
/// of age a days has happened a + 1 days after the start of the day of exposure. Segments are not drawn.
class PilotPath {
 public:
  /// `experiment` and `world` (from fit_world()) must outlive the path.
  PilotPath(const Experiment& experiment, const World& world);

  void draw(Random& random);

  /// The day boundary of a moment: whole days since the start of the first day of enrolment.
  [[nodiscard]] std::int64_t day_of(TimeMs at) const;
  /// The tally at the start of day `day`, with looks at the starts of `looks` (ascending) as far as they are before it.
  [[nodiscard]] Tally tally_at(std::int64_t day, std::span<const std::int64_t> looks) const;
  /// First events of a metric by variant before the start of `day`, mature or not; clusters in clustered experiments.
  [[nodiscard]] std::int64_t first_events(std::size_t variant, std::size_t metric, std::int64_t day) const;
  /// Units exposed before the start of `day`.
  [[nodiscard]] std::int64_t units(std::size_t variant, std::int64_t day) const;

 private:
  struct Day {
    std::int64_t customers = 0;
    std::int32_t millionths = 0;
    std::size_t epoch = 0;
  };
  /// How often and when the members of one group have the outcome, for a metric and variant.
  struct Chance {
    std::vector<double> groups;    ///< P(exactly j members have it), j = 0 .. members.
    std::vector<double> age_upto;  ///< Of the first event: P(age <= a days | it happens in the window).
  };
  /// What one day's groups of one variant did, for one metric.
  struct Cell {
    std::vector<std::int64_t> upto;                ///< Groups with an event of age <= a.
    std::int64_t members = 0, member_squares = 0;  ///< Members with the event, and squares of their number by group.
    UnitSums values;                               ///< Of metrics with values: units with one.
  };

  void plan_days();
  void plan_chances();
  [[nodiscard]] Chance chance_of(const Metric& metric, std::size_t variant) const;
  void draw_cell(const Metric& metric, const Chance& chance, std::int64_t groups, Random& random, Cell& cell) const;
  void spread(const Chance& chance, std::int64_t events, Random& random, std::vector<std::int64_t>& by_age) const;
  [[nodiscard]] const Cell& cell(std::size_t day, std::size_t variant, std::size_t metric) const;
  [[nodiscard]] std::int64_t events_before(const Cell& cell, std::int64_t exposure_day, std::int64_t day) const;
  [[nodiscard]] bool is_mature(std::size_t metric, std::int64_t exposure_day, std::int64_t day) const;
  void add_day(std::size_t exposure_day, std::size_t variant, std::size_t metric, std::int64_t day, UnitSums& mature,
               ClusterSums& clusters, std::int64_t& immature) const;
  [[nodiscard]] LookTally look_at(std::int64_t day) const;
  [[nodiscard]] ArmMetric metric_at(std::size_t variant, std::size_t metric, std::int64_t day) const;
  [[nodiscard]] DayTally day_tally(std::size_t exposure_day, std::int64_t day) const;

  const Experiment& experiment_;
  const World& world_;
  std::int64_t members_ = 1;  ///< Units in a randomised group.
  std::int64_t first_day_ = 0;
  Tally frame_;
  std::vector<const SimulatedOutcome*> outcomes_;  ///< By metric; null: nobody ever has it.
  std::vector<std::int64_t> window_days_;          ///< By metric, rounded up.
  std::vector<Day> days_;
  std::vector<std::vector<Chance>> chances_;       ///< [metric][variant].
  std::vector<std::vector<std::int64_t>> groups_;  ///< [day][variant], as drawn.
  std::vector<Cell> cells_;                        ///< [day][variant][metric], as drawn.
};

}  // namespace tactful::simulation
