#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "look_data.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/stats/group_sequential.hpp"

namespace tactful {

/// Least one-sided nominal level that a test is shown and decided at; under it a look has practically nothing to spend.
inline constexpr double kLeastNominal = 1e-9;

/// The looks of one test: what may have been spent by each, and how much was known. Looks that brought no new unit are
/// one with the look before them, since a statistic that did not move is the same test.
struct LookShape {
  std::vector<double> times;        ///< Spending times, increasing.
  std::vector<double> information;  ///< Any scale, increasing; the last is that of the look that decides.
  bool operator<(const LookShape& other) const {
    return std::tie(times, information) < std::tie(other.times, other.information);
  }
};

/// Spending times by the calendar (guardrails, harm) or by planned maturity (success).
enum class SpendingClock { kCalendar, kMaturity };

/// The looks up to now of one metric and variant, or only the first `count` taken; without the first `from` of them.
/// Empty when nothing is mature yet.
[[nodiscard]] LookShape shape_of(const Experiment& experiment, const LookData& data, std::size_t metric,
                                 std::size_t variant, SpendingClock clock,
                                 std::size_t count = std::numeric_limits<std::size_t>::max(), std::size_t from = 0);

/// Nominal levels of one-sided group-sequential tests, each computed once in an evaluation: they depend on times and
/// information, never on results. Not thread-safe.
class BoundCache {
 public:
  /// The nominal level at the last look of the shape; nothing where practically nothing may be spent.
  [[nodiscard]] std::optional<double> nominal(double alpha, AlphaSpending spending, const LookShape& shape);
  /// The same where tests of another kind spent `gone` of alpha at looks before those of the shape: by each look its
  /// a(t) less `gone` may be spent, so that both kinds together keep alpha whatever ties them (Bonferroni). The bounds
  /// of one sequence would not: a path that the other kind let pass may cross later.
  [[nodiscard]] std::optional<double> nominal_of_rest(double alpha, AlphaSpending spending, double gone,
                                                      const LookShape& shape);
  /// The standard normal bound that belongs to it.
  [[nodiscard]] std::optional<double> z_bound(double alpha, AlphaSpending spending, const LookShape& shape);
  /// Smallest alpha of the whole plan at which `p` would cross at the last look; between p and 1.
  [[nodiscard]] double repeated_p(double p, AlphaSpending spending, const LookShape& shape);

 private:
  [[nodiscard]] double compute(double alpha, AlphaSpending spending, const LookShape& shape) const;
  std::map<std::pair<std::pair<double, AlphaSpending>, LookShape>, double> known_;
};

}  // namespace tactful
