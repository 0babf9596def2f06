#pragma once

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Time-uniform boundaries of Howard, Ramdas, McAuliffe & Sekhon (2021) for a centred sum s with intrinsic time v.
/// Thread-safety: pure functions.
namespace tactful::stats {

/// Where a mixture is tightest.
struct MixtureTuning {
  double v_opt = 1.0;  ///< Intrinsic time, positive.
  Level alpha_opt;     ///< Level at which it is tightest.
};

struct MixtureBound {
  double parameter = 0.0;    ///< rho of the normal, r of the beta-binomial mixture.
  double bound = 0.0;        ///< s stays below it (two-sided: |s|) at all times with probability 1 - alpha.
  double log_mixture = 0.0;  ///< At s.
};

/// Errors: kInvalidArgument unless v is in [0, 1e12], v_opt in (0, 1e12] and s finite.
[[nodiscard]] Result<MixtureBound> normal_mixture(double v, double s, Level alpha, const MixtureTuning& tuning,
                                                  bool one_sided);

/// Sub-Bernoulli with steps in [-g, h]; the bound lies in [0, v/g]. Errors: as above, and g, h positive.
[[nodiscard]] Result<MixtureBound> beta_binomial_mixture(double v, double s, Level alpha, const MixtureTuning& tuning,
                                                         double g, double h, bool one_sided);

/// Confidence sequence of a Bernoulli rate by inverting the two-sided beta-binomial mixture, tightest at n_opt.
/// Errors: kInvalidArgument (x > n, n < 1, n_opt not positive).
[[nodiscard]] Result<Interval> bernoulli_sequence(double x, double n, Level alpha, double n_opt, Level alpha_opt);

/// Polynomial stitched boundary. Errors: kInvalidArgument (v < 0, v_min <= 0, c < 0, s <= 1, eta <= 1).
[[nodiscard]] Result<double> poly_stitching_bound(double v, double v_min, double c, double s, double eta, Level alpha);

}  // namespace tactful::stats
