#include "tactful/stats/anytime.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"

namespace tactful::stats {
namespace {

Status check_positive(std::string_view name, double value) {
  if (!(value > 0.0) || !std::isfinite(value)) return out_of_range(name, value, "positive and finite");
  return {};
}

double tuned_rho(double alpha, double n_opt) {
  const double log_alpha = -2.0 * std::log(alpha);
  return std::sqrt((log_alpha + std::log1p(log_alpha)) / n_opt);
}

// -W_{-1}(-a^2 / e): the u > 1 with u - ln u = 1 - 2 ln a.
double lambert(double alpha) {
  const double target = 1.0 - 2.0 * std::log(alpha);
  double u = target + std::log(target);
  for (int i = 0; i < 50; ++i) {
    const double change = (u - std::log(u) - target) / (1.0 - 1.0 / u);
    u -= change;
    if (std::abs(change) < 1e-16 * u) break;
  }
  return u;
}

double half_width(double se, double n, double rho, double alpha) {
  const double t = n * rho * rho;
  // s = sqrt(n) se, and s sqrt(2 (t + 1) / (n rho)^2 L) = se sqrt(2 (t + 1) / t L).
  return se * std::sqrt(2.0 * (t + 1.0) / t * (0.5 * std::log1p(t) - std::log(alpha)));
}

double half_width_one_sided(double se, double n, double rho, double alpha) {
  const double t = n * rho * rho;
  return se * std::sqrt(2.0 * (t + 1.0) / t * std::log1p(std::sqrt(t + 1.0) / (2.0 * alpha)));
}

}  // namespace

Result<AsymptoticSequence> asymptotic_sequence(double estimate, double se, double n, Level alpha, double n_opt,
                                               double null_value) {
  if (!std::isfinite(estimate)) return out_of_range("estimate", estimate, "finite");
  if (!std::isfinite(null_value)) return out_of_range("null", null_value, "finite");
  if (auto status = check_positive("se", se); !status) return status.error();
  if (auto status = check_positive("n", n); !status) return status.error();
  if (auto status = check_positive("n_opt", n_opt); !status) return status.error();
  const double a = alpha.value();
  AsymptoticSequence result;
  result.rho = tuned_rho(a, n_opt);
  result.half_width = half_width(se, n, result.rho, a);
  result.interval = ordered(estimate - result.half_width, estimate + result.half_width);
  const double t = n * result.rho * result.rho;
  const double z = (estimate - null_value) / se;
  result.log_e = t * z * z / (2.0 * (t + 1.0)) - 0.5 * std::log1p(t);
  result.p_value = std::min(1.0, std::exp(-result.log_e));
  // At levels from one half on the one-sided tuning has no optimum; there the two-sided one is kept.
  result.rho_one_sided = 2.0 * a < 1.0 ? tuned_rho(2.0 * a, n_opt) : result.rho;
  result.half_width_one_sided = half_width_one_sided(se, n, result.rho_one_sided, a);
  result.lower_one_sided = estimate - result.half_width_one_sided;
  result.upper_one_sided = estimate + result.half_width_one_sided;
  result.rho_exact = std::sqrt((lambert(a) - 1.0) / n_opt);
  result.half_width_rho_exact = half_width(se, n, result.rho_exact, a);
  return result;
}

Result<AsymptoticStream> asymptotic_stream(std::span<const Snapshot> snapshots, Level alpha, double n_opt) {
  if (snapshots.empty()) return invalid_argument("n", "at least one snapshot is needed");
  AsymptoticStream stream;
  double before = 0.0;
  SnapshotState running;
  running.running_low = -kInfinity;
  running.running_high = kInfinity;
  for (const Snapshot& snapshot : snapshots) {
    if (snapshot.n < before) return out_of_range("n", snapshot.n, "not below the snapshot before");
    before = snapshot.n;
    const auto sequence = asymptotic_sequence(snapshot.estimate, snapshot.se, snapshot.n, alpha, n_opt);
    if (!sequence) return sequence.error();
    running.low = sequence->interval.low();
    running.high = sequence->interval.high();
    running.running_low = std::max(running.running_low, running.low);
    running.running_high = std::min(running.running_high, running.high);
    running.running_p = std::min(running.running_p, sequence->p_value);
    stream.states.push_back(running);
    if (stream.first_rejection == 0 && running.running_p <= alpha.value()) {
      stream.first_rejection = static_cast<int>(stream.states.size());
    }
  }
  return stream;
}

Result<MixtureTest> mixture_sprt(double estimate, double se, double tau2, Level alpha, double null_value) {
  if (!std::isfinite(estimate)) return out_of_range("estimate", estimate, "finite");
  if (!std::isfinite(null_value)) return out_of_range("null", null_value, "finite");
  if (auto status = check_positive("se", se); !status) return status.error();
  if (auto status = check_positive("tau2", tau2); !status) return status.error();
  const double ratio = tau2 / se / se;
  const double z = (estimate - null_value) / se;
  MixtureTest test;
  test.log_e = -0.5 * std::log1p(ratio) + 0.5 * z * z * (ratio / (1.0 + ratio));
  test.p_value = std::min(1.0, std::exp(-test.log_e));
  test.half_width = se * std::sqrt((1.0 + ratio) / ratio * (std::log1p(ratio) - 2.0 * std::log(alpha.value())));
  test.interval = ordered(estimate - test.half_width, estimate + test.half_width);
  return test;
}

}  // namespace tactful::stats
