#include <algorithm>
#include <array>

#include "read_fields.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr double kExperienceShare = 0.4;

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

void check_shares(const Experiment& experiment, Findings& findings) {
  double sum = 0.0;
  for (const AlphaShare& share : experiment.plan.shares) {
    const std::string at = append_pointer("/plan/shares", share.metric);
    sum += share.share;
    const Metric* metric = experiment.find_metric(share.metric);
    if (metric == nullptr) {
      report_unknown_metric(experiment, share.metric, at, findings);
    } else if (metric->role != Role::kSuccess) {
      findings.error("share-role", at, "only success metrics have a share of the success alpha", "remove it");
    }
  }
  if (sum > 1.0 + 1e-12) findings.error("share-sum", "/plan/shares", "the shares sum to more than 1", "lower them");
  if (experiment.plan.shares.empty()) return;
  for (const Metric& metric : experiment.metrics) {
    const bool named = std::any_of(experiment.plan.shares.begin(), experiment.plan.shares.end(),
                                   [&](const AlphaShare& share) { return share.metric == metric.key; });
    if (metric.role == Role::kSuccess && !named) {
      findings.warning("share-missing", "/plan/shares",
                       "the success metric " + quoted(metric.key) + " has no share, so it cannot promote",
                       "give it a share, or the role \"monitor\"");
    }
  }
}

void check_harm_shares(const Experiment& experiment, Findings& findings) {
  const std::vector<AlphaShare>& shares = experiment.plan.harm_shares;
  double sum = 0.0;
  for (const AlphaShare& share : shares) {
    const std::string at = append_pointer("/plan/harm_shares", share.metric);
    sum += share.share;
    const Metric* metric = experiment.find_metric(share.metric);
    if (metric == nullptr) {
      report_unknown_metric(experiment, share.metric, at, findings);
    } else if (metric->role == Role::kSuccess) {
      findings.error("share-role", at, "a success metric is watched for harm by its own test", "remove it");
    }
  }
  if (sum > 1.0 + 1e-12) {
    findings.error("share-sum", "/plan/harm_shares", "the shares sum to more than 1", "lower them");
  }
  if (shares.empty()) return;
  for (const Metric& metric : experiment.metrics) {
    const bool named =
        std::any_of(shares.begin(), shares.end(), [&](const AlphaShare& share) { return share.metric == metric.key; });
    if (metric.role == Role::kGuardrail && !named) {
      findings.warning("share-missing", "/plan/harm_shares",
                       "the guardrail " + quoted(metric.key) + " has no share, so its harm is not watched",
                       "give it a share, or leave harm_shares out");
    }
  }
}

void check_protected(const Experiment& experiment, Findings& findings) {
  const auto& list = experiment.plan.protected_segments;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = append_pointer("/plan/protected_segments", i);
    const auto& segments = experiment.segments;
    if (!list[i].segment.empty() && std::find(segments.begin(), segments.end(), list[i].segment) == segments.end()) {
      const auto nearest = nearest_word(list[i].segment, segments);
      findings.error("unknown-segment", append_pointer(at, "segment"), "there is no segment " + quoted(list[i].segment),
                     nearest ? "did you mean \"" + *nearest + "\"?" : "name it under segments too");
    }
    if (std::find(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i), list[i]) !=
        list.begin() + static_cast<std::ptrdiff_t>(i)) {
      findings.error("duplicate", at, "this segment stands twice", "name each once");
    }
  }
}

void check_baselines(const Experiment& experiment, Findings& findings) {
  for (const Baseline& baseline : experiment.plan.baselines) {
    const std::string at = append_pointer("/plan/baselines", baseline.metric);
    const Metric* metric = experiment.find_metric(baseline.metric);
    if (metric == nullptr) {
      report_unknown_metric(experiment, baseline.metric, at, findings);
      continue;
    }
    const bool is_rate = metric->aggregation == Aggregation::kAny;
    if (is_rate && !(baseline.control > 0.0 && baseline.control < 1.0)) {
      findings.error("range", append_pointer(at, "control"), "a rate lies between 0 and 1, the ends excluded",
                     "0.002 is 20 per 10,000");
    }
    if (is_rate && baseline.sd) {
      findings.error("baseline", append_pointer(at, "sd"), "a rate has its standard deviation in itself", "remove it");
    }
    if (baseline.effect && metric->role != Role::kSuccess) {
      findings.error("baseline", append_pointer(at, "effect"), "only a success metric has an effect to find",
                     "a guardrail is planned by its margin");
    }
    if (!is_rate || !baseline.effect) continue;
    const double sign = metric->direction == Direction::kIncrease ? 1.0 : -1.0;
    const double rate = baseline.control + sign * *baseline.effect;
    if (!(rate > 0.0 && rate < 1.0)) {
      findings.error("range", append_pointer(at, "effect"), "the rate with this effect lies outside 0 to 1",
                     "the effect is a difference of rates: 0.01 is one in a hundred");
    }
  }
}

void check_rollout(const Experiment& experiment, Findings& findings) {
  const Policy& policy = experiment.policy;
  if (policy.final_holdback.millionths > policy.holdback.millionths) {
    findings.error("holdback", "/policy/final_holdback", "what remains of the holdback is more than the holdback",
                   "lower it");
  }
  for (std::size_t i = 0; i < policy.rollout.size(); ++i) {
    const std::string at = append_pointer("/policy/rollout", i);
    if (i > 0 && policy.rollout[i].millionths <= policy.rollout[i - 1].millionths) {
      findings.error("rollout", at, "this step is not larger than the one before it", "order the steps by share");
    }
    if (policy.rollout[i].millionths >= Fraction::kWhole - policy.holdback.millionths) {
      findings.error("rollout", at, "this step leaves less than the holdback",
                     "leave out the last step; it is everything but the holdback");
    }
  }
}

}  // namespace

void report_unknown_metric(const Experiment& experiment, const std::string& key, const std::string& pointer,
                           Findings& findings) {
  std::vector<std::string> known;
  for (const Metric& metric : experiment.metrics) known.push_back(metric.key);
  const auto nearest = nearest_word(key, known);
  findings.error("unknown-metric", pointer, "there is no metric " + quoted(key),
                 nearest ? "did you mean \"" + *nearest + "\"?" : "name one of the experiment's metrics");
}

void check_plan(const Experiment& experiment, Findings& findings) {
  check_shares(experiment, findings);
  check_harm_shares(experiment, findings);
  check_protected(experiment, findings);
  check_baselines(experiment, findings);
}

void check_policy(const Experiment& experiment, Findings& findings) {
  constexpr std::array<std::string_view, 4> kExperience{"csat", "nps", "complaint", "repeat_contact"};
  double all = 0.0;
  double experience = 0.0;
  for (const auto& [key, weight] : experiment.policy.score_weights) {
    const Metric* metric = experiment.find_metric(key);
    if (metric == nullptr)
      report_unknown_metric(experiment, key, append_pointer("/policy/score_weights", key), findings);
    const std::string_view outcome = metric == nullptr ? std::string_view(key) : metric->outcome;
    all += weight;
    if (std::find(kExperience.begin(), kExperience.end(), outcome) != kExperience.end()) experience += weight;
  }
  if (all > 0.0 && experience < kExperienceShare * all * (1.0 - 1e-12)) {
    findings.error(
        "experience-share", "/policy/score_weights",
        "the customer's experience (csat, nps, complaint, repeat_contact) carries less than 40 % of the score",
        "raise its weights; a score without it rewards pressure");
  }
  check_rollout(experiment, findings);
}

}  // namespace tactful
