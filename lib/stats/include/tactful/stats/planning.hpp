#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/test_result.hpp"

/// How many units, for how long, to find what effect. Sizes are real numbers for the control arm; treatment has `ratio`
/// times as many. Thread-safety: pure functions.
namespace tactful::stats {

/// What a test may err: alpha over `sides` tails, and the power wanted.
struct ErrorRates {
  Level alpha;
  Level power;
  int sides = 2;
};

struct ProportionSampleSize {
  double unpooled = 0.0;
  double pooled = 0.0;     ///< Fleiss, Levin & Paik 2003 without correction; R's power.prop.test.
  double corrected = 0.0;  ///< With continuity correction.
  double arcsine = 0.0;    ///< Cohen 1988.
  double cohen_h = 0.0;    ///< 2 asin sqrt p_t - 2 asin sqrt p_c.
};
/// Errors: kInvalidArgument (proportions, ratio, sides, power at most alpha per side); kInsufficientData when p_c =
/// p_t.
[[nodiscard]] Result<ProportionSampleSize> sample_size_proportions(double p_c, double p_t, const ErrorRates& rates,
                                                                   double ratio = 1.0);

struct NoninferioritySampleSize {
  double p_c_null = 0.0;
  double p_t_null = 0.0;
  double unpooled = 0.0;
  double farrington_manning = 0.0;
};
/// One-sided at rates.alpha (sides ignored). Errors: kInvalidArgument; kInsufficientData when the effect assumed lies
/// on the wrong side of the margin, so that no size suffices.
[[nodiscard]] Result<NoninferioritySampleSize> sample_size_noninferiority(double p_c, double p_t,
                                                                          double null_difference,
                                                                          Alternative alternative,
                                                                          const ErrorRates& rates, double ratio = 1.0);

struct ProportionPower {
  double unpooled = 0.0;
  double pooled = 0.0;
  double arcsine = 0.0;
};
/// Two-sided counts both tails. Errors: kInvalidArgument.
[[nodiscard]] Result<ProportionPower> power_proportions(double p_c, double p_t, double n_c, double n_t, Level alpha,
                                                        int sides);

/// Smallest difference found with the power asked for; nothing where no rate inside [0, 1] reaches it.
struct ProportionMde {
  std::optional<double> unpooled_up, unpooled_down;
  std::optional<double> pooled_up, pooled_down;
  double simple = 0.0;  ///< Control's variance in both arms.
};
[[nodiscard]] Result<ProportionMde> mde_proportions(double p_c, double n_c, double n_t, const ErrorRates& rates);

struct MeanSampleSize {
  double normal = 0.0;
  double student = 0.0;  ///< Exact by the noncentral t with equal variances (pooled sd^2 = mean of both); one tail.
};
/// Errors: kInvalidArgument; kInsufficientData when effect equals null_difference, or lies over
/// 1000 standard deviations from it.
[[nodiscard]] Result<MeanSampleSize> sample_size_means(double sd_c, double sd_t, double effect, double null_difference,
                                                       const ErrorRates& rates, double ratio = 1.0);

struct MeanMde {
  double mde = 0.0;
  std::optional<double> relative;  ///< Over the control mean; nothing when that is 0.
  double power_at_effect = 0.0;
};
[[nodiscard]] Result<MeanMde> mde_means(double mean_c, double sd_c, double sd_t, double n_c, double n_t, double effect,
                                        const ErrorRates& rates);

/// Several variants against one control, looks, covariate and clusters together.
struct MultiVariantPlan {
  int variants = 1;
  double p_c = 0.0;
  double p_t = 0.0;
  int looks = 1;
  Spending spending;
  double covariate_correlation = 0.0;
  double cluster_size = 1.0;
  double icc = 0.0;
};
struct MultiVariantSize {
  double per_arm_bonferroni = 0.0;
  double per_arm_sidak = 0.0;
  double dunnett_critical = 0.0;
  double per_arm_dunnett = 0.0;
  double sequential_inflation = 1.0;
  double per_arm_final = 0.0;  ///< Bonferroni x inflation x (1 - rho^2) x (1 + (m - 1) icc).
};
[[nodiscard]] Result<MultiVariantSize> size_multi_variant(const MultiVariantPlan& plan, const ErrorRates& rates);

/// Inflation by clusters of unequal size (Donner & Klar 2000; Eldridge, Ashby & Kerry 2006).
struct DesignEffect {
  double equal = 1.0;   ///< 1 + (m - 1) icc.
  double effect = 1.0;  ///< 1 + ((cv^2 + 1) m - 1) icc.
};
/// Errors: kInvalidArgument (mean size below 1, cv negative, icc outside [0, 1]).
[[nodiscard]] Result<DesignEffect> design_effect(double mean_cluster_size, double size_cv, double icc);

/// Weeks until n_total units arrived, when week j admits weekly_traffic times its fraction evenly; the last fraction
/// goes on, no fraction is all traffic. Nothing when it never comes. Errors: kInvalidArgument.
[[nodiscard]] Result<std::optional<double>> duration_weeks(double n_total, double weekly_traffic,
                                                           std::span<const double> ramp_fractions);

}  // namespace tactful::stats
