#pragma once

#include "cells.hpp"
#include "tactful/core/result.hpp"
#include "tally_plan.hpp"

namespace tactful {

/// What the wide rows of an experiment gave.
struct WideResult {
  std::int64_t rows = 0;
  std::vector<std::string> unavailable;  ///< Metrics whose outcome has no column.
};

/// Adds the wide rows of every partition to `into`. A unit with rows in two variants counts by its first (time where
/// there is one, then the lower variant index). Errors: those of the source.
[[nodiscard]] Result<WideResult> tally_wide(const TallyPlan& plan, const EventSource& source, std::int32_t experiment,
                                            SegmentRegistry& segments, Accumulator& into);

}  // namespace tactful
