#pragma once

#include <vector>

#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// The effects in `card.segments`, by segment, metric and variant, drawn together (stats::partial_pooling()). Their
/// standard errors are those of the intervals shown. Nothing is drawn with under three values that have numbers, nor
/// where clusters were randomised, which may be in several values. Those of stopped wordings are left out.
[[nodiscard]] std::vector<SegmentEffects> segment_effects(const Scorecard& card, bool is_clustered,
                                                          const std::vector<VariantStop>& stopped = {});

}  // namespace tactful
