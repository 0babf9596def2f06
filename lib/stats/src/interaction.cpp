#include "tactful/stats/interaction.hpp"

#include <cmath>

#include "support.hpp"

namespace tactful::stats {

Result<InteractionTest> interaction_test(const SegmentArms& without, const SegmentArms& with, Level confidence) {
  double variance = 0.0;
  for (const ArmMean& cell : {without.control, without.treatment, with.control, with.treatment}) {
    if (!std::isfinite(cell.mean)) return out_of_range("mean", cell.mean, "finite");
    if (!(cell.variance_of_mean >= 0.0) || !std::isfinite(cell.variance_of_mean)) {
      return out_of_range("variance_of_mean", cell.variance_of_mean, "finite and not negative");
    }
    variance += cell.variance_of_mean;
  }
  if (!(variance > 0.0)) return insufficient("interaction_test", "the outcome does not vary in any cell");
  InteractionTest result;
  result.effect_without = without.treatment.mean - without.control.mean;
  result.effect_with = with.treatment.mean - with.control.mean;
  const double difference = result.effect_with - result.effect_without;
  const double se = std::sqrt(variance);
  result.test = {difference, se, difference / se, normal_p_values(difference / se)};
  const double half = z_of(confidence) * se;
  result.interval = ordered(difference - half, difference + half);
  return result;
}

}  // namespace tactful::stats
