#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metric_results.hpp"

namespace tactful {

/// One thing that a promotion of a variant still lacks.
struct Missing {
  std::string what;              ///< In words.
  std::optional<double> chance;  ///< That it arrives by the last look.
};

/// What stands between a variant and its promotion, and how likely that goes away by the last look.
struct Outlook {
  std::string variant;
  std::vector<Missing> missing;
  /// That some success metric has crossed at the last look: at least the largest of the metrics' chances, at most their
  /// sum. Nothing while that of one of them cannot be computed.
  std::optional<double> success_low, success_high;
  /// That all of it holds at the last look, what is shown already as well: at most `chance`, at least `chance_low`
  /// (Frechet's bounds), since its parts come from the same customers and how far they go together is not known.
  /// Nothing while that of a part cannot be computed.
  std::optional<double> chance, chance_low;
};

/// Of every treatment with a weight, before the last look. Success and guardrails with many events: predictive
/// probability of crossing the last look's bound, the trend going on as estimated and with what is uncertain about it
/// (Spiegelhalter, Freedman & Blackburn 1986). Rare guardrails: the events still to come at today's rate and no harm,
/// against the margin's exact bound. What is shown now must hold again at the look that promotes, so that it has a
/// chance too; it is 1 where the plan expects nothing more to come.
[[nodiscard]] std::vector<Outlook> make_outlooks(const ResultInput& input, const std::vector<LookTest>& tests,
                                                 const std::vector<MetricResult>& results);

/// Takes the chance of one more part that must hold into `chance` and `chance_low`.
void add_part(Outlook& outlook, std::optional<double> chance) noexcept;

/// Predictive probability that a standard normal statistic, `z` at the share `t` in (0, 1) of the information, is at
/// least `bound` in the end, with a flat prior on the effect.
[[nodiscard]] double predictive_chance(double z, double t, double bound) noexcept;

/// Chance that the exact margin test holds at the end: `events` so far at the share `follow_up` of the follow-up.
[[nodiscard]] double rare_chance(const EventCount& events, double follow_up, double null_share, double equal_share,
                                 double alpha);

}  // namespace tactful
