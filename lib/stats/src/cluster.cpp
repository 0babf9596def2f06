#include "tactful/stats/cluster.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

struct Pieces {
  double difference = 0.0;
  double variance = 0.0;  // CR0
  std::int64_t clusters = 0;
  double units = 0.0;
};

Result<ClusterTest> finish(const Pieces& pieces, Level confidence, double null_difference,
                           ClusterCorrection correction) {
  if (!std::isfinite(null_difference)) return out_of_range("null_difference", null_difference, "finite");
  if (!(pieces.variance > 0.0)) {
    return insufficient("cluster_test", "no variance between clusters within the arms");
  }
  const double g = real(pieces.clusters);
  ClusterTest test;
  test.difference = pieces.difference;
  test.clusters = pieces.clusters;
  test.df = g - 1.0;
  test.se_cr0 = std::sqrt(pieces.variance);
  test.se_cr1 = std::sqrt(pieces.variance * g / (g - 1.0));
  test.se_cr1_stata = std::sqrt(pieces.variance * g / (g - 1.0) * ((pieces.units - 1.0) / (pieces.units - 2.0)));
  test.se = correction == ClusterCorrection::kCr0   ? test.se_cr0
            : correction == ClusterCorrection::kCr1 ? test.se_cr1
                                                    : test.se_cr1_stata;
  test.t = (test.difference - null_difference) / test.se;
  test.p = {student_t_two_sided(test.t, test.df), student_t_upper_tail(test.t, test.df),
            student_t_upper_tail(-test.t, test.df)};
  test.p_two_sided_normal = normal_two_sided(test.t);
  const double half = student_t_upper_quantile(tail_of(confidence), test.df) * test.se;
  test.interval = ordered(test.difference - half, test.difference + half);
  return test;
}

// Per cluster and arm (0 control, 1 treatment): units and sum of residuals.
struct ClusterSums {
  double size[2] = {0.0, 0.0};
  double residual[2] = {0.0, 0.0};
};

struct Grouped {
  std::vector<ClusterSums> clusters;
  double units[2] = {0.0, 0.0};
  double mean[2] = {0.0, 0.0};
};

Result<Grouped> group(std::span<const ClusterRow> rows) {
  Grouped grouped;
  for (const ClusterRow& row : rows) {
    const int arm = row.treated ? 1 : 0;
    grouped.mean[arm] += (row.outcome - grouped.mean[arm]) / ++grouped.units[arm];
  }
  if (grouped.units[0] == 0.0 || grouped.units[1] == 0.0) return insufficient("cluster_test", "an arm has no unit");
  if (rows.size() < 3) return insufficient("cluster_test", "fewer than three units");
  std::vector<const ClusterRow*> sorted;
  sorted.reserve(rows.size());
  for (const ClusterRow& row : rows) sorted.push_back(&row);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ClusterRow* a, const ClusterRow* b) { return a->cluster < b->cluster; });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i]->cluster != sorted[i - 1]->cluster) grouped.clusters.emplace_back();
    const int arm = sorted[i]->treated ? 1 : 0;
    grouped.clusters.back().size[arm] += 1.0;
    grouped.clusters.back().residual[arm] += sorted[i]->outcome - grouped.mean[arm];
  }
  if (grouped.clusters.size() < 2) return insufficient("cluster_test", "fewer than two clusters");
  return grouped;
}

}  // namespace

Result<ClusterMoments> ClusterMoments::from_sums(const Sums& sums) {
  const Int128 g = sums.clusters;
  const Int128 size_ss = g * sums.size_squared - Int128{sums.size} * sums.size;
  const Int128 total_ss = g * sums.total_squared - Int128{sums.total} * sums.total;
  if (sums.clusters < 0 || sums.size < sums.clusters || size_ss < 0 || total_ss < 0 ||
      (sums.clusters == 0 && (sums.size != 0 || sums.total != 0))) {
    return invalid_argument("sums", "these sums belong to no set of clusters");
  }
  ClusterMoments moments;
  if (sums.clusters == 0) return moments;
  const double n = real(sums.clusters);
  moments.clusters_ = sums.clusters;
  moments.mean_size_ = real(sums.size) / n;
  moments.mean_residual_ = real(sums.total) / n;
  moments.size_ss_ = static_cast<double>(size_ss) / n;
  moments.residual_ss_ = static_cast<double>(total_ss) / n;
  moments.cross_ss_ = static_cast<double>(g * sums.product - Int128{sums.size} * sums.total) / n;
  return moments;
}

void ClusterMoments::add(double size, double total) noexcept {
  if (clusters_ == 0) pivot_ = total / size;
  ++clusters_;
  const double n = real(clusters_);
  const double residual = std::fma(-pivot_, size, total);
  const double size_change = size - mean_size_;
  const double residual_change = residual - mean_residual_;
  mean_size_ += size_change / n;
  mean_residual_ += residual_change / n;
  size_ss_ += size_change * (size - mean_size_);
  residual_ss_ += residual_change * (residual - mean_residual_);
  cross_ss_ += size_change * (residual - mean_residual_);
}

void ClusterMoments::merge(const ClusterMoments& other) noexcept {
  if (other.clusters_ == 0) return;
  if (clusters_ == 0) {
    *this = other;
    return;
  }
  // The other's residuals around this pivot: e' = e + turn * m.
  const double turn = other.pivot_ - pivot_;
  const double other_mean = other.mean_residual_ + turn * other.mean_size_;
  const double other_ss = other.residual_ss_ + turn * (2.0 * other.cross_ss_ + turn * other.size_ss_);
  const double other_cross = other.cross_ss_ + turn * other.size_ss_;
  const double n = real(clusters_);
  const double m = real(other.clusters_);
  const double share = n * m / (n + m);
  const double size_change = other.mean_size_ - mean_size_;
  const double residual_change = other_mean - mean_residual_;
  size_ss_ += other.size_ss_ + size_change * size_change * share;
  residual_ss_ += other_ss + residual_change * residual_change * share;
  cross_ss_ += other_cross + size_change * residual_change * share;
  mean_size_ += size_change * (m / (n + m));
  mean_residual_ += residual_change * (m / (n + m));
  clusters_ += other.clusters_;
}

double ClusterMoments::units() const noexcept { return mean_size_ * real(clusters_); }
double ClusterMoments::total() const noexcept { return (pivot_ * mean_size_ + mean_residual_) * real(clusters_); }
double ClusterMoments::mean() const noexcept { return clusters_ == 0 ? 0.0 : pivot_ + mean_residual_ / mean_size_; }

double ClusterMoments::residual_sum_of_squares() const noexcept {
  if (clusters_ == 0) return 0.0;
  // Residuals around the mean sum to 0 over the arm, so centred moments give the plain sum of squares.
  const double turn = mean_residual_ / mean_size_;
  return std::max(0.0, residual_ss_ - turn * (2.0 * cross_ss_ - turn * size_ss_));
}

double ClusterMoments::variance_of_mean() const noexcept {
  if (clusters_ == 0) return 0.0;
  return residual_sum_of_squares() / (units() * units());
}

double ClusterMoments::size_cv() const noexcept {
  return clusters_ == 0 ? 0.0 : std::sqrt(size_ss_ / real(clusters_)) / mean_size_;
}

Result<ClusterTest> cluster_test(const ClusterMoments& control, const ClusterMoments& treatment, Level confidence,
                                 double null_difference, ClusterCorrection correction) {
  if (control.clusters() == 0 || treatment.clusters() == 0) {
    return insufficient("cluster_test", "an arm has no cluster");
  }
  Pieces pieces;
  pieces.clusters = control.clusters() + treatment.clusters();
  pieces.units = control.units() + treatment.units();
  if (pieces.clusters < 3) return insufficient("cluster_test", "fewer than three clusters");
  pieces.difference = treatment.mean() - control.mean();
  pieces.variance = control.variance_of_mean() + treatment.variance_of_mean();
  return finish(pieces, confidence, null_difference, correction);
}

Result<ClusterTest> cluster_test(std::span<const ClusterRow> rows, Level confidence, ClusterCorrection correction) {
  const auto grouped = group(rows);
  if (!grouped) return grouped.error();
  Pieces pieces;
  pieces.clusters = static_cast<std::int64_t>(grouped->clusters.size());
  pieces.units = grouped->units[0] + grouped->units[1];
  pieces.difference = grouped->mean[1] - grouped->mean[0];
  for (const ClusterSums& cluster : grouped->clusters) {
    const double influence = cluster.residual[1] / grouped->units[1] - cluster.residual[0] / grouped->units[0];
    pieces.variance += influence * influence;
  }
  return finish(pieces, confidence, 0.0, correction);
}

Result<Cr2> cluster_cr2(std::span<const ClusterRow> rows) {
  const auto grouped = group(rows);
  if (!grouped) return grouped.error();
  // With a binary regressor the hat matrix is 1/n within each arm, so the adjustment of a cluster is one factor per arm
  // and the sums over pairs of clusters separate.
  double variance = 0.0;
  double trace = 0.0;
  double diagonal = 0.0;
  double products[2][2] = {{0.0, 0.0}, {0.0, 0.0}};
  for (const ClusterSums& cluster : grouped->clusters) {
    double influence = 0.0;
    double own = 0.0;
    double x[2] = {0.0, 0.0};
    for (int arm = 0; arm < 2; ++arm) {
      const double n = grouped->units[arm];
      const double m = cluster.size[arm];
      if (m == 0.0) continue;
      if (m >= n) return insufficient("cluster_cr2", "an arm lies in a single cluster");
      const double factor = 1.0 / std::sqrt(1.0 - m / n);
      influence += (arm == 1 ? 1.0 : -1.0) * factor * cluster.residual[arm] / n;
      own += factor * factor * m / (n * n);
      x[arm] = factor * m / (n * std::sqrt(n));
    }
    const double same = x[0] * x[0] + x[1] * x[1];
    variance += influence * influence;
    trace += own - same;
    diagonal += own * (own - 2.0 * same);
    for (int a = 0; a < 2; ++a) {
      for (int b = 0; b < 2; ++b) products[a][b] += x[a] * x[b];
    }
  }
  double squares = diagonal;
  for (int a = 0; a < 2; ++a) {
    for (int b = 0; b < 2; ++b) squares += products[a][b] * products[a][b];
  }
  if (!(variance > 0.0) || !(squares > 0.0)) return insufficient("cluster_cr2", "no variance between clusters");
  return Cr2{std::sqrt(variance), trace * trace / squares};
}

}  // namespace tactful::stats
