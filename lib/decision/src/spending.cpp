#include "spending.hpp"

#include <algorithm>

namespace tactful {

double harm_share_of(const Experiment& experiment, const Metric& metric) {
  if (!experiment.plan.harm_shares.empty()) {
    for (const AlphaShare& share : experiment.plan.harm_shares) {
      if (share.metric == metric.key) return share.share;
    }
    return 0.0;
  }
  if (metric.role != Role::kGuardrail) return 0.0;
  const auto guardrails = std::count_if(experiment.metrics.begin(), experiment.metrics.end(),
                                        [](const Metric& other) { return other.role == Role::kGuardrail; });
  return 1.0 / static_cast<double>(guardrails);
}

stats::HarmSpending harm_spending(AlphaSpending spending) noexcept {
  switch (spending) {
    case AlphaSpending::kObrienFleming:
      return stats::HarmSpending::kObrienFleming;
    case AlphaSpending::kPocock:
      return stats::HarmSpending::kPocock;
    case AlphaSpending::kLinear:
      break;
  }
  return stats::HarmSpending::kLinear;
}

stats::Spending group_spending(AlphaSpending spending) noexcept {
  switch (spending) {
    case AlphaSpending::kObrienFleming:
      return {stats::Spending::Family::kObrienFleming, 1.0};
    case AlphaSpending::kPocock:
      return {stats::Spending::Family::kPocock, 1.0};
    case AlphaSpending::kLinear:
      break;
  }
  return {stats::Spending::Family::kPower, 1.0};
}

}  // namespace tactful
