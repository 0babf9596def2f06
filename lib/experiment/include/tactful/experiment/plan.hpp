#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/core/time.hpp"
#include "tactful/experiment/traffic.hpp"

/// What is decided before the first unit is enrolled, and the rules of the review.
namespace tactful {

/// One-sided levels.
struct Alphas {
  double success = 0.025;
  double non_inferiority = 0.05;
  double harm = 0.05;
  bool operator==(const Alphas&) const = default;
};

/// Share of a level given to one metric; shares of one level sum to at most 1.
struct AlphaShare {
  std::string metric;
  double share = 0.0;
  bool operator==(const AlphaShare&) const = default;
};

/// How fast a level is spent over the looks (Lan & DeMets 1983), t the share of the plan that is over.
enum class AlphaSpending {
  kObrienFleming,  ///< 2 - 2 Phi(z_{a/2} / sqrt t): little early, nearly all at the end.
  kPocock,         ///< a ln(1 + (e - 1) t): much early.
  kLinear,         ///< a t.
};

/// Spending functions by kind of test.
struct SpendingPlan {
  AlphaSpending success = AlphaSpending::kObrienFleming;
  AlphaSpending guardrail = AlphaSpending::kObrienFleming;
  AlphaSpending harm = AlphaSpending::kLinear;
  bool operator==(const SpendingPlan&) const = default;
};

/// A segment in which every guardrail must be shown safe as well before a promotion.
struct ProtectedSegment {
  std::string segment;  ///< One of the experiment's segments.
  std::string value;
  bool operator==(const ProtectedSegment&) const = default;
};

/// What is known of a metric before the experiment; for planning only.
struct Baseline {
  std::string metric;
  double control = 0.0;          ///< Rate in (0, 1) of a metric of units with an event, else the mean.
  std::optional<double> sd;      ///< Standard deviation of a unit's value, > 0; means only.
  std::optional<double> effect;  ///< Smallest effect worth finding, > 0, in the better direction; success only.
  bool operator==(const Baseline&) const = default;
};

/// What is decided before the first unit is enrolled. All of it but `baselines` and `weekly_units` is part of the
/// experiment's fingerprint.
struct Plan {
  Alphas alpha;
  double power = 0.8;
  TimeMs enrolment_end = 0;  ///< No unit is enrolled at or after it; > pilot.start.
  std::vector<TimeMs>
      looks;  ///< Planned reviews, ascending; the last look is derived (see Experiment::last_look()), may be left out.
  std::vector<AlphaShare> shares;       ///< Of the success alpha; empty: equal over success metrics.
  std::vector<AlphaShare> harm_shares;  ///< Of the harm alpha; empty: equal over guardrails. Others may be named too.
  SpendingPlan spending;
  std::vector<ProtectedSegment> protected_segments;
  /// Chance of success by the last look below which ending without a winner is recommended; 0: never. In [0, 0.5).
  /// Non-binding: the levels hold whether or not it is followed.
  double futility = 0.05;
  std::int64_t minimum_days = 14;   ///< Days from pilot.start before a promotion.
  bool full_weeks = true;           ///< Whether enrolment must span whole weeks.
  std::vector<Baseline> baselines;  ///< For planning; with distinct metrics.
  double weekly_units = 0.0;        ///< Units that come in a week at full traffic, for planning; 0: unknown.
  bool operator==(const Plan&) const = default;
};

/// What becomes of a message that cannot be completed, or that breaks a rule of wording with this customer's values.
enum class Incomplete {
  kControl,  ///< Control's text is sent in its place, where that can be completed and breaks none.
  kHold,     ///< Nothing is sent.
};

/// Rules of the review; outside the statistics and the fingerprint.
struct Policy {
  std::vector<std::string> approvals;                         ///< Roles that must approve a promotion.
  std::vector<std::pair<std::string, double>> score_weights;  ///< Metric key and weight; used by the composite score.
  Fraction holdback{200'000};                                 ///< Share that stays on control after promotion.
  Fraction final_holdback{50'000};  ///< What remains of it once non-inferiority was shown again; at most `holdback`.
  std::vector<Fraction> rollout;    ///< Shares that get the variant at each step of a promotion, ascending, each below
                                    ///< 1 - holdback, which is the last step and not written. Empty: one step.
  std::int64_t horizon_weeks = 26;  ///< How long a promoted wording is watched on fresh alpha, 1 to 260.
  Incomplete incomplete = Incomplete::kControl;  ///< Of messages that cannot be completed or break a rule.
  bool operator==(const Policy&) const = default;
};

[[nodiscard]] std::string_view to_string(AlphaSpending value) noexcept;
[[nodiscard]] std::string_view to_string(Incomplete value) noexcept;

}  // namespace tactful
