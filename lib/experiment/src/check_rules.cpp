#include <algorithm>
#include <set>

#include "read_fields.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful {
namespace {

constexpr std::size_t kMostVariants = 100;

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

template <typename Item>
void check_unique_keys(const std::vector<Item>& items, std::string_view pointer, std::string_view what,
                       Findings& findings) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].key.empty() || seen.insert(items[i].key).second) continue;
    findings.error("duplicate", append_pointer(append_pointer(pointer, i), "key"),
                   "two " + std::string(what) + " are called " + quoted(items[i].key), "give each its own key");
  }
}

void check_texts(const Experiment& experiment, Findings& findings) {
  std::optional<std::set<std::string>> first;
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    if (experiment.variants[i].text.empty()) continue;
    const auto parsed = MessageTemplate::parse(experiment.variants[i].text);
    if (!parsed) continue;  // reported where it was read
    const std::set<std::string> fields(parsed->fields().begin(), parsed->fields().end());
    if (!first) {
      first = fields;
    } else if (fields != *first) {
      findings.warning(
          "fields-differ", append_pointer(append_pointer("/variants", i), "text"),
          "this text uses other fields than the texts before it",
          "wordings that give other facts are compared by their facts, not by their tone; intend it or align them");
    }
  }
}

void check_variants(const Draft& draft, Findings& findings) {
  if (!draft.has_variants) return;
  const std::vector<Variant>& variants = draft.experiment.variants;
  check_unique_keys(variants, "/variants", "variants", findings);
  if (variants.size() < 2) {
    findings.error("variant-count", "/variants", "an experiment compares at least two wordings",
                   "put today's wording first as the control, and the new one behind it");
    return;
  }
  if (variants.size() > kMostVariants) {
    findings.error("variant-count", "/variants", "there are more than " + std::to_string(kMostVariants) + " variants",
                   "");
  }
  std::int64_t total = 0;
  for (const Variant& variant : variants) total += variant.weight;
  if (total == 0) {
    findings.error("weight-sum", "/variants", "all weights are zero, so nobody could be assigned",
                   "give each wording a weight, for example 1");
  } else if (variants.front().weight == 0) {
    findings.warning("control-weight", "/variants/0/weight",
                     "the control receives no units, so nothing can be compared with it", "give the control a weight");
  }
  check_texts(draft.experiment, findings);
}

void check_roles(const Draft& draft, Findings& findings) {
  if (!draft.has_metrics) return;
  const std::vector<Metric>& metrics = draft.experiment.metrics;
  check_unique_keys(metrics, "/metrics", "metrics", findings);
  if (metrics.empty()) {
    findings.error("metric-count", "/metrics", "there is no metric",
                   "add at least one success metric and one guardrail");
    return;
  }
  const auto has = [&](Role role) {
    return std::any_of(metrics.begin(), metrics.end(), [&](const Metric& metric) { return metric.role == role; });
  };
  if (!has(Role::kSuccess)) {
    findings.warning("no-success-metric", "/metrics", "no metric has the role \"success\", so nothing can be promoted",
                     "give the role to the metric that must get better");
  }
  if (!has(Role::kGuardrail)) {
    findings.warning("no-guardrail", "/metrics", "no metric is a guardrail, so harm to customers would not be seen",
                     "add complaint or repeat_contact with the role \"guardrail\" and a margin");
  }
}

// What is wrong with a margin on this metric, or an empty text.
std::string margin_fault(const Metric& metric, const Margin& margin) {
  if (margin.value <= 0.0) return "";  // out of range, reported where it was read
  if (margin.kind == Margin::Kind::kAbsolute) {
    return metric.aggregation == Aggregation::kAny && margin.value >= 1.0
               ? "a rate cannot change by 1 or more; 0.002 is 20 per 10,000"
               : "";
  }
  if (metric.direction == Direction::kDecrease && margin.value <= 1.0) {
    return "the metric should decrease, so its worst acceptable ratio to control is above 1";
  }
  if (metric.direction == Direction::kIncrease && margin.value >= 1.0) {
    return "the metric should increase, so its worst acceptable ratio to control is below 1";
  }
  return "";
}

void attach_margins(Draft& draft, Findings& findings) {
  Experiment& experiment = draft.experiment;
  for (const auto& [key, margin] : draft.margins) {
    const std::string at = append_pointer("/plan/margins", key);
    const auto metric = std::find_if(experiment.metrics.begin(), experiment.metrics.end(),
                                     [name = key](const Metric& candidate) { return candidate.key == name; });
    if (metric == experiment.metrics.end()) {
      report_unknown_metric(experiment, key, at, findings);
    } else if (metric->role != Role::kGuardrail) {
      findings.error("margin-role", at, "the metric " + quoted(key) + " is no guardrail, so it has no margin",
                     "remove the margin, or give the metric the role \"guardrail\"");
    } else {
      const std::string fault = margin_fault(*metric, margin);
      if (!fault.empty()) findings.error("margin", at, fault, "state the worst change that is still acceptable");
      metric->margin = margin;
    }
  }
  for (const Metric& metric : experiment.metrics) {
    const bool written = std::any_of(draft.margins.begin(), draft.margins.end(),
                                     [&](const auto& margin) { return margin.first == metric.key; });
    if (metric.role == Role::kGuardrail && !written) {
      findings.error("margin-missing", append_pointer("/plan/margins", metric.key),
                     "the guardrail " + quoted(metric.key) + " has no margin, so it could never be shown safe",
                     "write {\"ratio\": 1.5} for a rare outcome, else {\"absolute\": 0.01} for one more in a hundred");
    }
  }
}

void check_ramp(const Experiment& experiment, Findings& findings) {
  for (std::size_t i = 1; i < experiment.ramp.size(); ++i) {
    const RampStep& before = experiment.ramp[i - 1];
    const RampStep& step = experiment.ramp[i];
    if (before.from == kNoTime || step.from == kNoTime) continue;
    if (step.from <= before.from) {
      findings.error("ramp-order", append_pointer(append_pointer("/ramp", i), "from"),
                     "this step does not come after the one before it",
                     "order the steps by time, each later than the last");
    }
    if (step.fraction.millionths < before.fraction.millionths) {
      findings.warning("ramp-falls", append_pointer(append_pointer("/ramp", i), "fraction"),
                       "the fraction falls, so units that took part drop out",
                       "end enrolment instead, or stop the experiment");
    }
  }
}

void check_looks(const Experiment& experiment, Findings& findings) {
  const TimeMs last = experiment.last_look();
  for (std::size_t i = 0; i < experiment.plan.looks.size(); ++i) {
    const TimeMs look = experiment.plan.looks[i];
    const std::string at = append_pointer("/plan/looks", i);
    if (look == kNoTime) continue;
    if (look <= experiment.pilot.start) {
      findings.error("looks", at, "this look is not after the pilot's start", "");
    } else if (look > last) {
      findings.error("looks", at, "this look is after the last look, " + format_time(last, experiment.utc_offset),
                     "the last look is the end of enrolment plus the longest window of a success metric or guardrail");
    } else if (i > 0 && experiment.plan.looks[i - 1] != kNoTime && look <= experiment.plan.looks[i - 1]) {
      findings.error("looks", at, "this look does not come after the one before it", "order the looks by time");
    }
  }
}

void check_times(Draft& draft, Findings& findings) {
  Experiment& experiment = draft.experiment;
  const TimeMs start = experiment.pilot.start;
  const TimeMs end = experiment.plan.enrolment_end;
  check_ramp(experiment, findings);
  if (start == kNoTime || end == kNoTime) return;
  if (end <= start) {
    findings.error("enrolment", "/plan/enrolment_end", "enrolment ends before the pilot starts",
                   "set it after pilot.start");
    return;
  }
  check_looks(experiment, findings);
  const TimeMs last = experiment.last_look();
  if (experiment.pilot.end == kNoTime) {
    experiment.pilot.end = last;
  } else if (experiment.pilot.end < last) {
    findings.error("pilot-end", "/pilot/end",
                   "the pilot ends before its last look, " + format_time(last, experiment.utc_offset),
                   "leave the field out, or enrol for a shorter time");
  }
  if (experiment.plan.full_weeks && (end - start) % (7 * kMillisecondsPerDay) != 0) {
    findings.warning("full-weeks", "/plan/enrolment_end",
                     "enrolment does not span whole weeks, so some weekdays count more",
                     "end it a multiple of seven days after pilot.start");
  }
  if (start + experiment.plan.minimum_days * kMillisecondsPerDay > last) {
    findings.warning("minimum-days", "/plan/minimum_days",
                     "the minimum duration is longer than the pilot, so nothing can be promoted",
                     "lower it, or enrol for longer");
  }
  for (std::size_t i = 0; i < experiment.ramp.size(); ++i) {
    if (experiment.ramp[i].from >= end) {
      findings.warning("ramp-late", append_pointer(append_pointer("/ramp", i), "from"),
                       "this step begins after enrolment has ended", "remove it");
    }
  }
}

void check_heading(const Experiment& experiment, Findings& findings) {
  if (!experiment.key.empty() && experiment.salt.empty()) {
    findings.error("salt", "/salt", "the salt is empty", "leave the field out to use the key");
  }
  if (!experiment.cluster.empty() && experiment.cluster == experiment.unit) {
    findings.error("cluster", "/cluster", "the cluster is the unit itself",
                   "leave the field out where single units are randomised");
  }
  if (trim(experiment.owner).empty()) {
    findings.warning("no-owner", "/owner", "nobody is named as owner",
                     "name who runs the experiment and answers questions");
  }
}

}  // namespace

void check_rules(Draft& draft, Findings& findings) {
  check_heading(draft.experiment, findings);
  check_variants(draft, findings);
  check_traffic(draft.experiment, findings);
  check_roles(draft, findings);
  attach_margins(draft, findings);
  check_times(draft, findings);
  check_plan(draft.experiment, findings);
  check_policy(draft.experiment, findings);
}

}  // namespace tactful
