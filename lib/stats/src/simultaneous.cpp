#include "tactful/stats/simultaneous.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"
#include "tactful/stats/multiplicity.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

Result<std::vector<double>> statistics_of(std::span<const Comparison> comparisons) {
  std::vector<double> statistics;
  for (const Comparison& c : comparisons) {
    if (!std::isfinite(c.estimate)) return out_of_range("estimate", c.estimate, "finite");
    if (!(c.se > 0.0) || !std::isfinite(c.se)) return out_of_range("se", c.se, "positive and finite");
    statistics.push_back(c.estimate / c.se);
  }
  return statistics;
}

Interval interval_of(const Comparison& c, double critical, Alternative alternative) {
  const double half = critical * c.se;
  return ordered(alternative == Alternative::kLess ? -kInfinity : c.estimate - half,
                 alternative == Alternative::kGreater ? kInfinity : c.estimate + half);
}

double p_value(double t, double df, Alternative alternative) {
  if (alternative == Alternative::kTwoSided) return student_t_two_sided(t, df);
  return student_t_upper_tail(alternative == Alternative::kGreater ? t : -t, df);
}

}  // namespace

Result<SimultaneousIntervals> dunnett_intervals(std::span<const Comparison> comparisons, const DunnettFamily& family,
                                                Level confidence) {
  const auto statistics = statistics_of(comparisons);
  if (!statistics) return statistics.error();
  auto p = dunnett_p_values(family, *statistics);
  if (!p) return p.error();
  const auto critical = dunnett_critical_value(family, confidence);
  if (!critical) return critical.error();
  SimultaneousIntervals result{*critical, {}, *std::move(p)};
  for (const Comparison& c : comparisons) result.intervals.push_back(interval_of(c, *critical, family.alternative));
  return result;
}

Result<HolmIntervals> holm_intervals(std::span<const Comparison> comparisons, double df, Alternative alternative,
                                     Level confidence) {
  const auto statistics = statistics_of(comparisons);
  if (!statistics) return statistics.error();
  if (!(df >= 1.0)) return out_of_range("df", df, "at least 1");
  std::vector<double> p;
  for (const double t : *statistics) p.push_back(p_value(t, df, alternative));
  auto adjusted = adjust_p_values(p, Adjustment::kHolm);
  if (!adjusted) return adjusted.error();
  const double level = 1.0 - confidence.value();
  const double sides = alternative == Alternative::kTwoSided ? 2.0 : 1.0;
  HolmIntervals result;
  result.bonferroni.critical = student_t_upper_quantile(level / sides / static_cast<double>(comparisons.size()), df);
  result.bonferroni.p_adjusted = *std::move(adjusted);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Interval interval = interval_of(comparisons[i], result.bonferroni.critical, alternative);
    result.bonferroni.intervals.push_back(interval);
    result.rejected_without_interval.push_back(result.bonferroni.p_adjusted[i] <= level && interval.contains(0.0));
  }
  return result;
}

}  // namespace tactful::stats
