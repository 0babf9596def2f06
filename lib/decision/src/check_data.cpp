#include <algorithm>
#include <cmath>

#include "arm_shares.hpp"
#include "checks.hpp"
#include "stopped_variants.hpp"
#include "words.hpp"

namespace tactful {
namespace {

/// Deliveries of another variant above which the comparison says little about the words.
constexpr double kMostOtherDeliveries = 0.10;
constexpr double kMostDegraded = 0.01;
constexpr double kWarnAlpha = 0.001;
constexpr double kImplausible = 0.5;

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

/// Counts by variant, which not every source keeps.
ArmIntegrity arm_integrity(const CheckInput& input, std::size_t variant) {
  const auto& arms = input.tally.integrity.arms;
  return variant < arms.size() ? arms[variant] : ArmIntegrity{};
}

Check make(std::string_view id) {
  Check check;
  check.check = id;
  return check;
}

void warn(Check& check, CheckStatus status, std::string cause, std::string next) {
  check.status = status;
  check.likely_cause = std::move(cause);
  check.next_step = std::move(next);
}

Check check_enrolment(const CheckInput& input) {
  Check check = make("outside_enrolment");
  const std::int64_t outside = input.tally.integrity.outside_enrolment_exposures;
  check.detail = counted(outside, "exposure", "exposures") + " of " + grouped(input.tally.integrity.exposures) +
                 " before the pilot's start or after the end of enrolment" +
                 (input.tally.source == TallySource::kWide ? ", kept: a wide table is final" : ", left out");
  if (outside > 0) {
    warn(check, CheckStatus::kWarn,
         "pilot.start and plan.enrolment_end do not enclose the time in which the data were collected",
         "for imported data, declare the period in which they were collected");
  }
  return check;
}

/// Who reloads late gives a stopped wording to some customers more: they are told, and in no comparison.
Check check_stopped(const CheckInput& input) {
  Check check = make("stopped_variants");
  const UtcOffset offset = input.experiment.utc_offset;
  for (const VariantStop& stop : input.stopped)
    check.detail += (check.detail.empty() ? "" : "; ") + stop_words(stop, offset);
  const std::int64_t late = input.tally.integrity.stopped_variant_exposures;
  check.detail += late == 0 ? ": no exposure since"
                            : ": " + counted(late, "exposure", "exposures") + " since, left out of every comparison";
  if (late > 0) {
    warn(check, CheckStatus::kWarn, "senders that have not reloaded the ledger since, or a clock that is ahead",
         "reload those senders: their customers still get words that were stopped");
  }
  return check;
}

Check check_delivered(const CheckInput& input) {
  Check check = make("delivered_variant");
  const Integrity& integrity = input.tally.integrity;
  const double fraction = share(integrity.delivered_other_variant, integrity.deliveries);
  check.detail = grouped(integrity.delivered_other_variant) + " of " +
                 counted(integrity.deliveries, "delivery was", "deliveries were") +
                 " of another variant than assigned (" + percent(fraction) + "); units count by what was assigned";
  check.invalidating = true;
  if (integrity.delivered_other_variant > 0) {
    warn(check, fraction > kMostOtherDeliveries ? CheckStatus::kFail : CheckStatus::kWarn,
         "a template chosen outside the experiment, a cached page or message, resends with another text",
         "find the sender that delivered another text; effects are diluted towards no difference");
  }
  return check;
}

Check check_degraded(const CheckInput& input) {
  Check check = make("degraded");
  const auto shares = shares_by_arm(input, [&](std::size_t v) {
    const ArmIntegrity arm = arm_integrity(input, v);
    return ArmShare{"", arm.degraded, arm.deliveries};
  });
  check.detail = "control's text sent because the variant's could not be completed: " + text_of(shares);
  const bool is_frequent = std::any_of(shares.begin(), shares.end(),
                                       [](const ArmShare& arm) { return share(arm.part, arm.whole) > kMostDegraded; });
  if (is_frequent) {
    warn(check, CheckStatus::kWarn, "the variant's template needs a field that the source system does not always fill",
         "fill the field or leave it out of the template; the variant is compared less purely than it seems");
  }
  return check;
}

Check check_held(const CheckInput& input) {
  Check check = make("held");
  const auto shares = shares_by_arm(input, [&](std::size_t v) {
    const ArmIntegrity arm = arm_integrity(input, v);
    return ArmShare{"", arm.held, arm.deliveries};
  });
  check.detail = "nothing sent: " + text_of(shares);
  check.p_value = equal_shares_p(shares);
  if (check.p_value && *check.p_value < kWarnAlpha) {
    warn(check, CheckStatus::kWarn,
         "one variant is held back more often: rules, length or missing fields that depend on its text",
         "decide contact rules before the assignment, so that they bear on all variants alike");
  }
  return check;
}

Check check_missing(const CheckInput& input) {
  Check check = make("missing_outcomes");
  check.detail = "no value is missing";
  std::string details;
  for (std::size_t m = 0; m < input.experiment.metrics.size(); ++m) {
    const auto shares = shares_by_arm(input, [&](std::size_t v) {
      const ArmMetric& metric = input.tally.margins[0].arms[v].metrics[m];
      return ArmShare{"", metric.missing_units, metric.missing_units + metric.mature.units};
    });
    if (std::all_of(shares.begin(), shares.end(), [](const ArmShare& arm) { return arm.part == 0; })) continue;
    const Metric& metric = input.experiment.metrics[m];
    const auto unavailable = std::find(input.tally.unavailable.begin(), input.tally.unavailable.end(), metric.key);
    if (unavailable != input.tally.unavailable.end()) continue;
    details += (details.empty() ? "" : "; ") + metric.key + " missing: " + text_of(shares);
    const auto p = equal_shares_p(shares);
    if (!p) continue;
    check.p_value = std::min(check.p_value.value_or(*p), *p);
  }
  if (!details.empty()) check.detail = details;
  if (check.p_value && *check.p_value < kWarnAlpha) {
    warn(check, CheckStatus::kWarn, "the wording changes who answers, or a system reports for some variants only",
         "read these metrics with care: those who answered are no longer comparable between variants");
  }
  return check;
}

/// Complaints stay visible whatever fails.
Check check_guardrail_counts(const CheckInput& input) {
  Check check = make("guardrail_counts");
  for (std::size_t m = 0; m < input.experiment.metrics.size(); ++m) {
    const Metric& metric = input.experiment.metrics[m];
    if (metric.role != Role::kGuardrail) continue;
    check.detail += (check.detail.empty() ? "" : "; ") + metric.key + ":";
    for (std::size_t v = 0; v < input.experiment.variants.size(); ++v) {
      const ArmTally& arm = input.tally.margins[0].arms[v];
      const std::int64_t randomised = input.experiment.is_clustered() ? arm.clusters : arm.units;
      check.detail += (v == 0 ? " " : ", ") + input.experiment.variants[v].key + " " +
                      grouped(arm.metrics[m].first_events) + " of " + grouped(randomised);
    }
  }
  const std::string defaults = default_margins(input.experiment, input.tally.source);
  if (!defaults.empty()) check.detail += "; " + defaults;
  if (check.detail.empty()) {
    check.detail = "no guardrail is declared";
    warn(check, CheckStatus::kWarn, "the experiment names no metric that must not get worse",
         "declare complaint, repeat_contact or opted_out as a guardrail with its margin; without one nothing is "
         "promoted");
  }
  return check;
}

}  // namespace

Check check_earlier_outcomes(const CheckInput& input) {
  Check check = make("outcomes_before_exposure");
  const bool is_clustered = input.experiment.is_clustered();
  check.invalidating = !is_clustered;
  const auto shares = shares_by_arm(input, [&](std::size_t v) {
    return ArmShare{"", arm_integrity(input, v).units_with_earlier_outcomes, input.tally.margins[0].arms[v].units};
  });
  check.detail =
      counted(input.tally.integrity.outcomes_before_exposure, "outcome", "outcomes") +
      " after the pilot's start and before the unit's first exposure, not counted; units: " + text_of(shares);
  check.p_value = equal_shares_p(shares);
  if (check.p_value && *check.p_value < input.alpha) {
    warn(check, is_clustered ? CheckStatus::kWarn : CheckStatus::kFail,
         "exposures of one variant are recorded late, or its units were chosen by what they had done before",
         "no wording can change the past: find why the variants differ before the first message");
  }
  return check;
}

void add_delivery_checks(const CheckInput& input, std::vector<Check>& checks) {
  if (input.tally.source != TallySource::kCounts) checks.push_back(check_enrolment(input));
  // Only events tell when an exposure was.
  if (!input.stopped.empty() && input.tally.source == TallySource::kEvents) checks.push_back(check_stopped(input));
  if (input.tally.integrity.deliveries > 0) {
    checks.push_back(check_delivered(input));
    checks.push_back(check_degraded(input));
    checks.push_back(check_held(input));
  }
  if (input.tally.source != TallySource::kCounts) {
    add_late_checks(input, checks);
    checks.push_back(check_missing(input));
  }
  checks.push_back(check_guardrail_counts(input));
}

Check check_lifts(const std::vector<MetricResult>& results) {
  Check check = make(kImplausibleLift);
  check.detail = "no lift is too good to be true";
  std::string found;
  for (const MetricResult& result : results) {
    if (result.role == Role::kMonitor || !result.relative || !result.difference) continue;
    const bool is_clear = result.difference->low > 0.0 || result.difference->high < 0.0;
    if (!is_clear || std::abs(result.relative->estimate) <= kImplausible) continue;
    found += (found.empty() ? "" : "; ") + result.metric + " of " + result.variant + " " +
             (result.relative->estimate > 0 ? "+" : "") + percent(result.relative->estimate) +
             follow_up_words(result.follow_up);
  }
  if (!found.empty()) {
    check.detail = found;
    warn(check, CheckStatus::kWarn,
         "a figure that looks interesting is usually wrong: a counting fault in one arm, or a wording that changes who "
         "is counted",
         "recount these units in the source system before believing it");
  }
  return check;
}

}  // namespace tactful
