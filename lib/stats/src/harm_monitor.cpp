#include "tactful/stats/harm_monitor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "discrete.hpp"
#include "harm_mixture.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/rare_events.hpp"

namespace tactful::stats {
namespace {

constexpr std::int64_t kMaxEvents = 1'000'000;
// The e-process only multiplies by counts: whatever a double counts exactly.
constexpr std::int64_t kMaxCounted = 1'000'000'000'000;
constexpr std::int64_t kMaxFurther = 100'000;
// Probabilities below this are dropped from the ends of a distribution; no level anyone can spend is as small.
constexpr double kNegligible = 1e-60;
// A tail that equals the budget up to rounding may be spent.
constexpr double kSlack = 1.0 + 1e-12;

// Probabilities of the cumulative treatment count T, of the paths that have not stopped.
struct Counts {
  std::int64_t first = 0;
  std::vector<double> mass{1.0};

  [[nodiscard]] std::int64_t last() const { return first + static_cast<std::int64_t>(mass.size()) - 1; }

  void trim() {
    std::size_t begin = 0;
    std::size_t end = mass.size();
    while (begin < end && mass[begin] < kNegligible) ++begin;
    while (end > begin && mass[end - 1] < kNegligible) --end;
    mass = std::vector<double>(mass.begin() + static_cast<std::ptrdiff_t>(begin),
                               mass.begin() + static_cast<std::ptrdiff_t>(end));
    first += static_cast<std::int64_t>(begin);
  }
};

Counts binomial(std::int64_t n, double p, double q) {
  Counts counts;
  const auto mode = std::min(n, static_cast<std::int64_t>((real(n) + 1.0) * p));
  std::vector<double> down;
  std::vector<double> up;
  const double peak = std::exp(log_binomial(real(mode), real(n), p, q));
  double term = peak;
  for (std::int64_t k = mode; k > 0 && term > kNegligible; --k) {
    term *= real(k) * q / (real(n - k + 1) * p);
    down.push_back(term);
  }
  term = peak;
  for (std::int64_t k = mode; k < n && term > kNegligible; ++k) {
    term *= real(n - k) * p / (real(k + 1) * q);
    up.push_back(term);
  }
  counts.first = mode - static_cast<std::int64_t>(down.size());
  counts.mass.assign(down.rbegin(), down.rend());
  counts.mass.push_back(peak);
  counts.mass.insert(counts.mass.end(), up.begin(), up.end());
  counts.trim();
  return counts;
}

Counts convolve(const Counts& a, const Counts& b) {
  Counts sum;
  sum.first = a.first + b.first;
  if (a.mass.empty()) {
    sum.mass.clear();
    return sum;
  }
  sum.mass.assign(a.mass.size() + b.mass.size() - 1, 0.0);
  for (std::size_t i = 0; i < a.mass.size(); ++i) {
    for (std::size_t j = 0; j < b.mass.size(); ++j) sum.mass[i + j] += a.mass[i] * b.mass[j];
  }
  sum.trim();
  return sum;
}

struct Tail {
  std::optional<std::int64_t> bound;
  double probability = 0.0;
};

// Smallest c with P(T >= c) within the budget; nothing when it lies past the events there are.
Tail upper_bound(const Counts& counts, double budget, std::int64_t events) {
  double sum = 0.0;
  std::int64_t c = counts.last() + 1;
  for (std::size_t i = counts.mass.size(); i-- > 0;) {
    if (sum + counts.mass[i] > budget * kSlack) break;
    sum += counts.mass[i];
    --c;
  }
  if (c > events) return {};
  return {c, sum};
}

// Largest c with P(T <= c) within the budget; nothing when it is negative.
Tail lower_bound(const Counts& counts, double budget) {
  double sum = 0.0;
  std::int64_t c = counts.first - 1;
  for (const double mass : counts.mass) {
    if (sum + mass > budget * kSlack) break;
    sum += mass;
    ++c;
  }
  if (c < 0) return {};
  return {c, sum};
}

void stop_at(Counts& counts, std::int64_t bound, bool upper) {
  for (std::size_t i = 0; i < counts.mass.size(); ++i) {
    const std::int64_t t = counts.first + static_cast<std::int64_t>(i);
    if (upper ? t >= bound : t <= bound) counts.mass[i] = 0.0;
  }
  counts.trim();
}

double allowed(HarmSpending spending, double alpha, double f) {
  switch (spending) {
    case HarmSpending::kObrienFleming:
      return 2.0 * normal_upper_tail(normal_upper_quantile(0.5 * alpha) / std::sqrt(f));
    case HarmSpending::kPocock:
      return alpha * std::log1p(std::expm1(1.0) * f);
    case HarmSpending::kLinear:
      break;
  }
  return alpha * f;
}

Status check_looks(std::span<const HarmLook> looks, double null_ratio, bool is_exact) {
  const std::int64_t most = is_exact ? kMaxEvents : kMaxCounted;
  const char* allowed_counts = is_exact ? "0 to 1 million" : "0 to a million millions";
  if (looks.empty()) return invalid_argument("looks", "looks is empty, at least one look is needed");
  if (!(null_ratio > 0.0) || !std::isfinite(null_ratio)) {
    return out_of_range("null_rate_ratio", null_ratio, "positive and finite");
  }
  double before = 0.0;
  std::int64_t events = 0;
  for (const HarmLook& look : looks) {
    const double f = look.information_fraction;
    if (is_exact && (!(f > 0.0 && f <= 1.0) || f < before)) {
      return out_of_range("information_fraction", f, "in (0, 1] and not below the one before");
    }
    before = f;
    for (const EventStratum& s : look.strata) {
      for (const double weight : {s.treatment_weight, s.control_weight}) {
        if (!(weight > 0.0) || !std::isfinite(weight)) return out_of_range("weight", weight, "positive and finite");
      }
      for (const std::int64_t count : {s.treatment_events, s.control_events}) {
        if (count < 0 || count > most) return out_of_range("events", real(count), allowed_counts);
        events += count;
      }
    }
    if (events > most) return out_of_range("events in total", real(events), allowed_counts);
  }
  return {};
}

struct Shares {
  double treatment;
  double control;
};

Shares shares_of(const EventStratum& stratum, double ratio) {
  const double total = stratum.treatment_weight * ratio + stratum.control_weight;
  return {stratum.treatment_weight * ratio / total, stratum.control_weight / total};
}

// Further events, all on treatment, until this look stops. Each one changes the distribution and so the bound.
std::optional<std::int64_t> further_until_stop(Counts counts, const Shares& share, double budget,
                                               std::int64_t treatment, std::int64_t events) {
  const Counts one{0, {share.control, share.treatment}};
  for (std::int64_t d = 0; d <= kMaxFurther; ++d) {
    const Tail tail = upper_bound(counts, budget, events + d);
    if (tail.bound && treatment + d >= *tail.bound) return d;
    counts = convolve(counts, one);
  }
  return std::nullopt;
}

}  // namespace

Result<HarmMonitor> exact_harm_monitor(const HarmPlan& plan, std::span<const HarmLook> looks) {
  if (auto status = check_looks(looks, plan.null_rate_ratio, true); !status) return status.error();
  if (plan.alternative == Alternative::kTwoSided) {
    return invalid_argument("alternative", "alternative must be greater (harm) or less (non-inferiority)");
  }
  const bool upper = plan.alternative == Alternative::kGreater;
  HarmMonitor monitor;
  Counts counts;
  double spent = 0.0;
  std::int64_t treatment = 0;
  std::int64_t events = 0;
  for (const HarmLook& look : looks) {
    for (const EventStratum& stratum : look.strata) {
      const Shares share = shares_of(stratum, plan.null_rate_ratio);
      const std::int64_t arrived = stratum.treatment_events + stratum.control_events;
      if (arrived > 0) counts = convolve(counts, binomial(arrived, share.treatment, share.control));
      treatment += stratum.treatment_events;
      events += arrived;
    }
    const double budget = std::max(0.0, allowed(plan.spending, plan.alpha.value(), look.information_fraction) - spent);
    const Tail tail = upper ? upper_bound(counts, budget, events) : lower_bound(counts, budget);
    HarmBound bound;
    bound.bound = tail.bound;
    bound.treatment_events = treatment;
    bound.control_events = events - treatment;
    bound.crossed = tail.bound && (upper ? treatment >= *tail.bound : treatment <= *tail.bound);
    if (upper && !look.strata.empty()) {
      bound.more_until_bound =
          further_until_stop(counts, shares_of(look.strata.back(), plan.null_rate_ratio), budget, treatment, events);
    }
    spent += tail.probability;
    bound.spent = spent;
    if (tail.bound) stop_at(counts, *tail.bound, upper);
    monitor.looks.push_back(bound);
    if (bound.crossed) {
      monitor.stopped_at = static_cast<int>(monitor.looks.size());
      break;
    }
  }
  return monitor;
}

Result<HarmEvidence> harm_eprocess(Level alpha, double null_rate_ratio, std::span<const HarmLook> looks) {
  if (auto status = check_looks(looks, null_rate_ratio, false); !status) return status.error();
  std::array<double, kHarmRatios.size()> log_likelihood{};
  HarmEvidence evidence;
  double largest = 0.0;
  for (const HarmLook& look : looks) {
    for (const EventStratum& stratum : look.strata) {
      const Shares null = shares_of(stratum, null_rate_ratio);
      for (std::size_t i = 0; i < kHarmRatios.size(); ++i) {
        // p(r)/p = r / (1 + p (r - 1)) and (1 - p(r))/(1 - p) = 1 / (1 + p (r - 1)).
        const double log_total = std::log1p(null.treatment * (kHarmRatios[i] - 1.0));
        log_likelihood[i] += real(stratum.treatment_events) * (std::log(kHarmRatios[i]) - log_total) -
                             real(stratum.control_events) * log_total;
      }
    }
    const double top = *std::max_element(log_likelihood.begin(), log_likelihood.end());
    double sum = 0.0;
    for (const double value : log_likelihood) sum += std::exp(value - top);
    const double log_e = top + std::log(sum / static_cast<double>(kHarmRatios.size()));
    evidence.log_e.push_back(log_e);
    largest = std::max(largest, log_e);
    if (!evidence.first_rejection && log_e >= -std::log(alpha.value())) {
      evidence.first_rejection = static_cast<int>(evidence.log_e.size());
    }
  }
  evidence.anytime_p = std::exp(-largest);
  return evidence;
}

}  // namespace tactful::stats
