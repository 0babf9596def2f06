#pragma once

#include <span>
#include <vector>

#include "tactful/stats/group_sequential.hpp"

namespace tactful::stats {

[[nodiscard]] Status check_plan(const SequentialPlan& plan);
/// The fractions that set the covariance.
[[nodiscard]] std::span<const double> information_of(const SequentialPlan& plan);
/// Upper bounds of the first `looks` looks of a valid plan, with `alpha_per_side` in place of the plan's own level.
[[nodiscard]] std::vector<double> upper_bounds(const SequentialPlan& plan, double alpha_per_side, std::size_t looks);

}  // namespace tactful::stats
