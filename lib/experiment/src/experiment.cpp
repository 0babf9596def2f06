#include "tactful/experiment/experiment.hpp"

#include <algorithm>

namespace tactful {

std::optional<std::size_t> Experiment::variant_index(std::string_view wanted) const noexcept {
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (variants[i].key == wanted) return i;
  }
  return std::nullopt;
}

const Metric* Experiment::find_metric(std::string_view wanted) const noexcept {
  for (const Metric& metric : metrics) {
    if (metric.key == wanted) return &metric;
  }
  return nullptr;
}

TimeMs Experiment::last_look() const {
  TimeMs longest = 0;
  for (const Metric& metric : metrics) {
    if (metric.role != Role::kMonitor) longest = std::max(longest, metric.window_ms);
  }
  // The day that starts at or after the moment: the one after the day of the millisecond before it.
  return day_start(day_index(plan.enrolment_end + longest - 1, utc_offset) + 1, utc_offset);
}

std::string_view to_string(Aggregation value) noexcept {
  switch (value) {
    case Aggregation::kAny:
      return "any";
    case Aggregation::kCount:
      return "count";
    case Aggregation::kSum:
      return "sum";
    case Aggregation::kFirst:
      return "first";
  }
  return "any";
}

std::string_view to_string(Direction value) noexcept { return value == Direction::kIncrease ? "increase" : "decrease"; }

std::string_view to_string(Incomplete value) noexcept { return value == Incomplete::kHold ? "hold" : "control"; }

std::string_view to_string(AlphaSpending value) noexcept {
  switch (value) {
    case AlphaSpending::kObrienFleming:
      return "obrien_fleming";
    case AlphaSpending::kPocock:
      return "pocock";
    case AlphaSpending::kLinear:
      return "linear";
  }
  return "linear";
}

std::string_view to_string(Role value) noexcept {
  switch (value) {
    case Role::kSuccess:
      return "success";
    case Role::kGuardrail:
      return "guardrail";
    case Role::kMonitor:
      return "monitor";
  }
  return "monitor";
}

}  // namespace tactful
