#pragma once

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/test_result.hpp"

namespace tactful::stats {

/// Both arms within one level of a segment.
struct SegmentArms {
  ArmMean control;
  ArmMean treatment;
};

struct InteractionTest {
  double effect_without = 0.0;  ///< Treatment minus control where the segment does not hold.
  double effect_with = 0.0;     ///< The same where it holds.
  ZTest test;                   ///< effect_with - effect_without.
  Interval interval;
};

/// Does the effect differ between the two levels of a segment known before exposure? Difference of differences with the
/// unpooled variance, the sum of the four variances of the means: the interaction of a linear model with robust (HC0
/// for proportions) errors. Source: Altman & Bland 2003 (BMJ 326:219).
/// Errors: kInvalidArgument when a mean is not finite or a variance negative or not finite; kInsufficientData when no
/// cell varies.
/// Guarantee: asymptotic in the smallest cell. A segment chosen after looking is not tested by this.
/// Thread-safety: pure function.
[[nodiscard]] Result<InteractionTest> interaction_test(const SegmentArms& without, const SegmentArms& with,
                                                       Level confidence);

}  // namespace tactful::stats
