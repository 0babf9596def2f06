#include "tactful/stats/confidence_sequence.hpp"

#include <algorithm>
#include <cmath>

#include "roots.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

double best_rho(double v_opt, double alpha) {
  const double log_term = -2.0 * std::log(alpha);
  return v_opt / (log_term + std::log1p(log_term));
}

double tuned_rho(const MixtureTuning& tuning, bool one_sided) {
  return best_rho(tuning.v_opt, tuning.alpha_opt.value() * (one_sided ? 2.0 : 1.0));
}

Status check(double v, double s, const MixtureTuning& tuning, bool one_sided) {
  if (!(v >= 0.0 && v <= 1e12)) return out_of_range("v", v, "between 0 and 1e12");
  if (!std::isfinite(s)) return out_of_range("s", s, "finite");
  if (!(tuning.v_opt > 0.0 && tuning.v_opt <= 1e12))
    return out_of_range("v_opt", tuning.v_opt, "positive, at most 1e12");
  if (one_sided && tuning.alpha_opt.value() >= 0.5) {
    return out_of_range("alpha_opt", tuning.alpha_opt.value(), "below 0.5 for a one-sided bound");
  }
  return {};
}

}  // namespace

Result<MixtureBound> normal_mixture(double v, double s, Level alpha, const MixtureTuning& tuning, bool one_sided) {
  if (auto status = check(v, s, tuning, one_sided); !status) return status.error();
  const double rho = tuned_rho(tuning, one_sided);
  const auto log_mixture = [&](double x) {
    const double quadratic = x * x / (2.0 * (v + rho));
    if (!one_sided) return -0.5 * std::log1p(v / rho) + quadratic;
    const double root = x / std::sqrt(v + rho);
    return 0.5 * std::log(4.0 * rho / (v + rho)) + quadratic + log_normal_upper_tail(-root);
  };
  MixtureBound result;
  result.parameter = rho;
  result.log_mixture = log_mixture(s);
  const double threshold = -std::log(alpha.value());
  result.bound = std::sqrt((v + rho) * (std::log1p(v / rho) + 2.0 * threshold));
  if (one_sided) {
    const auto f = [&](double x) { return threshold - log_mixture(x); };
    const double scale = std::sqrt(v + rho);
    result.bound = find_decreasing_root(f, result.bound, 0.1 * scale, 1e-14 * scale);
  }
  return result;
}

Result<MixtureBound> beta_binomial_mixture(double v, double s, Level alpha, const MixtureTuning& tuning, double g,
                                           double h, bool one_sided) {
  if (auto status = check(v, s, tuning, one_sided); !status) return status.error();
  if (!(g > 0.0) || !std::isfinite(g)) return out_of_range("g", g, "positive and finite");
  if (!(h > 0.0) || !std::isfinite(h)) return out_of_range("h", h, "positive and finite");
  const double r = std::max(tuned_rho(tuning, one_sided) - g * h, 0.001 * g * h);
  const double x = one_sided ? h / (g + h) : 1.0;
  const auto log_incomplete = [&](double a, double b) {
    return special::log_beta(a, b) + (one_sided ? std::log(special::beta_lower(a, b, x)) : 0.0);
  };
  const double normalizer = log_incomplete(r / (g * (g + h)), r / (h * (g + h)));
  const auto log_mixture = [&](double sum) {
    return v / (g * h) * std::log(g + h) - (v + h * sum) / (h * (g + h)) * std::log(g) -
           (v - g * sum) / (g * (g + h)) * std::log(h) +
           log_incomplete((r + v - g * sum) / (g * (g + h)), (r + v + h * sum) / (h * (g + h))) - normalizer;
  };
  if (!(r + v - g * s > 0.0) || !(r + v + h * s > 0.0)) {
    return out_of_range("s", s, "inside what steps in [-g, h] can reach at this v");
  }
  MixtureBound result;
  result.parameter = r;
  result.log_mixture = log_mixture(s);
  const double end = v / g;
  const auto f = [&](double sum) { return log_mixture(sum) + std::log(alpha.value()); };
  const double at_end = f(end);
  const double at_start = f(0.0);
  result.bound = !(at_end > 0.0) || at_start > 0.0 ? (at_start > 0.0 ? 0.0 : end)
                                                   : find_root(f, 0.0, end, at_start, at_end, 1e-14 * end);
  return result;
}

Result<Interval> bernoulli_sequence(double x, double n, Level alpha, double n_opt, Level alpha_opt) {
  if (!(n >= 1.0) || !std::isfinite(n)) return out_of_range("n", n, "at least 1");
  if (!(x >= 0.0 && x <= n)) return out_of_range("x", x, "between 0 and n");
  if (!(n_opt > 0.0) || !std::isfinite(n_opt)) return out_of_range("n_opt", n_opt, "positive and finite");
  // With g = p, h = 1 - p and v_opt = p (1 - p) n_opt, r / (p (1 - p)) does not depend on p.
  const double kappa = std::max(best_rho(n_opt, alpha_opt.value()) - 1.0, 0.001);
  const double failures = n - x;
  // ln of the mixture over the null likelihood at p (q = 1 - p), less the threshold; p given by its log odds.
  const auto excess = [&](double log_odds) {
    const double log_p = -std::log1p(std::exp(-log_odds));
    const double log_q = -std::log1p(std::exp(log_odds));
    const double a = kappa * std::exp(log_p);
    const double b = kappa * std::exp(log_q);
    const double mixture = special::log_rising(a, x) + special::log_rising(b, failures) - special::log_rising(kappa, n);
    return mixture - x * log_p - failures * log_q + std::log(alpha.value());
  };
  const double centre = std::log((x + (x == 0.0 ? 0.5 : 0.0)) / (failures + (failures == 0.0 ? 0.5 : 0.0)));
  constexpr double kFar = 690.0;  // log odds of the smallest rate searched
  double low = 0.0;
  double high = 1.0;
  if (x > 0.0 && excess(-kFar) > 0.0) {
    low = 1.0 / (1.0 + std::exp(-find_root(excess, -kFar, centre, 1e-13)));
  }
  if (failures > 0.0 && excess(kFar) > 0.0) {
    high = 1.0 / (1.0 + std::exp(-find_root(excess, centre, kFar, 1e-13)));
  }
  return ordered(low, high);
}

Result<double> poly_stitching_bound(double v, double v_min, double c, double s, double eta, Level alpha) {
  if (!(v >= 0.0) || !std::isfinite(v)) return out_of_range("v", v, "finite and not negative");
  if (!(v_min > 0.0) || !std::isfinite(v_min)) return out_of_range("v_min", v_min, "positive and finite");
  if (!(c >= 0.0) || !std::isfinite(c)) return out_of_range("c", c, "finite and not negative");
  if (!(s > 1.0) || !std::isfinite(s)) return out_of_range("s", s, "above 1");
  if (!(eta > 1.0) || !std::isfinite(eta)) return out_of_range("eta", eta, "above 1");
  const double time = std::max(v, v_min);
  const double l = s * std::log(std::log(eta * time / v_min)) + std::log(special::zeta(s)) - std::log(alpha.value()) -
                   s * std::log(std::log(eta));
  const double root = std::sqrt(std::sqrt(eta));
  const double k1 = (root + 1.0 / root) / std::sqrt(2.0);
  const double k2 = (std::sqrt(eta) + 1.0) / 2.0;
  const double linear = k2 * c * l;
  return std::sqrt(k1 * k1 * time * l + linear * linear) + linear;
}

}  // namespace tactful::stats
