#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "checks.hpp"
#include "tactful/stats/sample_ratio.hpp"
#include "words.hpp"

namespace tactful {
namespace {

/// Below this many expected units in an arm the chi-square distribution is no approximation.
constexpr double kFewestExpected = 5.0;
/// Prior of the sequential test: mismatches of about one to three points are what faults make.
constexpr double kConcentration = 1'000.0;

struct Arms {
  std::vector<std::int64_t> counts;
  std::vector<double> weights;
  std::string text;  ///< "control 120, friendly 80 (weights 1 : 1)".
};

/// The randomised: units, or clusters where clusters are randomised, of the arms that should have some.
Arms arms_of(const CheckInput& input) {
  Arms arms;
  std::string weights;
  for (std::size_t v = 0; v < input.experiment.variants.size(); ++v) {
    const Variant& variant = input.experiment.variants[v];
    if (variant.weight == 0) continue;
    const ArmTally& arm = input.tally.margins[0].arms[v];
    arms.counts.push_back(input.experiment.is_clustered() ? arm.clusters : arm.units);
    arms.weights.push_back(static_cast<double>(variant.weight));
    arms.text += (arms.text.empty() ? "" : ", ") + variant.key + " " + grouped(arms.counts.back());
    weights += (weights.empty() ? "" : " : ") + std::to_string(variant.weight);
  }
  arms.text += " (weights " + weights + ")";
  return arms;
}

/// Share of the units that must be missing from the smallest arm, if nothing is missing from the largest.
double missing_fraction(const Arms& arms) {
  double least = std::numeric_limits<double>::infinity();
  double most = 0.0;
  for (std::size_t i = 0; i < arms.counts.size(); ++i) {
    const double ratio = static_cast<double>(arms.counts[i]) / arms.weights[i];
    least = std::min(least, ratio);
    most = std::max(most, ratio);
  }
  return most > 0.0 ? 1.0 - least / most : 0.0;
}

/// Before the last look and at it are two tests, and each stop of a variant begins another one with the variants that
/// are left: it takes half of what was left of the level, so that all of them together have it.
double level_of(const CheckInput& input, bool is_looked_at) {
  return is_looked_at ? std::ldexp(input.alpha, -1 - static_cast<int>(input.stopped.size())) : input.alpha;
}

std::optional<double> smallest_absolute_margin(const Experiment& experiment) {
  std::optional<double> smallest;
  for (const Metric& metric : experiment.metrics) {
    if (!metric.margin || metric.margin->kind != Margin::Kind::kAbsolute || metric.aggregation != Aggregation::kAny)
      continue;
    smallest = std::min(smallest.value_or(metric.margin->value), metric.margin->value);
  }
  return smallest;
}

/// Exact for few units (where its enumeration is feasible), else chi-square.
Result<double> p_value(const Arms& arms) {
  double total = 0.0;
  double weight = 0.0;
  for (std::size_t i = 0; i < arms.counts.size(); ++i) {
    total += static_cast<double>(arms.counts[i]);
    weight += arms.weights[i];
  }
  const auto least = std::min_element(arms.weights.begin(), arms.weights.end());  // none where every weight is 0
  if (least != arms.weights.end() && total * *least / weight < kFewestExpected) {
    if (const auto exact = stats::sample_ratio_exact(arms.counts, arms.weights)) return exact->p;
  }
  const auto test = stats::sample_ratio_chi_square(arms.counts, arms.weights);
  if (!test) return test.error();
  return test->p;
}

/// Looked at every week, a test for one look would invalidate a sound pilot too often: before the last look the test is
/// one that holds at every look. Both together have the level.
std::optional<double> sequential_p(const CheckInput& input, const Arms& arms) {
  const bool is_looked_at = input.tally.source == TallySource::kEvents && input.tally.phase == "pilot";
  if (!is_looked_at || input.tally.as_of >= input.experiment.last_look()) return std::nullopt;
  auto test = stats::SequentialSampleRatio::make(arms.weights, kConcentration);
  if (!test || !test->add(arms.counts)) return std::nullopt;
  return test->p_value();
}

}  // namespace

Check check_sample_ratio(const CheckInput& input) {
  Check check;
  check.check = "sample_ratio";
  check.invalidating = true;
  const Arms arms = arms_of(input);
  const std::string what = input.experiment.is_clustered() ? input.experiment.cluster + " clusters: " : "";
  const auto p = p_value(arms);
  if (!p) {
    check.status = CheckStatus::kWarn;
    check.detail = what + arms.text + "; not testable: " + p.error().message;
    check.likely_cause = "fewer than two variants have a weight";
    check.next_step = "give every variant under test a weight";
    return check;
  }
  const auto sequential = sequential_p(input, arms);
  const bool is_looked_at = input.tally.source == TallySource::kEvents && input.tally.phase == "pilot";
  check.p_value = sequential.value_or(*p);
  check.detail = what + arms.text + ", p " + p_text(*check.p_value) + (sequential ? " (valid at every look)" : "");
  if (*check.p_value >= level_of(input, is_looked_at)) return check;
  const double missing = missing_fraction(arms);
  const auto margin = smallest_absolute_margin(input.experiment);
  check.detail += "; as if " + percent(missing) + " of an arm were missing";
  check.likely_cause =
      "exposures lost or filtered in one arm, an assignment that does not follow the weights (cache, retries), weights "
      "changed while it "
      "ran, or the wrong weights declared";
  check.next_step = "compare the arms by day, channel and sender; find what is lost before reading any effect";
  if (margin && missing < 0.1 * *margin) {
    check.status = CheckStatus::kWarn;
    check.detail += ", which is under a tenth of the smallest margin and could not change the decision";
  } else {
    check.status = CheckStatus::kFail;
  }
  return check;
}

}  // namespace tactful
