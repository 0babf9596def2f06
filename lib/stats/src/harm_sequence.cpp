#include "tactful/stats/harm_sequence.hpp"

#include <algorithm>
#include <cmath>

#include "harm_mixture.hpp"
#include "roots.hpp"
#include "support.hpp"
#include "tactful/stats/rare_events.hpp"

namespace tactful::stats {
namespace {

constexpr std::int64_t kMaxFurther = 100'000;

using LogLikelihoods = std::array<double, kHarmRatios.size()>;

// Adds `treatment` and `control` events to the log likelihood of each ratio (or its reciprocal) against the null.
void add_events(LogLikelihoods& sums, const EventStratum& stratum, double null, bool harm) {
  const double share = treatment_share(stratum.treatment_weight, stratum.control_weight, null);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double ratio = harm ? kHarmRatios[i] : 1.0 / kHarmRatios[i];
    const double log_total = std::log1p(share * (ratio - 1.0));
    sums[i] +=
        real(stratum.treatment_events) * (std::log(ratio) - log_total) - real(stratum.control_events) * log_total;
  }
}

double log_mean(const LogLikelihoods& sums) {
  const double top = *std::max_element(sums.begin(), sums.end());
  double sum = 0.0;
  for (const double value : sums) sum += std::exp(value - top);
  return top + std::log(sum / static_cast<double>(sums.size()));
}

// The evidence of all looks together against `null`.
double log_evidence(std::span<const HarmLook> looks, double null, bool harm) {
  LogLikelihoods sums{};
  for (const HarmLook& look : looks) {
    for (const EventStratum& stratum : look.strata) add_events(sums, stratum, null, harm);
  }
  return log_mean(sums);
}

// The null at which the evidence of all looks equals `threshold`. At the far end of the nulls every event of the other
// arm is a surprise of its full ratio; without enough of them nothing is excluded.
double bound(std::span<const HarmLook> looks, double threshold, bool harm) {
  double own = 0.0;
  for (const HarmLook& look : looks) {
    for (const EventStratum& s : look.strata) own += real(harm ? s.treatment_events : s.control_events);
  }
  LogLikelihoods limit{};
  for (std::size_t i = 0; i < limit.size(); ++i) limit[i] = own * std::log(kHarmRatios[i]);
  if (!(log_mean(limit) > threshold)) return harm ? 0.0 : kInfinity;
  const auto excess = [&](double x) {  // x: minus or plus the logarithm of the null, so that it decreases
    return log_evidence(looks, std::exp(harm ? x : -x), harm) - threshold;
  };
  const double x = find_decreasing_root(excess, 0.0, 0.5, 1e-13);
  return std::exp(harm ? x : -x);
}

std::optional<std::int64_t> further_events(std::span<const HarmLook> looks, double null, double threshold) {
  if (looks.back().strata.empty()) return std::nullopt;
  LogLikelihoods sums{};
  for (const HarmLook& look : looks) {
    for (const EventStratum& stratum : look.strata) add_events(sums, stratum, null, true);
  }
  EventStratum one = looks.back().strata.back();
  one.control_events = 0;
  const auto reaches = [&](std::int64_t further) {
    LogLikelihoods after = sums;
    one.treatment_events = further;
    add_events(after, one, null, true);
    return log_mean(after) >= threshold;
  };
  if (!reaches(kMaxFurther)) return std::nullopt;
  std::int64_t low = -1;  // each further event raises every likelihood, so the first that reaches is found by bisection
  std::int64_t high = kMaxFurther;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (reaches(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace

Result<HarmSequence> harm_confidence_sequence(Level alpha, double null_rate_ratio, std::span<const HarmLook> looks) {
  const auto evidence = harm_eprocess(alpha, null_rate_ratio, looks);  // checks the input
  if (!evidence) return evidence.error();
  const double threshold = -std::log(alpha.value());
  HarmSequence result;
  HarmBounds running{0.0, kInfinity};
  for (std::size_t i = 0; i < looks.size(); ++i) {
    const auto so_far = looks.first(i + 1);
    running.lower = std::max(running.lower, bound(so_far, threshold, true));
    running.upper = std::min(running.upper, bound(so_far, threshold, false));
    result.looks.push_back(running);
  }
  result.log_e = evidence->log_e.back();
  result.alarmed = evidence->first_rejection.has_value();
  result.more_until_alarm =
      result.alarmed ? std::optional<std::int64_t>(0) : further_events(looks, null_rate_ratio, threshold);
  return result;
}

}  // namespace tactful::stats
