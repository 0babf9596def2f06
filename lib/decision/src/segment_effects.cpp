#include "segment_effects.hpp"

#include <algorithm>
#include <cmath>

#include "stopped_variants.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/stats/normal.hpp"
#include "tactful/stats/shrinkage.hpp"

namespace tactful {
namespace {

constexpr double kShownLevel = 0.95;

SegmentEffects& entry_of(std::vector<SegmentEffects>& all, const std::string& segment, const MetricResult& result) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const SegmentEffects& one) {
    return one.segment == segment && one.metric == result.metric && one.variant == result.variant;
  });
  if (found != all.end()) return *found;
  SegmentEffects& made = all.emplace_back();
  made.segment = segment;
  made.metric = result.metric;
  made.variant = result.variant;
  return made;
}

/// Of the interval, as if it were normal.
double standard_error(const EffectInterval& effect) {
  return (effect.high - effect.low) / (2.0 * stats::normal_upper_quantile(0.5 * (1.0 - effect.level)));
}

bool is_usable(const MetricResult& result) {
  if (!result.unavailable.empty() || !result.difference) return false;
  const double se = standard_error(*result.difference);
  return std::isfinite(result.difference->estimate) && std::isfinite(se) && se > 0.0;
}

void draw_together(SegmentEffects& entry) {
  std::vector<stats::ArmEffect> effects;
  for (const auto& one : entry.values) effects.push_back({one.raw.estimate, standard_error(one.raw)});
  const auto level = Level::make(kShownLevel);
  const auto pooled = stats::partial_pooling(effects, *level);
  if (!pooled) {
    entry.unavailable = effects.size() < 3
                            ? "fewer than three values have an effect, so how far they differ cannot be learnt"
                            : pooled.error().message;
    entry.values.clear();
    return;
  }
  entry.mean = pooled->mean;
  entry.tau = std::sqrt(pooled->tau_squared);
  entry.p_equal = pooled->q_p;
  for (std::size_t i = 0; i < entry.values.size(); ++i) {
    const stats::Estimate& drawn = pooled->effects[i];
    entry.values[i].estimate = {drawn.value, drawn.interval.low(), drawn.interval.high(), kShownLevel};
  }
}

}  // namespace

std::vector<SegmentEffects> segment_effects(const Scorecard& card, bool is_clustered,
                                            const std::vector<VariantStop>& stopped) {
  std::vector<SegmentEffects> all;
  for (const SegmentResult& segment : card.segments) {
    for (const MetricResult& result : segment.metrics) {
      if (find_stop(stopped, result.variant) != nullptr) continue;
      SegmentEffects& entry = entry_of(all, segment.segment, result);
      if (is_usable(result)) entry.values.push_back({segment.value, *result.difference, {}});
    }
  }
  for (SegmentEffects& entry : all) {
    if (!is_clustered) {
      draw_together(entry);
      continue;
    }
    entry.unavailable = "clusters were randomised and may be in several values, whose effects then go together";
    entry.values.clear();
  }
  return all;
}

}  // namespace tactful
