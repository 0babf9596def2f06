#pragma once

#include <string>
#include <vector>

#include "tactful/core/json.hpp"

namespace tactful {

/// One value that differs between two JSON documents of the same kind.
struct ReviewChange {
  /// Where, as people read it: members joined by dots, elements of lists by what they are about and not by their place:
  /// `metrics[paid, kind].treatment.units`.
  std::string where;
  Json before, after;  ///< null where one of them lacks it.
  bool operator==(const ReviewChange&) const = default;
};

/// Every difference between two documents, depth first, in the order of `before`, what only `after` has at the end of
/// each object or list. Elements of lists that are objects are paired by what they are about (`check`, `metric`,
/// `variant`, `segment`, `value`, `reason`, `day`, `at`, as far as both have them), others by their place. Equal texts
/// of numbers are equal; nothing is rounded. Complexity: quadratic in the length of a list.
[[nodiscard]] std::vector<ReviewChange> changes_between(const Json& before, const Json& after);

/// The differences that a meeting asks for, of two scorecards: the recommendation, verdicts, checks, counts of units
/// and events, harm alarms, in this order; not estimates, p-values and texts, which all follow from them.
[[nodiscard]] std::vector<ReviewChange> telling_changes(const Json& before, const Json& after);

/// One line: "metrics[paid, kind].treatment.units: 3,000 -> 3,010".
[[nodiscard]] std::string describe(const ReviewChange& change);

}  // namespace tactful
