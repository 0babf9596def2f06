#pragma once

#include <cmath>
#include <utility>

/// Root finding on a bracket.
namespace tactful::stats {

/// Brent's method: a root of f in [a, b], where f(a) and f(b) have different signs (either may be 0). Stops when the
/// bracket is narrower than `tolerance` plus a few ulps of the root.
template <typename F>
[[nodiscard]] double find_root(const F& f, double a, double b, double fa, double fb, double tolerance) {
  if (fa == 0.0) return a;
  if (fb == 0.0) return b;
  double c = a;
  double fc = fa;
  double step = b - a;
  double previous = step;
  for (int iteration = 0; iteration < 300; ++iteration) {
    if (std::abs(fc) < std::abs(fb)) {
      a = b;
      b = c;
      c = a;
      fa = fb;
      fb = fc;
      fc = fa;
    }
    const double limit = 2.3e-16 * std::abs(b) + 0.5 * tolerance;
    const double middle = 0.5 * (c - b);
    if (std::abs(middle) <= limit || fb == 0.0) return b;
    if (std::abs(previous) >= limit && std::abs(fa) > std::abs(fb)) {
      const double s = fb / fa;
      double p = 0.0;
      double q = 0.0;
      if (a == c) {
        p = 2.0 * middle * s;
        q = 1.0 - s;
      } else {
        const double r = fa / fc;
        const double t = fb / fc;
        p = s * (2.0 * middle * r * (r - t) - (b - a) * (t - 1.0));
        q = (r - 1.0) * (t - 1.0) * (s - 1.0);
      }
      if (p > 0.0) q = -q;
      p = std::abs(p);
      if (2.0 * p < std::fmin(3.0 * middle * q - std::abs(limit * q), std::abs(previous * q))) {
        previous = step;
        step = p / q;
      } else {
        step = middle;
        previous = step;
      }
    } else {
      step = middle;
      previous = step;
    }
    a = b;
    fa = fb;
    b += std::abs(step) > limit ? step : std::copysign(limit, middle);
    fb = f(b);
    if ((fb > 0.0) == (fc > 0.0)) {
      c = a;
      fc = fa;
      step = b - a;
      previous = step;
    }
  }
  return b;
}

template <typename F>
[[nodiscard]] double find_root(const F& f, double a, double b, double tolerance = 0.0) {
  return find_root(f, a, b, f(a), f(b), tolerance);
}

/// A root of a decreasing f, searched from `start` with steps that double from `step`. At most 200 steps; the last
/// point reached is returned when the sign never changes.
template <typename F>
[[nodiscard]] double find_decreasing_root(const F& f, double start, double step, double tolerance) {
  double a = start;
  double fa = f(a);
  const double direction = fa > 0.0 ? 1.0 : -1.0;
  for (int i = 0; i < 200; ++i) {
    const double b = a + direction * step;
    const double fb = f(b);
    if ((fb > 0.0) != (fa > 0.0) || fb == 0.0) return find_root(f, a, b, fa, fb, tolerance);
    a = b;
    fa = fb;
    step *= 2.0;
  }
  return a;
}

}  // namespace tactful::stats
