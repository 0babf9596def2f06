#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What planning assumes beside the experiment file.
struct PlanAssumptions {
  std::vector<Baseline> baselines;  ///< By metric; a metric without one is not sized, and says so.
  double weekly_units = 0.0;        ///< Units in scope a week, over all variants, before the ramp; > 0.
  double design_effect = 1.0;       ///< Of randomised clusters, at least 1; stats::design_effect().
};

/// One test of one metric at one treatment: how large, how long, how sure.
struct PlannedTest {
  std::string metric;
  Role role = Role::kSuccess;
  std::string question;     ///< "treatment > control by 0.02", "rate ratio < 1.5".
  std::string unavailable;  ///< Why it could not be sized; empty when it was.
  double control = 0.0;     ///< Assumed rate or mean.
  double alpha = 0.0;       ///< One-sided level of this test, spent over the looks.
  double wanted_power = 0.0;
  double planned_per_arm = 0.0;  ///< Units of the smallest treatment arm with the file's dates, ramp and traffic.
  double planned_events = 0.0;   ///< Both arms together by the last look; binary metrics only.
  double power = 0.0;            ///< With the planned units, looks included.
  double per_arm = 0.0;          ///< Units an arm that reach the wanted power, looks and clusters included.
  double events = 0.0;           ///< Events of both arms that this means; binary metrics only.
  std::optional<double> weeks;   ///< Weeks of enrolment until per_arm; nothing when the ramp ends before.
  std::string method;
};

/// Chance that the harm watch stops a variant that multiplies the events by `ratio`.
struct PlannedHarm {
  std::string metric;
  double ratio = 2.0;
  std::vector<double> stopped_by;                           ///< At each look of PlanSheet::looks or before.
  std::vector<std::optional<std::int64_t>> fewest_to_stop;  ///< Events, all on treatment, that stop at that look.
};

/// A review as planned.
struct PlannedLook {
  TimeMs at = 0;
  double calendar = 0.0;       ///< Share of the time from the start to the last look.
  double mature_share = 0.0;   ///< Of all units, those whose first success metric is mature.
  double harm_level = 0.0;     ///< Share of the harm level spent by then.
  double success_level = 0.0;  ///< Share of the success level spent by then.
};

/// What a ratio margin costs.
struct MarginCost {
  std::string metric;
  double ratio = 0.0;
  double events = 0.0;  ///< Of both arms, for the wanted power at this test's level.
  double per_arm = 0.0;
  std::optional<double> weeks;  ///< Of enrolment.
  bool is_declared = false;     ///< Whether it is the margin of the file.
};

/// The plan on one page, for sign-off.
struct PlanSheet {
  std::string experiment, title, fingerprint;
  UtcOffset utc_offset;
  TimeMs start = 0, enrolment_end = 0, last_look = 0;
  double weeks_of_enrolment = 0.0;
  double weekly_units = 0.0;
  double units = 0.0;                  ///< Expected over all variants.
  std::vector<PlannedLook> looks;      ///< The last look included.
  std::vector<PlannedTest> tests;      ///< Success metrics and guardrails, in the file's order.
  std::optional<std::size_t> binding;  ///< Index of the test that needs the most units.
  double decision_power = 0.0;         ///< At least this chance to promote what is as good as assumed and harmless:
                                       ///< 1 minus the misses of the first success metric and of every guardrail.
  std::vector<PlannedHarm> harm;
  std::vector<MarginCost> margins;
  std::vector<std::string> obstacles;  ///< Why the plan cannot answer, with what would mend it; empty: it can.
  std::vector<std::string> warnings;
};

/// Power of a guardrail below which its margin is refused: the plan then rather fails than passes a harmless wording.
inline constexpr double kLeastGuardrailPower = 0.5;

/// Sizes every success metric and guardrail of the experiment and says which one binds. Each test has its level and the
/// spending of its looks as evaluate() uses them; power of the whole decision is shared as 1 - beta/(guardrails + 1)
/// (Schultzberg, Ankargren & Franberg 2024). Rare guardrails with a ratio margin and the harm watch: exact, by
/// stats::harm_power() at the expected events, which come evenly over the metric's window. Everything else: normal, by
/// stats::exit_probabilities(). Guardrails are sized for a wording that changes nothing.
/// Errors: kInvalidArgument (weekly units, design effect); kInsufficientData when no metric has a baseline.
[[nodiscard]] Result<PlanSheet> make_plan_sheet(const Experiment& experiment, const PlanAssumptions& assumptions);

/// `tactful/plan/1`: every number at full precision; what could not be computed carries "unavailable".
[[nodiscard]] Json to_json(const PlanSheet& sheet);

}  // namespace tactful
