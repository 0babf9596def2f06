#include "tactful/decision/evaluate.hpp"

#include <algorithm>

#include "checks.hpp"
#include "metric_results.hpp"
#include "recommend.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

Status check_belongs(const Experiment& experiment, const Tally& tally) {
  const auto conflict = [&](std::string message) {
    return Error{ErrorCode::kConflict, std::move(message), experiment.key,
                 "tally the data again with this version of the experiment file"};
  };
  if (tally.experiment != experiment.key)
    return conflict("the tally is of experiment " + tally.experiment + ", not of " + experiment.key);
  if (tally.fingerprint != fingerprint(experiment))
    return conflict("the tally was made with another version of the experiment");
  bool fits = !tally.margins.empty();
  for (const MarginTally& margin : tally.margins) {
    fits = fits && margin.arms.size() == experiment.variants.size();
    for (const ArmTally& arm : margin.arms) fits = fits && arm.metrics.size() == experiment.metrics.size();
  }
  return fits ? Status{} : Status{conflict("the tally has other variants or metrics than the experiment")};
}

Status check_waivers(const EvaluateOptions& options) {
  for (const std::string& waived : options.waived_checks) {
    if (waived == kImplausibleLift || std::find(kCheckIds.begin(), kCheckIds.end(), waived) != kCheckIds.end())
      continue;
    const auto nearest = nearest_word(waived, kCheckIds);
    return Error{ErrorCode::kNotFound, "there is no check " + printable(waived), "waived_checks",
                 nearest ? "did you mean " + *nearest + "?" : "docs/reference/scorecard.md lists the checks"};
  }
  return {};
}

/// How units were randomised, in words. Data from elsewhere must say it: a table of reminded and not reminded customers
/// looks exactly like an experiment, and is wrong by any amount.
Result<std::string> randomisation_of(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options) {
  if (!options.randomisation.empty()) return options.randomisation;
  if (!experiment.randomisation.empty()) return experiment.randomisation;
  if (!tally.imported) {
    return "assigned by hash, scheme " + experiment.scheme + ", salt " + experiment.salt + ", by " +
           (experiment.is_clustered() ? experiment.cluster : experiment.unit);
  }
  return Error{ErrorCode::kInvalidExperiment,
               "the data were imported, and nobody says how units were randomised; without random assignment a "
               "difference between "
               "variants says nothing about the wording",
               "/randomisation",
               "if chance decided who got which wording, write in `randomisation` how (who drew, by what, with which "
               "shares); if people, dates or "
               "rules decided, this is no experiment, and no test here can make it one"};
}

void apply_waivers(const EvaluateOptions& options, std::vector<Check>& checks) {
  for (Check& check : checks) {
    check.waived = check.status == CheckStatus::kFail && options.waived_checks.count(check.check) != 0;
  }
}

Scorecard identity(const Experiment& experiment, const Tally& tally, std::string randomisation) {
  Scorecard card;
  card.experiment = experiment.key;
  card.title = experiment.title;
  card.fingerprint = tally.fingerprint;
  card.data_fingerprint = tally.data_fingerprint;
  card.as_of = tally.as_of;
  card.utc_offset = experiment.utc_offset;
  card.phase = tally.phase;
  card.source = tally.source;
  card.last_look = experiment.last_look();
  // Wide tables and counts are final: their windows are as supplied. Phases after the pilot have no planned look yet.
  card.planned_look = tally.phase == "pilot" && (tally.source != TallySource::kEvents || tally.as_of >= card.last_look);
  card.randomised = experiment.is_clustered() ? experiment.cluster : experiment.unit;
  card.randomisation = std::move(randomisation);
  card.plan = experiment.plan;
  for (std::size_t v = 0; v < experiment.variants.size(); ++v) {
    const ArmTally& arm = tally.margins[0].arms[v];
    card.arms.push_back({experiment.variants[v].key, arm.units, arm.clusters, experiment.variants[v].weight});
  }
  return card;
}

}  // namespace

Result<Scorecard> evaluate(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options) {
  if (auto status = check_belongs(experiment, tally); !status) return status.error();
  if (auto status = check_waivers(options); !status) return status.error();
  auto randomisation = randomisation_of(experiment, tally, options);
  if (!randomisation) return randomisation.error();
  if (std::all_of(tally.margins[0].arms.begin(), tally.margins[0].arms.end(),
                  [](const ArmTally& arm) { return arm.units == 0; })) {
    return Error{ErrorCode::kInsufficientData, "no variant of experiment " + experiment.key + " has a unit",
                 experiment.key, "check the names of the variants and the dates of the pilot against the data"};
  }

  Scorecard card = identity(experiment, tally, *randomisation);
  card.checks = run_checks({experiment, tally, *randomisation, kCheckAlpha});
  apply_waivers(options, card.checks);
  const Depth depth = card.planned_look ? Depth::kDecide : Depth::kShow;
  card.metrics = metric_results(experiment, tally, tally.margins[0], depth);
  if (tally.integrity.units_in_two_variants > 0) {
    card.sensitivity = metric_results(experiment, tally, tally.without_crossovers, depth);
  }
  for (std::size_t i = 1; i < tally.margins.size(); ++i) {
    const MarginTally& margin = tally.margins[i];
    card.segments.push_back({margin.segment, margin.value, metric_results(experiment, tally, margin, Depth::kShow)});
  }
  card.checks.push_back(check_lifts(card.metrics));
  apply_waivers(options, card.checks);
  if (const Check* failed = invalidating(card.checks)) {
    const std::string why = "check " + failed->check + " failed";
    blank(card.metrics, why);
    blank(card.sensitivity, why);
    for (SegmentResult& segment : card.segments) blank(segment.metrics, why);
    card.checks.back().detail = "not judged: " + why;
    card.checks.back().status = CheckStatus::kOk;
    card.checks.back().likely_cause.clear();
    card.checks.back().next_step.clear();
  }
  card.recommendation = recommend(experiment, card);
  return card;
}

}  // namespace tactful
