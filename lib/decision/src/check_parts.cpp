#include <algorithm>
#include <map>

#include "arm_shares.hpp"
#include "checks.hpp"
#include "tactful/stats/multiplicity.hpp"
#include "tactful/stats/sample_ratio.hpp"
#include "words.hpp"

namespace tactful {
namespace {

constexpr double kWarnAlpha = 0.001;
/// Fewest units of a part that a chi-square test can judge.
constexpr std::int64_t kFewestUnits = 50;

Check make(std::string_view id, std::string detail) {
  Check check;
  check.check = id;
  check.detail = std::move(detail);
  return check;
}

void warn(Check& check, std::string cause, std::string next) {
  check.status = CheckStatus::kWarn;
  check.likely_cause = std::move(cause);
  check.next_step = std::move(next);
}

/// Units of one segment value or epoch, by variant.
struct Part {
  std::string name;
  std::vector<std::int64_t> units;
};

std::vector<Part> parts_of(const CheckInput& input) {
  const std::size_t variants = input.experiment.variants.size();
  std::vector<Part> parts;
  const auto count = [&](const ArmTally& arm) { return input.experiment.is_clustered() ? arm.clusters : arm.units; };
  for (std::size_t i = 1; i < input.tally.margins.size(); ++i) {
    const MarginTally& margin = input.tally.margins[i];
    Part part{margin.segment + " = " + margin.value, {}};
    for (const ArmTally& arm : margin.arms) part.units.push_back(count(arm));
    parts.push_back(std::move(part));
  }
  if (input.experiment.is_clustered() || input.tally.epochs.size() < 2) return parts;
  for (const Epoch& epoch : input.tally.epochs) {
    Part part{"traffic " + percent(epoch.millionths / 1e6) + " from " +
                  format_date(day_start(epoch.first_day, input.experiment.utc_offset), input.experiment.utc_offset),
              std::vector<std::int64_t>(variants, 0)};
    for (const DayTally& day : input.tally.days) {
      if (day.day < epoch.first_day || day.day > epoch.last_day) continue;
      for (std::size_t v = 0; v < std::min(variants, day.arms.size()); ++v) part.units[v] += day.arms[v].units;
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

/// A filter in one region, or a cache in one week, is lost in the whole.
Check check_parts(const CheckInput& input) {
  Check check = make("sample_ratio_parts", "every segment and period fits the weights");
  std::vector<double> weights;
  std::vector<std::size_t> arms;
  for (std::size_t v = 0; v < input.experiment.variants.size(); ++v) {
    if (input.experiment.variants[v].weight == 0) continue;
    arms.push_back(v);
    weights.push_back(static_cast<double>(input.experiment.variants[v].weight));
  }
  std::vector<double> p_values;
  std::vector<std::string> names;
  for (const Part& part : parts_of(input)) {
    std::vector<std::int64_t> counts;
    std::int64_t total = 0;
    for (const std::size_t v : arms) {
      counts.push_back(part.units[v]);
      total += part.units[v];
    }
    if (total < kFewestUnits || counts.size() < 2) continue;
    const auto test = stats::sample_ratio_chi_square(counts, weights);
    if (!test) continue;
    p_values.push_back(test->p);
    std::string text = part.name + " (";
    for (std::size_t i = 0; i < counts.size(); ++i) text += (i == 0 ? "" : " : ") + grouped(counts[i]);
    names.push_back(text + ")");
  }
  if (p_values.empty()) return make("sample_ratio_parts", "no segment or period is large enough to compare");
  const auto adjusted = stats::adjust_p_values(p_values, stats::Adjustment::kHolm);
  if (!adjusted) return check;
  check.p_value = *std::min_element(adjusted->begin(), adjusted->end());
  std::string found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((*adjusted)[i] < kWarnAlpha) found += (found.empty() ? "" : "; ") + names[i];
  }
  if (found.empty()) return check;
  check.detail = "does not fit the weights: " + found;
  warn(check,
       "exposures of one arm lost or filtered in this part only (a region, a sender, a week), or a segment that "
       "the wording itself changes",
       "compare assigned and recorded exposures of this part; declare only segments that are known before the message");
  return check;
}

/// What the wording does on its way; the headline stays by what was assigned.
Check check_stages(const CheckInput& input) {
  Check check = make("stages", "");
  struct Stage {
    const char* name;
    std::int64_t StageCounts::*count;
  };
  for (const Stage stage : {Stage{"delivered", &StageCounts::delivered}, Stage{"connected", &StageCounts::connected},
                            Stage{"responded", &StageCounts::responded}}) {
    const auto shares = shares_by_arm(input, [&](std::size_t v) {
      const ArmTally& arm = input.tally.margins[0].arms[v];
      return ArmShare{"", arm.stages.*stage.count, arm.units};
    });
    if (std::all_of(shares.begin(), shares.end(), [](const ArmShare& arm) { return arm.part == 0; })) continue;
    check.detail += (check.detail.empty() ? "" : "; ") + std::string(stage.name) + ": " + text_of(shares);
    const auto p = equal_shares_p(shares);
    if (!p) continue;
    check.p_value = std::min(check.p_value.value_or(1.0), *p);
    // That a wording is answered more often is its effect; that it arrives more often is not its words'.
    if (*p < kWarnAlpha && stage.count != &StageCounts::responded) {
      warn(check, "length, parts, or a filter of the network that depends on the text",
           "compare deliveries by channel and network; effects are of what was assigned, whether it arrived or not");
    }
  }
  if (check.detail.empty()) check.detail = "nothing is known of deliveries, connections or responses";
  return check;
}

Check check_lost(const CheckInput& input) {
  const Integrity& integrity = input.tally.integrity;
  const std::int64_t lost = integrity.journal_dropped + integrity.journal_failed + integrity.journal_refused;
  Check check = make("lost_events", "no journal reports a lost event");
  if (lost == 0) return check;
  check.detail = "journals report " + grouped(integrity.journal_dropped) + " events dropped from a full queue, " +
                 grouped(integrity.journal_failed) + " that could not be written and " +
                 grouped(integrity.journal_refused) + " refused, over all experiments";
  warn(check, "a disk that is full or too slow, or a sender that records what is no event",
       "look at the senders' logs of that time; what is lost alike in all arms makes results less certain, not wrong");
  return check;
}

Check check_erased(const CheckInput& input) {
  const std::int64_t erased = input.tally.integrity.erased_units;
  Check check = make("erased_units", "nobody was erased");
  if (erased == 0) return check;
  check.detail = counted(erased, "unit of this experiment was", "units of this experiment were") +
                 " erased from the store on request";
  warn(check, "customers who asked for it",
       "a review of before the erasure keeps its own numbers; recounts differ by these");
  return check;
}

Check check_late_rows(const CheckInput& input) {
  const std::int64_t rows = input.tally.integrity.rows_after_as_of;
  Check check = make("late_rows", "no row is later than the evaluation");
  if (rows == 0) return check;
  check.detail = counted(rows, "row is", "rows are") + " at or after the moment of the evaluation, and left out";
  warn(check, "an evaluation as of an earlier moment, or a wrong clock or zone in the file",
       "check `--as-of` and the column of times");
  return check;
}

}  // namespace

void add_late_checks(const CheckInput& input, std::vector<Check>& checks) {
  if (input.tally.source == TallySource::kEvents) {
    checks.push_back(check_parts(input));
    checks.push_back(check_stages(input));
  }
  checks.push_back(check_lost(input));
  checks.push_back(check_erased(input));
  if (input.tally.source == TallySource::kWide) checks.push_back(check_late_rows(input));
}

}  // namespace tactful
