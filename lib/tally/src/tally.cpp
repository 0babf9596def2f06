#include "tactful/tally/tally.hpp"

#include <cmath>

namespace tactful {
namespace {

/// Rounded sum and its exact error (Knuth's TwoSum).
void two_sum(double a, double b, double& sum, double& error) noexcept {
  sum = a + b;
  const double part = sum - a;
  error = (a - (sum - part)) + (b - part);
}

}  // namespace

void PreciseSum::add(double x) noexcept { merge({x, 0.0}); }

void PreciseSum::add_product(double x, double y) noexcept {
  const double product = x * y;
  merge({product, std::fma(x, y, -product)});
}

void PreciseSum::merge(const PreciseSum& other) noexcept {
  double sum = 0.0;
  double error = 0.0;
  double low_sum = 0.0;
  double low_error = 0.0;
  two_sum(high, other.high, sum, error);
  two_sum(low, other.low, low_sum, low_error);
  error += low_sum;
  two_sum(sum, error, high, low);
  low += low_error;
  two_sum(high, low, sum, error);
  high = sum;
  low = error;
}

void UnitSums::add(double value) noexcept {
  ++units;
  sum.add(value);
  squares.add_product(value, value);
}

void UnitSums::merge(const UnitSums& other) noexcept {
  units += other.units;
  sum.merge(other.sum);
  squares.merge(other.squares);
}

void ClusterSums::add(double size_of_cluster, double total_of_cluster) noexcept {
  ++clusters;
  size.add(size_of_cluster);
  total.add(total_of_cluster);
  size_squares.add_product(size_of_cluster, size_of_cluster);
  total_squares.add_product(total_of_cluster, total_of_cluster);
  size_total.add_product(size_of_cluster, total_of_cluster);
}

void ClusterSums::merge(const ClusterSums& other) noexcept {
  clusters += other.clusters;
  size.merge(other.size);
  total.merge(other.total);
  size_squares.merge(other.size_squares);
  total_squares.merge(other.total_squares);
  size_total.merge(other.size_total);
}

}  // namespace tactful
