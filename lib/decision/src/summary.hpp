#pragma once

#include <optional>
#include <vector>

#include "metric_results.hpp"
#include "tactful/decision/scorecard.hpp"

namespace tactful {

/// The effect of the variant that won, on the first success metric that it won by: median-unbiased for stopping at this
/// look (stage-wise ordering; Jennison & Turnbull 2000, 8.4-8.5) where it is the first at which it was shown, and freed
/// from having been the best of several (the hybrid of Andrews, Kitagawa & McCloskey 2024); where both apply, the
/// smaller of the two. `preferred`: the variant recommended, or empty.
[[nodiscard]] std::optional<WinnerEstimate> winner_estimate(const ResultInput& input,
                                                            const std::vector<LookTest>& tests,
                                                            const std::vector<MetricResult>& results,
                                                            const std::string& preferred);

/// 100 exp(sum w ln r) by variant, w the policy's weights made to sum to 1, r the ratio of treatment to control in the
/// better direction; interval by the delta method at 95 %, as if metrics were independent.
[[nodiscard]] std::vector<ScoreResult> scores(const ResultInput& input, const std::vector<MetricResult>& results);

}  // namespace tactful
