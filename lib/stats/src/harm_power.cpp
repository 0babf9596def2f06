#include "tactful/stats/harm_power.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"
#include "tactful/stats/rare_events.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats {
namespace {

Status check(std::span<const ExpectedLook> looks, double treatment_weight, double control_weight, double ratio) {
  if (looks.empty()) return invalid_argument("looks", "looks is empty, at least one is needed");
  for (const ExpectedLook& look : looks) {
    if (!(look.events >= 0.0) || !std::isfinite(look.events))
      return out_of_range("events", look.events, "at least 0 and finite");
  }
  for (const auto& [name, value] : {std::pair{"treatment_weight", treatment_weight},
                                    std::pair{"control_weight", control_weight}, std::pair{"true_rate_ratio", ratio}}) {
    if (!(value > 0.0) || !std::isfinite(value)) return out_of_range(name, value, "above 0 and finite");
  }
  return {};
}

/// New events of each look, so that their running sums are the rounded running sums of what is expected.
std::vector<std::int64_t> whole_events(std::span<const ExpectedLook> looks) {
  std::vector<std::int64_t> events;
  double expected = 0.0;
  std::int64_t counted = 0;
  for (const ExpectedLook& look : looks) {
    expected += look.events;
    const std::int64_t upto = std::llround(expected);
    events.push_back(upto - counted);
    counted = upto;
  }
  return events;
}

/// Adds Binomial(events, p) to the distribution of the count so far.
std::vector<double> add_events(const std::vector<double>& count, std::int64_t events, double p) {
  std::vector<double> step(static_cast<std::size_t>(events) + 1);
  for (std::int64_t k = 0; k <= events; ++k)
    step[static_cast<std::size_t>(k)] = std::exp(log_binomial_probability(k, events, p));
  std::vector<double> sum(count.size() + step.size() - 1);
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] <= 0.0) continue;
    for (std::size_t k = 0; k < step.size(); ++k) sum[i + k] += count[i] * step[k];
  }
  return sum;
}

/// Takes out what crosses the bound and returns how much that is.
double absorb(std::vector<double>& count, std::optional<std::int64_t> bound, bool upwards) {
  if (!bound) return 0.0;
  double crossed = 0.0;
  for (std::size_t i = 0; i < count.size(); ++i) {
    const auto value = static_cast<std::int64_t>(i);
    if (upwards ? value < *bound : value > *bound) continue;
    crossed += count[i];
    count[i] = 0.0;
  }
  return crossed;
}

}  // namespace

Result<HarmPower> harm_power(const HarmPlan& plan, std::span<const ExpectedLook> looks, double treatment_weight,
                             double control_weight, double true_rate_ratio) {
  if (auto status = check(looks, treatment_weight, control_weight, true_rate_ratio); !status) return status.error();
  const std::vector<std::int64_t> events = whole_events(looks);
  const bool upwards = plan.alternative == Alternative::kGreater;
  // Bounds depend on how many events there are, not on whose they are; these paths never cross, so that every look has
  // its bound.
  std::vector<HarmLook> path;
  for (std::size_t k = 0; k < looks.size(); ++k) {
    path.push_back({looks[k].information_fraction,
                    {{treatment_weight, control_weight, upwards ? 0 : events[k], upwards ? events[k] : 0}}});
  }
  const auto monitor = exact_harm_monitor(plan, path);
  if (!monitor) return monitor.error();

  HarmPower result;
  const double p = treatment_share(treatment_weight, control_weight, true_rate_ratio);
  std::vector<double> count{1.0};
  double crossed = 0.0;
  for (std::size_t k = 0; k < looks.size(); ++k) {
    const std::optional<std::int64_t> bound =
        k < monitor->looks.size() ? monitor->looks[k].bound : std::optional<std::int64_t>{};
    if (events[k] > 0) count = add_events(count, events[k], p);
    crossed += absorb(count, bound, upwards);
    result.bounds.push_back(bound);
    result.crossed_by.push_back(std::min(1.0, crossed));
    result.expected_events += looks[k].events;
  }
  result.power = result.crossed_by.back();
  return result;
}

}  // namespace tactful::stats
