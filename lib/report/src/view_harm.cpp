#include <algorithm>

#include "numbers.hpp"
#include "view.hpp"

namespace tactful::report {
namespace {

std::string state_words(const HarmWatch& watch) {
  if (watch.alarm == HarmAlarm::kLatched) return "HARM (earlier)";
  if (watch.alarm != HarmAlarm::kNone) return "HARM";
  if (!watch.unavailable.empty()) return "not watched";
  return watch.within_margin ? "within margin" : "no alarm";
}

/// The number that would stop: at this look where it is a planned one and the last, else at the next.
std::string bound_text(const HarmWatch& watch) {
  if (!watch.exact) return watch.bound_p ? "p " + p_text(*watch.bound_p) : "-";
  const auto bound = watch.next_look ? watch.next_bound : watch.bound;
  return bound ? count_text(*bound) : "-";
}

/// How near the evidence that holds at every moment is to an alarm, as a share.
std::string evidence_text(const HarmWatch& watch) {
  if (!watch.unavailable.empty() || watch.log_e_needed <= 0.0) return "-";
  const double share = std::clamp(watch.log_e / watch.log_e_needed, 0.0, 1.0);
  return fixed_text(100.0 * share, 0) + " %";
}

}  // namespace

std::vector<HarmRow> harm_rows(const Scorecard& card) {
  std::vector<HarmRow> rows;
  for (const HarmWatch& watch : card.harm) {
    HarmRow row;
    row.metric = watch.metric;
    row.variant = watch.variant;
    row.control = watch.counts ? count_text(watch.control) : "-";
    row.treatment = watch.counts ? count_text(watch.treatment) : "-";
    row.bound = bound_text(watch);
    row.evidence = evidence_text(watch);
    row.state = state_words(watch);
    row.is_alarm = watch.alarm != HarmAlarm::kNone;
    row.note = watch.unavailable.empty() || row.is_alarm ? watch.reading : watch.unavailable;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string harm_remark(const Scorecard& card) {
  const bool has_next = std::any_of(card.harm.begin(), card.harm.end(),
                                    [](const HarmWatch& watch) { return watch.next_look.has_value(); });
  return std::string(
             "every first event at once, mature or not; \"stops at\" is the number of the variant that stops ") +
         (has_next ? "at the next planned look while the other side stays; " : "at this look; ") +
         "\"evidence\" how near an alarm between looks is";
}

std::string score_text(const ScoreResult& score) {
  if (!score.unavailable.empty()) return "unavailable: " + score.unavailable;
  return fixed_text(score.value, 1) + " (" + percent_text(score.level) + " interval " + fixed_text(score.low, 1) +
         " to " + fixed_text(score.high, 1) + "; control is 100, more is better)";
}

}  // namespace tactful::report
