#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/store/event_source.hpp"

namespace tactful {

/// Metrics per experiment that a tally takes: one bit each.
inline constexpr std::size_t kMaxTallyMetrics = 64;

/// One metric, compiled for the join.
struct MetricPlan {
  Aggregation aggregation = Aggregation::kAny;
  TimeMs window_ms = 0;
  std::size_t kind = 0;    ///< Index into TallyPlan::kinds.
  std::size_t column = 0;  ///< Index among the metrics that keep a number per unit; unused for kAny.
};

/// An outcome kind that some metric counts.
struct KindPlan {
  std::string name;
  std::optional<std::int32_t> code;  ///< Nothing when no event has it.
  std::vector<std::size_t> metrics;
};

/// An experiment compiled against one source's dictionary. Immutable once made; shared by threads.
struct TallyPlan {
  const Experiment* experiment = nullptr;
  TimeMs as_of = 0;
  bool all_mature = false;  ///< Wide rows: windows as supplied.
  std::vector<MetricPlan> metrics;
  std::vector<KindPlan> kinds;
  std::size_t columns = 0;                                 ///< Metrics other than kAny.
  std::vector<std::optional<std::int32_t>> variant_codes;  ///< By variant index.
  std::string fingerprint;

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
  /// Bit i: metric i is mature for units first exposed on this local day.
  [[nodiscard]] std::uint64_t mature_metrics(std::int64_t day) const noexcept;
};

/// Errors: kInvalidExperiment for more than kMaxTallyMetrics metrics.
[[nodiscard]] Result<TallyPlan> make_tally_plan(const Experiment& experiment, const EventSource& source, TimeMs as_of);

}  // namespace tactful
