#include "tactful/stats/planning.hpp"

#include <algorithm>
#include <cmath>

#include "roots.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/dunnett.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::stats {
namespace {

Status check_rates(const ErrorRates& rates) {
  if (rates.sides != 1 && rates.sides != 2) return out_of_range("sided", rates.sides, "1 or 2");
  if (!(rates.power.value() > rates.alpha.value() / rates.sides)) {
    return out_of_range("power", rates.power.value(), "above alpha per side");
  }
  return {};
}

Status check_proportion(std::string_view name, double p) {
  if (!(p >= 0.0 && p <= 1.0)) return out_of_range(name, p, "between 0 and 1");
  return {};
}

Status check_positive(std::string_view name, double value) {
  if (!(value > 0.0) || !std::isfinite(value)) return out_of_range(name, value, "positive and finite");
  return {};
}

double z_alpha(const ErrorRates& rates) { return normal_upper_quantile(rates.alpha.value() / rates.sides); }
double z_power(const ErrorRates& rates) { return normal_quantile(rates.power.value()); }
double square(double x) { return x * x; }

// 2 asin sqrt p_t - 2 asin sqrt p_c without the cancellation of the two angles.
double arcsine_effect(double p_c, double p_t) {
  const double a = std::sqrt(p_t * (1.0 - p_c));
  const double b = std::sqrt(p_c * (1.0 - p_t));
  const double sum = a + b;
  return sum == 0.0 ? 0.0 : 2.0 * std::asin(std::clamp((p_t - p_c) / sum, -1.0, 1.0));
}

// Both tails of a normal test when two-sided: Q(z - shift) + Q(z + shift).
double tails(double z, double shift, int sides) {
  return normal_upper_tail(z - shift) + (sides == 2 ? normal_upper_tail(z + shift) : 0.0);
}

}  // namespace

Result<ProportionSampleSize> sample_size_proportions(double p_c, double p_t, const ErrorRates& rates, double ratio) {
  for (const auto& status : {check_rates(rates), check_proportion("p_c", p_c), check_proportion("p_t", p_t),
                             check_positive("ratio", ratio)}) {
    if (!status) return status.error();
  }
  const double d = std::abs(p_t - p_c);
  if (d == 0.0) return insufficient("p_t", "p_t equals p_c, no sample is large enough to find no difference");
  const double za = z_alpha(rates);
  const double zb = z_power(rates);
  const double v_c = p_c * (1.0 - p_c);
  const double v_t = p_t * (1.0 - p_t);
  const double mean = (p_c + ratio * p_t) / (1.0 + ratio);
  ProportionSampleSize size;
  size.unpooled = square(za + zb) * (v_c + v_t / ratio) / (d * d);
  size.pooled =
      square(za * std::sqrt((ratio + 1.0) * mean * (1.0 - mean)) + zb * std::sqrt(ratio * v_c + v_t)) / (ratio * d * d);
  size.corrected = 0.25 * size.pooled * square(1.0 + std::sqrt(1.0 + 2.0 * (ratio + 1.0) / (size.pooled * ratio * d)));
  size.cohen_h = arcsine_effect(p_c, p_t);
  size.arcsine = square(za + zb) * (1.0 + 1.0 / ratio) / square(size.cohen_h);
  return size;
}

Result<NoninferioritySampleSize> sample_size_noninferiority(double p_c, double p_t, double null_difference,
                                                            Alternative alternative, const ErrorRates& rates,
                                                            double ratio) {
  for (const auto& status : {check_rates({rates.alpha, rates.power, 1}), check_proportion("p_c", p_c),
                             check_proportion("p_t", p_t), check_positive("ratio", ratio)}) {
    if (!status) return status.error();
  }
  if (!(null_difference > -1.0 && null_difference < 1.0)) {
    return out_of_range("null_diff", null_difference, "strictly between -1 and 1");
  }
  if (alternative == Alternative::kTwoSided) return invalid_argument("alternative", "alternative must be one-sided");
  const double distance = (p_t - p_c - null_difference) * (alternative == Alternative::kGreater ? 1.0 : -1.0);
  if (!(distance > 0.0)) {
    return insufficient("null_diff", "the assumed effect lies on the wrong side of the margin, no sample is enough");
  }
  const double za = normal_upper_quantile(rates.alpha.value());
  const double zb = z_power(rates);
  const ConstrainedProportions null = constrained_by_difference(p_c, 1.0, p_t, ratio, null_difference);
  const double v1 = p_c * (1.0 - p_c) + p_t * (1.0 - p_t) / ratio;
  const double v0 = null.control * (1.0 - null.control) + null.treatment * (1.0 - null.treatment) / ratio;
  NoninferioritySampleSize size;
  size.p_c_null = null.control;
  size.p_t_null = null.treatment;
  size.unpooled = square(za + zb) * v1 / square(distance);
  size.farrington_manning = square((za * std::sqrt(v0) + zb * std::sqrt(v1)) / distance);
  return size;
}

Result<ProportionPower> power_proportions(double p_c, double p_t, double n_c, double n_t, Level alpha, int sides) {
  for (const auto& status : {check_proportion("p_c", p_c), check_proportion("p_t", p_t), check_positive("n_c", n_c),
                             check_positive("n_t", n_t)}) {
    if (!status) return status.error();
  }
  if (sides != 1 && sides != 2) return out_of_range("sided", sides, "1 or 2");
  const double z = normal_upper_quantile(alpha.value() / sides);
  const double d = std::abs(p_t - p_c);
  const double se = std::sqrt(p_c * (1.0 - p_c) / n_c + p_t * (1.0 - p_t) / n_t);
  const double mean = (n_c * p_c + n_t * p_t) / (n_c + n_t);
  const double se_null = std::sqrt(mean * (1.0 - mean) * (1.0 / n_c + 1.0 / n_t));
  ProportionPower power;
  if (se > 0.0) {
    power.unpooled = tails(z, d / se, sides);
    power.pooled =
        normal_upper_tail((z * se_null - d) / se) + (sides == 2 ? normal_upper_tail((z * se_null + d) / se) : 0.0);
  } else {  // both rates are 0 or 1: the outcome is certain
    power.unpooled = d > 0.0 ? 1.0 : 0.0;
    power.pooled = d > z * se_null ? 1.0 : 0.0;
  }
  power.arcsine = tails(z, std::abs(arcsine_effect(p_c, p_t)) / std::sqrt(1.0 / n_c + 1.0 / n_t), sides);
  return power;
}

Result<ProportionMde> mde_proportions(double p_c, double n_c, double n_t, const ErrorRates& rates) {
  for (const auto& status :
       {check_rates(rates), check_proportion("p_c", p_c), check_positive("n_c", n_c), check_positive("n_t", n_t)}) {
    if (!status) return status.error();
  }
  const double za = z_alpha(rates);
  const double zb = z_power(rates);
  const double v_c = p_c * (1.0 - p_c);
  const auto needed = [&](double p_t, bool pooled) {
    const double se = std::sqrt(v_c / n_c + p_t * (1.0 - p_t) / n_t);
    if (!pooled) return (za + zb) * se;
    const double mean = (n_c * p_c + n_t * p_t) / (n_c + n_t);
    return za * std::sqrt(mean * (1.0 - mean) * (1.0 / n_c + 1.0 / n_t)) + zb * se;
  };
  const auto search = [&](double sign, bool pooled) -> std::optional<double> {
    const double room = sign > 0.0 ? 1.0 - p_c : p_c;
    const auto short_by = [&](double d) { return needed(std::clamp(p_c + sign * d, 0.0, 1.0), pooled) - d; };
    // The need is concave in d, so there is one crossing or none.
    if (room <= 0.0 || short_by(room) > 0.0) return std::nullopt;
    return sign * find_root(short_by, 0.0, room, 1e-18);
  };
  ProportionMde mde;
  mde.unpooled_up = search(1.0, false);
  mde.unpooled_down = search(-1.0, false);
  mde.pooled_up = search(1.0, true);
  mde.pooled_down = search(-1.0, true);
  mde.simple = (za + zb) * std::sqrt(v_c * (1.0 / n_c + 1.0 / n_t));
  return mde;
}

Result<MeanSampleSize> sample_size_means(double sd_c, double sd_t, double effect, double null_difference,
                                         const ErrorRates& rates, double ratio) {
  for (const auto& status : {check_rates(rates), check_positive("sd_c", sd_c), check_positive("sd_t", sd_t),
                             check_positive("ratio", ratio)}) {
    if (!status) return status.error();
  }
  if (!std::isfinite(effect)) return out_of_range("effect", effect, "finite");
  if (!std::isfinite(null_difference)) return out_of_range("null_diff", null_difference, "finite");
  const double distance = std::abs(effect - null_difference);
  if (distance == 0.0) return insufficient("effect", "effect equals null_diff, no sample is large enough");
  MeanSampleSize size;
  const double variance = sd_c * sd_c + sd_t * sd_t / ratio;
  size.normal = square(z_alpha(rates) + z_power(rates)) * variance / square(distance);
  const double sd = std::sqrt(0.5 * (sd_c * sd_c + sd_t * sd_t));
  const double tail = rates.alpha.value() / rates.sides;
  const auto missing = [&](double log_df) {
    const double df = std::exp(log_df);
    const double n = (df + 2.0) / (1.0 + ratio);
    const double critical = student_t_upper_quantile(tail, df);
    const double noncentrality = distance / (sd * std::sqrt((1.0 + 1.0 / ratio) / n));
    if (df > 1e7) return rates.power.value() - normal_upper_tail(critical - noncentrality);
    return rates.power.value() - special::noncentral_t_upper_tail(critical, df, noncentrality);
  };
  // An effect so large that one degree of freedom is already more than enough asks no question about a sample size.
  if (!(distance / sd < 1e3)) {
    return insufficient("effect", "the effect is over 1000 standard deviations, no sample size is meaningful");
  }
  const double start = std::log(std::max(0.5, size.normal * (1.0 + ratio) - 1.0));
  size.student = (std::exp(find_decreasing_root(missing, start, 0.05, 1e-11)) + 2.0) / (1.0 + ratio);
  return size;
}

Result<MeanMde> mde_means(double mean_c, double sd_c, double sd_t, double n_c, double n_t, double effect,
                          const ErrorRates& rates) {
  for (const auto& status : {check_rates(rates), check_positive("sd_c", sd_c), check_positive("sd_t", sd_t),
                             check_positive("n_c", n_c), check_positive("n_t", n_t)}) {
    if (!status) return status.error();
  }
  if (!std::isfinite(mean_c)) return out_of_range("mean_c", mean_c, "finite");
  if (!std::isfinite(effect)) return out_of_range("effect", effect, "finite");
  const double se = std::sqrt(sd_c * sd_c / n_c + sd_t * sd_t / n_t);
  MeanMde result;
  result.mde = (z_alpha(rates) + z_power(rates)) * se;
  if (mean_c != 0.0) result.relative = result.mde / mean_c;
  result.power_at_effect = tails(z_alpha(rates), std::abs(effect) / se, rates.sides);
  return result;
}

Result<MultiVariantSize> size_multi_variant(const MultiVariantPlan& plan, const ErrorRates& rates) {
  for (const auto& status :
       {check_rates(rates), check_proportion("p_c", plan.p_c), check_proportion("p_t", plan.p_t)}) {
    if (!status) return status.error();
  }
  if (plan.variants < 1 || plan.variants > 1000) return out_of_range("variants", plan.variants, "between 1 and 1000");
  if (plan.looks < 1 || plan.looks > 1000) return out_of_range("looks", plan.looks, "between 1 and 1000");
  if (!(plan.covariate_correlation > -1.0 && plan.covariate_correlation < 1.0)) {
    return out_of_range("cuped_rho", plan.covariate_correlation, "strictly between -1 and 1");
  }
  const double d = plan.p_t - plan.p_c;
  if (d == 0.0) return insufficient("p_t", "p_t equals p_c, no sample is large enough to find no difference");
  const auto cluster = design_effect(plan.cluster_size, 0.0, plan.icc);
  if (!cluster) return cluster.error();
  const double k = plan.variants;
  const double variance = plan.p_c * (1.0 - plan.p_c) + plan.p_t * (1.0 - plan.p_t);
  const double zb = z_power(rates);
  const auto size = [&](double critical) { return square(critical + zb) * variance / square(d); };
  const double alpha = rates.alpha.value();
  const auto share = Level::make(alpha / k, "alpha");
  const auto conf = Level::make(1.0 - alpha, "alpha");
  if (!share) return share.error();
  if (!conf) return conf.error();

  MultiVariantSize result;
  result.per_arm_bonferroni = size(normal_upper_quantile(share->value() / rates.sides));
  result.per_arm_sidak = size(normal_upper_quantile(-std::expm1(std::log1p(-alpha) / k) / rates.sides));
  const DunnettFamily family{std::vector<double>(static_cast<std::size_t>(plan.variants), std::sqrt(0.5)), kInfinity,
                             rates.sides == 2 ? Alternative::kTwoSided : Alternative::kGreater};
  const auto critical = dunnett_critical_value(family, *conf);
  if (!critical) return critical.error();
  result.dunnett_critical = *critical;
  result.per_arm_dunnett = size(*critical);
  if (plan.looks > 1) {
    SequentialPlan looks{{}, {}, *share, rates.sides, plan.spending};
    for (int i = 1; i <= plan.looks; ++i) looks.spending_times.push_back(static_cast<double>(i) / plan.looks);
    const auto design = sequential_design(looks, rates.power);
    if (!design) return design.error();
    result.sequential_inflation = design->inflation_factor;
  }
  result.per_arm_final = result.per_arm_bonferroni * result.sequential_inflation *
                         (1.0 - square(plan.covariate_correlation)) * cluster->equal;
  return result;
}

Result<DesignEffect> design_effect(double mean_cluster_size, double size_cv, double icc) {
  if (!(mean_cluster_size >= 1.0) || !std::isfinite(mean_cluster_size)) {
    return out_of_range("mean_cluster_size", mean_cluster_size, "at least 1");
  }
  if (!(size_cv >= 0.0) || !std::isfinite(size_cv)) {
    return out_of_range("cluster_size_cv", size_cv, "finite and not negative");
  }
  if (!(icc >= 0.0 && icc <= 1.0)) return out_of_range("icc", icc, "between 0 and 1");
  DesignEffect effect;
  effect.equal = 1.0 + (mean_cluster_size - 1.0) * icc;
  effect.effect = 1.0 + ((size_cv * size_cv + 1.0) * mean_cluster_size - 1.0) * icc;
  return effect;
}

Result<std::optional<double>> duration_weeks(double n_total, double weekly_traffic,
                                             std::span<const double> ramp_fractions) {
  if (!(n_total >= 0.0) || !std::isfinite(n_total)) return out_of_range("n_total", n_total, "finite and not negative");
  if (auto status = check_positive("weekly_traffic", weekly_traffic); !status) return status.error();
  for (const double fraction : ramp_fractions) {
    if (!(fraction >= 0.0 && fraction <= 1.0)) return out_of_range("ramp_fractions", fraction, "between 0 and 1");
  }
  double left = n_total;
  double weeks = 0.0;
  if (left <= 0.0) return std::optional<double>(0.0);
  for (std::size_t i = 0; i + 1 < ramp_fractions.size(); ++i) {
    const double admitted = weekly_traffic * ramp_fractions[i];
    if (admitted >= left) return std::optional<double>(weeks + left / admitted);
    left -= admitted;
    weeks += 1.0;
  }
  const double last = weekly_traffic * (ramp_fractions.empty() ? 1.0 : ramp_fractions.back());
  if (!(last > 0.0)) return std::optional<double>();
  return std::optional<double>(weeks + left / last);
}

}  // namespace tactful::stats
