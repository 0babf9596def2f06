#include <algorithm>
#include <cmath>
#include <map>

#include "checks.hpp"
#include "tactful/stats/multiplicity.hpp"
#include "tactful/stats/strata.hpp"
#include "words.hpp"

namespace tactful {
namespace {

/// Level of the flag over all metrics, variants and segments together.
constexpr double kSegmentAlpha = 0.01;
/// Standard errors from which a standardised effect is taken for one.
constexpr double kClear = 2.0;

std::int64_t events(const ArmMetric& metric) { return std::llround(metric.mature.sum.value()); }

/// Mature units and events of both arms in each value of one segment.
struct Split {
  std::string metric, variant, segment;
  std::vector<std::string> values;
  std::vector<stats::StratumCounts> strata;
  double mature = 0.0, open = 0.0;  ///< Units of both arms by whether their window has closed.
};

std::vector<Split> splits_of(const CheckInput& input) {
  std::vector<Split> splits;
  const Experiment& experiment = input.experiment;
  for (const std::string& segment : experiment.segments) {
    for (std::size_t m = 0; m < experiment.metrics.size(); ++m) {
      const Metric& metric = experiment.metrics[m];
      if (metric.role == Role::kMonitor || metric.aggregation != Aggregation::kAny) continue;
      for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
        if (experiment.variants[v].weight == 0) continue;
        Split split{metric.key, experiment.variants[v].key, segment, {}, {}, 0.0, 0.0};
        for (const MarginTally& margin : input.tally.margins) {
          if (margin.segment != segment || segment.empty()) continue;
          const ArmMetric& control = margin.arms[0].metrics[m];
          const ArmMetric& treatment = margin.arms[v].metrics[m];
          if (control.mature.units == 0 || treatment.mature.units == 0) continue;
          split.mature += static_cast<double>(control.mature.units + treatment.mature.units);
          split.open += static_cast<double>(control.immature_units + treatment.immature_units);
          split.values.push_back(margin.value);
          split.strata.push_back({events(control), control.mature.units, events(treatment), treatment.mature.units});
        }
        if (split.strata.size() >= 2) splits.push_back(std::move(split));
      }
    }
  }
  return splits;
}

std::string name_of(const Split& split) { return split.metric + " of " + split.variant + " by " + split.segment; }

std::string follow_up_of(const Split& split) { return follow_up_words(split.mature / (split.mature + split.open)); }

std::string differences(const Split& split) {
  std::string text;
  for (std::size_t i = 0; i < split.strata.size(); ++i) {
    const stats::StratumCounts& s = split.strata[i];
    const double difference = static_cast<double>(s.treatment_successes) / static_cast<double>(s.treatment_trials) -
                              static_cast<double>(s.control_successes) / static_cast<double>(s.control_trials);
    text += (i == 0 ? "" : ", ") + split.values[i] + " " + change(difference, true);
  }
  return text;
}

Check check_heterogeneity(const std::vector<Split>& splits) {
  Check check;
  check.check = "segment_heterogeneity";
  check.detail = "no effect differs between segments";
  std::vector<double> p_values;
  std::vector<const Split*> tested;
  for (const Split& split : splits) {
    const auto result = stats::stratum_heterogeneity(split.strata);
    if (!result || !result->risk_difference) continue;
    p_values.push_back(result->risk_difference->p);
    tested.push_back(&split);
  }
  if (p_values.empty()) return check;
  const auto adjusted = stats::adjust_p_values(p_values, stats::Adjustment::kHolm);
  if (!adjusted) return check;
  check.p_value = *std::min_element(adjusted->begin(), adjusted->end());
  std::string found;
  for (std::size_t i = 0; i < tested.size(); ++i) {
    if ((*adjusted)[i] >= kSegmentAlpha) continue;
    found += (found.empty() ? "" : "; ") + name_of(*tested[i]) + " (" + differences(*tested[i]) + ")" +
             follow_up_of(*tested[i]);
  }
  if (found.empty()) return check;
  check.detail = "the effect differs: " + found;
  check.status = CheckStatus::kWarn;
  check.likely_cause = "the wording suits some customers and not others, or a fault in one segment only";
  check.next_step =
      "test the wording in the segment where it works as an experiment of its own; exploratory, corrected "
      "for looking at several segments (Holm)";
  return check;
}

Check check_simpson(const std::vector<Split>& splits) {
  Check check;
  check.check = "simpson";
  check.detail = "no effect turns around within segments";
  std::string found;
  for (const Split& split : splits) {
    const auto result = stats::simpson_check(split.strata);
    if (!result || !result->reversal) continue;
    const bool is_clear = std::fabs(result->standardized_difference) > kClear * result->se_standardized;
    if (!is_clear && !result->all_strata_opposite) continue;
    found += (found.empty() ? "" : "; ") + name_of(split) + " is " + change(result->crude_difference, true) +
             " together and " + change(result->standardized_difference, true) + " within the segments" +
             follow_up_of(split);
  }
  if (found.empty()) return check;
  check.detail = found;
  check.status = CheckStatus::kWarn;
  check.likely_cause = "the arms hold the segments in different shares: assignment was not the same in all of them";
  check.next_step = "look at the sample ratio by segment, and do not read the effect of all units together";
  return check;
}

}  // namespace

void add_segment_checks(const CheckInput& input, std::vector<Check>& checks) {
  if (input.experiment.is_clustered()) return;  // cells of clusters are another matter
  const std::vector<Split> splits = splits_of(input);
  if (splits.empty()) return;
  checks.push_back(check_heterogeneity(splits));
  checks.push_back(check_simpson(splits));
}

}  // namespace tactful
