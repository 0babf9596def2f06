#include "checks.hpp"
#include "words.hpp"

namespace tactful {
namespace {

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

/// A check that finds `count` oddities: status `when_any` unless there are none.
Check count_check(std::string_view id, std::int64_t count, CheckStatus when_any, bool is_invalidating) {
  Check check;
  check.check = id;
  check.status = count == 0 ? CheckStatus::kOk : when_any;
  check.invalidating = is_invalidating;
  return check;
}

void explain(Check& check, std::string detail, std::string cause, std::string next) {
  check.detail = std::move(detail);
  if (check.status == CheckStatus::kOk) return;
  check.likely_cause = std::move(cause);
  check.next_step = std::move(next);
}

Check crossover_check(std::string_view id, std::int64_t crossed, std::int64_t all, std::string_view one,
                      std::string_view many) {
  const double fraction = share(crossed, all);
  Check check = count_check(id, crossed, fraction > kMostCrossovers ? CheckStatus::kFail : CheckStatus::kWarn, true);
  explain(check,
          crossed == 0 ? "no " + std::string(one) + " is in two variants"
                       : counted(crossed, one, many) + " of " + grouped(all) + " (" + percent(fraction) +
                             ") in two variants; analysed by the first; the limit is " + percent(kMostCrossovers),
          "one customer under two ids or salts, two systems that assign, a changed weight or scheme, merged customer "
          "records",
          "find where the second assignment came from; the sensitivity analysis shows the results without these units");
  return check;
}

void add_crossover_checks(const CheckInput& input, std::vector<Check>& checks) {
  const Integrity& integrity = input.tally.integrity;
  checks.push_back(crossover_check("crossovers", integrity.units_in_two_variants, integrity.units, "unit", "units"));
  if (input.experiment.is_clustered()) {
    std::int64_t clusters = 0;
    for (const ArmTally& arm : input.tally.margins[0].arms) clusters += arm.clusters;
    checks.push_back(crossover_check("cluster_crossovers", integrity.clusters_in_two_variants,
                                     clusters - integrity.clusters_in_two_variants, "cluster", "clusters"));
    checks.push_back(count_check("missing_clusters", integrity.missing_cluster_units, CheckStatus::kFail, true));
    explain(checks.back(),
            counted(integrity.missing_cluster_units, "unit has", "units have") + " no " + input.experiment.cluster,
            "the sender or the file did not give the cluster's id",
            "give it for every unit; a unit alone in its " + input.experiment.cluster + " has one too");
  }
}

}  // namespace

void add_identity_checks(const CheckInput& input, std::vector<Check>& checks) {
  const Integrity& integrity = input.tally.integrity;
  // Counts know of arms only: what they cannot show is not reported as being in order.
  const bool has_units = input.tally.source != TallySource::kCounts;
  if (has_units) add_crossover_checks(input, checks);
  checks.push_back(count_check("zero_weight", integrity.zero_weight_units, CheckStatus::kFail, true));
  explain(checks.back(), counted(integrity.zero_weight_units, "unit", "units") + " in variants of weight 0",
          "a sender with an old version of the experiment, or a weight that was set to 0 while it ran",
          "see which senders assigned them; to end a variant, stop or promote through the ledger");
  if (!has_units) return;
  const bool is_imported = input.tally.imported;
  checks.push_back(count_check("unknown_variant", integrity.unknown_variant_exposures,
                               is_imported ? CheckStatus::kWarn : CheckStatus::kFail, !is_imported));
  explain(checks.back(),
          counted(integrity.unknown_variant_exposures, "exposure", "exposures") +
              " of variants that the experiment does not have, left out",
          is_imported ? "the file has more variants than the experiment compares, or their names are spelt otherwise"
                      : "a variant was removed or renamed while the experiment ran",
          is_imported ? "compare the names in the file with the experiment's"
                      : "evaluate with the version of the file that ran");
  if (input.tally.source != TallySource::kEvents) return;
  checks.push_back(count_check("fingerprint", integrity.other_fingerprint_exposures, CheckStatus::kFail, true));
  explain(checks.back(),
          counted(integrity.other_fingerprint_exposures, "exposure was", "exposures were") +
              " recorded under another version of the experiment",
          "words, weights, metrics or plan were edited while the experiment ran",
          "undo the edit, or run the edited version as an experiment of its own");
}

}  // namespace tactful
