#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tactful/core/time.hpp"

namespace tactful {

/// A sum of doubles kept to about 32 digits (double-double), so that merging in any order agrees to 1e-15 relative and
/// variances do not cancel. Value semantics.
struct PreciseSum {
  double high = 0.0;
  double low = 0.0;

  void add(double x) noexcept;
  /// Adds the exact product x*y.
  void add_product(double x, double y) noexcept;
  void merge(const PreciseSum& other) noexcept;
  [[nodiscard]] double value() const noexcept { return high + low; }
  bool operator==(const PreciseSum&) const = default;
};

/// Values of units: how many, their sum and sum of squares. For a binary metric the sum is the number of units with the
/// event.
struct UnitSums {
  std::int64_t units = 0;
  PreciseSum sum, squares;
  void add(double value) noexcept;
  void merge(const UnitSums& other) noexcept;
  bool operator==(const UnitSums&) const = default;
};

/// The same units grouped by randomised cluster: cluster size m, cluster total y.
struct ClusterSums {
  std::int64_t clusters = 0;
  PreciseSum size, total, size_squares, total_squares, size_total;  ///< Sums over clusters of m, y, m^2, y^2, m*y.
  void add(double size_of_cluster, double total_of_cluster) noexcept;
  void merge(const ClusterSums& other) noexcept;
  bool operator==(const ClusterSums&) const = default;
};

/// A period of enrolment with one traffic fraction and the same variants: consecutive days of first exposures with
/// equal fractions, up to the day on which a variant was stopped by itself. Design weights are constant within it, so
/// tests of units exposed at different times are stratified by it.
struct Epoch {
  std::int64_t first_day = 0;  ///< Days since 1970-01-01 at the experiment's offset; both ends are days with exposures.
  std::int64_t last_day = -1;  ///< Inclusive; before first_day where the source has no times.
  std::int32_t millionths = 1'000'000;  ///< Traffic fraction of its days, as DayTally::millionths.
  bool operator==(const Epoch&) const = default;
};

/// One variant's statistics for one metric as they stood at an earlier moment by the times of the events: exposures
/// and outcomes before it, whenever they were recorded.
struct LookMetric {
  UnitSums mature;                  ///< Units whose window had closed, by the same whole-day rule as of the look.
  ClusterSums clusters;             ///< Of those units; filled for clustered experiments.
  std::int64_t immature_units = 0;  ///< Exposed before the look, window open then.
  /// Units with at least one event in their window and before the look, mature or not, by the epoch of their first
  /// exposure (index into Tally::epochs). In clustered experiments clusters, by the epoch of the first exposure among
  /// their units of this variant.
  std::vector<std::int64_t> first_events;
  bool operator==(const LookMetric&) const = default;
};

/// All units, without segments, as of one look.
struct LookTally {
  TimeMs at = 0;
  std::vector<std::vector<LookMetric>> arms;  ///< By variant index, then metric index.
  bool operator==(const LookTally&) const = default;
};

/// Units by the age at which their first event came or at which they were last seen without one: what survival needs.
/// Age is in whole days of 24 hours since first exposure; W = window in days, rounded up, at most kMaxAgeDays. A unit
/// stands in exactly one entry, so both vectors together sum to the arm's units. At risk at the start of age a are the
/// units not in an entry before a; someone leaving at a < W was seen for a days and part of the next.
struct AgeCounts {
  std::vector<std::int64_t> first_events;  ///< W entries: units whose first event came at that age.
  /// W + 1 entries: units without an event, by age at as_of (or where a later phase cut them off) when that is before
  /// the end of their window; the last entry: seen through the whole window.
  std::vector<std::int64_t> leaving;
  bool operator==(const AgeCounts&) const = default;
};
inline constexpr std::int64_t kMaxAgeDays = 1000;  ///< Later ages count as the last one.

/// Exposures by their number within the unit: does the n-th reminder still work. An outcome belongs to the latest
/// exposure not after it, within the metric's window. Counted are exposures whose own window has closed by the
/// whole-day rule, so that those followed by another one are not counted sooner than those that are not.
struct ReminderCounts {
  std::vector<std::int64_t> reached;  ///< By n - 1, kReminders entries; the last counts every exposure from the 8th on.
  std::vector<std::int64_t> events;   ///< Of them those with an event before the unit's next exposure.
  bool operator==(const ReminderCounts&) const = default;
};
inline constexpr std::size_t kReminders = 8;

/// Units by how far the message came, from first exposure to as_of, whatever the metrics' windows.
struct StageCounts {
  /// With an outcome `delivered`; where the phase has no such outcome, with a delivery of some text.
  std::int64_t delivered = 0;
  std::int64_t connected = 0;  ///< With an outcome `connected`.
  std::int64_t responded = 0;  ///< With an outcome `responded`.
  bool operator==(const StageCounts&) const = default;
};

/// Messages not sent, by reason.
struct HoldCount {
  std::string reason;  ///< Empty where the event gave none.
  std::int64_t count = 0;
  bool operator==(const HoldCount&) const = default;
};

}  // namespace tactful
