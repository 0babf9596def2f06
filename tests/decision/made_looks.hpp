#pragma once

#include <utility>
#include <vector>

#include "made_tally.hpp"

namespace tactful::test {

inline constexpr TimeMs kWeekMs = 7 * kMillisecondsPerDay;

/// One metric of one arm as it stood at a look: units whose window had closed and those of them with the event, units
/// whose window was open, and units with an event so far, mature or not.
struct MadeState {
  std::int64_t mature = 0, with_event = 0, open = 0, first_events = 0;
};

struct MadeLook {
  TimeMs at = 0;
  std::vector<std::vector<MadeState>> arms;  ///< By variant, then metric.
};

/// make_experiment() with a look every week: enrolment of four weeks, windows of two, so six looks with the last.
inline Experiment make_weekly_experiment(std::size_t treatments = 1) {
  Experiment experiment = make_experiment(treatments);
  for (int week = 1; week <= 5; ++week) experiment.plan.looks.push_back(kStart + week * kWeekMs);
  return experiment;
}

inline LookMetric make_look_metric(const MadeState& state) {
  LookMetric metric;
  metric.mature.units = state.mature;
  metric.mature.sum.add(static_cast<double>(state.with_event));
  metric.mature.squares.add(static_cast<double>(state.with_event));
  metric.immature_units = state.open;
  metric.first_events = {state.first_events};
  return metric;
}

/// The tally at the last of these looks, with what was known at the others.
inline Tally make_look_tally(const Experiment& experiment, const std::vector<MadeLook>& looks) {
  Tally tally = make_tally(experiment, std::vector<MadeArm>(experiment.variants.size()));
  tally.as_of = looks.back().at;
  tally.epochs = {{0, 0, Fraction::kWhole}};
  for (const MadeLook& made : looks) {
    LookTally look{made.at, {}};
    for (const auto& states : made.arms) {
      look.arms.emplace_back();
      for (const MadeState& state : states) look.arms.back().push_back(make_look_metric(state));
    }
    tally.looks.push_back(std::move(look));
  }
  MarginTally& all = tally.margins[0];
  for (std::size_t v = 0; v < all.arms.size(); ++v) {
    all.arms[v].metrics.clear();
    all.arms[v].units = 0;
    for (const MadeState& state : looks.back().arms[v]) {
      ArmMetric metric = make_binary(state.mature, state.with_event);
      metric.immature_units = state.open;
      metric.first_events = state.first_events;
      all.arms[v].units = std::max(all.arms[v].units, state.mature + state.open);
      all.arms[v].metrics.push_back(metric);
    }
  }
  tally.integrity.units = 0;
  for (const ArmTally& arm : all.arms) tally.integrity.units += arm.units;
  tally.integrity.exposures = tally.integrity.units;
  tally.without_crossovers = all;
  return tally;
}

inline const HarmWatch* find_watch(const Scorecard& card, std::string_view metric, std::string_view variant = "a") {
  for (const HarmWatch& watch : card.harm) {
    if (watch.metric == metric && watch.variant == variant) return &watch;
  }
  return nullptr;
}

}  // namespace tactful::test
