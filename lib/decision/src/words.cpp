#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tactful/tally/counts.hpp"

namespace tactful {
namespace {

constexpr double kPerTenThousand = 10'000.0;

/// The worst change that the interval still allows, counted as harm.
double worst(const MetricResult& result, const Metric& metric) {
  return metric.direction == Direction::kDecrease ? result.difference->high : -result.difference->low;
}

/// "12 more per 10,000 units" or, for means, "0.4 higher per unit".
std::string amount(double harm, const MetricResult& result, const Metric& metric) {
  const std::string word = metric.direction == Direction::kDecrease ? " more" : " fewer";
  if (result.kind != "binary")
    return number(harm) + (metric.direction == Direction::kDecrease ? " higher" : " lower") + " per unit";
  return number(harm * kPerTenThousand) + word + " per 10,000";
}

std::string guardrail_reading(const MetricResult& result, const Metric& metric) {
  const double bound = worst(result, metric);
  const std::string limit = bound > 0.0 ? "could still be up to " + amount(bound, result, metric)
                                        : "even the worst value that fits the data is no change for the worse";
  switch (result.verdict) {
    case Verdict::kSafe:
      return "shown to be within the margin; " + limit;
    case Verdict::kSafeButWorse:
      return "within the margin, but worse than control: " +
             change(result.difference->estimate, result.kind == "binary") + "; " + limit;
    case Verdict::kHarmful:
      return "harm shown: " + change(result.difference->estimate, result.kind == "binary") + " against control; " +
             limit;
    default:
      return "not proven safe: " + limit + ", and the data do not exclude a change beyond the margin";
  }
}

std::string success_reading(const MetricResult& result) {
  const bool is_binary = result.kind == "binary";
  const double scale = is_binary ? 100.0 : 1.0;
  const std::string range = change(result.difference->estimate, is_binary) + " (" +
                            change(scale * result.difference->low, false) + " to " +
                            change(scale * result.difference->high, false) + ")";
  switch (result.verdict) {
    case Verdict::kBetter:
      return "better than control: " + range;
    case Verdict::kWorse:
      return "worse than control: " + range;
    default:
      return "no difference shown: " + range;
  }
}

std::string judged_reading(const MetricResult& result, const Metric& metric) {
  if (metric.role == Role::kGuardrail && result.verdict != Verdict::kShownOnly)
    return guardrail_reading(result, metric);
  if (metric.role == Role::kSuccess && result.verdict != Verdict::kShownOnly) return success_reading(result);
  return change(result.difference->estimate, result.kind == "binary") + " against control, shown only";
}

}  // namespace

std::string fixed(double value, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  return std::string(text, static_cast<std::size_t>(std::clamp(length, 0, 63)));
}

std::string number(double value) {
  if (!std::isfinite(value)) return value < 0 ? "-infinity" : "any amount";
  const double size = std::fabs(value);
  if (size >= 99.5 && size < 9e15) return grouped(std::llround(value));
  if (size >= 9e15 || (size > 0 && size < 1e-4)) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
  }
  int digits = size >= 9.95 ? 1 : size >= 0.995 ? 2 : 3;
  if (size > 0 && size < 0.01) digits = 5;
  std::string text = fixed(value, digits);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string follow_up_words(double share) {
  return share < 1.0 ? " (follow-up " + number(std::min(99.9, 100.0 * share)) + " %)" : "";
}

std::string percent(double fraction) { return number(100.0 * fraction) + " %"; }

std::string p_text(double p) { return p < 0.0001 ? "below 0.0001" : number(p); }

std::string change(double difference, bool is_binary) {
  const std::string sign = difference > 0 ? "+" : "";
  return is_binary ? sign + number(100.0 * difference) + " percentage points" : sign + number(difference);
}

std::string reading_of(const MetricResult& result, const Metric& metric) {
  if (!result.difference) return "";
  return judged_reading(result, metric) + follow_up_words(result.follow_up);
}

std::string reading_so_far(const Metric& metric, const MarginWatch& watch, double alpha) {
  const std::string events = grouped(watch.events.all()) + (watch.events.all() == 1 ? " event" : " events");
  const std::string follow_up =
      "follow-up " + percent(watch.follow_up) + " of the " + percent(kFollowUpNeeded) + " needed";
  const bool is_within = watch.p && *watch.p <= alpha;
  const std::string so_far = is_within ? "within the margin so far" : "not proven safe yet";
  return so_far + " by " + events + " of " + metric.key + "; " + follow_up;
}

std::string default_margins(const Experiment& experiment, TallySource source) {
  if (source != TallySource::kCounts) return "";
  std::string names;
  for (const Metric& metric : experiment.metrics) {
    if (metric.role != Role::kGuardrail || metric.margin != counts_margin(metric.direction)) continue;
    names += (names.empty() ? "" : ", ") + metric.key + " (rate ratio " + number(metric.margin->value) + ")";
  }
  return names.empty() ? "" : "counts declare no margins, so the default is used for " + names;
}

}  // namespace tactful
