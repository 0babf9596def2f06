#include <algorithm>
#include <cmath>

#include "metric_text.hpp"
#include "numbers.hpp"

namespace tactful::report {
namespace {

MetricRow control_row(const MetricResult& result, const std::string& control, const Scale& scale) {
  MetricRow row;
  row.variant = control;
  row.value = has_numbers(result) ? fixed_text(result.control.value * scale.factor, scale.value_decimals) : kNone;
  row.counts = counts_text(result, result.control);
  return row;
}

MetricRow treatment_row(const MetricResult& result, const Scale& scale, double level) {
  MetricRow row;
  row.variant = result.variant;
  row.tone = result.verdict;
  row.verdict = verdict_words(has_numbers(result) ? result.verdict : Verdict::kUnavailable);
  if (!has_numbers(result)) {
    row.value = row.difference = row.interval = row.relative = row.p = kNone;
    row.counts = has_counts(result) ? counts_text(result, result.treatment) : kNone;
    row.tone = Verdict::kUnavailable;
    return row;
  }
  row.value = fixed_text(result.treatment.value * scale.factor, scale.value_decimals);
  row.counts = counts_text(result, result.treatment);
  row.difference = difference_text(result, scale);
  row.interval = difference_interval_text(result, scale, level);
  row.relative = result.relative ? signed_text(100.0 * result.relative->estimate, 1) + " %" : kNone;
  row.p = result.p_value ? p_text(*result.p_value) : kNone;
  return row;
}

// `urgent 0.0312, helpful <0.0001` over the results that have the number.
std::string list_p(const Results& results, std::optional<double> MetricResult::*number) {
  std::string text;
  for (const MetricResult* result : results) {
    if (!has_numbers(*result) || !(result->*number)) continue;
    text += (text.empty() ? "" : ", ") + result->variant + " " + p_text(*(result->*number));
  }
  return text;
}

// A level of the plan is told as it is; one that a bound gives, in three digits.
std::string level_text(double level) {
  const std::string exact = exact_text(level);
  return exact.size() <= 8 ? exact : p_text(level);
}

std::string look_words(const MetricResult& result) {
  return result.bound_p && result.look > 0 ? " at look " + std::to_string(result.look) : "";
}

std::string test_sentence(const MetricResult& result) {
  if (result.hypothesis.empty()) return {};
  const char* verb = result.role == Role::kGuardrail ? "Safe means shown: " : "Better means shown: ";
  std::string text = (result.role == Role::kMonitor ? "Tests " : verb) + result.hypothesis;
  if (result.alpha) text += ", p at most " + level_text(*result.alpha) + look_words(result) + " (one-sided)";
  return text;
}

// How far each p is from the bound of its look, and what it amounts to over all looks.
std::string distance_text(const Results& results) {
  std::string text;
  for (const MetricResult* result : results) {
    if (!has_numbers(*result) || !result->p_repeated || !result->p_value || !result->bound_p) continue;
    if (*result->p_repeated == *result->p_value) continue;  // a single look: nothing is repeated
    const bool is_reached = *result->p_value <= *result->bound_p;
    const double factor = is_reached ? *result->bound_p / std::max(*result->p_value, 1e-300)
                                     : *result->p_value / std::max(*result->bound_p, 1e-300);
    text += (text.empty() ? "" : ", ") + result->variant + " " + p_text(*result->p_repeated) + " (p is " +
            (factor > 1000.0 ? "over 1,000" : fixed_text(factor, factor < 10.0 ? 1 : 0)) + " times " +
            (is_reached ? "under" : "over") + " its bound)";
  }
  return text.empty() ? "" : "Repeated p, over all looks: " + text + ".";
}

void add_test_notes(const Results& results, std::vector<std::string>& notes) {
  Facts sentences;  // sentence and the variants it holds for
  for (const MetricResult* result : results) {
    const std::string sentence = has_numbers(*result) ? test_sentence(*result) : "";
    if (sentence.empty()) continue;
    const auto known =
        std::find_if(sentences.begin(), sentences.end(), [&](const auto& s) { return s.first == sentence; });
    if (known == sentences.end()) {
      sentences.emplace_back(sentence, result->variant);
    } else {
      known->second += ", " + result->variant;
    }
  }
  for (const auto& entry : sentences) {
    notes.push_back((sentences.size() > 1 ? entry.second + ": " : "") + entry.first + ".");
  }
  const std::string repeated = distance_text(results);
  if (!repeated.empty()) notes.push_back(repeated);
  const std::string adjusted = list_p(results, &MetricResult::p_adjusted);
  if (!adjusted.empty()) notes.push_back("Adjusted p: " + adjusted + ".");
  const std::string harm = list_p(results, &MetricResult::p_harm);
  if (!harm.empty()) notes.push_back("p of harm: " + harm + ".");
}

// A ratio is judged by its own interval, which the columns of differences do not show.
void add_ratio_note(const Results& results, std::vector<std::string>& notes) {
  std::string text;
  for (const MetricResult* result : results) {
    if (!has_numbers(*result) || !result->relative) continue;
    if (result->difference && result->hypothesis.find("ratio") == std::string::npos) continue;
    const EffectInterval& change = *result->relative;
    const std::string low = std::isfinite(change.low) ? fixed_text(1.0 + change.low, 2) : "0";
    const std::string high = std::isfinite(change.high) ? fixed_text(1.0 + change.high, 2) : "no limit";
    text += (text.empty() ? "" : ", ") + result->variant + " " + fixed_text(1.0 + change.estimate, 2) + " (" +
            percent_text(change.level) + " interval " + low + " to " + high + ")";
  }
  if (!text.empty()) notes.push_back("Ratio to control: " + text + ".");
}

std::string immature_part(const std::string& variant, std::int64_t immature, std::int64_t mature) {
  if (immature <= 0) return {};
  const double share = static_cast<double>(immature) / static_cast<double>(immature + mature);
  return variant + " " + count_text(immature) + " (" + fixed_text(100.0 * share, 1) + " %)";
}

void add_immature_note(const Results& results, const std::string& control, std::vector<std::string>& notes) {
  std::string text;
  for (const MetricResult* result : results) {
    const std::string of_control =
        text.empty() ? immature_part(control, result->immature_control, result->control.units) : "";
    const std::string of_treatment =
        immature_part(result->variant, result->immature_treatment, result->treatment.units);
    for (const std::string& part : {of_control, of_treatment}) {
      if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    }
  }
  if (!text.empty()) notes.push_back("Window still open, not counted yet: " + text + ".");
}

// The table says what a success or a shown metric does; the sentence about a guardrail that is judged says more than
// its row.
bool needs_reading(const MetricResult& result) {
  if (!has_numbers(result) || result.reading.empty()) return false;
  if (!result.difference) return true;
  return result.verdict == Verdict::kShownOnly ? result.role == Role::kSuccess && !result.hypothesis.empty()
                                               : result.role == Role::kGuardrail;
}

// Reasons and readings by variant; what all variants share is said once.
void add_sentences(const Results& results, std::string MetricResult::*text, const std::string& before,
                   std::vector<std::string>& notes) {
  const bool shared = results.size() > 1 &&
                      std::all_of(results.begin(), results.end(),
                                  [&](const MetricResult* result) { return result->*text == results.front()->*text; });
  for (const MetricResult* result : results) {
    if ((result->*text).empty() || (text == &MetricResult::reading && !needs_reading(*result))) continue;
    notes.push_back((shared ? "" : result->variant + ": ") + before + result->*text);
    if (shared) break;
  }
}

MetricBlock make_block(const Results& results, const std::string& control) {
  const Scale scale = scale_of(results);
  const double level = common_level(results);
  MetricBlock block;
  block.metric = results.front()->metric;
  block.value_head = scale.value_head;
  block.counts_head = is_binary(*results.front()) ? "n/N" : "units";
  block.difference_head = scale.difference_head;
  block.interval_head = interval_head(level);
  const ArmValue* shown = nullptr;
  // Control stands above all of them, also where the first has no numbers.
  const auto lead =
      std::find_if(results.begin(), results.end(), [](const MetricResult* result) { return has_numbers(*result); });
  if (lead != results.end()) {
    block.rows.push_back(control_row(**lead, control, scale));
    shown = &(*lead)->control;
  }
  for (const MetricResult* result : results) {
    const ArmValue& arm = result->control;
    const bool same = shown && shown->units == arm.units && shown->value == arm.value && shown->total == arm.total;
    const bool is_told = lead == results.end() ? has_counts(*result) : has_numbers(*result);
    if (is_told && !same) {
      block.rows.push_back(control_row(*result, control, scale));
      shown = &arm;
    }
    block.rows.push_back(treatment_row(*result, scale, level));
    block.has_numbers = block.has_numbers || has_counts(*result);
  }
  add_sentences(results, &MetricResult::unavailable, "unavailable: ", block.notes);
  add_sentences(results, &MetricResult::reading, "", block.notes);
  add_test_notes(results, block.notes);
  add_ratio_note(results, block.notes);
  add_immature_note(results, control, block.notes);
  return block;
}

std::string control_name(const Scorecard& card) { return card.arms.empty() ? "control" : card.arms.front().variant; }

}  // namespace

Facts verdicts_at_a_glance(const Scorecard& card) {
  Facts glance;
  for (const Role role : {Role::kSuccess, Role::kGuardrail}) {
    for (const MetricResult& result : card.metrics) {
      const bool is_judged = has_numbers(result) && result.verdict != Verdict::kShownOnly;
      if (result.role != role || !is_judged) continue;
      auto known =
          std::find_if(glance.begin(), glance.end(), [&](const auto& fact) { return fact.first == result.variant; });
      if (known == glance.end()) known = glance.insert(glance.end(), {result.variant, ""});
      known->second +=
          (known->second.empty() ? "" : "; ") + words_of(result.metric) + ": " + verdict_words(result.verdict);
    }
  }
  return glance;
}

std::vector<MetricGroup> metric_groups(const Scorecard& card) {
  std::vector<MetricGroup> groups;
  const auto add = [&](Role role, const char* title, const char* remark) {
    MetricGroup group{title, remark, {}};
    for (const Results& results : by_metric(card.metrics, [&](const MetricResult& r) { return r.role == role; })) {
      group.blocks.push_back(make_block(results, control_name(card)));
    }
    if (!group.blocks.empty()) groups.push_back(std::move(group));
  };
  add(Role::kSuccess, "Success", "must be shown better than control");
  add(Role::kGuardrail, "Guardrails", "must be shown not worse than their margin; not significantly worse is not safe");
  add(Role::kMonitor, "Monitored", "shown only, decides nothing");
  return groups;
}

}  // namespace tactful::report
