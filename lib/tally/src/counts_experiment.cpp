#include <algorithm>

#include "looks.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/tally/counts.hpp"

namespace tactful {
namespace {

constexpr std::size_t kFingerprintDigits = 32;

Error mismatch(std::string message, const Experiment& experiment, std::string hint) {
  return {ErrorCode::kInvalidInput, std::move(message), experiment.key, std::move(hint)};
}

Status check_names(const Experiment& experiment, const CountsTally& counts) {
  for (const std::string& variant : counts.tally.variants) {
    if (experiment.variant_index(variant)) continue;
    return mismatch("the counts have a variant \"" + printable(variant) + "\" that the experiment does not have",
                    experiment, "spell the variants as the experiment file does");
  }
  for (const Variant& variant : experiment.variants) {
    if (variant.weight == 0 || counts.experiment.variant_index(variant.key)) continue;
    return mismatch("the counts lack the variant \"" + printable(variant.key) + "\"", experiment,
                    "give the counts of every variant under test");
  }
  for (const Metric& metric : counts.experiment.metrics) {
    const Metric* known = experiment.find_metric(metric.key);
    if (known == nullptr)
      return mismatch("the counts have a metric \"" + metric.key + "\" that the experiment does not have", experiment,
                      "spell the metrics as the experiment file does, or leave the rows out");
    if (known->aggregation != Aggregation::kAny)
      return mismatch("the metric \"" + metric.key + "\" is no rate, and counts know rates only", experiment,
                      "import a table of units: tactful import --units");
  }
  return {};
}

/// Of what was counted, whatever the order of the rows.
std::string print_of(const CountsTally& counts) {
  std::vector<std::string> cells;
  const std::vector<ArmTally>& arms = counts.tally.margins[0].arms;
  for (std::size_t v = 0; v < arms.size(); ++v) {
    for (std::size_t m = 0; m < arms[v].metrics.size(); ++m) {
      Json cell = Json::array();
      cell.push_back(counts.tally.variants[v]).push_back(counts.tally.metrics[m]);
      cell.push_back(arms[v].units).push_back(arms[v].metrics[m].first_events);
      cells.push_back(cell.canonical());
    }
  }
  std::sort(cells.begin(), cells.end());
  std::string all = counts.experiment.key;
  for (const std::string& cell : cells) all += "\n" + cell;
  return ledger_digest(all).substr(0, kFingerprintDigits);
}

ArmTally arm_of(const Experiment& experiment, const CountsTally& counts, const std::string& variant) {
  ArmTally arm;
  arm.metrics.resize(experiment.metrics.size());
  const auto place = counts.experiment.variant_index(variant);
  if (!place) return arm;
  const ArmTally& given = counts.tally.margins[0].arms[*place];
  arm.units = given.units;
  for (std::size_t m = 0; m < counts.tally.metrics.size(); ++m) {
    for (std::size_t k = 0; k < experiment.metrics.size(); ++k) {
      if (experiment.metrics[k].key == counts.tally.metrics[m]) arm.metrics[k] = given.metrics[m];
    }
  }
  return arm;
}

}  // namespace

Result<Tally> tally_of_counts(const Experiment& experiment, const CountsTally& counts, TimeMs as_of) {
  if (experiment.is_clustered()) {
    return Error{ErrorCode::kInsufficientData,
                 "the experiment randomises by " + experiment.cluster + ", and counts do not tell of clusters",
                 experiment.key, "import a table of units with the clusters: tactful import --units"};
  }
  if (const Status fits = check_names(experiment, counts); !fits) return fits.error();
  Tally tally;
  tally.experiment = experiment.key;
  tally.fingerprint = fingerprint(experiment);
  tally.data_fingerprint = print_of(counts);
  tally.source = TallySource::kCounts;
  tally.imported = true;
  tally.as_of = as_of;
  MarginTally all;
  for (const Variant& variant : experiment.variants) {
    tally.variants.push_back(variant.key);
    all.arms.push_back(arm_of(experiment, counts, variant.key));
    tally.integrity.units += all.arms.back().units;
    if (variant.weight == 0) tally.integrity.zero_weight_units += all.arms.back().units;
  }
  tally.integrity.exposures = tally.integrity.units;
  for (const Metric& metric : experiment.metrics) {
    tally.metrics.push_back(metric.key);
    if (counts.experiment.find_metric(metric.key) == nullptr) tally.unavailable.push_back(metric.key);
  }
  tally.without_crossovers = all;
  tally.margins.push_back(std::move(all));
  add_single_look(tally);
  return tally;
}

}  // namespace tactful
