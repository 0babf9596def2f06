#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/store/event_source.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful {

/// Metrics per experiment that a tally takes: one bit each.
inline constexpr std::size_t kMaxTallyMetrics = 64;

/// One metric, compiled for the join.
struct MetricPlan {
  Aggregation aggregation = Aggregation::kAny;
  TimeMs window_ms = 0;
  std::size_t kind = 0;          ///< Index into TallyPlan::kinds.
  std::size_t column = 0;        ///< Index among the metrics that keep a number per unit; unused for kAny.
  double minimum = 0.0;          ///< Outcomes below it are none; -infinity where every value counts.
  std::size_t age_days = 0;      ///< Entries of AgeCounts::first_events.
  bool ends_within_day = false;  ///< The window is no whole number of days.
};

/// What an outcome says about how far the message came; bits of UnitRecord::stages.
enum Stage : std::uint8_t {
  kStageNone = 0,
  kStageSent = 1,
  kStageDelivered = 2,
  kStageConnected = 4,
  kStageResponded = 8
};

/// An outcome kind that some metric counts or that is a stage.
struct KindPlan {
  std::string name;
  std::optional<std::int32_t> code;  ///< Nothing when no event has it.
  std::vector<std::size_t> metrics;
  std::uint8_t stage = kStageNone;
};

/// An experiment compiled against one source's dictionary. Immutable once made; shared by threads.
struct TallyPlan {
  const Experiment* experiment = nullptr;
  TimeMs as_of = 0;
  bool is_pilot = true;
  bool all_mature = false;    ///< Wide rows: windows as supplied.
  std::vector<TimeMs> looks;  ///< Ascending, the last is as_of.
  std::vector<MetricPlan> metrics;
  std::vector<KindPlan> kinds;
  std::size_t columns = 0;                                 ///< Metrics other than kAny.
  std::vector<std::optional<std::int32_t>> variant_codes;  ///< By variant index.
  std::string fingerprint;
  std::vector<TimeMs> stopped_at;           ///< By variant index; the end of time where it was not stopped by itself.
  std::vector<std::int64_t> last_of_epoch;  ///< Days after which another epoch begins, whatever the traffic.

  /// Index of the variant with this code, or -1.
  [[nodiscard]] int variant_of(std::int32_t code) const noexcept {
    for (std::size_t i = 0; i < variant_codes.size(); ++i) {
      if (variant_codes[i] && *variant_codes[i] == code) return static_cast<int>(i);
    }
    return -1;
  }
  /// Index of the kind with this code, or -1.
  [[nodiscard]] int kind_of(std::int32_t code) const noexcept {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i].code && *kinds[i].code == code) return static_cast<int>(i);
    }
    return -1;
  }
  /// Whether metric m is mature at `moment` for units first exposed on this local day: the one rule of maturity.
  [[nodiscard]] bool is_mature(std::size_t m, std::int64_t day, TimeMs moment) const noexcept {
    return all_mature || day_start(day + 1, experiment->utc_offset) <= moment - metrics[m].window_ms;
  }
  /// Bit i: metric i is mature at as_of for units first exposed on this local day.
  [[nodiscard]] std::uint64_t mature_metrics(std::int64_t day) const noexcept;
  /// Index of the first look that sees an event at this time, which is before as_of.
  [[nodiscard]] std::size_t look_of(TimeMs at) const noexcept {
    std::size_t look = 0;
    for (const TimeMs moment : looks) look += moment <= at ? 1 : 0;
    return look;
  }
};

/// Errors: kInvalidExperiment for more than kMaxTallyMetrics metrics, kInvalidArgument for more than kMaxTallyLooks
/// looks.
[[nodiscard]] Result<TallyPlan> make_tally_plan(const Experiment& experiment, const EventSource& source,
                                                const TallyOptions& options);

}  // namespace tactful
