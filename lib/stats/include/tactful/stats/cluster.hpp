#pragma once

#include <cstdint>
#include <span>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/test_result.hpp"

/// Means of units that were randomised in clusters (households, tickets, agent-shifts).
/// Thread-safety: pure functions; ClusterMoments is a value.
namespace tactful::stats {

/// Sufficient statistics of one arm over its clusters: number of clusters, and the centred first and second moments of
/// cluster size m (units) and cluster total y (sum of the outcome). Mergeable over disjoint sets of clusters.
class ClusterMoments {
 public:
  ClusterMoments() = default;

  /// Exact sums over clusters of a count outcome, as a tally keeps them.
  struct Sums {
    std::int64_t clusters = 0;
    std::int64_t size = 0;           ///< Sum of m: units.
    std::int64_t total = 0;          ///< Sum of y.
    std::int64_t size_squared = 0;   ///< Sum of m^2.
    std::int64_t total_squared = 0;  ///< Sum of y^2.
    std::int64_t product = 0;        ///< Sum of m y.
    bool operator==(const Sums&) const = default;
  };
  /// Centred in whole numbers (128 bit), so that no digit is lost.
  /// Errors: kInvalidArgument when no set of clusters has such sums.
  [[nodiscard]] static Result<ClusterMoments> from_sums(const Sums& sums);

  /// One cluster: its units (> 0) and the sum of their outcome (finite).
  void add(double size, double total) noexcept;
  void merge(const ClusterMoments& other) noexcept;

  [[nodiscard]] std::int64_t clusters() const noexcept { return clusters_; }
  [[nodiscard]] double units() const noexcept;
  [[nodiscard]] double total() const noexcept;
  /// Mean of the outcome per unit; 0 without units.
  [[nodiscard]] double mean() const noexcept;
  /// Sum over clusters of (y - mean m)^2, never negative.
  [[nodiscard]] double residual_sum_of_squares() const noexcept;
  /// Uncorrected (CR0) cluster-robust variance of mean().
  [[nodiscard]] double variance_of_mean() const noexcept;
  [[nodiscard]] double mean_size() const noexcept { return mean_size_; }
  /// Population standard deviation of cluster sizes over their mean.
  [[nodiscard]] double size_cv() const noexcept;

  bool operator==(const ClusterMoments&) const = default;

 private:
  // Totals are kept as deviations from pivot_ * size: an outcome around 1e9 per unit then cancels nothing.
  std::int64_t clusters_ = 0;
  double pivot_ = 0.0;
  double mean_size_ = 0.0;
  double mean_residual_ = 0.0;
  double size_ss_ = 0.0;
  double residual_ss_ = 0.0;
  double cross_ss_ = 0.0;
};

/// Small-sample factor on the sandwich variance: none, G/(G-1), or G/(G-1) (N-1)/(N-2) (Stata, statsmodels).
enum class ClusterCorrection { kCr0, kCr1, kCr1Stata };

struct ClusterTest {
  double difference = 0.0;    ///< Mean per unit, treatment minus control.
  std::int64_t clusters = 0;  ///< Both arms.
  double se_cr0 = 0.0;
  double se_cr1 = 0.0;
  double se_cr1_stata = 0.0;
  double se = 0.0;  ///< The one chosen; t, p and interval use it.
  double t = 0.0;   ///< (difference - null) / se.
  double df = 0.0;  ///< G - 1.
  PValues p;        ///< Student t.
  double p_two_sided_normal = 1.0;
  Interval interval;
};

/// Cluster-robust test of H0: mean_t - mean_c = null_difference, clusters nested in arms.
/// Guarantee: asymptotic in the number of clusters; below about 20 an arm it is only approximate.
/// Errors: kInsufficientData when an arm has no cluster, both together fewer than three, or no residual varies.
[[nodiscard]] Result<ClusterTest> cluster_test(const ClusterMoments& control, const ClusterMoments& treatment,
                                               Level confidence, double null_difference = 0.0,
                                               ClusterCorrection correction = ClusterCorrection::kCr1Stata);

/// One unit of a clustered sample; `cluster` is any label.
struct ClusterRow {
  double outcome = 0.0;
  bool treated = false;
  std::int64_t cluster = 0;
};

/// The same from rows, where a cluster may also have units in both arms. Errors: kInsufficientData when an arm is
/// empty, there are fewer than two clusters or three units, or no residual varies.
[[nodiscard]] Result<ClusterTest> cluster_test(std::span<const ClusterRow> rows, Level confidence,
                                               ClusterCorrection correction = ClusterCorrection::kCr1Stata);

/// Bias-reduced CR2 standard error and its degrees of freedom (Bell & McCaffrey 2002), for few clusters.
struct Cr2 {
  double se = 0.0;
  double df = 0.0;
};
/// O(rows log rows). Errors: kInsufficientData when an arm is empty or lies in a single cluster.
[[nodiscard]] Result<Cr2> cluster_cr2(std::span<const ClusterRow> rows);

}  // namespace tactful::stats
