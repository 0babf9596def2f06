#include "metric_text.hpp"

#include <algorithm>
#include <cmath>

#include "numbers.hpp"

namespace tactful::report {
namespace {

constexpr double kRareBelow = 0.01;

int value_decimals_for(double value) {
  if (value == 0.0 || !std::isfinite(value)) return 2;
  return std::clamp(3 - static_cast<int>(std::floor(std::log10(std::fabs(value)))), 0, 4);
}

std::string interval_text(const EffectInterval& effect, double factor, int decimals) {
  const std::string low = std::isfinite(effect.low) ? signed_text(effect.low * factor, decimals) : "no limit";
  const std::string high = std::isfinite(effect.high) ? signed_text(effect.high * factor, decimals) : "no limit";
  return low + " to " + high;
}

}  // namespace

bool is_binary(const MetricResult& result) { return result.kind == "binary"; }

bool has_numbers(const MetricResult& result) { return result.unavailable.empty(); }

bool has_counts(const MetricResult& result) {
  return has_numbers(result) || (result.role == Role::kGuardrail && result.control.units > 0);
}

std::vector<Results> by_metric(const std::vector<MetricResult>& results,
                               const std::function<bool(const MetricResult&)>& wanted) {
  std::vector<Results> metrics;
  for (const MetricResult& result : results) {
    if (!wanted(result)) continue;
    const auto known = std::find_if(metrics.begin(), metrics.end(),
                                    [&](const Results& m) { return m.front()->metric == result.metric; });
    if (known == metrics.end()) {
      metrics.push_back({&result});
    } else {
      known->push_back(&result);
    }
  }
  return metrics;
}

std::string counts_text(const MetricResult& result, const ArmValue& arm) {
  if (!is_binary(result)) return count_text(arm.units);
  return count_text(static_cast<std::int64_t>(std::llround(arm.total))) + "/" + count_text(arm.units);
}

double common_level(const Results& results) {
  double level = 0.0;
  for (const MetricResult* result : results) {
    if (!has_numbers(*result) || !result->difference) continue;
    if (level != 0.0 && level != result->difference->level) return 0.0;
    level = result->difference->level;
  }
  return level;
}

std::string difference_text(const MetricResult& result, const Scale& scale) {
  return result.difference ? signed_text(result.difference->estimate * scale.factor, scale.difference_decimals) : kNone;
}

std::string difference_interval_text(const MetricResult& result, const Scale& scale, double level) {
  if (!result.difference) return kNone;
  std::string text = interval_text(*result.difference, scale.factor, scale.difference_decimals);
  if (level == 0.0) text += " (" + percent_text(result.difference->level) + ")";
  return text;
}

std::string interval_head(double level) { return (level > 0.0 ? percent_text(level) + " " : "") + "interval"; }

std::string spending_name(AlphaSpending spending) {
  switch (spending) {
    case AlphaSpending::kObrienFleming:
      return "O'Brien-Fleming";
    case AlphaSpending::kPocock:
      return "Pocock";
    case AlphaSpending::kLinear:
      break;
  }
  return "linear";
}

std::string follow_up_text(const MetricResult& result) {
  if (!has_numbers(result) || !(result.follow_up < 1.0)) return {};
  return "follow-up " + fixed_text(std::min(99.9, 100.0 * result.follow_up), 1) + " %";
}

std::string verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "WORSE";
    case Verdict::kNoDifferenceShown:
      return "not shown";
    case Verdict::kSafe:
      return "safe";
    case Verdict::kSafeButWorse:
      return "safe but worse";
    case Verdict::kNotProvenSafe:
      return "not proven safe";
    case Verdict::kHarmful:
      return "HARMFUL";
    case Verdict::kShownOnly:
      return "shown only";
    case Verdict::kUnavailable:
      return "unavailable";
  }
  return {};
}

Scale scale_of(const Results& results) {
  Scale scale;
  double narrowest = 0.0;
  double largest = 0.0;
  bool rare = true;
  bool has_any = false;
  for (const MetricResult* result : results) {
    if (!has_numbers(*result)) continue;
    has_any = true;
    rare = rare && result->control.value < kRareBelow;
    largest = std::max({largest, std::fabs(result->control.value), std::fabs(result->treatment.value)});
    if (!result->difference) continue;
    const double half = (result->difference->high - result->difference->low) / 2.0;
    // The narrowest interval decides the decimals: it has the most to say.
    if (std::isfinite(half) && half > 0.0) narrowest = narrowest == 0.0 ? half : std::min(narrowest, half);
  }
  if (!is_binary(*results.front())) {
    scale.value_head = "mean";
    scale.difference_head = "diff";
    scale.value_decimals = value_decimals_for(largest);
    scale.difference_decimals = decimals_for(narrowest, narrowest > 0.0 ? 0 : scale.value_decimals);
    scale.value_decimals = std::max(scale.value_decimals, scale.difference_decimals);
    return scale;
  }
  rare = rare && has_any;
  scale.factor = rare ? 10'000.0 : 100.0;
  scale.value_head = rare ? "per 10,000" : "rate, %";
  scale.difference_head = rare ? "diff" : "diff, pp";
  scale.difference_decimals = decimals_for(narrowest * scale.factor, 1);
  scale.value_decimals = scale.difference_decimals;
  return scale;
}

}  // namespace tactful::report
