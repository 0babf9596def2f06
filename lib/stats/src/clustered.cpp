#include "tactful/stats/clustered.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "support.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/quantiles.hpp"

namespace tactful::stats {
namespace {

constexpr std::int64_t kLeastClusters = 10;

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Uniform on 0 .. n - 1: draws past the largest multiple of n are thrown away.
  std::size_t below(std::uint64_t n) {
    const std::uint64_t excess = (0 - n) % n;
    for (;;) {
      const std::uint64_t draw = next();
      if (draw <= ~std::uint64_t{0} - excess) return static_cast<std::size_t>(draw % n);
    }
  }

 private:
  std::uint64_t state_;
};

// One arm sorted by value, with clusters numbered in the order of their labels.
class Arm {
 public:
  explicit Arm(std::span<const ClusteredValue> rows) {
    std::vector<std::int64_t> labels;
    for (const ClusteredValue& row : rows) labels.push_back(row.cluster);
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    clusters_ = labels.size();
    sizes_.resize(clusters_);
    times_.resize(clusters_);
    std::vector<ClusteredValue> sorted(rows.begin(), rows.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const ClusteredValue& a, const ClusteredValue& b) { return a.value < b.value; });
    for (const ClusteredValue& row : sorted) {
      const auto at = std::lower_bound(labels.begin(), labels.end(), row.cluster) - labels.begin();
      values_.push_back(row.value);
      cluster_.push_back(static_cast<std::size_t>(at));
      ++sizes_[static_cast<std::size_t>(at)];
    }
  }

  [[nodiscard]] std::int64_t clusters() const { return static_cast<std::int64_t>(clusters_); }
  [[nodiscard]] double quantile(double q) const { return quantile_type7(values_, q); }

  // Type 7 quantile of a sample of whole clusters with replacement.
  double resampled(SplitMix64& random, double q) {
    std::fill(times_.begin(), times_.end(), 0);
    std::int64_t n = 0;
    for (std::size_t i = 0; i < clusters_; ++i) {
      const std::size_t drawn = random.below(clusters_);
      ++times_[drawn];
      n += sizes_[drawn];
    }
    const double position = q * real(n - 1);
    const auto rank = static_cast<std::int64_t>(std::floor(position));
    const double fraction = position - real(rank);
    std::int64_t passed = 0;
    std::size_t i = 0;
    while (passed + times_[cluster_[i]] <= rank) passed += times_[cluster_[i++]];
    const double low = values_[i];
    if (fraction == 0.0) return low;
    while (passed + times_[cluster_[i]] <= rank + 1) passed += times_[cluster_[i++]];
    return low + fraction * (values_[i] - low);
  }

 private:
  std::vector<double> values_;
  std::vector<std::size_t> cluster_;
  std::vector<std::int64_t> sizes_;
  std::vector<std::int64_t> times_;
  std::size_t clusters_ = 0;
};

Status check(std::span<const ClusteredValue> rows, std::string_view name) {
  for (const ClusteredValue& row : rows) {
    if (!std::isfinite(row.value)) return out_of_range(name, row.value, "finite");
  }
  return {};
}

}  // namespace

Result<ClusteredQuantile> clustered_quantile_difference(std::span<const ClusteredValue> control,
                                                        std::span<const ClusteredValue> treatment, Level quantile,
                                                        Level confidence, const BootstrapPlan& plan) {
  for (const auto& status : {check(control, "y_c"), check(treatment, "y_t")}) {
    if (!status) return status.error();
  }
  if (plan.replicates < 200 || plan.replicates > 100'000) {
    return out_of_range("replicates", real(plan.replicates), "between 200 and 100,000");
  }
  const double work = static_cast<double>(control.size() + treatment.size()) * real(plan.replicates);
  if (work > real(kMaxBootstrapWork)) {
    return out_of_range("replicates", work, "at most 4,000,000,000 as values times replicates");
  }
  Arm c(control);
  Arm t(treatment);
  if (c.clusters() < kLeastClusters || t.clusters() < kLeastClusters) {
    return insufficient("clusters", "an arm has fewer than 10 clusters, resampling them says nothing");
  }
  ClusteredQuantile result;
  const double q = quantile.value();
  result.control = c.quantile(q);
  result.treatment = t.quantile(q);
  result.difference = result.treatment - result.control;
  result.clusters_control = c.clusters();
  result.clusters_treatment = t.clusters();
  SplitMix64 random(plan.seed);
  std::vector<double> differences;
  for (std::int64_t i = 0; i < plan.replicates; ++i) {
    const double from = c.resampled(random, q);
    differences.push_back(t.resampled(random, q) - from);
  }
  result.se = Moments::of(differences).sd();
  std::sort(differences.begin(), differences.end());
  const double tail = tail_of(confidence);
  result.interval = ordered(quantile_type7(differences, tail), quantile_type7(differences, 1.0 - tail));
  return result;
}

Result<ClusterSums> cluster_sums(std::span<const ClusteredRatio> rows) {
  struct Sum {
    double numerator = 0.0;
    double denominator = 0.0;
    bool treated = false;
  };
  std::map<std::int64_t, Sum> sums;
  for (const ClusteredRatio& row : rows) {
    if (!std::isfinite(row.numerator)) return out_of_range("num", row.numerator, "finite");
    if (!std::isfinite(row.denominator)) return out_of_range("den", row.denominator, "finite");
    const auto at = sums.try_emplace(row.cluster, Sum{0.0, 0.0, row.treated}).first;
    if (at->second.treated != row.treated) return invalid_argument("cluster", "a cluster has units in both arms");
    at->second.numerator += row.numerator;
    at->second.denominator += row.denominator;
  }
  ClusterSums result;
  for (const auto& entry : sums) {
    const Sum& sum = entry.second;
    (sum.treated ? result.treatment : result.control).add(sum.denominator, sum.numerator);
  }
  return result;
}

}  // namespace tactful::stats
