#pragma once

#include <cstdint>
#include <random>

namespace tactful::simulation {

/// Seeded randomness. The engine is portable by standard; the distributions are our own, since those of the standard
/// library differ between implementations.
/// Thread-safety: one thread at a time.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] std::uint64_t bits() { return engine_(); }
  /// In [0, 1), 53 bits.
  [[nodiscard]] double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  /// In [0, n), n > 0.
  [[nodiscard]] std::size_t below(std::size_t n);
  /// Exponential of this mean given that it is under `limit`; by inversion.
  [[nodiscard]] double truncated_exponential(double mean, double limit);
  /// Binomial(n, p), exact up to double rounding: inversion for small means, else transformed rejection (BTRS;
  /// Hormann, The generation of binomial random variates, J. Statist. Comput. Simul. 46, 1993).
  [[nodiscard]] std::int64_t binomial(std::int64_t n, double p);

 private:
  [[nodiscard]] std::int64_t binomial_by_inversion(std::int64_t n, double p);
  [[nodiscard]] std::int64_t binomial_by_rejection(std::int64_t n, double p);

  std::mt19937_64 engine_;
};

}  // namespace tactful::simulation
