#pragma once

#include "tactful/core/result.hpp"

namespace tactful::stats {

/// A normal estimate that is only reported because it crossed a bound, freed from that luck.
struct FilteredEstimate {
  double conditional = 0.0;  ///< Median-unbiased given that the bound was crossed; may lie far below the bound.
  double hybrid = 0.0;  ///< The same, but not below the lower end of the estimate's own interval: the one to report.
};

/// The value d of the mean at which an observation past `bound` falls below `z` half of the time: upper tails of z - d
/// over bound - d equal to 1/2, both in standard errors; times `se`. Far past the bound it is the estimate itself; at
/// the bound it has no lower end, which is why the hybrid stops at z - `half_width` (in standard errors, of the
/// interval that is reported beside it). Source: truncated normal, as Zhong & Prentice 2008 (Biostatistics 9:621) for
/// estimates past a threshold; the bound by the interval as Andrews, Kitagawa & McCloskey 2024. Guarantee: for a normal
/// estimate `conditional` lies below the truth half of the time among all that crossed. Errors: kInvalidArgument (not
/// finite, z below the bound, se or half_width not positive). Thread-safety: pure function.
[[nodiscard]] Result<FilteredEstimate> significance_filtered(double z, double bound, double se, double half_width);

}  // namespace tactful::stats
