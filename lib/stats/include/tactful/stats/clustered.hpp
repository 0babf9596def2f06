#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/paired_moments.hpp"

/// Quantiles and ratios of units that were randomised in clusters. Clusters are nested in arms.
/// Thread-safety: pure functions.
namespace tactful::stats {

/// One unit: its outcome and the label of its cluster within the arm.
struct ClusteredValue {
  double value = 0.0;
  std::int64_t cluster = 0;
};

struct BootstrapPlan {
  std::uint64_t seed = 1;          ///< The same seed gives the same digits on every machine.
  std::int64_t replicates = 2000;  ///< 200 to 100,000; the bounds' own error falls with its root.
};

/// Most values times replicates that one call accepts.
inline constexpr std::int64_t kMaxBootstrapWork = 4'000'000'000;

struct ClusteredQuantile {
  double control = 0.0;  ///< Type 7 quantile.
  double treatment = 0.0;
  double difference = 0.0;
  std::int64_t clusters_control = 0;
  std::int64_t clusters_treatment = 0;
  double se = 0.0;    ///< Standard deviation of the replicates.
  Interval interval;  ///< Percentiles (type 7) of the replicates' differences.
};

/// Difference of a quantile with a percentile interval from resampling whole clusters with replacement in each arm.
/// Source: Davison & Hinkley 1997, section 3.8 (resampling at the randomised level); generator splitmix64 (Steele, Lea
/// & Flood 2014), bounded without bias by rejection.
/// Errors: kInvalidArgument (value not finite, replicates, values times replicates above kMaxBootstrapWork);
/// kInsufficientData when an arm has fewer than 10 clusters.
/// Guarantee: asymptotic in the number of clusters; with 30 per arm about its level, below that a little short.
/// Cost: O(n log n + n replicates).
[[nodiscard]] Result<ClusteredQuantile> clustered_quantile_difference(std::span<const ClusteredValue> control,
                                                                      std::span<const ClusteredValue> treatment,
                                                                      Level quantile, Level confidence,
                                                                      const BootstrapPlan& plan);

/// One unit of a ratio metric, `denominator` 1 for a mean per unit.
struct ClusteredRatio {
  double numerator = 0.0;
  double denominator = 1.0;
  bool treated = false;
  std::int64_t cluster = 0;
};

/// Sums within clusters as pairs (denominator, numerator), one per cluster: ratio_metric_test() on them is the
/// cluster-robust delta method for the ratio, its difference and its relative lift (variance factor G/(G-1) per arm).
/// The pairs merge over disjoint clusters, so a tally of cluster sums can be handed in directly.
struct ClusterSums {
  PairedMoments control;
  PairedMoments treatment;
};
/// Errors: kInvalidArgument (value not finite, a cluster in both arms).
[[nodiscard]] Result<ClusterSums> cluster_sums(std::span<const ClusteredRatio> rows);

}  // namespace tactful::stats
