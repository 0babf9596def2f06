#pragma once

#include <span>
#include <vector>

/// The recursion behind every group-sequential quantity (Armitage, McPherson & Rowe 1969; Jennison & Turnbull 2000,
/// ch. 19), on the Brownian scale B(t) = Z sqrt(t).
namespace tactful::stats {

/// Walks through the looks one by one: the density of B(t) over paths that have not stopped, on Gauss-Legendre panels
/// whose width follows the smaller of the neighbouring steps of information, so that close looks stay resolved.
class SequentialWalk {
 public:
  /// `information`: strictly increasing and positive.
  SequentialWalk(std::span<const double> information, double drift);

  /// P(no exit before this look, Z >= z) and P(no exit before, Z <= z).
  [[nodiscard]] double upper_exit(double z) const;
  [[nodiscard]] double lower_exit(double z) const;
  /// Continues for Z in (lower, upper) and moves to the next look. Either end may be infinite. At the last look nothing
  /// is left to do.
  void advance(double lower, double upper);

  [[nodiscard]] std::size_t look() const noexcept { return look_; }

 private:
  [[nodiscard]] double exit(double z, bool upper) const;
  [[nodiscard]] double density(double y) const;

  std::vector<double> information_;
  double drift_ = 0.0;
  std::size_t look_ = 0;
  // Density of the look before, times quadrature weight, at sorted nodes; empty at the first look.
  std::vector<double> node_;
  std::vector<double> mass_;
};

}  // namespace tactful::stats
