#pragma once

#include <cstdint>
#include <vector>

#include "look_data.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/stats/harm_monitor.hpp"

namespace tactful {

/// Events of both arms together below which a margin is tested by counting first events whatever the rate, ...
inline constexpr std::int64_t kAlwaysCounted = 200;
/// ... and below which it is while at most kRareShare of the units has one. Harm is watched by exact bounds up to it,
/// whatever the share.
inline constexpr std::int64_t kMostCounted = 5'000;
inline constexpr double kRareShare = 0.05;

/// One metric of one variant against control, as a comparison of counts of first events. `worse` is the arm in which
/// more events would be harm: the treatment, or control where a metric should increase.
struct EventPair {
  std::size_t metric = 0, variant = 0;
  bool fewer_is_worse = false;
  double worse_weight = 1.0, other_weight = 1.0;
};

[[nodiscard]] EventPair event_pair(const Experiment& experiment, std::size_t metric, std::size_t variant);

/// First events of the arm in which they are harm, and of the other.
struct EventCount {
  std::int64_t worse = 0, other = 0;
  [[nodiscard]] std::int64_t all() const noexcept { return worse + other; }
};
[[nodiscard]] EventCount events_at(const EventPair& pair, const LookTally& look);

/// Whether the metric is rare enough for its margin to be tested by its events alone: decided by both arms together,
/// never by their difference. `exposed`: units (clusters) of both arms. Clusters are counted only while few of them
/// have an event: where most do, their number says nothing any more.
[[nodiscard]] bool is_counted(const Experiment& experiment, const Metric& metric, std::int64_t events,
                              std::int64_t exposed) noexcept;

/// Whether harm is watched at planned looks by exact bounds on first events. Each first event falls on an arm with its
/// share of the units whatever the rate, so only the cost of many events ends it, and for clusters the share, as above.
[[nodiscard]] bool has_exact_bounds(const Experiment& experiment, const Metric& metric, std::int64_t events,
                                    double exposed) noexcept;

/// What arrived between the looks, for the exact monitor and the e-process. A variant's weight is part of its version,
/// so epochs of the ramp differ in traffic but not in the share of the arms, and their events make one stratum.
/// `times`: information fraction of each look.
[[nodiscard]] std::vector<stats::HarmLook> event_looks(const EventPair& pair,
                                                       const std::vector<const LookTally*>& looks,
                                                       const std::vector<double>& times);

}  // namespace tactful
